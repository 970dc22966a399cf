"""Conditions in words: what each says of people, and all of them as one sentence.

Promises: every value of a condition is in its words; names are the masters' own in the reader's
language; a thing that is not there any more is called by its number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goen.doors.console.templatetags.goen import full_date, money, num, pct
from goen.doors.say import say, text_of
from goen.insight.people import Kept
from goen.kit import home
from goen.kit.db import Tx
from goen.marketing.conditions import Conditions, Leaf, Tree
from goen.places import queries as places

GENDERS = {"female": ("女性", "women"), "male": ("男性", "men"), "other": ("その他", "others")}
EVENTS = {
    "view": ("商品を見た", "viewed a product"),
    "search": ("商品をさがした", "searched for a product"),
    "cart": ("カートに入れた", "put a product into the cart"),
    "uncart": ("カートから外した", "took a product out of the cart"),
    "visit": ("お店やサイトに来た", "visited"),
    "ask": ("問い合わせた", "asked something"),
    "pick": ("手に取った", "picked a product up"),
    "use": ("使った", "used a product"),
    "opened": ("メールを開いた", "opened a mail"),
    "clicked": ("メールのリンクを押した", "clicked in a mail"),
    "landed": ("メールから訪れた", "came by a mail"),
}
CHANNELS = {
    "mail": ("メール", "mail"),
    "sms": ("SMS", "text message"),
    "line": ("LINE", "LINE"),
    "dm": ("DM（郵便）", "post"),
    "phone": ("電話", "telephone"),
    "app": ("アプリ", "app"),
}
BASES = {
    "stated": ("ご本人の声", "as they said"),
    "staff": ("店員のメモ", "as staff noted"),
    "inferred": ("推定", "inferred"),
}
REASONS = {
    "gift": ("贈り物", "a gift"),
    "self_use": ("自分用", "for themselves"),
    "refill": ("いつもの買い足し", "their usual refill"),
    "recommended": ("すすめられて", "recommended"),
    "event": ("行事・季節", "an event or season"),
    "considered": ("前から迷っていた", "considered for a while"),
    "offer": ("ご案内や値引き", "an offer"),
    "other": ("その他", "another reason"),
}
SCORES = {
    "recency": ("最近さ", "recency"),
    "frequency": ("回数", "frequency"),
    "monetary": ("金額", "money"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the things in some conditions are called, by id."""

    skus: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    currency: str = "JPY"

    def of(self, kind: str, number: int) -> str:
        """A thing's name, else its number."""
        known: Mapping[int, str] = getattr(self, kind)
        return known.get(number) or say("番号{n}", "no. {n}", n=number)


def names_of(t: Tx, conditions: Conditions) -> Names:
    """The names that some conditions speak of."""
    leaves = conditions.leaves()
    return Names(
        texts(t, "catalogue_sku", [leaf["sku_id"] for leaf in leaves]),
        texts(t, "catalogue_category", [leaf["category_id"] for leaf in leaves]),
        {one.id: text_of(one.name) for one in places.places(t)},
        {one.id: text_of(one.name) for one in places.channels(t)},
        home.current_shop().currency,
    )


def texts(t: Tx, table: str, numbers: Sequence[int | None]) -> dict[int, str]:
    """The names of a table's rows, by number."""
    wanted = sorted({one for one in numbers if one is not None})
    rows = t.rows(f"SELECT id, name FROM {table} WHERE id = ANY(%s)", [wanted]) if wanted else []
    return {number: text_of(name) for number, name in rows}


def described(t: Tx, conditions: Conditions) -> str:
    """All conditions as one sentence about people."""
    return sentence(conditions, names_of(t, conditions))


def sentence(conditions: Conditions, names: Names) -> str:
    """The same, with names known."""
    if not conditions.leaves():
        return say("すべてのお客様", "All customers")
    said = _said(conditions.tree, names, outer=True)
    return say("{said}方", "People who {said}", said=said)


def _said(tree: Tree, names: Names, *, outer: bool = False) -> str:
    for name, between in (
        ("all", say("、かつ、", " and ")),
        ("any", say("、または、", " or ")),
    ):
        if name in tree:
            parts = [_said(one, names) for one in tree[name]]
            joined = between.join(parts)
            return joined if outer or len(parts) < 2 else say("（{x}）", "({x})", x=joined)
    if "not" in tree:
        inner = _said(tree["not"], names)
        return say("「{x}」にあてはまらない", "do not fulfil “{x}”", x=inner)
    return phrase(Leaf(tree["field"], tree, ""), names)


