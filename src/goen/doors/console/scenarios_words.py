"""Scenarios in words: what starts and ends them, what a step does, where somebody stands."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from goen.doors.console.measure_words import Words, of
from goen.doors.console.templatetags.goen import day, hour, num
from goen.doors.say import say
from goen.kit import clock, home
from goen.marketing.messages_fields import FIELDS
from goen.marketing.scenario import ScenarioShown, StepShown
from goen.marketing.scenarios_reading import JourneyShown

TRIGGERS: Words = {
    "first_purchase": ("はじめて買ったとき", "A first purchase"),
    "purchase": ("買ったとき", "A purchase"),
    "late": ("いつもの間隔より長くあいたとき", "Away longer than usual"),
    "considered": ("見たまま買っていないとき", "Looked at, not bought"),
    "birth_month": ("誕生月になったとき", "The month of their birthday"),
    "coupon_ending": ("クーポンの期限が近いとき", "A coupon is about to end"),
    "points_ending": ("ポイントの期限が近いとき", "Points are about to end"),
    "conditions": ("条件にあてはまったとき", "The conditions hold"),
}
WITH_DAYS = ("considered", "coupon_ending", "points_ending")
EXITS: Words = {
    "bought": ("何かを買ったら", "They buy anything"),
    "bought_item": ("この施策の商品を買ったら", "They buy an article of this measure"),
    "": ("買っても終わらない", "A purchase does not end it"),
}
KINDS: Words = {
    "wait": ("待つ", "Wait"),
    "mail": ("メールを送る", "Send a mail"),
    "coupon": ("クーポンを渡す", "Give a coupon"),
    "proposal": ("レジ・会員ページで提案する", "Propose at till and member page"),
    "task": ("スタッフにお願いする", "Ask staff"),
    "ask": ("分かれる", "Branch"),
}
ASKS: Words = {
    "opened": ("メールを開いた", "They opened a mail"),
    "clicked": ("メールのリンクを押した", "They followed a link"),
    "bought": ("入ってから買った", "They bought since they entered"),
}
STATES: Words = {
    "draft": ("下書き", "Draft"),
    "running": ("動いています", "Running"),
    "paused": ("一時停止", "Paused"),
    "ended": ("終わりました", "Ended"),
    "stopped": ("止めました", "Stopped"),
}
CHIPS = {"running": "chip-good", "paused": "chip-warn", "stopped": "chip-bad"}
JOURNEYS: Words = {
    "going": ("進んでいる", "On their way"),
    "waiting": ("待っている", "Held up"),
    "done": ("最後まで進んだ", "Came to the end"),
    "left": ("途中で終わった", "Left"),
    "observed": ("見守るだけ（対照・保留）", "Observed only (control, held out)"),
}
WAITS: Words = {
    "priority": ("優先する別のシナリオが終わるのを", "another scenario goes first"),
    "contacts": ("届けてよい回数に空きが出るのを", "they were written to as often as allowed"),
    "hours": ("送ってよい時間になるのを", "the hours in which mail leaves"),
    "mail": ("メールを送れるようになるのを（設定を確かめてください）",
             "mail that cannot leave now (look at the settings)"),
}  # fmt: skip
CAUSES: Words = {
    "bought": ("購入した", "Bought"),
    "condition": ("終わる条件にあてはまった", "The exit condition holds"),
    "refused": ("配信停止", "Unsubscribed"),
    "no_consent": ("同意がない", "No consent"),
    "no_address": ("宛先がない", "No address"),
    "suppressed": ("宛先が使えない", "Address not usable"),
    "merged": ("同じ方とわかった", "Turned out to be one person"),
    "waited_too_long": ("待つ期限が過ぎた", "Waited too long"),
    "stopped": ("施策を止めた", "The measure was stopped"),
    "ended": ("施策が終わった", "The measure ended"),
    "footer_missing": (
        "設定に、メールに載せる住所や連絡先がない",
        "The settings lack what every mail must say",
    ),
    "sender_missing": ("設定に、送信元のアドレスがない", "The settings lack a sender's address"),
    "mail_unsent": ("メールを送れなかった", "The mail could not leave"),
    "here": ("もう入っている・まだ入り直せない", "Is in it, or may not enter again yet"),
    "staff": ("従業員", "Staff"),
    "erased": ("個人情報を消した方", "Personal data erased"),
}
WEEKDAYS = (
    ("月", "Mon"), ("火", "Tue"), ("水", "Wed"), ("木", "Thu"), ("金", "Fri"), ("土", "Sat"),
    ("日", "Sun"),
)  # fmt: skip


def trigger(one: ScenarioShown) -> str:
    """What somebody enters on, with its days."""
    said = of(TRIGGERS, one.trigger)
    if one.trigger not in WITH_DAYS:
        return said
    return say("{said}（{n}日以内）", "{said} (within {n} {n|day|days})", said=said, n=one.days)


def step_name(step: StepShown) -> str:
    """What a step is called: by whoever wrote it, else by its kind."""
    return str(step.says.get("name") or "") or of(KINDS, step.kind)


def step_line(one: ScenarioShown, step: StepShown, coupons: Mapping[str, str],
              goods: Mapping[int, str]) -> str:  # fmt: skip
    """What a step does, in one line."""
    says = step.says
    match step.kind:
        case "wait":
            return wait(says)
        case "mail":
            more = [say(*w) for name, w in _IN_MAIL if says.get(name)]
            return plain(says["subject"]) + (f"（{'・'.join(more)}）" if more else "")
        case "coupon":
            return coupons.get(says["kind"], says["kind"])
        case "proposal":
            return say("「{name}」を{n}日間", "“{name}” for {n} {n|day|days}",
                       name=goods.get(says["sku_id"], "—"), n=says["days"])  # fmt: skip
        case "task":
            return say(
                "{t}（{n}日以内）", "{t} (within {n} {n|day|days})", t=says["title"], n=says["days"]
            )
        case _:
            return _branch(one, says)


_IN_MAIL = (
    ("coupon", ("クーポンつき", "with coupon")),
    ("proposal", ("提案つき", "with proposal")),
)


_FIELD = re.compile(r"\{\{\s*(\w+)(?:\s*\|\s*default:\s*'([^']*)')?\s*\}\}")


def plain(text: str) -> str:
    """A mail's words as people read them: a field by what stands in for it, else by its name."""

    def filled(found: re.Match[str]) -> str:
        named = FIELDS.get(found[1])
        return found[2] or (f"〔{say(*named)}〕" if named else found[0])

    return _FIELD.sub(filled, text)


