"""What measures are called on pages: channels, states, kinds, and what is wrong in a sentence."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.http import HttpRequest

from goen.doors.console import gate
from goen.doors.console.orders_tracks import who
from goen.doors.console.templatetags.goen import full_date, num
from goen.doors.say import language, say, text_of
from goen.kit.db import Tx
from goen.marketing.clashes_listing import FindingShown, Side

Words = Mapping[str, tuple[str, str]]

CHANNELS: Words = {
    "mail": ("メール", "Mail"),
    "line": ("LINE", "LINE"),
    "sms": ("SMS", "SMS"),
    "dm": ("DM（郵送）", "Direct mail"),
    "flyer": ("チラシ", "Flyer"),
    "sns": ("SNS", "SNS"),
    "ad": ("広告", "Ads"),
    "store": ("店頭", "In store"),
    "ec": ("EC", "Web shop"),
    "mall": ("モール", "Marketplace"),
    "app": ("アプリ", "App"),
}
KINDS: Words = {
    "initiative": ("施策（自分たちから）", "Initiative"),
    "response": ("対策（外の変化への備え）", "Response"),
}
STATES: Words = {
    "draft": ("下書き", "Draft"),
    "waiting": ("開始待ち", "To begin"),
    "live": ("実施中", "Live"),
    "ended": ("終了", "Ended"),
    "stopped": ("中止", "Stopped"),
    "dropped": ("とりやめ", "Dropped"),
}
CHIPS = {"live": "chip-good", "waiting": "chip-wait", "draft": "", "ended": "chip-off",
         "stopped": "chip-warn", "dropped": "chip-off"}  # fmt: skip
REMARKS: Words = {
    "learning": ("学び", "Learning"),
    "evidence": ("根拠の追記", "More evidence"),
    "cost": ("費用", "Cost"),
    "note": ("メモ", "Note"),
    "decision": ("判断", "Decision"),
}
CAUSES: Words = {
    "competitor": ("競合", "Competitor"),
    "weather": ("天候", "Weather"),
    "media": ("報道・話題", "Media"),
    "law": ("法律・制度", "Law"),
    "supply": ("仕入れ・供給", "Supply"),
    "event": ("催し・行事", "Local event"),
    "other": ("そのほか", "Other"),
}
FIELDS: Words = {
    "title": ("名前", "Name"),
    "kind": ("種類", "Kind"),
    "trigger": ("きっかけ", "Trigger"),
    "reason": ("理由", "Reason"),
    "evidence": ("根拠", "Evidence"),
    "expected": ("見込む効果", "Expected effect"),
    "expected_minor": ("見込む粗利", "Expected gross profit"),
    "starts_on": ("始める日", "First day"),
    "ends_on": ("終える日", "Last day"),
    "window_days": ("効果をみる日数", "Days counted after its end"),
    "control_share": ("送らない比較用の割合", "Share left alone to compare"),
    "skus": ("商品", "Products"),
    "builds_on": ("もとにした学び", "Builds on"),
    "segment_id": ("セグメント", "Segment"),
    "conditions": ("対象の条件", "Conditions"),
    "made_from": ("始めたページ", "Begun on"),
    "coupon_kind": ("クーポン", "Coupon"),
    "placements": ("どこで伝えるか", "Where it speaks"),
}


def of(words: Words, code: str) -> str:
    """A code in words."""
    return say(*words[code]) if code in words else code


def choices(words: Words) -> list[tuple[str, str]]:
    """Every code with its word."""
    return [(code, of(words, code)) for code in words]


def may_write(request: HttpRequest) -> bool:
    """Whether the reader's role may plan and launch."""
    return gate.may(request, "measures")


def names_of(t: Tx, actors: Iterable[str]) -> dict[str, str]:
    """Who wrote something, by the name people know them by."""
    given = set(actors)
    codes = [one.partition(":")[2] for one in given if one.startswith("staff:")]
    sql = "SELECT code, name FROM places_staff WHERE code = ANY(%s)"
    staff: dict[str, Mapping[str, str]] = dict(t.rows(sql, [codes])) if codes else {}
    return {one: who(one, staff.get(one.partition(":")[2])) for one in given}


def period(first: date | None, last: date | None) -> str:
    """From which day to which."""
    if first is None and last is None:
        return say("期間は未定", "No days yet")
    if first == last:
        return full_date(first)
    dash = " – " if language() == "en" else "〜"
    return f"{full_date(first) if first else ''}{dash}{full_date(last) if last else ''}"


def told(finding: FindingShown) -> str:
    """A contradiction in a sentence that names both measures, both points and who hears them."""
    if finding.kind == "offers":
        return say(
            "{a}と{b}が、同じお客様{n}に別の店から送ろうとしています。",
            "{a} and {b} are about to write to the same {n} from two stores.",
            a=_who(finding.a), b=_who(finding.b), n=_people(finding.overlap),
        )  # fmt: skip
    if finding.opposed:
        return say(
            "お客様にわかりにくい：{a}は「{x}」、{b}は「{y}」と、反対のことを伝えています。{n}",
            "Unclear to the customer: {a} says “{x}”, {b} says the opposite, “{y}”. {n}",
            a=_who(finding.a), b=_who(finding.b), x=text_of(finding.a.axis_name),
            y=text_of(finding.b.axis_name), n=_hearers(finding.overlap),
        )  # fmt: skip
    return say(
        "お客様にわかりにくい：{a}は「{x}」、{b}は「{y}」だけを伝えています。{n}",
        "Unclear to the customer: {a} says “{x}”, {b} only “{y}”. {n}",
        a=_who(finding.a), b=_who(finding.b), x=text_of(finding.a.axis_name),
        y=text_of(finding.b.axis_name), n=_hearers(finding.overlap),
    )  # fmt: skip


def channels(codes: list[str] | tuple[str, ...]) -> str:
    """Channels side by side."""
    return say("・", ", ").join(of(CHANNELS, code) for code in codes)


def _who(side: Side) -> str:
    named = channels(list(side.channels))
    return say(
        "{c}（施策{n}「{t}」）", "{c} (measure {n}, “{t}”)", c=named, n=side.number, t=side.title
    )


def _people(overlap: int | None) -> str:
    if overlap is None:
        return say("", "customers")
    return (
        say("{n}人", "{c} {n|customer|customers}", n=overlap, c=num(overlap))
        if (language() == "en")
        else f"{num(overlap)}人"
    )


def _hearers(overlap: int | None) -> str:
    if overlap is None:
        return say(
            "通りかかるどなたにも両方が届くので、重なる人数は数えられません。",
            "Both reach whoever passes by, so the overlap cannot be counted.",
        )
    if language() == "en":
        return f"{num(overlap)} people would get both."
    return f"両方が届く方は{num(overlap)}人です。"
