"""The forms of a scenario: what starts and ends it, and its steps one by one.

Promises: what was typed is kept when it is refused; a step moves by a button, no mouse needed.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console import measure_words as measure
from goen.doors.console import scenarios_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.scenarios import read_or_404
from goen.doors.console.scenarios_one import around
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock, ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import scenarios
from goen.marketing.conditions import parse
from goen.marketing.scenario import NewScenario, NewStep, ScenarioShown
from goen.points import issued

SETTINGS = ("trigger", "days", "exit_when", "priority", "reentry_days", "patience_days",
            "from_hour", "until_hour", "segment")  # fmt: skip
FIELDS = {
    "wait": ("days", "hours", "weekday", "hour"),
    "mail": ("subject", "preheader", "text", "coupon", "proposal", "button", "href"),
    "coupon": ("kind",),
    "proposal": ("sku", "days", "text"),
    "task": ("title", "text", "days"),
    "ask": ("test", "go_on", "else_to"),
}
NUMBERS = ("days", "hours", "weekday", "hour")
FLAGS = ("coupon", "proposal")


@login_required
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """What somebody enters on, what ends it, and who goes first."""
    error: dict[str, str] = {}
    with tx() as t:
        one = read_or_404(t, number)
        values = _settings(one)
        if request.method == "POST":
            values = {name: typed_in(request.POST, name) for name in SETTINGS}
            answer = _save(t, request, one, values)
            if not isinstance(answer, Refusal):
                request.session["scenarios-said"] = say("保存しました。", "Saved.")
                return redirect("scenario", number=number)
            error = {answer.field: refusals.sentence(answer)}
        page: dict[str, Any] = {
            **around(request, one),
            "values": values,
            "errors": error,
            "triggers": measure.choices(words.TRIGGERS),
            "exits": measure.choices(words.EXITS),
            "segments": _segments(t),
            "with_days": words.WITH_DAYS,
        }
    return render(request, "console/scenario_form.html", page, status=422 if error else 200)


def _segments(t: Tx) -> list[tuple[str, str]]:
    rows = t.rows(
        "SELECT uid::text, name FROM marketing_segment WHERE archived_at IS NULL AND shared"
        " ORDER BY changed_at DESC LIMIT 200"
    )
    return [(uid, name) for uid, name in rows]


def _settings(one: ScenarioShown) -> dict[str, str]:
    given = {name: getattr(one, name) for name in SETTINGS if name != "segment"}
    kept = {name: "" if value is None else str(value) for name, value in given.items()}
    return {**kept, "segment": "kept" if one.exits else ""}


def _save(
    t: Tx, request: HttpRequest, one: ScenarioShown, values: dict[str, str]
) -> object | Refusal:
    numbers: dict[str, int | None] = {}
    for name in ("days", "priority", "reentry_days", "patience_days", "from_hour", "until_hour"):
        text = values[name]
        if not text and name == "reentry_days":
            numbers[name] = None
        elif text.isdecimal() and len(text) < 6:
            numbers[name] = int(text)
        else:
            return Refusal("malformed", name, {"why": say("数字で", "a number")})
    exits = _exits(t, one, values["segment"])
    new = NewScenario(
        values["trigger"],
        exit_when=values["exit_when"],
        exits=exits,
        **numbers,  # type: ignore[arg-type]
    )
    return scenarios.change(t, one.number, new, actor=actor_of(request), recorded_at=clock.now())


def _exits(t: Tx, one: ScenarioShown, segment: str) -> dict[str, Any]:
    """The conditions that end a journey: a segment's, as they are now."""
    if segment == "kept":
        return dict(one.exits)
    row = None
    if segment:
        row = t.row("SELECT conditions FROM marketing_segment WHERE uid = %s", [uid_of(segment)])
    parsed = parse(row[0]) if row else None
    return {} if parsed is None or isinstance(parsed, Refusal) else parsed.tree


@login_required
def step(request: HttpRequest, number: int, uid: UUID | None = None) -> HttpResponse:
    """One step: a new one of the kind asked for, or one that is there."""
    error: dict[str, str] = {}
    with tx() as t:
        one = read_or_404(t, number)
        known = next((found for found in one.steps if found.uid == uid), None)
        kind = known.kind if known else typed_in(request.GET, "kind") or "mail"
        if (uid and known is None) or kind not in FIELDS:
            raise Http404
        values = dict(known.says) if known else {}
        if known and kind == "proposal":
            found = catalogue.skus(t, [values["sku_id"]], on=shop_today())
            values["sku"] = found[values["sku_id"]].code if found else ""
        if request.method == "POST":
            values = {name: typed_in(request.POST, name) for name in ("name", *FIELDS[kind])}
            step_uid = uid or uid_of(typed_in(request.POST, "uid"))
            new = NewStep(step_uid, kind, _said(t, kind, values))
            answer = scenarios.put_step(
                t, number, new, actor=actor_of(request), recorded_at=clock.now()
            )
            if not isinstance(answer, Refusal):
                request.session["scenarios-said"] = say("手順を保存しました。", "Step saved.")
                return redirect("scenario", number=number)
            error = {_field(answer.field): refusals.sentence(answer)}
        page = {**around(request, one), **_offered(t, one, known.n if known else 999)}
    page |= {
        "kind": kind,
        "kind_name": measure.of(words.KINDS, kind),
        "known": known,
        "values": values,
        "errors": error,
        "uid": uid or uid_of(typed_in(request.POST, "uid")) or ids.new_id(),
    }
    return render(request, "console/scenario_step.html", page, status=422 if error else 200)


def _field(field: str) -> str:
    """Where a refusal is shown: of a mail's parts it is the text, of an article its code."""
    if field.startswith("parts[0]"):
        return "text"
    return "href" if field.startswith("parts[") else {"sku_id": "sku"}.get(field, field)


def _said(t: Tx, kind: str, values: dict[str, str]) -> dict[str, Any]:
    """What was typed as a step says it."""
    said: dict[str, Any] = {}
    for name, text in values.items():
        if name in NUMBERS:
            said[name] = int(text) if text.isdecimal() and len(text) < 6 else text or None
        elif name in FLAGS and kind == "mail":
            said[name] = bool(text)
        elif name == "sku":
            said["sku_id"] = catalogue.ids_by_code(t, [text.strip()]).get(text.strip())
        else:
            said[name] = text.replace("\r\n", "\n")
    return said


def _offered(t: Tx, one: ScenarioShown, n: int) -> dict[str, Any]:
    """What the forms of steps offer to choose from."""
    return {
        "kinds": measure.choices(words.KINDS),
        "coupons": [(kind.code, text_of(kind.name)) for kind in issued.kinds(t)],
        "asks": measure.choices(words.ASKS),
        "weekdays": [(i, say(f"{ja}曜日", en)) for i, (ja, en) in enumerate(words.WEEKDAYS)],
        "hours": range(24),
        "later": [(str(found.uid), f"{found.n}. {words.step_name(found)}") for found in one.steps
                  if found.n > n],
    }  # fmt: skip


@login_required
@require_POST
def move(request: HttpRequest, number: int, uid: UUID) -> HttpResponse:
    """A step goes up, down, or away."""
    do = typed_in(request.POST, "do")
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        read_or_404(t, number)
        answer = (
            scenarios.remove_step(t, number, uid, **by)
            if do == "remove"
            else scenarios.move_step(t, number, uid, up=do == "up", **by)
        )
    if isinstance(answer, Refusal):
        request.session["scenarios-wrong"] = refusals.sentence(answer)
    return redirect(f"/measures/scenarios/{number}#flow")
