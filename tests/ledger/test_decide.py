"""`rules.decide`: whatever comes in, nothing falls below zero and a refusal leaves no trace."""

from hypothesis import given
from hypothesis import strategies as st

from goen.ledger import rules
from goen.ledger.rules import COVERED, Account, Book, Books, Done, Move, Posting, Short
from tests.ledger.books import FLOORED, UNITS, account, play, posting, postings

SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")
UNEXPLAINED = account("goods:1", "unexplained")


def decide(free: dict[Account, int], batch: list[Posting]) -> tuple[list[Done], dict]:
    """Decide on plain amounts; `free` is changed to what remains."""
    books = Books({where: Book(amount) for where, amount in free.items()})
    decision = rules.decide(books, batch)
    free.update({where: book.free for where, book in books.accounts.items()})
    return decision.done, decision.refused


free_amounts = st.fixed_dictionaries(
    {account(unit, holder): st.integers(0, 20) for unit in UNITS for holder in FLOORED}
)


@given(free_amounts, postings())
def test_nothing_falls_below_zero(free, batch):
    decide(free, batch)
    assert min(free.values()) >= 0


@given(free_amounts, postings())
def test_what_is_left_is_what_was_there_and_what_was_moved(free, batch):
    left = dict(free)
    done, refused = decide(left, batch)
    moved = dict(free)
    for move in done:
        for where, change in ((move.source, -move.qty), (move.target, move.qty)):
            if where in moved:
                moved[where] += change
    assert left == moved
    assert {d.posting.request for d in done} | refused.keys() == {p.request for p in batch}


@given(free_amounts, postings())
def test_it_decides_as_a_dict_does(free, batch):
    books: dict[Account, int] = dict(free)
    short = play(books, batch)
    _, refused = decide(free, batch)
    assert refused.keys() == short
    assert free == {where: books[where] for where in free}


@given(free_amounts, postings(most=1))
def test_a_refused_posting_changes_nothing(free, batch):
    before = dict(free)
    _, refused = decide(free, batch)
    assert not refused or free == before


@given(st.integers(0, 20), st.integers(1, 20))
def test_a_cover_brings_exactly_what_is_missing(have, wanted):
    free = {SHELF: have}
    made, refused = decide(free, [posting(Move(SHELF, SOLD, wanted, "sale", UNEXPLAINED))])
    covering = [move for move in made if move.reason == COVERED]
    assert not refused
    assert sum(move.qty for move in covering) == max(0, wanted - have)
    assert free[SHELF] == max(0, have - wanted)


def test_a_refusal_says_which_account_has_how_much():
    wish = posting(Move(SHELF, SOLD, 2, "sale"), Move(SHELF, SOLD, 2, "sale"))
    _, refused = decide({SHELF: 3}, [wish])
    assert refused == {wish.request: Short(wish.request, SHELF, 2, 1)}
