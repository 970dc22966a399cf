"""Settings: what can be set, how it stands, and where; besides, how pages look to the reader.

Promises: nothing is changed here but the reader's own cookies; a part the reader may not open is
not named.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import settings_tabs
from goen.doors.console.settings_tabs import PAGES
from goen.doors.console.tabs import Tab
from goen.doors.say import say
from goen.kit import mail, settings
from goen.kit.db import Tx, tx

FIXED = ("shop.currency", "shop.timezone")
"""Decided when a shop is made: its facts are already kept in them."""
_ABOUT = {
    "shop": ("会社名・登録番号・店舗・レジ・販路", "Company, registration number, places, tills"),
    "rules": ("数えかたの条件と粗利率の仮定", "How we judge, and assumed margins"),
    "mail": ("差出人・送信サーバー・配信の速さ", "Sender, mail server, pace"),
    "consents": ("同意の文面・お申し出・止めた宛先", "Wordings, requests, barred addresses"),
    "staff": ("だれが入れるか、何をしてよいか", "Who comes in, and what they may do"),
    "keys": ("ほかのシステムがしてよいこと", "What other systems may do"),
    "webhooks": ("変わったことを知らせる先", "Who is told what happens"),
    "trail": ("だれが何を見て、変えたか", "Who saw and changed what"),
    "look": ("ことばと明るさ", "Language and theme"),
}
_STANDS = """
SELECT (SELECT count(*) FROM places_place), (SELECT count(*) FROM places_till),
       (SELECT count(*) FROM kit_key WHERE revoked_at IS NULL),
       (SELECT count(*) FROM links_subscriber WHERE ended_at IS NULL),
       (SELECT count(*) FROM places_staff WHERE is_active)
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the settings: what it is about, and how it stands."""

    tab: Tab
    about: str
    stands: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The parts side by side."""
    shown = settings_tabs.menu(request, "settings")
    codes = {href: code for code, href, *_ in PAGES}
    with tx() as t:
        stands = _stands(t)
        values = settings.read_all(t)
    declared = settings.DECLARED
    page = {
        "tabs_of": shown,
        "parts": [
            Part(tab, say(*_ABOUT[code]), stands.get(code, ""))
            for tab in shown
            if (code := codes[tab.href]) in _ABOUT
        ],
        "fixed": [(say(declared[name].ja, declared[name].en), values[name]) for name in FIXED],
    }
    return render(request, "console/settings.html", page)


@login_required
@require_GET
def appearance(request: HttpRequest) -> HttpResponse:
    """The reader's language and theme."""
    page = {"tabs_of": settings_tabs.menu(request, "look")}
    return render(request, "console/settings_look.html", page)


def _stands(t: Tx) -> dict[str, str]:
    row = t.row(_STANDS)
    assert row is not None
    places, tills, keys, hooks, staff = row
    by = mail.transport(t)
    return {
        "shop": say(
            "{places}か所・レジ{tills}台",
            "{places} {places|place|places}, {tills} {tills|till|tills}",
            places=places,
            tills=tills,
        ),
        "staff": say("{n}人", "{n} {n|person|people}", n=staff),
        "keys": say("使えるキー {n}", "{n} in use", n=keys),
        "webhooks": say("送り先 {n}", "{n} {n|address|addresses}", n=hooks),
        "mail": say("この機械の中だけ", "On this machine only") if by.is_built_in else by.host,
    }
