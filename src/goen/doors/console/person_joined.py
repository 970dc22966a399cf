"""Joining a person with another by hand, parting one into two, and what was said of them so far.

Promises: before anything is done the page says what goes where, worked out by doing it and taking
it back; parting and joining want a reason; masked roles see neither page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goen.customers import erasing, joined, matching
from goen.customers import queries as customers
from goen.customers.joined import SaidShown, Told
from goen.customers.joining import LONGEST_REASON, Joined, Parted, Said
from goen.customers.queries import Whole
from goen.doors import refusals
from goen.doors.console import gate
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.same_sides import Side, lines, sides, together_mail
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.stock_words import who
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.kit import clock, home, trail
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.points import queries as points
from goen.points import together

FOUND = 12
LONGEST_ID = 18
SAID = {
    "parted": (
        "分けました。どちらにも、それぞれの記録だけが残っています。",
        "Parted: each has what is theirs.",
    ),
    "erased": ("個人情報を消しました。", "The personal data are erased."),
    "joined": ("同じ方にしました。", "They are one person now."),
}


class _Undo(Exception):  # noqa: N818  named by what it does
    """Takes a preview back."""


def of_person(t: Tx, whole: Whole, viewer: Viewer, request: HttpRequest) -> dict[str, Any]:
    """What the page of a person says about joining and parting."""
    said = joined.history(t, whole.shown.record_ids, viewer=viewer)
    sources = {
        one.record_id: text_of(one.source_name)
        for one in joined.told(
            t, sorted({r for s in said for r in (s.record_a, s.record_b)}), viewer=viewer
        ).values()
    }
    done = request.GET.get("done", "")
    erased = erasing.erased(t, whole.shown.record_ids)
    names = who(t, [actor for one in said for actor in (one.actor, one.closed_by) if actor])
    return {
        "rows": [(one, _words(one), sources[one.record_a], sources[one.record_b]) for one in said],
        "who": names,
        "may": gate.may(request, "identity") and viewer.sees_names and _is_person(whole),
        "many": len(whole.records) > 1,
        "may_erase": gate.may(request, "erase") and viewer.sees_names,
        "done": say(*SAID[done]) if done in SAID else "",
        "erased_at": min(erased.values()) if len(erased) == len(whole.shown.record_ids) else None,
    }


def _is_person(whole: Whole) -> bool:
    return whole.shown.unit == "person"


def _words(one: SaidShown) -> str:
    if one.kind == "cannot":
        return say("別の方とした", "Said to be two")
    if one.rule == "by_score":
        return say("確からしさで、自動で同じ方にした", "Joined by itself, by likeness")
    return say("同じ方とした", "Said to be one")


@dataclass(frozen=True, slots=True)
class Group:
    """One person that parting would leave."""

    records: tuple[Told, ...]
    name: str
    side: Side
    owed: int


@login_required
@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, person_id: int) -> HttpResponse:
    """Which records part, what each side has then, and the button that does it."""
    viewer = viewer_of(request)
    given = request.POST if request.method == "POST" else request.GET
    chosen = sorted({id_ for id_ in map(_id, given.getlist("record")) if id_})
    with tx() as t:
        whole = _whole(t, person_id, viewer)
        if whole is None:
            return HttpResponse(status=403)
        known = [one for one in chosen if one in whole.shown.record_ids]
        wrong = ""
        if request.method == "POST":
            said = Said(given.get("reason", ""))
            answer = together.part(t, known, said, actor=actor_of(request), recorded_at=clock.now())
            if isinstance(answer, Parted):
                return redirect(f"{reverse('person', args=[whole.person_id])}?done=parted#known")
            wrong = refusals.sentence(answer)
        page = {
            **_page(t, whole, viewer),
            "chosen": known,
            "groups": _preview(t, whole, known, viewer, actor_of(request)),
            "reason": given.get("reason", ""),
            "wrong": wrong,
            "longest": LONGEST_REASON,
        }
    return render(request, "console/person_part.html", page, status=422 if wrong else 200)


def _id(text: str) -> int:
    """The id that an address names; 0 where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_ID else 0


def _whole(t: Tx, person_id: int, viewer: Viewer) -> Whole | None:
    """The person as they are now; None where the viewer may not see who that is."""
    whole = customers.whole(t, person_id, viewer=viewer)
    if whole is None:
        raise Http404
    if not viewer.sees_names:
        return None
    trail.saw(t, viewer, "person", whole.person_id, at=clock.now())
    return whole


