"""Charts about what customers are and will be worth; as the others, stills coloured by the theme.

Promises: what is expected is dashed and paler than what was; a range is a pale band; gains stand
in the subject's colour, losses in the highlight's, and both carry their number in words.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from goen.doors.console.charts import (
    EDGE,
    HIGHLIGHT,
    INK,
    SMALL,
    SUBJECT,
    SURFACE,
    TIE,
    Point,
    Spec,
    both,
    labels_of,
    sized,
    x_axis,
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A target at one of the chart's points, counted from 0."""

    at: int
    value: float


MARK_HEIGHTS = (8, 22, 36)
"""Where the numbers of what happened stand, in pixels from the top, in turn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one of the chart's points, counted from 0, by its number."""

    at: int
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a bridge: a change from `start` to `end`, or their sum (`start` is 0)."""

    label: str
    start: float
    end: float
    words: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What was foretold and what happened, for one tenth of the people."""

    label: str
    predicted: float
    actual: float


def ahead(
    points: Sequence[Point],
    coming: Sequence[Point],
    goals: Sequence[Goal],
    finding: str,
    *,
    prefix: str,
    marks: Sequence[Mark] = (),
) -> SafeString:
    """What was, solid; what is expected, dashed, with its range; goals, dotted.

    `coming` follows the last of `points`, from which its line starts. `marks` say what happened.
    """
    whole = [*points, *coming]
    rows = [_row(i, point) for i, point in enumerate(points)]
    later = [
        {**_row(len(points) - 1, points[-1]), "low": points[-1].value, "high": points[-1].value},
        *[_row(len(points) + i, point) for i, point in enumerate(coming)],
    ]
    aims = [{"i": goal.at, "v": goal.value} for goal in goals]

    def spec(size: tuple[int, int]) -> Spec:
        labels = labels_of(whole, ticks=3 if size == SMALL else 7)
        drawn = _ahead_spec(rows, later, aims, labels, prefix, small=size == SMALL)
        drawn["layer"] = [*_marked(marks, drawn["layer"][0]["encoding"]["x"]), *drawn["layer"]]
        return sized(drawn, size)

    return both(spec, finding)


def bridge(steps: Sequence[Step], finding: str) -> SafeString:
    """How a sum moved: what was added and taken away, one after the other, and what it came to."""
    rows = [
        {
            "i": i,
            "from": step.start,
            "to": step.end,
            "top": max(step.start, step.end),
            "words": step.words,
            "ink": SUBJECT if step.end >= step.start else HIGHLIGHT,
            "faint": 1.0 if step.is_sum else 0.6,
        }
        for i, step in enumerate(steps)
    ]
    labels = [step.label for step in steps]
    joints = [
        {"i": i, "next": i + 1, "v": step.end} for i, step in enumerate(steps[:-1])
    ]  # fmt: skip
    return both(lambda size: sized(_bridge_spec(rows, joints, labels), size), finding)


def tenths(pairs: Sequence[Pair], finding: str) -> SafeString:
    """What happened as bars, what was foretold as a mark across each."""
    rows = [{"i": i, "p": pair.predicted, "a": pair.actual} for i, pair in enumerate(pairs)]
    labels = [pair.label for pair in pairs]

    def spec(size: tuple[int, int]) -> Spec:
        return sized(_tenths_spec(rows, labels, small=size == SMALL), size)

    return both(spec, finding)


def _row(i: int, point: Point) -> dict[str, float]:
    return {"i": i, "v": point.value, "low": point.low, "high": point.high}


