"""What a plan needs to know of accounts: rows locked, and everything else read after the lock.

Accounts are locked in the order of their ids, before anything in the ledger. What is read in
later statements nobody else can change until commit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger.rules import Account, Ref
from goen.points.rules import Accounts, Lot, Programme

COLUMNS = """
p.id, p.code, p.currency, p.per_minor, p.basis, p.expires_months, p.confirm_days, p.grace_days,
p.points_from, p.owed_policy, p.spend_allowed, p.timezone
"""
"""Of `points_programme p`, in the order of `Programme`."""


@dataclass(frozen=True, slots=True)
class Found:
    """An account that was locked."""

    account_id: int
    owed: int
    programme: Programme


@dataclass(frozen=True, slots=True)
class Use:
    """One change of a lot, by a request, in answer to another."""

    lot: UUID
    request: UUID
    kind: str
    of: UUID | None
    qty: int


@dataclass(slots=True)
class Earning:
    """Points that were earned, of which some are still pending."""

    request: UUID
    qty: int
    pending: int
    earned_on: date
    confirm_on: date


@dataclass(slots=True)
class Part:
    """A move or a hold of the ledger, and what of it can still be taken back or resolved."""

    ref: Ref
    left: int


@dataclass(frozen=True, slots=True)
class Member:
    """How a record reached an account when its lock was asked for."""

    record_id: int
    currency: str
    account_id: int
    may_spend: bool


@dataclass(frozen=True, slots=True)
class Lender:
    """An account of the same person that a record may spend from, by another record of theirs."""

    record_id: int
    currency: str
    account_id: int
    by_record: int


@dataclass(frozen=True, slots=True)
class Did:
    """An account that a request spent or kept points of, or earned points on."""

    request: UUID
    account_id: int
    spent: bool


@dataclass(slots=True)
class Locked:
    """Accounts that were locked, and why."""

    accounts: dict[int, Found]
    members: list[Member]
    did: list[Did]
    lenders: list[Lender]


_LOCK = f"""
WITH member AS MATERIALIZED (
  SELECT m.record_id, p.currency, m.account_id, m.may_spend
  FROM unnest(%(records)s::bigint[], %(currencies)s::text[]) AS given (record_id, currency)
  JOIN points_programme p USING (currency)
  JOIN points_membership m ON m.programme_id = p.id AND m.record_id = given.record_id
), lender AS MATERIALIZED (
  SELECT DISTINCT ON (one.record_id, one.currency, m.account_id)
    one.record_id, one.currency, m.account_id, m.record_id AS by_record
  FROM member one JOIN points_programme p USING (currency)
  JOIN customers_personof who ON who.record_id = one.record_id
  JOIN customers_personof other
    ON other.person_id = who.person_id AND other.record_id <> who.record_id
  JOIN points_membership m ON m.programme_id = p.id AND m.record_id = other.record_id
  WHERE one.may_spend AND m.may_spend AND m.account_id <> one.account_id
  ORDER BY one.record_id, one.currency, m.account_id, m.record_id
), did AS MATERIALIZED (
  SELECT earned_by AS request, account_id, FALSE AS spent
  FROM points_lot WHERE earned_by = ANY(%(of)s::uuid[]) AND kind <> 'borrowed'
  UNION SELECT request, account_id, FALSE
  FROM points_earning WHERE request = ANY(%(of)s::uuid[])
  UNION SELECT u.request, l.account_id, TRUE
  FROM points_use u JOIN points_lot l ON l.id = u.lot_id
  WHERE u.request = ANY(%(of)s::uuid[]) AND u.kind IN ('spend', 'keep', 'settle')
), locked AS MATERIALIZED (
  SELECT a.id AS account_id, a.owed, {COLUMNS}
  FROM points_account a JOIN points_programme p ON p.id = a.programme_id
  WHERE a.id IN (SELECT account_id FROM member UNION SELECT account_id FROM lender
                 UNION SELECT account_id FROM did)
  ORDER BY a.id FOR NO KEY UPDATE OF a
), why AS (
  SELECT account_id, record_id, currency AS reached_in, may_spend,
         NULL::bigint AS by_record, NULL::uuid AS request, NULL::boolean AS spent
  FROM member
  UNION ALL SELECT account_id, record_id, currency, NULL, by_record, NULL, NULL FROM lender
  UNION ALL SELECT account_id, NULL, NULL, NULL, NULL, request, spent FROM did
)
SELECT why.record_id, why.reached_in, why.may_spend, why.by_record, why.request, why.spent,
       locked.*
