"""What orders, their steps and their papers are called, in both languages.

Promises: every state, kind of slip, way of paying and exception has a word here, and a code that
has none is shown as it is rather than not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from goen.customers import queries as customers
from goen.doors.console.people import name_of
from goen.doors.say import say
from goen.kit.actors import Viewer
from goen.kit.db import Tx

Words = Mapping[str, tuple[str, str]]

STATES: Words = {
    "placed": ("受付済み", "Placed"),
    "ready": ("準備済み", "Ready"),
    "part": ("一部お届け", "Partly sent"),
    "done": ("完了", "Done"),
    "cancelled": ("取消", "Cancelled"),
}
METHODS: Words = {
    "ship": ("配送", "Delivery"),
    "collect": ("店頭受取", "Store pick-up"),
    "carry": ("お渡し済み", "Handed over"),
}
SLIPS: Words = {
    "placed": ("受注", "Placed"),
    "ship": ("出荷", "Shipped"),
    "hand_over": ("お渡し", "Handed over"),
    "ready": ("受け取り準備", "Laid ready"),
    "reroute": ("出荷元の変更", "Sent from elsewhere"),
    "cancel": ("取り消し", "Cancelled"),
    "break": ("確保の取り消し", "Promise broken"),
    "take_back": ("返品", "Taken back"),
}
TENDERS: Words = {
    "cash": ("現金", "Cash"),
    "card": ("カード", "Card"),
    "qr": ("QR決済", "QR payment"),
    "emoney": ("電子マネー", "E-money"),
    "transfer": ("振込", "Bank transfer"),
    "cod": ("代金引換", "Cash on delivery"),
    "invoice": ("請求書", "Invoice"),
    "points": ("ポイント", "Points"),
    "other": ("その他", "Other"),
}
RATES: Words = {
    "standard": ("対象", "taxable"),
    "reduced": ("対象※", "taxable ※"),
    "zero": ("対象（免税）", "zero-rated"),
    "exempt": ("非課税", "exempt"),
    "outside": ("対象外", "outside tax"),
}
REASONS: Words = {
    "shopper": ("お客様のご都合", "The shopper's wish"),
    "out_of_stock": ("在庫なし", "Out of stock"),
    "unpaid": ("入金なし", "Not paid"),
    "mistake": ("受注の誤り", "Wrong order"),
    "changed_mind": ("お客様のご都合", "The shopper's wish"),
    "wrong_item": ("商品ちがい", "Wrong item"),
    "faulty": ("不良・破損", "Faulty or damaged"),
    "size": ("サイズ・色が合わない", "Size or colour"),
    "other": ("その他", "Other"),
    "promise_broken": ("確保が切れた", "A promise was broken"),
    "order": ("ほかの会計が先に持ち出した", "another sale took the goods"),
    "count": ("棚卸で足りなかった", "a count found fewer"),
    "transfer": ("ほかの場所へ送られた", "they were sent to another place"),
}
CANCEL_REASONS = ("shopper", "out_of_stock", "unpaid", "mistake", "other")
BACK_REASONS = ("changed_mind", "size", "wrong_item", "faulty", "other")
ROUTES: Words = {
    "ec": ("EC・電話など（基本）", "Web shop, phone (the straight way)"),
    "mall": ("モール", "Mall"),
    "collect": ("店頭受取", "Store pick-up"),
    "store": ("店舗", "Store"),
}
CODES: Words = {
    "promise_broken": ("確保が切れた", "A promise was broken"),
}
CAUSES: Words = {
    "order": ("ほかの会計が先に持ち出した", "another sale took the goods"),
    "count": ("棚卸で足りなかった", "a count found fewer"),
    "transfer": ("ほかの場所へ送られた", "they were sent to another place"),
}
HOWS: Words = {
    "rerouted": ("別の場所から出す", "sent from elsewhere"),
    "cancelled": ("取り消して返金", "cancelled and given back"),
    "kept_again": ("もう一度確保", "kept again"),
    "dismissed": ("対応済みとして閉じた", "closed as seen to"),
}
CONDITIONS: Words = {
    "sellable": ("また売れる", "Can be sold again"),
    "damaged": ("売れない（不良・破損）", "Cannot be sold (damaged)"),
}
CARRIERS = ("ヤマト運輸", "佐川急便", "日本郵便", "西濃運輸", "福山通運")
ACTORS: Words = {
    "staff": ("担当", "Staff"),
    "key": ("連携", "Link"),
    "import": ("取り込み", "Import"),
    "system": ("自動", "Automatic"),
}


def word(words: Words, code: str) -> str:
    """The word for a code, or the code itself."""
    return say(*words[code]) if code in words else code


def number_of(source_no: str, uid: object) -> str:
    """What a document is called; one that only has its uid is called by its end."""
    return source_no[-12:].upper() if source_no == str(uid) else source_no


def since(at: datetime, now: datetime) -> str:
    """How long ago: 2 days 4 hours; 35 minutes."""
    return lasting(now - at)


def lasting(passed: timedelta) -> str:
    """A stretch of time in words, in the two units that matter."""
    passed = max(passed, timedelta())
    hours, minutes = divmod(int(passed.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    if days:
        return (
            say("{d}日{h}時間", "{d} {d|day|days} {h} h", d=days, h=hours)
            if hours and days < 10
            else say("{d}日", "{d} {d|day|days}", d=days)
        )
    if hours:
        words = ("{h}時間{m}分", "{h} h {m} min") if minutes else ("{h}時間", "{h} h")
        return say(*words, h=hours, m=minutes)
    return say("{m}分", "{m} min", m=minutes)


def names_of_records(
    t: Tx, record_ids: Sequence[int], viewer: Viewer
) -> dict[int, tuple[int, str]]:
    """The person each record is now and what they are called: (person, name)."""
    if not record_ids:
        return {}
    persons = customers.person_of_records(t, sorted(set(record_ids)))
    shown = customers.shown(t, sorted(set(persons.values())), viewer=viewer)
    return {
        record: (person, name_of(shown.get(person), person)) for record, person in persons.items()
    }
