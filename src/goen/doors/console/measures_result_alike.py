"""The treated beside people alike, in words: for measures of which nobody drew lots.

Promises: every figure here is called "not drawn by lot"; the plain difference stands beside the
matched one, so that what matching took away is seen; where the days before already differ, the
sentence says that the change proves nothing.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from goen.doors.console import charts_effect, charts_weeks
from goen.doors.console.charts_weeks import Week
from goen.doors.console.measures_result_words import signed
from goen.doors.console.templatetags.goen import full_date, money, num, sign_of, whole
from goen.doors.say import say
from goen.insight.effect.changes import Estimate
from goen.insight.effect.matching import Balance
from goen.insight.effects_alike import Alike
from goen.kit.money import exponent
from goen.marketing.verdicts import Verdict

ROWS = {
    "plain": ("ただの差", "Plain"),
    "matched": ("似た方との差", "Matched"),
    "changed": ("似た方との変化の差", "Change"),
    "placebo": ("始まる前の期間", "Placebo"),
}
KNOWN = {
    "profit": ("粗利", "Gross profit"),
    "receipts": ("レシートの数", "Receipts"),
    "days_since": ("最後の購入からの日数", "Days since the last purchase"),
}
WHY_NOT = {
    "no_history": (
        "始まる前のデータが28日分ないため、似た方と比べられません。",
        "There are fewer than 28 days of data before the start, so nobody can be matched.",
    ),
    "nobody": (
        "どちらかの群が10人未満のため、比べません。",
        "One of the groups has fewer than ten people, so they are not compared.",
    ),
    "nobody_alike": (
        "前の買い方が似た方が足りないため、比べません。",
        "Too few people bought alike before, so they are not compared.",
    ),
}
NO_LOTS = (
    "くじで分けていないので、似た方との比較です。効果の証明ではありません。",
    "Nobody drew lots: this compares with people alike and proves no effect.",
)
EVEN = 0.1
"""Up to so many standard deviations apart is called even."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way of comparing, in words."""

    code: str
    name: str
    value: str
    between: str
    people: int
    others: int


@dataclass(frozen=True, slots=True)
class Known:
    """One thing known before: how far apart the two groups were and are."""

    name: str
    treated: str
    others: str
    before: str
    apart: str
    apart_before: str
    is_even: bool


def page(found: Verdict, currency: str) -> dict[str, Any]:
    """What the card shows; empty where lots were drawn or nothing is known."""
    alike = found.effect.alike if found.effect else None
    if alike is None:
        return {}
    if alike.changed is None or alike.spans is None:
        return {"alike": alike, "alike_why_not": say(*WHY_NOT[alike.why_not or "nobody_alike"])}
    rows = _rows(alike, currency)
    return {
        "head": head(alike),
        "tone": "warn",
        "detail": f"{finding(alike, currency)} {say(*NO_LOTS)}",
        "alike": alike,
        "alike_rows": rows,
        "alike_chart": _forest(alike, currency),
        "alike_weeks": _weeks(alike, currency),
        "alike_known": [_known(one, currency) for one in alike.balance],
        "alike_placebo": _placebo(alike),
        "alike_drift": drift(alike, currency),
        "alike_whole": _whole(alike, currency),
    }


def head(alike: Alike) -> str:
    """The verdict as far as there can be one."""
    if alike.is_doubtful:
        return say("始まる前から動きが違い、判定できません", "They moved apart before it began")
    assert alike.changed is not None
    if not alike.changed.is_clear:
        return say("差があるとは言えません", "No difference can be claimed")
    if alike.changed.value > 0:
        return say(
            "増えたようです（くじではありません）", "It seems to have worked (no lots drawn)"
        )
    return say("減ったようです（くじではありません）", "It seems to have done harm (no lots drawn)")


def finding(alike: Alike, currency: str) -> str:
    """What was found in a sentence: the change, and what the plain difference would have said."""
    assert alike.changed is not None
    said = say(
        "似た方と比べた変化は、お一人あたり {d}（95%区間 {i}）。",
        "Against people alike the change is {d} per person (95 % {i}). ",
        d=signed(alike.changed.value, currency),
        i=between(alike.changed, currency),
    )
    if alike.plain is None or not alike.plain.is_clear or alike.plain.value < 0:
        return said
    return said + say(
        "ただの差は {d} ですが、選ばれた方はもともとよく買う方でした。",
        "The plain difference is {d}, but those chosen bought more to begin with.",
        d=signed(alike.plain.value, currency),
    )


