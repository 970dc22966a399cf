"""Being written to, in words: channels, ways, causes, requests."""

from collections.abc import Mapping

from goen.doors.say import say

CHANNELS: Mapping[str, tuple[str, str]] = {
    "mail": ("メール", "Mail"),
    "sms": ("SMS", "Text message"),
    "line": ("LINE", "LINE"),
    "dm": ("郵便DM", "Post"),
    "phone": ("電話", "Telephone"),
    "app": ("アプリ", "App"),
}
WAYS: Mapping[str, tuple[str, str]] = {
    "form": ("申込みページ", "a form"),
    "till": ("レジ", "the till"),
    "paper": ("書面", "on paper"),
    "member": ("会員ページ", "the member page"),
    "link": ("配信停止リンク", "the unsubscribe link"),
    "staff": ("スタッフが承った", "told to staff"),
    "import": ("ファイルの取り込み", "an imported file"),
    "api": ("ほかのシステム", "another system"),
}
STAFF_WAYS = ("till", "paper", "staff")
"""The ways that somebody at a counter or a telephone may note."""
CAUSES: Mapping[str, tuple[str, str]] = {
    "no_address": ("使える宛先がありません", "no address that can be used"),
    "no_consent": ("同意をいただいていません", "has not agreed"),
    "refused": ("お断り", "refused"),
    "suppressed": (
        "届かない・苦情などで止めた宛先です",
        "the address bounced, complained or is gone",
    ),
}
BARS: Mapping[str, tuple[str, str]] = {
    "bounced": ("届かなかった", "Bounced"),
    "complained": ("迷惑メールの申告", "Complained"),
    "refused": ("お断り", "Refused"),
    "erased": ("情報を消した方", "Erased"),
}
REQUESTS: Mapping[str, tuple[str, str]] = {
    "disclose": ("持っている情報を見たい", "See the data you hold"),
    "correct": ("情報を直してほしい", "Correct my data"),
    "stop": ("情報の利用をやめてほしい", "Stop using my data"),
    "erase": ("情報を消してほしい", "Erase my data"),
}
EVIDENCE: Mapping[str, tuple[str, str]] = {
    "by": ("担当・端末", "by"),
    "note": ("メモ", "note"),
    "page": ("画面", "page"),
    "from": ("接続元", "from"),
    "text": ("文面", "text"),
    "form": ("用紙", "form"),
    "till": ("レジ", "till"),
    "link": ("リンク", "link"),
    "line": ("LINE", "LINE"),
    "changed": ("変えたもの", "changed"),
    "agreed_at_record": ("もとの同意の記録", "agreed at record"),
}
"""What evidence is called; names of other systems' own stay as they are."""
WORDINGS: Mapping[str, tuple[str, str]] = {
    "mail": ("メールのご案内", "News by mail"),
    "sms": ("SMSのご案内", "News by text message"),
    "line": ("LINEのご案内", "News on LINE"),
    "dm": ("郵便のご案内", "News by post"),
    "phone": ("お電話でのご案内", "News by telephone"),
    "app": ("アプリのご案内", "News in the app"),
}
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    channel: {
        "ja": f"{ja}を受け取ります。いつでも会員ページか店頭でやめられます。",
        "en": f"{en}: yes, please. I can stop it at any time on the member page or in the store.",
    }
    for channel, (ja, en) in WORDINGS.items()
}
"""What a shopper reads where the shop has not put its own text yet."""


def worded(words: Mapping[str, tuple[str, str]], code: str) -> str:
    """A code in the reader's language; an unknown one as it is."""
    return say(*words[code]) if code in words else code
