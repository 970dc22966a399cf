"""Goods kept for somebody (J-20): once, until released, settled, broken or over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.stock import rules
from goen.stock.held import live
from goen.stock.holds import Changed, Extension, Held, NewRelease, extend, release
from tests import world
from tests.stock.shelf import BY, HOUR, ITEM, OTHER, free, held, on, sku, sold, wish

NOW = world.NOW


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 3)
    return t


def released(t: Tx, uid, *, by=None, at=NOW):
    change = NewRelease(by or ids.new_id(), uid, NOW)
    (answer,) = release(t, [change], actor=world.ACTOR, recorded_at=at)
    return answer


def extended(t: Tx, uid, until, *, by=None, at=NOW):
    change = Extension(by or ids.new_id(), uid, until, NOW)
    (answer,) = extend(t, [change], actor=world.ACTOR, recorded_at=at)
    return answer


def shipped(t: Tx, uid, *, at=NOW):
    """What an order does when the goods leave."""
    moves = rules.shipped(live(t, [uid])[uid].refs)
    plan = Posting(ids.new_id(), "test", moves, at, at.date())
    (answer,) = posting.post(t, [plan], actor=world.ACTOR, recorded_at=at)
    return answer


def test_what_is_held_is_nobody_else_s(shop: Tx) -> None:
    one, two = wish((ITEM, 2)), wish((ITEM, 2))
    assert held(shop, one) == Held(one.uid, NOW + timedelta(days=7))
    detail = {"item": ITEM, "wanted": 2, "free": 1}
    assert held(shop, two) == Refusal("short", "lines[0].qty", detail)
    assert free(shop) == 1
    assert shop.value("SELECT count(*) FROM stock_hold") == 1


def test_the_same_wish_again_changes_nothing(shop: Tx) -> None:
    one = wish((ITEM, 2))
    ends = NOW + timedelta(days=7)
    assert held(shop, one, one) == [Held(one.uid, ends), Held(one.uid, ends, repeated=True)]
    assert held(shop, one) == Held(one.uid, ends, repeated=True)
    assert held(shop, replace(one, holder="record:2")).code == "id_reused"
    assert free(shop) == 1


def test_a_wish_refused_holds_up_no_other_and_may_come_again(shop: Tx) -> None:
    big, small = wish((ITEM, 1), (OTHER, 1)), wish((ITEM, 3))
    answers = held(shop, big, small)
    assert [type(a) for a in answers] == [Refusal, Held]
    assert answers[0].field == "lines[1].qty"
    released(shop, small.uid)
    world.stocked(shop, OTHER, 1)
    assert held(shop, big) == Held(big.uid, NOW + timedelta(days=7))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "wish"}, "unknown_hold_kind", "kind"),
        ({"holder": ""}, "holder_missing", "holder"),
        ({"place": "nowhere"}, "unknown_place", "place"),
        ({"occurred_at": NOW + timedelta(days=1)}, "implausible_time", "occurred_at"),
        ({"lines": ()}, "no_lines", "lines"),
        ({"lines": (("?", 1),)}, "unknown_item", "lines[0].item"),
        ({"lines": ((ITEM, 0),)}, "bad_quantity", "lines[0].qty"),
        ({"expires_at": NOW}, "already_over", "expires_at"),
    ],
)
def test_refusals(shop: Tx, change: dict[str, object], code: str, field: str) -> None:
    answer = held(shop, replace(wish((ITEM, 1)), **change))
    assert (answer.code, answer.field) == (code, field)
    assert free(shop) == 3
    assert shop.value("SELECT count(*) FROM stock_hold") == 0


def test_a_hold_that_is_over_blocks_nobody(shop: Tx) -> None:
    cart = wish((ITEM, 3), kind="cart")
    held(shop, cart)
    later = NOW + timedelta(minutes=15)
    assert held(shop, wish((ITEM, 3)), at=later - timedelta(seconds=1)).code == "short"
    assert isinstance(held(shop, wish((ITEM, 3)), at=later), Held)
    gone = released(shop, cart.uid, at=later)
    assert (gone.code, gone.detail["how"]) == ("hold_gone", "expired")


def test_releasing_gives_back_once(shop: Tx) -> None:
    one, by = wish((ITEM, 2)), ids.new_id()
    held(shop, one)
    assert released(shop, one.uid, by=by) == Changed(by, one.uid)
    assert released(shop, one.uid, by=by) == Changed(by, one.uid, repeated=True)
    assert free(shop) == 3
    assert released(shop, one.uid).detail["how"] == "voided"
    assert released(shop, ids.new_id()).code == "unknown_hold"


def test_extended_goods_stay_held_without_a_gap(shop: Tx) -> None:
    one, by = wish((ITEM, 3), expires_at=NOW + HOUR), ids.new_id()
    held(shop, one)
    assert extended(shop, one.uid, NOW + 3 * HOUR, by=by) == Changed(by, one.uid)
    assert extended(shop, one.uid, NOW + 3 * HOUR, by=by) == Changed(by, one.uid, repeated=True)
    assert held(shop, wish((ITEM, 1)), at=NOW + 2 * HOUR).code == "short"
    assert isinstance(extended(shop, one.uid, None), Changed)
    assert held(shop, wish((ITEM, 1)), at=NOW + 9 * HOUR).code == "short"
    assert isinstance(shipped(shop, one.uid), Posted)
    assert (sold(shop), on(shop, "sellable")) == (3, 0)
    assert released(shop, one.uid).detail["how"] == "posted"
    assert held(shop, one).repeated


def test_what_has_ended_is_not_extended(shop: Tx) -> None:
    one = wish((ITEM, 1), expires_at=NOW + HOUR)
    held(shop, one)
    assert extended(shop, one.uid, NOW).code == "already_over"
    late = extended(shop, one.uid, NOW + 3 * HOUR, at=NOW + HOUR)
    assert (late.code, late.detail["how"]) == ("hold_gone", "expired")
    assert extended(shop, ids.new_id(), None).code == "unknown_hold"


def test_goods_in_the_hand_break_the_weakest_kind_first(shop: Tx) -> None:
    order, cart, aside = (wish((ITEM, 1), kind=kind) for kind in ("order", "cart", "set_aside"))
    held(shop, order, cart, aside)
    world.sold(shop, world.sale((ITEM, 1)))
    assert [bool(live(shop, [w.uid])[w.uid].parts) for w in (order, cart, aside)] == [
        True,
        False,
        True,
    ]
    world.sold(shop, world.sale((ITEM, 1)))
    assert [bool(live(shop, [w.uid])[w.uid].parts) for w in (order, aside)] == [True, False]


def test_an_order_ships_in_parts_and_takes_back(shop: Tx) -> None:
    """The planned wishes of an order: promised, shipped in parts, returned to shelf or bin."""
    item, at = sku(shop), shop.value("SELECT id FROM places_place WHERE code = 'shibuya'")
    order, first, rest, back = (ids.new_id() for _ in range(4))
    ref = (order, 0)

    def posted(uid, *moves):
        plan = Posting(uid, "test", moves, NOW, NOW.date())
        (answer,) = posting.post(shop, [plan], **BY)
        return type(answer).__name__

    assert posted(order, *rules.promised([(item, 3)], place_id=at)) == "Posted"
    assert posted(first, *rules.shipped([ref], parts={ref: 2})) == "Posted"
    assert (free(shop), sold(shop)) == (0, 2)
    assert posted(rest, *rules.shipped([ref])) == "Posted"
    came = [rules.Returned(item, 1, (first, 0)), rules.Returned(item, 1, (first, 0), "damaged")]
    assert posted(back, *rules.returned(came, place_id=at)) == "Posted"
    assert (on(shop, "sellable"), on(shop, "damaged"), sold(shop)) == (1, 1, 1)
    again = rules.returned([rules.Returned(item, 1, (first, 0))], place_id=at)
    assert posted(ids.new_id(), *again) == "TooMuch"
