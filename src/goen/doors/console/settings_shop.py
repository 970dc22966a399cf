"""Settings › company and places: the masters that receipts, papers and books go by.

Promises: what is wrong is said beside its field and nothing is saved; a code never changes; the day
from which a place counts does not move over sales that were booked by it; the former value stands
in the trail on the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from goen.doors import refusals
from goen.doors.console import settings_shop_words as words
from goen.doors.console import settings_tabs
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.templatetags.goen import full_date
from goen.doors.console.trail_page import changes_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import queries as orders
from goen.places import checking, masters
from goen.places.masters import NewEntity, NewPlace
from goen.places.models import Channel, Entity, Place, Till

Given = Mapping[str, str]
MODELS: dict[str, Any] = {"entity": Entity, "place": Place, "till": Till, "channel": Channel}
NEW = ("place", "till")
FIELDS = {
    "entity": ("name_ja", "name_en", "registration_no", "address", "phone"),
    "place": ("name_ja", "name_en", "address", "phone", "day_change_hour", "goods_from",
              "payments_from"),
    "till": ("name_ja", "name_en"),
    "channel": ("name_ja", "name_en"),
}  # fmt: skip
_OF_NEW = {"place": ("code", "kind", "entity"), "till": ("code", "place")}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form."""

    name: str
    text: str
    value: str
    hint: str
    error: str
    type: str
    choices: list[tuple[str, str]]


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The masters, and what was changed of them."""
    with tx() as t:
        page = {
            "tabs_of": settings_tabs.menu(request, "shop"),
            "entities": list(Entity.objects.order_by("id")),
            "places": [(one, say(*words.KINDS[one.kind])) for one in Place.objects.order_by("id")],
            "tills": list(Till.objects.select_related("place").order_by("place_id", "code")),
            "channels": list(Channel.objects.order_by("id")),
            "rows": changes_of(t, tuple(MODELS), viewer_of(request)),
            "saved": "saved" in request.GET,
        }
        return render(request, "console/settings_shop.html", page)


@login_required
def edit(request: HttpRequest, kind: str, code: str = "") -> HttpResponse:
    """One of them as a form; a POST saves it."""
    if kind not in MODELS or (not code and kind not in NEW):
        raise Http404
    row = MODELS[kind].objects.filter(code=code).first() if code else None
    if code and row is None:
        raise Http404
    given = _typed(request) if request.method == "POST" else _present(row)
    refused = None
    if request.method == "POST":
        with tx() as t:
            refused = _saved(t, kind, row, given, actor_of(request), clock.now())
        if refused is None:
            return redirect("/settings/shop?saved=1")
    error = {refused.field: refusals.sentence(refused)} if refused else {}
    names = (*(_OF_NEW.get(kind, ()) if row is None else ()), *FIELDS[kind])
    named = say(*words.TITLES[kind])
    page = {
        "title": text_of(row.name) if row else say("{kind}を加える", "Add: {kind}", kind=named),
        "fields": [_field(name, given, error.get(name, "")) for name in names],
        "errors": error,
    }
    return render(request, "console/settings_master.html", page, status=422 if refused else 200)


def _field(name: str, given: Given, error: str) -> Field:
    ways: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "kind": lambda: [(code, say(*said)) for code, said in words.KINDS.items()],
        "entity": lambda: [(one.code, text_of(one.name)) for one in Entity.objects.order_by("id")],
        "place": lambda: [(one.code, text_of(one.name)) for one in Place.objects.order_by("id")],
    }
    kind = "date" if name.endswith("_from") else "text"
    hint = say(*words.HINTS[name]) if name in words.HINTS else ""
    choices = ways[name]() if name in ways else []
    return Field(name, say(*words.TEXTS[name]), given.get(name, ""), hint, error, kind, choices)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:1000] for name in words.TEXTS}


def _present(row: Any) -> dict[str, str]:
    if row is None:
        return {"day_change_hour": "0"}
    names = dict(row.name)
    plain = {name: getattr(row, name, None) for name in words.TEXTS}
    shown = {name: "" if value is None else str(value) for name, value in plain.items()}
    return shown | {"name_ja": names.get("ja", ""), "name_en": names.get("en", "")}


def _saved(t: Tx, kind: str, row: Any, given: Given, actor: Actor, at: datetime) -> Refusal | None:
    """Save one; the first thing that is wrong, or nothing."""
    name = {"ja": given["name_ja"], "en": given["name_en"]}
    refused = _new_code(kind, given) if row is None else None
    refused = refused or checking.name(name)
    if refused:
        return refused
    code = row.code if row else given["code"]
    if kind == "entity":
        return _entity(t, row, name, given, actor, at)
    if kind == "place":
        return _place(t, row, code, name, given, actor, at)
    if kind == "till":
        place = row.place.code if row else given["place"]
        masters.put_till(t, code=code, place=place, name=name, actor=actor, recorded_at=at)
    else:
        masters.put_channel(t, code=code, kind=row.kind, name=name, actor=actor, recorded_at=at)
    return None


def _new_code(kind: str, given: Given) -> Refusal | None:
    refused = checking.code(given["code"])
    if refused is None and MODELS[kind].objects.filter(code=given["code"]).exists():
        refused = Refusal("code_taken", "code", {"given": given["code"]})
    if refused is None and kind == "place" and given["kind"] not in words.KINDS:
        refused = Refusal("bad_code", "kind", {"given": given["kind"]})
    owner = "entity" if kind == "place" else "place"
    if refused is None and not MODELS[owner].objects.filter(code=given[owner]).exists():
        refused = Refusal("bad_code", owner, {"given": given[owner]})
    return refused


def _entity(
    t: Tx, row: Any, name: dict[str, str], given: Given, actor: Actor, at: datetime
) -> Refusal | None:
    number = given["registration_no"].upper().replace("-", "")
    refused = None if number == row.registration_no else checking.registration_no(number)
    refused = refused or checking.phone(given["phone"])
    if refused is None:
        new = NewEntity(row.code, name, number, row.rounding, row.currency, given["address"],
                        given["phone"])  # fmt: skip
        masters.put_entity(t, new, actor=actor, recorded_at=at)
    return refused


def _place(
    t: Tx, row: Any, code: str, name: dict[str, str], given: Given, actor: Actor, at: datetime
) -> Refusal | None:
    hour = checking.day_change_hour(given["day_change_hour"])
    days = {one: _day(given[one], one) for one in ("goods_from", "payments_from")}
    wrong = [one for one in (hour, *days.values()) if isinstance(one, Refusal)]
    refused = checking.phone(given["phone"]) or (wrong[0] if wrong else _moved(t, row, days))
    if refused is not None:
        return refused
    new = NewPlace(
        code,
        row.entity.code if row else given["entity"],
        row.kind if row else given["kind"],
        name,
        timezone=row.timezone if row else Place._meta.get_field("timezone").get_default(),
        day_change_hour=hour,  # type: ignore[arg-type]
        **days,  # type: ignore[arg-type]
        address=given["address"],
        phone=given["phone"],
    )
    masters.put_place(t, new, actor=actor, recorded_at=at)
    return None


def _day(text: str, name: str) -> date | Refusal | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Refusal("bad_day", name, {"given": text})


def _moved(t: Tx, row: Any, days: Mapping[str, Any]) -> Refusal | None:
    """A cut-over day does not move over sales: they were booked by it."""
    for name, new in days.items():
        old = getattr(row, name, None)
        if row is not None and old != new:
            first = min(one for one in (old, new) if one is not None)
            if orders.has_sold_since(t, row.pk, first):
                return Refusal("cut_over_traded", name, {"day": full_date(first)})
    return None
