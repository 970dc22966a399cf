"""The analyst's part in displays and flyers: every week of every store that promoted an article.

Promises: a store that never promoted it is not compared with; a week without a sale is zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import ibis
import msgspec

from goen.insight.promoted import HOW, Promoted, PromotedWeek, Spell
from goen.insight.sight import Sight


def answer(sight: Sight, params: str) -> Mapping[str, Any] | None:
    """The answer for `sku=…`; None where the article was never promoted."""
    if sight.lake.promotions is None:
        return None
    sku_id = int(params.removeprefix("sku="))
    rows = store_weeks(sight, sku_id).to_pyarrow().to_pylist()
    if not rows:
        return None
    found = Promoted(len({row["place_id"] for row in rows}), _spells(rows), _weeks(rows))
    value: Mapping[str, Any] = msgspec.to_builtins(found)
    return value


def store_weeks(sight: Sight, sku_id: int) -> Any:
    """(place_id, first_on, last_on, display, mailer, units, amount_minor), a row for every week of
    every store that ever promoted it; `display` and `mailer` say whether it did then."""
    told = sight.lake.promotions
    own = told.filter((told.sku_id == sku_id) & told.place_id.notnull())
    own = own.group_by("place_id", "first_on").aggregate(
        display=(own.display != "").any(), mailer=(own.mailer != "").any()
    )
    weeks = told.select("first_on", "last_on").distinct()
    grid = own.select("place_id").distinct().cross_join(weeks)
    grid = grid.left_join(own, ["place_id", "first_on"]).select(
        "place_id",
        "first_on",
        "last_on",
        display=ibis._.display.fill_null(False),
        mailer=ibis._.mailer.fill_null(False),
    )
    sold = _sold(sight, sku_id, weeks)
    joined = grid.left_join(sold, ["place_id", "first_on"])
    return joined.select(
        *("place_id", "first_on", "last_on", "display", "mailer"),
        units=ibis._.units.fill_null(0),
        amount_minor=ibis._.amount_minor.fill_null(0),
    ).order_by("first_on", "place_id")


def _sold(sight: Sight, sku_id: int, weeks: Any) -> Any:
    """Units and amount by place and week."""
    lines = sight.lines()
    lines = lines.filter(lines.sku_id == sku_id)
    within = [lines.business_date >= weeks.first_on, lines.business_date <= weeks.last_on]
    dated = lines.join(weeks, within)
    return dated.group_by("place_id", "first_on").aggregate(
        units=dated.qty.sum(), amount_minor=dated.amount_minor.sum()
    )


def _how(row: Mapping[str, Any]) -> str:
    both = {(True, True): "both", (True, False): "display", (False, True): "mailer"}
    return both.get((row["display"], row["mailer"]), "neither")


def _spells(rows: Iterable[Mapping[str, Any]]) -> tuple[Spell, ...]:
    sums = {how: [0, 0, 0] for how in HOW}
    for row in rows:
        own = sums[_how(row)]
        own[0] += 1
        own[1] += row["units"]
        own[2] += row["amount_minor"]
    return tuple(Spell(how, *own) for how, own in sums.items() if own[0])


def _weeks(rows: Iterable[Mapping[str, Any]]) -> tuple[PromotedWeek, ...]:
    found: dict[date, PromotedWeek] = {}
    for row in rows:
        first = row["first_on"]
        one = found.setdefault(first, PromotedWeek(first, row["last_on"], 0, 0, 0))
        more = {
            "displays": one.displays + row["display"],
            "mailers": one.mailers + row["mailer"],
            "units": one.units + row["units"],
        }
        found[first] = PromotedWeek(**(asdict(one) | more))
    return tuple(found.values())
