"""CDNOW 1/10: the purchases of 2,357 customers, the sample every paper on such models shows."""

import functools
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from goen.insight.forecast.history import Purchases, purchases

CALIBRATION_END = date(1997, 9, 30).toordinal()
HOLDOUT_END = date(1998, 6, 30).toordinal()


def lines() -> list[tuple[str, date, float]]:
    """Customer, day and amount of each of its 6,919 rows."""
    found = find_spec("lifetimes")
    assert found is not None
    assert found.submodule_search_locations
    path = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    return [(row[1], date.fromisoformat(row[2]), float(row[4])) for row in rows]


@functools.cache
def bought() -> Purchases:
    """The same as purchase days."""
    given = lines()
    numbers = {who: at for at, who in enumerate(sorted({who for who, *_ in given}))}
    person = [numbers[who] for who, *_ in given]
    return purchases(person, [day.toordinal() for _, day, _ in given], [v for *_, v in given])
