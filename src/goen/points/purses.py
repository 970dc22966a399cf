"""Point accounts, locked, that plan what a posting does to them.

An account's row is locked before its lots are read, so nobody else spends the same points. A plan
changes the purse in memory and answers wishes for the posting; wishes go into the posting in the
order of planning. After the post, `write` keeps what was planned: lots and ledger change in one
transaction. Whatever comes into an account first pays what it owes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Hold, Move, Release, Settle
from goen.points import reading, rules, writing
from goen.points.plans import Plan, Planned, Pot
from goen.points.reading import Earning, Locked
from goen.points.rules import Lot, Programme

__all__ = ["Planned", "Purse", "Purses", "lock", "lock_of", "write"]

STRENGTH = 50
"""Of points kept for an order: as strong as its goods."""


class Purse:
    """One record's way to a locked point account. Records may share one; each has its purse.

    Without a record (0) it is a document's: points come back to it and go back from it. `lenders`
    are the other accounts of the same person: what is spent of theirs is lent to this one first.
    """

    def __init__(
        self, pot: Pot, record_id: int, *, may_spend: bool, lenders: Sequence[Pot] = ()
    ) -> None:
        self._pot = pot
        self._lenders = lenders
        self.record_id = record_id
        self.may_spend = may_spend

    @property
    def account_id(self) -> int:
        """The account that points come from and go to."""
        return self._pot.account_id

    @property
    def programme(self) -> Programme:
        """By which rules."""
        return self._pot.programme

    @property
    def spendable(self) -> int:
        """Points that can be spent on the day it was locked for, after what was planned."""
        return self._pot.free() + sum(one.free() for one in self._lenders)

    @property
    def owed(self) -> int:
        """Points that later ones pay first."""
        return self._pot.owed

    def earned_by(self, of: Sequence[UUID]) -> int:
        """What of the points that requests earned did not go back yet."""
        pending = _sum([(one, one.pending) for one in self._pot.pending(of)])
        return pending + self._pot.reversible(self._pot.earned_by(of))

    def spend(
        self, request: UUID, qty: int, *, day: date, later: bool = False
    ) -> Planned | Refusal:
        """Spend points, or with `later` keep them for `settle_spend` and `release_spend`."""
        if not (self.may_spend and self.programme.spend_allowed and self.programme.is_live(day)):
            return Refusal("points_not_spendable", "", {"programme": self.programme.code})
        own = self._pot.free(day)
        free = own + sum(one.free(day) for one in self._lenders)
        if free < qty:
            return Refusal("points_short", "", {"wanted": qty, "free": free})
        plan = Plan(self._pot, request)
        if own < qty:
            self._borrow(plan, request, qty - own, day)
        for lot, part in rules.taken(self._pot.lots(), qty, day=day):
            plan.use(lot, "keep" if later else "spend", part)
        where = self._pot.accounts
        if later and qty:
            plan.wish(Hold(where.member, where.redeemed, qty, "points_spent", strength=STRENGTH))
        elif qty:
            plan.wish(Move(where.member, where.redeemed, qty, "points_spent"))
        return plan.done(spent=qty)

    def _borrow(self, plan: Plan, request: UUID, qty: int, day: date) -> None:
        """What the account has not, from the person's others: what ends first."""
        pots = {lot.uid: pot for pot in self._lenders for lot in pot.lots()}
        lots = [lot for pot in self._lenders for lot in pot.lots()]
        plans = {id(pot): Plan(pot, request) for pot in self._lenders}
        parts = rules.taken(lots, qty, day=day)
        for pot in self._lenders:
            of_this = _sum([(lot, part) for lot, part in parts if pots[lot.uid] is pot])
            if of_this:
                member = self._pot.accounts.member
                plan.wish(Move(pot.accounts.member, member, of_this, "points_lent"))
        for lot, part in parts:
            plan.borrow(plans[id(pots[lot.uid])], lot, part, self.record_id)

    def earn(self, request: UUID, qty: int, *, day: date) -> Planned:
        """Earn points: at once, or pending where the programme confirms them later.

        Nothing before the programme's first day.
        """
        plan, where = Plan(self._pot, request), self._pot.accounts
        if not (qty and self.programme.is_live(day)):
            return plan.done()
        if self.programme.confirm_days:
            plan.pend(Earning(request, qty, qty, day, self.programme.confirm_on(day)))
            plan.wish(Hold(where.issued, where.member, qty, "points_earned"))
        else:
            plan.wish(Move(where.issued, where.member, qty, "points_earned"))
            plan.bring("earned", qty, day, self.programme.expires_on(day))
        return plan.done(earned=qty)

    def grant(
        self, request: UUID, qty: int, *, day: date, expires_on: date | None = None
    ) -> Planned:
        """Points that are given, with an end of their own or the programme's."""
        plan, where = Plan(self._pot, request), self._pot.accounts
        plan.wish(Move(where.issued, where.member, qty, "points_granted"))
        plan.bring("granted", qty, day, expires_on or self.programme.expires_on(day))
        return plan.done(earned=qty)

    def settle_spend(self, request: UUID, of: UUID, qty: int) -> Planned:
        """Of what `of` kept, `qty` is spent for good: at most what is still kept."""
        plan = Plan(self._pot, request)
        parts = rules.shared(self._pot.kept(of), qty)
        settled = sum(part for _, part in parts)
        for ref, part in self._pot.shared("kept", [of], settled):
            plan.wish(Settle(ref, part))
        for lot, part in parts:
            plan.use(lot, "settle", part, of)
        return plan.done(spent=settled)

    def release_spend(self, request: UUID, of: UUID, qty: int, *, day: date) -> Planned:
        """Of what `of` kept, `qty` goes back to its very lots: at most what is still kept."""
        plan = Plan(self._pot, request)
        parts = rules.shared(reversed(self._pot.kept(of)), qty)
        back = sum(part for _, part in parts)
        for ref, part in self._pot.shared("kept", [of], back):
            plan.wish(Release(ref, part))
        plan.put_back([(lot, part, of) for lot, part in parts], "release", day)
        return plan.done(back=back)

    def give_back_spend(
        self, request: UUID, of: UUID | Sequence[UUID], qty: int, *, day: date
    ) -> Planned:
        """Points spent by `of` return to their very lots: at most what is still spent.

        A lot that ended meanwhile comes back as a new one that lives `grace_days`.
        """
        plan, where = Plan(self._pot, request), self._pot.accounts
        spent = self._pot.spent([of] if isinstance(of, UUID) else of)
        parts = [
            (lot, part, by)
            for (lot, by), part in rules.shared([((a, c), b) for a, b, c in reversed(spent)], qty)
        ]
        for by in dict.fromkeys(by for _, _, by in parts):
            back = sum(part for _, part, other in parts if other == by)
            for ref, part in self._pot.shared("spent", [by], back):
                plan.wish(Move(where.redeemed, where.member, part, "points_back", reverses=ref))
        plan.put_back(parts, "give_back", day)
        return plan.done(back=sum(part for _, part, _ in parts))

    def take_back_earn(
        self, request: UUID, of: Sequence[UUID], qty: int, *, day: date
    ) -> Planned | Refusal:
        """Points earned by `of` go back: at most what of them did not yet.

        Pending ones first, then those of the lots they made, then of any lot; what is spent
        already by the programme's policy: money off the refund, owed, or a refusal.
        """
        pot, plan = self._pot, Plan(self._pot, request)
        lots = pot.earned_by(of)
        pending = rules.shared([(one, one.pending) for one in pot.pending(of)], qty)
        wanted = min(qty - _sum(pending), pot.reversible(lots))
        own = rules.shared([(lot, lot.free) for lot in lots], wanted)
        lapsed = rules.shared(((lot, pot.lapsed(lot)) for lot in lots), wanted - _sum(own))
        others = [lot for lot in pot.lots() if lot not in lots]
        own += rules.taken(others, wanted - _sum(own) - _sum(lapsed), day=day)
        short = wanted - _sum(own) - _sum(lapsed)
        if short and self.programme.owed_policy == "block":
            detail = {"wanted": qty, "free": qty - short}
            return Refusal("points_already_spent", "", detail)
        for earning, part in pending:
            plan.unpend(earning, part)
        for lot, part in own:
            plan.use(lot, "take_back", part)
        for lot, part in lapsed:
            plan.use(lot, "lapse", part)
        return self._taken_back(plan, lots, _sum(pending), _sum(own), _sum(lapsed), short)

    def _taken_back(
        self, plan: Plan, lots: Sequence[Lot], pending: int, own: int, lapsed: int, short: int
    ) -> Planned:
        """The moves of points that go back, each reversing a part of what brought them."""
        where, deducts = self._pot.accounts, self.programme.owed_policy == "deduct"
        gone = where.bought if deducts else where.owed
        for source, qty in ((where.member, own), (where.expired, lapsed), (gone, short)):
            for ref, part in self._pot.shared("earned", [lot.request for lot in lots], qty):
                wish = Move(source, where.issued, part, "points_taken_back", reverses=ref)
                plan.wish(wish)
        back = pending + own + lapsed + short
        if deducts:
            return plan.done(back=back, short_minor=short)
        plan.owe(short)
        return plan.done(back=back, owed=short)


