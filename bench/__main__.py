"""`make bench`: how fast it sells and how fast it answers, each figure beside its limit.

One run, about two minutes: a durable server of its own, sales through the verb and through the
API beside pgbench saying the same statements to the same server, and who-bought-it beside a bare
scan of the same files. Prints a table and writes bench/out/latest.json, a list of
{name, value, unit, limit, limit_is, ratio, n}; `ratio` is the part of the limit that is reached.
"""

import logging
import sys
import tempfile
import warnings
from pathlib import Path

import click

from bench import cluster, figure
from bench.figure import Figure

OUT = Path(__file__).parent / "out" / "latest.json"


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="How long each rate is measured.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=False)
def main(seconds: float, out: Path) -> None:
    """Measure."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", DeprecationWarning)
    figures: list[Figure] = []

    def add(one: Figure) -> None:
        figures.append(one)
        print(".", end="", file=sys.stderr, flush=True)

    with cluster.running() as folder:
        from bench import sales, shop

        shop.open_shop()
        for one in sales.measure(folder, seconds=seconds):
            add(one)
    with tempfile.TemporaryDirectory(prefix="goen-bench-lake-") as name:
        from bench import insight

        for one in insight.measure(Path(name)):
            add(one)
    print(file=sys.stderr)
    figure.write(out, figures)
    print(figure.table(figures))
    print(f"→ {out}")


if __name__ == "__main__":
    main()
