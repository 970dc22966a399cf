"""Staff in words: roles, states, what was done, and what is asked beside a password."""

from goen.doors.say import say
from goen.places.rights import ROLES

_STATES = {
    "on": ("利用中", "In use", "good"),
    "invited": ("招待中", "Invited", "warn"),
    "waiting": ("招待の期限切れ", "Invitation over", "warn"),
    "off": ("停止中", "Switched off", ""),
    "named": ("名前だけ（ログインなし）", "Name only, no login", ""),
}
_CHOICES = {
    "off": ("求めない（登録の案内もしない）", "Nothing (and do not offer it)"),
    "optional": ("使いたい人が使う", "Whoever wants to may use one"),
    "hq": ("本部は必ず", "Head office must have one"),
    "all": ("全員が必ず", "Everybody must have one"),
}
_SAVED = {
    "changed": ("保存しました。", "Saved."),
    "off": (
        "ログインを止めました。使っていた端末もログアウトしました。",
        "The login is switched off, and signed out everywhere.",
    ),
    "on": ("ログインできるように戻しました。", "The login is switched on again."),
    "factors": (
        "認証アプリとパスキーを解除しました。次のログインで登録し直せます。",
        "Authenticator and passkeys are gone. They can be set up anew after signing in.",
    ),
    "sessions": (
        "すべての端末をログアウトしました。",
        "Signed out on every device.",
    ),
    "rules": ("ログインの決まりを保存しました。", "The rules of signing in are saved."),
}


def role(code: str) -> str:
    """A role in words."""
    return say(*ROLES[code])


def roles() -> list[tuple[str, str]]:
    """Every role with its word."""
    return [(code, say(*ROLES[code])) for code in ROLES]


def state(code: str) -> tuple[str, str]:
    """A state in words, and the mark of its chip."""
    ja, en, mark = _STATES[code]
    return say(ja, en), mark


def states() -> list[tuple[str, str]]:
    """Every state with its word."""
    return [(code, say(ja, en)) for code, (ja, en, _) in _STATES.items()]


def choices() -> list[tuple[str, str]]:
    """What may be asked beside a password."""
    return [(code, say(*words)) for code, words in _CHOICES.items()]


def saved(what: str) -> str:
    """What was done, said on the page that one comes back to."""
    return say(*_SAVED[what]) if what in _SAVED else ""
