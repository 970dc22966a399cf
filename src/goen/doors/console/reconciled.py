"""A source's own counts beside the books: what came in, what did not, and why.

Promises: both counts were made apart from each other; a difference nobody can explain is shown as
one, first of all.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from goen.doors import reconciled_words
from goen.doors.console.exports import as_csv
from goen.doors.console.templatetags.goen import money, num
from goen.doors.say import say
from goen.kit import home
from goen.kit.db import tx
from goen.links import reconciling
from goen.links.reconciling import Compared


@dataclass(frozen=True, slots=True)
class Line:
    """One subject in words; amounts of money are written as such."""

    name: str
    of_source: str
    ours: str
    apart: str
    reasons: tuple[tuple[str, str], ...]
    unexplained: str
    is_part: bool


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The newest counts, or with `.csv` in the address as a file."""
    with tx() as t:
        found = reconciling.newest(t)
    lines = [_line(row) for row in found.rows] if found else []
    if request.path.endswith(".csv"):
        return _csv(found.rows if found else ())
    return render(request, "console/reconciled.html", {"found": found, "lines": lines})


def _line(row: Compared) -> Line:
    def shown(count: int) -> str:
        if row.subject == "amount":
            return str(money(count, home.current_shop().currency))
        return num(count)

    apart = row.of_source - row.ours
    return Line(
        reconciled_words.subject(row, say).strip(),
        shown(row.of_source),
        shown(row.ours),
        shown(apart) if apart else "",
        tuple((shown(count), reconciled_words.reason(code, say)) for code, count in row.apart),
        shown(row.unexplained) if row.unexplained else "",
        row.subject.startswith("large_") or row.subject == "tied",
    )


def _csv(rows: tuple[Compared, ...]) -> HttpResponse:
    head = [
        say("項目", "Subject"), say("元のデータ", "Source"), say("帳簿", "Books"),
        say("差", "Difference"), say("理由", "Reason"), say("説明のない差", "Unexplained"),
    ]  # fmt: skip
    lines = [
        [
            reconciled_words.subject(row, say).strip(), row.of_source, row.ours,
            row.of_source - row.ours,
            "; ".join(f"{n}: {reconciled_words.reason(code, say)}" for code, n in row.apart),
            row.unexplained,
        ]
        for row in rows
    ]  # fmt: skip
    return as_csv("reconciliation", head, lines)


urlpatterns = [
    path("reconciliation", show, name="reconciled"),
    path("reconciliation.csv", show, name="reconciled_csv"),
]
