"""The editor's rows as templates draw them: every input with its name, value and choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goen.catalogue import queries as catalogue
from goen.doors.console.segments_rows import DAYS, Row
from goen.doors.console.segments_widgets import GROUPS, NAMES, WIDGETS, Widget
from goen.doors.console.templatetags.goen import sign_of
from goen.doors.say import say, text_of
from goen.kit import home
from goen.kit.db import Tx
from goen.kit.money import exponent
from goen.marketing.conditions_words import FIELDS
from goen.places import queries as places

WINDOWS = (
    ("4w", ("直近4週間", "Last 4 weeks")),
    ("90d", ("直近90日", "Last 90 days")),
    ("180d", ("直近180日", "Last 180 days")),
    ("12m", ("直近12か月", "Last 12 months")),
    ("all", ("これまでずっと", "At any time")),
    (DAYS, ("日付を選ぶ", "Choose days")),
)
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `kind` is text, number, day, select, boxes, hidden or goods."""

    name: str
    kind: str
    label: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    before: str = ""
    after: str = ""
    step: str = "1"
    redraws: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row, drawn."""

    row: Row
    heading: str
    inputs: tuple[Input, ...]


def offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be added, under its headings."""
    return [
        (
            say(*heading),
            [(n, say(*NAMES[n])) for n in WIDGETS if FIELDS[n].group == group and n != "person"],
        )
        for group, heading in GROUPS.items()
    ]


def inputs(t: Tx, rows: Sequence[Row]) -> list[Drawn]:
    """Every row with its inputs."""
    known = _masters(t) if rows else {}
    return [
        Drawn(
            row,
            say(*NAMES[row.field]),
            tuple(one for widget in WIDGETS[row.field] for one in _inputs(row, widget, known)),
        )
        for row in rows
    ]


def _masters(t: Tx) -> Mapping[str, list[tuple[str, str]]]:
    return {
        "place": [(str(one.id), text_of(one.name)) for one in places.places(t)
                  if one.kind != "warehouse"],
        "sales_channel": [(str(one.id), text_of(one.name)) for one in places.channels(t)],
        "category": [(str(one.category_id), "　" * one.depth + text_of(one.name))
                     for one in catalogue.categories(t)],
    }  # fmt: skip


def _inputs(row: Row, widget: Widget, known: Mapping[str, list[tuple[str, str]]]) -> list[Input]:
    if widget.kind == "period":
        return _period(row)
    name, label = row.name(widget.name), say(*widget.label)
    given = row.typed.get(widget.name, [])
    value = given[0] if given else ""
    if widget.kind in known or widget.kind in {"yes", "choice"}:
        choices = _chosen(_choices(widget, known), given)
        return [Input(name, "select", label, value, choices)]
    if widget.kind in {"numbers", "words"}:
        return [Input(name, "boxes", label, value, _chosen(_choices(widget, known), given))]
    kind, more = _plain(row, widget)
    return [replace(Input(name, kind, label, value), **more)]


def _choices(widget: Widget, known: Mapping[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    words = [(code, say(*word)) for code, word in widget.choices]
    if widget.kind in {"numbers", "words", "yes"}:
        return words
    if widget.optional:
        nothing = say("すべて", "Any")
    elif widget.kind in known:
        nothing = say("選んでください", "Choose")
    else:
        return words
    return [("", nothing), *known.get(widget.kind, words)]


def _plain(row: Row, widget: Widget) -> tuple[str, dict[str, Any]]:
    """How something typed is drawn, with what stands around it."""
    currency = home.current_shop().currency
    drawn: dict[str, tuple[str, dict[str, Any]]] = {
        "money": ("number", {"before": sign_of(currency),
                             "step": "1" if exponent(currency) == 0 else "0.01"}),
        "share": ("number", {"after": "%"}),
        "sku": ("goods", {"after": row.sku_name}),
        "people": ("hidden", {}),
        "count": ("number", {}),
    }  # fmt: skip
    return drawn.get(widget.kind, (widget.kind, {}))


def _period(row: Row) -> list[Input]:
    given = row.typed.get("period") or ["all"]
    windows = [(code, say(*word)) for code, word in WINDOWS]
    if given[0] not in dict(windows):
        n = given[0].removesuffix("d")
        windows.insert(0, (given[0], say("直近{n}日", "Last {n} {n|day|days}", n=n)))
    label = say("いつ", "When")
    drawn = [
        Input(row.name("period"), "select", label, given[0], _chosen(windows, given), redraws=True)
    ]
    if given[0] == DAYS:
        for name, words in (("first_on", ("開始日", "From")), ("last_on", ("終了日", "Until"))):
            drawn.append(Input(row.name(name), "day", say(*words), row.one(name)))
    return drawn


def _chosen(words: Sequence[tuple[str, str]], given: Sequence[str]) -> tuple[Choice, ...]:
    return tuple((code, word, code in given) for code, word in words)
