"""What is expected of customers, in words and pictures that more than one page shows.

Promises: what is expected is never shown without its range and the days it covers; where nothing
can be foretold the page says what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from goen.doors.console import charts, charts_ltv
from goen.doors.console.templatetags import goen as words
from goen.doors.refusals import sentence
from goen.doors.say import language, say
from goen.insight.answers import Ltv
from goen.insight.forecast_queries import Expected, Forecast, Missing
from goen.insight.targets import Target
from goen.kit.money import exponent
from goen.kit.refusals import Refusal

SHOWN_MONTHS = 24
EVEN = 0.5
SURE = 0.8


@dataclass(frozen=True, slots=True)
class Coming:
    """What is expected of one person, in words."""

    forecast: Forecast
    times: str
    still: str
    advice: str


def horizon(days: int) -> str:
    """How far is looked ahead: これから1年."""
    if days == 365:
        return say("これから1年", "next 12 months")
    return say("これから{n}日", "next {n} {n|day|days}", n=days)


def picture(
    value: Ltv,
    expected: Expected | None,
    targets: Sequence[Target],
    marks: Sequence[charts_ltv.Mark] = (),
) -> SafeString | None:
    """Value per person so far and as expected, with the goals; None while there is no line.

    `marks` are what happened, at the months shown.
    """
    months = value.months[-SHOWN_MONTHS:]
    if len(months) < 2:
        return None
    scale = 10 ** exponent(value.currency)
    points = [
        _point(month.month, month.mean_minor, month.low_minor, month.high_minor, scale)
        for month in months
    ]
    coming = []
    if expected is not None:
        base = months[-1].mean_minor
        after = [month for month in expected.months if _month(month.on) > months[-1].month]
        coming = [
            _point(
                month.on.replace(day=1),
                base + month.mean_minor,
                base + month.low_minor,
                base + month.high_minor,
                scale,
            )
            for month in after
        ]
    finding = _finding(value, coming)
    prefix = words.sign_of(value.currency)
    goals = _goals(points, coming, targets, [m.month for m in months], expected, scale)
    if not coming and not goals and not marks:
        return charts.line(points, finding, prefix=prefix)
    return charts_ltv.ahead(points, coming, goals, finding, prefix=prefix, marks=marks)


def person(forecast: Forecast) -> Coming:
    """What is expected of one person, and what to do about it."""
    low, high = round(forecast.purchases_low), round(forecast.purchases_high)
    if low == high:
        times = say("{n}回", "{n} {n|purchase|purchases}", n=low)
    else:
        times = say("{low}〜{high}回", "{low}–{high} {high|purchase|purchases}", low=low, high=high)
    chance = say("見込み{p}%", "{p}% likely", p=words.pct(min(forecast.alive, 0.99), 0))
    if forecast.alive >= SURE:
        still = say("これからも来てくださる方です（{c}）", "Still a customer ({c})", c=chance)
    elif forecast.alive >= EVEN:
        still = say(
            "足が遠のきかけているかもしれません（来てくださる{c}）",
            "May be drifting away (still a customer: {c})",
            c=chance,
        )
    else:
        still = say(
            "もういらっしゃらないかもしれません（来てくださる{c}）",
            "May not come again (still a customer: {c})",
            c=chance,
        )
    return Coming(forecast, times, still, _advice(forecast))


def missing(found: Missing) -> str:
    """Why nothing is foretold, and what would change that."""
    detail = {
        "people": found.people,
        "repeaters": found.repeaters,
        "least_people": found.least_people,
        "least_repeaters": found.least_repeaters,
    }
    return sentence(Refusal(found.code, "", detail))


def _advice(forecast: Forecast) -> str:
    if forecast.alive < EVEN:
        return say(
            "思い出していただくきっかけを1回だけ送り、反応がなければ追わないのも手です。",
            "One reminder is worth it; without an answer, let them be.",
        )
    if forecast.next_on is None:
        return say(
            "次のお買い物がいつになるかは、まだわかりません。2回目のきっかけを用意してください。",
            "When they come next cannot be told yet. Give them a reason for another visit.",
        )
    return say(
        "{day}ごろまでに来てくださるかが五分です。過ぎたらお声がけを。",
        "Even chance of a visit by {day}; speak to them after that.",
        day=words.day(forecast.next_on),
    )


def _point(month: date, mean: float, low: float, high: float, scale: int) -> charts.Point:
    label, full = month_labels(month)
    figures = (round(part / scale, 2) for part in (mean, low, high))
    return charts.Point(label, full, month.year, *figures)


def month_labels(month: date) -> tuple[str, str]:
    """A month in short, and with its year."""
    if language() == "en":
        return f"{month:%b}", f"{month:%b %Y}"
    return f"{month.month}月", f"{month.year}/{month.month}"


def _month(day: date) -> date:
    return day.replace(day=1)


def _finding(value: Ltv, coming: Sequence[charts.Point]) -> str:
    months, scale = value.months[-SHOWN_MONTHS:], 10 ** exponent(value.currency)
    so_far = say(
        "お一人あたりの粗利は{first}から{last}に変わりました。",
        "Gross profit per person went from {first} to {last}.",
        first=words.money(round(months[0].mean_minor), value.currency),
        last=words.money(round(months[-1].mean_minor), value.currency),
    )
    if not coming:
        return so_far
    return so_far + say(
        "{month}には{mean}になる見込みです（80%の幅 {low}〜{high}）。",
        " By {month} {mean} is expected (80% range {low}–{high}).",
        month=coming[-1].full_label,
        mean=words.money(round(coming[-1].value * scale), value.currency),
        low=words.money(round(coming[-1].low * scale), value.currency),
        high=words.money(round(coming[-1].high * scale), value.currency),
    )


def _goals(
    points: Sequence[charts.Point],
    coming: Sequence[charts.Point],
    targets: Sequence[Target],
    shown: Sequence[date],
    expected: Expected | None,
    scale: int,
) -> list[charts_ltv.Goal]:
    """Each month's goal where the chart has that month."""
    later = [_month(m.on) for m in expected.months] if expected else []
    whole = [*shown, *[month for month in later if month > shown[-1]]][: len(points) + len(coming)]
    at = {month: i for i, month in enumerate(whole)}
    return [
        charts_ltv.Goal(at[target.month], round(target.value_minor / scale, 2))
        for target in targets
        if target.month in at
    ]
