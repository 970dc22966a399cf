"""Points of the whole shop: the rules in words, what is outstanding and when it ends, by month.

Promises: what is outstanding is the ledger's, as of the moment; every picture has its table and
its file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from goen.doors.console import charts
from goen.doors.console import points_words as words
from goen.doors.console.charts import Bar
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.stock_words import who
from goen.doors.console.templatetags.goen import num
from goen.doors.say import language, say
from goen.kit import clock
from goen.kit.db import tx
from goen.points import listing, programmes, queries
from goen.points.listing import Month, ProgrammeShown
from goen.points.queries import Liability
from goen.points.rules import months_later

SHOWN_MONTHS = 12
MOST_MONTHS = 25
_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class End:
    """What ends in a month, or never. `short` is its name where space is short."""

    name: str
    short: str
    free: int
    kept: int

    @property
    def points(self) -> int:
        """Spendable and kept."""
        return self.free + self.kept


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved in a month."""

    name: str
    month: Month


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page of one programme; of the first, where none is chosen."""
    at = clock.now()
    with tx() as t:
        known = listing.programmes(t)
        chosen = chosen_of(request, known)
        page: dict[str, Any] = {
            "programmes": known,
            "chosen": chosen,
            "may_write": words.may_write(request),
            "said": request.session.pop("points-said", ""),
            "as_of": at,
        }
        if chosen is not None:
            rules = chosen.rules
            day = programmes.today(rules, at)
            totals = listing.totals(t, rules.id, day=day)
            owing = queries.liability(t, rules.code)
            by_month = ends_of(owing, day)
            moved = months_of(listing.months(t, rules, since=_first(day)), day)
            page |= {
                "rules": words.rules_of(rules),
                "currency": rules.currency,
                "totals": totals,
                "outstanding": totals.free + totals.kept,
                "soon": soon_of(owing, day),
                "ends": by_month,
                "ends_total": (sum(o.free for o in by_month), sum(o.kept for o in by_month)),
                "ends_chart": _chart(by_month) if totals.free + totals.kept else "",
                "moved": moved,
                "this_month": moved[0].month if moved else None,
                "any_moved": any(_any(one.month) for one in moved),
                "changed_by": who(t, [chosen.changed_by])[chosen.changed_by],
            }
    return render(request, "console/points.html", page)


def chosen_of(request: HttpRequest, known: Sequence[ProgrammeShown]) -> ProgrammeShown | None:
    """The programme that is asked for, else the first."""
    code = request.GET.get("programme", "")
    found = [one for one in known if one.rules.code == code] or list(known)
    return found[0] if found else None


def month_name(month: date | None) -> str:
    """A month as people say it; no month is never."""
    if month is None:
        return say("期限なし", "No end")
    if language() == "en":
        return f"{_EN[month.month - 1]} {month.year}"
    return f"{month.year}年{month.month}月"


def short_name(month: date) -> str:
    """A month below a chart: with its year where that is new."""
    if language() == "en":
        year = f" {month:%y}" if month.month == 1 else ""
        return f"{_EN[month.month - 1]}{year}"
    return f"{month:%y}年1月" if month.month == 1 else f"{month.month}月"


def ends_of(found: Sequence[Liability], day: date) -> list[End]:
    """Every month from now to the last one in which points end, idle months too.

    What ends later than two years from now stands in one row.
    """
    dated = [one.month for one in found if one.month]
    month = min([*dated, day]).replace(day=1)
    last = max(dated, default=day)
    shown: list[End] = []
    while month <= last and len(shown) < MOST_MONTHS:
        name = month_name(month)
        shown.append(_end(name, short_name(month), [o for o in found if o.month == month]))
        month = months_later(month, 1)
    beyond = [one for one in found if one.month and one.month >= month]
    if beyond:
        shown.append(_end(say("それより後", "Later"), say("後", "Later"), beyond))
    never = [one for one in found if one.month is None]
    if never:
        shown.append(_end(month_name(None), say("なし", "Never"), never))
    return shown


def _end(name: str, short: str, found: Sequence[Liability]) -> End:
    return End(name, short, sum(one.free for one in found), sum(one.kept for one in found))


def soon_of(found: Sequence[Liability], day: date) -> int:
    """What ends until the last day of the month after next."""
    until = months_later(day.replace(day=1), 2)
    return sum(one.free + one.kept for one in found if one.month and one.month <= until)


def months_of(found: Sequence[Month], day: date) -> list[Moved]:
    """The last twelve months, this one first, idle ones too."""
    by_month = {one.month: one for one in found}
    this = day.replace(day=1)
    months = [months_later(this, -n) for n in range(SHOWN_MONTHS)]
    return [Moved(month_name(m), by_month.get(m) or Month(m, 0, 0, 0, 0)) for m in months]


def _first(day: date) -> date:
    return months_later(day.replace(day=1), 1 - SHOWN_MONTHS)


def _any(month: Month) -> bool:
    return any((month.earned, month.granted, month.spent, month.expired))


def _chart(ends: Sequence[End]) -> SafeString:
    """Bars by month: spendable in the first colour, kept for open orders in the other."""
    most = max(ends, key=lambda one: one.points)
    finding = say(
        "最も多く切れるのは{month}の{n}ポイントです。",
        "The most, {n} {n|point|points}, end in {month}.",
        month=most.name,
        n=num(most.points),
    )
    return charts.stacked([Bar(one.short, one.kept, one.free, 0) for one in ends], finding)


@login_required
@require_GET
def ends(request: HttpRequest) -> HttpResponse:
    """What ends in each month, as a file."""
    head = [
        say("期限の月", "Month of end"),
        say("使えるポイント", "Spendable"),
        say("注文で確保中", "Kept for orders"),
    ]
    with tx() as t:
        chosen = chosen_of(request, listing.programmes(t))
        found = queries.liability(t, chosen.rules.code) if chosen else []
    rows = [[f"{one.month:%Y-%m}" if one.month else "", one.free, one.kept] for one in found]
    return as_csv("points-ends", head, rows)


@login_required
@require_GET
def months(request: HttpRequest) -> HttpResponse:
    """What moved in each month, as a file."""
    head = [
        say("月", "Month"), say("お買い物で付いた", "Earned"), say("お渡しした", "Given"),
        say("使われた", "Spent"), say("期限が切れた", "Ended"),
    ]  # fmt: skip
    with tx() as t:
        chosen = chosen_of(request, listing.programmes(t))
        since = shop_today() - timedelta(days=3_660)
        found = listing.months(t, chosen.rules, since=since) if chosen else []
    rows = [[f"{m.month:%Y-%m}", m.earned, m.granted, m.spent, m.expired] for m in found]
    return as_csv("points-months", head, rows)
