"""An id names one fact: with other content, of another kind or twice in a batch it is refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import checks as ledger
from goen.stock import checks
from goen.stock.arrivals import Arrival, arrive
from goen.stock.counts import NewCount, count
from goen.stock.holds import NewHold, hold
from goen.stock.transfers import NewTransfer, Receipt, receive, send
from tests import world

AT = world.NOW - timedelta(hours=1)
LINES = (("KASHI-01", 2),)
Verb = Callable[..., Sequence[Any]]


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "KASHI-01", 10)
    return t


def facts(uid: UUID, transfer: UUID) -> dict[str, tuple[Verb, Any]]:
    """One of each kind under one id."""
    return {
        "arrival": (arrive, Arrival(uid, "shibuya", LINES, AT)),
        "send": (send, NewTransfer(uid, "shibuya", "kichijoji", LINES, AT)),
        "receive": (receive, Receipt(uid, transfer, (("KASHI-01", 1),), AT)),
        "hold": (hold, NewHold(uid, "shibuya", "cart", "cart:1", LINES, AT, strength=1)),
        "count": (count, NewCount(uid, "shibuya", AT, (("KASHI-01", 5),))),
    }


def done(t: Tx, verb: Verb, *wishes: Any) -> list[Any]:
    at = world.NOW - timedelta(minutes=50)
    return list(verb(t, list(wishes), actor=world.ACTOR, recorded_at=at))


def on_the_way(t: Tx) -> UUID:
    uid = uuid4()
    done(t, send, NewTransfer(uid, "shibuya", "kichijoji", (("KASHI-01", 3),), AT))
    return uid


def balances(t: Tx) -> list[tuple[Any, ...]]:
    return t.rows(
        "SELECT account_id, posted, pending FROM ledger_balance"
        " WHERE posted <> 0 OR pending <> 0 ORDER BY 1"
    )


KINDS = ("arrival", "send", "receive", "hold", "count")


@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_an_id_of_one_kind_is_of_no_other(shop: Tx, first: str, second: str) -> None:
    kinds = facts(uuid4(), on_the_way(shop))
    (one,) = done(shop, *kinds[first])
    assert not isinstance(one, Refusal), one
    before = balances(shop)
    (two,) = done(shop, *kinds[second])
    if first == second:
        assert two.repeated
    else:
        assert (two.code, two.field) == ("id_reused", "uid")
    assert before == balances(shop)
    assert ledger.broken(shop) + checks.broken(shop) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_with_other_content_is_refused(shop: Tx, kind: str) -> None:
    verb, wish = facts(uuid4(), on_the_way(shop))[kind]
    done(shop, verb, wish)
    (answer,) = done(shop, verb, replace(wish, lines=(("KASHI-01", 3),)))
    assert (answer.code, answer.field) == ("id_reused", "uid")


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_mention_in_a_batch_decides(shop: Tx, kind: str) -> None:
    """A bad one must not take with it the row of a good one, whose goods are on their way."""
    verb, good = facts(uuid4(), on_the_way(shop))[kind]
    bad = replace(good, lines=(("NO-1", 2),))
    one, two = done(shop, verb, good, bad)
    assert not isinstance(one, Refusal)
    assert isinstance(two, Refusal)
    other = replace(good, uid=uuid4())
    one, two = done(shop, verb, replace(bad, uid=other.uid), other)
    assert one.code == "unknown_item"
    assert ledger.broken(shop) + checks.broken(shop) == []
