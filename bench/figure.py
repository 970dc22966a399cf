"""A measured figure with the limit it is held against."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is the part of the limit that is reached: 1 is the limit itself."""

    name: str
    value: float
    unit: str
    limit: float
    limit_is: str
    ratio: float
    n: int


def rate(name: str, value: float, unit: str, *, limit: float, limit_is: str, n: int) -> Figure:
    """More is better."""
    return Figure(name, round(value, 1), unit, round(limit, 1), limit_is, _part(value, limit), n)


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
    width = max(len(f.name) for f in figures)
    return "\n".join(
        f"{f.name:<{width}}  {f.value:>10,.4g} {f.unit:<8} {f.ratio:>6.0%} of {f.limit:>10,.4g}"
        f"  {f.limit_is}"
        for f in figures
    )
