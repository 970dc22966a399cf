"""How each condition is entered: its name, the heading it stands under, and its inputs."""

from collections.abc import Mapping
from dataclasses import dataclass

from goen.behaviour.reasons import BASES, CODES
from goen.doors.console import segments_words as words
from goen.marketing.conditions_words import (
    CONSENT_CHANNELS,
    EVENTS,
    GENDERS,
    PREFECTURES,
)

Words = tuple[str, str]
Choices = tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class Widget:
    """One input of a condition. `kind` says how it is typed and what it becomes."""

    name: str
    kind: str
    label: Words
    choices: Choices = ()
    optional: bool = False


def _same(values: tuple[object, ...]) -> Choices:
    return tuple((str(one), (str(one), str(one))) for one in values)


def _among(names: tuple[str, ...], known: Mapping[str, Words]) -> Choices:
    return tuple((one, known[one]) for one in names)


GROUPS: Mapping[str, Words] = {
    "purchases": ("買い物", "Purchases"),
    "value": ("価値・ランク", "Value and rank"),
    "origin": ("店・入口", "Stores and beginnings"),
    "behaviour": ("行動・理由", "Behaviour and reasons"),
    "contact": ("案内・次の一手", "Contact and next steps"),
    "attributes": ("お客様について", "About the customer"),
}
NAMES: Mapping[str, Words] = {
    "bought_sku": ("ある商品を買った", "Bought a product"),
    "bought_category": ("ある分類を買った", "Bought from a department"),
    "bought_at": ("ある店で買った", "Bought at a place"),
    "bought_via": ("あるチャネルで買った", "Bought by a channel"),
    "spent": ("使った金額", "Money spent"),
    "purchases": ("買い物の回数", "Number of purchases"),
    "days_away": ("最後のお買い物からの日数", "Days since the last purchase"),
    "first_on": ("初めて買った日", "First purchase"),
    "second": ("2回目の購入", "Second purchase"),
    "late": ("いつもより空いている", "Away longer than usual"),
    "rfm": ("RFM", "RFM"),
    "decile": ("購入額の十分位", "Tenth by spend"),
    "profit": ("これまでの粗利", "Gross profit so far"),
    "expected_profit": ("これからの見込み粗利", "Expected gross profit"),
    "alive": ("また来てくださる見込み", "Probability of coming again"),
    "stake": ("来なくなると失う粗利（年）", "Yearly profit at stake"),
    "acquired_at": ("初めて買った店", "Place of the first purchase"),
    "acquired_via": ("初めて買ったチャネル", "Channel of the first purchase"),
    "main_place": ("おもに買う店", "Main place"),
    "considered": ("迷って買っていない商品", "Considered, not bought"),
    "event": ("行動", "Behaviour"),
    "reason": ("買った理由", "Reason of a purchase"),
    "consent": ("案内への同意", "Consent to be written to"),
    "contacted": ("案内を届けた・届けていない", "Written to, or not"),
    "no_next_step": ("次の一手がない", "No next step"),
    "gender": ("性別", "Gender"),
    "age": ("年齢", "Age"),
    "birth_month": ("誕生月", "Month of birth"),
    "prefecture": ("お住まい", "Prefecture"),
    "person": ("選ばれた方", "Chosen people"),
}
_PERIOD = Widget("period", "period", ("いつ", "When"))
_LEAST = Widget("least", "count", ("以上", "At least"), optional=True)
_MOST = Widget("most", "count", ("以下", "At most"), optional=True)
_UNITS = Widget("least", "count", ("点数（以上）", "Units, at least"))
_MONEY = (
    Widget("least_minor", "money", ("以上", "At least"), optional=True),
    Widget("most_minor", "money", ("以下", "At most"), optional=True),
)
_DAYS = Widget("days", "count", ("直近の日数", "Days back"))
_SCORE = _same((1, 2, 3, 4, 5))
_YES: Choices = (("true", ("はい", "Yes")), ("false", ("いいえ", "No")))
_PLACE = Widget("place_id", "place", ("店", "Place"))
_CHANNEL = Widget("channel_id", "sales_channel", ("チャネル", "Channel"))
_SKU = Widget("sku_id", "sku", ("商品の番号・JAN・名前", "Product: code, barcode or name"))

WIDGETS: Mapping[str, tuple[Widget, ...]] = {
    "bought_sku": (
        _SKU, _UNITS, _PERIOD, Widget("place_id", "place", ("店", "Place"), optional=True),
    ),
    "bought_category": (
        Widget("category_id", "category", ("分類", "Department")), _UNITS, _PERIOD,
    ),
    "bought_at": (_PLACE, _PERIOD),
    "bought_via": (_CHANNEL, _PERIOD),
    "spent": (*_MONEY, _PERIOD),
    "purchases": (_LEAST, _MOST, _PERIOD),
    "days_away": (_LEAST, _MOST),
    "first_on": (
        Widget("first", "day", ("この日から", "From"), optional=True),
        Widget("last", "day", ("この日まで", "Until"), optional=True),
    ),
    "second": (
        Widget("done", "yes", ("2回目", "Second"),
               (("true", ("買った", "Bought")), ("false", ("買っていない", "Not bought")))),
        Widget("within_days", "count", ("初回から何日以内", "Within days of the first"),
               optional=True),
    ),
    "late": (Widget("is", "yes", ("空いている", "Late"), _YES),),
    "rfm": tuple(
        Widget(name, "numbers", word, _SCORE, optional=True) for name, word in words.SCORES.items()
    ),
    "decile": (
        Widget("in", "numbers", ("十分位（1が最も多い）", "Tenth (1 spends most)"),
               _same(tuple(range(1, 11)))),
    ),
    "profit": _MONEY,
    "expected_profit": _MONEY,
    "alive": (
        Widget("least", "share", ("以上", "At least"), optional=True),
        Widget("most", "share", ("以下", "At most"), optional=True),
    ),
    "stake": (Widget("least_minor", "money", ("以上", "At least")),),
    "acquired_at": (_PLACE,),
    "acquired_via": (_CHANNEL,),
    "main_place": (_PLACE,),
    "considered": (_SKU, _DAYS),
    "event": (
        Widget("kind", "choice", ("行動", "Behaviour"), _among(EVENTS, words.EVENTS)),
        _DAYS, Widget("least", "count", ("回数（以上）", "Times, at least")),
    ),
    "reason": (
        Widget("code", "choice", ("理由", "Reason"),
               _among(CODES, words.REASONS)),
        Widget("basis", "choice", ("根拠", "Basis"), _among(BASES, words.BASES), optional=True),
    ),
    "consent": (
        Widget("channel", "choice", ("連絡手段", "Way"),
               _among(CONSENT_CHANNELS, words.CHANNELS)),
    ),
    "contacted": (_DAYS, Widget("is", "yes", ("案内を", "Were they"), (
        ("true", ("届けた", "written to")), ("false", ("届けていない", "not written to"))))),
    "no_next_step": (),
    "gender": (Widget("in", "words", ("性別", "Gender"), _among(GENDERS, words.GENDERS)),),
    "age": (_LEAST, _MOST),
    "birth_month": (
        Widget("in", "numbers", ("月", "Month"), _same(tuple(range(1, 13)))),
    ),
    "prefecture": (Widget("in", "words", ("都道府県", "Prefecture"), _same(PREFECTURES)),),
    "person": (Widget("ids", "people", ("選ばれた方", "Chosen people")),),
}  # fmt: skip
