"""Reasons nobody said are inferred by named rules, and never mixed with what was said."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest

from goen.behaviour.events import NewEvent, keep
from goen.behaviour.queries import reasons_of
from goen.behaviour.reasons import NewReason, note_reason
from goen.insight.reasons import coverage, infer
from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.sale import Sale
from tests import world
from tests.world import ACTOR, NOW

CARD = "G1040001"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    world.open_shop(Tx(), live=False)
    return Tx()


def sold(t: Tx, *sales: Sale) -> list[UUID]:
    answers = world.sold(t, *sales)
    assert all(hasattr(one, "order_id") for one in answers), answers
    return [one.uid for one in sales]


def at(days: float) -> object:
    return NOW - timedelta(days=days)


def inferred(t: Tx, documents: Sequence[UUID]) -> dict[UUID, tuple[str, float | None]]:
    infer(t, documents, actor=ACTOR, recorded_at=NOW)
    return {
        uid: (each[0].code, each[0].confidence) for uid, each in reasons_of(t, documents).items()
    }


def done(t: Tx, kind: str, days: float, sku: str = "", key: str = "M-001", **more: object) -> None:
    record = t.value("SELECT id FROM customers_record WHERE source_key = %s", [key])
    sku_id = t.value("SELECT id FROM catalogue_sku WHERE code = %s", [sku]) if sku else None
    values = {"record_id": record, "sku_id": sku_id} | more
    event = NewEvent("ec", str(ids.new_id()), kind, at(days), **values)  # type: ignore[arg-type]
    (answer,) = keep(t, [event], actor=ACTOR, recorded_at=NOW)
    assert hasattr(answer, "repeated")


def test_the_third_day_with_an_article_is_a_refill(shop: Tx) -> None:
    tea = [world.sale(("CHA-01", 1), member=CARD, at=at(d)) for d in (30, 20, 10)]
    uids = sold(shop, *tea)
    assert inferred(shop, uids) == {uids[2]: ("refill", 0.7)}


def test_what_was_looked_at_before_was_considered(shop: Tx) -> None:
    done(shop, "view", 3, "CHA-01")
    done(shop, "view", 30, "NUNO-01")
    done(shop, "view", 0.5, "UTSUWA-01")
    sales = [world.sale((c, 1), member=CARD, at=at(1)) for c in ("CHA-01", "NUNO-01", "UTSUWA-01")]
    uids = sold(shop, *sales)
    assert inferred(shop, uids) == {uids[0]: ("considered", 0.5)}


def test_the_surest_rule_is_told_and_once(shop: Tx) -> None:
    tea = [world.sale(("CHA-01", 1), member=CARD, at=at(d)) for d in (30, 20, 10)]
    done(shop, "view", 11, "CHA-01")
    done(shop, "clicked", 12)
    uids = sold(shop, *tea)
    assert inferred(shop, uids)[uids[2]] == ("refill", 0.7)
    assert infer(shop, uids, actor=ACTOR, recorded_at=NOW) == []
    (only,) = shop.rows("SELECT rule, confidence::float8 FROM behaviour_reason")
    assert only == ("refill-1", 0.7)


def test_a_click_on_another_person_s_device_explains_nothing(shop: Tx) -> None:
    """A browser that only this person ever used counts; a shared one does not."""
    done(shop, "visit", 5, visitor="mine")
    done(shop, "clicked", 4, visitor="mine", record_id=None)
    (mine,) = sold(shop, world.sale(("CHA-01", 1), member=CARD, at=at(3)))
    assert inferred(shop, [mine]) == {mine: ("offer", 0.6)}
    done(shop, "visit", 2, key="M-002", visitor="mine")
    (other,) = sold(shop, world.sale(("CHA-01", 1), member=CARD, at=at(2)))
    assert inferred(shop, [other]) == {}


def test_nobody_known_has_no_inferred_reason(shop: Tx) -> None:
    uids = sold(shop, *[world.sale(("CHA-01", 1), at=at(d)) for d in (30, 20, 10)])
    assert inferred(shop, uids) == {}


def test_coverage_keeps_whose_word_it_is_apart(shop: Tx) -> None:
    """R-034: 10 purchases, 4 stated, 3 inferred: 40 % and 30 %."""
    uids = sold(shop, *[world.sale(("CHA-01", 1), member=CARD, at=at(n + 1)) for n in range(10)])
    for n, uid in enumerate(uids[:4]):
        code = "gift" if n else "refill"
        note_reason(
            shop, NewReason(ids.new_id(), uid, None, "stated", code), actor=ACTOR, recorded_at=NOW
        )
    for uid in (uids[0], uids[1], uids[9]):
        reason = NewReason(
            ids.new_id(), uid, None, "inferred", "refill", confidence=0.7, rule="refill-1"
        )
        assert note_reason(shop, reason, actor=ACTOR, recorded_at=NOW) is None
    found = coverage(shop, date(2026, 11, 1), NOW.date())
    assert found == {
        "documents": 10,
        "by_basis": {"stated": 4, "inferred": 3},
        "by_code": {"stated": {"gift": 3, "refill": 1}, "inferred": {"refill": 3}},
        "compared": 2,
        "agreed": 1,
    }
