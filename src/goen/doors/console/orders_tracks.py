"""The three tracks of an order side by side: goods, money and papers, one row per act.

Promises: goods and money are what the ledger has, not what the slips say, so that a difference is
seen; what is only kept is drawn hollow, what moved is drawn full; every act has its papers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.doors.console.orders_words import ACTORS, REASONS, SLIPS, TENDERS, word
from goen.doors.console.templatetags import goen as show
from goen.doors.say import say, text_of
from goen.orders.showing import Given, Movement, SlipShown, Whole, place_of

Names = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry of a track. `look` is done, kept, back, gone or bad."""

    look: str
    words: str
    small: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One row: what was done, by whom, when, and what it did on each track."""

    name: str
    who: str
    at: datetime | None
    note: str
    goods: tuple[Mark, ...]
    money: tuple[Mark, ...]
    papers: tuple[Mark, ...]
    bad: bool = False


def tracks(order: Whole, tenders: Sequence[tuple[str, int]], places: Names) -> list[Act]:
    """Every act on an order in its order, and what is kept of it now."""
    by_request: dict[UUID, list[Movement]] = defaultdict(list)
    for move in order.movements:
        if not move.held:
            by_request[move.request].append(move)
    given: dict[UUID | None, list[Given]] = defaultdict(list)
    for one in order.given:
        given[one.by].append(one)
    acts = [_placed(order, by_request[order.uid], tenders, places)]
    for slip in order.slips:
        acts.append(_slip(order, slip, by_request[slip.uid], given[slip.uid], places))
    now = _now(order, places)
    return [*acts, now] if now else acts


def who(actor: str, staff: Mapping[str, str] | None) -> str:
    """Who did something: a person's name, else what kind of caller it was."""
    if staff:
        return text_of(staff)
    kind, _, name = actor.partition(":")
    return f"{word(ACTORS, kind)} {name}" if kind in {"staff", "key"} else word(ACTORS, kind)


def _placed(
    order: Whole, moves: Sequence[Movement], tenders: Sequence[tuple[str, int]], places: Names
) -> Act:
    goods: tuple[Mark, ...]
    money: tuple[Mark, ...]
    if order.kind == "order":
        units = sum(line.qty for line in order.lines)
        goods = (Mark("kept", say("{n}点を確保", "{n} {n|unit|units} kept", n=units)),)
        money = tuple(
            Mark("kept", _money(order, kind, amount), say("お預かり", "held"))
            for kind, amount in tenders
        )
        name, paper = word(SLIPS, "placed"), say("注文確認書", "Order confirmation")
        papers = (Mark("done", paper, href=f"/orders/{order.uid}/papers/confirmation"),)
    else:
        goods = _goods(moves, places)
        money = tuple(
            Mark("done", _money(order, kind, amount), say("お会計", "paid"))
            for kind, amount in tenders
        )
        if order.history:
            goods = (Mark("gone", say("在庫を始める前", "Before stock was kept")),)
        name = say("お会計", "Sale")
        paper = say("領収書（レシート）", "Receipt")
        papers = (Mark("done", paper, href=f"/register/receipts/{order.uid}"),)
    points = _points(moves)
    return Act(
        name,
        who(order.actor, order.staff_name),
        order.occurred_at,
        "",
        goods,
        (*money, *points),
        papers,
    )


def _slip(
    order: Whole,
    slip: SlipShown,
    moves: Sequence[Movement],
    given: Sequence[Given],
    places: Names,
) -> Act:
    goods = [*_goods(moves, places), *_released(given, places)]
    money = [*_paid(order, moves), *_given_up(order, given), *_points(moves)]
    money += _to_come(order, slip.uid)
    if slip.kind == "reroute":
        to = say("{n}点を確保", "{n} {n|unit|units} kept", n=_first_units(slip))
        goods.append(Mark("kept", to, _place_text(slip)))
    if slip.kind == "break":
        words = say("{n}点の確保が切れた", "{n} {n|unit|units} lost", n=slip.units)
        goods = [Mark("bad", words, _place_text(slip))]
    if slip.kind == "ready":
        words = say("{n}点をそろえた", "{n} {n|unit|units} put together", n=slip.units)
        goods.append(Mark("kept", words if slip.units else say("そろえた", "Put together")))
    note = " ".join(part for part in (slip.carrier, slip.tracking_no) if part)
    if slip.reason:
        note = word(REASONS, slip.reason)
    return Act(
        word(SLIPS, slip.kind),
        who(slip.actor, slip.staff_name),
        slip.occurred_at,
        note,
        tuple(goods),
        tuple(money),
        _papers(order, slip),
        bad=slip.kind == "break",
    )


def _papers(order: Whole, slip: SlipShown) -> tuple[Mark, ...]:
    base = f"/orders/{order.uid}/papers"
    if slip.kind in {"ship", "hand_over"}:
        return (
            Mark("done", say("納品書", "Delivery note"), href=f"{base}/delivery/{slip.uid}"),
            Mark("done", say("領収書", "Receipt"), href=f"{base}/receipt"),
        )
    if slip.kind == "take_back":
        return (Mark("done", say("返品伝票", "Return note"), href=f"{base}/return/{slip.uid}"),)
    return ()


def _goods(moves: Iterable[Movement], places: Names) -> tuple[Mark, ...]:
    """Goods that left or came back, by place."""
    sums: dict[tuple[bool, str], int] = defaultdict(int)
    for move in moves:
        if move.unit.startswith("goods:") and "world:sold" in {move.source, move.target}:
            back = move.source == "world:sold"
            sums[back, move.target if back else move.source] += move.qty
    return tuple(
        Mark("back" if back else "done", _came(n) if back else _left(n), _place(holder, places))
        for (back, holder), n in sums.items()
    )


