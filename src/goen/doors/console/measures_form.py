"""The form of a measure: from a list or chart with everything it knows, or from nothing.

Promises: nothing is lost when it is refused; a draft is saved as a whole with its first placement,
its appeal point and the first words of its mail; what is live is only added to, and the form
shows what stands beside what is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goen.catalogue import queries as catalogue
from goen.doors.console import measure_tabs, segments_words
from goen.doors.console import measure_words as words
from goen.doors.console import measures_typed as typed_form
from goen.doors.console.days import shop_today
from goen.doors.console.measures_typed import Typed
from goen.doors.console.points_words import bad_day, day_of, unit_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags.goen import full_date
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    axes,
    axes_listing,
    found,
    found_shown,
    measures,
    messages,
    queries,
    segments,
)
from goen.marketing.conditions import Conditions, parse
from goen.marketing.measure import Drafted, NewMeasure
from goen.marketing.queries import MeasureShown, RemarkShown
from goen.places import queries as places
from goen.points import issued

GROWING = ("reason", "evidence", "expected")


class _Undone(Exception):  # noqa: N818  it leaves a savepoint
    """The draft was refused; the appeal point made for it goes as well."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a measure is for, in words, and how many they are now (None: being counted)."""

    sentence: str
    count: int | None
    about: bool
    """Whether the number is estimated: of many, who may be written to is."""
    is_everybody: bool


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new measure; a POST saves the draft and leads to it."""
    allowed = words.may_write(request)
    typed = typed_form.posted(request) if request.method == "POST" else typed_form.first(request)
    with tx() as t:
        if request.method != "POST":
            _complete(t, typed)
        elif allowed:
            answer = _draft(t, typed, actor_of(request))
            if answer is not None:
                return redirect(f"/measures/{answer.number}")
        page = {**_page(t, typed, request), "one": None, "placing": True}
    return render(request, "console/measure_form.html", page, status=_status(request, typed))


@login_required
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The form of a measure that is there; of a live one only what may be added."""
    with tx() as t:
        one = queries.measure(t, number)
        if one is None:
            raise Http404
        typed = (
            typed_form.posted(request, one.uid)
            if request.method == "POST"
            else typed_form.of(one, t)
        )
        is_open = one.state in ("draft", "live")
        if request.method == "POST" and words.may_write(request) and is_open:
            answer = _revise(t, one, typed, request)
            if answer is not None:
                return redirect(f"/measures/{number}")
        page = {**_page(t, typed, request, one), "one": one, "placing": False, "is_open": is_open}
    return render(request, "console/measure_form.html", page, status=_status(request, typed))


def _status(request: HttpRequest, typed: Typed) -> int:
    if request.method != "POST":
        return 200
    return 422 if words.may_write(request) else 403


def _complete(t: Tx, typed: Typed) -> None:
    """What the conditions say about products goes into the form; an earlier plan's learning too."""
    values = typed.values
    conditions = typed.conditions
    if isinstance(conditions, Refusal):
        typed.errors["c"] = say(
            "対象の条件を読めませんでした。セグメントから選び直してください。",
            "The conditions could not be read. Choose a segment instead.",
        )
        values["c"] = ""
        return
    about = [leaf["sku_id"] for leaf in conditions.leaves() if leaf["sku_id"]]
    skus = catalogue.skus(t, about, on=shop_today()) if about else {}
    if skus and not values["skus"]:
        values["skus"] = " ".join(skus[one].code for one in dict.fromkeys(about) if one in skus)
    if skus and not values["title"]:
        name = text_of(next(iter(skus.values())).name)
        values["title"] = say("「{p}」のお客様への施策", "For customers of {p}", p=name)


def _draft(t: Tx, typed: Typed, actor: Actor) -> Drafted | None:
    """Save the draft with its appeal point and the first words of its mail, or nothing."""
    at = clock.now()
    wanted = typed_form.understood(t, typed, placed=True)
    if wanted is None:
        return None
    try:
        with savepoint():
            answer = _write(t, typed, wanted, actor)
            if isinstance(answer, Refusal):
                raise _Undone
    except _Undone:
        assert isinstance(answer, Refusal)
        typed.refuse(answer)
        return None
    if typed.values["channel"] == "mail" and not answer.repeated:
        messages.start(t, answer.uid, about=typed.values["says"], actor=actor, recorded_at=at)
    return answer


