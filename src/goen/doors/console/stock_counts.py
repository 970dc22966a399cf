"""Counting a shelf: a sheet, what would change, and what did.

Promises: the sheet shows no figure of the books, so nobody copies it; what was not counted stays as
it is; nothing is booked before the differences were seen; the instant of the count is kept from the
preview to the booking, so that sales in between do not count as differences.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.catalogue.models import Category
from goen.catalogue.queries import SkuShown
from goen.doors.console import stock_entry as entry
from goen.doors.console import stock_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.shell import actor_of
from goen.doors.console.stock_entry import Line, Sheet
from goen.doors.say import language, say, text_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders.counting import count
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import history, sheets
from goen.stock.counts import NewCount
from goen.stock.history import CountLine
from goen.stock.sheets import Expected

RECENT = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One counted line beside the books."""

    line: Line
    expected: Expected

    @property
    def difference(self) -> int:
        return self.expected.difference(self.line.number or 0)

    @property
    def missing(self) -> int:
        return self.expected.missing(self.line.number or 0)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The counts so far, and the choice of what to count next."""
    with tx() as t:
        known = words.own_places(request, places.places(t))
        found = history.counts(t, limit=RECENT)
        mine = words.own_place(request, known)
        page = {
            "pages": words.tabs("counts"),
            "slips": found,
            "names": words.place_names(t),
            "actors": words.who(t, [one.actor for one in found]),
            "places": known,
            "mine": mine.code if mine else "",
            "categories": list(Category.objects.order_by("id")),
            "may_write": words.may_write(request),
            "as_of": clock.now(),
        }
    return render(request, "console/stock_counts.html", page)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The sheet; then its differences; then the count."""
    at = clock.now()
    given = request.POST or request.GET
    do = request.POST.get("do", "")
    with tx() as t:
        known = words.own_places(request, places.places(t))
        place = next((one for one in known if one.code == given.get("place")), None)
        if place is None:
            return redirect("stock_counts")
        sheet = entry.read(t, request, at=at, blank=True)
        category = given.get("category", "")
        left_out = 0
        if request.method == "GET" and category != "-":
            left_out = _fill(t, sheet, place, category, at)
        counted_at = entry.when(request, sheet, "counted_at", place.timezone, at=at)
        found: list[Found] = []
        if do in {"preview", "book"}:
            found = _found(t, sheet, place, counted_at)
        if do == "book" and words.may_write(request) and not sheet.is_wrong:
            uid = _book(t, request, sheet, place, at)
            if uid is not None:
                return redirect(f"{reverse('stock_count', args=[uid])}?done=1")
    previewing = bool(found) and not sheet.is_wrong
    page: dict[str, Any] = {
        "pages": words.tabs("counts"),
        "sheet": sheet,
        "place": place,
        "category": category,
        "category_name": Category.objects.filter(code=category).first(),
        "left_out": left_out,
        "counted_at": request.POST.get("counted_at", ""),
        "counted": counted_at,
        "instant": request.POST.get("instant") or counted_at.isoformat(),
        "previewing": previewing,
        "wrong": do in {"preview", "book"} and sheet.is_wrong,
        "may_write": words.may_write(request),
        **_summary(sheet, found),
    }
    refused = request.method == "POST" and not words.may_write(request)
    status = 403 if refused else 422 if page["wrong"] else 200
    name = "console/stock_count_preview.html" if previewing else "console/stock_count_new.html"
    return render(request, name, page, status=status)


def _fill(t: Tx, sheet: Sheet, place: PlaceShown, category: str, at: datetime) -> int:
    """Every SKU that ever lay there, without its figure; answers how many did not fit."""
    codes = sheets.shelf(t, place.id, category=category, language=language())
    known = catalogue.ids_by_code(t, codes[: entry.MOST])
    skus = catalogue.skus(t, list(known.values()), on=at.date())
    sheet.lines += [Line(code, "", skus[known[code]]) for code in codes if code in known]
    return max(0, len(codes) - entry.MOST)


