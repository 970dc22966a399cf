"""Letters that a shopper asked for: a link to sign in, a link that proves a new address.

Sent beside the answer, never before it: how long an answer takes must not say who is known.
"""

from goen.doors import letters
from goen.doors.say import say
from goen.kit import home
from goen.kit.mail import Mail, Transport

send_aside = letters.send_aside


def sign_in(by: Transport, to: str, address: str) -> Mail:
    """The letter with the link."""
    shop = _shop()
    return Mail(
        to,
        say("{shop}：会員ページのご案内", "{shop}: your member page", shop=shop),
        say(
            "{shop}の会員ページを開くリンクです。\n\n{address}\n\n"
            "15分以内に、1回だけ使えます。お心当たりがなければ、このメールは捨ててください。\n",
            "This link opens your member page at {shop}.\n\n{address}\n\n"
            "It works once, within 15 minutes. If you did not ask for it, throw this mail away.\n",
            shop=shop,
            address=address,
        ),
        from_name=by.sender_name,
    )


def new_address(by: Transport, to: str, address: str) -> Mail:
    """The letter that proves that an address is theirs."""
    shop = _shop()
    return Mail(
        to,
        say("{shop}：メールアドレスの確認", "{shop}: confirm your mail address", shop=shop),
        say(
            "このアドレスを{shop}の会員情報に登録します。よろしければ次のリンクを開いてください。"
            "\n\n{address}\n\n24時間使えます。お心当たりがなければ、このメールは捨ててください。\n",
            "You asked {shop} to use this address. Open this link to confirm it.\n\n{address}\n\n"
            "It works for 24 hours. If you did not ask for it, throw this mail away.\n",
            shop=shop,
            address=address,
        ),
        from_name=by.sender_name,
    )


def _shop() -> str:
    title = home.current_shop().title
    return say(title.get("ja", ""), title.get("en", "") or title.get("ja", ""))
