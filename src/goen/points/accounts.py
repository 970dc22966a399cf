"""Point accounts and who earns on them: a person, a card, an account and a household differ.

A record reaches at most one account of a programme. Several records may share one: the cards of a
family, or a card and a web member after they were brought together; each may spend or only earn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Opened:
    """A record's account. `repeated` when it already had it."""

    record_id: int
    account_id: int
    repeated: bool = False


def open_for(
    tx: Tx, record_ids: Sequence[int], *, programme: str, actor: Actor, recorded_at: datetime
) -> list[Opened | Refusal]:
    """An account for each record that has none in the programme; the same again changes nothing.

    Answers as asked.
    """
    programme_id = tx.value("SELECT id FROM points_programme WHERE code = %s", [programme])
    if programme_id is None:
        return [Refusal("unknown_programme", "programme", {"given": programme})] * len(record_ids)
    known = _known_records(tx, record_ids)
    before = _members(tx, programme_id, known)
    fresh = sorted(known - before.keys())
    _open(tx, fresh, programme_id, actor, recorded_at)
    members = _members(tx, programme_id, known)
    return [
        Opened(record, members[record], record in before) if record in known else _unknown(record)
        for record in record_ids
    ]


def join(
    tx: Tx,
    record_id: int,
    account_id: int,
    *,
    may_spend: bool = True,
    actor: Actor,
    recorded_at: datetime,
) -> Opened | Refusal:
    """Let a record earn on somebody's account, and spend from it if it may.

    The same again changes at most whether it may spend. A record with points elsewhere is refused:
    an account is left only while nothing ever happened on it.
    """
    programme_id = tx.value("SELECT programme_id FROM points_account WHERE id = %s", [account_id])
    if programme_id is None:
        return Refusal("unknown_point_account", "account", {"given": account_id})
    if not _known_records(tx, [record_id]):
        return _unknown(record_id)
    _lock_both(tx, record_id, programme_id, account_id)
    before = _members(tx, programme_id, {record_id}).get(record_id)
    if before is not None and before != account_id and _was_used(tx, before):
        return Refusal("has_points_elsewhere", "record", {"given": record_id})
    tx.execute(
        """
        INSERT INTO points_membership (record_id, programme_id, account_id, may_spend, joined_at,
                                       actor)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (record_id, programme_id) DO UPDATE
          SET account_id = excluded.account_id, may_spend = excluded.may_spend,
              joined_at = excluded.joined_at, actor = excluded.actor
          WHERE (points_membership.account_id, points_membership.may_spend)
             <> (excluded.account_id, excluded.may_spend)
        """,
        [record_id, programme_id, account_id, may_spend, recorded_at, str(actor)],
    )
    return Opened(record_id, account_id, repeated=before == account_id)


@dataclass(frozen=True, slots=True)
class Left:
    """The record does not reach the account any more. `repeated` when it did not before."""

    record_id: int
    account_id: int
    repeated: bool = False


def leave(
    tx: Tx, record_id: int, account_id: int, *, actor: Actor, recorded_at: datetime
) -> Left | Refusal:
    """Take a record off an account it shares; the points stay with the others.

    Refused for the last one of an account that has points, and while an open order keeps some:
    they are the account's, and nobody could say for whom they were to come back.
    """
    tx.rows("SELECT id FROM points_account WHERE id = %s FOR NO KEY UPDATE", [account_id])
    members = {
        row[0]
        for row in tx.rows(
            "SELECT record_id FROM points_membership WHERE account_id = %s", [account_id]
        )
    }
    if record_id not in members:
        return Left(record_id, account_id, repeated=True)
    if len(members) == 1 and _was_used(tx, account_id):
        return Refusal("last_of_account", "record", {"given": record_id})
    if tx.value(_KEPT, {"id": account_id}):
        return Refusal("points_are_kept", "record", {"given": record_id})
    tx.execute(
        "DELETE FROM points_membership WHERE account_id = %s AND record_id = %s",
        [account_id, record_id],
    )
    gone = {"record": record_id}
    trail.note(tx, actor, "leave", "points_account", account_id, at=recorded_at, detail=gone)
    return Left(record_id, account_id)


_KEPT = """
SELECT EXISTS (
  SELECT FROM points_account a
  JOIN ledger_account la ON la.unit = 'point:' || a.programme_id
    AND la.holder = 'points:' || a.id
  JOIN ledger_pending p ON p.source_id = la.id WHERE a.id = %(id)s)
"""


def _lock_both(tx: Tx, record_id: int, programme_id: int, account_id: int) -> None:
    """The account a record comes to and the one it comes from, in the order of their ids.

    Who plans with an account has its lock, and so knows who reaches it until the end.
    """
    _one_at_a_time(tx, [record_id], programme_id)
    tx.rows(
        """
        SELECT id FROM points_account
        WHERE id = %(to)s OR id = (
          SELECT account_id FROM points_membership
          WHERE record_id = %(record)s AND programme_id = %(programme)s)
        ORDER BY id FOR NO KEY UPDATE
        """,
        {"to": account_id, "record": record_id, "programme": programme_id},
    )


def _one_at_a_time(tx: Tx, records: Sequence[int], programme_id: int) -> None:
    """Nobody else brings these records to an account before the end."""
    tx.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended('points ' || record, %s))"
        " FROM unnest(%s::bigint[]) AS given (record)",
        [programme_id, list(records)],
    )


def _known_records(tx: Tx, record_ids: Sequence[int]) -> set[int]:
    rows = tx.rows("SELECT id FROM customers_record WHERE id = ANY(%s)", [list(record_ids)])
    return {row[0] for row in rows}


def _members(tx: Tx, programme_id: int, records: set[int]) -> dict[int, int]:
    rows = tx.rows(
        "SELECT record_id, account_id FROM points_membership"
        " WHERE programme_id = %s AND record_id = ANY(%s)",
        [programme_id, list(records)],
    )
    return dict(rows)


def _open(
    tx: Tx, records: Sequence[int], programme_id: int, actor: Actor, recorded_at: datetime
) -> None:
    """One account each. Of two who open the same at once the second finds the first's."""
    if not records:
        return
    _one_at_a_time(tx, records, programme_id)
    there = _members(tx, programme_id, set(records))
    fresh = [record for record in records if record not in there]
    made = tx.rows(
        """
        INSERT INTO points_account (programme_id, opened_at, owed, free, actor)
        SELECT %s, %s, 0, 0, %s FROM generate_series(1, %s) RETURNING id
        """,
        [programme_id, recorded_at, str(actor), len(fresh)],
    )
    tx.execute(
        """
        INSERT INTO points_membership (record_id, programme_id, account_id, may_spend, joined_at,
                                       actor)
        SELECT record, %s, account, TRUE, %s, %s
        FROM unnest(%s::bigint[], %s::bigint[]) AS given (record, account)
        """,
        [programme_id, recorded_at, str(actor), fresh, sorted(row[0] for row in made)],
    )


def _was_used(tx: Tx, account_id: int) -> bool:
    return bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM points_lot WHERE account_id = %(id)s)
                OR EXISTS (SELECT FROM points_earning WHERE account_id = %(id)s)
            """,
            {"id": account_id},
        )
    )


def _unknown(record_id: int) -> Refusal:
    return Refusal("unknown_record", "record", {"given": record_id})
