"""Issuing coupons: one or many, for a person or for whoever has the number.

Promises: nothing is issued before the page has said how many of what and for whom; sent twice,
the same numbers are issued once.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import coupons_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.points_words import bounds, may_write
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.stock_entry import whole
from goen.doors.console.templatetags.goen import num
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.points import coupons, issued
from goen.points.coupons import MOST_NUMBER, MOST_USES, NewCoupon
from goen.points.issued import KindShown

MOST = 1_000
FIELDS = ("kind", "many", "uses", "member", "number")


@dataclass(slots=True)
class Typed:
    """The form as typed, and what it means."""

    uid: UUID
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    kind: KindShown | None = None
    many: int = 1
    uses: int = 1
    record: int | None = None
    person: str = ""


@login_required
def issue(request: HttpRequest) -> HttpResponse:
    """The form; a POST shows what would be issued, and with `do=issue` issues it."""
    allowed = may_write(request)
    with tx() as t:
        kinds = issued.kinds(t)
        typed = _read(t, request, kinds)
        do = request.POST.get("do", "") if allowed and not typed.errors else ""
        if do == "issue" and _issue(t, request, typed):
            assert typed.kind is not None
            request.session["coupons-said"] = say(
                "{n}枚を発行しました。新しい順の先頭にあります。",
                "{n} {n|coupon|coupons} issued. They stand first below.",
                n=num(typed.many),
            )
            return redirect(f"/coupons/numbers?kind={typed.kind.kind_id}")
    kind = typed.kind
    page: dict[str, Any] = {
        "pages": words.tabs("issue"),
        "kinds": [
            (one, words.off(one.method, one.value, one.currency))
            for one in kinds
            if one.valid_to is None or one.valid_to >= shop_today() or one == kind
        ],
        "typed": typed,
        "values": typed.values,
        "errors": typed.errors,
        "wrong": bool(typed.errors),
        "checking": do == "check" and not typed.errors,
        "terms": words.terms(kind) if kind else "",
        "period": words.period(kind.valid_from, kind.valid_to) if kind else "",
        "most": MOST,
        "may_write": allowed,
        "said": request.session.pop("coupons-said", ""),
    }
    refused = request.method == "POST" and not allowed
    status = 403 if refused else 422 if typed.errors else 200
    return render(request, "console/coupons_issue.html", page, status=status)


def _read(t: Tx, request: HttpRequest, kinds: list[KindShown]) -> Typed:
    given = request.POST if request.method == "POST" else request.GET
    typed = Typed(uid_of(given.get("uid", "")), {x: typed_in(given, x) for x in FIELDS})
    values, errors = typed.values, typed.errors
    typed.kind = next((one for one in kinds if f"{one.kind_id}" == values["kind"]), None)
    _member(t, request, typed)
    if request.method != "POST":
        values["many"], values["uses"] = values["many"] or "1", values["uses"] or "1"
        return typed
    if typed.kind is None:
        errors["kind"] = say("一覧から選んでください。", "Choose one from the list.")
    typed.many, typed.uses = whole(values["many"]) or 0, whole(values["uses"]) or 0
    if not 1 <= typed.many <= MOST:
        errors["many"] = bounds(1, MOST)
    if not 1 <= typed.uses <= MOST_USES:
        errors["uses"] = bounds(1, MOST_USES)
    if values["number"] and typed.many > 1:
        errors["number"] = say(
            "番号を決められるのは1枚のときです。", "Only a single coupon can have a chosen number."
        )
    elif len(values["number"]) > MOST_NUMBER:
        errors["number"] = say("64文字までです。", "At most 64 characters.")
    if values["member"] and typed.record is None:
        errors["member"] = refusals.sentence(
            Refusal("unknown_member", "member", {"given": values["member"]})
        )
    return typed


def _member(t: Tx, request: HttpRequest, typed: Typed) -> None:
    """Who the typed number belongs to, so that nobody gets somebody else's coupon."""
    text = typed.values["member"]
    person = customers.find_credential(t, text, viewer=viewer_of(request)) if text else None
    if person is not None:
        marks = [name_of(person, person.person_id), second_mark_of(person)]
        typed.record = person.record_ids[0]
        typed.person = " · ".join(mark for mark in marks if mark)


def _issue(t: Tx, request: HttpRequest, typed: Typed) -> bool:
    """Issue what was looked at; whether that was done."""
    assert typed.kind is not None
    at = clock.now()
    wishes = [
        NewCoupon(
            uuid5(typed.uid, f"coupon {n}"),
            typed.kind.code,
            at,
            typed.values["number"] or None,
            typed.record,
            typed.uses,
        )
        for n in range(typed.many)
    ]
    answers = coupons.issue(t, wishes, actor=actor_of(request), recorded_at=at)
    refused = [one for one in answers if isinstance(one, Refusal)]
    if refused:
        name = refused[0].field if refused[0].field in FIELDS else "kind"
        typed.errors[name] = refusals.sentence(refused[0])
    return not refused
