"""Points given by hand, by a campaign, or taken over from another system at the cut-over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit import batches
from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.points import reading, writing
from goen.points.plans import Planned, Pot
from goen.points.programmes import today
from goen.points.purses import Purse

MOST = 10**9
REASONS = ("campaign", "manual", "take_over")


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Points for an account. Without `expires_on` the programme says when they end."""

    uid: UUID
    account_id: int
    qty: int
    reason: str
    occurred_at: datetime
    expires_on: date | None = None

    @property
    def fingerprint(self) -> str:
        """What was asked, without when."""
        return f"{self.account_id} {self.qty} {self.reason} {self.expires_on or ''}"


@dataclass(frozen=True, slots=True)
class Granted:
    """The points are the account's. `repeated` when they already were."""

    uid: UUID
    account_id: int
    qty: int
    repeated: bool = False


def grant(
    tx: Tx, grants: Sequence[NewGrant], *, actor: Actor, recorded_at: datetime
) -> list[Granted | Refusal]:
    """Give points; each grant is answered, the same id again changes nothing."""
    found = reading.lock_accounts(tx, {one.account_id for one in grants})
    before = _before(tx, grants)
    pots = {one.account_id: Pot(tx, one.account_id, one.programme, one.owed, None) for one in found}
    answers: list[Granted | Refusal] = []
    planned: list[Planned] = []
    postings: list[Posting] = []
    new: list[NewGrant] = []
    for one in grants:
        refusal = _refusal(one, pots, before)
        repeated = one.uid in before
        if refusal is None and not repeated:
            before[one.uid] = one.fingerprint
            pot = pots[one.account_id]
            day = today(pot.programme, one.occurred_at)
            plan = Purse(pot, 0, may_spend=False).grant(
                one.uid, one.qty, day=day, expires_on=one.expires_on
            )
            planned.append(plan)
            new.append(one)
            origin = f"grant:{one.uid}"
            postings.append(Posting(one.uid, origin, plan.wishes, one.occurred_at, day))
        answers.append(refusal or Granted(one.uid, one.account_id, one.qty, repeated))
    posted = posting.post(tx, postings, actor=actor, recorded_at=recorded_at)
    reused = {a.request for a in posted if isinstance(a, Posted) and a.repeated}
    _insert(tx, [one for one in new if one.uid not in reused], actor, recorded_at)
    writing.write(tx, [p for p in planned if p.request not in reused], recorded_at=recorded_at)
    return [batches.id_reused(one.uid) if one.uid in reused else answer
            for one, answer in zip(grants, answers, strict=True)]  # fmt: skip


def _before(tx: Tx, grants: Sequence[NewGrant]) -> dict[UUID, str]:
    """What grants said that are there; read after their accounts were locked."""
    sql = "SELECT uid, fingerprint FROM points_grant WHERE uid = ANY(%s)"
    return dict(tx.rows(sql, [[one.uid for one in grants]]))


def _refusal(one: NewGrant, pots: dict[int, Pot], before: dict[UUID, str]) -> Refusal | None:
    if before.get(one.uid, one.fingerprint) != one.fingerprint:
        return batches.id_reused(one.uid)
    if one.account_id not in pots:
        return Refusal("unknown_point_account", "account", {"given": one.account_id})
    if one.occurred_at.tzinfo is None:
        return Refusal("time_without_zone", "occurred_at")
    if not 0 < one.qty <= MOST:
        return Refusal("out_of_bounds", "qty", {"given": one.qty, "least": 1, "most": MOST})
    if one.reason not in REASONS:
        detail = {"given": one.reason, "known": ", ".join(REASONS)}
        return Refusal("unknown_choice", "reason", detail)
    return None


def _insert(tx: Tx, new: Sequence[NewGrant], actor: Actor, recorded_at: datetime) -> None:
    rows = [(one.uid, one.account_id, one.reason, one.fingerprint) for one in new]
    if rows:
        tx.execute(
            """
            INSERT INTO points_grant (uid, account_id, reason, fingerprint, recorded_at, actor)
            SELECT given.*, %s, %s
            FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[]) AS given
            """,
            [recorded_at, str(actor), *columns(rows)],
        )