def phrase(leaf: Leaf, names: Names, kept: Kept | None = None) -> str:
    """One condition, as it goes before 方, or after “People who”."""
    return _PHRASES[leaf.field](leaf, names)


def period(leaf: Leaf) -> str:
    """When a purchase counts."""
    first, last = leaf["first_on"], leaf["last_on"]
    if first and last:
        return say("{a}から{b}までに", "from {a} to {b}", a=_day(first), b=_day(last))
    if first or last:
        ja, en = ("{a}から後に", "since {a}") if first else ("{a}までに", "until {a}")
        return say(ja, en, a=_day(first or last))
    return window(leaf["window"] or "all")


def window(code: str) -> str:
    """A stretch of time in words."""
    named = {
        "4w": ("直近4週間に", "in the last 4 weeks"),
        "12m": ("直近12か月に", "in the last 12 months"),
        "all": ("これまでに", "at any time"),
    }
    if code in named:
        return say(*named[code])
    return say("直近{n}日に", "in the last {n} {n|day|days}", n=code.removesuffix("d"))


def bounds(leaf: Leaf, unit: tuple[str, str], shown: Callable[[Any], str] = num) -> str:
    """From least to most, in a unit."""
    money_too = leaf["least_minor"] is not None or leaf["most_minor"] is not None
    low, high = (
        (leaf["least_minor"], leaf["most_minor"]) if money_too else (leaf["least"], leaf["most"])
    )
    ja, en = unit
    if low is not None and high is not None:
        if low == high:
            return say(f"ちょうど{{a}}{ja}", f"exactly {{a}}{en}", a=shown(low))
        return say(f"{{a}}〜{{b}}{ja}", f"{{a}} to {{b}}{en}", a=shown(low), b=shown(high))
    if low is not None:
        return say(f"{{a}}{ja}以上", f"{{a}}{en} or more", a=shown(low))
    return say(f"{{a}}{ja}以下", f"{{a}}{en} or less", a=shown(high))


def _day(text: str) -> str:
    return full_date(date.fromisoformat(text))


def _money(names: Names) -> Callable[[Any], str]:
    return lambda minor: money(minor, names.currency)


def _bought_sku(leaf: Leaf, names: Names) -> str:
    where = names.of("places", leaf["place_id"]) if leaf["place_id"] else ""
    return say(
        "{where}{when}「{what}」を{n}点以上買った",
        "bought {n} or more of “{what}”{where} {when}",
        where=say("{x}で", " at {x}", x=where) if where else "",
        when=period(leaf),
        what=names.of("skus", leaf["sku_id"]),
        n=num(leaf["least"]),
    )


def _bought_category(leaf: Leaf, names: Names) -> str:
    return say(
        "{when}「{what}」の商品を{n}点以上買った",
        "bought {n} or more of “{what}” goods {when}",
        when=period(leaf),
        what=names.of("categories", leaf["category_id"]),
        n=num(leaf["least"]),
    )


def _done(leaf: Leaf, _: Names) -> str:
    days = leaf["within_days"]
    soon = (
        say("初回から{n}日以内に", " within {n} {n|day|days} of the first", n=days) if days else ""
    )
    if leaf["done"]:
        return say("{soon}2回目の購入をした", "bought a second time{soon}", soon=soon)
    return say("{soon}2回目の購入をしていない", "did not buy a second time{soon}", soon=soon)


def _rfm(leaf: Leaf, _: Names) -> str:
    parts = [f"{say(*word)} {_listed(leaf[name])}" for name, word in SCORES.items() if leaf[name]]
    return say("RFMが{x}の", "have RFM scores {x}", x=say("・", ", ").join(parts))


def _listed(values: Sequence[Any]) -> str:
    return say("・", ", ").join(str(one) for one in values)


def _first_on(leaf: Leaf, _: Names) -> str:
    dated = Leaf("", {"first_on": leaf["first"], "last_on": leaf["last"]}, "")
    return say("{when}初めて買った", "bought for the first time {when}", when=period(dated))


def _gender(leaf: Leaf, _: Names) -> str:
    words = _listed([say(*GENDERS[one]) for one in leaf["in"]])
    return say("{x}の", "are {x}", x=words)


def _considered(leaf: Leaf, names: Names) -> str:
    return say(
        "直近{n}日に「{what}」を見たり手に取ったりして、まだ買っていない",
        "looked at “{what}” in the last {n} {n|day|days} and have not bought it",
        n=leaf["days"],
        what=names.of("skus", leaf["sku_id"]),
    )


