"""What a mail says of itself, in the language of its reader."""

WORDS = {
    "ja": {
        "coupon": "クーポン",
        "coupon_number": "番号",
        "coupon_until": "期限",
        "show_at_till": "レジでこの番号をお見せください。",
        "see_offer": "くわしく見る",
        "proposal": "あなたへのおすすめ",
        "until": "まで",
        "why_you": "このメールは、お知らせを受け取ることに同意された方にお送りしています。",
        "sender": "送信者",
        "address": "住所",
        "contact": "お問い合わせ",
        "refuse": "配信を止める",
        "refuse_long": "お知らせが不要な方は、こちらからいつでも止められます：",
    },
    "en": {
        "coupon": "Coupon",
        "coupon_number": "Number",
        "coupon_until": "Valid to",
        "show_at_till": "Show this number at the till.",
        "see_offer": "See more",
        "proposal": "For you",
        "until": "",
        "why_you": "You get this mail because you agreed to hear from us.",
        "sender": "Sender",
        "address": "Address",
        "contact": "Contact",
        "refuse": "Unsubscribe",
        "refuse_long": "To stop these mails at any time:",
    },
}


def words(language: str) -> dict[str, str]:
    """The words of a language; Japanese for one that is not known."""
    return WORDS.get(language, WORDS["ja"])


_WHY_PROPOSED = {
    "ja": {
        "considered": "先日ご覧になっていた商品です。",
        "due": "そろそろ次のご用意が必要な頃ではありませんか。",
        "lapsing": "いつもお選びいただいている商品です。",
        "goes_with": "「{beside}」と、よく一緒に選ばれています。",
        "scenario": "こちらはいかがですか。",
    },
    "en": {
        "considered": "You looked at it the other day.",
        "due": "It may be time for the next one.",
        "lapsing": "You have often chosen it.",
        "goes_with": "It is often chosen together with “{beside}”.",
        "scenario": "How about this?",
    },
}


def why_proposed(kind: str, beside: str, language: str) -> str:
    """Why something is proposed, as a shopper is told: nothing about what they spent."""
    said = _WHY_PROPOSED.get(language, _WHY_PROPOSED["ja"]).get(kind, "")
    return said.format(beside=beside) if beside or "{" not in said else ""