def _found(t: Tx, sheet: Sheet, place: PlaceShown, counted_at: datetime) -> list[Found]:
    """Each counted line beside its book; a sheet without any is refused."""
    lines = [line for line in sheet.lines if line.sku and line.number is not None]
    if not lines:
        sheet.errors["lines"] = say(
            "数を1つ以上入力してください。入力のない商品は数えなかったものとします。",
            "Enter at least one number. Products without one count as not counted.",
        )
        return []
    skus = [line.sku.sku_id for line in lines if line.sku]
    known = sheets.expected(t, place.id, skus, counted_at=counted_at)
    return [Found(line, known[line.sku.sku_id]) for line in lines if line.sku]


def _summary(sheet: Sheet, found: list[Found]) -> dict[str, Any]:
    different = [one for one in found if one.difference]
    return {
        "different": sorted(different, key=lambda one: -abs(one.difference)),
        "same": [one for one in found if not one.difference],
        "uncounted": len(sheet.lines) - len(found),
        "more": sum(one.difference for one in found if one.difference > 0),
        "less": -sum(one.difference for one in found if one.difference < 0),
        "missing": [one for one in found if one.missing],
    }


def _book(
    t: Tx, request: HttpRequest, sheet: Sheet, place: PlaceShown, at: datetime
) -> UUID | None:
    """Book the count as of its instant; promises it breaks become exceptions of their orders."""
    among = [n for n, line in enumerate(sheet.lines) if line.number is not None]
    wish = NewCount(sheet.uid, place.code, _instant(request, at), sheet.given)
    [answer] = count(t, [wish], actor=actor_of(request), recorded_at=at)
    if isinstance(answer, Refusal):
        sheet.refuse(answer, among=among)
        return None
    return answer.uid


def _instant(request: HttpRequest, at: datetime) -> datetime:
    """The instant that the preview was made for."""
    try:
        found = datetime.fromisoformat(request.POST.get("instant", ""))
    except ValueError:
        return at
    return found if found.tzinfo is not None else at


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a count that is in the books."""

    sku: SkuShown
    line: CountLine


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What a count found, and what was heard of later."""
    with tx() as t:
        found = history.counted(t, uid)
        if found is None:
            raise Http404
        slip, lines = found
        rows = _shown(t, lines)
        page = {
            "pages": words.tabs("counts"),
            "slip": slip,
            "different": sorted(
                (one for one in rows if one.line.difference), key=lambda r: -abs(r.line.difference)
            ),
            "same": [one for one in rows if not one.line.difference],
            "late": [one for one in rows if one.line.late],
            "more": sum(line.difference for line in lines if line.difference > 0),
            "less": -sum(line.difference for line in lines if line.difference < 0),
            "broken": t.value("SELECT count(*) FROM orders_exception WHERE request = %s", [uid]),
            "place": words.place_names(t)[slip.place_id],
            "by": words.who(t, [slip.actor])[slip.actor],
            "done": request.GET.get("done"),
        }
    return render(request, "console/stock_count.html", page)


def _shown(t: Tx, lines: list[CountLine]) -> list[Shown]:
    skus = catalogue.skus(t, [line.sku_id for line in lines], on=shop_today())
    return [Shown(skus[line.sku_id], line) for line in lines]


@login_required
@require_GET
def export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The count as a file."""
    with tx() as t:
        found = history.counted(t, uid)
        if found is None:
            raise Http404
        rows = _shown(t, found[1])
    head = [
        say("商品コード", "SKU"), say("商品名", "Product"), say("数えた数", "Counted"),
        say("帳簿", "Booked"), say("差異", "Difference"), say("あとから届いた販売", "Sold, late"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            one.sku.code,
            text_of(one.sku.name),
            one.line.qty,
            one.line.booked,
            one.line.difference,
            one.line.late,
        ]
        for one in rows
    ]
    return as_csv(f"count-{uid}", head, lines)