def _sum(parts: Sequence[tuple[object, int]]) -> int:
    return sum(part for _, part in parts)


@dataclass(slots=True)
class Purses:
    """What a batch of documents needs: where its records earn now, and where documents did."""

    reached: dict[tuple[int, str], Purse] = field(default_factory=dict)
    """By record and currency."""
    spent: dict[UUID, Purse] = field(default_factory=dict)
    """By the request that spent or kept points."""
    earned: dict[UUID, list[Purse]] = field(default_factory=dict)
    """By the request that earned points."""

    def earners(self, of: Sequence[UUID]) -> list[Purse]:
        """Where requests earned, each account once, that of the latest first."""
        found = [purse for request in reversed(of) for purse in self.earned.get(request, ())]
        return list({purse.account_id: purse for purse in found}.values())

    def spender(self, of: Sequence[UUID]) -> Purse | None:
        """Where requests spent: the points of one document come from one account."""
        return next((self.spent[request] for request in of if request in self.spent), None)


def lock(
    tx: Tx, wanted: Iterable[tuple[int, str]], *, day: date | None = None
) -> dict[tuple[int, str], Purse]:
    """The purses of records in a currency, by both; who has no account is left out.

    `spendable` leaves out lots that ended before `day`.
    """
    return _locked(tx, list(wanted), (), day).reached


