"""The pages of the analyses, side by side."""

from goen.doors.console import tabs
from goen.doors.console.tabs import Tab
from goen.doors.say import say

PAGES = (
    ("overview", "/analysis", "全体", "Overview"),
    ("ltv", "/analysis/ltv", "LTVと見込み", "LTV and forecast"),
    ("people", "/analysis/people", "RFM・デシル", "RFM and deciles"),
    ("second", "/analysis/second", "2回目の購入", "Second purchase"),
    ("stores", "/analysis/stores", "店舗のLTV", "Stores"),
    ("known", "/analysis/known", "識別率", "Identified share"),
    ("lapsing", "/analysis/lapsing", "間があいた方", "Away too long"),
    ("reasons", "/analysis/reasons", "買う理由", "Why they buy"),
)


def menu(here: str) -> list[Tab]:
    """The menu of every page of the part; `here` is the code of the one shown."""
    return tabs.menu([(code, href, say(ja, en)) for code, href, ja, en in PAGES], here)
