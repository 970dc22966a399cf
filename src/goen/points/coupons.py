"""Coupons: instruments with a number, for a person or for whoever has them, used a few times.

A coupon's uses are quantities in the ledger, so that fifty tills at once never use it too often.
What it takes off a document is computed where documents are; here are its terms and its guard.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from goen.kit import batches
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Account, Hold, Move, Posted, Posting
from goen.points.rules import METHODS

USED = "world:used"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for each other."""
MOST_USES = 10**9
MOST_NUMBER = 64


@dataclass(frozen=True, slots=True)
class NewKind:
    """What coupons of a kind take off a document: an amount, or a percentage in basis points.

    `alone` allows no other beside it; the document must come to `least_minor` before it.
    """

    code: str
    name: Mapping[str, str]
    method: str
    value: int
    currency: str = "JPY"
    alone: bool = False
    least_minor: int = 0
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """A wish for one coupon. Without a number it gets one."""

    uid: UUID
    kind: str
    occurred_at: datetime
    number: str | None = None
    record_id: int | None = None
    uses: int = 1

    @property
    def fingerprint(self) -> str:
        """What was asked, without when."""
        return f"{self.kind} {self.number or ''} {self.record_id or ''} {self.uses}"


@dataclass(frozen=True, slots=True)
class Issued:
    """The coupon is there. `repeated` when it already was."""

    uid: UUID
    number: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """A coupon as it can be used: what it takes off, from when to when, for whom."""

    number: str
    coupon_id: int
    kind_id: int
    kind: str
    currency: str
    method: Literal["amount", "percent"]
    value: int
    alone: bool
    least_minor: int
    valid_from: date | None
    valid_to: date | None
    record_ids: Sequence[int]
    """The records of the person it is for; nobody's: for whoever has it."""

    @property
    def account(self) -> Account:
        """Its account in the ledger: how many uses it still has."""
        return _account(self.kind_id, self.coupon_id)


def _account(kind_id: int, coupon_id: int) -> Account:
    return Account(f"coupon:{kind_id}", f"coupon:{coupon_id}", floor=0)


def put_kind(tx: Tx, new: NewKind, *, actor: Actor, recorded_at: datetime) -> int | Refusal:
    """Make a kind or change its terms, for coupons that are out too; answers its id."""
    refused = kind_refusal(new)
    if refused is not None:
        return refused
    given = asdict(new) | {
        "name": json.dumps(new.name, ensure_ascii=False),
        "by": str(actor),
        "at": recorded_at,
    }
    return int(
        tx.value(
            """
            INSERT INTO points_couponkind (code, name, currency, method, value, alone, least_minor,
                                           valid_from, valid_to, changed_by, changed_at)
            VALUES (%(code)s, %(name)s::jsonb, %(currency)s, %(method)s, %(value)s, %(alone)s,
                    %(least_minor)s, %(valid_from)s, %(valid_to)s, %(by)s, %(at)s)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, currency = excluded.currency,
              method = excluded.method, value = excluded.value, alone = excluded.alone,
              least_minor = excluded.least_minor, valid_from = excluded.valid_from,
              valid_to = excluded.valid_to, changed_by = excluded.changed_by,
              changed_at = excluded.changed_at
            RETURNING id
            """,
            given,
        )
    )


def kind_refusal(new: NewKind) -> Refusal | None:
    """Why a kind cannot be so, by what it says alone."""
    if new.method not in METHODS:
        detail = {"given": new.method, "known": ", ".join(METHODS)}
        return Refusal("unknown_choice", "method", detail)
    most = 10_000 if new.method == "percent" else 10**12
    for field, number, least in (("value", new.value, 1), ("least_minor", new.least_minor, 0)):
        if not least <= number <= (most if field == "value" else 10**12):
            return Refusal("out_of_bounds", field, {"given": number, "least": least, "most": most})
    return None


def issue(
    tx: Tx, wanted: Sequence[NewCoupon], *, actor: Actor, recorded_at: datetime
) -> list[Issued | Refusal]:
    """Issue coupons; each wish is answered, the same id again changes nothing."""
    kinds, records = _kinds(tx, wanted), _records(tx, wanted)
    answers: dict[UUID, Issued | Refusal] = {}
    postings = []
    for one in sorted(wanted, key=lambda one: one.uid):
        refusal = _refusal(one, kinds, records)
        if refusal is not None or one.uid in answers:
            answers.setdefault(one.uid, refusal or answers[one.uid])
            continue
        kind_id = kinds[one.kind]
        number = one.number or _new_number()
        coupon_id = _insert(tx, one, kind_id, number, actor, recorded_at)
        if coupon_id is None:
            answers[one.uid] = _met(tx, one, number)
            continue
        answers[one.uid] = Issued(one.uid, number)
        source = Account(f"coupon:{kind_id}", "world:issued")
        move = Move(source, _account(kind_id, coupon_id), one.uses, "coupon_issued")
        day = one.occurred_at.date()
        postings.append(Posting(one.uid, f"coupon:{number}", (move,), one.occurred_at, day))
    for done in posting.post(tx, postings, actor=actor, recorded_at=recorded_at):
        if isinstance(done, Posted) and done.repeated:  # the id of something else in the ledger
            tx.execute("DELETE FROM points_coupon WHERE uid = %s", [done.request])
            answers[done.request] = batches.id_reused(done.request)
    return [answers[one.uid] for one in wanted]


