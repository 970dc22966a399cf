"""What customers are and will be worth: the forecast, how it did before, and equity's moves.

Promises: every forecast stands beside its range and its published back-test; where the data carry
none, no number is shown and what is missing is said; each part leads to the people behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from goen.doors.console import analysis_tabs, charts_causes, charts_ltv, ltv_words, segment_link
from goen.doors.console.home import short_money
from goen.doors.console.people import counted_as
from goen.doors.console.templatetags import goen as words
from goen.doors.say import say
from goen.insight import forecast_queries as forecasts
from goen.insight import queries as insight
from goen.insight import targets
from goen.insight.answers import Ltv
from goen.insight.forecast_queries import Backtest, Equity, Expected, Missing, Moved, Trial
from goen.kit.db import tx

DRIFTING = ({"field": "alive", "least": 0.1, "most": 0.5},)
"""Who may not come again and is not past reaching."""
NEARLY_NONE = 0.2
"""A correlation below this hardly changes what is foretold."""


@dataclass(frozen=True, slots=True)
class Move:
    """One part of how equity moved: what, how much, whose, and where they are."""

    name: str
    minor: float
    people: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model in the back-test's table: its score beside BG/NBD's, and its latest trial."""

    title: str
    score: float
    is_winner: bool
    trial: Trial


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    with tx() as t:
        value, found = insight.ltv(t), forecasts.expected(t)
        backtest, equity = forecasts.backtest(t), forecasts.equity(t)
        goals = targets.current(t)
        moved = charts_causes.of(t, value) if value and value.people else None
    expected = found if isinstance(found, Expected) else None
    page: dict[str, Any] = {
        "pages": analysis_tabs.menu("ltv"),
        "ltv": value if value and value.people else None,
        "expected": expected,
        "missing": ltv_words.missing(found) if isinstance(found, Missing) else "",
    }
    if value and value.people:
        page |= _so_far(value)
        page["chart"] = ltv_words.picture(value, expected, goals, moved.marks if moved else ())
        page["causes"] = moved
        page["goals"] = bool(goals)
    if value and expected:
        page |= _ahead(value, expected)
    if value and expected and equity:
        page |= _equity(value, equity)
    if backtest and expected:
        page |= _backtest(backtest)
    return render(request, "console/analysis_ltv.html", page)


def _so_far(value: Ltv) -> dict[str, Any]:
    unit_ja, unit_en = counted_as(value.unit)
    return {
        "currency": value.currency,
        "household": value.unit == "household",
        "unit": say(unit_ja, unit_en),
        "mean": round(value.mean_minor),
        "low": round(value.low_minor),
        "high": round(value.high_minor),
    }


def _ahead(value: Ltv, expected: Expected) -> dict[str, Any]:
    related = expected.independence
    return {
        "drifting_segment": segment_link.href(DRIFTING, made_from="/analysis/ltv"),
        "drifting_measure": segment_link.measure_href(
            DRIFTING, made_from="/analysis/ltv", evidence=_evidence(value, expected)
        ),
        "horizon": ltv_words.horizon(expected.horizon_days),
        "expected_mean": round(expected.mean_minor),
        "expected_low": round(expected.low_minor),
        "expected_high": round(expected.high_minor),
        "still": round(expected.still),
        "still_share": expected.still / expected.people,
        "each": expected.purchases / expected.people,
        "related": related,
        "related_words": _related(related) if related else "",
        "season_words": _season(expected.season) if expected.season else "",
        "params": _figures(expected.params),
        "spend": _figures(expected.spend),
    }


def _evidence(value: Ltv, expected: Expected) -> str:
    return say(
        "来てくださる見込みが10〜50%の方。いまもお客様である方は{n}人のうち約{still}人、"
        "これからの見込みは平均{mean}（80%の幅 {low}〜{high}）",
        "People 10 to 50 % likely to come. About {still} of {n} are still customers; {mean} is"
        " expected of each on average (80 % range {low}–{high})",
        n=words.num(expected.people),
        still=words.num(round(expected.still)),
        mean=words.money(round(expected.mean_minor), value.currency),
        low=words.money(round(expected.low_minor), value.currency),
        high=words.money(round(expected.high_minor), value.currency),
    )


def _figures(parameters: Mapping[str, float]) -> list[tuple[str, str]]:
    order = ("r", "alpha", "s", "beta", "a", "b", "p", "q", "gamma")
    return [
        (
            name,
            f"{parameters[name]:,.4g}" if parameters[name] < 100 else words.num(parameters[name]),
        )
        for name in order
        if name in parameters
    ]


