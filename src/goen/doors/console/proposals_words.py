"""Proposals and automatic decisions in words."""

import json
from collections.abc import Mapping
from typing import Any

from goen.doors.console import scenarios_words
from goen.doors.console.templatetags.goen import num, pct
from goen.doors.say import say
from goen.marketing.proposals_taking import Lift

KINDS = {
    "considered": ("気になっていた商品", "Considered"),
    "due": ("そろそろ買い足し", "Due again"),
    "lapsing": ("間があいた方へいつもの品", "Their usual, for who stays away"),
    "goes_with": ("一緒に合う商品", "Goes with"),
    "scenario": ("シナリオのご案内", "From a scenario"),
}
WHYS = {
    "not_now": ("今ではない", "Not now"),
    "has_it": ("もうお持ち", "Has it"),
    "not_wanted": ("ご不要", "Not wanted"),
    "not_them": ("好みと違う", "Not their taste"),
    "other": ("その他", "Other"),
}
ENDS = {
    "taken": ("お求めになりました", "Taken"),
    "dismissed": ("見送り", "Put aside"),
    "expired": ("期限が過ぎました", "Expired"),
    "replaced": ("別の提案に替わりました", "Made room for another"),
    "stopped": ("止めました", "Stopped"),
}
RULES = {
    "proposal-1": ("お客様への提案（規則 第1版）", "Proposals (rules, version 1)"),
    "mail.send/1": ("予約したメールの送信", "Scheduled mail"),
    "identity-1": ("同じ方とみなす（規則 第1版）", "Joining records (rules, version 1)"),
    "scenario-1": ("シナリオ（規則 第1版）", "Scenarios (rules, version 1)"),
}
_OUTCOMES = {
    "joined": ("同じ方にした", "joined two records"),
    "entered": ("シナリオに入った", "entered a scenario"),
    "begun": ("送り始めた", "began to send"),
    "sent": ("送り終えた", "sent"),
    "stopped": ("止めた", "stopped"),
}
SHOWN_AT = {
    "till": ("レジ", "till"),
    "member": ("会員ページ", "member page"),
    "receipt": ("レシート", "receipt"),
    "console": ("この画面", "this page"),
    "mail": ("メール", "mail"),
}


def kinds_said() -> dict[str, str]:
    """The kinds of proposals by code."""
    return {code: say(*words) for code, words in KINDS.items()}


def whys_said() -> dict[str, str]:
    """The reasons for putting one aside, by code."""
    return {code: say(*words) for code, words in WHYS.items()}


def outcome(told: str, names: Mapping[int, str]) -> str:
    """What was decided: how one ended, and what began."""
    return say("、", "; ").join(_part(part, names) for part in told.split(" → "))


def _part(part: str, names: Mapping[int, str]) -> str:
    kind, _, sku = part.partition(" sku:")
    if sku.isdecimal() and kind in KINDS:
        return say(
            "「{name}」を提案（{kind}）",
            "proposed “{name}” ({kind})",
            name=names.get(int(sku), sku),
            kind=say(*KINDS[kind]),
        )
    known = ENDS.get(part) or _OUTCOMES.get(part)
    if known is None and ":" in part:
        return scenarios_words.outcome(part)
    return say(*known) if known else part


def inputs(given: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """What a decision was made on."""
    if "scenario" in given:
        return scenarios_words.inputs(given)
    parts = []
    for one in given.get("candidates") or ():
        kind = say(*KINDS[one["kind"]]) if one.get("kind") in KINDS else str(one.get("kind"))
        name = names.get(int(one["sku"]), str(one["sku"]))
        parts.append(
            say("{kind}「{name}」見込み{n}", "{kind} “{name}”, worth {n}",
                kind=kind, name=name, n=num(one.get("value")))
        )  # fmt: skip
    if given.get("arm") == "holdout":
        parts.append(say("保留群（お見せしません）", "held out: not shown"))
    rest = {k: v for k, v in given.items() if k not in {"candidates", "arm"}}
    parts += [f"{name} {_plain(value)}" for name, value in rest.items()]
    return say("／", " / ").join(parts)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def lift(found: Lift) -> dict[str, Any]:
    """What proposals changed: the two shares, their difference, and a sentence."""
    reading = found.reading
    said = {
        "treated": found.treated,
        "holdout": found.holdout,
        "treated_share": _share(found.treated.kept, found.treated.made),
        "holdout_share": _share(found.holdout.kept, found.holdout.made),
        "difference": "",
        "tone": "",
        "sentence": say(
            "期限の過ぎた提案が両方の群でそろうと、ここに差が出ます。",
            "The difference stands here once proposals of both groups are over.",
        ),
    }
    if reading is None or reading.difference is None:
        return said
    judged = reading.always_valid
    if judged is None:
        return said | {
            "sentence": say(
                "まだ人数が少なく、判定しません（提案{a}件、保留{b}件）。",
                "Too few to judge yet ({a} proposals, {b} held out).",
                a=num(found.treated.made),
                b=num(found.holdout.made),
            )
        }
    slots = {"d": _points(reading.difference), "a": _points(judged.low), "b": _points(judged.high)}
    return said | {
        "difference": say("{d}ポイント", "{d} pp", d=slots["d"]),
        "tone": _tone(judged.low, judged.high),
        "sentence": say(*_SENTENCES[_tone(judged.low, judged.high)], **slots),
    }


_SENTENCES = {
    "good": (
        "提案により、お求めになる割合が増えました：差は{d}ポイント（95%区間 {a}〜{b}）。",
        "Proposals worked: {d} pp more were taken (95% {a} – {b}).",
    ),
    "bad": (
        "提案により、お求めになる割合が減りました：差は{d}ポイント（95%区間 {a}〜{b}）。",
        "Proposals did harm: {d} pp (95% {a} – {b}).",
    ),
    "": (
        "差があるとは言えません：{d}ポイント（95%区間 {a}〜{b}）。",
        "No difference can be claimed: {d} pp (95% {a} – {b}).",
    ),
}


def _tone(low: float, high: float) -> str:
    return "good" if low > 0 else "bad" if high < 0 else ""


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _share(part: int, whole: int) -> str:
    return f"{pct(part / whole)}%" if whole else "—"
