"""One sorted post per transaction, as its last statement.

Floored accounts are locked in id order; then, in a new statement (an older snapshot lies),
balances and known requests are read; `rules.decide` walks the requests; moves are inserted and
balances changed by sums. The CHECK on `ledger_balance` judges in the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.ledger.rules import Account, Move, Posted, Posting, Short, decide


def post(
    tx: Tx, postings: Sequence[Posting], *, actor: Actor, recorded_at: datetime
) -> list[Posted | Short]:
    """Make the moves of each posting, or say what it is short of; answers in the given order.

    The same request a second time moves nothing and is answered as posted. Call it last in the
    transaction: everything it locks stays locked until commit.
    """
    if not postings:
        return []
    ids = _account_ids(tx, postings)
    guarded = [account for account in ids if account.floor is not None]
    _lock(tx, [ids[account] for account in guarded])
    free = _free(tx, ids, guarded)
    known = _known(tx, [posting.request for posting in postings])
    fresh = _unseen(postings, known)
    accepted, refused = decide(free, fresh)
    _write_moves(tx, accepted, ids, actor=actor, recorded_at=recorded_at)
    _write_balances(tx, accepted, ids)
    first = {posting.request for posting in fresh}
    answers: list[Posted | Short] = []
    for posting in postings:
        short = refused.get(posting.request)
        repeated = posting.request not in first
        answers.append(short if short else Posted(posting.request, repeated))
        first.discard(posting.request)
    return answers


def _unseen(postings: Sequence[Posting], known: set[UUID]) -> list[Posting]:
    """Postings neither in the books nor earlier in this batch."""
    seen = set(known)
    fresh = []
    for posting in postings:
        if posting.request not in seen:
            seen.add(posting.request)
            fresh.append(posting)
    return fresh


def _accounts(postings: Iterable[Posting]) -> set[Account]:
    found: set[Account] = set()
    for posting in postings:
        for move in posting.moves:
            found |= {move.source, move.target}
            if move.cover is not None:
                found.add(move.cover)
    return found


def _account_ids(tx: Tx, postings: Iterable[Posting]) -> dict[Account, int]:
    """The id of every account named, opening those that are new."""
    wanted = _accounts(postings)
    ids = _find(tx, wanted)
    missing = sorted(wanted - ids.keys(), key=lambda a: (a.unit, a.holder, a.lot))
    if missing:
        _open(tx, missing)
        ids |= _find(tx, set(missing))
    assert ids.keys() == wanted, "an account was opened before with another floor"
    return ids


def _find(tx: Tx, wanted: set[Account]) -> dict[Account, int]:
    listed = list(wanted)
    found = tx.rows(
        """
        SELECT a.id, a.unit, a.holder, a.lot, a.floor
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (unit, holder, lot)
        JOIN ledger_account a USING (unit, holder, lot)
        """,
        [[a.unit for a in listed], [a.holder for a in listed], [a.lot for a in listed]],
    )
    return {Account(unit, holder, lot, floor): id_ for id_, unit, holder, lot, floor in found}


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


def _lock(tx: Tx, account_ids: Sequence[int]) -> None:
    if account_ids:
        tx.rows(
            """
            SELECT account_id FROM ledger_balance WHERE account_id = ANY(%s)
            ORDER BY account_id FOR NO KEY UPDATE
            """,
            [list(account_ids)],
        )


def _free(tx: Tx, ids: dict[Account, int], guarded: Sequence[Account]) -> dict[Account, int]:
    if not guarded:
        return {}
    found: dict[int, int] = dict(
        tx.rows(
            """
            SELECT account_id, posted - pending - floor FROM ledger_balance
            WHERE account_id = ANY(%s)
            """,
            [[ids[account] for account in guarded]],
        )
    )
    return {account: int(found[ids[account]]) for account in guarded}


def _known(tx: Tx, requests: Sequence[UUID]) -> set[UUID]:
    sql = "SELECT DISTINCT request FROM ledger_move WHERE request = ANY(%s)"
    return {row[0] for row in tx.rows(sql, [list(requests)])}


def _write_moves(
    tx: Tx,
    accepted: Sequence[tuple[Posting, list[Move]]],
    ids: dict[Account, int],
    *,
    actor: Actor,
    recorded_at: datetime,
) -> None:
    rows = [
        (
            posting.request,
            line,
            ids[move.source],
            ids[move.target],
            move.qty,
            move.reason,
            posting.origin,
            posting.business_date,
            posting.occurred_at,
        )
        for posting, moves in accepted
        for line, move in enumerate(moves)
    ]
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    tx.execute(
        """
        INSERT INTO ledger_move (request, line, source_id, target_id, qty, reason, origin,
                                 business_date, occurred_at, recorded_at, actor)
        SELECT given.*, %s, %s
        FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
                    %s::text[], %s::date[], %s::timestamptz[]) AS given
        """,
        [recorded_at, str(actor), *columns],
    )


def _write_balances(
    tx: Tx, accepted: Sequence[tuple[Posting, list[Move]]], ids: dict[Account, int]
) -> None:
    change: dict[int, int] = defaultdict(int)
    for _, moves in accepted:
        for move in moves:
            if move.source.floor is not None:
                change[ids[move.source]] -= move.qty
            if move.target.floor is not None:
                change[ids[move.target]] += move.qty
    if change:
        tx.execute(
            """
            UPDATE ledger_balance b SET posted = b.posted + given.change
            FROM unnest(%s::bigint[], %s::bigint[]) AS given (account_id, change)
            WHERE b.account_id = given.account_id
            """,
            [list(change), list(change.values())],
        )
