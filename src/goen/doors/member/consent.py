"""A member's word about being written to: one tap, at all their records, with the text they read.

Promises: what was on the screen is kept as the wording; a no is as easy as a yes; who may be
written to is what the sending asks, never a copy.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import consents, saying, wordings
from goen.customers.consents import Barred
from goen.doors.callers import client_of
from goen.doors.console.consents_words import CHANNELS, DEFAULTS, worded
from goen.doors.member.entry import name
from goen.doors.member.shopper import ROOT, Shopper, signed_in
from goen.doors.say import say, text_of
from goen.kit import clock, ids
from goen.kit.db import Tx, tx

OFFERED = ("mail", "sms", "dm", "phone")
_TEXTS = {
    "on": ("ご案内をお届けします。", "We will write to you."),
    "off": ("ご案内を止めました。", "We will not write to you."),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One channel on the page."""

    channel: str
    title: str
    text: str
    version: int
    on: bool
    note: str


@require_GET
@signed_in
def show(request: HttpRequest, known: Shopper) -> HttpResponse:
    """The switches."""
    with tx() as t:
        switches = _switches(t, known)
    done = request.GET.get("done", "")
    page = {
        "name": name(known),
        "switches": switches,
        "done": say(*_TEXTS[done]) if done in _TEXTS else "",
        "face": "consents",
    }
    return render(request, "member/consents.html", page)


@require_POST
@signed_in
def tell(request: HttpRequest, known: Shopper) -> HttpResponseBase:
    """One tap: a yes or a no."""
    channel = request.POST.get("channel", "")
    if channel not in OFFERED:
        return HttpResponse(status=400)
    granted, at = request.POST.get("granted") == "yes", clock.now()
    with tx() as t:
        version = wordings.read_there(t, channel, request.POST.get("version", ""))
        version = version or _version(t, channel, known)
        said = saying.Said(
            uid=ids.new_id(),
            channel=channel,
            granted=granted,
            way="member",
            occurred_at=at,
            wording=(channel, version),
            evidence={
                "page": request.path,
                "from": client_of(request),
                "by": request.headers.get("User-Agent", "")[:200],
            },
        )
        saying.say(t, known.person_id, said, actor=known.actor, recorded_at=at)
    return HttpResponseRedirect(f"{ROOT}consents?done={'on' if granted else 'off'}")


def _version(t: Tx, channel: str, known: Shopper) -> int:
    """The text's version now; the usual one becomes the shop's first."""
    found = {one.code: one.version for one in wordings.current(t)}
    if channel in found:
        return found[channel]
    return wordings.put(t, channel, DEFAULTS[channel], actor=known.actor, recorded_at=clock.now())


def _switches(t: Tx, known: Shopper) -> list[Switch]:
    """A channel is offered where the person can be reached on it, and mail always."""
    texts = {one.code: (one.text, one.version) for one in wordings.current(t)}
    reached = {
        "mail": True, "sms": bool(known.shown.phone), "phone": bool(known.shown.phone),
        "dm": bool(known.shown.address),
    }  # fmt: skip
    found = []
    for channel in OFFERED:
        if reached[channel]:
            may = consents.permissions(t, [known.person_id], channel=channel)[known.person_id]
            text, version = texts.get(channel, (DEFAULTS[channel], 0))
            title, on = worded(CHANNELS, channel), not isinstance(may, Barred)
            found.append(Switch(channel, title, text_of(text), version, on, _note(may)))
    return found


def _note(may: consents.Permission | Barred) -> str:
    cause = may.cause if isinstance(may, Barred) else ""
    if cause == "no_address":
        return say(
            "お届け先がまだありません。「登録情報」で入れてください。",
            "We have no address yet. Enter it under “My data”.",
        )
    if cause == "suppressed":
        return say(
            "このアドレスには届きませんでした。「登録情報」で新しいものにしてください。",
            "Mail to this address came back. Enter another under “My data”.",
        )
    return ""
