"""What one return writes and posts: decided against what is out. No statement of its own.

What comes back is the document minus what remains of it. Goods undo the very moves that sold them,
money the moves that brought it in; a purse plans the points. What is known of the order changes as
returns of it are planned, so that several in one batch follow each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from goen.kit import clock, outbox
from goen.kit.refusals import Refusal
from goen.ledger.rules import Account, Move, Posting, Wish
from goen.orders import refunds, returnable, slips, standing
from goen.orders.order import FEE, PartBack, Slipped, TakeBack, TakenBack
from goen.orders.refunds import Kept, Refund, TenderBack
from goen.orders.returnable import Returnable, Value
from goen.orders.slips import NewSlip, NewSlipLine
from goen.orders.standing import Change, LinePart, LineStands, Stands
from goen.payments import giving_back
from goen.payments.giving_back import NewRefund
from goen.points import rules as points
from goen.points.purses import Planned, Purse, Purses
from goen.stock import rules as stock
from goen.stock.shape import PlaceFacts

CONDITIONS = ("sellable", "damaged")
MOST_PARTS = 5_000
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A place that takes back; its days say whether goods and money there are in the ledger."""

    facts: PlaceFacts
    goods_from: date | None
    payments_from: date | None

    def has_goods(self, day: date) -> bool:
        return self.goods_from is not None and self.goods_from <= day

    def has_money(self, day: date) -> bool:
        return self.payments_from is not None and self.payments_from <= day


@dataclass(frozen=True, slots=True)
class Masters:
    places: Mapping[str, Place]
    tills: Mapping[str, tuple[int, int]]
    staff: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """One return, decided: what is written and posted when nothing comes between."""

    slip: NewSlip
    refund: Refund
    tenders: tuple[TenderBack, ...]
    refunds: tuple[NewRefund, ...]
    posting: Posting
    points: "Points"
    notice: outbox.Notice

    def answer(self, slip_id: int) -> TakenBack:
        """What the door is told."""
        slip = self.slip
        return TakenBack(
            Slipped(slip.uid, slip.order.uid, slip_id, slip.state, slip.total_minor),
            self.refund,
            self.tenders,
            points_back=self.points.back,
            points_owed=self.points.owed,
        )


@dataclass(frozen=True, slots=True)
class Points:
    """What a return does to points: spent ones come `back`, `taken` earned ones go."""

    planned: tuple[Planned, ...] = ()
    back: int = 0
    taken: int = 0
    owed: int = 0
    short_minor: int = 0
    """What the programme keeps of the money for points that are gone."""


@dataclass(slots=True)
class Known:
    """Everything that a batch needs to know, and what plans have made of it."""

    masters: Masters
    orders: dict[UUID, Returnable]
    purses: Purses = field(default_factory=Purses)
    counts: dict[int, dict[int, datetime]] = field(default_factory=dict)


def malformed(wish: TakeBack, recorded_at: datetime) -> Refusal | None:
    """What no master could put right."""
    if wish.occurred_at.tzinfo is None:
        return Refusal("time_without_zone", "occurred_at")
    if not clock.is_plausible(wish.occurred_at, recorded_at):
        return Refusal("implausible_time", "occurred_at", {"given": wish.occurred_at.isoformat()})
    if len(wish.parts) > MOST_PARTS:
        return Refusal("too_many", "parts", {"most": MOST_PARTS})
    return _bad_text(wish) or _bad_part(wish)


def _bad_text(wish: TakeBack) -> Refusal | None:
    for name in ("place", "reason", "till", "staff"):
        text = getattr(wish, name) or ""
        if "\0" in text or len(text) > LONGEST_REASON:
            return Refusal("malformed", name, {"why": f"at most {LONGEST_REASON} characters"})
    return None if wish.reason.strip() else Refusal("reason_missing", "reason")