def _event(leaf: Leaf, _: Names) -> str:
    return say(
        "直近{n}日に{times}回以上{what}",
        "{what} {times} {times|time|times} or more in the last {n} {n|day|days}",
        n=leaf["days"],
        times=leaf["least"],
        what=say(*EVENTS[leaf["kind"]]),
    )


def _reason(leaf: Leaf, _: Names) -> str:
    basis = say(*BASES[leaf["basis"]]) if leaf["basis"] else say("すべて", "any source")
    return say(
        "買った理由が「{code}」（{basis}）の",
        "bought for the reason “{code}” ({basis})",
        code=say(*REASONS[leaf["code"]]),
        basis=basis,
    )


def _contacted(leaf: Leaf, _: Names) -> str:
    ja, en = (
        ("届けた", "were written to") if leaf["is"] else ("届けていない", "were not written to")
    )
    return say(f"直近{{n}}日に案内を{ja}", f"{en} in the last {{n}} days", n=leaf["days"])


_PHRASES: Mapping[str, Callable[[Leaf, Names], str]] = {
    "bought_sku": _bought_sku,
    "bought_category": _bought_category,
    "bought_at": lambda leaf, names: say(
        "{when}{x}で買った", "bought at {x} {when}",
        when=period(leaf), x=names.of("places", leaf["place_id"]),
    ),
    "bought_via": lambda leaf, names: say(
        "{when}{x}で買った", "bought by {x} {when}",
        when=period(leaf), x=names.of("channels", leaf["channel_id"]),
    ),
    "spent": lambda leaf, names: say(
        "{when}{n}を使った", "spent {n} {when}",
        when=period(leaf), n=bounds(leaf, ("", ""), _money(names)),
    ),
    "purchases": lambda leaf, _: say(
        "{when}買い物が{n}の", "bought {n} {when}",
        when=period(leaf), n=bounds(leaf, ("回", " times")),
    ),
    "days_away": lambda leaf, _: say(
        "最後のお買い物から{n}たった", "have been away {n}", n=bounds(leaf, ("日", " days"))
    ),
    "first_on": _first_on,
    "second": _done,
    "late": lambda leaf, _: (
        say("いつもの間隔より長く空いている", "are away longer than usual for them")
        if leaf["is"]
        else say("いつもの間隔で来ている", "come as usual for them")
    ),
    "rfm": _rfm,
    "decile": lambda leaf, _: say(
        "購入額の十分位が{x}の", "are in tenth {x} by spend", x=_listed(leaf["in"])
    ),
    "profit": lambda leaf, names: say(
        "これまでの粗利が{n}の", "brought a gross profit of {n}",
        n=bounds(leaf, ("", ""), _money(names)),
    ),
    "expected_profit": lambda leaf, names: say(
        "これからの見込み粗利が{n}の", "are expected to bring {n}",
        n=bounds(leaf, ("", ""), _money(names)),
    ),
    "alive": lambda leaf, _: say(
        "また来てくださる見込みが{n}の", "are still customers with a probability of {n}",
        n=bounds(leaf, ("%", "%"), lambda share: pct(share, 0)),
    ),
    "stake": lambda leaf, names: say(
        "来なくなると失う粗利が年{n}以上の", "are worth {n} or more a year",
        n=money(leaf["least_minor"], names.currency),
    ),
    "acquired_at": lambda leaf, names: say(
        "{x}で初めて買った", "bought first at {x}", x=names.of("places", leaf["place_id"])
    ),
    "acquired_via": lambda leaf, names: say(
        "{x}で初めて買った", "bought first by {x}", x=names.of("channels", leaf["channel_id"])
    ),
    "main_place": lambda leaf, names: say(
        "おもに{x}で買う", "buy mostly at {x}", x=names.of("places", leaf["place_id"])
    ),
    "considered": _considered,
    "event": _event,
    "reason": _reason,
    "consent": lambda leaf, _: say(
        "{x}で案内してよい", "may be written to by {x}", x=say(*CHANNELS[leaf["channel"]])
    ),
    "contacted": _contacted,
    "no_next_step": lambda *_: say("次の一手がない", "have no next step"),
    "gender": _gender,
    "age": lambda leaf, _: say("{n}の", "are {n} old", n=bounds(leaf, ("歳", " years"))),
    "birth_month": lambda leaf, _: say(
        "{x}月生まれの", "were born in month {x}", x=_listed(leaf["in"])
    ),
    "prefecture": lambda leaf, _: say(
        "{x}にお住まいの", "live in {x}", x=_listed(leaf["in"])
    ),
    "person": lambda leaf, _: say(
        "選ばれた{n}人の", "are among {n} chosen people", n=num(len(leaf["ids"]))
    ),
}  # fmt: skip
