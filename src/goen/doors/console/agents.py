"""What a browser says it is, in words a person knows; and how somebody signed in."""

from goen.doors.say import say

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
HOW = {
    "password": ("パスワード", "password"),
    "code": ("パスワードと認証コード", "password and code"),
    "passkey": ("パスキー", "passkey"),
    "link": ("招待・再設定のリンク", "an invitation or reset link"),
    "confirm": ("ご本人の確認", "confirming who it is"),
    "passkey_copied": ("写されたおそれのあるパスキー", "a passkey that may have been copied"),
    "sample": ("サンプルの店の入口", "the sample shop's entry"),
}


def named(agent: str) -> str:
    """“Chrome · Windows”; the order matters, as browsers name each other."""
    parts = [
        next((name for sign, name in known if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(part for part in parts if part) or say(
        "わからない端末", "A device we do not know"
    )


def how(code: str) -> str:
    """How somebody signed in, in words."""
    return say(*HOW[code]) if code in HOW else ""
