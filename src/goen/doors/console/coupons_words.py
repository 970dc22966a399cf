"""What coupons are called on pages: their terms in sentences, their states, their people."""

from datetime import date

from goen.doors.console.points_words import Words
from goen.doors.console.tabs import Tab, menu
from goen.doors.console.templatetags.goen import full_date, money
from goen.doors.say import language, say
from goen.points.issued import KindShown

STATES: Words = {
    "valid": ("使える", "Can be used"),
    "used_up": ("使いきり", "Used up"),
    "early": ("開始前", "Not yet"),
    "over": ("期限切れ", "Over"),
}
CHIPS = {"valid": "chip-good", "early": "", "over": "chip-off", "used_up": "chip-off"}
METHODS: Words = {
    "amount": ("金額を引く", "An amount off"),
    "percent": ("割合で引く", "A percentage off"),
}


def tabs(here: str) -> list[Tab]:
    """The menu of the coupon pages."""
    pages = (
        ("kinds", "/coupons", say("種類", "Kinds")),
        ("numbers", "/coupons/numbers", say("番号", "Numbers")),
        ("issue", "/coupons/issue", say("発行", "Issue")),
    )
    return menu(pages, here)


def off(method: str, value: int, currency: str) -> str:
    """What a coupon takes off, short: ¥500 off, 10% off."""
    if method == "percent":
        text = f"{value / 100:.2f}".rstrip("0").rstrip(".")
        return say("{p}%引き", "{p}% off", p=text)
    return say("{a}引き", "{a} off", a=money(value, currency))


def terms(one: KindShown) -> str:
    """All terms in one line."""
    parts = [off(one.method, one.value, one.currency)]
    if one.least_minor:
        least = money(one.least_minor, one.currency)
        parts.append(say("{a}以上のお買い物", "from {a}", a=least))
    parts.append(
        say("ほかのクーポンと併用不可", "alone")
        if one.alone
        else say("併用できる", "beside others")
    )
    return " · ".join(parts)


def period(first: date | None, last: date | None) -> str:
    """From when to when a coupon is good."""
    if first is None and last is None:
        return say("期限なし", "No end")
    dash = " – " if language() == "en" else "〜"
    return f"{full_date(first) if first else ''}{dash}{full_date(last) if last else ''}".strip()
