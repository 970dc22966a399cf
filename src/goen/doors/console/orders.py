"""Orders and sales of every channel: what is open, what stands still, and one search for all.

Promises: what waits stands first, oldest on top, with how long it has waited; the address holds
every filter, so a list can be sent to a colleague; the file holds the same rows, all pages of it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.orders_waiting import Waiting, waiting
from goen.doors.console.orders_words import (
    METHODS,
    STATES,
    names_of_records,
    number_of,
    since,
    word,
)
from goen.doors.console.shell import viewer_of
from goen.doors.say import say, text_of
from goen.kit import clock, home, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.orders import finding, listing
from goen.orders.listing import Asked, Listed
from goen.places import queries as places

PAGE = 50
EXPORTED_AT_MOST = 20_000
TABS = ("open", *listing.STATES, "stuck", "sale", "all")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked to see."""

    text: str
    state: str
    channel: str
    place: str
    method: str
    first: str
    last: str
    with_exception: bool
    page: int

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state narrows the list."""
        return bool(
            self.text
            or self.channel
            or self.place
            or self.method
            or self.first
            or self.last
            or self.with_exception
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One line as shown."""

    one: Listed
    number: str
    person_id: int | None
    name: str
    goods: str
    channel: str
    place: str
    stuck: str
    """How long it has stood still, beyond its step's limit; empty when it has not."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to choose, with how many there are where that is known."""

    code: str
    name: str
    count: int | None


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or with `.csv` in the address all of it as a file."""
    asked = _asked(request)
    viewer = viewer_of(request)
    exporting = request.path.endswith(".csv")
    now = clock.now()
    with tx() as t:
        still = waiting(t, at=now)
        wanted = _wanted(t, asked, still, viewer)
        limit, offset = (EXPORTED_AT_MOST, 0) if exporting else (PAGE, (asked.page - 1) * PAGE)
        waits = asked.state in {"open", "stuck", *listing.OPEN_STATES}
        found = listing.listed(t, wanted, limit=limit, offset=offset, oldest_first=waits)
        total = listing.count(t, wanted)
        rows = _rows(t, found, still, viewer)
        chosen = {
            "channels": places.channels(t),
            "places": places.places(t),
        }
        if exporting:
            trail.saw(t, viewer, "export", "orders", at=now)
    if exporting:
        return _csv(rows)
    page: dict[str, Any] = {
        "asked": asked,
        "rows": rows,
        "total": total,
        "more_than": listing.COUNTED_TO if total > listing.COUNTED_TO else None,
        "still": still,
        "by_state": _tabs(still),
        "chips": _chips(asked, chosen),
        "methods": [(code, say(*words)) for code, words in METHODS.items()],
        "first": (asked.page - 1) * PAGE + 1,
        "last": (asked.page - 1) * PAGE + len(rows),
        "previous": asked.page - 1,
        "following": asked.page + 1 if total > asked.page * PAGE else None,
        "state_name": {tab.code: tab.name for tab in _tabs(still)}[asked.state],
        "oldest_first": waits,
        **chosen,
    }
    return render(request, "console/orders.html", page)


def _asked(request: HttpRequest) -> Filter:
    get = request.GET.get
    page, state, method = get("page", "1"), get("state", ""), get("method", "")
    text = get("q", "").strip()
    return Filter(
        text=text,
        state=state if state in TABS else "all" if text else "open",
        channel=get("channel", ""),
        place=get("place", ""),
        method=method if method in METHODS else "",
        first=_day(get("from", "")),
        last=_day(get("to", "")),
        with_exception=get("exception", "") == "1",
        page=max(1, int(page)) if page.isdecimal() and len(page) < 5 else 1,
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def _wanted(t: Tx, asked: Filter, still: Waiting, viewer: Viewer) -> Asked:
    """The filter by ids, as the list is asked for."""
    channel = next((c.id for c in places.channels(t) if c.code == asked.channel), None)
    place = next((p.id for p in places.places(t) if p.code == asked.place), None)
    wanted = Asked(
        state="open" if asked.state == "stuck" else asked.state,
        channel_id=channel,
        place_id=place,
        method=asked.method,
        first_on=date.fromisoformat(asked.first) if asked.first else None,
        last_on=date.fromisoformat(asked.last) if asked.last else None,
        with_exception=asked.with_exception,
    )
    among: set[int] | None = set(still.stuck) if asked.state == "stuck" else None
    if asked.text:
        today = shop_today()
        found = set(finding.find(t, asked.text, viewer=viewer, today=today))
        among = found if among is None else among & found
    return wanted if among is None else replace(wanted, among=tuple(sorted(among)))


def _rows(t: Tx, found: list[Listed], still: Waiting, viewer: Viewer) -> list[Row]:
    names = names_of_records(t, [one.record_id for one in found if one.record_id], viewer)
    channels = {one.id: text_of(one.name) for one in places.channels(t)}
    at = {one.id: text_of(one.name) for one in places.places(t)}
    now = clock.now()
    rows = []
    for one in found:
        person, name = names.get(one.record_id or 0, (None, ""))
        stuck = still.stuck.get(one.order_id)
        rows.append(
            Row(
                one,
                number_of(one.source_no, one.uid),
                person,
                name,
                _goods(one),
                channels.get(one.channel_id, ""),
                at.get(one.collect_at or one.place_id, ""),
                since(stuck, now) if stuck else "",
            )
        )
    return rows


def _goods(one: Listed) -> str:
    first = text_of(one.goods)
    if one.lines < 2:
        return first
    return say("{first} ほか{n}品", "{first} and {n} more", first=first, n=one.lines - 1)


def _tabs(still: Waiting) -> list[Tab]:
    counts = still.counts
    return [
        Tab("open", say("未完了", "Open"), counts.open),
        *(Tab(s, word(STATES, s), counts.by_state[s]) for s in listing.OPEN_STATES),
        Tab("stuck", say("止まっている", "Standing still"), len(still.stuck)),
        Tab("done", word(STATES, "done"), None),
        Tab("cancelled", word(STATES, "cancelled"), None),
        Tab("sale", say("レジ会計", "At tills"), None),
        Tab("all", say("すべて", "All"), None),
    ]


def _chips(asked: Filter, chosen: dict[str, Any]) -> list[tuple[str, str]]:
    """What narrows the list, as (parameter, words)."""
    named = {
        "channel": {one.code: text_of(one.name) for one in chosen["channels"]}.get(asked.channel),
        "place": {one.code: text_of(one.name) for one in chosen["places"]}.get(asked.place),
        "method": word(METHODS, asked.method) if asked.method else None,
        "from": asked.first and say("{d}から", "From {d}", d=asked.first),
        "to": asked.last and say("{d}まで", "Until {d}", d=asked.last),
        "exception": say("例外あり", "With exceptions") if asked.with_exception else None,
        "q": asked.text and say("「{text}」", "“{text}”", text=asked.text),
    }
    return [(name, words) for name, words in named.items() if words]


def _csv(rows: list[Row]) -> HttpResponse:
    head = [
        say("注文番号", "Number"),
        say("日時", "When"),
        say("営業日", "Business date"),
        say("状態", "State"),
        say("チャネル", "Channel"),
        say("方法", "Method"),
        say("場所", "Place"),
        say("お客様番号", "Customer"),
        say("お客様", "Name"),
        say("商品", "Goods"),
        say("点数", "Units"),
        say("未処理の点数", "Open units"),
        say("合計（税込）", "Total (incl. tax)"),
        say("通貨", "Currency"),
        say("例外", "Exceptions"),
        say("止まっている時間", "Standing still for"),
    ]
    return as_csv("orders", head, (_cells(row) for row in rows))


def _cells(row: Row) -> list[object]:
    one = row.one
    zone = clock.zone(home.current_shop().timezone)
    places_ = 10 ** exponent(one.currency)
    return [
        row.number,
        f"{one.occurred_at.astimezone(zone):%Y-%m-%d %H:%M}",
        one.business_date,
        word(STATES, one.state),
        row.channel,
        word(METHODS, one.method or "carry"),
        row.place,
        row.person_id,
        row.name.removesuffix(" 様"),
        row.goods,
        one.units,
        one.open_units,
        one.total_minor / places_ if places_ > 1 else one.total_minor,
        one.currency,
        one.exceptions,
        row.stuck,
    ]
