"""What points and coupons have to do with a document: coupons price it, points pay and come of it.

Coupons come off a document after every discount that was given on it, and are used up in the
posting of the sale. Points are spent by the tender `points` and earned on what was paid otherwise,
once the programme's cut-over is past. Point accounts are locked after orders, before the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.ledger.rules import Hold, Move, Short, Wish
from goen.orders import discounts
from goen.orders.booking import CouponTaken, Document
from goen.orders.discounts import Coupon, Discount
from goen.orders.sale import PricedLine, Sale
from goen.points import coupons, programmes, purses, queries
from goen.points import rules as points
from goen.points.coupons import Terms
from goen.points.purses import Planned, Purse
from goen.points.rules import Programme

POINTS = "points"
"""The tender that spends points: a point is a minor unit."""


def priced(
    lines: tuple[PricedLine, ...], sale: Sale, terms: dict[str, Terms], *, rounding: str
) -> tuple[tuple[PricedLine, ...], tuple[CouponTaken, ...]] | Refusal:
    """Lines with the coupons of a sale off them, and what each coupon took."""
    if not sale.coupons:
        return lines, ()
    shown = [terms[number] for number in sale.coupons]
    given = [
        Coupon(one.number, Discount("coupon", one.method, one.value), one.alone, one.least_minor)
        for one in shown
    ]
    done = discounts.apply(lines, given, rounding=rounding)
    if isinstance(done, Refusal):
        return _of_coupon(done, sale)
    took = {step.given.number: step.amount_minor for step in done.steps
            if isinstance(step.given, Coupon)}  # fmt: skip
    return done.lines, tuple(CouponTaken(one, took[one.number]) for one in shown)


def _of_coupon(refusal: Refusal, sale: Sale) -> Refusal:
    """A refusal of a discount as one of the coupon it was."""
    if refusal.field == "discounts":
        n = max(i for i, number in enumerate(sale.coupons) if number == refusal.detail["given"])
        return replace(refusal, field=f"coupons[{n}]")
    return replace(refusal, field=refusal.field.replace("discounts", "coupons", 1))


def used(d: Document) -> tuple[Move, ...]:
    """The coupons of a sale are used."""
    return tuple(coupons.use(one.terms) for one in d.coupons)


def kept(d: Document) -> tuple[Hold, ...]:
    """The coupons of an order are kept until its first goods leave."""
    return tuple(coupons.keep(one.terms) for one in d.coupons)


def used_up(tx: Tx, d: Document) -> Refusal | None:
    """Which coupon has no use left, as far as can be seen without a lock."""
    for n, one in enumerate(d.coupons):
        account = one.terms.account
        if ledger.free(tx, [account.unit], account.holder).get(account.unit, 0) < 1:
            return Refusal("coupon_used_up", f"coupons[{n}]", {"given": one.terms.number})
    return None


def short_of(d: Document, short: Short) -> Refusal | None:
    """The refusal when it is of a coupon that the ledger had no use left."""
    if short.account.unit.startswith("coupon:"):
        n = next(i for i, c in enumerate(d.coupons) if c.terms.account == short.account)
        number = d.coupons[n].terms.number
        return Refusal("coupon_used_up", f"coupons[{n}]", {"given": number})
    return None


@dataclass(slots=True)
class Loyal:
    """What a batch does to point accounts."""

    planned: dict[UUID, list[Planned]] = field(default_factory=dict)
    purses: dict[UUID, Purse] = field(default_factory=dict)
    refused: dict[UUID, Refusal] = field(default_factory=dict)

    def wishes(self, uid: UUID) -> tuple[Wish, ...]:
        """Of one document."""
        return tuple(wish for plan in self.planned.get(uid, ()) for wish in plan.wishes)

    def of(self, uid: UUID) -> tuple[int, int, int | None]:
        """Points that a document earned and spent, and what the account has then."""
        plans, purse = self.planned.get(uid, ()), self.purses.get(uid)
        left = None if purse is None else purse.spendable
        return sum(p.earned for p in plans), sum(p.spent for p in plans), left


def plan(tx: Tx, documents: Sequence[Document]) -> Loyal:
    """Lock the accounts of whoever bought; what they spend and earn. Nothing on history."""
    done = Loyal()
    live = [d for d in documents if not d.history and (d.record_id is not None or spends(d.sale))]
    if not live:
        return done
    wanted = {(d.record_id, d.currency) for d in live if d.record_id is not None}
    last = max(d.business_date for d in live)
    held = purses.lock(tx, sorted(wanted), day=last)
    known = {p.currency: p for p in programmes.all_of(tx)} if any(
        spends(d.sale) for d in live
    ) else {}  # fmt: skip
    for d in live:
        purse = held.get((d.record_id or 0, d.currency))
        refusal = _plan(d, purse, known.get(d.currency), done)
        if refusal is not None:
            done.refused[d.sale.uid] = refusal
    return done


def _plan(
    d: Document, purse: Purse | None, programme: Programme | None, done: Loyal
) -> Refusal | None:
    """One document. Points of a time before ours were another system's, and are kept as told."""
    uid, day, spent = d.sale.uid, d.business_date, spends(d.sale)
    if programme is not None and not programme.is_live(day):
        spent = 0
    n = next((n for n, t in enumerate(d.sale.tenders) if t.kind == POINTS), 0)
    if purse is None:
        missing = spent and programme is not None
        return Refusal("points_no_account", f"tenders[{n}].kind") if missing else None
    plans = []
    if spent:
        paying = purse.spend(uid, spent, day=day)
        if isinstance(paying, Refusal):
            return replace(paying, field=f"tenders[{n}].amount_minor")
        plans.append(paying)
    plans.append(purse.earn(uid, earned(d, purse.programme), day=day))
    done.planned[uid], done.purses[uid] = plans, purse
    return None


def foreseen(tx: Tx, d: Document, *, spent: int) -> tuple[int, int | None]:
    """What a document would earn, and what its member can spend; reads without a lock."""
    if d.record_id is None or d.history:
        return 0, None
    reach = queries.reach(tx, d.record_id, d.currency, day=d.business_date)
    if reach is None:
        return 0, None
    live = reach.programme.is_live(d.business_date)
    free = reach.spendable if reach.may_spend and reach.programme.spend_allowed and live else 0
    return earned(d, reach.programme, spent=spent) if live else 0, free


def spends(sale: Sale) -> int:
    """Points that a sale is paid with."""
    return sum(t.amount_minor for t in sale.tenders if t.kind == POINTS)


def earned(d: Document, programme: Programme, *, spent: int | None = None) -> int:
    """Points that come of a document when all of it is paid."""
    return points.earned(
        programme,
        total_minor=d.total_minor,
        tax_minor=sum(tax.tax_minor for tax in d.taxes),
        points_minor=spends(d.sale) if spent is None else spent,
    )
