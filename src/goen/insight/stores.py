"""What a place earns for the shop by the people it brought and the people it serves.

A person belongs to the place of their first purchase (who brought them) and to the place they buy
most at (who serves them). Their value counts whole for both, wherever and through whichever
channel they bought: the rows do not add up to the shop, and no sale is booked twice by that.
"""

import math
from typing import Any

from goen.insight import base, ltv, ranks
from goen.insight.questions import STORES
from goen.insight.sight import Sight, rows, store
from goen.kit.db import tx


def store_places(sight: Sight) -> None:
    """Every place's card: its sales, the people it brought, the people it serves."""
    lines = base.with_profit(sight.lines(), sight.lake)
    found: dict[int, dict[str, Any]] = {row["place_id"]: row for row in rows(_sales(lines))}
    for part, belongs in (("brought", "first_place"), ("served", "main_place")):
        for row in rows(by_place(lines, belongs)):
            place = row.pop("place_id")
            found.setdefault(place, {"place_id": place})[part] = _card(row)
    value = {
        "places": [found[place] for place in sorted(found)],
        "currency": sight.currency,
        "first_on": sight.span.first_on.isoformat(),
        "last_on": sight.span.last_on.isoformat(),
    }
    with tx() as t:
        store(t, STORES, value, sight.lake.watermark, sight.recorded_at)


def by_place(lines: Any, belongs: str) -> Any:
    """People by the place they belong to (`first_place` or `main_place`) and what they are worth.

    `here_minor` is the part of their profit that this place itself took; the rest they brought to
    the others, the web shop included.
    """
    known = lines.filter(lines.person_id.notnull())
    homes = ranks.homes(known.filter(known.qty > 0)).select("person_id", home=belongs)
    own = known.join(homes, "person_id")
    people = own.group_by(["home", "person_id"]).aggregate(
        profit_minor=own.profit_minor.sum(),
        here_minor=own.profit_minor.sum(where=own.place_id == own.home).fill_null(0.0),
    )
    return people.group_by(people.home.name("place_id")).aggregate(
        people=people.count(),
        profit_minor=people.profit_minor.sum(),
        here_minor=people.here_minor.sum(),
        mean_minor=people.profit_minor.mean(),
        deviation=people.profit_minor.std(how="sample"),
    )


def _sales(lines: Any) -> Any:
    return lines.group_by("place_id").aggregate(
        sales_minor=lines.amount_minor.sum(),
        receipts=lines.order_id.nunique(),
        identified_receipts=lines.order_id.nunique(where=lines.person_id.notnull()),
    )


def _card(row: dict[str, Any]) -> dict[str, Any]:
    half = ltv.Z80 * (row["deviation"] or 0.0) / math.sqrt(row["people"])
    return {
        "people": row["people"],
        "profit_minor": round(row["profit_minor"]),
        "elsewhere_minor": round(row["profit_minor"] - row["here_minor"]),
        "mean_minor": row["mean_minor"],
        "low_minor": row["mean_minor"] - half,
        "high_minor": row["mean_minor"] + half,
    }
