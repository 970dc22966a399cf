"""Placements before they are written: what they name is looked up, their days are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import NewPlacement
from goen.marketing.rules import CHANNELS

MOST_TEXT = 4_000
MOST_COST = 10**12


@dataclass(frozen=True, slots=True)
class Checked:
    """A placement that can be written: its axis and place by their ids."""

    new: NewPlacement
    axis_id: int | None
    place_id: int | None
    starts_on: date
    ends_on: date


def checked(
    tx: Tx, new: Sequence[NewPlacement], content: Mapping[str, Any]
) -> list[Checked] | Refusal:
    """Placements with what they name looked up, or why the first wrong one cannot be."""
    axes = _ids(tx, "SELECT code, id FROM marketing_axis WHERE code = ANY(%s)",
                [one.axis for one in new])  # fmt: skip
    places = _ids(tx, "SELECT code, id FROM places_place WHERE code = ANY(%s)",
                  [one.place for one in new])  # fmt: skip
    found = []
    for i, one in enumerate(new):
        starts, ends = one.starts_on or content["starts_on"], one.ends_on or content["ends_on"]
        refused = _refusal(one, (starts, ends), axes, places, content)
        if refused is not None:
            return Refusal(refused.code, f"placements[{i}].{refused.field}", refused.detail)
        assert starts is not None
        assert ends is not None
        axis, place = axes.get(one.axis or ""), places.get(one.place or "")
        found.append(Checked(one, axis, place, starts, ends))
    return found


def write(
    tx: Tx, measure_id: int, placements: Sequence[Checked], *, actor: Actor, recorded_at: datetime
) -> None:
    """Insert placements that were checked."""
    for one in placements:
        new = one.new
        tx.execute(
            """
            INSERT INTO marketing_placement (uid, measure_id, channel, medium, axis_id, says,
              material, starts_on, ends_on, cost_minor, place_id, recorded_at, actor)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                new.uid, measure_id, new.channel, new.medium.strip(), one.axis_id,
                new.says.strip(), new.material.strip(), one.starts_on, one.ends_on,
                new.cost_minor, one.place_id, recorded_at, str(actor),
            ],
        )  # fmt: skip


def follow(tx: Tx, measure_id: int, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """A draft's days have changed: what began or ended with it still does, and nothing outlasts it.

    A placement whose days are then none is left alone; the launch will say so.
    """
    if None in (now["starts_on"], now["ends_on"]):
        return
    tx.execute(
        """
        UPDATE marketing_placement SET
          starts_on = CASE WHEN starts_on = %(was_first)s THEN %(first)s::date
                           ELSE greatest(starts_on, %(first)s::date) END,
          ends_on = CASE WHEN ends_on = %(was_last)s THEN %(last)s::date
                         ELSE least(ends_on, %(last)s::date) END
        WHERE measure_id = %(id)s
          AND (starts_on = %(was_first)s OR starts_on <= %(last)s::date)
          AND (ends_on = %(was_last)s OR ends_on >= %(first)s::date)
        """,
        {
            "id": measure_id,
            "was_first": was["starts_on"],
            "was_last": was["ends_on"],
            "first": now["starts_on"],
            "last": now["ends_on"],
        },
    )


def _ids(tx: Tx, sql: str, codes: Sequence[str | None]) -> dict[str, int]:
    wanted = [code for code in codes if code]
    return dict(tx.rows(sql, [wanted])) if wanted else {}


def _refusal(
    one: NewPlacement,
    days: tuple[date | None, date | None],
    axes: Mapping[str, int],
    places: Mapping[str, int],
    content: Mapping[str, Any],
) -> Refusal | None:
    if one.channel not in CHANNELS:
        detail = {"given": one.channel, "known": ", ".join(CHANNELS)}
        return Refusal("unknown_choice", "channel", detail)
    if one.axis and one.axis not in axes:
        return Refusal("unknown_axis", "axis", {"given": one.axis})
    if one.place and one.place not in places:
        return Refusal("unknown_place", "place", {"given": one.place})
    if not 0 <= one.cost_minor <= MOST_COST:
        bounds = {"given": one.cost_minor, "least": 0, "most": MOST_COST}
        return Refusal("out_of_bounds", "cost_minor", bounds)
    for name in ("says", "material", "medium"):
        if len(getattr(one, name)) > MOST_TEXT:
            return Refusal("too_long", name, {"most": MOST_TEXT})
    return _days_refusal(*days, content["starts_on"], content["ends_on"])


def _days_refusal(
    starts: date | None, ends: date | None, first: date | None, last: date | None
) -> Refusal | None:
    """The days of a placement, against those of its measure."""
    if starts is None or ends is None:
        return Refusal("days_missing", "starts_on")
    if ends < starts:
        return Refusal("bad_period", "ends_on", {"given": f"{starts}–{ends}"})
    if (first and starts < first) or (last and ends > last):
        detail = {"first": str(first or "—"), "last": str(last or "—")}
        return Refusal("outside_the_measure", "starts_on", detail)
    return None
