"""Somebody forgot their password: a link to set another, mailed to the address we know.

Promises: the answer is always the same, and as quick, whoever is known; the link is good once, for
an hour, and goes nowhere but to the mailbox of its owner; a second factor is still asked for
after it; asking often sends no more. Where the shop cannot mail, the page says whom to ask.
"""

import threading
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from goen.doors import letters, public
from goen.doors.callers import client_of
from goen.doors.console import entry_steps, staff_links
from goen.doors.say import language
from goen.kit import clock, mail, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.mail import Mail, Transport
from goen.places import invitations, knocks, staff_queries
from goen.places.invitations import Link

ACTOR = Actor("system", "sign in")
LONGEST = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, from where, and how the links in letters begin."""

    given: str
    client: str
    begin: str
    language: str


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The form; on POST the one answer there is."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/me")
    can, sent = can_mail(), False
    given = request.POST.get("who", "").strip()[:LONGEST]
    if can and given and request.method == "POST":
        with tx() as t:
            begin = public.address(request, t, "/").rstrip("/")
        beside(Asked(given, client_of(request), begin, language()))
        sent = True
    page = {"can": can, "sent": sent}
    return entry_steps.unkept(render(request, "console/forgot.html", page))


def can_mail() -> bool:
    """Whether letters reach people: there is a server, or it is the sample shop's own mailbox."""
    with tx() as t:
        return not mail.transport(t).is_built_in or entry_steps.is_demo()


def beside(asked: Asked) -> None:
    """Do it on a thread of its own: the answer must not take longer for who is known."""
    threading.Thread(target=_alone, args=(asked,), daemon=True).start()


def _alone(asked: Asked) -> None:
    try:
        answer(asked)
    except DatabaseError as error:
        log.warning("a link was not made", error=repr(error))
    finally:
        connection.close()


def answer(asked: Asked) -> int:
    """Mail a link to everybody of that login or address; answers how many letters were written."""
    with tx() as t:
        by = mail.transport(t)
        written = _written(t, by, asked)
    for letter in written:
        letters.send_now(by, letter)
    return len(written)


def _written(t: Tx, by: Transport, asked: Asked) -> list[Mail]:
    """The letters, each with a link of its own; none where it was asked too often."""
    at = clock.now()
    marks = [(knocks.ASKED, asked.given), (knocks.ASKED_FROM, asked.client)]
    if knocks.knock(t, marks, at=at) is None:
        return []
    written = []
    for staff_id in staff_queries.reached_by(t, asked.given):
        staff = staff_queries.one(t, staff_id, at=at)
        often = knocks.knock(t, [(knocks.ASKED_OF, str(staff_id))], at=at) is None
        if staff is None or often:
            continue
        link = invitations.make(t, staff_id, "reset", actor=ACTOR, recorded_at=at)
        if isinstance(link, Link):
            detail = {"address": asked.client}
            trail.note(t, ACTOR, "reset_asked", "staff", staff.code, at=at, detail=detail)
            address = f"{asked.begin}{staff_links.path_of(link)}"
            with translation.override(staff_queries.language_of(t, staff_id) or asked.language):
                written.append(staff_links.letter_of_own(by, staff, address))
    return written
