"""One search for people, goods and orders, as a page and as suggestions under the search box.

Promises: a scanned barcode, card or order number goes straight to its page; every line carries a
second mark, so that two people of one name are told apart; what is shown of people is masked as
everywhere.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors.console import segment_link
from goen.doors.console.days import shop_today
from goen.doors.console.orders_words import STATES, number_of, word
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.shell import viewer_of
from goen.doors.console.templatetags.goen import day, hour, money
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.orders import finding
from goen.orders.finding import Numbered

SUGGESTED = 6
LISTED = 50
_CODE_FROM = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of an answer."""

    href: str
    name: str
    mark: str


@login_required
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The results page; for HTMX the few best, as a list to choose from."""
    typed = request.GET.get("q", "").strip()
    viewer = viewer_of(request)
    suggesting = bool(request.headers.get("HX-Request"))
    with tx() as t:
        if typed and not suggesting:
            direct = _direct(t, typed, viewer)
            if direct:
                return HttpResponseRedirect(direct)
        limit = SUGGESTED if suggesting else LISTED
        people = customers.search(t, typed, viewer=viewer, limit=limit) if typed else []
        goods = catalogue.search(t, typed, on=shop_today(), limit=limit) if typed else []
        found = _orders(t, typed, limit) if typed else []
    found_people = [{"field": "person", "ids": [one.person_id for one in people]}]
    page = {
        "segment": segment_link.href(found_people, made_from=request.get_full_path()),
        "typed": typed,
        "people": [_person(one) for one in people],
        "goods": [_item(one) for one in goods],
        "orders": [_order(one) for one in found],
        "limit": limit,
    }
    template = "console/_search_hits.html" if suggesting else "console/search.html"
    return render(request, template, page)


def _direct(t: Tx, typed: str, viewer: Viewer) -> str:
    """Where a code leads that only one thing has."""
    if len(typed) < _CODE_FROM or not any(c.isdigit() for c in typed):
        return ""
    sku = catalogue.by_code(t, typed, on=shop_today())
    if sku is not None:
        return reverse("who_bought", args=[sku.sku_id])
    person = customers.find_credential(t, typed, viewer=viewer)
    if person is not None:
        return reverse("person", args=[person.person_id])
    found = _orders(t, typed, limit=2)
    return reverse("order", args=[found[0].uid]) if len(found) == 1 else ""


def _orders(t: Tx, typed: str, limit: int) -> list[Numbered]:
    """Orders and sales by number; too short a text is no number."""
    if len(typed) < _CODE_FROM or not any(c.isdigit() for c in typed):
        return []
    return finding.numbered(t, typed, today=shop_today(), limit=limit)


def _order(one: Numbered) -> Hit:
    zone = clock.zone(home.current_shop().timezone)
    when = f"{day(one.occurred_at.astimezone(zone))} {hour(one.occurred_at, str(zone))}"
    marks = [when, word(STATES, one.state), money(one.total_minor, one.currency)]
    number = number_of(one.source_no, one.uid)
    return Hit(reverse("order", args=[one.uid]), number, " · ".join(marks))


def _person(one: Shown) -> Hit:
    kana = f"{one.family_kana} {one.given_kana}".strip()
    marks = [kana, second_mark_of(one) or one.address]
    return Hit(
        reverse("person", args=[one.person_id]),
        name_of(one, one.person_id),
        " · ".join(mark for mark in marks if mark)
        or say("番号 {id}", "No. {id}", id=one.person_id),
    )


def _item(one: SkuShown) -> Hit:
    code = one.barcodes[0] if one.barcodes else one.code
    price = money(one.price_minor, one.currency or "JPY") if one.price_minor is not None else ""
    marks = [code, text_of(one.category_name), price]
    return Hit(
        reverse("who_bought", args=[one.sku_id]),
        text_of(one.name),
        " · ".join(mark for mark in marks if mark),
    )
