"""What each act on an order asks for, and the value its verb takes.

A form's quantities start at all that is possible (nothing, for a return); asking for all of it is
asking for the whole, so that the delivery fee goes with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict

from goen.doors.console.orders_words import (
    BACK_REASONS,
    CANCEL_REASONS,
    CARRIERS,
    CONDITIONS,
    REASONS,
    word,
)
from goen.doors.say import say, text_of
from goen.kit.db import Tx
from goen.kit.money import exponent
from goen.orders import showing
from goen.orders.order import (
    Cancellation,
    Fulfilment,
    Part,
    PartBack,
    Ready,
    Reroute,
    Slipped,
    TakeBack,
    TakenBack,
)
from goen.orders.showing import LineShown, Shelf, Whole
from goen.stock import rules as stock

Wish = Fulfilment | Ready | Reroute | Cancellation | TakeBack
FRESH = timedelta(days=1)
"""A form left open for longer takes the time of its sending."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: how many are possible, and how many are asked for."""

    line: LineShown
    name: str
    most: int
    qty: int
    to: str = "sellable"
    whole: int = 0
    """All there is of it; less may be possible at one place."""


@dataclass(slots=True)
class Asked:
    """What was typed, with what is wrong about it."""

    uid: UUID
    at: datetime
    rows: list[Row]
    values: Mapping[str, str]
    tenders: tuple[tuple[int, int], ...] | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is asked for; empty when it is all there is."""
        if all(row.qty == row.whole for row in self.rows):
            return ()
        return tuple(Part(row.line.line_no, row.qty) for row in self.rows if row.qty)

    @property
    def units(self) -> int:
        """Units asked for."""
        return sum(row.qty for row in self.rows)


@dataclass(frozen=True, slots=True)
class Form:
    """One act: its words, which fields it has, and how its wish is made."""

    code: str
    step: str
    title: tuple[str, str]
    lead: tuple[str, str]
    look: tuple[str, str]
    confirm: tuple[str, str]
    said: tuple[str, str]
    wish: Callable[[Whole, Asked, str], Wish]
    most: Callable[[LineShown], int] = lambda line: line.open
    mine: Callable[[LineShown], int] = lambda line: line.qty
    """How many of a line the reader's place allows."""
    parts: bool = True
    none_first: bool = False
    danger: bool = False
    carriers: tuple[str, ...] = ()
    reason_codes: tuple[str, ...] = ()
    back: bool = False
    away: bool = False
    """Whether it asks for the place that goods are to come from."""

    def reasons(self) -> list[tuple[str, str]]:
        """Reasons to choose from."""
        return [(code, word(REASONS, code)) for code in self.reason_codes]

    def conditions(self) -> list[tuple[str, str]]:
        """Where goods that come back may go."""
        return [(code, say(*words)) for code, words in CONDITIONS.items()] if self.back else []

    def done(self, answer: Slipped | TakenBack) -> str:
        """The sentence on the order's page afterwards."""
        return say(*self.said)

    def shelves(self, t: Tx, order: Whole) -> list["Choice"]:
        """Places that the goods could come from, those that have most of them first."""
        if not self.away:
            return []
        wanted: dict[int, int] = {}
        for line in order.lines:
            if line.open:
                wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.open
        method = order.delivery.method if order.delivery else "ship"
        here = {text_of(name) for line in order.lines for _, name, _ in line.kept}
        return [
            Choice(one, text_of(one.name), one.gives(wanted), sum(wanted.values()))
            for one in showing.shelves(t, wanted)
            if one.kind in stock.METHODS.get(method, ()) and text_of(one.name) not in here
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """A place to choose, with how many of the wanted units it has."""

    shelf: Shelf
    name: str
    gives: int
    of: int

    @property
    def all(self) -> bool:
        """Whether it has every one."""
        return self.gives >= self.of


def read_asked(form: Form, order: Whole, given: QueryDict, fresh: UUID, now: datetime) -> Asked:
    """What was typed; the first time, what is usual."""
    first = "uid" not in given
    rows = [_row(form, line, given, first) for line in order.lines]
    asked = Asked(
        uid=_uid(given.get("uid", ""), fresh),
        at=_instant(given.get("at", ""), now),
        rows=rows,
        values={key: str(given.get(key, "")).strip() for key in given},
    )
    if first:
        return asked
    for row in rows:
        if not 0 <= row.qty <= row.most:
            words = ("「{name}」は0から{most}までです。", "“{name}”: enter 0 to {most}.")
            asked.errors.append(say(*words, name=row.name, most=row.most))
    if form.parts and not asked.units and not asked.errors:
        asked.errors.append(say("数量を1つ以上入れてください。", "Enter at least one unit."))
    if form.reason_codes and asked.values.get("reason", "") not in form.reason_codes:
        asked.errors.append(say("理由を選んでください。", "Choose a reason."))
    if (form.away or form.back) and not asked.values.get("place"):
        asked.errors.append(say("場所を選んでください。", "Choose a place."))
    asked.tenders = _tenders(given, order.currency, asked)
    return asked


def _row(form: Form, line: LineShown, given: QueryDict, first: bool) -> Row:
    whole = form.most(line)
    most = min(whole, form.mine(line))
    key = f"qty-{line.line_no}"
    usual = 0 if form.none_first else most
    typed = given.get(key, str(usual) if first else "0").strip()
    qty = int(typed) if typed.isdecimal() and len(typed) < 8 else -1 if typed else 0
    to = given.get(f"to-{line.line_no}", "sellable")
    return Row(line, text_of(line.name), most, qty, to if to in CONDITIONS else "sellable", whole)


def _tenders(given: QueryDict, currency: str, asked: Asked) -> tuple[tuple[int, int], ...] | None:
    """How much is to go back by which tender, where the reader changed it."""
    if given.get("by-hand", "") != "1":
        return None
    places = 10 ** exponent(currency)
    found = []
    for key in given:
        name, _, number = key.partition("tender-")
        if name or not number.isdecimal():
            continue
        typed = given.get(key, "").replace(",", "").strip() or "0"
        try:
            found.append((int(number), round(float(typed) * places)))
        except ValueError:
            words = "返金額は数字で入れてください。", "Enter refunds as numbers."
            asked.errors.append(say(*words))
    return tuple(one for one in sorted(found) if one[1])


def _uid(text: str, fresh: UUID) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return fresh


def _instant(text: str, now: datetime) -> datetime:
    """The moment the form was opened: the same for its every sending, so that it is one act."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return at if at.tzinfo and now - FRESH < at <= now else now


def _ship(order: Whole, asked: Asked, staff: str) -> Wish:
    return Fulfilment(
        asked.uid,
        order.uid,
        "ship",
        asked.at,
        asked.parts,
        carrier=asked.values.get("carrier", ""),
        tracking_no=asked.values.get("tracking_no", ""),
        staff=staff,
    )


def _hand_over(order: Whole, asked: Asked, staff: str) -> Wish:
    return Fulfilment(asked.uid, order.uid, "hand_over", asked.at, asked.parts, staff=staff)


def _ready(order: Whole, asked: Asked, staff: str) -> Wish:
    return Ready(asked.uid, order.uid, asked.at, staff)


def _reroute(order: Whole, asked: Asked, staff: str) -> Wish:
    place = asked.values.get("place", "")
    return Reroute(asked.uid, order.uid, place, asked.at, asked.parts, staff)


def _cancel(order: Whole, asked: Asked, staff: str) -> Wish:
    reason = asked.values.get("reason", "")
    return Cancellation(asked.uid, order.uid, reason, asked.at, asked.parts, staff)


def _take_back(order: Whole, asked: Asked, staff: str) -> Wish:
    parts = tuple(PartBack(row.line.line_no, row.qty, row.to) for row in asked.rows if row.qty)
    return TakeBack(
        asked.uid,
        order.uid,
        asked.values.get("place", ""),
        asked.values.get("reason", ""),
        asked.at,
        parts,
        asked.tenders,
        staff=staff,
    )


FORMS: Mapping[str, Form] = {
    form.code: form
    for form in (
        Form(
            "ship",
            "ship",
            ("出荷", "Ship"),
            (
                "箱に入れる商品と数を選びます。残りは確保したままです。",
                "Choose what goes into this parcel. The rest stays kept.",
            ),
            ("確かめる", "Check"),
            ("この内容で出荷", "Ship this"),
            ("出荷しました。お支払いを確定しました。", "Shipped, and the payment is taken."),
            _ship,
            carriers=CARRIERS,
        ),
        Form(
            "hand-over",
            "hand_over",
            ("お渡し", "Hand over"),
            (
                "注文番号とお名前を確かめ、渡す商品と数を選びます。",
                "Check the number and the name, then choose what is handed over.",
            ),
            ("確かめる", "Check"),
            ("この内容でお渡し", "Hand this over"),
            ("お渡ししました。お支払いを確定しました。", "Handed over, and the payment is taken."),
            _hand_over,
        ),
        Form(
            "ready",
            "ready",
            ("受け取り準備", "Ready to be collected"),
            (
                "注文の商品をすべて集め、受け取り棚に置いたら確かめてください。",
                "Once all of it lies on the collection shelf, check and confirm.",
            ),
            ("確かめる", "Check"),
            ("準備できた", "Ready"),
            ("受け取りの準備ができました。", "It lies ready to be collected."),
            _ready,
            parts=False,
        ),
        Form(
            "re-route",
            "reroute",
            ("別の場所から", "From elsewhere"),
            (
                "商品のある場所を選ぶと、元の確保を外し、選んだ場所で確保し直します。",
                "Choose a place that has the goods: they are kept there instead.",
            ),
            ("確かめる", "Check"),
            ("この場所から出す", "Send from there"),
            ("選んだ場所で確保しました。", "The goods are kept at the place you chose."),
            _reroute,
            away=True,
        ),
        Form(
            "cancel",
            "cancel",
            ("取り消し", "Cancel"),
            (
                "取り消す商品と数、理由を選びます。送った分は返品で受けてください。",
                "Choose what is given up, and why. What was sent can be taken back instead.",
            ),
            ("確かめる", "Check"),
            ("この内容で取り消す", "Cancel this"),
            (
                "取り消しました。確保した商品とお支払いを戻しました。",
                "Cancelled. Goods and payment are free again.",
            ),
            _cancel,
            danger=True,
            reason_codes=CANCEL_REASONS,
        ),
        Form(
            "take-back",
            "take_back",
            ("返品", "Take back"),
            (
                "戻った商品と数、また売れるかどうかを選びます。返金は次の画面で確かめます。",
                "Choose what came back and whether it can be sold again. The refund comes next.",
            ),
            ("返金を確かめる", "Check the refund"),
            ("返品して返金する", "Take back and refund"),
            ("返品を受けました。", "Taken back."),
            _take_back,
            most=lambda line: line.out,
            none_first=True,
            reason_codes=BACK_REASONS,
            back=True,
        ),
    )
}