def _ahead_spec(
    rows: Sequence[Mapping[str, Any]],
    later: Sequence[Mapping[str, Any]],
    aims: Sequence[Mapping[str, Any]],
    labels: list[str],
    prefix: str,
    *,
    small: bool,
) -> Spec:
    x = x_axis(labels, ticks=3 if small else 7, kind="quantitative")
    x["scale"] = {"nice": False, "domain": [0, len(labels) - 1]}
    money = f"{json.dumps(prefix)} + format(datum.value, ',')"
    y: Spec = {
        "field": "v",
        "type": "quantitative",
        "scale": {"zero": False, "nice": 4},
        "axis": {"domain": False, "ticks": False, "tickCount": 4, "labelExpr": money},
    }
    low_to_high = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    line = {"type": "line", "color": SUBJECT, "strokeWidth": 2.5}
    now = {"type": "point", "size": 90, "stroke": TIE, "strokeWidth": 4, "fill": SURFACE}
    layers: list[Spec] = [
        _layer(rows, {"type": "area", "color": SUBJECT, "opacity": 0.16}, low_to_high),
        _layer(later, {"type": "area", "color": SUBJECT, "opacity": 0.16}, low_to_high),
        _layer(rows, line, {"x": x, "y": y}),
        _layer(later, {**line, "strokeDash": [6, 5]}, {"x": x, "y": y}),
        _layer(rows[-1:], {**now, "opacity": 1}, {"x": x, "y": y}),
    ]
    if aims:
        dotted = {"type": "line", "color": INK, "strokeWidth": 2, "strokeDash": [1, 4]}
        mark = {"type": "point", "shape": "diamond", "size": 70, "stroke": INK, "opacity": 1}
        layers += [_layer(aims, dotted, {"x": x, "y": y})] if len(aims) > 1 else []
        layers.append(_layer(aims, {**mark, "fill": SURFACE, "strokeWidth": 2}, {"x": x, "y": y}))
    return {"layer": layers}


def _marked(marks: Sequence[Mark], x: Spec) -> list[Spec]:
    """A thin line down from each number, behind everything else.

    Neighbours stand on three heights in turn, so that numbers of near months stay apart.
    """
    rows = [{"i": mark.at, "n": mark.label} for mark in marks]
    text = {"x": x, "text": {"field": "n", "type": "nominal"}}
    layers = []
    for turn, height in enumerate(MARK_HEIGHTS):
        mine = rows[turn :: len(MARK_HEIGHTS)]
        if mine:
            rule = {"type": "rule", "color": EDGE, "strokeDash": [2, 3], "y2": "height"}
            number = {"type": "text", "y": height, "fontWeight": "bold", "color": INK}
            layers += [_layer(mine, {**rule, "y": height + 8}, {"x": x})]
            layers += [_layer(mine, number, text)]
    return layers


def _bridge_spec(
    rows: Sequence[Mapping[str, Any]], joints: Sequence[Mapping[str, Any]], labels: list[str]
) -> Spec:
    x = x_axis(labels, ticks=len(labels), kind="ordinal")
    x["scale"] = {"paddingInner": 0.35, "paddingOuter": 0.2}
    least = min(min(row["from"], row["to"]) for row in rows)
    most = max(row["top"] for row in rows)
    y: Spec = {
        "field": "from",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [min(0.0, least), most * 1.14], "nice": False},
    }
    coloured = {
        "color": {"field": "ink", "type": "nominal", "scale": None},
        "opacity": {"field": "faint", "type": "quantitative", "scale": None},
    }
    bars = {"x": x, "y": y, "y2": {"field": "to"}, **coloured}
    level = {**y, "field": "v"}
    words = {
        "x": x,
        "y": {**y, "field": "top"},
        "text": {"field": "words", "type": "nominal"},
    }
    steps = {"x": x, "x2": {"field": "next"}, "y": level}
    return {
        "layer": [
            _layer(joints, {"type": "rule", "color": EDGE, "strokeDash": [2, 3]}, steps),
            _layer(rows, {"type": "bar"}, bars),
            _layer(rows, {"type": "text", "dy": -9, "fontWeight": "bold"}, words),
        ]
    }


def _tenths_spec(rows: Sequence[Mapping[str, Any]], labels: list[str], *, small: bool) -> Spec:
    x = x_axis(labels, ticks=5 if small else len(labels), kind="ordinal")
    y: Spec = {
        "field": "a",
        "type": "quantitative",
        "axis": {"domain": False, "ticks": False, "tickCount": 4, "format": ",d"},
        "scale": {"zero": True, "nice": True},
    }
    tick = {
        "type": "tick",
        "color": HIGHLIGHT,
        "thickness": 3,
        "opacity": 1,
        "orient": "horizontal",
    }
    return {
        "layer": [
            _layer(rows, {"type": "bar", "color": SUBJECT}, {"x": x, "y": y}),
            _layer(rows, {**tick, "size": 14 if small else 34}, {"x": x, "y": {**y, "field": "p"}}),
        ]
    }


def _layer(rows: Sequence[Mapping[str, Any]], mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}
