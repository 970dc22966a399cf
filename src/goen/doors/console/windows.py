"""The stretch of time a page looks at: three ready windows, or two days of the reader's choice."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from goen.doors.say import say
from goen.insight.answers import Period

WINDOWS = {
    "4w": ("4週間", "4 weeks"),
    "12m": ("12か月", "12 months"),
    "all": ("すべて", "All"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for. `period` is set for days of their own; `error` says why not."""

    window: str
    period: Period | None
    first: str
    last: str
    error: str


def asked_for(query: QueryDict) -> Asked:
    """Read the window from an address; what cannot be read falls back to four weeks."""
    window = query.get("window", "4w")
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    window = window if window in WINDOWS else "4w"
    if not (first or last):
        return Asked(window, None, "", "", "")
    days = _day(first), _day(last)
    if days[0] is None or days[1] is None:
        error = say(
            "開始日と終了日を両方入力してください。", "Enter both the first and the last day."
        )
        return Asked(window, None, first, last, error)
    if days[0] > days[1]:
        error = say(
            "終了日は開始日と同じ日か、あとの日にしてください。",
            "The last day cannot be before the first.",
        )
        return Asked(window, None, first, last, error)
    return Asked("", Period(days[0], days[1]), first, last, "")


def window_name(window: str) -> str:
    """A window in words, as it stands in a sentence."""
    words = {
        "4w": say("直近4週間", "the last 4 weeks"),
        "12m": say("直近12か月", "the last 12 months"),
        "all": say("これまで全部", "all time"),
    }
    return words.get(window, say("この期間", "this period"))


def window_choices() -> list[tuple[str, str]]:
    """The ready windows for a switch."""
    return [(code, say(*words)) for code, words in WINDOWS.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