def _bad_part(wish: TakeBack) -> Refusal | None:
    for n, part in enumerate(wish.parts):
        if part.qty <= 0:
            return Refusal("bad_quantity", f"parts[{n}].qty", {"given": part.qty})
        if part.to not in CONDITIONS:
            given = {"given": part.to, "known": ", ".join(CONDITIONS)}
            return Refusal("unknown_condition", f"parts[{n}].to", given)
    return None


def plan(wish: TakeBack, read: Known) -> Plan | Refusal:
    """One return against what is out; changes what is known for the next one."""
    refused = _unknown(wish, read)
    if refused is not None:
        return refused
    place, can = read.masters.places[wish.place], read.orders[wish.order]
    parts = _parts(wish, can.order)
    if isinstance(parts, Refusal):
        return parts
    was, day = can.worth, place.facts.day(wish.occurred_at)
    rest, values, lines = _without(can, parts)
    back = _by_number(refunds.between(was, rest), can.order)
    tenders = refunds.by_tender(can.paid, back.total_minor, asked=wish.tenders)
    if isinstance(tenders, Refusal):
        return tenders
    pointed = _points(wish, can, rest, tenders, read.purses, day)
    if isinstance(pointed, Refusal):
        return pointed
    back, tenders = replace(back, points=pointed.taken), _less(tenders, pointed.short_minor)
    slip = _slip(wish, can.order, parts, lines, back, read, day)
    wishes: list[Wish] = [*_goods(wish, can, parts, place, day, read)]
    wishes += _money(can, tenders, place, day)
    if not any(line.out or line.open for line in slip.after.goods if line.qty > 0):
        wishes += can.coupons_back()
    wishes += [one for planned in pointed.planned for one in planned.wishes]
    can.order, can.worth, can.values = slip.after, rest, values
    for one in tenders:
        can.refunded[one.tender] = can.refunded.get(one.tender, 0) + one.amount_minor
    origin = f"order:{wish.order}"
    return Plan(
        slip,
        back,
        tenders,
        _refund_rows(wish.uid, slip.order, tenders),
        Posting(wish.uid, origin, tuple(wishes), wish.occurred_at, day),
        pointed,
        _notice(slip, place),
    )


def _unknown(wish: TakeBack, read: Known) -> Refusal | None:
    masters = read.masters
    if wish.place not in masters.places:
        return Refusal("unknown_place", "place", {"given": wish.place})
    if wish.order not in read.orders:
        return standing.unknown(wish.order)
    if wish.staff is not None and wish.staff not in masters.staff:
        return Refusal("unknown_staff", "staff", {"given": wish.staff})
    if wish.till is not None and wish.till not in masters.tills:
        return Refusal("unknown_till", "till", {"given": wish.till})
    if wish.till is not None and masters.tills[wish.till][1] != masters.places[wish.place].facts.id:
        return Refusal("till_elsewhere", "till", {"given": wish.till})
    return None


def _parts(wish: TakeBack, order: Stands) -> tuple[PartBack, ...] | Refusal:
    """The units that come back: as asked, or all that is out; or which are not there to return."""
    if not wish.parts:
        out = tuple(PartBack(line.line_no, line.out) for line in order.lines if line.out > 0)
        return out or _nothing_out(order)
    taken: dict[int, int] = {}
    for n, part in enumerate(wish.parts):
        line = order.line(part.line_no)
        if line is None:
            return Refusal("no_such_line", f"parts[{n}].line_no", {"given": part.line_no})
        taken[part.line_no] = taken.get(part.line_no, 0) + part.qty
        refused = _too_many(line, taken[part.line_no], f"parts[{n}].qty")
        if refused is not None:
            return refused
    return wish.parts


def _nothing_out(order: Stands) -> Refusal:
    given = {"given": str(order.uid)}
    if any(line.open > 0 for line in order.goods):
        return Refusal("not_out_yet", "order", given)
    return Refusal("nothing_out", "order", given)


