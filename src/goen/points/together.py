"""Joining and parting people with their points: what was lent goes back, what is spent is owed.

Promises: the accounts of everybody concerned are locked before anybody is joined or parted, so
nobody spends of an account that is theirs no longer; afterwards every account holds what it would
hold had the records never been one person: what it lent is back in its very lots (or ended, where
their last day is over), and what another record spent of it is that record's account's to owe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from goen.customers import candidates, identity, joining
from goen.customers.candidates import Waiting
from goen.customers.joining import Joined, Parted, Said
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Move, Posted, Posting
from goen.points import reading, writing
from goen.points.plans import Plan, Planned, Pot
from goen.points.programmes import today
from goen.points.rules import Lot

__all__ = ["Joined", "Parted", "Said", "decide", "join", "keep_apart", "part", "take_back", "undo"]

HOW = ("joined", "apart", "later")
_SAID_BY = {"joined": ("manual",), "apart": ("cannot",)}
"""The kind of edge that a decision made."""

keep_apart = joining.keep_apart


def join(
    tx: Tx, record_a: int, record_b: int, said: Said, *, actor: Actor, recorded_at: datetime
) -> Joined | Refusal:
    """As `customers.joining.join`: what either record earned, both may spend from now on."""
    pots = _locked(tx, (record_a, record_b))
    answer = joining.join(tx, record_a, record_b, said, actor=actor, recorded_at=recorded_at)
    _settle(tx, pots, actor, recorded_at)
    return answer


def part(
    tx: Tx, records: Sequence[int], said: Said, *, actor: Actor, recorded_at: datetime
) -> Parted | Refusal:
    """As `customers.joining.part`: each side has its own points again."""
    pots = _locked(tx, records)
    answer = joining.part(tx, records, said, actor=actor, recorded_at=recorded_at)
    _settle(tx, pots, actor, recorded_at)
    return answer


def take_back(
    tx: Tx,
    record_a: int,
    record_b: int,
    *,
    kinds: Sequence[str] = ("manual", "cannot"),
    actor: Actor,
    recorded_at: datetime,
) -> Parted | Refusal:
    """As `customers.joining.take_back`: each side has its own points again."""
    pots = _locked(tx, (record_a, record_b))
    answer = joining.take_back(
        tx, record_a, record_b, kinds=kinds, actor=actor, recorded_at=recorded_at
    )
    _settle(tx, pots, actor, recorded_at)
    return answer


def decide(
    tx: Tx,
    candidate_id: int,
    how: str,
    said: Said,
    *,
    actor: Actor,
    recorded_at: datetime,
) -> Waiting | Refusal:
    """One person (`joined`), two (`apart`), or not now (`later`): of a pair that may be one.

    Answers the pair as it was. Decided the same again changes nothing; otherwise it is refused.
    """
    assert how in HOW, how
    joining.take_turns(tx)
    pair = candidates.one(tx, candidate_id)
    if pair is None:
        return Refusal("unknown_candidate", "candidate", {"given": candidate_id})
    if pair.state == how != "later":
        return pair
    if pair.state not in {"open", "later"}:
        return Refusal("decided_already", "candidate", {"by": pair.decided_by})
    done: Joined | Parted | Refusal | None = None
    evidence = {field: level for field, (level, _) in pair.evidence.items()}
    said = replace(said, evidence=evidence, score=round(pair.probability, 4))
    if how == "joined":
        done = join(tx, pair.record_a, pair.record_b, said, actor=actor, recorded_at=recorded_at)
    elif how == "apart":
        done = keep_apart(
            tx, pair.record_a, pair.record_b, said, actor=actor, recorded_at=recorded_at
        )
    if isinstance(done, Refusal):
        return done
    candidates.put(tx, candidate_id, how, str(actor), recorded_at=recorded_at)
    return pair


def undo(tx: Tx, candidate_id: int, *, actor: Actor, recorded_at: datetime) -> Waiting | Refusal:
    """Take a decision back: the pair waits again, as if nobody had decided.

    Refused where somebody said the contrary since: that word is not this decision's to take back.
    """
    joining.take_turns(tx)
    pair = candidates.one(tx, candidate_id)
    if pair is None:
        return Refusal("unknown_candidate", "candidate", {"given": candidate_id})
    if pair.state in _SAID_BY:
        done = take_back(
            tx, pair.record_a, pair.record_b, kinds=_SAID_BY[pair.state],
            actor=actor, recorded_at=recorded_at,
        )  # fmt: skip
        if isinstance(done, Refusal):
            return done
    candidates.put(tx, candidate_id, "open", str(actor), recorded_at=recorded_at)
    return pair


def _locked(tx: Tx, records: Sequence[int]) -> dict[int, Pot]:
    """The point accounts around records, locked after those who register took their turn."""
    joining.take_turns(tx)
    around = identity.neighbourhood(tx, sorted(set(records)))
    ids = [row[0] for row in tx.rows(_AROUND, {"records": around})]
    found = reading.lock_accounts(tx, ids)
    pots = {one.account_id: Pot(tx, one.account_id, one.programme, one.owed, None) for one in found}
    for account, lots in reading.free_lots(tx, ids).items():
        pots[account].load(lots)
    return pots


_AROUND = """
WITH RECURSIVE reached (account_id) AS (
  SELECT account_id FROM points_membership WHERE record_id = ANY(%(records)s)
  UNION SELECT l.account_id FROM points_loan n JOIN points_lot l ON l.id = n.lot_id
    WHERE n.record_id = ANY(%(records)s) AND n.closed_at IS NULL
  UNION SELECT o.account_id FROM reached r JOIN points_lot l ON l.account_id = r.account_id
    JOIN points_loan n ON n.lot_id = l.id JOIN points_lot o ON o.id = n.of_id
    WHERE n.closed_at IS NULL
)
SELECT account_id FROM reached
"""
"""Also accounts that a record left since it spent of another's there, and lenders of lenders."""


