"""Who may be written to: the words of one person on their page, and the shop's texts and bars.

Promises: a yes that staff note carries the text that was shown, or how it was said, and by whom;
every export and every look leaves a line in the trail; masked roles see no address and note
nothing.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import (
    consent_rules,
    consents,
    requests,
    saying,
    suppressions,
    wordings,
)
from goen.customers import queries as customers
from goen.customers.consents import Barred
from goen.doors import refusals
from goen.doors.console import consents_words as words
from goen.doors.console import gate, settings_tabs
from goen.doors.console.exports import harmless
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.stock_words import who
from goen.doors.say import say
from goen.kit import clock, ids, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places import rights

LINES = 12
_DONE = {
    "noted": ("記録しました。", "It is noted."),
    "worded": (
        "文面を保存しました。これから受ける同意に使います。",
        "The text is saved. It is used from now on.",
    ),
    "barred": ("この宛先には送りません。", "Nothing is sent to this address."),
    "lifted": ("この宛先を使えるようにしました。", "This address can be used again."),
    "settled": ("お申し出への対応を記録しました。", "What was done is noted."),
}


SPOKEN = frozenset({"complained", "erased"})
"""Causes that the shopper said in so many words: head office alone uses such an address again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one channel of a person."""

    channel: str
    name: str
    may: bool
    why: str


def of_person(t: Tx, person_id: int, viewer: Viewer) -> dict[str, Any]:
    """What the page of a person says about being written to."""
    proofs = wordings.proofs(t, [person_id], viewer=viewer)
    said = {one.channel for one in proofs} | {"mail"}
    standing = []
    for channel in words.CHANNELS:
        if channel in said:
            found = consents.permissions(t, [person_id], channel=channel)[person_id]
            why = words.worded(words.CAUSES, found.cause) if isinstance(found, Barred) else ""
            name = words.worded(words.CHANNELS, channel)
            standing.append(Standing(channel, name, not why, why))
    return {
        "standing": standing,
        "proofs": [(one, _told(one), _evidence(one)) for one in proofs[:LINES]],
        "source_names": places.source_names(t),
        "who": who(t, (one.actor for one in proofs[:LINES])),
        "more_proofs": max(0, len(proofs) - LINES),
        "channels": [(code, say(*name)) for code, name in words.CHANNELS.items()],
        "ways": [(code, say(*words.WAYS[code])) for code in words.STAFF_WAYS],
        "asked": [
            (one, words.worded(words.REQUESTS, one.kind))
            for one in requests.of_people(t, [person_id])
            if one.settled_at is None
        ],
        "way_words": {code: say(*name) for code, name in words.WAYS.items()},
        "uid": ids.new_id(),
        "may_note": rights.may(viewer.role, "serve"),
    }


def _told(one: wordings.Proof) -> str:
    """A word in a sentence: which channel, and yes or no."""
    name = words.worded(words.CHANNELS, one.channel)
    if one.granted:
        return say("{name}：同意", "{name}: agreed", name=name)
    return say("{name}：お断り", "{name}: refused", name=name)


def _evidence(one: wordings.Proof) -> list[tuple[str, str]]:
    return [
        (words.worded(words.EVIDENCE, name), str(value))
        for name, value in one.evidence.items()
        if value
    ]


@login_required
@require_POST
def note(request: HttpRequest, person_id: int) -> HttpResponse:
    """Staff note what a customer said."""
    viewer = viewer_of(request)
    given = request.POST
    channel, way = given.get("channel", ""), given.get("way", "")
    if not viewer.sees_names:
        return HttpResponse(status=403)
    at = clock.now()
    with tx() as t:
        whole = customers.whole(t, person_id, viewer=viewer)
        if whole is None:
            raise Http404
        staff: Any = request.user
        said = saying.Said(
            uid=_uid(given.get("uid", "")),
            channel=channel,
            granted=given.get("granted") == "yes",
            way=way if way in words.STAFF_WAYS else "staff",
            occurred_at=at,
            wording=_shown_text(t, channel, given.get("read", "")),
            place_id=staff.place_id,
            evidence={"by": staff.code, "note": given.get("note", "").strip()[:500]},
        )
        answers = saying.say(t, whole.person_id, said, actor=actor_of(request), recorded_at=at)
    wrong = next((one for one in answers if isinstance(one, Refusal)), None)
    if wrong is not None:
        return HttpResponse(refusals.sentence(wrong), status=422)
    response = redirect("person", person_id=whole.person_id)
    response.headers["Location"] += "?said=noted#consents"
    return response


def _shown_text(t: Tx, channel: str, read: str) -> tuple[str, int] | None:
    """The text that was shown, if staff say that it was."""
    found = {one.code: one.version for one in wordings.current(t)}
    return (channel, found[channel]) if read and channel in found else None


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return ids.new_id()


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The shop's texts, what was said in all, the barred addresses, and what waits for staff."""
    return _page(request)


