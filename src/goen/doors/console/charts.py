"""Charts as still pictures inside the page: Vega-Lite drawn once, coloured by the theme.

Promises: no inline style (the content policy forbids it); every colour is a variable of the
stylesheet, so both themes and print need no second drawing; each chart is drawn wide and small
and the container shows the one that fits; the finding is said in words beside the picture.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import vl_convert
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

SUBJECT, HIGHLIGHT, UNKNOWN = "#010c01", "#010c02", "#010c08"
TIE, SURFACE, GRID, EDGE, MUTED, INK = (
    "#010d01",
    "#010d02",
    "#010d03",
    "#010d04",
    "#010d05",
    "#010d06",
)
_VARIABLES = {
    SUBJECT: "c1",
    HIGHLIGHT: "c2",
    UNKNOWN: "c8",
    TIE: "tie",
    SURFACE: "surface",
    GRID: "grid",
    EDGE: "edge",
    MUTED: "muted",
    INK: "ink",
}
WIDE, SMALL = (640, 270), (270, 210)
_DROPPED = re.compile(r'\s(?:font-family|style|role|aria-[a-z]+|class|xmlns:xlink)="[^"]*"')
_SHORT = 10
"""Up to this many bars each carries its number."""

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar: the top buyer's part, the other known people's, the unknown part."""

    label: str
    top: int
    other: int
    unknown: int

    @property
    def total(self) -> int:
        return self.top + self.other + self.unknown


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a line with its interval. `full_label` is used where `group` changes."""

    label: str
    full_label: str
    group: int
    value: float
    low: float
    high: float


def stacked(bars: Sequence[Bar], finding: str) -> SafeString:
    """Stacked bars over time; the top buyer in the one highlighted colour."""
    rows = [
        {"i": i, "part": part, "n": n, "ink": ink}
        for i, bar in enumerate(bars)
        for part, (n, ink) in enumerate(
            ((bar.top, HIGHLIGHT), (bar.other, SUBJECT), (bar.unknown, UNKNOWN))
        )
    ]
    totals = [{"i": i, "n": bar.total} for i, bar in enumerate(bars)]
    labels = [bar.label for bar in bars]
    return both(
        lambda size: sized(_stacked_spec(rows, totals, labels, small=size == SMALL), size), finding
    )


def line(points: Sequence[Point], finding: str, *, prefix: str) -> SafeString:
    """A line with its interval as a pale band, the last point marked."""
    rows = [
        {"i": i, "v": point.value, "low": point.low, "high": point.high}
        for i, point in enumerate(points)
    ]

    def spec(size: tuple[int, int]) -> Spec:
        small = size == SMALL
        labels = labels_of(points, ticks=3 if small else 6)
        return sized(_line_spec(rows, labels, prefix, small=small), size)

    return both(spec, finding)


def prewarm() -> None:
    """Start the drawing engine in the background, so that the first page need not wait."""
    threading.Thread(target=_draw, args=(json.dumps(_WARM),), daemon=True).start()


def both(spec_of: Any, finding: str) -> SafeString:
    """The wide and the small drawing of one chart; the sentence goes to screen readers too."""
    return format_html(
        '<div class="chart" role="img" aria-label="{}">{}{}</div>',
        finding,
        _picture(spec_of(WIDE), "wide-chart"),
        _picture(spec_of(SMALL), "small-chart"),
    )


def _picture(spec: Spec, css_class: str) -> SafeString:
    drawn = _draw(json.dumps(spec, sort_keys=True))
    tag = f'<svg class="{escape(css_class)}" aria-hidden="true" focusable="false" '
    return mark_safe(drawn.replace("<svg ", tag, 1))  # noqa: S308  drawn from our own numbers


@lru_cache(maxsize=256)
def _draw(spec: str) -> str:
    svg = str(vl_convert.vegalite_to_svg(json.loads(spec)))
    svg = _DROPPED.sub("", svg)
    for sentinel, variable in _VARIABLES.items():
        svg = svg.replace(sentinel, f"var(--{variable})")
    return svg


def sized(spec: Spec, size: tuple[int, int]) -> Spec:
    """A specification with the size and the look every chart has."""
    axis = {
        "labelFontSize": 12,
        "labelColor": MUTED,
        "gridColor": GRID,
        "domainColor": EDGE,
        "tickColor": EDGE,
        "title": None,
        "labelPadding": 6,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size[0],
        "height": size[1],
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 2,
        "background": None,
        "config": {"axis": axis, "view": {"stroke": None}, "text": {"fontSize": 12, "color": INK}},
        **spec,
    }


def labels_of(points: Sequence[Point], *, ticks: int) -> list[str]:
    """Each point's words: the full ones at the first tick of every group."""
    shown = range(0, len(points), _step(len(points), ticks))
    full = {i for i in shown if i == 0 or points[i].group != points[i - shown.step].group}
    return [point.full_label if i in full else point.label for i, point in enumerate(points)]