def _left(n: int) -> str:
    return say("{n}点を出庫", "{n} {n|unit|units} out", n=n)


def _came(n: int) -> str:
    return say("{n}点を入庫", "{n} {n|unit|units} back in", n=n)


def _released(given: Iterable[Given], places: Names) -> list[Mark]:
    sums: dict[str, int] = defaultdict(int)
    for one in given:
        if one.unit.startswith("goods:"):
            sums[one.source] += one.qty
    words = ("{n}点の確保を解除", "{n} {n|unit|units} released")
    return [Mark("gone", say(*words, n=n), _place(holder, places)) for holder, n in sums.items()]


def _paid(order: Whole, moves: Iterable[Movement]) -> list[Mark]:
    sums: dict[tuple[bool, str], int] = defaultdict(int)
    for move in moves:
        if move.unit == order.currency:
            back = move.target.endswith(":sales")
            tender = (move.source if back else move.target).rpartition(":")[2]
            sums[back, tender] += move.qty
    return [
        Mark(
            "back" if back else "done",
            _money(order, tender, -amount if back else amount),
            say("返金", "given back") if back else say("売上", "charged"),
        )
        for (back, tender), amount in sums.items()
    ]


def _given_up(order: Whole, given: Iterable[Given]) -> list[Mark]:
    """Money, points and coupons that are no longer kept."""
    money = points = coupons = 0
    for one in given:
        money += one.qty if one.unit == order.currency else 0
        points += one.qty if one.unit.startswith("point:") else 0
        coupons += one.qty if one.unit.startswith("coupon:") else 0
    small = say("お預かりを解除", "no longer held")
    marks = [Mark("gone", show.money(money, order.currency), small)] if money else []
    marks += [Mark("gone", _in_points(points), small)] if points else []
    marks += [Mark("gone", say("クーポン", "Coupon"), small)] if coupons else []
    return marks


def _in_points(n: int) -> str:
    return say("{n}ポイント", "{n} {n|point|points}", n=show.num(n))


def _points(moves: Iterable[Movement]) -> tuple[Mark, ...]:
    """Points and coupons that were spent, earned or came back."""
    marks = []
    for move in moves:
        if move.unit.startswith("coupon:"):
            used = say("お戻し", "returned") if move.back else say("ご利用", "used")
            marks.append(Mark("back" if move.back else "done", say("クーポン", "Coupon"), used))
        if not move.unit.startswith("point:"):
            continue
        if move.source == "world:redeemed":
            marks.append(Mark("back", _in_points(move.qty), say("お戻し", "returned")))
        elif move.target == "world:redeemed":
            marks.append(Mark("done", _in_points(move.qty), say("ご利用", "spent")))
        elif move.back:
            taken = say("進呈の取り消し", "taken back")
            marks.append(Mark("back", _in_points(move.qty), taken))
        else:
            marks.append(Mark("done", _in_points(move.qty), say("進呈", "earned")))
    return tuple(marks)


def _to_come(order: Whole, request: UUID) -> list[Mark]:
    """Points that an act earned and that are the shopper's after some days."""
    soon = say("進呈の予定", "to be earned")
    return [
        Mark("kept", _in_points(one.qty), soon)
        for one in order.movements
        if one.held and one.request == request and one.source == "world:issued"
    ]


def _now(order: Whole, places: Names) -> Act | None:
    """What is kept for the order and not yet done; nothing once it is done."""
    if order.state in {"done", "cancelled"}:
        return None
    goods: list[Mark] = []
    sums: dict[str, int] = defaultdict(int)
    money = points = 0
    for one in order.movements:
        if one.held and one.unit.startswith("goods:"):
            sums[one.source] += one.qty
        elif one.held and one.unit == order.currency:
            money += one.qty
        elif one.held and one.unit.startswith("point:") and one.source != "world:issued":
            points += one.qty
    words = ("{n}点を確保中", "{n} {n|unit|units} kept")
    goods += [Mark("kept", say(*words, n=n), _place(h, places)) for h, n in sums.items()]
    missing = order.open_units - sum(sums.values())
    if missing > 0:
        lost = say("{n}点は確保できていない", "{n} {n|unit|units} not kept", n=missing)
        goods.append(Mark("bad", lost, say("次の手を決めてください", "Decide what to do")))
    paid = []
    if money:
        amount = show.money(money, order.currency)
        paid.append(Mark("kept", amount, say("お預かり中", "held")))
    if points:
        paid.append(Mark("kept", _in_points(points), say("お預かり中", "held")))
    name = say("いま", "Now")
    return Act(name, "", None, "", tuple(goods), tuple(paid), (), bad=missing > 0)


def _money(order: Whole, kind: str, amount: int) -> str:
    words = show.money(amount, order.currency)
    return say("{m}　{t}", "{m} {t}", m=words, t=word(TENDERS, kind))


def _place(holder: str, places: Names) -> str:
    name = places.get(place_of(holder) or 0, "")
    if holder.endswith(":damaged"):
        return say("{place}・売れない棚", "{place}, not for sale", place=name)
    if holder.endswith(":unexplained"):
        return say("{place}・棚卸の差", "{place}, absorbed by a count", place=name)
    return name


def _place_text(slip: SlipShown) -> str:
    names = [text_of(line.place_name) for line in slip.lines if line.place_name]
    return names[0] if names else text_of(slip.place_name)


def _first_units(slip: SlipShown) -> int:
    """Units a reroute keeps anew; its later lines say where they were kept before."""
    return sum(line.qty for line in slip.lines if line.to != "from" and line.line_no)
