"""A measured figure with the limit it is held against."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.load import Answers


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is the part of the limit that is reached: 1 is the limit itself.

    Where callers ask over a network, `clients` ask at once and half or 99 % of them wait no longer
    than `p50_ms` and `p99_ms`.
    """

    name: str
    value: float
    unit: str
    limit: float
    limit_is: str
    ratio: float
    n: int
    clients: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0


def rate(name: str, value: float, unit: str, *, limit: float, limit_is: str, n: int) -> Figure:
    """More is better."""
    return Figure(name, round(value, 1), unit, round(limit, 1), limit_is, _part(value, limit), n)


def served(
    name: str, unit: str, answers: Answers, *, clients: int, limit: float, limit_is: str
) -> Figure:
    """Facts a second that callers got into the books; more is better."""
    return replace(
        rate(name, answers.rate, unit, limit=limit, limit_is=limit_is, n=answers.done),
        clients=clients,
        p50_ms=round(answers.p50_ms, 1),
        p99_ms=round(answers.p99_ms, 1),
    )


def count(name: str, value: int, unit: str, *, most: int, limit_is: str, n: int) -> Figure:
    """A number that must not be above `most`; the ratio is 1 when it is not."""
    return Figure(name, value, unit, most, limit_is, 1.0 if value <= most else 0.0, n)


def fewer(name: str, value: int, unit: str, *, limit: int, limit_is: str) -> Figure:
    """A number; less is better."""
    return Figure(name, value, unit, limit, limit_is, _part(limit, value), 1)


def duration(name: str, value: float, *, limit: float, limit_is: str, n: int) -> Figure:
    """Seconds; less is better."""
    part = _part(limit, value)
    return Figure(name, round(value, 4), "s", round(limit, 4), limit_is, part, n)


def _part(some: float, whole: float) -> float:
    return round(some / whole, 3) if whole else 0.0


def write(path: Path, figures: Sequence[Figure]) -> None:
    """For programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(f) for f in figures], indent=1, ensure_ascii=False) + "\n")


def table(figures: Sequence[Figure]) -> str:
    """For people."""
    names = [f.name if not f.clients else f"{f.name}, {f.clients} clients" for f in figures]
    width = max(map(len, names))
    return "\n".join(
        f"{name:<{width}}  {f.value:>10,.4g} {f.unit:<8} {f.ratio:>6.0%} of {f.limit:>10,.4g}"
        f"  {_waits(f)}{f.limit_is}"
        for name, f in zip(names, figures, strict=True)
    )


def _waits(f: Figure) -> str:
    return f"p50 {f.p50_ms:.0f} p99 {f.p99_ms:.0f} ms  " if f.clients else ""