def lock_of(tx: Tx, wanted: Iterable[tuple[int, str]], of: Iterable[UUID]) -> Purses:
    """As `lock`, and the accounts on which requests spent or earned, whoever reaches them now."""
    return _locked(tx, list(wanted), list(of), None)


def _locked(
    tx: Tx, wanted: Sequence[tuple[int, str]], of: Sequence[UUID], day: date | None
) -> Purses:
    """Who reached another account while the lock was waited for is locked again, there."""
    while True:
        found = reading.lock(tx, wanted, of)
        if not found.accounts:
            return Purses()
        ids = list(found.accounts)
        lots, as_before = reading.free_lots_reached(tx, ids, found.members, found.lenders)
        if as_before:
            return _purses(tx, found, lots, day)


def _purses(tx: Tx, found: Locked, lots: Mapping[int, Sequence[Lot]], day: date | None) -> Purses:
    pots = {id_: Pot(tx, id_, one.programme, one.owed, day) for id_, one in found.accounts.items()}
    for id_, pot in pots.items():
        pot.load(lots.get(id_, ()))
    done = Purses()
    for one in found.members:
        lenders = [
            pots[other.account_id]
            for other in found.lenders
            if (other.record_id, other.currency) == (one.record_id, one.currency)
        ]
        purse = Purse(pots[one.account_id], one.record_id, may_spend=one.may_spend, lenders=lenders)
        done.reached[one.record_id, one.currency] = purse
    for did in found.did:
        purse = Purse(pots[did.account_id], 0, may_spend=False)
        if did.spent:
            done.spent[did.request] = purse
        else:
            done.earned.setdefault(did.request, []).append(purse)
    return done


write = writing.write
