"""Two groups week by week, before and after a start: whether they moved together before.

Promises: the start is drawn; the treated are the highlighted line and named, so is the other; what
the weeks say is in the sentence beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from goen.doors.console.charts import (
    EDGE,
    HIGHLIGHT,
    MUTED,
    SMALL,
    SUBJECT,
    Spec,
    both,
    sized,
    x_axis,
)

HEIGHTS = {True: 210, False: 250}


@dataclass(frozen=True, slots=True)
class Week:
    """One week: its day in words and both groups' amounts, in whole currency."""

    label: str
    treated: float
    others: float


def weeks(
    given: Sequence[Week], starts_at: int, names: tuple[str, str], finding: str, *, prefix: str
) -> SafeString:
    """Both lines; `starts_at` is the place of the first week of the measure."""

    def spec(size: tuple[int, int]) -> Spec:
        small = size == SMALL
        return sized(_spec(given, starts_at, names, prefix, small=small), (size[0], HEIGHTS[small]))

    return both(spec, finding)


def _spec(
    given: Sequence[Week], starts_at: int, names: tuple[str, str], prefix: str, *, small: bool
) -> Spec:
    rows = [
        {"i": i, "v": value, "ink": ink, "name": name}
        for i, week in enumerate(given)
        for value, ink, name in (
            (week.treated, HIGHLIGHT, names[0]),
            (week.others, SUBJECT, names[1]),
        )
    ]
    x = x_axis([week.label for week in given], ticks=3 if small else 6, kind="quantitative")
    y: Spec = {
        "field": "v",
        "type": "quantitative",
        "scale": {"zero": True, "nice": 4},
        "axis": {
            "domain": False,
            "ticks": False,
            "tickCount": 4,
            "labelExpr": f"'{prefix}' + format(datum.value, ',')",
        },
    }
    ink: Spec = {"field": "ink", "type": "nominal", "scale": None}
    last = [row for row in rows if row["i"] == len(given) - 1]
    above = {row["ink"]: row for row in last}
    top = max(last, key=lambda row: float(str(row["v"]))) if last else None
    lines = {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {"x": x, "y": y, "color": ink},
    }
    start = {
        "data": {"values": [{"i": starts_at - 0.5}]},
        "mark": {"type": "rule", "color": EDGE, "strokeWidth": 1.5, "strokeDash": [4, 3]},
        "encoding": {"x": x},
    }
    words = [
        {
            "data": {"values": [row]},
            "mark": {
                "type": "text",
                "align": "right",
                "dy": -24 if row is top else 20,
                "fontWeight": "bold",
                "color": MUTED if name == SUBJECT else HIGHLIGHT,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}},
        }
        for name, row in above.items()
    ]
    return {"data": {"values": rows}, "layer": [start, lines, *words]}
