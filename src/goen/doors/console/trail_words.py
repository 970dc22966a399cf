"""The trail in words: what was done, to what, and where that is.

Promises: every verb and kind that the shop writes has words in both languages (a test reads the
source for them); one that an older release wrote is shown as it stands.
"""

from collections.abc import Mapping
from typing import Any

from goen.doors.console import agents
from goen.doors.say import say
from goen.places.rights import RIGHTS, ROLES

Words = Mapping[str, tuple[str, str]]
VERBS: Words = {
    "see": ("見た", "looked at"),
    "export": ("書き出した", "exported"),
    "print": ("印刷した", "printed"),
    "mail": ("メールで送った", "mailed"),
    "reissue": ("もう一度出した", "issued again"),
    "make": ("作った", "made"),
    "change": ("変えた", "changed"),
    "put": ("登録した", "registered"),
    "register": ("登録した", "registered"),
    "load": ("取り込んだ", "loaded"),
    "set": ("決めた", "set"),
    "assume": ("仮定した", "assumed"),
    "note": ("書きとめた", "noted"),
    "take_back": ("取り消した", "took back"),
    "archive": ("しまった", "archived"),
    "bring back": ("戻した", "brought back"),
    "restore": ("戻した", "restored"),
    "take": ("取った", "took"),
    "accept": ("認めた", "accepted"),
    "ask": ("申し出た", "asked"),
    "settle": ("申し出に答えた", "answered a request"),
    "consent": ("同意・不同意を書きとめた", "noted a consent or a refusal"),
    "word": ("文面を変えた", "worded"),
    "suppress": ("宛先を止めた", "barred an address"),
    "lift": ("宛先をまた使えるようにした", "used an address again"),
    "enter": ("会員ページに入った", "came in to the member page"),
    "reason": ("理由を書きとめた", "noted a reason"),
    "claim": ("レシートを登録した", "claimed a receipt"),
    "join": ("まとめた", "joined"),
    "part": ("分けた", "parted"),
    "keep_apart": ("別の方とした", "kept apart"),
    "erase": ("個人情報を消した", "erased personal data"),
    "empty": ("取り込めなかった行の中身を消した", "emptied rows that could not be loaded"),
    "give": ("付けた", "gave"),
    "leave": ("外した", "took out"),
    "draft": ("下書きした", "drafted"),
    "revise": ("書き直した", "revised"),
    "place": ("伝える場所を加えた", "placed"),
    "displace": ("伝える場所を外した", "displaced"),
    "remark": ("書き足した", "remarked"),
    "inherit": ("学びを引き継いだ", "built on"),
    "launch": ("始めた", "launched"),
    "begin": ("始めた", "began"),
    "stop": ("止めた", "stopped"),
    "stopped": ("止めた", "stopped"),
    "dropped": ("取りやめた", "dropped"),
    "ended": ("終えた", "ended"),
    "end": ("終えた", "ended"),
    "pause": ("休めた", "paused"),
    "paused": ("休めた", "paused"),
    "resume": ("続けた", "resumed"),
    "sending": ("送り始めた", "began sending"),
    "scheduled": ("予約に戻した", "scheduled again"),
    "recalled": ("取り戻した", "recalled"),
    "done": ("終えた", "finished"),
    "failed": ("続けられなくなった", "failed"),
    "decide": ("決めた", "decided"),
    "schedule": ("送信を予約した", "scheduled"),
    "freeze": ("名簿を確定した", "fixed a list"),
    "write": ("書いた", "wrote"),
    "test": ("試しに送った", "sent a test"),
    "oppose": ("対立とした", "set in contrast"),
    "reconcile": ("対立を解いた", "reconciled"),
    "dismiss": ("見送った", "put aside"),
    "subscribe": ("送り先を加えた", "subscribed"),
    "redrive": ("送り直した", "sent again"),
    "issue": ("発行した", "issued"),
    "revoke": ("止めた", "revoked"),
    "sign_in_failed": ("ログインに失敗した", "failed to sign in"),
    "sign_in_slowed": ("間違いが続き、初めての端末を待たせた", "made new devices wait to sign in"),
    "reset_asked": ("パスワードの再設定を申し込んだ", "asked for a new password"),
    "signed_in": ("ログインした", "signed in"),
    "signed_out": ("ログアウトした", "signed out"),
    "session_ended": ("ログインを終わらせた", "ended a session"),
    "sessions_ended": ("ログインを終わらせた", "ended sessions"),
    "invited": ("招いた", "invited"),
    "invite": ("招いた", "invited"),
    "reset": ("パスワードの再設定を送った", "sent a reset"),
    "withdraw": ("招待を取り下げた", "withdrew an invitation"),
    "withdrawn": ("招待を取り下げた", "withdrew an invitation"),
    "password_set": ("パスワードを決めた", "set a password"),
    "role_changed": ("役割を変えた", "changed a role"),
    "factor_on": ("2段階目の確認を付けた", "added a second factor"),
    "factor_off": ("2段階目の確認を外した", "removed a second factor"),
    "recovery_codes_made": ("予備のコードを作った", "made recovery codes"),
    "recovery_code_used": ("予備のコードを使った", "used a recovery code"),
    "switch_off": ("使えなくした", "switched off"),
    "switch_on": ("使えるようにした", "switched on"),
    "refused": ("権利がなく止まった", "was refused"),
    "do": ("済みにした", "did"),
    "undo": ("済みを取り消した", "took back"),
    "excuse": ("今回は不要とした", "excused"),
}
KINDS: Words = {
    "person": ("お客様", "Customer"),
    "record": ("お客様の記録", "Customer record"),
    "order": ("注文", "Order"),
    "sale": ("会計", "Sale"),
    "receipt": ("レシート", "Receipt"),
    "return": ("返品の控え", "Return slip"),
    "confirmation": ("注文請書", "Order confirmation"),
    "delivery": ("納品書", "Delivery note"),
    "address": ("お届け先・宛先", "Address"),
    "export": ("一覧の書き出し", "Exported list"),
    "letter": ("メールの控え", "Letter"),
    "list": ("名簿", "List"),
    "segment": ("セグメント", "Segment"),
    "points_account": ("ポイントの口座", "Points account"),
    "grant": ("ポイント", "Points"),
    "coupon": ("クーポン", "Coupon"),
    "proposal": ("提案", "Proposal"),
    "measure": ("施策", "Measure"),
    "scenario": ("シナリオ", "Scenario"),
    "task": ("やること", "Task"),
    "routine": ("定例の仕事", "Routine"),
    "routine_task": ("定例の仕事の1回", "Turn of a routine"),
    "mail": ("メールの文面", "Mail text"),
    "run": ("配信", "Sending"),
    "axis": ("訴求点", "Appeal point"),
    "finding": ("矛盾", "Contradiction"),
    "cause": ("外のできごと", "Outside event"),
    "target": ("目標", "Goal"),
    "wording": ("同意の文面", "Consent wording"),
    "safety": ("安全在庫", "Safety stock"),
    "entity": ("会社", "Company"),
    "place": ("店舗・倉庫", "Place"),
    "channel": ("販路", "Channel"),
    "till": ("レジ", "Till"),
    "source": ("つないでいるシステム", "System"),
    "staff": ("担当者", "Staff"),
    "setting": ("設定", "Setting"),
    "margin": ("粗利率の仮定", "Assumed margin"),
    "key": ("APIキー", "API key"),
    "webhook": ("Webhook", "Webhook"),
    "category": ("商品の分類", "Categories"),
    "tax_rate": ("税率", "Tax rates"),
    "sku": ("商品", "Products"),
    "sales": ("売上ファイル", "Sales file"),
    "backup": ("バックアップ", "Backup"),
    "shop": ("店のデータ", "Shop"),
    "page": ("画面", "Page"),
}
SYSTEM_KINDS = (
    "entity", "place", "channel", "till", "source", "setting", "margin", "key", "webhook",
    "category", "tax_rate", "sku", "sales", "backup", "shop",
)  # fmt: skip
"""What has no customer in it: who may not see the whole trail still sees these."""
LOOKS = ("see", "export", "print", "reissue")
FIELDS: Words = {
    "purpose": ("目的", "Purpose"),
    "role": ("役割", "Role"),
    "before": ("前", "Before"),
    "after": ("後", "After"),
    "fields": ("項目", "Fields"),
    "people": ("人数", "People"),
    "count": ("件数", "Count"),
    "rows": ("行数", "Rows"),
    "name": ("名前", "Name"),
    "channel": ("方法", "Channel"),
    "why": ("理由", "Why"),
    "note": ("メモ", "Note"),
    "was": ("前の状態", "State before"),
    "how": ("どのように", "How"),
    "way": ("どのように", "How"),
    "address": ("接続元", "From"),
    "rate": ("割合", "Rate"),
    "registration_no": ("登録番号", "Registration number"),
    "phone": ("電話", "Telephone"),
    "day_change_hour": ("日付が変わる時刻", "Hour the day turns"),
    "goods_from": ("在庫を数え始める日", "Stock counts from"),
    "payments_from": ("入金を数え始める日", "Money counts from"),
    "entity_id": ("会社", "Company"),
    "place_id": ("店舗・倉庫", "Place"),
    "kind": ("種類", "Kind"),
    "login": ("ログインID", "Login"),
    "rounding": ("税の端数", "Rounding of tax"),
    "currency": ("通貨", "Currency"),
    "timezone": ("時間帯", "Time zone"),
    "trust": ("信頼の順", "Trust"),
    "right": ("足りない権利", "Missing right"),
    "place": ("店舗・倉庫", "Place"),
    "path": ("画面", "Page"),
    "method": ("送りかた", "Method"),
    "factor": ("2段階目の確認", "Second factor"),
    "link": ("リンク", "Link"),
    "sessions": ("端末の数", "Devices"),
    "day": ("日", "Day"),
    "tasks": ("仕事の数", "Tasks"),
    "from": ("いつから", "From"),
    "figure": ("そのときの数字", "Figure then"),
}
PURPOSES: Words = {
    "service": ("応対", "service"),
    "segment": ("条件でさがす", "segment"),
    "list": ("名簿", "list"),
    "mail": ("メール", "mail"),
    "points": ("ポイント", "points"),
    "proposal": ("提案", "proposal"),
    "authority": ("開示・証明", "disclosure"),
    "own": ("ご本人", "the person"),
    "delivery": ("お届け", "delivery"),
}
_WHYS: Words = {
    "off": ("使えなくした", "switched off"),
    "password": ("パスワードを変えた", "a new password"),
    "factors": ("2段階目の確認を外した", "second factor taken away"),
    "owner": ("ご本人", "the owner"),
    "hq": ("本部", "head office"),
    "erased": ("個人情報を消した", "data erased"),
    "kept_out": ("残す日数を過ぎた", "kept long enough"),
}
VALUES: Mapping[str, Words] = {
    "purpose": PURPOSES,
    "role": ROLES,
    "right": {code: (one.ja, one.en) for code, one in RIGHTS.items()},
    "how": agents.HOW,
    "why": _WHYS,
    "factor": {
        "authenticator": ("認証アプリ", "authenticator"),
        "passkey": ("パスキー", "passkey"),
    },
    "link": {"invite": ("招待", "invitation"), "reset": ("再設定", "reset")},
}
"""Codes that lines hold, by the name they stand under."""


