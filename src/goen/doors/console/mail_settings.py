"""Settings of mail: who sends, what the law wants shown, and the way out.

Promises: saved whole or not at all; only head office changes them; a password and a key are never
typed here: the page says in which file they stand, and whether they are there.
"""

import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from goen.doors import refusals
from goen.doors.console import gate, settings_tabs
from goen.doors.console.shell import actor_of
from goen.doors.say import say
from goen.kit import clock, home, mail, mailbox, settings
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.marketing import rendering_shop

GROUPS = (
    (("差出人", "Sender"), ("mail.sender_name", "mail.from_address", "mail.reply_to")),
    (("広告メールに必ず載せるもの", "What advertising mail must show"),
     ("mail.postal_address", "mail.contact", "mail.public_url")),
    (("送信サーバー", "Mail server"),
     ("mail.host", "mail.port", "mail.tls", "mail.user", "mail.dkim_selector")),
    (("速さ", "Pace"), ("mail.per_minute", "mail.connections")),
)  # fmt: skip
TLS = ("starttls", "tls", "none")
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST saves it."""
    may_change = _may_change(request)
    given: dict[str, str] = {}
    errors: dict[str, str] = {}
    if request.method == "POST" and may_change:
        names = [name for _, group in GROUPS for name in group]
        given = {name: request.POST.get(name, "").strip() for name in names}
        errors = _save(request, given)
        if not errors:
            return redirect("/settings/mail?saved=1")
    with tx() as t:
        values = settings.read_all(t)
        by = mail.transport(t)
        footer = rendering_shop.footer(t)
    shop = home.current_shop_name()
    page: dict[str, Any] = {
        "tabs_of": settings_tabs.menu(request, "mail"),
        "groups": [
            (
                say(*title),
                [
                    (
                        name,
                        say(settings.DECLARED[name].ja, settings.DECLARED[name].en),
                        given.get(name, str(values[name])),
                        errors.get(name, ""),
                    )
                    for name in names
                ],
            )
            for title, names in GROUPS
        ],
        "tls": TLS,
        "may_change": may_change,
        "errors": errors,
        "saved": "saved" in request.GET,
        "by": by,
        "footer": footer,
        "password": (mail.password_path(shop), mail.password_path(shop).is_file()),
        "key": (mail.key_path(shop), mail.key_path(shop).is_file()),
        "runs": mailbox.listening(shop) is not None,
    }
    refused = request.method == "POST" and not may_change
    status = 403 if refused else 422 if errors else 200
    return render(request, "console/mail_settings.html", page, status=status)


def _save(request: HttpRequest, given: dict[str, str]) -> dict[str, str]:
    errors = {name: why for name, text in given.items() if (why := _wrong(name, text))}
    at = clock.now()
    with tx() as t:
        before = settings.read_all(t)
        for name, text in given.items():
            whole = isinstance(before[name], int)
            digits = text.replace(",", "").translate(_DIGITS)
            value = int(digits) if whole and digits.isdecimal() else text
            if name in errors or value == before[name]:
                continue
            refused = (
                Refusal("wrong_type", name, {"expected": "int"})
                if whole and not isinstance(value, int)
                else settings.write(t, name, value, actor=actor_of(request), recorded_at=at)
            )
            if refused is not None:
                errors[name] = refusals.sentence(refused)
        if errors:
            transaction.set_rollback(True)
    return errors


def _wrong(name: str, text: str) -> str:
    if len(text) > 300 or not text.isprintable():
        return say(
            "300文字までの1行で入力してください。", "Enter one line of at most 300 characters."
        )
    is_mail = bool(_ADDRESS.fullmatch(text)) and text.isascii()
    if name in {"mail.from_address", "mail.reply_to"} and text and not is_mail:
        return say("メールアドレスの形で入力してください。", "Enter a mail address.")
    if name == "mail.tls" and text not in TLS:
        return say("一覧から選んでください。", "Choose one from the list.")
    is_web = bool(re.fullmatch(r"https?://[^\s\"'<>?#]+", text)) and text.isascii()
    if name == "mail.public_url" and text and not is_web:
        return say("https:// から始まるアドレスを入力してください。",
                   "Enter an address that begins with https://.")  # fmt: skip
    return ""


def _may_change(request: HttpRequest) -> bool:
    return gate.may(request, "settings")
