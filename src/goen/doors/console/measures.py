"""Measures as a list: what is live, what waits, what was learnt; found, counted, exported.

Promises: the address is the state; a filter that finds nothing keeps itself and offers a way out;
how many analyses led to action is told with what it is a share of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.measures_result_words import HEADS, signed
from goen.doors.console.points_words import day_of, known_id
from goen.doors.console.points_words import typed as typed_in
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.db import Tx, tx
from goen.marketing import clashes_listing, measures_due, measures_listing, verdicts
from goen.marketing.measures_listing import MeasureRow, MeasuresAsked
from goen.places import queries as places

PAGE = 50
MOST_CSV = 10_000
KNOWN = ("more", "less", "unclear")
"""Results that say something."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure in words."""

    row: MeasureRow
    state: str
    chip: str
    period: str
    channels: str
    axes: str
    about: str
    effect: str


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or all of it as a file."""
    asked, day = _asked(request), shop_today()
    number = typed_in(request.GET, "page")
    at = int(number) if number.isdecimal() and 0 < len(number) < 5 else 1
    with tx() as t:
        is_file = request.path.endswith(".csv")
        limit, start = (MOST_CSV, 0) if is_file else (PAGE, max(at - 1, 0) * PAGE)
        rows, total = measures_listing.measures(t, asked, today=day, limit=limit, start=start)
        shown = _shown(t, rows)
        if is_file:
            return _csv(shown)
        acted, every = measures_listing.led_to_action(t)
        page: dict[str, Any] = {
            "pages": measure_tabs.menu("measures"),
            "rows": shown,
            "total": total,
            "any": bool(every),
            "acted": acted,
            "every": every,
            "asked": asked,
            "narrowed": asked != MeasuresAsked(),
            "states": _states(t, asked, day),
            "state_name": words.of(words.STATES, asked.state),
            "channels": words.choices(words.CHANNELS),
            "kinds": words.choices(words.KINDS),
            "places": places.places(t),
            "chips": _chips(t, asked),
            "waiting": clashes_listing.waiting(t, today=day),
            "due": measures_due.due(t, today=day),
            "kept": measures_due.kept(t, today=day),
        }
    page |= {
        "may_write": words.may_write(request),
        "currency": home.current_shop().currency,
        "at": at,
        "first": start + 1,
        "last": start + len(rows),
        "following": at + 1 if start + len(rows) < total else None,
        "as_of": clock.now(),
        "said": request.session.pop("measures-said", ""),
        "today": day,
    }
    return render(request, "console/measures.html", page)


def _asked(request: HttpRequest) -> MeasuresAsked:
    given = request.GET
    state, channel = typed_in(given, "state"), typed_in(given, "channel")
    kind, sku, place = (typed_in(given, name) for name in ("kind", "sku", "place"))
    return MeasuresAsked(
        state=state if state in measures_listing.STATES else "",
        text=typed_in(given, "q")[:100],
        channel=channel if channel in words.CHANNELS else "",
        kind=kind if kind in words.KINDS else "",
        sku_id=known_id(int(sku)) if sku.isdecimal() and len(sku) < 20 else None,
        place_id=known_id(int(place)) if place.isdecimal() and len(place) < 20 else None,
        first=day_of(typed_in(given, "from")),
        last=day_of(typed_in(given, "to")),
    )


def _states(t: Tx, asked: MeasuresAsked, day: Any) -> list[tuple[str, str, int]]:
    counts = measures_listing.by_state(t, asked, today=day)
    every = sum(n for state, n in counts.items() if state != "dropped")
    named = [(state, words.of(words.STATES, state), counts[state]) for state in counts]
    return [("", say("すべて", "All"), every), *named]


def _shown(t: Tx, rows: Sequence[MeasureRow]) -> list[Shown]:
    wanted = {sku_id for row in rows for sku_id in row.skus[:3]}
    skus = catalogue.skus(t, sorted(wanted), on=shop_today()) if wanted else {}
    names = {sku_id: text_of(one.name) for sku_id, one in skus.items()}
    effects = _effects(t, rows)
    return [
        Shown(
            row,
            words.of(words.STATES, row.shown_state),
            words.CHIPS.get(row.shown_state, ""),
            words.period(row.starts_on, row.ends_on),
            words.channels(list(row.channels)),
            say("・", ", ").join(text_of(name) for name in row.axes),
            about(row.skus, names),
            effects.get(row.number, ""),
        )
        for row in rows
    ]


def _effects(t: Tx, rows: Sequence[MeasureRow]) -> dict[int, str]:
    """What is known of the effects of measures with a list, in a word and in profit."""
    found = {}
    currency = home.current_shop().currency
    for row in rows[:PAGE]:
        if not (row.launched_at and row.people):
            continue
        result = verdicts.verdict(t, row.number, at=clock.now(), wait=False)
        if result is not None and result.word in KNOWN:
            gain = f" {signed(result.gain.minor, currency)}" if result.gain else ""
            found[row.number] = say(*HEADS[result.word]) + gain
    return found


def about(sku_ids: Sequence[int], names: Mapping[int, str]) -> str:
    """The products it is about, the first of them by name."""
    if not sku_ids:
        return say("店全体", "the whole shop")
    first = names.get(sku_ids[0], "—")
    rest = len(sku_ids) - 1
    return say("{a} ほか{n}点", "{a} and {n} more", a=first, n=rest) if rest else first


def _chips(t: Tx, asked: MeasuresAsked) -> list[tuple[str, str]]:
    """What narrows the list, each with the parameters that take it away."""
    chips = []
    if asked.text:
        chips.append(("q", f"「{asked.text}」" if say("ja", "en") == "ja" else f"“{asked.text}”"))
    if asked.channel:
        chips.append(("channel", words.of(words.CHANNELS, asked.channel)))
    if asked.kind:
        chips.append(("kind", words.of(words.KINDS, asked.kind)))
    if asked.sku_id is not None:
        skus = catalogue.skus(t, [asked.sku_id], on=shop_today())
        chips.append(("sku", text_of(skus[asked.sku_id].name) if skus else "—"))
    if asked.place_id is not None:
        named = {one.id: text_of(one.name) for one in places.places(t)}
        chips.append(("place", named.get(asked.place_id, "—")))
    if asked.first or asked.last:
        chips.append(("days", words.period(asked.first, asked.last)))
    return chips


def _csv(shown: Sequence[Shown]) -> HttpResponse:
    head = [
        say("番号", "Number"), say("名前", "Name"), say("種類", "Kind"), say("状態", "State"),
        say("始める日", "First day"), say("終える日", "Last day"), say("チャネル", "Channels"),
        say("訴求点", "Appeal points"), say("商品", "About"), say("対象人数", "People"),
        say("費用", "Cost"), say("見込む粗利", "Expected gross profit"), say("学び", "Learnings"),
        say("未確認の矛盾", "Open contradictions"), say("担当", "Owner"),
    ]  # fmt: skip
    lines = [
        [
            one.row.number, one.row.title, words.of(words.KINDS, one.row.kind), one.state,
            one.row.starts_on, one.row.ends_on, one.channels, one.axes, one.about, one.row.people,
            one.row.cost_minor, one.row.expected_minor, one.row.learnings, one.row.open,
            one.row.actor,
        ]
        for one in shown
    ]  # fmt: skip
    return as_csv("measures", head, lines)
