"""Settings of a shop: declared here with default and meaning, changed by people, kept in the trail.

A setting that is not declared cannot be read or written; a value of another type is refused.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting's default, its bounds and its two help texts."""

    default: Any
    ja: str
    en: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


DECLARED: dict[str, Declared] = {
    "shop.currency": Declared("JPY", "通貨", "Currency"),
    "shop.timezone": Declared("Asia/Tokyo", "時間帯", "Time zone"),
    "concentration.top1_share": Declared(
        0.5,
        "「1人に集中」とみなす、最も多く買った方の割合（点数）",
        "Share of units by the top buyer that counts as resting on one person",
        0.05,
        1.0,
    ),
    "concentration.least_units": Declared(
        10,
        "「1人に集中」を判定する最小の販売点数",
        "Fewest units for the concentration flag",
        1,
        100000,
    ),
    "cut.lowest_share": Declared(
        0.1,
        "取り扱いを見直す候補とする、販売点数の下位の割合",
        "Lowest part by units that is looked at for a cut",
        0.01,
        0.5,
    ),
    "lapse.factor": Declared(
        1.5,
        "いつもの間隔の何倍あいたら「間があいている」とみなすか",
        "How many of a customer's own intervals may pass before they count as late",
        1.0,
        10.0,
    ),
    "ltv.horizon_days": Declared(
        365,
        "LTVの見込みで、何日先までを数えるか",
        "Days ahead that expected lifetime value counts",
        28,
        1_095,
    ),
    "stock.low_days": Declared(
        7,
        "在庫が足りなくなりそうとみなす残り日数（直近4週間の売れ方で）",
        "Days of stock left, at the last four weeks' speed, below which a shelf is low",
        1,
        365,
    ),
    "stock.fill_days": Declared(
        28,
        "移動や発注の提案で、何日ぶんまで補うか",
        "Days of stock that a proposed transfer or order fills a shelf for",
        1,
        730,
    ),
    "insight.window_days": Declared(
        28, "「誰が買ったか」の期間（日）", "Days that “who bought it” looks back", 1, 3660
    ),
    "events.oldest_days": Declared(
        1_830,
        "お客様の行動の記録を受け取る、古さの上限（日）",
        "Days back from which what shoppers did is still taken in",
        30,
        7_320,
    ),
    "insight.considered_days": Declared(
        14,
        "購入の前に「迷った商品」としてさかのぼる日数",
        "Days before a purchase in which what was looked at counts as considered",
        1,
        180,
    ),
    "proposal.days": Declared(
        28, "お客様への提案が続く日数", "Days that a proposal to a customer holds", 1, 180
    ),
    "proposal.holdout_share": Declared(
        0.1,
        "効果を測るため、提案をお見せしない方の割合",
        "Share of people who are shown no proposal, to measure by",
        0.0,
        0.5,
    ),
    "automation.on": Declared(
        True,
        "自動の動き（提案づくり・予約された送信など）を動かす",
        "Whether anything acts by itself: proposals, scheduled sendings",
    ),
    "contact.most": Declared(
        4,
        "お一人に、期間のうちに届けてよい回数（すべてのチャネルの合計）",
        "How often one person may be written to within the days below, over all channels",
        1,
        100,
    ),
    "contact.days": Declared(
        28,
        "届けた回数を数える期間（日）",
        "Days over which it is counted how often somebody was written to",
        1,
        365,
    ),
    "holdout.share": Declared(
        0.05,
        "どの施策も届けない方の割合（保留群。お一人ごとに固定）",
        "Share of people whom no measure is ever sent to: the same people for ever",
        0.0,
        0.5,
    ),
    "loads.parked_days": Declared(
        90,
        "取り込めなかった行の中身を残しておく日数（0は消さない。行数と理由は残ります）",
        "Days that what stood in rows that could not be loaded is kept (0: for ever);"
        " how many there were, and why, stays",
        0,
        3_660,
    ),
    "claim.days": Declared(
        30,
        "会員証なしのお買い物を、レシートのQRで登録できる日数（0は受け付けない）",
        "Days for which a purchase without a card can be claimed by its receipt (0: not at all)",
        0,
        365,
    ),
    "identity.least_probability": Declared(
        0.5,
        "「同じ方かもしれない」に出す、同じ方である確からしさの下限",
        "How likely two records must be one person to be shown as a candidate",
        0.3,
        0.99,
    ),
    "identity.auto_link_score": Declared(
        0.0,
        "この確からしさ以上なら人が見ずに同じ方にする（0は自動ではまとめない）",
        "How likely it must be to join two records without anybody looking (0: never)",
        0.0,
        1.0,
    ),
    "api.requests_per_second": Declared(
        500,
        "1つのキーが1秒に送れる回数（処理プロセスごと）",
        "Requests a second that one API key may send to one web process",
        1,
        100_000,
    ),
    "api.burst": Declared(
        2_000,
        "1つのキーが一度に続けて送れる回数（処理プロセスごと）",
        "Requests that one API key may send to one web process at once",
        1,
        1_000_000,
    ),
    "staff.second_factor": Declared(
        "optional",
        "パスワードのほかに求めるもの（off なし、optional 任意、hq 本部は必須、all 全員必須）",
        "What is asked beside a password (off, optional, hq: of head office, all: of everybody)",
        choices=("off", "optional", "hq", "all"),
    ),
    "staff.idle_hours": Declared(
        12,
        "担当者が使わないとログアウトするまでの時間",
        "Hours without use after which staff are signed out",
        1,
        24,
    ),
    "staff.session_days": Declared(
        7,
        "使っていても担当者がログインし直すまでの日数",
        "Days after which staff sign in again even while they use it",
        1,
        30,
    ),
    "mail.host": Declared(
        "",
        "送信サーバー（空欄は、この機械の中の受信箱へ。外へは出ません）",
        "Mail server (empty: the mailbox of this machine; nothing leaves it)",
    ),
    "mail.port": Declared(587, "送信サーバーのポート", "Port of the mail server", 1, 65535),
    "mail.tls": Declared(
        "starttls",
        "通信の暗号化（starttls、tls、none）",
        "Encryption of the talk (starttls, tls, none)",
    ),
    "mail.user": Declared(
        "",
        "送信サーバーの利用者名（パスワードはファイルに置きます）",
        "User at the mail server (its password stands in a file)",
    ),
    "mail.from_address": Declared("", "差出人のアドレス", "Address that mail is from"),
    "mail.sender_name": Declared(
        "", "差出人の名前（空欄は店の名前）", "Name that mail is from (empty: the shop's)"
    ),
    "mail.reply_to": Declared("", "返信先のアドレス", "Address that replies go to"),
    "mail.postal_address": Declared(
        "",
        "広告メールに載せる住所（空欄は会社の住所）",
        "Postal address in advertising mail (empty: the company's)",
    ),
    "mail.contact": Declared(
        "",
        "広告メールに載せる問い合わせ先（空欄は会社の電話）",
        "Contact in advertising mail (empty: the company's telephone)",
    ),
    "mail.public_url": Declared(
        "",
        "メールのリンクの先頭（お客様から見えるこの店のアドレス）",
        "Beginning of links in mail (this shop's address as customers reach it)",
    ),
    "mail.dkim_selector": Declared(
        "",
        "電子署名（DKIM）のセレクター。空欄は署名しません",
        "Selector of the signature (DKIM); empty: unsigned",
    ),
    "mail.per_minute": Declared(600, "1分に送るメールの通数", "Mails sent a minute", 1, 1_000_000),
    "mail.connections": Declared(
        4, "送信サーバーへの同時の接続数", "Connections to the mail server at once", 1, 64
    ),
}