def _too_many(line: LineStands, wanted: int, path: str) -> Refusal | None:
    out = max(line.out, 0)
    if wanted <= out:
        return None
    detail = {"given": wanted, "left": out, "sold": line.qty}
    if wanted <= out + max(line.open, 0):
        return Refusal("not_out_yet", path, detail)
    return Refusal("returned_too_many", path, detail)


def _without(
    can: Returnable, parts: Sequence[PartBack]
) -> tuple[Kept, dict[int, Value], tuple[LinePart, ...]]:
    """The document without these units, its lines' values, and what each part comes to."""
    order, was, values = can.order, can.worth, dict(can.values)
    found = []
    for part in parts:
        n = next(i for i, line in enumerate(order.lines) if line.line_no == part.line_no)
        now = [part.qty if i == n else 0 for i in range(len(order.lines))]
        rest = refunds.remaining(order.charged, was, now=now)
        before, after = was.lines[n], rest.lines[n]
        left = returnable.value(order.lines[n], after, price_tax=order.price_tax)
        net, cost = returnable.less(values[part.line_no], left)
        found.append(
            LinePart(
                part.line_no,
                part.qty,
                order.lines[n].qty - before.qty,
                before.amount_minor - after.amount_minor,
                before.discount_minor - after.discount_minor,
                before.share_minor - after.share_minor,
                net,
                cost,
            )
        )
        was, values[part.line_no] = rest, left
    return was, values, tuple(found)


def _by_number(back: Refund, order: Stands) -> Refund:
    """Lines by their numbers from 1; the fee, which has none, comes before the first."""
    numbers = [line.line_no - 1 for line in order.lines]
    return replace(back, lines=tuple(replace(one, line=numbers[one.line]) for one in back.lines))


def _points(
    wish: TakeBack,
    can: Returnable,
    rest: Kept,
    tenders: Sequence[TenderBack],
    purses: Purses,
    day: date,
) -> Points | Refusal:
    """Points that were spent come back, points that were earned go back: each to and from the
    account it was then, wherever who bought earns now."""
    planned, of = [], can.requests
    spent = sum(one.amount_minor for one in tenders if one.kind == "points")
    spender = purses.spender(of)
    if spent and spender is not None:
        planned.append(spender.give_back_spend(wish.uid, of, spent, day=day))
    back = sum(one.back for one in planned)
    earners = purses.earners(of)
    if not earners:
        return Points(tuple(planned), back)
    was = _worth_in_points(earners[0], can.worth, can.points_minor)
    gone = was - _worth_in_points(earners[0], rest, can.points_minor - spent)
    if not rest.total_minor:  # whatever it earned, by whichever rules then
        gone = max(gone, sum(purse.earned_by(of) for purse in earners))
    taken = _taken(wish, earners, of, gone, day)
    if isinstance(taken, Refusal):
        return taken
    return Points(
        (*planned, *taken),
        back,
        sum(one.back for one in taken),
        sum(one.owed for one in taken),
        sum(one.short_minor for one in taken),
    )


def _taken(
    wish: TakeBack, earners: Sequence[Purse], of: Sequence[UUID], gone: int, day: date
) -> list[Planned] | Refusal:
    """Of what was earned, `gone` goes back: from where the latest was earned first."""
    taken: list[Planned] = []
    for purse in earners:
        if gone <= 0:
            break
        one = purse.take_back_earn(wish.uid, of, gone, day=day)
        if isinstance(one, Refusal):
            return one
        taken.append(one)
        gone -= one.back
    return taken


def _worth_in_points(purse: Purse, document: Kept, points_minor: int) -> int:
    return points.earned(
        purse.programme,
        total_minor=document.total_minor,
        tax_minor=sum(t.tax_minor for t in document.taxes),
        points_minor=points_minor,
    )


def _less(tenders: Sequence[TenderBack], short: int) -> tuple[TenderBack, ...]:
    """What goes back in money without what is kept for points that are gone."""
    left: list[TenderBack] = []
    for one in reversed(tenders):
        off = min(one.amount_minor, short) if one.kind != "points" else 0
        short -= off
        left.append(replace(one, amount_minor=one.amount_minor - off))
    return tuple(reversed(left))


