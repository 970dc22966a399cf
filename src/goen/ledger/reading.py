"""What a batch needs to know of the ledger, locked in one sorted order and read afterwards.

Lock order for everybody: requests that touch no floor, floored balances by account, then holds
by name, then reversed moves by id.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.ledger import holding
from goen.ledger.rules import (
    Account,
    Book,
    Books,
    Hold,
    Move,
    Original,
    Posting,
    Ref,
    Release,
    Settle,
    Wish,
)


@dataclass(slots=True)
class Found:
    """The rows behind what a batch names: ids of accounts, holds and moves."""

    accounts: dict[Account, int] = field(default_factory=dict)
    holds: dict[Ref, int] = field(default_factory=dict)
    moves: dict[Ref, int] = field(default_factory=dict)
    named: list[Ref] = field(default_factory=list)
    """The holds that the batch names and that were live when it was locked."""


def lock(tx: Tx, postings: Sequence[Posting]) -> Found:
    """Open the accounts that are new and lock everything the batch may change."""
    _lock_requests(tx, postings)
    found = Found(account_ids(tx, postings))
    named = _holds_named(postings)
    if named:
        found.named, accounts = holding.ends(tx, named)
        found.accounts |= accounts
    _lock_balances(tx, [id_ for a, id_ in found.accounts.items() if a.floor is not None])
    holding.lock(tx, found.named)
    taken_back = _taken_back(postings)
    if taken_back:
        found.moves = _lock_reversed(tx, taken_back)
    return found


def books(tx: Tx, postings: Sequence[Posting], found: Found, *, at: datetime) -> Books:
    """Balances, the holds that matter, how others ended, and what can still be taken back.

    Holds of others matter where the batch may come short: there what is over is given up, and
    goods that are handed over may break a promise.
    """
    accounts = _balances(tx, found.accounts)
    tight = _tight(postings, accounts)
    covered = {a for a in tight if any(m.source == a and m.cover for m in _moves(postings))}
    live = holding.live(
        tx,
        found.named,
        over=[found.accounts[a] for a in tight - covered],
        all_of=[found.accounts[a] for a in covered],
        at=at,
    )
    found.holds = live.ids
    found.accounts |= live.accounts
    ended = [ref for ref in _holds_named(postings) if ref not in live.held]
    return Books(accounts, live.held, holding.ended(tx, ended), _originals(tx, found.moves))


def known(tx: Tx, requests: Sequence[UUID]) -> set[UUID]:
    """Requests that are in the books already: as moves, as live holds or by what they closed."""
    rows = tx.rows(
        """
        SELECT request FROM ledger_move WHERE request = ANY(%(asked)s)
        UNION ALL SELECT request FROM ledger_pending WHERE request = ANY(%(asked)s)
        UNION ALL SELECT request FROM ledger_closed WHERE request = ANY(%(asked)s)
        UNION ALL SELECT closed_by FROM ledger_closed WHERE closed_by = ANY(%(asked)s)
        """,
        {"asked": list(requests)},
    )
    return {row[0] for row in rows}


def account_ids(tx: Tx, postings: Iterable[Posting]) -> dict[Account, int]:
    """The id of every account named, opening those that are new."""
    wanted = _accounts(postings)
    if not wanted:  # all of it is about holds, which know their accounts
        return {}
    ids = _find(tx, wanted)
    missing = sorted(wanted - ids.keys(), key=lambda a: (a.unit, a.holder, a.lot))
    if missing:
        _open(tx, missing)
        ids |= _find(tx, set(missing))
    assert ids.keys() == wanted, "an account was opened before with another floor"
    return ids


def _holds_named(postings: Iterable[Posting]) -> list[Ref]:
    """The holds that settles and releases speak of."""
    return sorted({w.hold for p in postings for w in p.moves if isinstance(w, Settle | Release)})


def _taken_back(postings: Iterable[Posting]) -> list[Ref]:
    """The earlier moves that are reversed."""
    return sorted({m.reverses for m in _moves(postings) if m.reverses is not None})


def _moves(postings: Iterable[Posting]) -> list[Move]:
    return [wish for posting in postings for wish in posting.moves if isinstance(wish, Move)]


def _tight(postings: Iterable[Posting], accounts: dict[Account, Book]) -> set[Account]:
    """Accounts with holds on them that have less free than the whole batch would take."""
    wanted: Counter[Account] = Counter()
    for posting in postings:
        for wish in posting.moves:
            if isinstance(wish, Move | Hold):
                wanted[wish.source] += wish.qty
    return {a for a, book in accounts.items() if book.pending and book.free < wanted[a]}


def _accounts(postings: Iterable[Posting]) -> set[Account]:
    found: set[Account] = set()
    for posting in postings:
        for wish in posting.moves:
            if isinstance(wish, Move | Hold):
                found |= {wish.source, wish.target}
            if isinstance(wish, Move) and wish.cover is not None:
                found.add(wish.cover)
    return found


def _find(tx: Tx, wanted: set[Account]) -> dict[Account, int]:
    listed = list(wanted)
    rows = tx.rows(
        """
        SELECT a.id, a.unit, a.holder, a.lot, a.floor
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (unit, holder, lot)
        JOIN ledger_account a USING (unit, holder, lot)
        """,
        [[a.unit for a in listed], [a.holder for a in listed], [a.lot for a in listed]],
    )
    return {Account(unit, holder, lot, floor): id_ for id_, unit, holder, lot, floor in rows}


def _open(tx: Tx, missing: Sequence[Account]) -> None:
    tx.execute(
        """
        WITH opened AS (
          INSERT INTO ledger_account (unit, holder, lot, floor)
          SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
          ON CONFLICT DO NOTHING RETURNING id, floor
        )
        INSERT INTO ledger_balance (account_id, posted, pending, floor)
        SELECT id, 0, 0, floor FROM opened WHERE floor IS NOT NULL
        """,
        [
            [a.unit for a in missing],
            [a.holder for a in missing],
            [a.lot for a in missing],
            [a.floor for a in missing],
        ],
    )


def _lock_requests(tx: Tx, postings: Sequence[Posting]) -> None:
    """One at a time for requests that lock nothing else: a repetition waits and is seen."""
    unguarded = sorted(str(p.request) for p in postings if not any(map(_is_guarded, p.moves)))
    if unguarded:
        tx.rows(
            "SELECT pg_advisory_xact_lock(hashtextextended(request, 0))"
            " FROM unnest(%s::text[]) AS given (request)",
            [unguarded],
        )


def _is_guarded(wish: Wish) -> bool:
    if isinstance(wish, Settle | Release):
        return True
    return wish.source.floor is not None or wish.target.floor is not None


def _lock_balances(tx: Tx, account_ids: Sequence[int]) -> None:
    if account_ids:
        tx.rows(
            """
            SELECT account_id FROM ledger_balance WHERE account_id = ANY(%s)
            ORDER BY account_id FOR NO KEY UPDATE
            """,
            [list(account_ids)],
        )


def _lock_reversed(tx: Tx, refs: Sequence[Ref]) -> dict[Ref, int]:
    """Lock how much of each move was taken back so far; answers the moves' ids."""
    rows = tx.rows(
        """
        SELECT m.request, m.line, m.id, m.qty
        FROM unnest(%s::uuid[], %s::int[]) AS given (request, line)
        JOIN ledger_move m USING (request, line) ORDER BY m.id
        """,
        columns(refs, 2),
    )
    ids = [row[2] for row in rows]
    tx.execute(
        """
        INSERT INTO ledger_reversed (move_id, qty, taken_back)
        SELECT id, qty, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, qty)
        ON CONFLICT DO NOTHING
        """,
        [ids, [row[3] for row in rows]],
    )
    tx.rows(
        "SELECT move_id FROM ledger_reversed WHERE move_id = ANY(%s) ORDER BY move_id FOR UPDATE",
        [ids],
    )
    return {(request, line): id_ for request, line, id_, _ in rows}


def _balances(tx: Tx, accounts: dict[Account, int]) -> dict[Account, Book]:
    guarded = {id_: account for account, id_ in accounts.items() if account.floor is not None}
    if not guarded:
        return {}
    rows = tx.rows(
        "SELECT account_id, posted, pending, floor FROM ledger_balance WHERE account_id = ANY(%s)",
        [list(guarded)],
    )
    return {guarded[id_]: Book(posted, pending, floor) for id_, posted, pending, floor in rows}


def _originals(tx: Tx, moves: dict[Ref, int]) -> dict[Ref, Original]:
    if not moves:
        return {}
    refs = {id_: ref for ref, id_ in moves.items()}
    rows = tx.rows(
        "SELECT move_id, qty, taken_back FROM ledger_reversed WHERE move_id = ANY(%s)",
        [list(refs)],
    )
    return {refs[id_]: Original(refs[id_], qty, taken_back) for id_, qty, taken_back in rows}
