"""Settings › trail: who saw and who changed whom and what, and when.

Promises: every filter stands in the address; a page costs the same however old it is; who may not
see the whole trail sees what was changed in the systems, where no customer is; taking it away as
a file leaves a line itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.doors.console import gate, settings_tabs, trail_subjects, trail_words
from goen.doors.console.exports import as_csv
from goen.doors.console.shell import viewer_of
from goen.doors.console.stock_words import who as names_of
from goen.doors.say import say
from goen.kit import clock, home, trail, trail_reading
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.trail_reading import Asked, Line

PAGE = 50
FILTERS = ("who", "act", "kind", "person", "since", "until")
EXPORTED = 50_000
ACTS = {
    "looks": ("見た・書き出した", "Looked at or exported"),
    "changes": ("変えた", "Changed"),
    "entry": ("ログイン", "Signing in"),
}
_ENTRY = ("signed_in", "signed_out", "sign_in_failed", "session_ended", "enter")
_CHANGES = tuple(verb for verb in trail_words.VERBS if verb not in {*trail_words.LOOKS, *_ENTRY})
_VERBS = {"looks": trail_words.LOOKS, "changes": _CHANGES, "entry": _ENTRY}


@dataclass(frozen=True, slots=True)
class Row:
    """A line in words."""

    at: datetime
    who: str
    did: str
    kind: str
    subject: str
    href: str
    detail: list[tuple[str, str]]


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The lines, newest first, or as a file."""
    exporting = request.path.endswith(".csv")
    viewer, whole = viewer_of(request, "authority"), gate.may(request, "trail")
    with tx() as t:
        asked = _asked(t, request, whole=whole)
        before = _key(request.GET.get("before", ""))
        limit = EXPORTED if exporting else PAGE + 1
        found = trail_reading.lines(t, asked, before=None if exporting else before, limit=limit)
        rows = rows_of(t, found[: EXPORTED if exporting else PAGE], viewer)
        if exporting:
            trail.saw(t, viewer, "export", "trail", at=clock.now())
            return _csv(rows)
        total = trail_reading.count(t, asked)
        everybody = names_of(t, trail_reading.actors(t))
    last = found[PAGE - 1] if len(found) > PAGE else None
    page = {
        "tabs_of": settings_tabs.menu(request, "trail"),
        "rows": rows,
        "whole": whole,
        "total": min(total, trail_reading.COUNTED),
        "many": total > trail_reading.COUNTED,
        "older": f"{last.at.isoformat()}~{last.id}" if last else "",
        "paged": before is not None,
        "given": request.GET,
        "filtered": any(request.GET.get(name) for name in FILTERS),
        "everybody": sorted(everybody.items(), key=lambda one: one[1]),
        "acts": [(code, say(*words)) for code, words in ACTS.items()],
        "kinds": _kinds(whole=whole),
    }
    return render(request, "console/trail.html", page)


def rows_of(t: Tx, lines: list[Line], viewer: Viewer) -> list[Row]:
    """Lines in words."""
    names = names_of(t, {line.actor for line in lines})
    about = trail_subjects.named(t, lines, viewer)
    return [
        Row(
            line.at,
            names[line.actor],
            trail_words.of(trail_words.VERBS, line.verb),
            trail_words.of(trail_words.KINDS, line.kind),
            *about[line.kind, line.subject],
            trail_words.told(line.detail, percent=_is_share(line)),
        )
        for line in lines
    ]


def changes_of(t: Tx, kinds: tuple[str, ...], viewer: Viewer, *, limit: int = 20) -> list[Row]:
    """The last changes of some kinds, for the page where they are made."""
    return rows_of(t, trail_reading.lines(t, Asked(kinds=kinds), limit=limit), viewer)


def of_person(t: Tx, person_id: int, viewer: Viewer, *, limit: int = 10) -> list[Row]:
    """Who looked at a customer last, and who changed what is known of them."""
    asked = Asked(subjects=_about(t, person_id))
    return rows_of(t, trail_reading.lines(t, asked, limit=limit), viewer)


def _asked(t: Tx, request: HttpRequest, *, whole: bool) -> Asked:
    given: Mapping[str, str] = request.GET
    kind, person = given.get("kind", ""), given.get("person", "").strip()
    kinds: tuple[str, ...] = (kind,) if kind in trail_words.KINDS else ()
    if not whole:
        kinds = tuple(one for one in kinds if one in trail_words.SYSTEM_KINDS)
        kinds = kinds or trail_words.SYSTEM_KINDS
    until = _day(given.get("until", ""))
    return Asked(
        actor=given.get("who", "")[:200],
        verbs=_VERBS.get(given.get("act", ""), ()),
        kinds=kinds,
        subjects=_about(t, int(person)) if person.isdecimal() and len(person) < 18 else (),
        since=_midnight(_day(given.get("since", ""))),
        until=_midnight(until + timedelta(days=1) if until and until < date.max else None),
    )


def _about(t: Tx, person_id: int) -> tuple[tuple[str, str], ...]:
    """A customer and the records they consist of."""
    found = customers.shown(t, [person_id], viewer=Viewer("trail", "system", sees_names=False))
    records = found[person_id].record_ids if person_id in found else ()
    return (("person", str(person_id)), *(("record", str(one)) for one in records))


def _kinds(*, whole: bool) -> list[tuple[str, str]]:
    codes = trail_words.KINDS if whole else trail_words.SYSTEM_KINDS
    return sorted(((one, trail_words.of(trail_words.KINDS, one)) for one in codes),
                  key=lambda one: one[1])  # fmt: skip


def _is_share(line: Line) -> bool:
    return line.kind == "margin" or line.subject.endswith("_share")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    zone = clock.zone(home.current_shop().timezone)
    return None if day is None else datetime.combine(day, time(), zone)


def _key(text: str) -> tuple[datetime, int] | None:
    """Where the page before ended: the moment and id of its last line."""
    moment, _, number = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(number)) if number.isdecimal() and len(number) < 18 and at.tzinfo else None


def _csv(rows: list[Row]) -> HttpResponse:
    head = [say("日時", "When"), say("だれが", "Who"), say("したこと", "Did"), say("種類", "Kind"),
            say("対象", "To what"), say("くわしく", "Detail")]  # fmt: skip
    return as_csv(
        "trail",
        head,
        (
            [
                row.at.isoformat(timespec="seconds"), row.who, row.did, row.kind, row.subject,
                " / ".join(f"{name}: {value}" for name, value in row.detail),
            ]
            for row in rows
        ),
    )  # fmt: skip
