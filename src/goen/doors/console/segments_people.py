"""Who fulfils conditions, as pages show it: how many, whom one may write to, and who they are.

Promises: while the analyst still counts, that is said and nothing is guessed; a part that was
estimated says so; people are masked as everywhere; a file of them leaves a line in the trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from goen.customers import consents
from goen.customers import queries as customers
from goen.customers.consents import Permission
from goen.doors.console import paging, segment_link
from goen.doors.console.people import counted_as, counts_households, name_of, second_mark_of
from goen.doors.console.segments_words import described
from goen.insight import queries as insight
from goen.insight.answers import PersonValue
from goen.kit import clock, home
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.marketing import found, found_shown
from goen.marketing.conditions import Conditions
from goen.marketing.found_shown import Look

PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list."""

    person_id: int
    name: str
    mark: str
    value: PersonValue | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of them may be written to by mail; `about` when it is an estimate."""

    people: int
    about: bool


def people(
    t: Tx, request: HttpRequest, conditions: Conditions, viewer: Viewer, *, made_from: str = ""
) -> dict[str, Any]:
    """What the part of the page about the people needs."""
    ready = found.prepare(t, conditions, at=clock.now())
    page: dict[str, Any] = {
        "conditions": conditions,
        "c": conditions.text,
        "said": described(t, conditions),
        "unit": counted_as("household" if counts_households(t) else "person"),
        "waiting": ready.waiting,
        "currency": home.current_shop().currency,
        "as_of": ready.as_of or ready.moment.at,
    }
    if ready.waiting:
        return page | {"analyst": insight.analyst_is_there()}
    start = paging.start(request.GET.get("from", ""))
    seen = found_shown.look(t, ready, limit=PAGE, offset=start)
    total, chosen = seen.total, seen.page
    here = made_from or request.get_full_path()
    return page | {
        "total": total,
        "about": seen.about,
        "reach": _reach(t, seen),
        "lines": lines(t, chosen, viewer),
        "measure": segment_link.measure_href(conditions.tree, made_from=here),
        "first": start + 1,
        "last": start + len(chosen),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + PAGE < total else None,
    }


def lines(t: Tx, people: Sequence[int], viewer: Viewer) -> list[Line]:
    """People with their names and what they brought so far, in the order given."""
    shown = customers.shown(t, people, viewer=viewer)
    values = insight.persons(t, list(people))
    found_lines = []
    for one in people:
        name, mark = name_of(shown.get(one), one), second_mark_of(shown.get(one))
        line = Line(one, name, "" if mark and mark in name else mark, values.get(one))
        found_lines.append(line)
    return found_lines


def _reach(t: Tx, seen: Look) -> Reach:
    answers = consents.permissions(t, seen.some).values()
    may = sum(isinstance(one, Permission) for one in answers)
    if len(seen.some) == seen.total:
        return Reach(may, about=False)
    return Reach(round(may / len(seen.some) * seen.total) if seen.some else 0, about=True)


def csv_rows(
    t: Tx, conditions: Conditions, viewer: Viewer, *, at: datetime, most: int
) -> list[list[object]] | None:
    """The people as cells of a file; None while they are being counted."""
    ready = found.prepare(t, conditions, at=at)
    if ready.waiting:
        return None
    chosen = found.page(t, ready, limit=most)
    shown = customers.shown(t, chosen, viewer=viewer)
    values = insight.persons(t, chosen)
    rows: list[list[object]] = []
    for one in chosen:
        who, value = shown.get(one), values.get(one)
        names = [who.family_name, who.given_name, who.family_kana, who.given_kana] if who else []
        card = who.cards[0] if who and who.cards else ""
        figures: list[object] = [""] * 5
        if value:
            figures = [value.profit_minor, value.amount_minor, value.receipts, value.first_on,
                       value.last_on]  # fmt: skip
        rows.append([one, *(names or [""] * 4), card, *figures])
    return rows