def of(words: Words, code: str) -> str:
    """A code in words; what has none stands as it is."""
    return say(*words[code]) if code in words else code


def told(detail: Mapping[str, Any], *, percent: bool = False) -> list[tuple[str, str]]:
    """What was noted with a line, as names and values; what was and what is stand side by side."""
    before, after = detail.get("before"), detail.get("after")
    shown = _changes(before, after, percent=percent) if "after" in detail else []
    rest = {name: one for name, one in detail.items() if name not in {"before", "after"}}
    if shown:
        rest.pop("fields", None)  # they are named with what changed
    for name, value in rest.items():
        if value not in (None, "", [], {}):
            share = percent and name == "rate"
            shown.append((of(FIELDS, name), _worded(name, value, percent=share)))
    return shown


def _changes(before: Any, after: Any, *, percent: bool) -> list[tuple[str, str]]:
    if not isinstance(after, dict):
        pair = f"{_plain(before, percent=percent)} → {_plain(after, percent=percent)}"
        return [(say("前 → 後", "Before → after"), pair)]
    former = before if isinstance(before, dict) else {}
    return [
        (of(FIELDS, name), f"{_worded(name, former.get(name))} → {_worded(name, value)}")
        for name, value in after.items()
    ]


def _worded(name: str, value: object, *, percent: bool = False) -> str:
    if isinstance(value, str) and value in VALUES.get(name, {}):
        return of(VALUES[name], value)
    return _plain(value, percent=percent)


def _plain(value: object, *, percent: bool = False) -> str:
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, dict):
        texts = [value[one] for one in ("ja", "en") if one in value]
        pairs = (f"{name}: {_plain(one)}" for name, one in value.items())
        return " / ".join(map(str, texts)) if texts else say("、", ", ").join(pairs)
    if isinstance(value, list | tuple):
        return say("、", ", ").join(_plain(one) for one in value)
    if isinstance(value, bool):
        return say("はい", "yes") if value else say("いいえ", "no")
    if isinstance(value, int | float):
        return (
            f"{100 * value:g}%"
            if percent
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )
    return str(value)
