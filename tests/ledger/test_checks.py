"""What the audit says of holds and of what was taken back, each broken once by SQL."""

from datetime import timedelta

import pytest

from goen.doors.cli.audit import audited
from goen.kit.db import Tx
from goen.ledger.posting import post
from goen.ledger.rules import Hold, Move, Posted, Release, Settle
from tests.ledger.books import ACTOR, NOW, account, brought, posting

SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")
HELD = Hold(SHELF, SOLD, 5, "order", NOW + timedelta(minutes=15))


@pytest.fixture
def books(tx_db: None) -> Tx:
    """A hold settled in part, one released, one broken; a sale taken back in two steps."""
    t = Tx()
    hold, other, weak = posting(HELD), posting(HELD), posting(Hold(SHELF, SOLD, 1, "cart"))
    sale = posting(Move(SHELF, SOLD, 4, "sale"))
    ref = (sale.request, 0)
    steps = [
        brought(SHELF, qty=15), hold, other, weak, sale,
        posting(Settle((hold.request, 0), 2)),
        posting(Settle((hold.request, 0), 1)),
        posting(Release((other.request, 0))),
        posting(Move(SHELF, SOLD, 6, "sale", cover=account("goods:1", "unexplained"))),
        posting(Move(SOLD, SHELF, 2, "take_back", reverses=ref)),
        posting(Move(SOLD, SHELF, 1, "take_back", reverses=ref)),
    ]  # fmt: skip
    for step in steps:
        (answer,) = post(t, [step], actor=ACTOR, recorded_at=NOW)
        assert isinstance(answer, Posted), answer
    return t


LIVE = "(SELECT request FROM ledger_pending WHERE reason = 'order')"
RELEASED = (
    "(SELECT c.request FROM ledger_closed c WHERE c.how = 'voided' AND NOT EXISTS"
    " (SELECT FROM ledger_move m WHERE m.request = c.closed_by))"
)
SALE = "(SELECT request FROM ledger_move WHERE id = (SELECT move_id FROM ledger_reversed))"
# what is done to the books, and what the audit must name: each is an SQL expression of a text
BREAKS = {
    "less is held than is left": (
        "UPDATE ledger_pending SET qty = 1 WHERE reason = 'order'",
        [f"{LIVE}::text", "'was of 5'", "'come to 4'"],
    ),
    "an end forgotten": (
        "DELETE FROM ledger_closed WHERE how = 'posted' AND qty = 1",
        [f"{LIVE}::text", "'was of 5'", "'come to 4'"],
    ),
    "an end noted twice": (
        "INSERT INTO ledger_closed (pending_id, request, line, qty, held, how, closed_by,"
        " closed_at) SELECT -1, request, line, qty, held, how, closed_by, closed_at"
        f" FROM ledger_closed WHERE request = {RELEASED}",
        [f"{RELEASED}::text", "'was of 5'", "'come to 10'"],
    ),
    "what was held changed": (
        f"UPDATE ledger_closed SET held = 6 WHERE request = {RELEASED}",
        [f"{RELEASED}::text", "'was of 6'", "'come to 5'"],
    ),
    "settled by another's move": (
        "UPDATE ledger_closed SET move_id = (SELECT move_id FROM ledger_reversed)"
        " WHERE how = 'posted' AND qty = 2",
        [f"{LIVE}::text", "'settled for 2'", f"'its move says 4 by ' || {SALE}"],
    ),
    "settled by somebody else": (
        f"UPDATE ledger_closed SET closed_by = {RELEASED} WHERE how = 'posted' AND qty = 2",
        [f"{LIVE}::text", f"'settled for 2 by ' || {RELEASED}", "'its move says 2 by '"],
    ),
    "more noted than came back": (
        "UPDATE ledger_reversed SET taken_back = 4",
        [f"{SALE}::text", "'taken back for 3'", "'says 4 of 4'"],
    ),
    "a note forgotten": (
        "DELETE FROM ledger_reversed",
        [f"{SALE}::text", "'taken back for 3'", "'says 0'"],
    ),
    "a taking back deleted": (
        "DELETE FROM ledger_move WHERE reason = 'take_back' AND qty = 1",
        [f"{SALE}::text", "'taken back for 2'", "'says 3 of 4'"],
    ),
    "more came back than went": (
        f"UPDATE ledger_move SET qty = 2 WHERE request = {SALE}",
        [f"{SALE}::text", "'of 2 was taken back for 3'", "'says 3 of 4'"],
    ),
}  # fmt: skip


def test_holds_and_takings_back_add_up(books: Tx) -> None:
    assert audited(books)["broken"] == []


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_named(books: Tx, what: str) -> None:
    statement, expected = BREAKS[what]
    names = [books.value(f"SELECT {text}") for text in expected]
    assert None not in names
    assert books.execute(statement) == 1, statement
    said = "\n".join(audited(books)["broken"])
    assert [name for name in names if name not in said] == [], said