def _slip(
    wish: TakeBack,
    order: Stands,
    parts: Sequence[PartBack],
    lines: Sequence[LinePart],
    back: Refund,
    read: Known,
    day: date,
) -> NewSlip:
    masters, place = read.masters, read.masters.places[wish.place].facts
    changes: dict[int, Change] = {}
    for part in parts:
        so_far = changes.get(part.line_no, Change()).taken_back
        changes[part.line_no] = Change(taken_back=so_far + part.qty)
    return NewSlip(
        uid=wish.uid,
        order=order,
        kind="take_back",
        occurred_at=wish.occurred_at,
        business_date=day,
        fingerprint=slips.fingerprint(wish),
        state=order.state,
        lines=tuple(
            NewSlipLine(line, place.id, "" if part.line_no == FEE else part.to)
            for part, line in zip(parts, lines, strict=True)
        ),
        taxes=back.taxes,
        total_minor=back.total_minor,
        changes=changes,
        place_id=place.id,
        till_id=masters.tills[wish.till][0] if wish.till else None,
        staff_id=masters.staff[wish.staff] if wish.staff else None,
        reason=wish.reason,
    )


def _goods(
    wish: TakeBack,
    can: Returnable,
    parts: Sequence[PartBack],
    place: Place,
    day: date,
    read: Known,
) -> list[Move]:
    """Goods undo the moves that sold them; of sales from before the cut-over they just come in.

    A place whose goods are not in the ledger yet has no shelf there: what comes back to it is
    found by its first count.
    """
    live, place_id = place.has_goods(day), place.facts.id
    counted = read.counts.get(place_id, {})
    moves = []
    for part in parts:
        if part.line_no == FEE:
            continue
        line = can.order.line(part.line_no)
        assert line is not None
        sku = line.priced.sku_id
        if not live:
            target = stock.unexplained(sku, place_id)
        elif part.to == "damaged":
            target = stock.damaged(sku, place_id)
        else:
            target = stock.standing(sku, place_id, wish.occurred_at, counted)
        sold = Account(stock.unit(sku), stock.SOLD)
        moves += [
            Move(sold, target, qty, "take_back", reverses=ref)
            for ref, qty in can.units_of(sku, part.qty)
            if live or ref is not None
        ]
    return moves


def _money(
    can: Returnable, tenders: Sequence[TenderBack], place: Place, day: date
) -> tuple[Move, ...]:
    """Money leaves where it was booked, or where it is paid out if that is in the ledger."""
    if not can.order.paid and not place.has_money(day):
        return ()
    return giving_back.given_back(
        [(one.kind, one.amount_minor) for one in tenders if one.amount_minor],
        can.paid_in,
        sold_at=can.order.place.id,
        given_at=place.facts.id,
        currency=can.order.currency,
    )


def _refund_rows(slip: UUID, order: Stands, tenders: Sequence[TenderBack]) -> tuple[NewRefund, ...]:
    lines = [t.line for t in order.tenders] or [0]
    return tuple(
        NewRefund(slip, order.uid, lines[t.tender], t.kind, t.amount_minor, order.currency)
        for t in tenders
        if t.amount_minor
    )


def _notice(slip: NewSlip, place: Place) -> outbox.Notice:
    skus = {line.line_no: line.priced.sku_id for line in slip.order.goods}
    body = {
        "order": str(slip.order.uid),
        "slip": str(slip.uid),
        "place": place.facts.id,
        "channel": slip.order.channel_id,
        "record": slip.order.record_id,
        "skus": sorted({skus[n] for n in slip.changes if n in skus}),
        "total": slip.total_minor,
        "currency": slip.order.currency,
    }
    return outbox.Notice("GoodsReturned", f"place:{place.facts.id}", body)