@dataclass(frozen=True, slots=True)
class _Loan:
    """An open loan between accounts that are not one person's any more."""

    lot: UUID
    account_id: int
    of: UUID
    of_account: int
    qty: int


_BROKEN = """
SELECT l.uid, l.account_id, o.uid, o.account_id, n.qty
FROM points_loan n JOIN points_lot l ON l.id = n.lot_id JOIN points_lot o ON o.id = n.of_id
JOIN customers_personof who ON who.record_id = n.record_id
WHERE n.closed_at IS NULL AND l.account_id = ANY(%(accounts)s)
  AND NOT EXISTS (
    SELECT FROM points_membership m JOIN customers_personof po ON po.record_id = m.record_id
    WHERE m.account_id = o.account_id AND po.person_id = who.person_id)
ORDER BY n.lot_id DESC
"""


def _settle(tx: Tx, pots: dict[int, Pot], actor: Actor, recorded_at: datetime) -> None:
    """End the loans between who are two now: the latest first, each gives back what it was lent."""
    rows = tx.rows(_BROKEN, {"accounts": list(pots)})
    loans = [_Loan(*row) for row in rows]
    if not loans:
        return
    uids = [uid for loan in loans for uid in (loan.lot, loan.of)]
    for account, lot in reading.lots_by_uid(tx, uids):
        pots[account].load([lot])
    planned, postings = [], []
    for loan in loans:
        plans, posted = _returned(tx, loan, pots, recorded_at)
        planned += plans
        postings.append(posted)
    for answer in posting.post(tx, postings, actor=actor, recorded_at=recorded_at):
        assert isinstance(answer, Posted), answer
        assert not answer.repeated, answer
    writing.write(tx, planned, recorded_at=recorded_at)
    tx.execute(
        "UPDATE points_loan SET closed_at = %s WHERE lot_id IN"
        " (SELECT id FROM points_lot WHERE uid = ANY(%s))",
        [recorded_at, [loan.lot for loan in loans]],
    )


def _returned(
    tx: Tx, loan: _Loan, pots: dict[int, Pot], at: datetime
) -> tuple[list[Planned], Posting]:
    """One loan: what is left of it goes back, what is spent is owed, what ended has ended there."""
    request = uuid5(loan.lot, "returned")
    borrower, lender = pots[loan.account_id], pots[loan.of_account]
    day = today(borrower.programme, at)
    here, there = borrower.lot(loan.lot), lender.lot(loan.of)
    giving, taking = Plan(borrower, request), Plan(lender, request)
    left = here.free
    spent = loan.qty - left - borrower.lapsed(here)
    if left:
        giving.use(here, "return", left)
        wish = Move(borrower.accounts.member, lender.accounts.member, left, "points_returned")
        giving.wish(wish)
    if spent:
        wish = Move(borrower.accounts.owed, lender.accounts.member, spent, "points_returned")
        giving.wish(wish)
        giving.owe(spent)
    _take(taking, lender, there, left + spent, at)
    # One posting, and what comes in is moved before anything is paid of it.
    giving.wish(*taking.done().wishes)
    giving.pay_what_is_owed(day)
    plan = giving.done(back=left, owed=spent)
    origin = f"loan:{loan.lot}"
    return [plan, taking.done(back=left + spent)], Posting(request, origin, plan.wishes, at, day)


def _take(plan: Plan, pot: Pot, lot: Lot, qty: int, at: datetime) -> None:
    """Points come back to their very lot; of one whose last day is over they end at once."""
    if not qty:
        return
    day = today(pot.programme, at)
    plan.use(lot, "lend_back", qty)
    if lot.is_over(day):
        plan.use(lot, "expire", qty)
        plan.wish(Move(pot.accounts.member, pot.accounts.expired, qty, "points_expired"))
    else:
        plan.pay_what_is_owed(day)
