"""`make bench`: how fast it sells and how fast it answers, each figure beside its limit.

One run, about two minutes: a durable server of its own, sales through the verb and through the
API beside pgbench saying the same statements to the same server, and who-bought-it beside a bare
scan of the same files. Prints a table and writes bench/out/latest.json, a list of
{name, value, unit, limit, limit_is, ratio, n}; `ratio` is the part of the limit that is reached.
"""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import click

from bench import cluster, figure
from bench.figure import Figure

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as every process of Goen's
OUT = Path(__file__).parent / "out" / "latest.json"


PARTS = ("sales", "gathered", "events", "insight", "wide", "ltv", "mails", "till")


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="How long each rate is measured.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=False)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure only this.")
@click.option("--grow", type=int, multiple=True, help="Measure with so many orders there already.")
@click.option("--small", is_flag=True, help="A shop of a few articles, to see that it runs.")
def main(
    seconds: float, out: Path, only: tuple[str, ...], grow: tuple[int, ...], small: bool
) -> None:
    """Measure."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", DeprecationWarning)
    figures: list[Figure] = []
    for one in (
        _grown(grow, seconds=seconds)
        if grow
        else _measured(set(only or PARTS), seconds=seconds, small=small)
    ):
        figures.append(one)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    figure.write(out, figures)
    print(figure.table(figures))
    print(f"→ {out}")


def _measured(wanted: set[str], *, seconds: float, small: bool) -> Iterator[Figure]:
    if wanted & {"sales", "gathered", "events", "mails", "till"}:
        with cluster.running() as folder:
            from bench import gathered, sales, shop

            if small:
                shop.SKUS = shop.MEMBERS = 24
                shop.UNITS = 70
            shop.open_shop()
            if "gathered" in wanted:
                yield from gathered.measure(folder, seconds=seconds)
            if "sales" in wanted:
                yield from sales.measure(folder, seconds=seconds)
            if "events" in wanted:
                from bench import events

                yield from events.measure(seconds=seconds)
            if "mails" in wanted:
                from bench import mails

                yield from mails.measure(readers=200 if small else mails.READERS)
            if "till" in wanted:
                from bench import till

                yield from till.measure(seconds=seconds, sales=600 if small else till.SALES)
    if "insight" in wanted:
        with tempfile.TemporaryDirectory(prefix="goen-bench-lake-") as name:
            from bench import insight

            yield from insight.measure(Path(name))
    if "wide" in wanted:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")
        django.setup()  # segments are read beside tables; no server is asked
        from bench import wide

        yield from wide.measure(sizes=wide.SIZES[:1] if small else wide.SIZES)
    if "ltv" in wanted:
        from bench import forecast

        yield from forecast.measure(sizes=forecast.SIZES[:1] if small else forecast.SIZES)


def _grown(sizes: tuple[int, ...], *, seconds: float) -> Iterator[Figure]:
    with cluster.running() as folder:
        from bench import growth, shop

        shop.open_shop()
        yield from growth.measure(folder, seconds=seconds, sizes=sizes)


if __name__ == "__main__":
    main()
