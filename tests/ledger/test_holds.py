"""Holds: kept, settled in parts, released, expired; broken only by goods in the hand."""

from datetime import timedelta
from uuid import uuid4

import pytest

from goen.kit.db import Tx
from goen.ledger import checks
from goen.ledger.posting import post
from goen.ledger.queries import balance
from goen.ledger.rules import Gone, Hold, Move, Posted, Release, Settle, Short, TooMuch
from tests.ledger.books import ACTOR, NOW, account, brought, posting

pytestmark = pytest.mark.usefixtures("tx_db")

SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")
UNEXPLAINED = account("goods:1", "unexplained")
SOON = NOW + timedelta(minutes=15)


@pytest.fixture
def tx() -> Tx:
    t = Tx()
    done(t, brought(SHELF, qty=5))
    return t


def done(t: Tx, *postings, at=NOW):
    answers = post(t, postings, actor=ACTOR, recorded_at=at)
    assert checks.broken(t) == []
    return answers[0] if len(answers) == 1 else answers


def held(qty: int, **more) -> Hold:
    return Hold(SHELF, SOLD, qty, "order", **more)


def free(t: Tx) -> int:
    return t.value("SELECT posted - pending - floor FROM ledger_balance")


def test_what_is_held_cannot_be_held_again(tx: Tx) -> None:
    assert isinstance(done(tx, posting(held(4))), Posted)
    wish = posting(held(2))
    assert done(tx, wish) == Short(wish.request, SHELF, 2, 1)
    assert free(tx) == 1
    assert balance(tx, "goods:1", "shelf") == 5


def test_settling_makes_the_move_once(tx: Tx) -> None:
    first = posting(held(4))
    done(tx, first)
    ship = posting(Settle((first.request, 0)))
    assert done(tx, ship) == Posted(ship.request)
    assert done(tx, ship) == Posted(ship.request, repeated=True)
    assert balance(tx, "goods:1", "sold") == 4
    assert free(tx) == 1
    again = posting(Settle((first.request, 0)))
    assert done(tx, again) == Gone(again.request, (first.request, 0), "posted")


def test_a_part_settled_leaves_the_rest_held(tx: Tx) -> None:
    first = posting(held(4))
    done(tx, first)
    ref = (first.request, 0)
    done(tx, posting(Settle(ref, 1)))
    assert (balance(tx, "goods:1", "sold"), free(tx)) == (1, 1)
    too_much = posting(Settle(ref, 4))
    assert done(tx, too_much) == TooMuch(too_much.request, ref, 4, 3)
    done(tx, posting(Settle(ref, 2), Settle(ref)))
    assert (balance(tx, "goods:1", "sold"), free(tx)) == (4, 1)
    assert tx.value("SELECT sum(qty)::int FROM ledger_closed WHERE how = 'posted'") == 4


def test_releasing_gives_everything_back(tx: Tx) -> None:
    first = posting(held(4))
    done(tx, first)
    cancel = posting(Release((first.request, 0)))
    assert done(tx, cancel, cancel) == [Posted(cancel.request), Posted(cancel.request, True)]
    assert (free(tx), balance(tx, "goods:1", "sold")) == (5, 0)
    late = posting(Settle((first.request, 0)))
    assert done(tx, late) == Gone(late.request, (first.request, 0), "voided")


def test_a_dead_hold_never_blocks_the_last_unit(tx: Tx) -> None:
    """An expired hold is given up by whoever locks the account next."""
    first = posting(held(5, expires_at=SOON))
    done(tx, first)
    late = posting(held(5))
    assert isinstance(done(tx, late), Short)
    assert isinstance(done(tx, late, at=SOON), Posted)
    ship = posting(Settle((first.request, 0)))
    assert done(tx, ship, at=SOON) == Gone(ship.request, (first.request, 0), "expired")


def test_goods_in_the_hand_break_the_weakest_promise(tx: Tx) -> None:
    """The till always sells: what is not on the books is covered, what is promised is broken."""
    weak, strong = posting(held(2, strength=1)), posting(held(2, strength=5))
    done(tx, weak, strong)
    sale = posting(Move(SHELF, SOLD, 2, "sale", cover=UNEXPLAINED))
    assert done(tx, sale) == Posted(sale.request, broken=((weak.request, 0),))
    assert balance(tx, "goods:1", "unexplained") == 0
    more = posting(Move(SHELF, SOLD, 4, "sale", cover=UNEXPLAINED))
    assert done(tx, more) == Posted(more.request, broken=((strong.request, 0),))
    assert balance(tx, "goods:1", "unexplained") == -1
    assert free(tx) == 0


def test_a_refused_posting_leaves_holds_as_they_were(tx: Tx) -> None:
    first = posting(held(3))
    done(tx, first)
    wish = posting(Settle((first.request, 0), 1), Release((first.request, 0)), held(9))
    assert isinstance(done(tx, wish), Short)
    assert free(tx) == 2
    assert tx.value("SELECT count(*) FROM ledger_closed") == 0
    assert done(tx, posting(Settle((first.request, 0)))).repeated is False


def test_a_move_is_taken_back_once_in_all(tx: Tx) -> None:
    sale = posting(Move(SHELF, SOLD, 3, "sale"))
    done(tx, sale)
    ref = (sale.request, 0)
    done(tx, posting(Move(SOLD, SHELF, 2, "take_back", reverses=ref)))
    wish = posting(Move(SOLD, SHELF, 2, "take_back", reverses=ref))
    assert done(tx, wish) == TooMuch(wish.request, ref, 2, 1)
    done(tx, posting(Move(SOLD, SHELF, 1, "take_back", reverses=ref)))
    assert balance(tx, "goods:1", "shelf") == 5
    unknown = posting(Move(SOLD, SHELF, 1, "take_back", reverses=(uuid4(), 0)))
    assert isinstance(done(tx, unknown), TooMuch)
