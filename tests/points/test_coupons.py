"""Coupons are issued once, by number or with a new one, and know their terms."""

import re

import pytest

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.points import coupons
from goen.points.coupons import Issued, NewCoupon, NewKind
from tests.points.wallet import BY, TODAY, record, sound
from tests.world import ACTOR, NOW, open_shop

WELCOME = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 500)


@pytest.fixture
def t(tx_db: None) -> Tx:
    open_shop(Tx())
    assert isinstance(coupons.put_kind(Tx(), WELCOME, **BY), int)
    return Tx()


def issue(t: Tx, *wanted: NewCoupon) -> list[Issued | Refusal]:
    return coupons.issue(t, list(wanted), **BY)


def test_a_coupon_is_issued_once(t: Tx) -> None:
    one = NewCoupon(ids.new_id(), "welcome", NOW, uses=3)
    (first,) = issue(t, one)
    assert isinstance(first, Issued)
    assert re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", first.number)
    assert issue(t, one, one) == [Issued(one.uid, first.number, repeated=True)] * 2
    assert t.value("SELECT qty FROM ledger_move") == 3
    assert sound(t)


def test_another_content_or_a_taken_number_is_refused(t: Tx) -> None:
    one = NewCoupon(ids.new_id(), "welcome", NOW, "A-1")
    other = NewCoupon(one.uid, "welcome", NOW, "A-1", uses=2)
    taken = NewCoupon(ids.new_id(), "welcome", NOW, "A-1")
    assert issue(t, one) == [Issued(one.uid, "A-1")]
    assert issue(t, other) == [Refusal("id_reused", "uid", {"given": str(one.uid)})]
    assert issue(t, taken) == [Refusal("coupon_taken", "number", {"given": "A-1"})]


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        (NewCoupon(ids.new_id(), "nope", NOW), "unknown_coupon_kind", "kind"),
        (NewCoupon(ids.new_id(), "welcome", NOW, uses=0), "out_of_bounds", "uses"),
        (NewCoupon(ids.new_id(), "welcome", NOW, "a\0b"), "malformed", "number"),
        (NewCoupon(ids.new_id(), "welcome", NOW, ""), "malformed", "number"),
        (NewCoupon(ids.new_id(), "welcome", NOW.replace(tzinfo=None)), "time_without_zone",
         "occurred_at"),
        (NewCoupon(ids.new_id(), "welcome", NOW, record_id=10**9), "unknown_record", "record"),
    ],
)  # fmt: skip
def test_a_coupon_that_cannot_be(t: Tx, wish: NewCoupon, code: str, field: str) -> None:
    (refused,) = issue(t, wish)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)


@pytest.mark.parametrize(
    ("method", "value", "code"),
    [("free", 1, "unknown_choice"), ("amount", 0, "out_of_bounds"),
     ("percent", 10_001, "out_of_bounds")],
)  # fmt: skip
def test_a_kind_that_cannot_be(t: Tx, method: str, value: int, code: str) -> None:
    refused = coupons.put_kind(t, NewKind("k", {"ja": "k", "en": "k"}, method, value), **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == code


def test_a_coupon_is_the_person_s_whichever_card_they_show(t: Tx) -> None:
    """Issued to the web member, shown at the till with the card of the same person."""
    web = NewRecord(
        "ec", "E-1", mail="takahashi@kaze.example",
        credentials=(NewCredential("card", "G1040001", verified=True),),
    )  # fmt: skip
    records.register(t, [web], actor=ACTOR, recorded_at=NOW)
    issue(t, NewCoupon(ids.new_id(), "welcome", NOW, "MINE", record(t, "E-1")))
    terms = coupons.read(t, ["MINE"])["MINE"]

    def why(key: str | None) -> str | None:
        who = None if key is None else record(t, key)
        found = coupons.refusal(terms, "MINE", n=0, record_id=who, currency="JPY", day=TODAY)
        return None if found is None else found.code

    assert (why("E-1"), why("M-001")) == (None, None)
    assert (why("M-002"), why(None)) == ("coupon_of_another", "coupon_of_another")