def _stacked_spec(
    rows: Sequence[Mapping[str, Any]],
    totals: Sequence[Mapping[str, Any]],
    labels: list[str],
    *,
    small: bool,
) -> Spec:
    x = x_axis(labels, ticks=4 if small else 8, kind="ordinal")
    most = max([total["n"] for total in totals] + [1])
    marks = _whole_marks(most)
    y = {
        "field": "n",
        "type": "quantitative",
        "axis": {"domain": False, "ticks": False, "values": marks, "format": ",d"},
        "scale": {"domain": [0, max(marks[-1], most * 1.08)], "nice": False},
    }
    bars = {
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": SURFACE, "strokeWidth": 1 if len(labels) <= 30 else 0},
        "encoding": {
            "x": x,
            "y": {**y, "stack": "zero"},
            "color": {"field": "ink", "type": "nominal", "scale": None},
            "order": {"field": "part", "type": "quantitative"},
        },
    }
    if len(labels) > (_SHORT // 2 if small else _SHORT):
        return {"layer": [bars]}
    numbers = {
        "data": {"values": totals},
        "mark": {"type": "text", "dy": -8, "fontWeight": "bold"},
        "encoding": {"x": x, "y": y, "text": {"field": "n", "type": "quantitative"}},
    }
    return {"layer": [bars, numbers]}


def _line_spec(
    rows: Sequence[Mapping[str, Any]], labels: list[str], prefix: str, *, small: bool
) -> Spec:
    x = x_axis(labels, ticks=3 if small else 6, kind="quantitative")
    money = f"{json.dumps(prefix)} + format(datum.value, ',')"
    y = {
        "field": "v",
        "type": "quantitative",
        "scale": {"zero": False, "nice": 4},
        "axis": {"domain": False, "ticks": False, "tickCount": 4, "labelExpr": money},
    }
    band = {
        "mark": {"type": "area", "color": SUBJECT, "opacity": 0.16},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    curve = {
        "mark": {"type": "line", "color": SUBJECT, "strokeWidth": 2.5},
        "encoding": {"x": x, "y": y},
    }
    last = {
        "transform": [{"filter": f"datum.i == {len(rows) - 1}"}],
        "mark": {
            "type": "point",
            "size": 90,
            "stroke": TIE,
            "strokeWidth": 4,
            "fill": SURFACE,
            "opacity": 1,
        },
        "encoding": {"x": x, "y": y},
    }
    return {"data": {"values": rows}, "layer": [band, curve, last]}


def x_axis(labels: list[str], *, ticks: int, kind: str) -> Spec:
    """Ticks at a whole step, so that labels never collide; the words come ready-made."""
    shown = list(range(0, len(labels), _step(len(labels), ticks)))
    axis: Spec = {
        "values": shown,
        "labelExpr": f"{json.dumps(labels, ensure_ascii=False)}[datum.value]",
        "grid": False,
        "labelAngle": 0,
        "labelOverlap": False,
        "labelFlush": False,
    }
    if kind == "ordinal":
        return {
            "field": "i",
            "type": kind,
            "axis": {**axis, "ticks": False},
            "scale": {"paddingInner": _gap(len(labels)), "paddingOuter": 0.2},
        }
    return {"field": "i", "type": kind, "axis": {**axis, "tickSize": 4}, "scale": {"nice": False}}


def _step(many: int, ticks: int) -> int:
    return max(1, -(-many // ticks))


def _whole_marks(most: int) -> list[int]:
    """At most five whole numbers from 0, a round step apart, the last not above `most`."""
    step = next(
        size * 10**power for power in range(12) for size in (1, 2, 5) if size * 10**power * 5 > most
    )
    return list(range(0, most + 1, step))


def _gap(bars: int) -> float:
    """The part of a step left empty: few bars stay slender, many stay wide enough to see."""
    return 0.6 if bars <= 6 else 0.45 if bars <= 15 else 0.2


_WARM: Spec = sized(
    {"data": {"values": [{"i": 0}]}, "mark": "point", "encoding": {"x": {"field": "i"}}}, SMALL
)
