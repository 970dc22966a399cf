"""Who bought it: G-01, G-02, and every SKU of a random shop against a naive oracle."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from goen.insight import analyst, queries
from goen.insight.analyst import Analyst
from goen.insight.questions import WhoBoughtQuestion
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


def analysed(folder: Path) -> Analyst:
    found = Analyst(folder)
    analyst.work_once(found)
    return found


def answer(found: Analyst, t: Tx, **question: object) -> object:
    asked = WhoBoughtQuestion(**question)
    found.answer(asked, recorded_at=world.NOW)
    value, as_of, _ = queries._stored(t, asked)
    return queries.read_who_bought(t, asked, value, as_of)


def sku_id(t: Tx, code: str) -> int:
    return t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def test_g01_a_bestseller_that_is_one_person(shop: Tx, tmp_path: Path) -> None:
    """G-01: 120 units in 64 receipts, 108 by one person, 4 by nobody known."""
    cards = [person[5] for person in world.PEOPLE]
    day = timedelta(hours=10)
    receipts: list[tuple[int, str | None]] = [(2, cards[0])] * 52 + [(1, cards[0])] * 4
    receipts += [(2, card) for card in cards[1:5]] + [(1, None)] * 4
    sales = [
        world.sale(("KASHI-01", qty), member=card, at=world.NOW - day * (n + 1))
        for n, (qty, card) in enumerate(receipts)
    ]
    with tx() as t:
        world.sold(t, *sales)
    found = analysed(tmp_path)
    result = answer(found, shop, sku_id=sku_id(shop, "KASHI-01"))
    assert (result.units, result.receipts, result.buyers) == (120, 64, 5)
    assert result.identified_units == 116
    assert round(result.top1_share, 3) == 0.900
    assert round(result.top1_share_identified, 3) == 0.931
    assert round(result.identified_share, 3) == 0.967
    assert result.units_without_top == 12
    assert round(result.effective_buyers, 2) == 1.15
    assert result.flagged
    assert [b.units for b in result.top] == [108, 2, 2, 2, 2]
    assert sum(w.top_units + w.other_units + w.anonymous_units for w in result.weeks) == 120


def naive(receipts: list[tuple[object, str | None]]) -> dict[str, dict[str, object]]:
    """The oracle: plain loops over exported receipts, (sale, person or None)."""
    units, bought, spend = Counter(), defaultdict(Counter), Counter()
    documents = defaultdict(set)
    for sale, person in receipts:
        for line in sale.lines:
            units[line.item] += line.qty
            documents[line.item].add(sale.uid)
            if person:
                bought[line.item][person] += line.qty
                spend[person] += line.qty * PRICE[line.item]
    return {
        item: {
            "units": units[item],
            "receipts": len(documents[item]),
            "buyers": len(bought[item]),
            "identified": sum(bought[item].values()),
            "top1": max(bought[item].values(), default=0),
            "top5": sum(n for _, n in bought[item].most_common(5)),
            "spend": sum(spend[p] for p in bought[item]),
        }
        for item in units
    }


PRICE = {code: price for code, _, _, price, *_ in world.GOODS}


@pytest.mark.parametrize("seed", range(3))
def test_every_sku_equals_the_naive_oracle(shop: Tx, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    sales = []
    for _ in range(300):
        person = rng.choice([*[p[5] for p in world.PEOPLE], None, None])
        items = [(rng.choice(world.GOODS)[0], rng.randint(1, 4)) for _ in range(rng.randint(1, 5))]
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * 20))
        sales.append((world.sale(*items, member=person, at=at), person))
    with tx() as t:
        world.sold(t, *[sale for sale, _ in sales])
    found = analysed(tmp_path)
    for item, expected in naive(sales).items():
        result = answer(found, shop, sku_id=sku_id(shop, item), window="all")
        assert {
            "units": result.units,
            "receipts": result.receipts,
            "buyers": result.buyers,
            "identified": result.identified_units,
            "top1": result.top1_units,
            "top5": result.top5_units,
            "spend": result.buyers_spend_minor,
        } == expected
    stored = queries.products(shop, window="all", limit=100)
    assert {row.sku_id: row.units for row in stored.rows} == {
        sku_id(shop, item): figures["units"] for item, figures in naive(sales).items()
    }


def test_ten_unknown_receipts_are_no_person(shop: Tx, tmp_path: Path) -> None:
    """R-008: anonymous sales raise sales, never the number of people."""
    with tx() as t:
        world.sold(t, *[world.sale(("KASHI-02", 1)) for _ in range(10)])
        world.sold(t, world.sale(("KASHI-02", 1), member="G1040002"))
    result = answer(analysed(tmp_path), shop, sku_id=sku_id(shop, "KASHI-02"))
    assert (result.units, result.buyers, result.anonymous_units) == (11, 1, 10)
    value = queries.ltv(shop)
    assert value.people == 1
    assert value.receipts == 11
    assert value.identified_receipts == 1
