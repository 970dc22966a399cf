"""Before a mail leaves, and while it does: to whom, to whom not, what is wrong, how far it is.

Promises: nothing leaves before the page said to how many, and that number was pressed; what
changed in between is said and nothing is sent; the launch, the list and the sending are one act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goen.doors import refusals
from goen.doors.console import (
    gate,
    mail_check,
    mail_preview,
    mail_runs,
    measures_one,
)
from goen.doors.console.forms import uid_of
from goen.doors.console.lists_words import CAUSES, CHANNELS
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags.goen import num
from goen.doors.say import say
from goen.kit import clock, home, mail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import lists, measures, messages, queries, rendering_shop, runs
from goen.marketing.lists import Counts, Frozen
from goen.marketing.messages import MessageShown
from goen.marketing.queries import MeasureShown
from goen.marketing.rules import DIRECT
from goen.marketing.runs import NewRun, Scheduled

TYPE_THE_COUNT = 1_000
"""More people than this are typed, not only pressed."""
MORNING = 10


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Who would get it now, or why that cannot be said."""

    channel: str
    counts: Counts | None
    refusal: Refusal | None

    @property
    def waiting(self) -> bool:
        """Whether people are still being counted."""
        return self.refusal is not None and self.refusal.code == "still_counting"


@login_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The page; a POST sends, if the number of people is still the one that was pressed."""
    wrong = ""
    if request.method == "POST":
        refused = _send(request, number)
        if refused is None:
            return redirect(f"/measures/{number}/send")
        wrong = refusals.sentence(refused)
    at = clock.now()
    with tx() as t:
        one = _one(t, number)
        page: dict[str, Any] = {
            **measures_one.parts(t, one, here="send"),
            **mail_runs.of_measure(t, request, one),
            "ready": one.state in {"draft", "live"},
            "cost": one.cost_minor,
        }
        to_send = page["ready"] and not page["runs"]
        message = messages.newest(t, one.id)
        if to_send:
            page |= _before(t, request, one, message, at)
    if to_send and message is not None:
        page |= mail_check.shown(request, one, message, at=at)
    page |= {
        "wrong": wrong,
        "uid": uid_of(typed_in(request.POST, "uid")),
        "who_may": gate.who_has("send"),
        "type_the_count": TYPE_THE_COUNT,
    }
    return render(request, "console/mail_send.html", page, status=422 if wrong else 200)


def _before(
    t: Tx, request: HttpRequest, one: MeasureShown, message: MessageShown | None, at: datetime
) -> dict[str, Any]:
    """What is to be known before it is sent: to whom, what is in the way, when, and how."""
    seen = _foreseen(t, one, at)
    return {
        **measures_one.around(t, one),
        **_said(seen),
        "message": message,
        "subject": _subject(t, request, one, message),
        "unfit": _unfit(t, message) if seen.channel == "mail" else "",
        "starts_at": _starts_at(one, at),
        "per_minute": mail_runs.pace(t),
        "built_in": mail.transport(t).is_built_in,
    }


def _one(t: Tx, number: int) -> MeasureShown:
    one = queries.measure(t, number)
    if one is None:
        raise Http404
    return one


def _channel(one: MeasureShown) -> str:
    """The channel that writes to people; mail before others."""
    direct = [channel for channel in one.channels if channel in DIRECT]
    return "mail" if "mail" in direct or not direct else direct[0]


def _foreseen(t: Tx, one: MeasureShown, at: datetime) -> Foreseen:
    channel = _channel(one)
    found = lists.foresee(
        t, measure_uid=one.uid, conditions=dict(one.conditions) or {"all": []}, channel=channel,
        control_share=one.control_share, at=at,
    )  # fmt: skip
    if isinstance(found, Refusal):
        return Foreseen(channel, None, found)
    return Foreseen(channel, found, None)


def _said(seen: Foreseen) -> Mapping[str, Any]:
    counts = seen.counts
    return {
        "channel": seen.channel,
        "channel_name": say(*CHANNELS[seen.channel]),
        "counts": counts,
        "counting": seen.waiting,
        "uncounted": refusals.sentence(seen.refusal) if seen.refusal else "",
        "left_out": [
            (say(*CAUSES[cause]) if cause in CAUSES else cause, many)
            for cause, many in (counts.excluded.items() if counts else ())
        ],
    }


def _subject(t: Tx, request: HttpRequest, one: MeasureShown, message: MessageShown | None) -> str:
    """The subject as one of its people sees it."""
    return "" if message is None else mail_preview.rendered(t, request, one, message).subject


def _unfit(t: Tx, message: MessageShown | None) -> str:
    if message is None:
        return ""
    refused = rendering_shop.unfit_to_send(t, message, mail.transport(t))
    return refusals.sentence(refused) if refused is not None else ""


def _starts_at(one: MeasureShown, at: datetime) -> datetime | None:
    """When a sending pressed now begins, if not at once: the morning of the first day."""
    zone = clock.zone(home.current_shop().timezone)
    day = one.starts_on
    if day is None or day <= at.astimezone(zone).date():
        return None
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=zone)


def _send(request: HttpRequest, number: int) -> Refusal | None:
    """Launch, freeze, schedule: all of it or nothing."""
    given, at, actor = request.POST, clock.now(), actor_of(request)
    uid = uid_of(typed_in(given, "uid"))
    wanted = typed_in(given, "people").replace(",", "")
    typed = typed_in(given, "count").replace(",", "").translate(_DIGITS)
    with tx() as t:
        one = _one(t, number)
        refused = _act(t, one, uid, wanted, typed, actor=actor, at=at)
        if refused is not None:
            transaction.set_rollback(True)
    return refused


_DIGITS = str.maketrans("０１２３４５６７８９，", "0123456789,")


def _act(
    t: Tx, one: MeasureShown, uid: UUID, wanted: str, typed: str, *, actor: Any, at: datetime
) -> Refusal | None:
    if one.state == "draft":
        launched = measures.launch(t, one.uid, actor=actor, recorded_at=at)
        if isinstance(launched, Refusal):
            return launched
    channel = _channel(one)
    frozen = lists.freeze(
        t, uid=uuid5(uid, "list"), measure_uid=one.uid,
        conditions=dict(one.conditions) or {"all": []}, channel=channel,
        control_share=one.control_share, actor=actor, recorded_at=at,
    )  # fmt: skip
    if isinstance(frozen, Refusal):
        return frozen
    refused = _other_number(frozen, wanted, typed)
    if refused is not None or channel != "mail":
        return refused
    new = NewRun(uid, one.uid, frozen.uid, starts_at=_starts_at(one, at))
    done = runs.schedule(t, new, actor=actor, recorded_at=at)
    return None if isinstance(done, Scheduled) else done


def _other_number(frozen: Frozen, wanted: str, typed: str) -> Refusal | None:
    people = frozen.counts.treated
    if frozen.repeated:
        return None
    if not people:
        return Refusal("nobody_to_send_to", "people")
    if str(people) != wanted:
        return Refusal("other_number", "people", {"now": num(people), "before": wanted or "0"})
    if people > TYPE_THE_COUNT and typed != str(people):
        return Refusal("count_not_typed", "count", {"people": num(people)})
    return None
