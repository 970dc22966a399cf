"""Contradictions: those that wait, those accepted with a reason and an end, those on record."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.measures import about
from goen.doors.console.points_words import bad_day, day_of, known_id
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import clashes, clashes_listing
from goen.marketing.clashes_listing import FindingShown

SHOWN = {
    "open": ("未確認", "Open"),
    "accepted": ("認めた", "Accepted"),
    "gone": ("なくなった・終わった", "Gone"),
}
DAYS = 30
"""For how long one is proposed to be accepted."""


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Open ones, or with none the accepted ones, unless others are asked for; or all as a file."""
    day, shown = shop_today(), typed_in(request.GET, "shown")
    with tx() as t:
        if request.path.endswith(".csv"):
            return _csv(t, clashes_listing.findings(t, today=day, limit=10_000))
        counts = clashes_listing.counts(t, today=day)
        if shown not in SHOWN:
            shown = "accepted" if counts["accepted"] and not counts["open"] else "open"
        rows = clashes_listing.findings(t, today=day, shown=shown)
        skus = _names(t, rows)
        named = words.names_of(t, [row.accepted_by for row in rows if row.accepted_by])
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("findings"),
        "rows": [
            (row, words.told(row), about(row.skus, skus), words.period(row.starts_on, row.ends_on),
             named.get(row.accepted_by, ""))
            for row in rows
        ],
        "counts": [(code, say(*SHOWN[code]), counts[code]) for code in SHOWN],
        "shown": shown,
        "any": any(counts.values()),
        "until": day + timedelta(days=DAYS),
        "may_write": words.may_write(request),
        "said": request.session.pop("findings-said", ""),
        "wrong": request.session.pop("findings-wrong", None),
        "as_of": clock.now(),
    }  # fmt: skip
    return render(request, "console/measure_findings.html", page)


@login_required
@require_POST
def accept(request: HttpRequest, finding_id: int) -> HttpResponseRedirect:
    """Accept one as intended, up to a day."""
    back = typed_in(request.POST, "back")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/measures/findings"
    why, typed = typed_in(request.POST, "why"), typed_in(request.POST, "until")
    until = day_of(typed)
    wrong = "" if until else bad_day(typed)
    if not words.may_write(request):
        wrong = say("認められるのは、本部・販促・運用の担当者です。",
                    "Head office, marketing and operations may accept it.")  # fmt: skip
    if not wrong and until is not None:
        with tx() as t:
            answer = clashes.accept(
                t, known_id(finding_id), why=why, until=until, actor=actor_of(request),
                recorded_at=clock.now(),
            )  # fmt: skip
        wrong = refusals.sentence(answer) if isinstance(answer, Refusal) else ""
    if wrong:
        request.session["findings-wrong"] = {"id": finding_id, "wrong": wrong, "why": why[:2000]}
        request.session["measures-wrong"] = wrong if back != "/measures/findings" else ""
    else:
        said = say("認めました。期限の次の日に、また一覧に戻ります。",
                   "It is accepted. The day after its end it comes back.")  # fmt: skip
        where = "findings-said" if back.startswith("/measures/findings") else "measures-said"
        request.session[where] = said
    return redirect(back)


def _names(t: Tx, rows: list[FindingShown]) -> dict[int, str]:
    wanted = sorted({sku_id for row in rows for sku_id in row.skus[:1]})
    skus = catalogue.skus(t, wanted, on=shop_today()) if wanted else {}
    return {sku_id: text_of(one.name) for sku_id, one in skus.items()}


def _csv(t: Tx, rows: list[FindingShown]) -> HttpResponse:
    skus = _names(t, rows)
    head = [
        say("状態", "State"), say("内容", "What"), say("施策A", "Measure A"),
        say("施策B", "Measure B"), say("商品", "About"), say("最初の日", "First day"),
        say("最後の日", "Last day"), say("両方が届く人数", "People who get both"),
        say("見つけた時", "Found at"), say("認めた理由", "Accepted because"),
        say("認めた期限", "Accepted until"), say("認めた人", "Accepted by"),
    ]  # fmt: skip
    lines = [
        [
            say(*SHOWN[row.shown]), words.told(row), row.a.number, row.b.number,
            about(row.skus, skus), row.starts_on, row.ends_on, row.overlap, row.found_at,
            row.accepted_why, row.accepted_until, row.accepted_by,
        ]
        for row in rows
    ]  # fmt: skip
    return as_csv("contradictions", head, lines)
