"""What goes with what, and what could be proposed: by hand and against plain loops."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from goen.behaviour.events import NewEvent
from goen.insight import candidates, goes_with, tastes
from goen.insight.sight import rows
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_considered import CARDS, ids, seen, sight, told
from tests.world import NOW

CARD = "G1040001"


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t, live=False)
    return fresh_db


def sold(*sales: object) -> None:
    with tx() as t:
        answers = world.sold(t, *sales)
    assert all(hasattr(one, "order_id") for one in answers), answers


def stored(folder: Path, late: list[int] | None = None) -> list[tastes.CandidateShown]:
    found = rows(candidates.candidates(sight(folder), late or [], []))
    return [tastes.CandidateShown(**row) for row in found]


def ago(days: float) -> object:
    return NOW - timedelta(days=days)


def of_kind(found: list[tastes.CandidateShown], kind: str) -> list[tastes.CandidateShown]:
    return [one for one in found if one.kind == kind]


def test_what_is_bought_every_ten_days_is_due_after_ten(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    sku = ids("SELECT code, id FROM catalogue_sku")
    sold(
        *[world.sale(("CHA-01", 1), member=CARD, at=ago(d)) for d in (40, 30, 20, 10)],
        *[world.sale(("KASHI-01", 1), member=CARD, at=ago(d)) for d in (13, 12, 11)],
        world.sale(("NUNO-01", 1), at=ago(1)),
    )
    (due,) = of_kind(stored(tmp_path), "due")
    assert (due.sku_id, due.usual_days, due.days_away, due.times) == (sku["CHA-01"], 10, 9, 4)
    assert due.value_minor == round(0.3 * (1_200 - 700))  # 1,296 with 8 % tax, cost 700


def test_what_was_looked_at_and_not_bought_since_is_considered(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    sku = ids("SELECT code, id FROM catalogue_sku")
    me = ids("SELECT source_key, id FROM customers_record")["M-001"]

    def look(item: str, at: float, kind: str, no: str) -> NewEvent:
        return seen(sku[item], me, ago(at), kind, no)

    told(
        look("UTSUWA-01", 2, "view", "1"),
        look("UTSUWA-01", 1.5, "cart", "2"),
        look("NUNO-01", 3, "view", "3"),
        look("CHA-01", 20, "view", "4"),
        look("KASHI-02", 1, "opened", "5"),
    )
    sold(
        world.sale(("NUNO-01", 1), member=CARD, at=ago(2)),
        world.sale(("UTSUWA-01", 1), at=ago(9)),
        world.sale(("CHA-01", 1), at=ago(9)),
    )
    (found,) = of_kind(stored(tmp_path), "considered")
    assert (found.sku_id, found.times) == (sku["UTSUWA-01"], 2)
    assert found.chance == pytest.approx(0.1 * 1.5)  # it was in the cart
    assert found.place == 0


def test_the_late_are_offered_what_they_usually_take(shop: FreshDatabase, tmp_path: Path) -> None:
    sku = ids("SELECT code, id FROM catalogue_sku")
    sold(
        *[world.sale(("CHA-01", 1), ("NUNO-01", 1), member=CARD, at=ago(d)) for d in (200, 190)],
        world.sale(("CHA-01", 1), member=CARD, at=ago(180)),
        world.sale(("KASHI-01", 1), at=ago(1)),
    )
    person = ids(
        "SELECT r.source_key, p.person_id FROM customers_record r"
        " JOIN customers_personof p ON p.record_id = r.id"
    )["M-001"]
    assert of_kind(stored(tmp_path), "lapsing") == []
    (found,) = of_kind(stored(tmp_path, [person]), "lapsing")
    assert (found.person_id, found.sku_id, found.times) == (person, sku["CHA-01"], 3)


def test_what_goes_with_the_last_purchase_and_is_new_to_them(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    sku = ids("SELECT code, id FROM catalogue_sku")
    both = [world.sale(("CHA-01", 1), ("UTSUWA-01", 1), at=ago(n + 1)) for n in range(6)]
    others = [world.sale(("KASHI-01", 1), at=ago(n + 1)) for n in range(10)]
    sold(*both, *others, world.sale(("CHA-01", 1), member=CARD, at=ago(3)))
    view = sight(tmp_path)
    goes_with.store_goes_with(view)
    beside = Tx().rows("SELECT sku_id, beside_sku, confidence, lift FROM insight_goeswith")
    proposed = rows(candidates.candidates(view, [], beside))
    (found,) = of_kind([tastes.CandidateShown(**row) for row in proposed], "goes_with")
    assert (found.sku_id, found.beside_sku) == (sku["UTSUWA-01"], sku["CHA-01"])
    assert found.chance == pytest.approx(6 / 7)
    assert found.lift == pytest.approx(6 * 17 / (7 * 6))
    (beside,) = tastes.goes_with(Tx(), sku["CHA-01"])
    assert (beside.sku_id, beside.documents, beside.people) == (sku["UTSUWA-01"], 6, 6)


def test_one_person_s_habit_is_no_rule(shop: FreshDatabase, tmp_path: Path) -> None:
    sold(
        *[
            world.sale(("CHA-01", 1), ("UTSUWA-01", 1), member=CARD, at=ago(n + 1))
            for n in range(20)
        ],
        *[world.sale(("KASHI-01", 1), at=ago(n + 1)) for n in range(20)],
    )
    goes_with.store_goes_with(sight(tmp_path))
    assert tastes.goes_with(Tx(), ids("SELECT code, id FROM catalogue_sku")["CHA-01"]) == []


@pytest.mark.parametrize("seed", range(2))
def test_pairs_equal_the_naive_oracle(shop: FreshDatabase, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    sku = ids("SELECT code, id FROM catalogue_sku")
    baskets, sales = [], []
    for n in range(150):
        items = rng.sample([goods[0] for goods in world.GOODS], rng.choice([1, 1, 2, 3]))
        card = rng.choice([*CARDS, None, None, None])
        sales.append(world.sale(*[(i, 1) for i in items], member=card, at=ago(n % 90)))
        baskets.append((card or n, {sku[i] for i in items}))
    sold(*sales)
    alone = Counter(one for _, items in baskets for one in items)
    together, people = Counter(), defaultdict(set)
    for who, items in baskets:
        for a in items:
            for b in items - {a}:
                together[a, b] += 1
                people[a, b].add(who)
    expected = {
        (a, b): (n, len(people[a, b]), n / alone[a], n * len(baskets) / (alone[a] * alone[b]))
        for (a, b), n in together.items()
    }
    found = rows(goes_with.pairs(sight(tmp_path).lines(), least_people=2, least_lift=0.5))
    kept = {pair: v for pair, v in expected.items() if v[1] >= 2 and v[3] >= 0.5}
    assert {(f["sku_id"], f["beside_sku"]): (f["documents"], f["people"]) for f in found} == {
        pair: v[:2] for pair, v in kept.items()
    }
    for f in found:
        _, _, confidence, lift = kept[f["sku_id"], f["beside_sku"]]
        assert (f["confidence"], f["lift"]) == (pytest.approx(confidence), pytest.approx(lift))
