"""Accounts and postings for the tests of the ledger, by hand and by Hypothesis."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from hypothesis import strategies as st

from goen.kit.actors import Actor
from goen.ledger.rules import Account, Move, Posting

ACTOR = Actor("system", "test")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)

UNITS = ("goods:1", "JPY")
FLOORED = ("shelf", "drawer")
OPEN = ("supplier", "sold", "unexplained")


def account(unit: str, holder: str) -> Account:
    """Shelves and drawers never go below zero; the world outside may."""
    return Account(unit, holder, floor=0 if holder in FLOORED else None)


def posting(*moves: Move, request: UUID | None = None) -> Posting:
    """Moves under a request of their own."""
    return Posting(request or uuid4(), "test", moves, NOW, TODAY)


def brought(*accounts: Account, qty: int) -> Posting:
    """Goods from outside into each of the accounts."""
    return posting(*(Move(account(a.unit, "supplier"), a, qty, "arrival") for a in accounts))


@st.composite
def moves(draw: st.DrawFn) -> Move:
    """A move within one unit; a source with a floor may be covered."""
    unit = draw(st.sampled_from(UNITS))
    source, target = draw(st.permutations([*FLOORED, *OPEN[:2]]).map(lambda holders: holders[:2]))
    covered = source in FLOORED and draw(st.booleans())
    return Move(
        account(unit, source),
        account(unit, target),
        draw(st.integers(1, 9)),
        "test",
        account(unit, "unexplained") if covered else None,
    )


def postings(*, most: int = 6) -> st.SearchStrategy[list[Posting]]:
    """A batch of postings, each of one to four moves."""
    one = st.lists(moves(), min_size=1, max_size=4).map(lambda made: posting(*made))
    return st.lists(one, max_size=most)


Balances = dict[Account, int]


def play(books: Balances, batch: Sequence[Posting]) -> set[UUID]:
    """The oracle: move numbers in a dict, one posting after the other; answers who was short.

    A posting is tried on a copy; the copy becomes the books when nothing fell below zero.
    """
    short = set()
    for one in batch:
        tried = dict(books)
        for move in one.moves:
            lacking = move.qty - tried.get(move.source, 0)
            if move.source.floor is not None and lacking > 0 and move.cover is not None:
                tried[move.cover] = tried.get(move.cover, 0) - lacking
                tried[move.source] = tried.get(move.source, 0) + lacking
            tried[move.source] = tried.get(move.source, 0) - move.qty
            tried[move.target] = tried.get(move.target, 0) + move.qty
            if move.source.floor is not None and tried[move.source] < 0:
                short.add(one.request)
                break
        else:
            books.clear()
            books.update(tried)
    return short
