"""An id names one fact: under it nothing of another kind happens, and nothing is left of it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders.cancelling import cancel
from goen.orders.fulfilling import fulfil
from goen.orders.order import Cancellation, Fulfilment, Reroute, TakeBack
from goen.orders.placing import place
from goen.orders.rerouting import reroute
from goen.orders.selling import sell
from goen.orders.taking_back import take_back
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from goen.points.grants import NewGrant, grant
from goen.stock.holds import NewHold, hold
from tests import world
from tests.orders.placed import AT, BY, audit, one_placed, order
from tests.points import wallet

CARD = ("card", "G1040001")
KINDS = ("sale", "order", "ship", "reroute", "cancel", "take_back", "grant", "coupon", "hold")
PAIRS = [pair for pair in permutations(KINDS, 2) if pair[1] != "hold"]


def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    for item in ("CHA-01", "NUNO-01", "KASHI-01"):
        world.stocked(t, item, 20)
    world.stocked(t, "CHA-01", 5, "kichijoji")
    wallet.programme(t)
    wallet.given(t, 500)
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 200)
    coupons.put_kind(t, kind, **BY)
    return t


def fact(t: Tx, kind: str, uid: UUID) -> Callable[[], Any]:
    """One of each kind, under an id."""
    of = one_placed(t, order(("CHA-01", 1), member=CARD))
    (sold,) = sell(t, [world.sale(("NUNO-01", 1), member=CARD[1])], **BY)
    verbs: dict[str, tuple[Callable[..., Any], Any]] = {
        "sale": (sell, world.sale(("NUNO-01", 2), member=CARD[1], uid=uid)),
        "order": (place, order(("CHA-01", 2), member=CARD, uid=uid)),
        "ship": (fulfil, Fulfilment(uid, of, "ship", AT)),
        "reroute": (reroute, Reroute(uid, of, "kichijoji", AT)),
        "cancel": (cancel, Cancellation(uid, of, "shopper", AT)),
        "take_back": (take_back, TakeBack(uid, sold.uid, "shibuya", "unwanted", world.NOW)),
        "grant": (grant, NewGrant(uid, wallet.account(t), 7, "manual", AT)),
        "coupon": (coupons.issue, NewCoupon(uid, "welcome", AT)),
        "hold": (hold, NewHold(uid, "shibuya", "set_aside", "cart:1", (("KASHI-01", 1),), AT)),
    }
    verb, wish = verbs[kind]
    return lambda: verb(t, [wish], **BY)[0]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_an_id_of_one_kind_is_refused_for_another(tx_db: None, first: str, second: str) -> None:
    t, uid = shop(), ids.new_id()
    one, other = fact(t, first, uid), fact(t, second, uid)
    assert not isinstance(one(), Refusal)
    notices = t.value("SELECT count(*) FROM kit_notice")
    refused = other()
    assert isinstance(refused, Refusal), refused
    assert refused.code == "id_reused"
    assert t.value("SELECT count(*) FROM kit_notice") == notices
    assert audit(t) == []


def test_others_of_a_batch_do_not_suffer_from_an_id_that_is_taken(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 1)))
    shipped = ids.new_id()
    fulfil(t, [Fulfilment(shipped, uid, "ship", AT)], **BY)
    at = world.NOW - timedelta(minutes=30)
    bad = world.sale(("NUNO-01", 1), uid=shipped, at=at, member=CARD[1])
    good = world.sale(("NUNO-01", 1), at=at, member=CARD[1])
    refused, sold = sell(t, [bad, good], **BY)
    assert isinstance(refused, Refusal)
    assert (refused.code, sold.points_earned, sold.points_left) == ("id_reused", 13, 513)
    (one,) = sell(t, [good], **BY)
    assert one.repeated
    wishes = [
        TakeBack(shipped, good.uid, "shibuya", "unwanted", world.NOW),
        TakeBack(ids.new_id(), good.uid, "shibuya", "unwanted", world.NOW),
    ]
    refused, back = take_back(t, wishes, **BY)
    assert isinstance(refused, Refusal)
    assert (refused.code, back.slip.total_minor) == ("id_reused", 1_320)
    assert audit(t) == []
