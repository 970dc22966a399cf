"""The menu of the settings: its pages side by side, those that the reader may open."""

from django.http import HttpRequest

from goen.doors.console import gate, tabs
from goen.doors.console.tabs import Tab
from goen.doors.say import say

PAGES = (
    ("settings", "/settings", "概要", "Overview", "settings_look"),
    ("shop", "/settings/shop", "会社と店舗", "Company and places", "settings_look"),
    ("rules", "/settings/rules", "規則", "Rules", "settings_look"),
    ("mail", "/settings/mail", "メール", "Mail", "settings_look"),
    ("consents", "/consents", "同意", "Consents", "people"),
    ("staff", "/staff", "担当者", "Staff", "staff"),
    ("keys", "/settings/keys", "APIキー", "API keys", "links"),
    ("webhooks", "/settings/webhooks", "Webhook", "Webhooks", "links"),
    ("trail", "/trail", "記録", "Trail", "logs"),
    ("look", "/settings/look", "見た目", "Appearance", "look"),
)
"""Each page: its code, address, words, and the right it needs."""


def menu(request: HttpRequest, here: str) -> list[Tab]:
    """The pages that the reader may open; `here` is the code of the one shown."""
    shown = [
        (code, href, say(ja, en)) for code, href, ja, en, right in PAGES if gate.may(request, right)
    ]
    return tabs.menu(shown, here)
