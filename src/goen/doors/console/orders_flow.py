"""The way orders go: one flow for every channel, its declared deviations, and who can do it.

Promises: what is drawn is what the verbs follow, in the version new orders begin with; a step that
one person alone does is named; an order beyond its step's limit is listed with how long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console.orders_words import ROUTES, STATES, lasting, number_of, since, word
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.db import tx
from goen.orders import flow, stuck
from goen.orders.flow import Flow, Step
from goen.orders.flow_versions import FLOWS, current
from goen.orders.stuck import People, Stuck
from goen.places import queries as places
from goen.places.models import Staff

STRAIGHT = "ec"
"""The route that deviates from nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A step in words."""

    code: str
    name: str
    who: str
    ways: str
    limit: str
    how: str
    verb: str
    acts: int
    people: tuple[str, ...]
    one_only: bool
    waits: int

    @property
    def names(self) -> str:
        """Everybody who did it, in one text."""
        return say("、", ", ").join(self.people)


@dataclass(frozen=True, slots=True)
class Cell:
    """A step in a route: `same` as the straight way, `other`, `more` or `none`."""

    look: str
    words: str


@dataclass(frozen=True, slots=True)
class RouteShown:
    """A route with how often it deviates, and why."""

    code: str
    name: str
    deviations: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of two routes side by side."""

    name: str
    a: Shown | None
    b: Shown | None
    same: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """An order that stands still."""

    one: Stuck
    number: str
    step: str
    place: str
    still: str
    late: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The flow, who does it, where routes differ, and what stands still."""
    now = clock.now()
    one = FLOWS.get(_version(request), current())
    a, b = _route(request, "a", STRAIGHT), _route(request, "b", "collect")
    with tx() as t:
        still = stuck.stuck(t, at=now)
        people = stuck.people(t, at=now)
        at = {place.id: text_of(place.name) for place in places.places(t)}
    names = _names(people)
    waiting = _waiting(still)
    steps = {s.code: _step(s, people, names, waiting) for s in flow.steps_of(one, STRAIGHT)}
    others = {
        (route, s.code): _step(s, people, names, waiting)
        for route in ROUTES
        for s in flow.steps_of(one, route)
    }
    page = {
        "flow": one,
        "versions": sorted(FLOWS),
        "straight": [s for code, s in steps.items() if _is_straight(one, code) or code == "place"],
        "aside": [
            s for code, s in steps.items() if not _is_straight(one, code) and code != "place"
        ],
        "extra": [
            step
            for (route, code), step in others.items()
            if route in {"collect", "store"} and code not in steps
        ],
        "deviations": flow.deviations(one),
        "routes": [_route_shown(one, route) for route in ROUTES],
        "matrix": _matrix(one, others),
        "pairs": _pairs(one, a, b, others),
        "a": a,
        "b": b,
        "names": {route: word(ROUTES, route) for route in ROUTES},
        "a_name": word(ROUTES, a),
        "b_name": word(ROUTES, b),
        "alone": [s for s in {s.code: s for s in others.values()}.values() if s.one_only],
        "still": [
            Waits(
                s,
                number_of(s.source_no, s.uid),
                text_of(s.step.name),
                at.get(s.place_id, ""),
                since(s.since, now),
                lasting(s.late_by),
            )
            for s in still
        ],
        "lookback": stuck.LOOKS_BACK.days,
    }
    return render(request, "console/order_flow.html", page)


def _version(request: HttpRequest) -> int:
    text = request.GET.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 5 else max(FLOWS)


def _route(request: HttpRequest, name: str, usual: str) -> str:
    asked = request.GET.get(name, usual)
    return asked if asked in ROUTES else usual


def _is_straight(one: Flow, code: str) -> bool:
    step = next(s for s in one.steps if s.code == code)
    return bool(step.waits_in)


def _waiting(still: Sequence[Stuck]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in still:
        counts[one.step.code] = counts.get(one.step.code, 0) + 1
    return counts


def _names(people: Mapping[str, People]) -> dict[str, str]:
    """What people are called, by the codes on the slips."""
    codes = sorted({code for one in people.values() for code in one.names})
    return {one.code: text_of(one.name) for one in Staff.objects.filter(code__in=codes)}


def _step(
    step: Step, people: Mapping[str, People], names: Mapping[str, str], waiting: Mapping[str, int]
) -> Shown:
    did = people.get(step.code)
    who = tuple(names.get(code, code) for code in did.names) if did else ()
    return Shown(
        step.code,
        text_of(step.name),
        text_of(step.who),
        _ways(step),
        lasting(step.limit) if step.limit else "",
        text_of(step.instruction),
        step.verb,
        did.acts if did else 0,
        who,
        bool(did and did.rests_on_one),
        waiting.get(step.code, 0),
    )


def _ways(step: Step) -> str:
    """The states a step leads from and to, in words."""
    before = dict.fromkeys(word(STATES, a) for a, _ in step.ways if a)
    after = dict.fromkeys(word(STATES, b) for _, b in step.ways)
    comma = say("・", ", ")
    left = comma.join(before) or say("（はじまり）", "(beginning)")
    return f"{left} → {comma.join(after)}"


def _route_shown(one: Flow, route: str) -> RouteShown:
    reasons = tuple(text_of(d.reason) for d in one.deviations if d.route == route)
    return RouteShown(route, word(ROUTES, route), flow.deviations(one, route), reasons)


def _matrix(
    one: Flow, steps: Mapping[tuple[str, str], Shown]
) -> list[tuple[str, list[tuple[str, Cell]]]]:
    """Every step as a row, every route as a column, each cell with its route's name."""
    straight = {s.code: s for s in flow.steps_of(one, STRAIGHT)}
    by_route = {route: {s.code: s for s in flow.steps_of(one, route)} for route in ROUTES}
    codes = dict.fromkeys(code for found in by_route.values() for code in found)
    rows = []
    for code in codes:
        cells = []
        for route in ROUTES:
            step = by_route[route].get(code)
            if step is None:
                cell = Cell("none", say("なし", "none"))
            elif code not in straight:
                cell = Cell("more", say("この経路だけ", "only here"))
            elif step == straight[code]:
                cell = Cell("same", say("基本どおり", "as usual"))
            else:
                cell = Cell("other", text_of(step.name))
            cells.append((word(ROUTES, route), cell))
        named = next(steps[route, code].name for route in ROUTES if (route, code) in steps)
        rows.append((named, cells))
    return rows


def _pairs(one: Flow, a: str, b: str, steps: Mapping[tuple[str, str], Shown]) -> list[Pair]:
    return [
        Pair(
            (steps.get((a, d.code)) or steps[b, d.code]).name,
            steps.get((a, d.code)),
            steps.get((b, d.code)),
            d.same,
            tuple(dict.fromkeys(text_of(reason) for reason in d.reasons)) if not d.same else (),
        )
        for d in flow.diff(one, a, b)
    ]