def _branch(one: ScenarioShown, says: Mapping[str, Any]) -> str:
    asked = of(ASKS, says["test"])
    there = next((step for step in one.steps if str(step.uid) == says.get("else_to")), None)
    where = (
        say("手順{n}「{name}」へ", "to step {n}, {name}", n=there.n, name=step_name(there))
        if there
        else say("ここで終わり", "it ends here")
    )
    if says["go_on"] == "yes":
        return say(
            "「{a}」なら次へ。そうでなければ{w}。", "If “{a}”, go on; else {w}.", a=asked, w=where
        )
    return say(
        "「{a}」なら{w}。そうでなければ次へ。", "If “{a}”, {w}; else go on.", a=asked, w=where
    )


def wait(says: Mapping[str, Any]) -> str:
    """How long a wait is."""
    parts = []
    if says.get("days"):
        parts.append(say("{n}日", "{n} {n|day|days}", n=says["days"]))
    if says.get("hours"):
        parts.append(say("{n}時間", "{n} {n|hour|hours}", n=says["hours"]))
    then = []
    if says.get("weekday") is not None:
        ja, en = WEEKDAYS[says["weekday"]]
        then.append(say(f"{ja}曜日", en))
    if says.get("hour") is not None:
        then.append(say("{h}時", "{h}:00", h=says["hour"]))
    until = say("の", " ").join(then)
    first = say("と", " and ").join(parts)
    if first and until:
        return say("{a}たった後の、次の{b}まで", "{a}, then until the next {b}", a=first, b=until)
    return (
        say("{a}待つ", "{a}", a=first)
        if first
        else say("次の{b}まで", "Until the next {b}", b=until)
    )


