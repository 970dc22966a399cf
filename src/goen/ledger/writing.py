"""Writing what was decided: moves, holds, how holds ended, what was taken back, balances."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.ledger.reading import Found
from goen.ledger.rules import Done, Ref

_INSERT_MOVES = """
INSERT INTO ledger_move (request, line, source_id, target_id, qty, reason, origin, business_date,
                         occurred_at, reverses_id, recorded_at, actor)
SELECT given.*, %s, %s
FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
            %s::text[], %s::date[], %s::timestamptz[], %s::bigint[]) AS given
"""
HOW = {"post": "posted", "void": "voided", "expire": "expired"}


def write(
    tx: Tx, done: Sequence[Done], found: Found, *, actor: Actor, recorded_at: datetime
) -> None:
    """Write the changes of a batch in a handful of statements."""
    made = [d for d in done if d.kind in {"move", "post"}]
    ids = _moves(tx, made, found, actor, recorded_at) if made else {}
    held = [d for d in done if d.kind == "hold"]
    if held:
        _holds(tx, held, found, actor, recorded_at)
    closed = [d for d in done if d.kind in HOW]
    if closed:
        _close(tx, closed, found, ids, recorded_at)
        over = [d for d in closed if d.kind == "expire"]
        outbox.write(tx, _over(over), recorded_at=recorded_at)
    _reversed(tx, [d for d in made if d.kind == "move" and d.ref is not None], found)
    _balances(tx, done, found)


def _over(ended: Sequence[Done]) -> list[Notice]:
    """What became free because nobody came: one notice per holder. No request told of it."""
    by_holder: dict[str, list[Done]] = defaultdict(list)
    for d in ended:
        by_holder[d.source.holder].append(d)
    return [
        Notice(
            "HoldExpired",
            holder,
            {
                "holder": holder,
                "units": sorted({d.source.unit for d in these}),
                "holds": sorted({str(d.ref[0]) for d in these if d.ref is not None}),
            },
        )
        for holder, these in sorted(by_holder.items())
    ]


def _moves(
    tx: Tx, made: Sequence[Done], found: Found, actor: Actor, recorded_at: datetime
) -> dict[Ref, int]:
    """Insert moves; answers their ids by (request, line) where a hold became one."""
    rows = [
        (*_row(d, found), found.moves[d.ref] if d.kind == "move" and d.ref is not None else None)
        for d in made
    ]
    params = [recorded_at, str(actor), *columns(rows)]
    if all(d.kind == "move" for d in made):  # nobody asks for their ids
        tx.execute(_INSERT_MOVES, params)
        return {}
    answered = tx.rows(_INSERT_MOVES + "RETURNING request, line, id", params)
    return {(request, line): id_ for request, line, id_ in answered}


def _holds(tx: Tx, held: Sequence[Done], found: Found, actor: Actor, recorded_at: datetime) -> None:
    rows = [(*_row(d, found), d.strength, d.expires_at) for d in held]
    answered = tx.rows(
        """
        INSERT INTO ledger_pending (request, line, source_id, target_id, qty, reason, origin,
                                    business_date, occurred_at, strength, expires_at, held,
                                    recorded_at, actor)
        SELECT given.*, given.qty, %s, %s
        FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
                    %s::text[], %s::date[], %s::timestamptz[], %s::int[], %s::timestamptz[])
          AS given (request, line, source_id, target_id, qty, reason, origin, business_date,
                    occurred_at, strength, expires_at)
        RETURNING request, line, id
        """,
        [recorded_at, str(actor), *columns(rows)],
    )
    found.holds |= {(request, line): id_ for request, line, id_ in answered}


def _row(d: Done, found: Found) -> tuple[object, ...]:
    """What moves and holds have in common."""
    assert d.posting is not None
    return (
        d.posting.request,
        d.line,
        found.accounts[d.source],
        found.accounts[d.target],
        d.qty,
        d.reason,
        d.posting.origin,
        d.posting.business_date,
        d.posting.occurred_at,
    )


def _close(
    tx: Tx,
    closed: Sequence[Done],
    found: Found,
    moves: dict[Ref, int],
    recorded_at: datetime,
) -> None:
    """Note how holds ended and take them away; one ended in part goes on under a new id."""
    for d in closed:
        if d.rest:
            _note_ends(tx, [d], found, moves, recorded_at)
            _keep_rest(tx, d, found)
    whole = [d for d in closed if not d.rest]
    if whole:
        _note_ends(tx, whole, found, moves, recorded_at)
        gone = [_hold_id(d, found) for d in whole]
        assert tx.execute("DELETE FROM ledger_pending WHERE id = ANY(%s)", [gone]) == len(gone)


def _note_ends(
    tx: Tx,
    ended: Sequence[Done],
    found: Found,
    moves: dict[Ref, int],
    recorded_at: datetime,
) -> None:
    rows = []
    for d in ended:
        by = d.posting.request if d.posting is not None else None
        move = moves[by, d.line] if d.kind == "post" and by is not None else None
        assert d.ref is not None
        rows.append(
            (
                _hold_id(d, found), *d.ref, d.qty, d.first, found.accounts[d.source],
                HOW[d.kind], by, move,
            )
        )  # fmt: skip
    tx.execute(
        """
        INSERT INTO ledger_closed (pending_id, request, line, qty, held, source_id, how, closed_by,
                                   move_id, closed_at)
        SELECT given.*, %s
        FROM unnest(%s::bigint[], %s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
                    %s::text[], %s::uuid[], %s::bigint[]) AS given
        """,
        [recorded_at, *columns(rows)],
    )


def _keep_rest(tx: Tx, d: Done, found: Found) -> None:
    assert d.ref is not None
    found.holds[d.ref] = tx.value(
        """
        UPDATE ledger_pending
        SET id = nextval(pg_get_serial_sequence('ledger_pending', 'id')), qty = %s
        WHERE id = %s RETURNING id
        """,
        [d.rest, _hold_id(d, found)],
    )


def _hold_id(d: Done, found: Found) -> int:
    assert d.ref is not None
    return found.holds[d.ref]


def _reversed(tx: Tx, taken: Sequence[Done], found: Found) -> None:
    if not taken:
        return
    total: dict[int, int] = defaultdict(int)
    for d in taken:
        assert d.ref is not None
        total[found.moves[d.ref]] += d.qty
    tx.execute(
        """
        UPDATE ledger_reversed r SET taken_back = r.taken_back + given.qty
        FROM unnest(%s::bigint[], %s::bigint[]) AS given (move_id, qty)
        WHERE r.move_id = given.move_id
        """,
        [list(total), list(total.values())],
    )


def _balances(tx: Tx, done: Sequence[Done], found: Found) -> None:
    posted: dict[int, int] = defaultdict(int)
    pending: dict[int, int] = defaultdict(int)
    for d in done:
        if d.source.floor is not None:
            id_ = found.accounts[d.source]
            posted[id_] -= d.qty if d.kind in {"move", "post"} else 0
            pending[id_] += {"hold": d.qty, "move": 0}.get(d.kind, -d.qty)
        if d.target.floor is not None and d.kind in {"move", "post"}:
            posted[found.accounts[d.target]] += d.qty
    changed = sorted(posted.keys() | pending.keys())
    if changed:
        tx.execute(
            """
            UPDATE ledger_balance b
            SET posted = b.posted + given.posted, pending = b.pending + given.pending
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
              AS given (account_id, posted, pending)
            WHERE b.account_id = given.account_id
            """,
            [changed, [posted[id_] for id_ in changed], [pending[id_] for id_ in changed]],
        )