def _equity(value: Ltv, equity: Equity) -> dict[str, Any]:
    currency = value.currency
    page: dict[str, Any] = {
        "equity": equity,
        "equity_short": short_money(round(equity.total_minor), currency),
        "equity_low": short_money(round(equity.low_minor), currency),
        "equity_high": short_money(round(equity.high_minor), currency),
    }
    moved = equity.bridge
    if moved is not None:
        page |= {
            "moved": moved,
            "net": moved.end_minor - moved.start_minor,
            "moves": _moves(moved),
            "bridge_chart": _bridge(moved, currency),
            "start_short": short_money(round(moved.start_minor), currency),
            "net_words": _signed(moved.end_minor - moved.start_minor, currency),
        }
    return page


def _moves(moved: Moved) -> list[Move]:
    return [
        Move(
            say("新しい方", "New people"), moved.new_minor, moved.people_new,
            say("先月末よりあとに初めて購入した方の見込み", "Expected of who first bought since"),
        ),
        Move(
            say("増減", "Changed"), moved.changed_minor, moved.people_kept,
            say("続いている方の見込みの動き", "How the expectation of who stays moved"),
        ),
        Move(
            say("離れた方", "Lost"), moved.lost_minor, moved.people_lost,
            say("来てくださる見込みが五分を下回った方", "Whose chance to come fell below even"),
        ),
    ]  # fmt: skip


def _bridge(moved: Moved, currency: str) -> SafeString:
    steps, at = [], 0.0
    for move in _moves(moved):
        words_ = _signed(move.minor, currency)
        steps.append(charts_ltv.Step(move.name, at, at + move.minor, words_))
        at += move.minor
    steps.append(charts_ltv.Step(say("合計", "Together"), 0.0, at, _signed(at, currency), True))
    finding = say(
        "顧客資産は先月末から{net}動きました。",
        "Customer equity moved by {net} since the last month's end.",
        net=_signed(at, currency),
    )
    return charts_ltv.bridge(steps, finding)


def _signed(minor: float, currency: str) -> str:
    sign = "+" if minor >= 0 else "−"
    return sign + short_money(abs(round(minor)), currency)


def _backtest(found: Backtest) -> dict[str, Any]:
    trials = found.of(found.winner)
    latest = trials[0]
    pairs = [
        charts_ltv.Pair(str(at), tenth.predicted, tenth.actual)
        for at, tenth in enumerate(latest.tenths, start=1)
    ]
    best = latest.tenths[0]
    top = best.actual / latest.actual if latest.actual else None
    finding = say(
        "見込みの大きい順に10等分した方々の、見込みと実際の購入日数です。",
        "Purchase days foretold and made by tenths of people, most expected first.",
    )
    return {
        "backtest": found,
        "trials": trials,
        "latest": latest,
        "tenths_chart": charts_ltv.tenths(pairs, finding),
        "top_share": top,
        "lift": None if top is None else top * len(latest.tenths),
        "off": _off(trials),
        "better": 1 - latest.mae / latest.naive_mae if latest.naive_mae else None,
        "candidates": [
            Candidate(one.title, found.scores[one.model], one.model == found.winner, one)
            for one in found.trials
            if one.origin_on == latest.origin_on and one.model in found.scores
        ],
    }


def _off(trials: Sequence[Trial]) -> float | None:
    """How far the total was off at worst."""
    errors = [abs(one.error) for one in trials if one.error is not None]
    return max(errors) if errors else None


def _related(related: forecasts.Independence) -> str:
    if abs(related.correlation) < NEARLY_NONE:
        return say(
            "よく来る方ほど1回が大きい、小さい、という関係はほとんどありません。"
            "回数と金額を別々に見込む、この計算のままで大丈夫です。",
            "How often people come says hardly anything about how much they spend:"
            " foretelling the two apart holds.",
        )
    if related.correlation > 0:
        return say(
            "よく来る方ほど1回の粗利が大きい関係があります。"
            "よく来る方の見込みは少し小さめ、たまに来る方は大きめに出ます。",
            "Who comes often also spends more at a time: expectations of frequent customers are"
            " somewhat low, those of rare ones high.",
        )
    return say(
        "よく来る方ほど1回の粗利が小さい関係があります。"
        "よく来る方の見込みは少し大きめ、たまに来る方は小さめに出ます。",
        "Who comes often spends less at a time: expectations of frequent customers are somewhat"
        " high, those of rare ones low.",
    )


def _season(season: Sequence[float]) -> str:
    most, least = max(season), min(season)
    return say(
        "1年のうち{high}ごろはふだんの{most}倍、{low}ごろは{least}倍お買い上げがあります。",
        "Around {high} {most} times as much as usual is bought, around {low} {least} times.",
        high=_week(season.index(most)),
        most=words.num(most, 1),
        low=_week(season.index(least)),
        least=words.num(least, 1),
    )


def _week(number: int) -> str:
    """The month a week of the year lies in."""
    month = min(12, int((number * 7 + 3) / 30.5) + 1)
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return say("{month}月", "{name}", month=month, name=names[month - 1])
