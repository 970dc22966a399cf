"""Who may do what: one table from each right to the roles that have it.

Promises: a right that is not in the table is nobody's; a role that is not in it has none; whoever
may not see names sees every customer as a number (`customers.queries` holds that); staff of a store
change nothing at another place, and those of no place nothing at all.
"""

from dataclasses import dataclass

ROLES = {
    "hq": ("本部", "Head office"),
    "marketer": ("販促担当", "Marketing"),
    "store": ("店舗", "Store"),
    "operations": ("運用担当", "Operations"),
    "partner": ("ITパートナー", "IT partner"),
}
"""Every role with its name in both languages, in the order roles are named in."""

BOUND = frozenset({"store"})
"""Roles that change goods and orders at their own place alone."""

_ALL = frozenset(ROLES)
_HQ = frozenset({"hq"})
_SERVES = frozenset({"hq", "marketer", "store"})
_SELLS = frozenset({"hq", "store"})
_SPEAKS = frozenset({"hq", "marketer"})
_PLANS = frozenset({"hq", "marketer", "operations"})
_RUNS = frozenset({"hq", "operations", "partner"})


@dataclass(frozen=True, slots=True)
class Right:
    """What the right lets somebody do, in words, and the roles that have it."""

    roles: frozenset[str]
    ja: str
    en: str


RIGHTS = {
    "look": Right(_ALL, "数字・商品・注文・在庫を見る", "See figures, products, orders and stock"),
    "people": Right(_ALL, "お客様のページを見る", "See customers' pages"),
    "names": Right(
        _SERVES, "お客様のお名前と連絡先を見る", "See customers' names and contact data"
    ),
    "serve": Right(
        _SERVES,
        "お客様の理由・同意・お申し出を書きとめる",
        "Note customers' reasons, consents and requests",
    ),
    "export": Right(_PLANS, "お客様の一覧を書き出す", "Take lists of customers out as files"),
    "sell": Right(_SELLS, "レジで会計する", "Sell at the till"),
    "give_back": Right(_SELLS, "返品を受けて返金する", "Take returns and give money back"),
    "fulfil": Right(_SELLS, "注文を進める・取り消す", "Move orders on and cancel them"),
    "stock": Right(_SELLS, "在庫を動かす・取り置く", "Move and hold stock"),
    "points": Right(
        _PLANS, "ポイントとクーポンを出す・変える", "Give and change points and coupons"
    ),
    "measures": Right(_PLANS, "施策をつくる・変える", "Write and change measures"),
    "send": Right(_SPEAKS, "施策を始める・送る", "Launch measures and send mail"),
    "halt": Right(
        _PLANS, "施策・送信・自動のしくみを止める", "Stop measures, mail and what acts by itself"
    ),
    "aim": Right(_SPEAKS, "目標を決める", "Set goals"),
    "identity": Right(_SPEAKS, "同じお客様をまとめる・分ける", "Join and part records of a person"),
    "erase": Right(_HQ, "お客様の個人情報を消す", "Erase a customer's personal data"),
    "consents": Right(_SPEAKS, "同意の文面と止めた宛先を扱う", "Word consents and bar addresses"),
    "unbar": Right(
        _HQ, "お客様が断った宛先をまた使えるようにする", "Use an address again that said no"
    ),
    "automation": Right(
        _SPEAKS, "止めた自動のしくみを動かす", "Let what acts by itself go on again"
    ),
    "settings_look": Right(
        frozenset({"hq", "marketer", "operations", "partner"}), "設定を見る", "See the settings"
    ),
    "settings": Right(_HQ, "設定を変える", "Change the settings"),
    "staff": Right(
        _HQ, "担当者を招く・役割を変える・止める", "Invite staff, change roles, stop logins"
    ),
    "keys": Right(_HQ, "APIキーを出す・止める", "Issue and revoke API keys"),
    "loads": Right(_HQ, "ファイルを取り込む", "Load files"),
    "links": Right(
        _RUNS, "つなぎ込みと取り込みの様子を見る", "See links, keys and loads as they run"
    ),
    "logs": Right(_RUNS, "しくみの変更の記録を見る", "See what was changed in the systems"),
    "trail": Right(
        _HQ,
        "だれがどのお客様を見たか、変えたかの記録を見る",
        "See who looked at and changed which customer",
    ),
}


def may(role: str, right: str) -> bool:
    """Whether a role has a right."""
    known = RIGHTS.get(right)
    return known is not None and role in known.roles


def works_at(role: str, own: int | None, place: int) -> bool:
    """Whether somebody of a role and a place (by id) may change goods and orders at a place."""
    return role not in BOUND or own == place


def roles_with(right: str) -> list[str]:
    """The roles that have a right, in the order roles are named in; nobody for an unknown one."""
    return [role for role in ROLES if may(role, right)]
