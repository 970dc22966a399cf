"""A measure's result in sentences: whether it worked, how sure that is, and what is missing.

Promises: "it worked" is said only when the interval shuts zero out; what was not found is never
called "no effect", and how many people it would take stands beside it; before and after alone is
called what it is.
"""

from goen.doors.console.templatetags.goen import full_date, money, num, whole
from goen.doors.say import say
from goen.insight.effect.readings import Judged, Reading
from goen.marketing.verdicts import Verdict

ARMS = {
    "treated": ("届けた方", "Treated"),
    "control": ("送らない比較用", "Control"),
    "holdout": ("ずっと送らない方", "Held out of everything"),
}
KINDS = {
    "store": ("店舗", "Stores"),
    "ec": ("EC", "Web shop"),
    "mall": ("モール", "Marketplaces"),
    "sns": ("SNS", "SNS"),
}
DECISIONS = {
    "widen": ("広げる", "Widen it"),
    "change": ("変える", "Change it"),
    "stop": ("やめる", "Stop it"),
}
TONES = {"more": "good", "less": "bad", "mismatch": "bad", "unclear": "", "no_control": "warn"}
HEADS = {
    "not_launched": ("まだ始まっていません", "Not launched yet"),
    "not_begun": ("まだ始まっていません", "It has not begun"),
    "counting": ("数えています", "Counting"),
    "no_list": ("宛先のリストがありません", "There is no list of people"),
    "no_control": ("対照群なしの比較", "Before and after, nobody to compare with"),
    "mismatch": ("人数の割合が予定と違います", "The groups are not as large as planned"),
    "more": ("増えました", "It worked"),
    "less": ("減りました", "It did harm"),
    "unclear": ("差があるとは言えません", "No difference can be claimed"),
    "too_few": ("人数が少なく、判定しません", "Too few people to judge"),
    "too_early": ("判定にはまだ早すぎます", "Too early to judge"),
    "no_spread": ("どなたの購入にも違いがありません", "Nobody's purchases differ"),
}


def signed(minor: float | None, currency: str) -> str:
    """An amount with its sign: +¥640, −¥1,200."""
    rounded = whole(minor)
    if rounded is None:
        return "—"
    return f"+{_JOINED}{money(rounded, currency)}" if rounded > 0 else money(rounded, currency)


_JOINED = "\u2060"  # no line ends between a sign and its amount


def between(judged: Judged, currency: str) -> str:
    """An interval: ¥210〜¥1,070."""
    low, high = (money(whole(one), currency) for one in (judged.low, judged.high))
    return say("{low}〜{high}", "{low} to {high}", low=low, high=high)


def finding(found: Verdict) -> str:
    """The result in one sentence or two, as it may be said today."""
    return _difference(found) + _said(found)


def detail(found: Verdict) -> str:
    """The same below a heading that says the verdict already."""
    word, reading = found.word, found.reading
    if word in {"more", "less", "unclear"} and reading is not None:
        return _difference(found) + (needed(reading) if word == "unclear" else "")
    return finding(found)


def _difference(found: Verdict) -> str:
    if found.ruling is None or found.reading is None or found.effect is None:
        return ""
    return say(
        "{whom}との差は、お一人あたり {d}（95%区間 {i}）。",
        "{d} per person against {whom} (95 % {i}). ",
        whom=whom(found),
        d=signed(found.reading.difference, found.effect.currency),
        i=between(found.ruling, found.effect.currency),
    )


def whom(found: Verdict) -> str:
    """Those the treated are compared with."""
    if found.effect is not None and found.effect.against == "holdout":
        return say("ずっと送らない方", "those held out of everything")
    return say("送らなかった方", "those not sent to")


def _said(found: Verdict) -> str:
    reading, word = found.reading, found.word
    if word in {"more", "less"}:
        return say(*HEADS[word]) + say("。", ".")
    if word == "unclear" and reading is not None:
        return say(*HEADS[word]) + say("。", ". ") + needed(reading)
    if word in _WHY:
        return say(*_WHY[word])
    if word == "not_begun" and found.asked is not None:
        return say(
            "{day}から数え始めます。", "Counting begins on {day}.",
            day=full_date(found.asked.first_on),
        )  # fmt: skip
    return say(*HEADS[word]) + say("。", ".")


def needed(reading: Reading) -> str:
    """How many people it would take to see the difference that was seen."""
    if reading.people_needed is None:
        return ""
    return say(
        "この差を確かめるには、およそ{n}人が必要です。",
        "About {n} {n|person|people} would be needed to see a difference of this size.",
        n=num(_rounded(reading.people_needed)),
    )


def _rounded(people: int) -> int:
    """To two digits: it is an estimate."""
    step = int(10 ** max(0, len(str(people)) - 2))
    return -(-people // step) * step


_WHY = {
    "not_launched": (
        "施策が始まると、対象の方すべての購入をここで数えます。",
        "Once it is launched, everybody's purchases are counted here.",
    ),
    "counting": (
        "対象の方の購入を数えています。少し待ってから表示し直してください。",
        "The purchases are being counted. Reload in a moment.",
    ),
    "no_list": (
        "どなたに届けたかの記録がないため、人ごとの効果は測れません。下は商品の前後だけです。",
        "Nobody is listed, so no effect on people can be measured. Below are the goods alone,"
        " before and after.",
    ),
    "no_control": (
        "送らない方を取り分けていないため、効果とは言えません。季節や習慣の変化も入っています。",
        "Nobody was left out to compare with, so this is no effect: season and habit are in it.",
    ),
    "mismatch": (
        "抽選のあとで、片方の群から人が抜けています。原因が分かるまで、差の数字は使わないでください。",
        "People went missing from one group after the draw. Do not use the difference until you"
        " know why.",
    ),
    "too_few": (
        "どちらかの群が10人未満です。人数と購入だけを示します。",
        "One of the groups has fewer than ten people. Only counts are shown.",
    ),
    "too_early": (
        "どちらかの群が50人未満の間は、途中の判定をしません。期間の終わりに判定します。",
        "With fewer than 50 people in a group nothing is said while it runs. The verdict comes at"
        " the end.",
    ),
    "no_spread": (
        "数えた期間に、購入の違いがありません。",
        "In the days that were counted, nobody's purchases differ.",
    ),
}