def between(one: Estimate, currency: str) -> str:
    """An interval of amounts."""
    low, high = (money(whole(end), currency) for end in (one.low, one.high))
    return say("{low}〜{high}", "{low} to {high}", low=low, high=high)


def _rows(alike: Alike, currency: str) -> list[Row]:
    return [
        Row(code, say(*words), signed(one.value, currency), between(one, currency),
            one.people, one.others)
        for code, words in ROWS.items()
        if (one := getattr(alike, code)) is not None
    ]  # fmt: skip


def _forest(alike: Alike, currency: str) -> SafeString:
    unit = 10 ** exponent(currency)
    rows = [
        charts_effect.Effect(
            say(*words),
            one.value / unit,
            one.low / unit,
            one.high / unit,
            signed(one.value, currency),
            is_whole=code == "changed",
        )
        for code, words in ROWS.items()
        if (one := getattr(alike, code)) is not None
    ]
    return charts_effect.forest(rows, finding(alike, currency), prefix=sign_of(currency))


def _weeks(alike: Alike, currency: str) -> SafeString | None:
    """Both groups week by week; None where there are too few weeks to see anything."""
    assert alike.spans is not None
    ahead = sum(1 for one in alike.weeks if one.first_on < alike.spans.first_on)
    if ahead < 2 or len(alike.weeks) - ahead < 1:
        return None
    unit = 10 ** exponent(currency)
    given = [
        Week(f"{one.first_on.month}/{one.first_on.day}", one.treated / unit, one.others / unit)
        for one in alike.weeks
    ]
    names = (say("届けた方", "Treated"), say("似た方", "People alike"))
    return charts_weeks.weeks(given, ahead, names, drift(alike, currency), prefix=sign_of(currency))


def drift(alike: Alike, currency: str) -> str:
    """Whether both moved together before."""
    one = alike.drift
    if one is None:
        return say(
            "始まる前の週が少なく、動きは比べられません。", "Too few weeks before to compare."
        )
    said = say(
        "始まる前の週ごとの動きの差は {d}（95%区間 {i}）。",
        "Before the start the two drifted apart by {d} a week (95 % {i}). ",
        d=signed(one.value, currency),
        i=between(one, currency),
    )
    if one.is_clear:
        return said + say("始まる前から違う動きでした。", "They were moving differently already.")
    return said + say("違う動きだったとは言えません。", "No different movement can be claimed.")


def _placebo(alike: Alike) -> str:
    if alike.placebo is None or alike.placebo_on is None:
        return say(
            "始まる前のデータが短く、何もなかった期間での確かめ（プラセボ）はできません。",
            "Too little data before the start to try the same where nothing happened (placebo).",
        )
    day = full_date(alike.placebo_on)
    if alike.placebo.is_clear:
        return say(
            "何もなかった{day}からの期間でも差が出ます。上の差は施策の効果とは言えません。",
            "From {day} on, when nothing happened, the same shows a difference: do not read the"
            " one above as an effect.",
            day=day,
        )
    return say(
        "何もなかった{day}からの期間で同じ計算をすると、差があるとは言えません（よい兆し）。",
        "From {day} on, when nothing happened, the same shows no clear difference (a good sign).",
        day=day,
    )


def _whole(alike: Alike, currency: str) -> str:
    """What it comes to over all who were compared."""
    assert alike.changed is not None
    one = alike.changed
    return say(
        "比べた{n}人の合計では {d}（{low}〜{high}）",
        "Over the {n} compared: {d} ({low} to {high})",
        n=num(one.people),
        d=signed(one.value * one.people, currency),
        low=signed(one.low * one.people, currency),
        high=signed(one.high * one.people, currency),
    )


def _known(one: Balance, currency: str) -> Known:
    def shown(value: float) -> str:
        return str(money(whole(value), currency)) if one.name == "profit" else f"{value:,.1f}"

    return Known(
        say(*KNOWN[one.name]),
        shown(one.treated),
        shown(one.others),
        shown(one.others_before),
        f"{one.apart:.2f}".replace("-", "−"),
        f"{one.apart_before:.2f}".replace("-", "−"),
        abs(one.apart) <= EVEN,
    )