def _kinds(tx: Tx, wanted: Sequence[NewCoupon]) -> dict[str, int]:
    sql = "SELECT code, id FROM points_couponkind WHERE code = ANY(%s)"
    return dict(tx.rows(sql, [[one.kind for one in wanted]]))


def _records(tx: Tx, wanted: Sequence[NewCoupon]) -> set[int | None]:
    """The records that coupons are for and that are there; nobody's is fine."""
    asked = [one.record_id for one in wanted if one.record_id is not None]
    if not asked:
        return {None}
    rows = tx.rows("SELECT id FROM customers_record WHERE id = ANY(%s)", [asked])
    return {None, *(row[0] for row in rows)}


def _refusal(one: NewCoupon, kinds: Mapping[str, int], records: set[int | None]) -> Refusal | None:
    if one.kind not in kinds:
        return Refusal("unknown_coupon_kind", "kind", {"given": one.kind})
    if one.record_id not in records:
        return Refusal("unknown_record", "record", {"given": one.record_id})
    if one.occurred_at.tzinfo is None:
        return Refusal("time_without_zone", "occurred_at")
    if not 1 <= one.uses <= MOST_USES:
        detail = {"given": one.uses, "least": 1, "most": MOST_USES}
        return Refusal("out_of_bounds", "uses", detail)
    number = one.number
    if number is not None and not (0 < len(number) <= MOST_NUMBER and number.isprintable()):
        return Refusal("malformed", "number", {"why": "1–64"})
    return None


def _new_number() -> str:
    """Twelve letters nobody guesses."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _insert(
    tx: Tx, one: NewCoupon, kind_id: int, number: str, actor: Actor, recorded_at: datetime
) -> int | None:
    """The new coupon's id, or None where its id or number is there already."""
    found: int | None = tx.value(
        """
        INSERT INTO points_coupon (uid, kind_id, number, record_id, uses, fingerprint,
                                   recorded_at, actor)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [
            one.uid, kind_id, number, one.record_id, one.uses, one.fingerprint, recorded_at,
            str(actor),
        ],
    )  # fmt: skip
    return found


def _met(tx: Tx, one: NewCoupon, number: str) -> Issued | Refusal:
    row = tx.row("SELECT number, fingerprint FROM points_coupon WHERE uid = %s", [one.uid])
    if row is None:
        return Refusal("coupon_taken", "number", {"given": number})
    if row[1] != one.fingerprint:
        return batches.id_reused(one.uid)
    return Issued(one.uid, row[0], repeated=True)


def read(tx: Tx, numbers: Sequence[str]) -> dict[str, Terms]:
    """The terms of coupons by number; unknown ones are left out. Locks nothing."""
    rows = tx.rows(
        """
        SELECT c.number, c.id, k.id, k.code, k.currency, k.method, k.value, k.alone, k.least_minor,
               k.valid_from, k.valid_to,
               ARRAY(SELECT other.record_id FROM customers_personof one
                     JOIN customers_personof other USING (person_id)
                     WHERE one.record_id = c.record_id)
        FROM points_coupon c JOIN points_couponkind k ON k.id = c.kind_id
        WHERE c.number = ANY(%s)
        """,
        [list(numbers)],
    )
    return {row[0]: Terms(*row) for row in rows}


def refusal(
    terms: Terms | None, number: str, *, n: int, record_id: int | None, currency: str, day: date
) -> Refusal | None:
    """Why a coupon, the n-th that was shown, cannot be used by this person on a day."""
    field = f"coupons[{n}]"
    if terms is None:
        return Refusal("unknown_coupon", field, {"given": number})
    if terms.record_ids and record_id not in terms.record_ids:
        return Refusal("coupon_of_another", field, {"given": number})
    if terms.currency != currency and terms.method == "amount":
        return Refusal("coupon_currency", field, {"given": number, "currency": terms.currency})
    if terms.valid_from is not None and day < terms.valid_from:
        return Refusal("coupon_too_early", field, {"given": number, "from": str(terms.valid_from)})
    if terms.valid_to is not None and day > terms.valid_to:
        return Refusal("coupon_over", field, {"given": number, "to": str(terms.valid_to)})
    return None


def use(terms: Terms) -> Move:
    """A coupon is used, once."""
    return Move(terms.account, Account(terms.account.unit, USED), 1, "coupon_used")


def keep(terms: Terms) -> Hold:
    """A coupon is kept for an order, once, until goods of it leave."""
    target = Account(terms.account.unit, USED)
    return Hold(terms.account, target, 1, "coupon_used", strength=50)