def _page(t: Tx, whole: Whole, viewer: Viewer) -> dict[str, Any]:
    records = joined.told(t, whole.shown.record_ids, viewer=viewer)
    return {
        "person_id": whole.person_id,
        "name": name_of(whole.shown, whole.person_id),
        "records": list(records.values()),
        "currency": home.current_shop().currency,
    }


def _preview(
    t: Tx, whole: Whole, chosen: Sequence[int], viewer: Viewer, actor: Actor
) -> list[Group]:
    """What parting would leave: done, read, and taken back."""
    if not chosen or len(chosen) == len(whole.shown.record_ids):
        return []
    at = clock.now()

    def do() -> Mapping[int, int]:
        said = Said(say("試し", "A trial"))
        answer = together.part(t, chosen, said, actor=actor, recorded_at=at)
        return answer.persons if isinstance(answer, Parted) else {}

    return _tried(t, do, viewer)


def _tried(t: Tx, do: Callable[[], Mapping[int, int]], viewer: Viewer) -> list[Group]:
    found: list[Group] = []
    try:
        with savepoint():
            people = sorted(set(do().values()))
            for side in sides(t, people, viewer):
                ids = [one.record_id for one in side.records]
                day = insight.today(t)
                owed = points.balance_of_records(t, ids, day=day, viewer=viewer).owed
                found.append(Group(side.records, side.name, side, owed))
            raise _Undo
    except _Undo:
        return found


@login_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, person_id: int) -> HttpResponse:
    """Another person is found, both stand side by side, and the button makes them one."""
    viewer = viewer_of(request)
    given = request.POST if request.method == "POST" else request.GET
    typed, other_id = given.get("q", "").strip(), given.get("with", "")
    with tx() as t:
        whole = _whole(t, person_id, viewer)
        if whole is None:
            return HttpResponse(status=403)
        other = customers.whole(t, _id(other_id), viewer=viewer) if _id(other_id) else None
        if other is not None and other.person_id == whole.person_id:
            other = None
        refused: Refusal | None = None
        if request.method == "POST" and other is not None:
            said = Said(given.get("reason", ""), again=given.get("again") == "1")
            answer = together.join(
                t, whole.records[0].record_id, other.records[0].record_id, said,
                actor=actor_of(request), recorded_at=clock.now(),
            )  # fmt: skip
            if isinstance(answer, Joined):
                return redirect(f"{reverse('person', args=[answer.person_id])}?done=joined#known")
            refused = answer
        page = {
            **_page(t, whole, viewer),
            "typed": typed,
            "found": [] if other else _found(t, typed, whole, viewer),
            "pair": _pair(t, whole, other, viewer) if other else None,
            "wrong": refusals.sentence(refused) if refused else "",
            "again": refused is not None and refused.code == "said_apart",
            "reason": given.get("reason", ""),
            "longest": LONGEST_REASON,
        }
    return render(request, "console/person_join.html", page, status=422 if refused else 200)


def _found(t: Tx, typed: str, whole: Whole, viewer: Viewer) -> list[tuple[int, str, str]]:
    if not typed:
        return []
    found = customers.search(t, typed, viewer=viewer, limit=FOUND + 1)
    return [
        (one.person_id, name_of(one, one.person_id), second_mark_of(one))
        for one in found
        if one.person_id != whole.person_id and one.unit == "person"
    ][:FOUND]


def _pair(t: Tx, whole: Whole, other: Whole, viewer: Viewer) -> dict[str, Any]:
    at = clock.now()
    trail.saw(t, viewer, "person", other.person_id, at=at)
    both = sides(t, [whole.person_id, other.person_id], viewer)
    one, two = (side.records[0] for side in both)
    pattern = matching.compared(_compact(one), _compact(two))
    evidence = {
        field: (level, 0.0) for field, level in zip(matching.LEVELS, pattern, strict=True) if level
    }
    return {
        "other_id": other.person_id,
        "sides": both,
        "records": (one, two),
        "lines": lines(one, two, evidence),
        "points": sum(side.points for side in both),
        "mail": together_mail(both),
    }


def _compact(one: Told) -> matching.Compact:
    return matching.folded(
        one.record_id,
        (one.family_name, one.given_name, one.family_kana, one.given_kana),
        one.birth_date,
        one.gender,
        (one.mail, one.phone, one.postcode, one.address),
    )
