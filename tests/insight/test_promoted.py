"""Displays and flyers beside sales, against plain loops; and nothing where nobody told of any."""

import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from goen.insight import promoted, promotions
from goen.insight.analyst import Analyst
from goen.insight.promoted import Promoted, PromotedWeek, Spell
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_ltv import PRICE, business_date

WEEKS = [(date(2026, 10, 5) + timedelta(days=7 * n), date(2026, 10, 11) + timedelta(days=7 * n))
         for n in range(5)]  # fmt: skip


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


def answered(folder: Path, sku_id: int) -> Promoted | None:
    found = Analyst(folder)
    found.catch_up(recorded_at=world.NOW)
    found.answer(promoted.question(sku_id), recorded_at=world.NOW)
    with tx() as t:
        known = promoted.promoted(t, sku_id)
    return known[0] if known else None


def test_weeks_with_and_without_equal_plain_loops(shop: Tx, tmp_path: Path) -> None:
    rng = random.Random(4)
    with tx() as t:
        skus = dict(t.rows("SELECT code, id FROM catalogue_sku"))
        places = dict(t.rows("SELECT code, id FROM places_place"))
    tea, stores = skus["CHA-01"], ["shibuya", "kichijoji"]
    rows = [
        (sku, places[place], first, last, rng.choice(["", "7"]), rng.choice(["", "A"]), "x")
        for first, last in WEEKS[:4]
        for place in stores
        for sku in (tea, tea, skus["NUNO-01"], None)
        if rng.random() < 0.6
    ] + [(skus["NUNO-01"], places["web"], *WEEKS[4], "7", "", "x")]
    columns = [list(column) for column in zip(*rows, strict=True)]
    promotions.write(tmp_path, [pa.table(columns, schema=promotions.PROMOTIONS)])
    told = [
        world.sale((rng.choice(["CHA-01", "NUNO-01"]), rng.randint(1, 3)), place=rng.choice(stores),
                   at=world.NOW - timedelta(hours=rng.randint(1, 24 * 60)))
        for _ in range(300)
    ]  # fmt: skip
    with tx() as t:
        world.sold(t, *told)
    found = answered(tmp_path, tea)
    mine = {p for s, p, *_ in rows if s == tea}
    units: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
    for sale in told:
        line = sale.lines[0]
        for first, last in WEEKS:
            if line.item == "CHA-01" and first <= business_date(sale) <= last:
                units[places[sale.place], first][0] += line.qty
                units[places[sale.place], first][1] += PRICE["CHA-01"] * line.qty
    spells: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    weeks = []
    for first, last in WEEKS:
        own = {p: [r for r in rows if r[:3] == (tea, p, first)] for p in mine}
        did = {p: ({r[4] for r in o} - {""}, {r[5] for r in o} - {""}) for p, o in own.items()}
        for p, (shown, mailed) in did.items():
            how = "both" if shown and mailed else "display" if shown else "mailer" if mailed else ""
            for at, more in enumerate((1, *units[p, first])):
                spells[how or "neither"][at] += more
        sold = sum(units[p, first][0] for p in mine)
        weeks.append(PromotedWeek(first, last, sum(bool(a) for a, _ in did.values()),
                                  sum(bool(b) for _, b in did.values()), sold))  # fmt: skip
    assert found is not None
    assert found.stores == len(mine) == 2
    assert found.spells == tuple(Spell(how, *spells[how]) for how in promoted.HOW if how in spells)
    assert found.weeks == tuple(weeks)


def test_what_nobody_promoted_or_told_of_is_nothing(shop: Tx, tmp_path: Path) -> None:
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1)))
        sku = t.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    assert answered(tmp_path, sku) is None
    assert not promoted.is_told()
    promotions.write(tmp_path, [promotions.PROMOTIONS.empty_table()])
    assert answered(tmp_path, sku) is None
    assert promotions.counts(tmp_path) == (0, 0)
