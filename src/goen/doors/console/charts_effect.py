"""Did it work: a dot and its interval per row against zero, as a still picture.

Promises: zero is drawn; a row whose interval shuts zero out stands in the highlight's colour and
says its number like every other, so that no colour is needed to read it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from goen.doors.console.charts import (
    EDGE,
    GRID,
    HIGHLIGHT,
    INK,
    SMALL,
    SUBJECT,
    SURFACE,
    Spec,
    both,
    sized,
)

ROW = 46
"""The height of a row in pixels."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One row: what it is of, the difference with its interval, and the same in words."""

    label: str
    value: float
    low: float
    high: float
    words: str
    is_whole: bool = False


def forest(rows: Sequence[Effect], finding: str, *, prefix: str) -> SafeString:
    """The whole first, its parts below it, zero as a line through all of them."""
    data = [
        {
            "i": i,
            "v": row.value,
            "low": row.low,
            "high": row.high,
            "words": row.words,
            "ink": HIGHLIGHT if row.low > 0 or row.high < 0 else SUBJECT,
            "size": 130 if row.is_whole else 80,
        }
        for i, row in enumerate(rows)
    ]
    labels = [row.label for row in rows]

    def spec(size: tuple[int, int]) -> Spec:
        height = ROW * len(rows) + 34
        return sized(_forest_spec(data, labels, prefix, small=size == SMALL), (size[0], height))

    return both(spec, finding)


def _forest_spec(
    data: Sequence[Mapping[str, object]], labels: list[str], prefix: str, *, small: bool
) -> Spec:
    names = json.dumps(labels, ensure_ascii=False)
    y: Spec = {
        "field": "i",
        "type": "ordinal",
        "axis": {
            "labelExpr": f"{names}[datum.value]",
            "domain": False,
            "ticks": False,
            "grid": False,
            "labelLimit": 90 if small else 160,
        },
    }
    money = f"(datum.value < 0 ? '−' : '') + {json.dumps(prefix)} + format(abs(datum.value), ',')"
    x: Spec = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": _domain(data), "nice": False},
        "axis": {
            "tickCount": 3 if small else 5,
            "labelExpr": money,
            "domain": False,
            "ticks": False,
            "gridColor": GRID,
            "labelFlush": True,
        },
    }
    ink: Spec = {"field": "ink", "type": "nominal", "scale": None}
    band = {"type": "bar", "height": 9, "cornerRadius": 4, "opacity": 0.3}
    dot = {"type": "point", "filled": True, "opacity": 1, "stroke": SURFACE, "strokeWidth": 1.5}
    size: Spec = {"field": "size", "type": "quantitative", "scale": None}
    text = {"type": "text", "dy": -14, "fontWeight": "bold", "color": INK, "clip": False}
    return {
        "data": {"values": list(data)},
        "layer": [
            {
                "data": {"values": [{"v": 0}]},
                "mark": {"type": "rule", "color": EDGE, "strokeWidth": 1.5, "strokeDash": [4, 3]},
                "encoding": {"x": x},
            },
            {
                "mark": band,
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "color": ink,
                },
            },
            {"mark": dot, "encoding": {"y": y, "x": x, "color": ink, "size": size}},
            {
                "mark": text,
                "encoding": {"y": y, "x": x, "text": {"field": "words", "type": "nominal"}},
            },
        ],
    }


def _domain(data: Sequence[Mapping[str, object]]) -> list[float]:
    """From the lowest to the highest end, zero inside, with room for the words."""
    ends = [float(str(row[name])) for row in data for name in ("low", "high")] + [0.0]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.12 or 1.0
    return [low - room, high + room]
