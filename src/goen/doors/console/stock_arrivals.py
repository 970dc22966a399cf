"""Goods that came in: the form at the door of a place, and what came lately.

Promises: scanned or typed, each product is one line; what is refused stays on the form with its
reason; the same form sent twice is one arrival.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goen.catalogue import queries as catalogue
from goen.doors.console import stock_entry as entry
from goen.doors.console import stock_words as words
from goen.doors.console.shell import actor_of
from goen.doors.console.stock_entry import Sheet
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import history, queries
from goen.stock.arrivals import Arrival, arrive

RECENT = 50


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """What came lately."""
    with tx() as t:
        found = history.arrivals(t, limit=RECENT)
        page = {
            "pages": words.tabs("arrivals"),
            "slips": found,
            "names": words.place_names(t),
            "actors": words.who(t, [one.actor for one in found]),
            "may_write": words.may_write(request),
            "as_of": clock.now(),
        }
    return render(request, "console/stock_arrivals.html", page)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The form, its lines as they grow, and at the end the arrival."""
    at = clock.now()
    with tx() as t:
        known = words.own_places(request, places.places(t))
        sheet = entry.read(t, request, at=at)
        code = (request.POST or request.GET).get("place", "")
        place = next((one for one in known if one.code == code), None)
        if place is None and not code:
            place = words.own_place(request, known)
        if place is None:
            sheet.errors["place"] = entry.bad_choice()
        if request.POST.get("do") == "book" and words.may_write(request) and place:
            uid = _book(t, request, sheet, place)
            if uid is not None:
                return redirect(f"{reverse('stock_arrival', args=[uid])}?done=1")
        _inform(t, sheet, place)
    refused = request.method == "POST" and not words.may_write(request)
    status = 403 if refused else 422 if _booking(request) and sheet.is_wrong else 200
    page = {
        "pages": words.tabs("arrivals"),
        "sheet": sheet,
        "places": known,
        "place": place,
        "occurred_at": request.POST.get("occurred_at", ""),
        "may_write": words.may_write(request),
        "wrong": _booking(request) and sheet.is_wrong,
    }
    return render(request, "console/stock_arrival_new.html", page, status=status)


def _booking(request: HttpRequest) -> bool:
    return request.POST.get("do") == "book"


def _book(t: Tx, request: HttpRequest, sheet: Sheet, place: PlaceShown) -> UUID | None:
    at = clock.now()
    occurred_at = entry.when(request, sheet, "occurred_at", place.timezone, at=at)
    entry.check(sheet)
    if sheet.is_wrong:
        return None
    wish = Arrival(sheet.uid, place.code, sheet.given, occurred_at)
    [answer] = arrive(t, [wish], actor=actor_of(request), recorded_at=at)
    if isinstance(answer, Refusal):
        sheet.refuse(answer)
        return None
    return answer.uid


def _inform(t: Tx, sheet: Sheet, place: PlaceShown | None) -> None:
    """What can be sold there of each line now."""
    if place is not None:
        skus = [line.sku.sku_id for line in sheet.lines if line.sku]
        sheet.inform(queries.available(t, skus, place.id))


@login_required
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One arrival."""
    with tx() as t:
        found = history.arrived(t, uid)
        if found is None:
            raise Http404
        slip, lines = found
        skus = catalogue.skus(t, [sku for sku, *_ in lines], on=slip.at.date())
        page = {
            "pages": words.tabs("arrivals"),
            "slip": slip,
            "lines": [(skus[sku], qty, absorbed) for sku, qty, absorbed in lines],
            "absorbed": any(absorbed for *_, absorbed in lines),
            "place": words.place_names(t)[slip.place_id],
            "by": words.who(t, [slip.actor])[slip.actor],
            "done": request.GET.get("done"),
            "may_write": words.may_write(request),
        }
    return render(request, "console/stock_arrival.html", page)