FROM why JOIN locked USING (account_id) ORDER BY why.record_id, why.account_id
"""


def lock(tx: Tx, wanted: Sequence[tuple[int, str]], of: Sequence[UUID] = ()) -> Locked:
    """Lock the accounts of records in a currency, and those that requests spent or earned on.

    All in one pass. Who reaches what may have changed while it waited: see `free_lots_reached`.
    """
    given = {
        "records": [record for record, _ in wanted],
        "currencies": [currency for _, currency in wanted],
        "of": list(of),
    }
    found = Locked({}, [], [], [])
    for row in tx.rows(_LOCK, given):
        record, currency, may_spend, by_record, request, spent, account, owed, *rest = row
        if account not in found.accounts:
            found.accounts[account] = Found(account, owed, Programme(*rest))
        if by_record is not None:
            found.lenders.append(Lender(record, currency, account, by_record))
        elif record is not None:
            found.members.append(Member(record, currency, account, may_spend))
        else:
            found.did.append(Did(request, account, spent))
    return found


def lock_accounts(tx: Tx, account_ids: Iterable[int], *, wait: bool = True) -> list[Found]:
    """Lock accounts by their ids; without `wait` those that nobody else has locked."""
    rows = tx.rows(
        f"""
        SELECT a.id, a.owed, {COLUMNS}
        FROM points_account a JOIN points_programme p ON p.id = a.programme_id
        WHERE a.id = ANY(%s) ORDER BY a.id FOR NO KEY UPDATE OF a {"" if wait else "SKIP LOCKED"}
        """,
        [list(account_ids)],
    )
    return [Found(account, owed, Programme(*rest)) for account, owed, *rest in rows]


_LOT = """
l.uid, l.kind, l.request, l.earned_by, l.qty, l.free, l.earned_on, l.expires_on,
l.expired_at IS NOT NULL
"""


def free_lots(tx: Tx, account_ids: Sequence[int]) -> dict[int, list[Lot]]:
    """The lots of accounts that have something free."""
    found: dict[int, list[Lot]] = {}
    sql = (
        f"SELECT l.account_id, {_LOT} FROM points_lot l WHERE l.account_id = ANY(%s) AND l.free > 0"
    )
    for account_id, *lot in tx.rows(sql, [list(account_ids)]):
        found.setdefault(account_id, []).append(Lot(*lot))
    return found


def free_lots_reached(
    tx: Tx, account_ids: Sequence[int], members: Sequence[Member], lenders: Sequence[Lender] = ()
) -> tuple[dict[int, list[Lot]], bool]:
    """The lots with something free, and whether records still reach accounts as they did.

    One statement after the lock: who joins or leaves an account, and who says by hand that records
    are two persons, holds its lock.
    """
    rows = tx.rows(
        f"""
        SELECT now.members, now.lenders, l.account_id, {_LOT}
        FROM (SELECT ({_STILL}) AS members, ({_STILL_LENT}) AS lenders) now
        LEFT JOIN points_lot l ON l.account_id = ANY(%s) AND l.free > 0
        """,
        [
            [one.record_id for one in members],
            [one.account_id for one in members],
            [one.may_spend for one in members],
            [one.record_id for one in lenders],
            [one.by_record for one in lenders],
            [one.account_id for one in lenders],
            list(account_ids),
        ],
    )
    found: dict[int, list[Lot]] = {}
    for _, _, account_id, *lot in rows:
        if account_id is not None:
            found.setdefault(account_id, []).append(Lot(*lot))
    return found, tuple(rows[0][:2]) == (len(members), len(lenders))


_STILL = """
SELECT count(*)
FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS given (record_id, account_id, may_spend)
JOIN points_account a ON a.id = given.account_id
JOIN points_membership m ON (m.record_id, m.programme_id) = (given.record_id, a.programme_id)
  AND (m.account_id, m.may_spend) = (given.account_id, given.may_spend)
