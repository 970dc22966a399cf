"""The menu of what we say: measures, the people they are for, what they claim, what acts by itself.

And the menu of one measure: its pages side by side, whoever of us wrote them.
"""

from goen.doors.console import tabs
from goen.doors.console.tabs import Tab
from goen.doors.say import say

PAGES = (
    ("measures", "/measures", "施策", "Measures"),
    ("scenarios", "/measures/scenarios", "シナリオ", "Scenarios"),
    ("routines", "/routines", "定例の仕事", "Routines"),
    ("calendar", "/measures/calendar", "カレンダー", "Calendar"),
    ("segments", "/segments", "セグメント", "Segments"),
    ("axes", "/measures/axes", "訴求点", "Appeal points"),
    ("findings", "/measures/findings", "矛盾", "Contradictions"),
    ("causes", "/measures/causes", "外のできごと", "Outside events"),
    ("automation", "/automation", "自動のしくみ", "Automation"),
)
OF_ONE = (
    ("measure", "", "なぜ・だれに・なにを", "Why, who, what"),
    ("mail", "/mail", "メールの文面", "Mail"),
    ("send", "/send", "宛先と配信", "List and sending"),
    ("result", "/result", "結果", "Result"),
    ("history", "/history", "履歴", "History"),
)


def menu(here: str) -> list[Tab]:
    """The menu of every page of the part; `here` is the code of the one shown."""
    return tabs.menu([(code, href, say(ja, en)) for code, href, ja, en in PAGES], here)


def of_measure(
    number: int, here: str, *, with_mail: bool = True, with_list: bool = True
) -> list[Tab]:
    """The menu of one measure; without mail it has no page for its text, without a list for it."""
    without = {code for code, has in (("mail", with_mail), ("send", with_list)) if not has}
    pages = [
        (code, f"/measures/{number}{rest}", say(ja, en))
        for code, rest, ja, en in OF_ONE
        if code not in without
    ]
    return tabs.menu(pages, here)