def _write(t: Tx, typed: Typed, wanted: NewMeasure, actor: Actor) -> Drafted | Refusal:
    by: dict[str, Any] = {"actor": actor, "recorded_at": clock.now()}
    name = typed.values["axis_new"]
    if name and wanted.placements:
        code = f"p-{typed.placement_uid.hex[-10:]}"
        known = axes.put(t, axes.NewAxis(code, {"ja": name, "en": name}), **by)
        if isinstance(known, Refusal):
            return Refusal(known.code, "axis_new", known.detail)
        spoken = replace(wanted.placements[0], axis=code)
        wanted = replace(wanted, placements=(spoken,))
    return measures.draft(t, wanted, **by)


def _revise(t: Tx, one: MeasureShown, typed: Typed, request: HttpRequest) -> Drafted | None:
    if one.launched_at is None:
        wanted = typed_form.understood(t, typed, placed=False)
    else:
        wanted = _grown(t, one, typed, request)
    if wanted is None:
        return None
    answer = measures.revise(t, wanted, n=typed.n, actor=actor_of(request), recorded_at=clock.now())
    if isinstance(answer, Refusal):
        typed.refuse(answer)
        return None
    return answer


def _grown(t: Tx, one: MeasureShown, typed: Typed, request: HttpRequest) -> NewMeasure | None:
    """A live measure: everything as it is, and what was added behind it, with its day."""
    title, last = typed.values["title"], typed.values["ends_on"]
    more = {name: typed_in(request.POST, f"{name}_more") for name in GROWING}
    typed.values = typed_form.of(one, t).values | {"title": title, "ends_on": last}
    said = {name: getattr(one, name) for name in GROWING}
    head = say("追記（{d}）：", "Added {d}: ", d=full_date(shop_today()))
    said |= {name: f"{said[name]}\n{head}{text}" for name, text in more.items() if text}
    ends_on = day_of(last)
    if ends_on is None:
        typed.errors["ends_on"] = bad_day(last)
        return None
    segment = typed.values["segment"]
    return NewMeasure(
        uid=one.uid,
        title=title,
        kind=one.kind,
        trigger=one.trigger,
        **said,
        expected_minor=one.expected_minor,
        starts_on=one.starts_on,
        ends_on=ends_on,
        window_days=one.window_days,
        control_share=one.control_share,
        skus=one.skus,
        builds_on=one.builds_on,
        segment=UUID(segment) if segment else None,
        conditions=one.conditions,
        made_from=one.made_from,
        coupon_kind=one.coupon_kind,
    )


def _whom(t: Tx, typed: Typed, one: MeasureShown | None) -> Conditions | Refusal:
    """Whom the form speaks of: a live measure's people stay; a segment's are those it says now."""
    if one is not None and one.launched_at is not None:
        return parse(one.conditions or {"all": []})
    chosen = typed.values["segment"]
    if typed.values["c"] or not chosen:
        return typed.conditions
    segment = segments.one(t, UUID(chosen)) if typed_form.is_uuid(chosen) else None
    return typed.conditions if segment is None else segment.conditions


def _page(
    t: Tx, typed: Typed, request: HttpRequest, one: MeasureShown | None = None
) -> dict[str, Any]:
    day = shop_today()
    conditions = _whom(t, typed, one)
    kinds = [one for one in issued.kinds(t) if one.valid_to is None or one.valid_to >= day]
    return {
        "pages": measure_tabs.menu("measures"),
        "typed": typed,
        "values": typed.values,
        "errors": typed.errors,
        "wrong": bool(typed.errors),
        "may_write": words.may_write(request),
        "audience": None if isinstance(conditions, Refusal) else audience(t, conditions),
        "segments": segments.listed(t, actor=actor_of(request), limit=200)[0],
        "axes": axes_listing.usable(t, day=day),
        "channels": words.choices(words.CHANNELS),
        "kinds": words.choices(words.KINDS),
        "coupons": kinds,
        "places": places.places(t),
        "learnings": learnings(t, typed.values["builds_on"]),
        "currency": home.current_shop().currency,
        "unit": unit_of(home.current_shop().currency),
    }


def audience(t: Tx, conditions: Conditions) -> Audience:
    """Whom it is for in words, counted now."""
    sentence = segments_words.described(t, conditions)
    ready = found.prepare(t, conditions, at=clock.now())
    everybody = not conditions.leaves()
    if ready.waiting:
        return Audience(sentence, None, False, everybody)
    seen = found_shown.look(t, ready)
    return Audience(sentence, seen.total, seen.about, everybody)


def learnings(t: Tx, text: str) -> Sequence[tuple[MeasureShown, Sequence[RemarkShown]]]:
    """What was learnt from the measures that are named, each with its measure."""
    numbers = [int(part) for part in text.split() if part.isdecimal() and len(part) < 7]
    shown = [one for number in numbers[:10] if (one := queries.measure(t, number)) is not None]
    return [(one, one.learnings) for one in shown]
