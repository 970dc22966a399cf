"""The form of a routine: a new one, one of the ready ones, or one as it should be from now on.

Promises: what was typed is kept when it is refused; one press begins a ready one, twice is once.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goen.doors import refusals
from goen.doors.console import measure_tabs
from goen.doors.console import routines_words as words
from goen.doors.console.forms import uid_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.routines_one import read_or_404
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags.goen import full_day
from goen.doors.say import language, say, text_of
from goen.kit import clock, ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import routines_keeping, routines_ready
from goen.marketing.routine import Kept, NewRoutine
from goen.marketing.routines import LAST, PAGES, Rhythm
from goen.places.rights import ROLES

FIELDS = ("title", "text", "when", "moves", "days", "owner", "page")


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """A new one; with `template`, a ready one at once."""
    ready = routines_ready.ready(typed_in(request.POST, "template"))
    if ready is not None:
        return _begun(request, ready.new(language()))
    if request.method != "POST":
        return _page(request, _EMPTY, uid=ids.new_id())
    typed = {name: typed_in(request.POST, name) for name in FIELDS}
    given = _given(typed)
    return (
        given_back(request, typed, given)
        if isinstance(given, Refusal)
        else _begun(request, given, typed)
    )


@login_required
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """As it should be from the next turn on."""
    with tx() as t:
        one = read_or_404(t, uid)
    if request.method != "POST":
        return _page(request, _typed(one.newest.new), uid=uid, of=one)
    typed = {name: typed_in(request.POST, name) for name in FIELDS}
    answer: Kept | Refusal | NewRoutine = _given(typed)
    if isinstance(answer, NewRoutine):
        with tx() as t:
            answer = routines_keeping.change(
                t, uid, answer, actor=actor_of(request), recorded_at=clock.now()
            )
    if isinstance(answer, Refusal):
        return _page(request, typed, uid=uid, of=one, refused=answer)
    assert isinstance(answer, Kept)
    request.session["routines-said"] = (
        say("変わったところはありません。", "Nothing was changed.")
        if answer.from_on is None
        else say(
            "保存しました。{d}の回から変わります。",
            "Saved. It holds from the turn of {d}.",
            d=full_day(answer.from_on),
        )
    )
    return redirect("routine", uid=uid)


def given_back(request: HttpRequest, typed: Mapping[str, str], refused: Refusal) -> HttpResponse:
    """The form of a new one with what is wrong."""
    return _page(request, typed, uid=uid_of(typed_in(request.POST, "uid")), refused=refused)


def _begun(
    request: HttpRequest, one: NewRoutine, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    uid = uid_of(typed_in(request.POST, "uid"))
    with tx() as t:
        answer = routines_keeping.create(
            t, uid, one, actor=actor_of(request), recorded_at=clock.now()
        )
    if isinstance(answer, Refusal):
        return given_back(request, typed or _typed(one), answer)
    assert answer.from_on is not None
    request.session["routines-said"] = say(
        "始めました。最初は{d}の回です。",
        "It has begun. The first turn is {d}.",
        d=full_day(answer.from_on),
    )
    return redirect("routine", uid=uid)


def _page(
    request: HttpRequest, typed: Mapping[str, str], *, uid: UUID, of: Any = None,
    refused: Refusal | None = None,
) -> HttpResponse:  # fmt: skip
    with tx() as t:
        owners = _owners(t)
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("routines"),
        "uid": uid,
        "of": of,
        "values": typed,
        "weeks": [(f"week:{n}", words.of_weekday(n)) for n in range(7)],
        "months": [
            (f"month:{n}", say("毎月{n}日", "day {n} of every month", n=n)) for n in range(1, LAST)
        ]
        + [(f"month:{LAST}", say("毎月末日", "the last day of every month"))],
        "owners": owners,
        "where": [(code, words.page(code)[1]) for code in PAGES if code],
        "error": refusals.sentence(refused) if refused else "",
        "wrong": _FIELD.get(refused.field, refused.field) if refused else "",
    }
    return render(request, "console/routine_form.html", page, status=422 if refused else 200)


_EMPTY: Mapping[str, str] = {"when": "week:0", "days": "2", "moves": "1"}
_FIELD = {
    "every": "when", "weekday": "when", "month_day": "when", "staff_id": "owner", "role": "owner",
    "place_id": "owner",
}  # fmt: skip


def _owners(t: Tx) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom one can choose, in groups."""
    people = t.rows(
        "SELECT id, name FROM places_staff WHERE is_active"
        " ORDER BY array_position(%s::text[], role), code",
        [list(ROLES)],
    )
    at = t.rows(
        "SELECT DISTINCT s.role, p.id, p.name FROM places_staff s"
        " JOIN places_place p ON p.id = s.place_id WHERE s.is_active ORDER BY s.role, p.id"
    )
    roles = [(code, words.role(code)) for code in ROLES]
    held = {role for role, _, _ in at}
    return [
        (
            say("役割（だれか1人が済ませる）", "A role: whoever comes first"),
            [(f"role:{code}", name) for code, name in roles],
        ),
        (
            say("役割・場所ごと（それぞれに1つ）", "A role at each place: one task each"),
            [(f"places:{code}", say("{r}（場所ごと）", "{r}, at each place", r=name))
             for code, name in roles if code in held],
        ),
        (
            say("1つの場所の役割", "A role at one place"),
            [(f"role:{code}:{place}", f"{text_of(name)} {words.role(code)}")
             for code, place, name in at],
        ),
        (say("担当者", "A member of staff"), [(f"staff:{id_}", text_of(n)) for id_, n in people]),
    ]  # fmt: skip


def _typed(one: NewRoutine) -> dict[str, str]:
    """A routine as its form has it."""
    rhythm = one.rhythm
    day = rhythm.weekday if rhythm.every == "week" else rhythm.month_day
    who: list[object] = [one.owner, one.staff_id if one.owner == "staff" else one.role]
    if one.place_id is not None:
        who.append(one.place_id)
    return {
        "title": one.title, "text": one.text, "when": f"{rhythm.every}:{day}",
        "moves": "1" if rhythm.moves else "", "days": str(rhythm.days),
        "owner": ":".join(map(str, who)), "page": one.page,
    }  # fmt: skip


def _given(typed: Mapping[str, str]) -> NewRoutine | Refusal:
    """What was typed as a routine; numbers that are none are refused here."""
    every, _, day = typed["when"].partition(":")
    if not _is_number(day) or every not in ("week", "month"):
        return Refusal("malformed", "when", {"why": say("いつ", "when")})
    if not _is_number(typed["days"]):
        return Refusal("malformed", "days", {"why": say("数字で", "a number")})
    at = {"weekday": int(day)} if every == "week" else {"month_day": int(day)}
    rhythm = Rhythm(every, moves=bool(typed["moves"]), days=int(typed["days"]), **at)
    owner, _, rest = typed["owner"].partition(":")
    first, _, place = rest.partition(":")
    if owner not in ("staff", "role", "places") or (owner == "staff" and not _is_number(first)):
        return Refusal("owner_missing", "owner")
    return NewRoutine(
        typed["title"], rhythm, owner,
        staff_id=int(first) if owner == "staff" else None,
        role="" if owner == "staff" else first,
        place_id=int(place) if _is_number(place) else None,
        text=typed["text"].replace("\r\n", "\n"), page=typed["page"],
    )  # fmt: skip


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
