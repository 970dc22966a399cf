"""What `goen insight effect` says to people: the same values as its JSON, in words."""

from collections.abc import Mapping
from typing import Any

from goen.doors.cli.steps import tell

_WORDS = {
    "more": ("増えました", "more"),
    "less": ("減りました", "less"),
    "unclear": ("差があるとは言えません", "no difference can be claimed"),
    "too_few": ("10人未満の群は数えるだけです", "fewer than 10 people in an arm: counted only"),
    "too_early": ("まだ早すぎます", "too early to say"),
    "no_spread": ("ばらつきがなく、区間を出せません", "nothing varies: no interval"),
}

_SEVERAL = (
    "言葉の判定は、比較の数だけ厳しくしています（Holm）。",
    "The words hold after Holm's correction for several comparisons.",
)


def text(found: Mapping[str, Any]) -> str:
    """The whole answer, for a terminal."""
    per = f" / {found['per']}" if found["per"] else ""
    people = sum(one["n"] for one in found["arms"])
    lines = [
        tell(
            f"{found['outcome']}{per}、{people:,}人", f"{found['outcome']}{per}, {people:,} people"
        )
    ]
    lines += [_arm(one) for one in found["arms"]]
    lines += [_ratio(found["sample_ratio"])]
    lines += [_cut(one) for one in found["winsorized"] or ()]
    if not found["comparisons"]:
        lines.append(tell("群が1つなので、比べられません。", "One arm only: nothing to compare."))
    for one in found["comparisons"]:
        lines += ["", f"{one['arm']} − {one['against']}", *_reading(one)]
        if one["cuped"]:
            gone = one["cuped"]["variance_reduction"]
            lines.append(
                tell(
                    f"  事前の値で補正（ばらつき −{gone:.1%}）",
                    f"  with CUPED (variance −{gone:.1%})",
                )
            )
            lines += _reading(one["cuped"], "    ")
    if len(found["comparisons"]) > 1:
        lines += ["", tell(*_SEVERAL)]
    return "\n".join(lines)


def _arm(one: Mapping[str, Any]) -> str:
    sd = "-" if one["sd"] is None else f"{one['sd']:,.4g}"
    return tell(
        f"  {one['name']}: {one['n']:,}人、平均 {one['mean']:,.6g}、標準偏差 {sd}",
        f"  {one['name']}: {one['n']:,} people, mean {one['mean']:,.6g}, sd {sd}",
    )


def _ratio(one: Mapping[str, Any]) -> str:
    if one["p_value"] is None:
        return tell("人数の割合: 確かめる相手がありません", "shares: nothing to check")
    p = f"p = {one['p_value']:.3g}"
    if one["planned_given"]:
        kept = (f"人数の割合は予定どおりです（{p}）", f"shares as planned ({p})")
        missed = (
            f"■ 人数の割合が予定と違います（{p}）。原因が分かるまで、数字を使わないでください。",
            f"■ The shares are not as planned ({p}). Use no figure until you know why.",
        )
    else:
        kept = (f"人数は均等です（{p}）", f"shares are equal ({p})")
        missed = (
            f"■ 人数が均等ではありません（{p}）。均等の予定でなければ --planned で割合を、"
            "均等の予定なら、原因が分かるまで数字を使わないでください。",
            f"■ The shares are not equal ({p}). Tell the planned ones by --planned; if equal was"
            " the plan, use no figure until you know why.",
        )
    return tell(*(missed if one["mismatch"] else kept))


def _cut(one: Mapping[str, Any]) -> str:
    low, high, moved = f"{one['low']:,.6g}", f"{one['high']:,.6g}", f"{one['moved']:,}"
    return tell(
        f"{one['column']}: {low}〜{high} の外の{moved}件を端に寄せました",
        f"{one['column']}: {moved} values outside {low} … {high} moved to the end",
    )


def _reading(one: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """Difference, both intervals in words, and how many people it would take."""
    if one["verdict"]["fixed"] == "too_few":
        return [indent + tell(*_WORDS["too_few"])]
    lines = [f"{indent}{one['difference']:+,.6g}"]
    for kind, named in (
        ("fixed", ("終わりに1回見る", "one look, at the end")),
        ("always_valid", ("いつ見てもよい", "look whenever you like")),
    ):
        said = tell(*_WORDS[one["verdict"][kind]])
        ends = one["interval"][kind]
        between = f"95% {ends[0]:+,.6g} … {ends[1]:+,.6g}  " if ends else ""
        lines.append(f"{indent}  {tell(*named)}: {between}{said}")
    if one["verdict"]["fixed"] == "unclear" and one["people_needed"]:
        people = f"{one['people_needed']:,}"
        lines.append(
            indent
            + tell(
                f"  この差を確かめるには約{people}人が必要です",
                f"  about {people} people would be needed to see a difference of this size",
            )
        )
    return lines
