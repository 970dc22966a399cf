"""Appeal points: what is said of a product in one idea, and which contradict each other."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console import measure_tabs, measures_typed
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.measures import about
from goen.doors.console.points_words import bad_day, day_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock, ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import axes, axes_listing
from goen.marketing.axes import NewAxis
from goen.marketing.axes_listing import AxisShown

FIELDS = ("code", "name_ja", "name_en", "about_ja", "about_en", "skus", "valid_from", "valid_to")


@dataclass(slots=True)
class Typed:
    """The form of an appeal point as typed."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The points that hold, and those that are over."""
    day = shop_today()
    text = typed_in(request.GET, "q").casefold()
    with tx() as t:
        everything = axes_listing.axes(t)
        wanted = sorted({sku_id for one in everything for sku_id in one.skus[:1]})
        skus = catalogue.skus(t, wanted, on=day) if wanted else {}
    names = {sku_id: text_of(one.name) for sku_id, one in skus.items()}
    said = {one.code: text_of(one.name) for one in everything}
    rows = [
        (
            one,
            say("すべての商品", "Any product") if not one.skus else about(one.skus, names),
            words.period(one.valid_from, one.valid_to)
            if one.valid_from or one.valid_to
            else say("期限なし", "No end"),
            [(code, said[code]) for code in one.opposed],
        )
        for one in everything
        if text in " ".join([one.code, *one.name.values(), *one.about.values()]).casefold()
    ]
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("axes"),
        "live": [row for row in rows if row[0].valid_to is None or row[0].valid_to >= day],
        "over": [row for row in rows if row[0].valid_to is not None and row[0].valid_to < day],
        "any": bool(everything),
        "text": request.GET.get("q", "").strip(),
        "may_write": words.may_write(request),
        "said": request.session.pop("axes-said", ""),
        "as_of": clock.now(),
    }
    return render(request, "console/measure_axes.html", page)


@login_required
def edit(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """One point with its form; a POST saves it."""
    with tx() as t:
        one = axes_listing.axis(t, code) if code else None
        if code and one is None:
            raise Http404
        typed = Typed(_values(t, one))
        if request.method == "POST":
            typed = Typed({name: typed_in(request.POST, name) for name in FIELDS})
            new = _read(t, typed, one)
            if new is not None and words.may_write(request):
                answer = axes.put(t, new, actor=actor_of(request), recorded_at=clock.now())
                if not isinstance(answer, Refusal):
                    request.session["axes-said"] = say("保存しました。", "It is saved.")
                    return redirect("/measures/axes")
                name = {"name": "name_ja", "about": "about_ja"}.get(answer.field, answer.field)
                typed.errors[name] = refusals.sentence(answer)
        others = [other for other in axes_listing.axes(t) if one and other.code != one.code]
        named = {other.code: text_of(other.name) for other in others}
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("axes"),
        "one": one,
        "values": typed.values,
        "errors": typed.errors,
        "wrong": bool(typed.errors),
        "opposed": [(code, named[code]) for code in one.opposed if code in named] if one else [],
        "others": [other for other in others if one and other.code not in one.opposed],
        "may_write": words.may_write(request),
        "said": request.session.pop("axes-said", ""),
    }
    refused = request.method == "POST" and not words.may_write(request)
    status = 403 if refused else 422 if typed.errors else 200
    return render(request, "console/measure_axis.html", page, status=status)


@login_required
@require_POST
def oppose(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """Say that two points contradict each other, or that they do not."""
    other = typed_in(request.POST, "other")
    if words.may_write(request):
        verb = axes.reconcile if typed_in(request.POST, "do") == "reconcile" else axes.oppose
        with tx() as t:
            answer = verb(t, code, other, actor=actor_of(request), recorded_at=clock.now())
        request.session["axes-said"] = (
            refusals.sentence(answer)
            if isinstance(answer, Refusal)
            else say("保存しました。", "It is saved.")
        )
    return redirect(f"/measures/axes/{code}")


def _values(t: Tx, one: AxisShown | None) -> dict[str, str]:
    if one is None:
        return dict.fromkeys(FIELDS, "") | {"code": f"p-{ids.new_id().hex[-6:]}"}
    skus = catalogue.skus(t, list(one.skus), on=shop_today()) if one.skus else {}
    return {
        "code": one.code,
        "name_ja": one.name.get("ja", ""),
        "name_en": one.name.get("en", ""),
        "about_ja": one.about.get("ja", ""),
        "about_en": one.about.get("en", ""),
        "skus": " ".join(skus[sku_id].code for sku_id in one.skus if sku_id in skus),
        "valid_from": f"{one.valid_from or ''}",
        "valid_to": f"{one.valid_to or ''}",
    }


def _read(t: Tx, typed: Typed, one: AxisShown | None) -> NewAxis | None:
    values, errors = typed.values, typed.errors
    if one is not None:
        values["code"] = one.code
    if not values["name_ja"] and not values["name_en"]:
        errors["name_ja"] = say("入力してください。", "Enter one.")
    days = {name: day_of(values[name]) for name in ("valid_from", "valid_to")}
    for name, day in days.items():
        if values[name] and day is None:
            errors[name] = bad_day(values[name])
    skus = measures_typed.skus_of(t, values["skus"], errors)
    if errors:
        return None
    called = {"ja": values["name_ja"] or values["name_en"],
            "en": values["name_en"] or values["name_ja"]}  # fmt: skip
    texts = {"ja": values["about_ja"], "en": values["about_en"] or values["about_ja"]}
    told = {code: text for code, text in texts.items() if text}
    return NewAxis(values["code"], called, told, skus, days["valid_from"], days["valid_to"])
