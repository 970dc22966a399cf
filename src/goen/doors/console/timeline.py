"""From a person's receipts to the picture of their thread: which days, which lanes, which words.

Promises: a span ends on the day the page counts to; the usual days of the next visit are only
shown where there is a habit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from goen.doors.console import thread
from goen.doors.console.evidence import Known
from goen.doors.console.templatetags.goen import day as short_day
from goen.doors.console.templatetags.goen import money
from goen.doors.say import language, say, text_of
from goen.kit import clock
from goen.orders.queries import Receipt

SPANS = {
    "4m": ("4か月", "4 months", 122),
    "1y": ("1年", "1 year", 366),
    "all": ("すべて", "All", 0),
}
_SIZES = (("wide", 1080), ("middle", 720), ("small", 520))
"""The container shows the one that fits it, so that the words keep their size."""
_ORDER = ("store", "ec", "mall", "sns", "phone", "paper")


def pictures(
    history: Sequence[Receipt], known: Known, span: str, today: date, *, ended: bool
) -> dict[str, Any] | None:
    """The thread, wide and narrow; None when nothing lies in the span."""
    days = SPANS[span][2]
    oldest = history[-1].business_date if history else today
    latest = max((one.business_date for one in history[:1]), default=today)
    until = max(today, latest)
    first = max(oldest, until - timedelta(days=days)) if days else oldest
    inside = [one for one in reversed(history) if first <= one.business_date]
    if not inside:
        return None
    lanes = _lanes(history)
    contacts = [_contact(one, lanes, known) for one in inside]
    gap = thread.usual_gap([one.business_date for one in history])
    usual = None
    if gap and (today - latest).days <= 3 * gap[1] + 14:
        usual = (latest + timedelta(days=gap[0]), latest + timedelta(days=gap[1]))
    frame = _frame(first - timedelta(days=2), until, tuple(lanes), usual, ended=ended)
    return {
        "drawn": [(name, thread.draw(contacts, frame, width=width)) for name, width in _SIZES],
        "finding": _finding(contacts, tuple(lanes), span),
        "usual": usual is not None,
        "dashed": not all(c.verified for c in contacts),
    }


def _lanes(history: Sequence[Receipt]) -> dict[str, int]:
    """A row per channel, in the order stores, own web shop, malls, others."""
    found = {(_ORDER.index(one.channel_kind), text_of(one.channel_name)) for one in history}
    return {name: row for row, (_, name) in enumerate(sorted(found))}


def _contact(one: Receipt, lanes: Mapping[str, int], known: Known) -> thread.Contact:
    local = one.occurred_at.astimezone(clock.zone(one.timezone))
    midnight = (local.date() - date(1970, 1, 1)).days
    return thread.Contact(
        on=one.business_date,
        moment=midnight + (local.hour * 60 + local.minute) / 1440,
        lane=lanes[text_of(one.channel_name)],
        label=money(one.total_minor, one.currency),
        weight=one.total_minor,
        verified=one.record_id in known.verified,
    )


def _frame(
    first: date,
    until: date,
    lanes: tuple[str, ...],
    usual: tuple[date, date] | None,
    *,
    ended: bool,
) -> thread.Frame:
    last = max(until, usual[1]) if usual else until
    months = thread.month_starts(first, last, most=8)
    return thread.Frame(
        first=first,
        today=until,
        lanes=lanes,
        usual=usual,
        today_words=say("データの最終日 {day}", "Data end {day}", day=short_day(until))
        if ended
        else say("今日 {day}", "Today {day}", day=short_day(until)),
        usual_words=say("いつもならお越しの頃", "When they usually come"),
        month_words=tuple((m, _month(m, first=i == 0)) for i, m in enumerate(months)),
    )


def _month(day: date, *, first: bool) -> str:
    year = first or day.month == 1
    if language() == "en":
        return f"{day:%b %Y}" if year else f"{day:%b}"
    return f"{day.year}年{day.month}月" if year else f"{day.month}月"


def _finding(contacts: Sequence[thread.Contact], lanes: tuple[str, ...], span: str) -> str:
    counts = Counter(c.lane for c in contacts)
    parts = say("、", ", ").join(
        say("{lane}{n}回", "{lane} {n}", lane=lanes[lane], n=n)
        for lane, n in sorted(counts.items())
    )
    return say(
        "{span}の購入は{n}回：{parts}。最後は{last}です。",
        "{n} {n|purchase|purchases} ({span}): {parts}. The last was on {last}.",
        span=say(*SPANS[span][:2]),
        n=len(contacts),
        parts=parts,
        last=short_day(contacts[-1].on),
    )
