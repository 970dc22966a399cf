"""What sendings, mails and their causes are called."""

from goen.doors.say import say

RUN_STATES = {
    "waiting": ("開始を待っています", "Waiting to begin"),
    "sending": ("送っています", "Sending"),
    "paused": ("一時停止中", "Paused"),
    "sent": ("送り終えました", "Sent"),
    "recalled": ("取り消しました", "Recalled"),
    "stopped": ("途中で終えました", "Stopped"),
}
RUN_CHIPS = {"waiting": "chip-wait", "sending": "chip-good", "paused": "chip-warn",
             "sent": "chip-good", "recalled": "chip-off", "stopped": "chip-off"}  # fmt: skip
STATES = {
    "queued": ("これから", "To be sent"),
    "sending": ("送信中", "On its way"),
    "sent": ("送信済み", "Sent"),
    "skipped": ("送らなかった", "Left out"),
    "refused": ("受け取られなかった", "Not taken"),
    "bounced": ("宛先不明", "No such address"),
    "unclear": ("届いたか不明", "Unclear"),
}
CAUSES = {
    "no_address": ("宛先がない", "no address"),
    "no_consent": ("同意がない", "no consent"),
    "refused": ("送る直前までにお断り", "refused before it was sent"),
    "suppressed": ("配信を止めている宛先", "the address is barred"),
    "lent_address": ("貸し出しの宛先", "a lent address"),
    "same_person": ("同じ方に送っている", "the same person got it"),
    "recalled": ("取り消した", "recalled"),
    "stopped": ("途中で終えた", "stopped"),
    "measure_over": ("施策が終わった", "the measure is over"),
    "no_such_address": ("そのアドレスはない", "no such address"),
    "returned": ("送ったあと戻ってきた", "came back later"),
    "server": ("相手のサーバーが断った", "their server refused"),
    "tried_often": ("何度も受け取られなかった", "not taken many times"),
    "interrupted": ("送る途中で止まった", "broken off on its way"),
    "again": ("もう一度送る", "to be sent again"),
    "left": ("このままにした", "left as it is"),
}
FIELDS_OF = {
    "mail.sender_name": ("差出人の名前", "the sender's name"),
    "mail.postal_address": ("住所", "the postal address"),
    "mail.contact": ("問い合わせ先", "a contact"),
}


def state(code: str) -> str:
    """A mail's state in words."""
    return say(*STATES[code])


def cause(code: str) -> str:
    """Why, in words; a code nobody named stays as it is."""
    return say(*CAUSES[code]) if code in CAUSES else code


def broken(line: str) -> str:
    """Something of a mail that leads nowhere, in words."""
    kind, _, what = line.partition(" ")
    words = {
        "picture": ("画像「{what}」のファイルがありません。", "The picture “{what}” is gone."),
        "product": ("商品「{what}」の価格がありません。", "The product “{what}” has no price."),
        "coupon": (
            "クーポンの部品がありますが、この施策にクーポンが選ばれていません。",
            "There is a coupon in the mail, but the measure has none.",
        ),
        "public_url": (
            "リンクの先頭が{what}です。お客様からは開けません。設定で変えてください。",
            "Links begin with {what}, which customers cannot open. Change it in the settings.",
        ),
    }
    return say(*words[kind], what=what) if kind in words else line
