"""The check of a mail over its whole list, on the page that sends it, and its preview.

Promises: a short list is rendered while the page is made; a long one by the worker, and the page
says how far it is; who lacks something is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors.console import mail_words
from goen.doors.console.people import name_of
from goen.doors.console.shell import viewer_of
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import messages, messages_check, queries
from goen.marketing.messages import MessageShown
from goen.marketing.messages_check import CheckShown
from goen.marketing.messages_fields import FIELDS
from goen.marketing.queries import MeasureShown

SHOWN = 5
STALE_S = 3_600
"""A check this old is done anew when somebody looks."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A field that people lack: how many, and some of them by name."""

    name: str
    people: int
    some: list[tuple[int, str]]


def shown(
    request: HttpRequest, one: MeasureShown, message: MessageShown, *, at: datetime
) -> Mapping[str, Any]:
    """What the check says; asked for if nobody did, done at once where that is quick."""
    conditions = one.conditions or {"all": []}
    with tx() as t:
        found = messages_check.read(t, message.id, conditions)
        old = found is not None and found.finished_at is not None and (
            at - found.finished_at
        ).total_seconds() > STALE_S  # fmt: skip
        if found is None or old:
            messages_check.ask(t, message.id, conditions, at=at)
            found = None
    if found is None:
        messages_check.run_now(message.id, conditions, at=at)
        with tx() as t:
            found = messages_check.read(t, message.id, conditions)
    return {"check": found, "checked": _said(request, found)}


@login_required
@require_GET
def state(request: HttpRequest, number: int) -> HttpResponse:
    """How far the check is: a part of the page that renews itself."""
    with tx() as t:
        one = queries.measure(t, number)
        message = messages.newest(t, one.id) if one is not None else None
    if one is None or message is None:
        raise Http404
    page = {"one": one, **shown(request, one, message, at=clock.now())}
    return render(request, "console/_mail_check.html", page)


@login_required
@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Check anew."""
    with tx() as t:
        one = queries.measure(t, number)
        message = messages.newest(t, one.id) if one is not None else None
        if one is None or message is None:
            raise Http404
        messages_check.ask(t, message.id, one.conditions or {"all": []}, at=clock.now())
    messages_check.run_now(message.id, one.conditions or {"all": []}, at=clock.now())
    return redirect(f"/measures/{number}/send#check")


def _said(request: HttpRequest, found: CheckShown | None) -> Mapping[str, Any]:
    if found is None:
        return {}
    some = sorted({one for ids in found.people.values() for one in ids[:SHOWN]})
    with tx() as t:
        names = customers.shown(t, some, viewer=viewer_of(request, "mail"))
    called = {one: name_of(who, one) for one, who in names.items()}
    missing = [
        Lack(
            _field(name),
            many,
            [(one, called[one]) for one in found.people.get(name, [])[:SHOWN] if one in called],
        )
        for name, many in sorted(found.missing.items(), key=lambda item: -item[1])
    ]
    replaced = [
        (_field(name), many)
        for name, many in sorted(found.replaced.items(), key=lambda item: -item[1])
    ]
    return {
        "missing": missing,
        "replaced": replaced,
        "broken": [mail_words.broken(line) for line in found.broken],
        "percent": None if not found.total else 100 * found.done // found.total,
    }


def _field(name: str) -> str:
    return say(*FIELDS[name]) if name in FIELDS else name