"""
_STILL_LENT = """
SELECT count(*)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS given (record_id, by_record, account_id)
JOIN customers_personof who ON who.record_id = given.record_id
JOIN customers_personof other
  ON other.record_id = given.by_record AND other.person_id = who.person_id
JOIN points_membership m ON m.record_id = given.by_record AND m.account_id = given.account_id
  AND m.may_spend
"""


def lots_by_uid(tx: Tx, uids: Sequence[UUID]) -> list[tuple[int, Lot]]:
    """Lots by their ids, each with its account."""
    rows = tx.rows(f"SELECT l.account_id, {_LOT} FROM points_lot l WHERE l.uid = ANY(%s)", [uids])
    return [(account, Lot(*lot)) for account, *lot in rows]


def lots_earned(tx: Tx, account_id: int, of: Sequence[UUID]) -> list[Lot]:
    """The lots that requests earned."""
    sql = f"SELECT {_LOT} FROM points_lot l WHERE l.account_id = %s AND l.earned_by = ANY(%s)"
    return [Lot(*row) for row in tx.rows(sql, [account_id, list(of)])]


def earnings(tx: Tx, account_id: int, of: Sequence[UUID]) -> list[Earning]:
    """What of the earnings of requests is pending."""
    rows = tx.rows(
        """
        SELECT request, qty, pending, earned_on, confirm_on FROM points_earning
        WHERE account_id = %s AND request = ANY(%s) AND pending > 0
        """,
        [account_id, list(of)],
    )
    return [Earning(*row) for row in rows]


def uses(tx: Tx, account_id: int, of: Sequence[UUID]) -> tuple[list[Use], list[Lot]]:
    """Uses by requests and in answer to them, with their lots, in the order they were made."""
    rows = tx.rows(
        f"""
        SELECT u.request, u.kind, u.of, u.qty, {_LOT}
        FROM points_use u JOIN points_lot l ON l.id = u.lot_id
        WHERE l.account_id = %s AND (u.request = ANY(%s) OR u.of = ANY(%s)) ORDER BY u.id
        """,
        [account_id, list(of), list(of)],
    )
    return [Use(row[4], *row[:4]) for row in rows], [Lot(*row[4:]) for row in rows]


def uses_of_lot(tx: Tx, uid: UUID) -> list[Use]:
    """Everything that happened to a lot."""
    rows = tx.rows(
        "SELECT l.uid, u.request, u.kind, u.of, u.qty FROM points_use u"
        " JOIN points_lot l ON l.id = u.lot_id WHERE l.uid = %s",
        [uid],
    )
    return [Use(*row) for row in rows]


_MOVES = """
SELECT m.request, m.line, m.qty - coalesce(r.taken_back, 0)
FROM ledger_move m
JOIN ledger_account s ON s.id = m.source_id JOIN ledger_account t ON t.id = m.target_id
LEFT JOIN ledger_reversed r ON r.move_id = m.id
WHERE m.request = %s AND (s.unit, s.holder) = (%s, %s) AND (t.unit, t.holder) = (%s, %s)
ORDER BY m.line
"""
_HOLDS = """
SELECT p.request, p.line, p.qty
FROM ledger_pending p
JOIN ledger_account s ON s.id = p.source_id JOIN ledger_account t ON t.id = p.target_id
WHERE p.request = %s AND (s.unit, s.holder) = (%s, %s) AND (t.unit, t.holder) = (%s, %s)
ORDER BY p.line
"""


def parts(tx: Tx, what: str, by: UUID, where: Accounts) -> list[Part]:
    """What a request did: points `spent` or `earned` (moves), `kept` or `pending` (holds)."""
    ends: dict[str, tuple[str, Account, Account]] = {
        "spent": (_MOVES, where.member, where.redeemed),
        "kept": (_HOLDS, where.member, where.redeemed),
        "earned": (_MOVES, where.issued, where.member),
        "pending": (_HOLDS, where.issued, where.member),
    }
    sql, source, target = ends[what]
    given = [by, source.unit, source.holder, target.unit, target.holder]
    return [Part((request, line), left) for request, line, left in tx.rows(sql, given)]
