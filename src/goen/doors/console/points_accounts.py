"""Point accounts as a list: found by number or name, filtered, as a file; a new one opened.

Promises: an account is named by who may spend from it; names are masked by role; the file leaves a
line in the trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import points_words as words
from goen.doors.console.exports import as_csv
from goen.doors.console.orders_words import names_of_records
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.points import chosen_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.points import accounts, listing, programmes
from goen.points.listing import FILTERS, AccountsAsked
from goen.points.queries import AccountShown

PAGE = 50
EVERY_ROW = 100_000
MOST_PEOPLE = 200
"""People whose accounts a text may mean."""


@dataclass(frozen=True, slots=True)
class Row:
    """An account with the people on it: the first named, the others counted."""

    one: AccountShown
    people: tuple[tuple[int, str], ...]
    mark: str

    @property
    def name(self) -> str:
        """Whose it is, the others counted."""
        first = self.people[0][1] if self.people else "—"
        more = len(self.people) - 1
        if more < 1:
            return first
        return say("{name} ほか{n}人", "{name} and {n} more", name=first, n=more)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or all of it as a file."""
    at, viewer = clock.now(), viewer_of(request)
    exporting = request.path.endswith(".csv")
    text = words.typed(request.GET, "q")
    only = request.GET.get("only", "") if request.GET.get("only", "") in FILTERS else ""
    typed = request.GET.get("page", "1")
    number = max(1, int(typed)) if typed.isdecimal() and len(typed) < 6 else 1
    limit, start = (EVERY_ROW, 0) if exporting else (PAGE, (number - 1) * PAGE)
    rows: list[Row] = []
    total, without = 0, []
    with tx() as t:
        known = listing.programmes(t)
        chosen = chosen_of(request, known)
        if chosen is not None:
            day = programmes.today(chosen.rules, at)
            records = _records(t, text, viewer) if text else None
            asked = AccountsAsked(chosen.rules.id, records, only)
            found, total = listing.page(t, asked, day=day, viewer=viewer, limit=limit, start=start)
            rows = _rows(t, found, viewer)
            if records and not only and number == 1:
                without = _without(t, records, found, viewer)
        if exporting:
            trail.saw(t, viewer, "export", "points", at=at)
            return _csv(rows)
    page: dict[str, Any] = {
        "programmes": known,
        "chosen": chosen,
        "rows": rows,
        "without": without,
        "text": text,
        "only": only,
        "filters": _filters(),
        "total": total,
        "first": start + 1,
        "last": start + len(rows),
        "previous": number - 1,
        "following": number + 1 if total > number * PAGE else None,
        "may_write": words.may_write(request),
        "error": request.session.pop("points-error", ""),
        "as_of": at,
    }
    return render(request, "console/points_accounts.html", page)


def _filters() -> list[tuple[str, str]]:
    return [
        ("", say("すべて", "All")),
        ("ending", say("30日以内に切れる", "Ends within 30 days")),
        ("shared", say("家族などで共有", "Shared")),
        ("owed", say("不足あり", "Owes points")),
    ]


def _records(t: Tx, text: str, viewer: Viewer) -> list[int]:
    """The records of everybody whom a number or a name may mean."""
    person = customers.find_credential(t, text, viewer=viewer)
    if person is not None:
        return list(person.record_ids)
    found = customers.search(t, text, viewer=viewer, limit=MOST_PEOPLE)
    return [record for one in found for record in one.record_ids]


def _rows(t: Tx, found: Sequence[AccountShown], viewer: Viewer) -> list[Row]:
    records = sorted({record for one in found for record in one.record_ids})
    names = names_of_records(t, records, viewer)
    firsts = [names[one.record_ids[0]][0] for one in found if one.record_ids]
    shown = customers.shown(t, sorted(set(firsts)), viewer=viewer)
    rows = []
    for one in found:
        people = tuple(dict.fromkeys(names[record] for record in one.record_ids))
        mark = second_mark_of(shown.get(people[0][0])) if people else ""
        rows.append(Row(one, people, mark))
    return rows


def _without(
    t: Tx, records: Sequence[int], found: Sequence[AccountShown], viewer: Viewer
) -> list[tuple[int, int, str, str]]:
    """People who were meant and have no account yet: (record, person, name, second mark)."""
    persons = customers.person_of_records(t, list(records))
    served = {record for one in found for record in one.record_ids}
    having = {persons[record] for record in served if record in persons}
    missing = {persons[r]: r for r in reversed(records) if persons[r] not in having}
    shown = customers.shown(t, sorted(missing), viewer=viewer)
    return [
        (record, person, name_of(shown.get(person), person), second_mark_of(shown.get(person)))
        for person, record in sorted(missing.items())
    ][:PAGE]


def _csv(rows: Sequence[Row]) -> HttpResponse:
    head = [
        say("口座", "Account"), say("お客様", "Customer"), say("人数", "People"),
        say("使えるポイント", "Spendable"), say("確定待ち", "Pending"),
        say("注文で確保中", "Kept for orders"), say("不足", "Owed"),
        say("次の期限", "Next end"), say("次に切れるポイント", "Ending then"),
    ]  # fmt: skip
    lines = [
        [
            row.one.account_id,
            row.people[0][1].removesuffix(" 様") if row.people else "",
            len(row.people),
            row.one.spendable,
            row.one.pending,
            row.one.kept,
            row.one.owed,
            row.one.ends_on,
            row.one.ending,
        ]
        for row in rows
    ]
    return as_csv("points-accounts", head, lines)


@login_required
@require_POST
def open_one(request: HttpRequest) -> HttpResponse:
    """An account for a record that has none; the one that is there, where it has."""
    record = request.POST.get("record", "")
    if not words.may_write(request) or not record.isdecimal() or len(record) > 15:
        return redirect("/points/accounts")
    with tx() as t:
        chosen = chosen_of(request, listing.programmes(t))
        code = request.POST.get("programme", "") or (chosen.rules.code if chosen else "")
        [answer] = accounts.open_for(
            t, [int(record)], programme=code, actor=actor_of(request), recorded_at=clock.now()
        )
    if isinstance(answer, Refusal):
        request.session["points-error"] = refusals.sentence(answer)
        return redirect("/points/accounts")
    if not answer.repeated:
        request.session["points-said"] = say("口座を開きました。", "The account is open.")
    return redirect(f"/points/accounts/{answer.account_id}")
