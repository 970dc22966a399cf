"""Three-way match: orders whose goods, money and papers do not tell the same story.

Promises: what is said here is what the audit would say, per order and with the figures of all
three tracks; every open order is looked at, and every document of the days chosen: in the file all
of them, on the page the newest, and it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console.days import shop_day
from goen.doors.console.exports import as_csv
from goen.doors.console.orders_words import number_of
from goen.doors.console.templatetags import goen as show
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.orders import mismatches
from goen.orders.mismatches import MEANINGS, Tracks

LISTED = 200
LOOKED_AT = 5_000
"""Documents that the page looks at; the file and the audit look at all."""
SPANS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Shown:
    """An order that does not match, in words."""

    one: Tracks
    number: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One mismatch on the page of its order."""

    name: str
    words: str


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or with `.csv` in the address all of it as a file."""
    now = clock.now()
    code, days = request.GET.get("code", ""), request.GET.get("days", "")
    span = int(days) if days.isdecimal() and int(days) in SPANS else SPANS[0]
    since = shop_day(now) - timedelta(days=span)
    exporting = request.path.endswith(".csv")
    with tx() as t:
        found = mismatches.mismatched(
            t,
            since=since,
            code=code if code in MEANINGS else None,
            limit=LISTED,
            newest=None if exporting else LOOKED_AT,
        )
        partly = not exporting and mismatches.has_more(t, since=since, newest=LOOKED_AT)
    shown = [
        Shown(one, number_of(one.source_no, one.uid), tuple(_name(c) for c in one.mismatches))
        for one in found
    ]
    if exporting:
        return _csv(shown)
    page = {
        "shown": shown,
        "codes": [(one, text_of(words)) for one, words in MEANINGS.items()],
        "code": code,
        "span": span,
        "spans": SPANS,
        "cut": len(shown) == LISTED,
        "most": LISTED,
        "looked_at": LOOKED_AT if partly else None,
    }
    return render(request, "console/order_mismatches.html", page)


def of_order(t: Tx, uid: UUID, *, told: bool) -> list[Said]:
    """What does not match of one order; goods not kept are left out where they are `told`."""
    tracks = mismatches.tracks_of(t, uid)
    if tracks is None:
        return []
    left = {"open_without_goods"} if told else set()
    return [Said(_name(one), figures(tracks, one)) for one in tracks.mismatches if one not in left]


def figures(one: Tracks, code: str) -> str:
    """The two figures that do not agree."""
    goods, money, papers = one.goods, one.money, one.documents

    def amount(minor: int) -> str:
        return show.money(minor, one.currency)

    pairs = {
        "open_without_goods": (goods.open, goods.kept),
        "kept_without_line": (goods.open, goods.kept),
        "slip_not_moved": (goods.sent - goods.back, goods.moved - goods.moved_back),
        "shipped_not_charged": (amount(money.charged), amount(money.booked)),
        "charged_not_shipped": (amount(money.charged), amount(money.booked)),
        "money_not_kept": (
            amount(papers.total - money.charged - money.given_up),
            amount(money.kept),
        ),
        "invoice_not_payment": (amount(papers.total), amount(papers.tenders)),
        "returned_not_refunded": (amount(money.to_give_back), amount(money.given_back)),
        "refunded_not_returned": (amount(money.to_give_back), amount(money.given_back)),
    }
    slip, ledger = pairs.get(code, ("", ""))
    return say("伝票 {a}・台帳 {b}", "papers {a}, ledger {b}", a=slip, b=ledger)


def _name(code: str) -> str:
    return text_of(MEANINGS[code]) if code in MEANINGS else code


def _csv(rows: Sequence[Shown]) -> HttpResponse:
    head = [
        say("注文番号", "Number"),
        say("営業日", "Business date"),
        say("合わないこと", "What does not match"),
        say("注文の点数", "Ordered"),
        say("取消の点数", "Cancelled"),
        say("出た点数（伝票）", "Sent (slips)"),
        say("出た点数（台帳）", "Sent (ledger)"),
        say("確保中の点数", "Kept"),
        say("合計", "Total"),
        say("売上（伝票）", "Charged (slips)"),
        say("売上（台帳）", "Charged (ledger)"),
        say("返金（伝票）", "To give back (slips)"),
        say("返金（記録）", "Given back"),
        say("支払いの合計", "Payments"),
        say("通貨", "Currency"),
    ]
    return as_csv("mismatches", head, (_cells(row) for row in rows))


def _cells(row: Shown) -> list[object]:
    one = row.one
    scale = 10 ** exponent(one.currency)

    def amount(minor: int) -> float | int:
        return minor / scale if scale > 1 else minor

    return [
        row.number,
        one.business_date,
        " ".join(row.names),
        one.goods.ordered,
        one.goods.cancelled,
        one.goods.sent,
        one.goods.moved,
        one.goods.kept,
        amount(one.documents.total),
        amount(one.money.charged),
        amount(one.money.booked),
        amount(one.money.to_give_back),
        amount(one.money.given_back),
        amount(one.documents.tenders),
        one.currency,
    ]