def moment(at: datetime | None) -> str:
    """A moment in the shop's own time."""
    if at is None:
        return "—"
    zone = home.current_shop().timezone
    here = at.astimezone(clock.zone(zone))
    return f"{day(here)} {hour(at, zone)}"


def journey(one: JourneyShown) -> str:
    """Where somebody stands, in a sentence."""
    name = str(one.step_says.get("name") or "") or of(KINDS, one.step_kind)
    match one.state:
        case "going":
            return say("次は「{step}」（{at}から）", "Next “{step}”, from {at}",
                       step=name, at=moment(one.due_at))  # fmt: skip
        case "waiting":
            why = of(WAITS, one.waiting_for)
            if one.waiting_for == "hours":
                at = moment(one.due_at)
                why = say("送ってよい時間（{at}から）になるのを", "mail leaves from {at}", at=at)
            if one.ahead is not None:
                why = say("優先する「{t}」が終わるのを", "“{t}” goes first", t=one.ahead_title)
            return say("「{step}」の前で、{why}待っています", "Before “{step}”: {why}",
                       step=name, why=why)  # fmt: skip
        case "left":
            return say("{cause}ため終わりました（{at}）", "Left: {cause} ({at})",
                       cause=of(CAUSES, one.cause), at=moment(one.ended_at))  # fmt: skip
        case "done":
            return say("最後まで進みました（{at}）", "Came to the end ({at})",
                       at=moment(one.ended_at))  # fmt: skip
        case _:
            return of(JOURNEYS, one.state)


def left(causes: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    """Causes with how many."""
    return [(of(CAUSES, cause), num(many)) for cause, many in causes.items()]


def outcome(told: str) -> str:
    """A decision of a scenario: what it did with somebody, and why."""
    what, _, rest = told.partition(":")
    done, _, cause = rest.partition(":")
    if what == "waits":
        return say("待つ：{why}", "waits: {why}", why=say(*_WAITING.get(rest, (rest, rest))))
    if what == "left":
        return say("途中で終わった：{why}", "left: {why}", why=of(CAUSES, rest))
    if what == "skipped":
        return say("手順を飛ばした：{why}", "passed over a step: {why}", why=of(CAUSES, rest))
    act = of(KINDS, what)
    if done in ("yes", "no"):
        return f"{act}：{say('はい', 'yes') if done == 'yes' else say('いいえ', 'no')}"
    return act if done == "done" else f"{act}：{say('できず', 'not possible')} {of(CAUSES, cause)}"


def inputs(given: Mapping[str, Any]) -> str:
    """What a decision of a scenario was made on."""
    parts = [say("施策{n}のシナリオ", "the scenario of measure {n}", n=given["scenario"])]
    if "step" in given:
        parts.append(say("手順{n}", "step {n}", n=given["step"]))
    if "trigger" in given:
        parts.append(of(TRIGGERS, given["trigger"]))
    if "arm" in given:
        parts.append(of(_ARMS, given["arm"]))
    return say("／", " / ").join(parts)


_ARMS: Words = {
    "treated": ("施策群", "treated"),
    "control": ("対照群（何もしません）", "control: nothing is done"),
    "holdout": ("保留群（何もしません）", "held out: nothing is done"),
}
_WAITING: Words = {
    "priority": ("別のシナリオが先", "another scenario goes first"),
    "contacts": ("届けてよい回数に達した", "written to as often as allowed"),
    "hours": ("送ってよい時間の外", "outside the hours of mail"),
    "mail": ("メールを送れない", "mail cannot leave"),
}
