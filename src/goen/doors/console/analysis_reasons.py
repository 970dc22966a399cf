"""Why things are bought: how much is known, by whose word, and what they say; never mixed.

Promises: what shoppers said, what staff noted and what rules inferred stand in columns of their
own; a share is of all purchases of the year; how often an inference agrees with the shopper's word
is said where both are known; from each reason to its people.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.behaviour.reasons import BASES, CODES
from goen.doors.console import analysis_tabs, segment_link
from goen.doors.console.exports import as_csv
from goen.doors.console.person import REASONS
from goen.doors.say import say
from goen.insight import reasons, tastes
from goen.insight.reasons import Knowing
from goen.kit.db import tx

WORDS = {
    "stated": ("ご本人", "Said by them"),
    "staff": ("スタッフ記録", "Noted by staff"),
    "inferred": ("推定", "Inferred"),
}
_OTHER = ("その他", "Other")
RULES = {
    "refill-1": (
        "この1年に別の2日以上、同じ商品をお求め",
        "Bought the same article on two or more other days of the year",
    ),
    "offer-1": ("7日以内にメールやご案内から来店", "Came from mail or a message within 7 days"),
    "looked-1": (
        "お求めの商品を、その前に見た・かごに入れた・たずねた",
        "Looked at the article, put it in a cart or asked for it before",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reason: how many purchases by each word, and the part of that word's purchases."""

    code: str
    name: str
    counts: tuple[tuple[str, int, float], ...]
    """By each word: its name, how many, and the part."""
    href: str


@dataclass(frozen=True, slots=True)
class Basis:
    """One word: how many purchases have a reason by it, and the part of all."""

    code: str
    name: str
    documents: int
    share: float


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page, or its table as a file."""
    with tx() as t:
        found = reasons.knowing(t)
        considering = tastes.considering(t)
    lines = _lines(found) if found else []
    if request.GET.get("format") == "csv":
        return _csv(lines)
    page = {
        "pages": analysis_tabs.menu("reasons"),
        "known": found,
        "bases": _bases(found) if found else [],
        "lines": lines,
        "considering": considering,
        "agreed": found.agreed / found.compared if found and found.compared else None,
        "rules": [
            (say(*REASONS.get(code, _OTHER)), say(*RULES[rule]), confidence)
            for rule, (code, confidence) in reasons.RULES.items()
        ],
        "as_of": found.as_of if found else None,
    }
    return render(request, "console/analysis_reasons.html", page)


def _bases(found: Knowing) -> list[Basis]:
    return [
        Basis(code, name, found.by_basis.get(code, 0), found.share(code))
        for code, name in zip(BASES, _names(), strict=True)
    ]


def _names() -> list[str]:
    return [say(*WORDS[basis]) for basis in BASES]


def _lines(found: Knowing) -> list[Line]:
    """Reasons that anybody gave or a rule found, in the order of the list."""
    lines = []
    for code in CODES:
        counts = [found.by_code.get(basis, {}).get(code, 0) for basis in BASES]
        if not any(counts):
            continue
        wholes = [found.by_basis.get(basis, 0) for basis in BASES]
        shares = [n / whole if whole else 0.0 for n, whole in zip(counts, wholes, strict=True)]
        href = segment_link.href([{"field": "reason", "code": code}], made_from="/analysis/reasons")
        name = say(*REASONS.get(code, _OTHER))
        lines.append(Line(code, name, tuple(zip(_names(), counts, shares, strict=True)), href))
    return lines


def _csv(lines: list[Line]) -> HttpResponse:
    head = [say("理由", "reason"), *_names()]
    return as_csv("reasons", head, ([one.name, *(n for _, n, _ in one.counts)] for one in lines))
