"""The till's one page, and the choice of which till this browser is.

Promises: without a chosen till nothing can be rung up; the page carries no price rule: what a
basket costs is always asked of the server.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue.queries import SkuShown, skus
from goen.doors.register import where
from goen.doors.register.proposing import WHYS
from goen.doors.register.words import DISCOUNTS, words
from goen.doors.say import say
from goen.kit import clock, settings
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.orders.queries import often_sold

OFTEN = 10
PERCENTS = (5, 10, 20, 30, 50)


@dataclass(frozen=True, slots=True)
class Key:
    """One big key of the grid: an item sold often here."""

    sku: SkuShown
    code: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The till, or the choice of a till."""
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None or "where" in request.GET:
            shown = {"choices": where.own_choices(t, request), "counter": counter}
            return render(request, "register/where.html", shown)
        currency = str(settings.read(t, "shop.currency"))
        keys = often(t, counter)
    request.session.pop("fresh_receipt", None)
    page = {
        "counter": counter,
        "keys": keys,
        "currency": currency,
        "exponent": exponent(currency),
        "words": words() | {f"why_{code}": str(label) for code, label in DISCOUNTS.items()},
        "notes": _notes(currency),
        "discounts": DISCOUNTS,
        "percents": PERCENTS,
        "whys": [(code, say(*words_)) for code, words_ in WHYS.items()],
    }
    return render(request, "register/till.html", page)


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Make this browser a till."""
    code = request.POST.get("till", "")
    answer = HttpResponseRedirect(reverse("register:till"))
    with tx() as t:
        known = where.find(t, code) is not None
    if known:
        where.remember(answer, code)
    return answer


def often(tx_: Tx, counter: where.Counter) -> list[Key]:
    """The items sold most often at this place, as keys."""
    ids = often_sold(tx_, counter.place.id, limit=OFTEN)
    today = clock.business_date(clock.now(), timezone=counter.place.timezone, day_change_hour=0)
    known = skus(tx_, ids, on=today)
    return [Key(known[i], known[i].code) for i in ids if i in known and known[i].price_minor]


def _notes(currency: str) -> list[int]:
    """Amounts a shopper hands over: the notes of the currency, in minor units."""
    return [1000, 5000, 10000] if currency == "JPY" else [10 * 100, 20 * 100, 50 * 100]