def _page(request: HttpRequest, refused: Refusal | None = None, status: int = 200) -> HttpResponse:
    viewer = viewer_of(request)
    with tx() as t:
        waiting = requests.waiting(t)
        people = customers.shown(t, [one.person_id for one in waiting], viewer=viewer)
        every = wordings.every(t)
        newest = {one.code: one for one in reversed(every)}
        page = {
            "tabs_of": settings_tabs.menu(request, "consents"),
            "tallies": [
                (words.worded(words.CHANNELS, one.channel), one)
                for one in wordings.tallies(t, purpose=consent_rules.MARKETING)
            ],
            "bars": [
                (words.worded(words.CHANNELS, channel), words.worded(words.BARS, cause), n, since)
                for channel, cause, n, since in suppressions.tallies(t)
            ],
            "texts": [
                (code, say(*name), newest.get(code), words.DEFAULTS[code])
                for code, name in words.WORDINGS.items()
            ],
            "every": every,
            "waiting": [
                (
                    one,
                    name_of(people.get(one.person_id), one.person_id),
                    words.worded(words.REQUESTS, one.kind),
                )
                for one in waiting
            ],
            "causes": [(code, say(*name)) for code, name in words.BARS.items()],
            "channels": [(code, say(*words.CHANNELS[code])) for code in ("mail", "sms")],
            "may_write": _may_write(request),
            "may_export": viewer.sees_names and gate.may(request, "export"),
            "done": _done(request),
            "wrong": refusals.sentence(refused) if refused else "",
            "given": request.POST if refused else {},
        }
        return render(request, "console/consents.html", page, status=status)


@login_required
@require_POST
def word(request: HttpRequest) -> HttpResponse:
    """Put a new version of a text."""
    code = request.POST.get("code", "")
    if not _may_write(request) or code not in words.WORDINGS:
        return _page(request, status=403)
    text = {lang: request.POST.get(lang, "").strip()[:2_000] for lang in ("ja", "en")}
    if not text["ja"]:
        return _page(request, Refusal("wording_missing", "ja"), 422)
    with tx() as t:
        wordings.put(t, code, text, actor=actor_of(request), recorded_at=clock.now())
    return _back("worded")


@login_required
@require_POST
def bar(request: HttpRequest) -> HttpResponse:
    """Bar an address, or use it again."""
    if not _may_write(request):
        return _page(request, status=403)
    given, at = request.POST, clock.now()
    channel, cause = given.get("channel", ""), given.get("cause", "")
    address, actor = given.get("address", "").strip(), actor_of(request)
    lifting = given.get("do") == "lift"
    if lifting and cause in SPOKEN and not gate.may(request, "unbar"):
        return _page(request, status=403)
    with tx() as t:
        if lifting:
            refused = suppressions.lift(t, channel, address, cause, actor=actor, at=at)
        else:
            detail = given.get("detail", "")
            refused = suppressions.suppress(t, channel, address, cause, detail, actor=actor, at=at)
    return _page(request, refused, 422) if refused else _back("lifted" if lifting else "barred")


@login_required
@require_POST
def settle(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what became of a request."""
    if not viewer_of(request).sees_names:
        return _page(request, status=403)
    with tx() as t:
        outcome = request.POST.get("outcome", "")
        refused = requests.settle(t, uid, outcome, actor=actor_of(request), recorded_at=clock.now())
    return _page(request, refused, 422) if refused else _back("settled")


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everything anybody ever said, with its proof, as a file."""
    viewer = viewer_of(request, purpose="authority")
    if not viewer.sees_names:
        return _page(request, status=403)
    with tx() as t:
        trail.saw(t, viewer, "export", "consents", at=clock.now())
    head: list[object] = [
        say(*one) for one in _HEAD
    ]  # here: the language is the reader's only until we answer
    response = StreamingHttpResponse(_lines(head, viewer), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="consents.csv"'
    return response


_HEAD = (
    ("記録", "record"), ("出どころ", "source"), ("出どころの番号", "source key"),
    ("手段", "channel"), ("目的", "purpose"), ("同意", "granted"), ("宛先", "address"),
    ("方法", "way"), ("文面", "text"), ("版", "version"), ("文面の内容", "what it said"),
    ("場所", "place"), ("証拠", "evidence"), ("言った時刻", "said at"),
    ("記録した時刻", "recorded at"), ("記録した人", "recorded by"), ("いま有効", "holds"),
)  # fmt: skip


def _lines(head: list[object], viewer: Viewer) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _csv_line(head)
    with tx() as t:
        for one in wordings.all_proofs(t, viewer=viewer):
            yield _csv_line(_cells(one))


def _cells(one: wordings.Proof) -> list[object]:
    worded = one.wording
    said = "; ".join(f"{name}: {value}" for name, value in one.evidence.items())
    return [
        one.record_id, one.source, one.source_key, one.channel, one.purpose, int(one.granted),
        one.address, one.way, worded.code if worded else "", worded.version if worded else "",
        worded.text.get("ja", "") if worded else "", (one.place or {}).get("ja", ""), said,
        one.occurred_at.isoformat(), one.recorded_at.isoformat(), one.actor, int(one.holds),
    ]  # fmt: skip


def _csv_line(cells: list[object]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return buffer.getvalue().encode()


def _may_write(request: HttpRequest) -> bool:
    return gate.may(request, "consents")


def _back(done: str) -> HttpResponse:
    response = redirect("consents")
    response.headers["Location"] += f"?done={done}"
    return response


def _done(request: HttpRequest) -> str:
    code = request.GET.get("done", "")
    return say(*_DONE[code]) if code in _DONE else ""


def said_words(request: HttpRequest) -> str:
    """What the page of a person confirms after a note."""
    return say(*_DONE["noted"]) if request.GET.get("said") == "noted" else ""
