"""Every refusal in words: what happened, and what to do about it, in both languages.

Promises: a code without a sentence still says which field was refused and with which code; slots
are filled in whole sentences; amounts (`…_minor`) appear as money, masters' texts in the reader's
language. The machine-readable code goes beside the sentence, never instead of it.
"""

from collections.abc import Mapping
from typing import Any

from goen.doors.say import say, text_of
from goen.kit.money import exponent
from goen.kit.refusals import Refusal

_SIGN = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}

SENTENCES: dict[str, tuple[str, str]] = {
    # goods
    "unknown_item": (
        "「{item}」は登録のない商品です。バーコードを読み直すか、商品名でさがしてください。",
        "“{item}” is not a product we know. Scan it again or search by name.",
    ),
    "ambiguous_item": (
        "「{item}」にあたる商品が複数あります。商品名でさがして選んでください。",
        "“{item}” is more than one product. Search by name and choose.",
    ),
    "no_price": (
        "「{item}」には今日の価格がありません。価格を登録してから会計してください。",
        "“{item}” has no price today. Add its price, then sell it.",
    ),
    "no_tax_class": (
        "「{item}」の税区分がありません。税区分を登録してから会計してください。",
        "“{item}” has no tax class. Add it, then sell the item.",
    ),
    "bad_qty": (
        "数量は1以上の整数で入力してください。",
        "Enter a quantity of 1 or more.",
    ),
    "no_lines": (
        "商品がありません。バーコードを読み取ってください。",
        "There is nothing in the cart. Scan an item.",
    ),
    # people
    "unknown_member": (
        "「{value}」の会員は見つかりません。会員なしで会計を続けられます。",
        "No member has “{value}”. You can sell without a member.",
    ),
    "ambiguous_member": (
        "「{value}」の会員が複数います。お名前でさがして選んでください。",
        "More than one member has “{value}”. Search by name and choose.",
    ),
    # money
    "total_differs": (
        "価格が変わりました。正しい合計は{total_minor}です。確かめてから、もう一度お会計してください。",
        "Prices have changed. The right total is {total_minor}. Check it, then check out again.",
    ),
    "tenders_short": (
        "お預かりが{short_minor}足りません。",
        "{short_minor} is still to be paid.",
    ),
    "tenders_differ": (
        "お支払いの合計が{total_minor}になっていません。支払い方法ごとの金額を確かめてください。",
        "The payments do not add up to {total_minor}. Check the amount of each.",
    ),
    "no_tender": (
        "支払い方法を選んでください。",
        "Choose how it is paid.",
    ),
    # the document
    "uid_reused": (
        "この会計番号は、別の内容ですでに使われています。次のお会計から始めてください。",
        "This sale's number was used for another sale. Start the next sale.",
    ),
    "unknown_till": (
        "レジが登録されていません。店舗とレジを選び直してください。",
        "This till is not known. Choose the store and till again.",
    ),
    "unknown_place": (
        "店舗が登録されていません。店舗とレジを選び直してください。",
        "This place is not known. Choose the store and till again.",
    ),
    "unknown_channel": (
        "販売チャネル「{value}」は登録がありません。",
        "There is no sales channel “{value}”.",
    ),
    "implausible_time": (
        "時刻が正しくありません。端末の時計を確かめてください。",
        "The time cannot be right. Check this device's clock.",
    ),
    "malformed": (
        "送られた内容を読めませんでした。画面を読み込み直してください。",
        "What was sent could not be read. Reload the page.",
    ),
    # reasons
    "unknown_reason": (
        "この理由は選べません。一覧から選んでください。",
        "Choose a reason from the list.",
    ),
    "note_missing": (
        "理由を入力してください。",
        "Enter the reason.",
    ),
    "too_long": (
        "{most}文字までで入力してください。",
        "Enter no more than {most} characters.",
    ),
}
OTHERWISE = (
    "この内容では進めません（{code}）。{field}を確かめてください。",
    "This cannot go on ({code}). Check {field}.",
)


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "—"


def sentence(refusal: Refusal, *, currency: str = "JPY") -> str:
    """The refusal in the reader's language."""
    ja, en = SENTENCES.get(refusal.code, OTHERWISE)
    spoken = str(refusal.detail.get("currency") or currency)
    slots = {key: _shown(key, value, spoken) for key, value in refusal.detail.items()}
    slots |= {"code": refusal.code, "field": refusal.field or say("内容", "the content")}
    return say(ja, en).format_map(_Slots(slots))


def as_json(refusal: Refusal, *, currency: str = "JPY") -> dict[str, Any]:
    """The refusal for a program: code, field, values, and the sentence to show."""
    return {
        "code": refusal.code,
        "field": refusal.field,
        "detail": {key: _plain(value) for key, value in refusal.detail.items()},
        "message": sentence(refusal, currency=currency),
    }


def _shown(key: str, value: object, currency: str) -> str:
    if key.endswith("_minor") and isinstance(value, int):
        return _money(value, currency)
    return text_of(value) if isinstance(value, Mapping) else str(value)


def _money(minor: int, currency: str) -> str:
    places = exponent(currency)
    sign = "−" if minor < 0 else ""
    return f"{sign}{_SIGN.get(currency, currency + ' ')}{abs(minor) / 10**places:,.{places}f}"


def _plain(value: object) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else str(value)
