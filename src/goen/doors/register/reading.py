"""What the scanner read: an item, a member, a coupon, a list to choose from, or "not known".

Promises: one field takes barcodes, codes, names, member cards and coupons; an exact item wins over
a member, a member over a coupon, a coupon over a search; what a member spends never leaves the
server (the shopper can see the screen), only their name, a second mark of who they are, the
number of their visits and what is proposed to them.
"""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors import refusals
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.register import proposing, where
from goen.doors.say import say, text_of
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import queries as orders
from goen.points import coupons

AT_MOST = 8
MOST_DIGITS = 16
PURPOSE = "sale"


@login_required
@require_GET
def read(request: HttpRequest) -> JsonResponse:
    """Take what was scanned or typed: `{item}`, `{member}`, `{coupon}`, `{items}` or a refusal."""
    typed = request.GET.get("q", "").strip()
    if not typed:
        return JsonResponse({"items": []})
    viewer = viewer_of(request, PURPOSE)
    with tx() as t:
        today = _today(t, request)
        exact = catalogue.by_code(t, typed, on=today)
        if exact:
            return JsonResponse({"item": _item(exact)})
        member = _exact_member(t, typed, viewer, request)
        if member:
            return JsonResponse({"member": member})
        if coupons.read(t, [typed]):
            return JsonResponse({"coupon": typed})
        near = catalogue.search(t, typed, on=today, limit=AT_MOST)
    if near:
        return JsonResponse({"items": [_item(sku) for sku in near]})
    return _refused(Refusal("unknown_item", "q", {"given": typed}))


@login_required
@require_GET
def members(request: HttpRequest) -> JsonResponse:
    """Find a member by card, phone or name: `{member}`, `{members}` or a refusal."""
    typed = request.GET.get("q", "").strip()
    viewer = viewer_of(request, PURPOSE)
    with tx() as t:
        exact = _exact_member(t, typed, viewer, request) if typed else None
        if exact:
            return JsonResponse({"member": exact})
        near = customers.search(t, typed, viewer=viewer, limit=AT_MOST) if typed else []
        found = [_member(t, one, viewer, value="") for one in near]
    if not found:
        return _refused(Refusal("unknown_member", "member", {"given": typed}))
    return JsonResponse({"members": found})


def _exact_member(t: Tx, typed: str, viewer: Viewer, request: HttpRequest) -> dict[str, Any] | None:
    shown = customers.find_credential(t, typed, viewer=viewer)
    if shown is None:
        return None
    trail.saw(t, viewer, "person", shown.person_id, at=clock.now())
    return _member(t, shown, viewer, value=typed) | {
        "proposal": _proposal(t, shown.person_id, viewer, request)
    }


@login_required
@require_GET
def proposal(request: HttpRequest) -> JsonResponse:
    """What is proposed to a member who was chosen from several: `{proposal}`."""
    person = request.GET.get("q", "")
    viewer = viewer_of(request, PURPOSE)
    with tx() as t:
        known = person.isdecimal() and len(person) < MOST_DIGITS
        found = _proposal(t, int(person), viewer, request) if known else None
        if found:
            trail.saw(t, viewer, "person", int(person), at=clock.now())
    return JsonResponse({"proposal": found})


def _proposal(t: Tx, person_id: int, viewer: Viewer, request: HttpRequest) -> dict[str, Any] | None:
    counter = where.counter(t, request)
    return proposing.for_member(
        t,
        person_id,
        viewer,
        on=_today(t, request),
        till=counter.till.code if counter else "",
        actor=actor_of(request),
        at=clock.now(),
    )


def _member(t: Tx, shown: Shown, viewer: Viewer, *, value: str) -> dict[str, Any]:
    whole = customers.whole(t, shown.person_id, viewer=viewer)
    records = whole.records if whole else ()
    return {
        "person": shown.person_id,
        "name": name_of(shown, shown.person_id),
        "kana": f"{shown.family_kana} {shown.given_kana}".strip(),
        "mark": second_mark_of(shown),
        "visits": _visits(orders.count_of(t, [one.record_id for one in records])),
        "value": value,
        "record": [records[0].source_code, records[0].source_key] if records else None,
    }


def _visits(count: int) -> str:
    return say("{n}回目のお買い物", "Purchase no. {n}", n=count + 1)


def _item(sku: SkuShown) -> dict[str, Any]:
    return {
        "item": sku.code,
        "name": text_of(sku.name),
        "price": sku.price_minor,
        "reduced": sku.tax_class == "reduced",
        "age20": sku.age20,
        "code": sku.barcodes[0] if sku.barcodes else sku.code,
    }


def _today(t: Tx, request: HttpRequest) -> date:
    counter = where.counter(t, request)
    timezone = counter.place.timezone if counter else "Asia/Tokyo"
    return clock.now().astimezone(clock.zone(timezone)).date()


def _refused(refusal: Refusal) -> JsonResponse:
    """Not an error of the request: the till asked, and this is the answer."""
    return JsonResponse(refusals.as_json(refusal))
