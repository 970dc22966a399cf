"""`make scale`: the simulated shop at one size: how fast it loads, how large it is, how it serves.

Not a part of `make bench`: a million people take an hour. The shop is kept in `--folder`, so that
parts can be measured again, a load that was killed goes on, and a person can look at it with
`GOEN_HOME=FOLDER goen up --no-demo`. Figures of each size are gathered in bench/out/scale.json and
shown side by side. docs/scale.md says what came out.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from bench import cluster, scale_parts

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as every process of Goen's
FIRST_PORT = 8870
OUT = Path(__file__).parent / "out" / "scale.json"
PARTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, float]]] = {
    "load": scale_parts.load,
    "publish": scale_parts.publish,
    "disk": scale_parts.disk,
    "audit": scale_parts.audit,
    "pages": scale_parts.pages,
}


@click.command()
@click.option("--people", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--months", type=click.IntRange(1, 240), default=24, show_default=True)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--end", default="2026-11-21", show_default=True, help="The last day.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="Kept afterwards.")
@click.option("--only", type=click.Choice(list(PARTS)), multiple=True, help="Only this.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=False)
def main(
    people: int,
    months: int,
    jobs: int,
    end: str,
    seed: int,
    folder: Path,
    only: tuple[str, ...],
    out: Path,
) -> None:
    """Load a shop of so many people and measure it."""
    prepare(folder)
    size = {"seed": seed, "count": people, "months": months, "end": end}
    found: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
    figures = found.setdefault(str(people), {})
    try:
        for name in PARTS:
            if only and name not in only:
                continue
            began = time.monotonic()
            figures |= PARTS[name]({"size": size, "jobs": jobs})
            click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    finally:
        scale_parts.stop()
    click.echo(table(found))


def prepare(folder: Path) -> None:
    """Django points at the shop in this folder; its database runs, with all tables."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # as root the database runs as somebody else, who must pass through
    for name in ("DATABASE_URL", "GOEN_DATABASE_URL"):
        os.environ.pop(name, None)
    cluster.SHOP = "demo"
    os.environ |= {"GOEN_HOME": str(folder.resolve()), "GOEN_SHOP": cluster.SHOP}
    from goen.doors.cli.main import start_django
    from goen.doors.cli.migrate import bring_up_to_date
    from goen.kit import home

    if cluster.SHOP not in {one.name for one in home.shops()}:
        title = home.DEMO_SHOP.title
        home.add_shop(
            name=cluster.SHOP, title=title, kind="demo", loader=("true",), first_port=8870
        )
    bring_up_to_date(lambda _done, _total: None)
    start_django()


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """A line for each figure, a column for each size."""
    sizes = sorted(found, key=int)
    names = list(dict.fromkeys(name for size in sizes for name in found[size]))
    width = max(map(len, names), default=0)
    head = " ".join(f"{int(size):>12,}" for size in sizes)
    lines = [f"{'people':<{width}} {head}"]
    for name in names:
        cells = (f"{found[s][name]:>12,.6g}" if name in found[s] else f"{'–':>12}" for s in sizes)
        lines.append(f"{name:<{width}} {' '.join(cells)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