def read(tx: Tx, name: str) -> Any:
    """The value of a declared setting."""
    declared = DECLARED[name]
    found = tx.row("SELECT value FROM kit_setting WHERE name = %s", [name])
    return declared.default if found is None else found[0]


def read_all(tx: Tx) -> dict[str, Any]:
    """Every declared setting with its present value."""
    found: dict[str, Any] = dict(tx.rows("SELECT name, value FROM kit_setting"))
    return {name: found.get(name, declared.default) for name, declared in DECLARED.items()}


def write(tx: Tx, name: str, value: Any, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Change a setting; refuses unknown names, other types and values out of bounds."""
    declared = DECLARED.get(name)
    if declared is None:
        return Refusal("unknown_setting", name)
    if not _is_like(declared.default, value):
        return Refusal("wrong_type", name, {"expected": type(declared.default).__name__})
    least, most = declared.least, declared.most
    if least is not None and most is not None and not least <= value <= most:
        return Refusal("out_of_bounds", name, {"least": least, "most": most})
    if declared.choices and value not in declared.choices:
        return Refusal("unknown_option", name, {"given": value})
    before = read(tx, name)
    tx.execute(
        """
        INSERT INTO kit_setting (name, value, changed_by, changed_at)
        VALUES (%s, %s::jsonb, %s, %s)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value,
          changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """,
        [name, json.dumps(value), str(actor), recorded_at],
    )
    detail = {"before": before, "after": value}
    trail.note(tx, actor, "change", "setting", name, at=recorded_at, detail=detail)
    return None


def _is_like(default: Any, value: Any) -> bool:
    """Whether a value is of the default's type; a count is a whole number, a flag no number."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int):
        return isinstance(value, int)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))
