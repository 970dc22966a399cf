"""The till's words: what its script says, and the names of tenders, rates and reasons.

Promises: the script itself holds no sentence; every text a clerk reads is written here or in the
templates, in both languages side by side.
"""

from goen.doors.say import say
from goen.doors.why_words import REASONS, Said

__all__ = [
    "CONDITIONS", "DISCOUNTS", "RATES", "REASONS", "RETURN_REASONS", "TENDERS", "Said",
]  # fmt: skip

TENDERS = {
    "cash": Said("現金", "Cash"),
    "card": Said("カード", "Card"),
    "qr": Said("QR決済", "QR payment"),
    "emoney": Said("電子マネー", "E-money"),
    "transfer": Said("振込", "Bank transfer"),
    "cod": Said("代金引換", "Cash on delivery"),
    "invoice": Said("請求書", "Invoice"),
    "points": Said("ポイント", "Points"),
    "other": Said("その他", "Other"),
}

RATES = {
    "standard": Said("対象", "taxable"),
    "reduced": Said("対象※", "taxable ※"),
    "zero": Said("対象（免税）", "zero-rated"),
    "exempt": Said("非課税", "exempt"),
    "outside": Said("対象外", "outside tax"),
}

RETURN_REASONS = {
    "defective": Said("不良・傷", "Faulty or damaged"),
    "wrong_item": Said("商品ちがい", "Wrong item"),
    "size": Said("サイズ・色", "Size or colour"),
    "changed_mind": Said("お気持ちが変わった", "Changed their mind"),
    "till_error": Said("会計のまちがい", "Mistake at the till"),
    "other": Said("その他", "Something else"),
}

CONDITIONS = {
    "sellable": Said("また売れる", "Can be sold again"),
    "damaged": Said("売れない", "Cannot be sold"),
}

DISCOUNTS = {
    "markdown": Said("値下げ", "Markdown"),
    "damaged": Said("傷・汚れ", "Damaged"),
    "staff": Said("社員割引", "Staff"),
    "goodwill": Said("お詫び", "As amends"),
    "other": Said("その他", "Other"),
}

STATES = {
    "placed": Said("準備中", "Being prepared"),
    "ready": Said("お渡しできます", "Ready"),
    "part": Said("一部お渡し済み", "Partly handed over"),
    "done": Said("お渡し済み", "Handed over"),
    "cancelled": Said("取消", "Cancelled"),
}


def return_words() -> dict[str, str]:
    """What the script of a return may have to say."""
    return {
        "give_back": say("{total}を返金する", "Refund {total}"),
        "nothing": say("返品する商品を選んでください", "Choose what comes back"),
        "reason": say("理由を選んでください", "Choose a reason"),
        "rate": say("{rate}%対象 {gross}（うち消費税 {tax}）", "{rate}% on {gross} (tax {tax})"),
        "sending": say("返金しています…", "Refunding…"),
        "counting": say("計算しています…", "Working it out…"),
        "pieces": say("{n}点", "{n} pcs"),
        "not_here": say("「{q}」はこの会計にありません。", "“{q}” is not on this receipt."),
        "all_back": say("{name}はすべて選びました。", "All of {name} are chosen."),
        "added": say("{name}を返品に入れました", "{name} added to the return"),
        "points": say("{n}ポイント", "{n} points"),
        "points_taken": say("獲得ポイントの取り消し", "Earned points taken back"),
        "points_owed": say("次の獲得から差し引くポイント", "Points owed from later ones"),
        "kept": say("使用済みポイント分の差し引き", "Kept for points spent"),
        "rest": say("あと {rest}", "{rest} to go"),
        "confirm": say(
            "{n}点を返品し、{total}を返金します。元に戻せません。",
            "{n} pieces come back and {total} is refunded. This cannot be undone.",
        ),
        "confirm_one": say(
            "{n}点を返品し、{total}を返金します。元に戻せません。",
            "{n} piece comes back and {total} is refunded. This cannot be undone.",
        ),
        "lost": say(
            "通信が切れました。もう一度押してください（二重に返金されることはありません）。",
            "The connection was lost. Press again; the refund cannot count twice.",
        ),
        "login": say(
            "ログインの時間が切れました。別のタブでログインしてから、もう一度お試しください。",
            "You have been logged out. Log in in another tab, then try again.",
        ),
    }


def words() -> dict[str, str]:
    """What the till's script may have to say."""
    return {
        "added": say("{name}を追加しました", "{name} added"),
        "removed": say("{name}を取り消しました", "{name} removed"),
        "undo": say("元に戻す", "Undo"),
        "fewer": say("{name}を1つ減らす", "One less {name}"),
        "more": say("{name}を1つ増やす", "One more {name}"),
        "remove": say("{name}を取り消す", "Remove {name}"),
        "age20": say("20歳以上か確かめてください", "Check the shopper is 20 or over"),
        "reduced": say("軽減税率", "Reduced rate"),
        "rate": say("{rate}%対象 {gross}（うち消費税 {tax}）", "{rate}% on {gross} (tax {tax})"),
        "each": say("単価 {price}", "{price} each"),
        "count": say("{n}点", "{n} items"),
        "count_one": say("{n}点", "{n} item"),
        "pay": say("お会計 {total}", "Check out {total}"),
        "choose_tender": say("支払い方法を選んでください", "Choose how to pay"),
        "short": say("あと {rest}", "{rest} to go"),
        "sending": say("会計しています…", "Checking out…"),
        "lost": say(
            "通信が切れました。同じ会計をもう一度送っています（二重にはなりません）。",
            "The connection was lost. Sending the same sale again; it cannot count twice.",
        ),
        "still_lost": say(
            "まだ会計が届いていません。通信を確かめて、もう一度お会計を押してください。"
            "内容は残っています（二重にはなりません）。",
            "The sale has not arrived yet. Check the network and press check out again. "
            "Nothing is lost, and it cannot count twice.",
        ),
        "offline": say(
            "通信が切れています。つながるまで会計できません。内容は残っています。",
            "Offline. You can check out once the connection is back. Nothing is lost.",
        ),
        "unread": say(
            "「{q}」を読めませんでした。通信を確かめて、もう一度読み取ってください。",
            "“{q}” could not be read. Check the network and scan again.",
        ),
        "login": say(
            "ログインの時間が切れました。別のタブでログインしてから、もう一度お試しください。",
            "You have been logged out. Log in in another tab, then try again.",
        ),
        "whole": say("全体", "Everything"),
        "off_line": say("値引 −{amount}（{why}）", "Discount −{amount} ({why})"),
        "off_all": say("全体の値引（{why}）", "Discount ({why})"),
        "coupon": say("クーポン {number}", "Coupon {number}"),
        "coupon_added": say("クーポン{number}を使います", "Coupon {number} added"),
        "drop": say("{name}をやめる", "Drop {name}"),
        "earns": say("この会計でたまるポイント", "Points to be earned"),
        "points": say("{n}ポイント", "{n} points"),
        "free": say("{n}ポイント使えます", "{n} points to spend"),
        "off_take": say("値引する", "Take it off"),
        "off_why": say("理由を選んでください", "Choose a reason"),
        "off_value": say("いくら値引するか入れてください", "Enter how much"),
        "pick": say("{n}件から選んでください", "Choose one of {n}"),
        "nobody": say("会員なし", "No member"),
        "put_aside": say("提案を見送りました", "Proposal put aside"),
    }
