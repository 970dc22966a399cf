"""What happened to somebody's login, in words: the last lines of the trail about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.doors.console import agents
from goen.doors.say import say
from goen.kit.db import Tx
from goen.places.rights import ROLES

LINES = 20
_WORDS = {
    "make": ("担当者として登録", "Registered"),
    "invite": ("招待リンクを発行", "Invitation link made"),
    "reset": ("再設定リンクを発行", "Reset link made"),
    "reset_asked": ("ログインの画面で再設定を申込", "New password asked for at sign-in"),
    "sign_in_slowed": ("間違いが続き、初めての端末を待たせた", "New devices made to wait"),
    "accept": ("リンクを使用", "Link used"),
    "password_set": ("パスワードを設定", "Password set"),
    "signed_in": ("ログイン", "Signed in"),
    "signed_out": ("ログアウト", "Signed out"),
    "sign_in_failed": ("ログインに失敗", "Sign-in failed"),
    "factor_on": ("二つ目の確認を登録", "Second factor added"),
    "factor_off": ("二つ目の確認を解除", "Second factor removed"),
    "recovery_code_used": ("回復コードを使用", "Recovery code used"),
    "recovery_codes_made": ("回復コードを作り直し", "Recovery codes made anew"),
    "session_ended": ("端末をログアウト", "Sessions ended"),
    "role_changed": ("役割・店舗を変更", "Role or place changed"),
    "change": ("名前などを変更", "Name or address changed"),
    "switch_off": ("ログインを停止", "Switched off"),
    "switch_on": ("ログインを再開", "Switched on"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, what, who caused it."""

    at: datetime
    what: str
    more: str
    who: str


def lines(t: Tx, code: str) -> list[Line]:
    """The latest lines about somebody's login."""
    rows = t.rows(
        "SELECT at, verb, detail, actor FROM kit_trail WHERE kind = 'staff' AND subject = %s"
        " ORDER BY id DESC LIMIT %s",
        [code, LINES],
    )
    return [
        Line(at, say(*_WORDS[verb]) if verb in _WORDS else verb, _more(verb, detail), _who(actor))
        for at, verb, detail, actor in rows
    ]


def _more(verb: str, detail: dict[str, Any]) -> str:
    """What is worth adding."""
    if verb in {"signed_in", "sign_in_failed", "sign_in_slowed", "reset_asked"}:
        told = (agents.how(str(detail.get("how", ""))), str(detail.get("address", "")))
        return " · ".join(part for part in told if part)
    if verb == "role_changed":
        before, after = detail.get("before", {}), detail.get("after", {})
        return f"{_role(before)} → {_role(after)}"
    if verb in {"factor_on", "factor_off"}:
        if detail.get("factor") == "authenticator":
            return say("認証アプリ", "authenticator")
        return say("パスキー「{name}」", "passkey “{name}”", name=detail.get("name", ""))
    return ""


def _role(told: dict[str, Any]) -> str:
    role = str(told.get("role", ""))
    words = say(*ROLES[role]) if role in ROLES else role
    place = told.get("place")
    return say("{role}（{place}）", "{role} ({place})", role=words, place=place) if place else words


def _who(actor: str) -> str:
    return "—" if actor == "system:sign in" else actor.partition(":")[2]
