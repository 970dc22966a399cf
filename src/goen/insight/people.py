"""Whose purchases fulfil a condition: by units, amount or number of purchases, in a period.

Promises: what came back is taken off units and amounts; an anonymous sale is nobody's; a person
without a purchase counts with zero; the figure is the same on any engine. The answer to an ask is
kept with the moment it is true of, and asked again when the lake is newer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from goen.insight import queries
from goen.insight.questions import Question
from goen.kit.db import Tx, aside, tx

if TYPE_CHECKING:  # the engine is the analyst's; a page that only asks need not wait for it
    from goen.insight import base
    from goen.insight.sight import Sight

MEASURES = ("units", "amount", "purchases")
KEPT = timedelta(days=2)
METRIC = "people"


@dataclass(frozen=True, slots=True)
class Ask:
    """Purchases that count, and how many of them.

    `measure` is units, amount (minor units, as charged) or purchases (documents with at least one
    unit bought). A period is a window (4w, 12m, all, or `90d` for the last 90 days with data) or
    days. Bounds are included; None is no bound.
    """

    measure: str
    sku_ids: tuple[int, ...] = ()
    category_ids: tuple[int, ...] = ()
    place_id: int | None = None
    channel_id: int | None = None
    window: str = "all"
    first_on: date | None = None
    last_on: date | None = None
    least: int | None = None
    most: int | None = None

    @property
    def holds_for_nothing(self) -> bool:
        """Whether somebody who bought nothing of it fulfils it."""
        return (self.least is None or self.least <= 0) and (self.most is None or self.most >= 0)

    @property
    def text(self) -> str:
        """The ask as JSON, always the same for the same ask."""
        return json.dumps(asdict(self), default=str, sort_keys=True, separators=(",", ":"))

    @property
    def key(self) -> str:
        """The name its answer is kept by."""
        return blake2b(self.text.encode(), digest_size=12).hexdigest()

    @classmethod
    def parse(cls, written: Mapping[str, Any]) -> "Ask":
        """An ask as it was kept."""
        given = {field.name: written[field.name] for field in fields(cls)}
        for name in ("sku_ids", "category_ids"):
            given[name] = tuple(given[name])
        for name in ("first_on", "last_on"):
            given[name] = date.fromisoformat(given[name]) if given[name] else None
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Kept:
    """That an ask was answered: over which days, and when."""

    first_on: date | None
    last_on: date | None
    as_of: datetime


def measured(lines: Any, ask: Ask, goods: Any = None) -> Any:
    """One row for each known person with a line that counts: `person_id` and `figure`.

    `lines` are known lines of the period (`base.known_lines`); `goods` is the lake's `sku` table,
    needed for departments only.
    """
    known = lines.filter(lines.person_id.notnull())
    if ask.category_ids:
        among = goods.filter(goods.category_id.isin(ask.category_ids)).select("sku_id")
        known = known.semi_join(among, "sku_id")
    if ask.sku_ids:
        known = known.filter(known.sku_id.isin(ask.sku_ids))
    if ask.channel_id is not None:
        known = known.filter(known.channel_id == ask.channel_id)
    figure = {
        "units": known.qty.sum(),
        "amount": known.amount_minor.sum(),
        "purchases": known.order_id.nunique(where=known.qty > 0),
    }[ask.measure]
    return known.group_by("person_id").aggregate(figure=figure)


def fulfilling(table: Any, ask: Ask) -> Any:
    """Those of `measured` that the answer names.

    Where nothing bought fulfils the ask, everybody else does: then those who do not are named.
    """
    within = table.figure.notnull()
    if ask.least is not None:
        within &= table.figure >= ask.least
    if ask.most is not None:
        within &= table.figure <= ask.most
    chosen = table.filter(~within if ask.holds_for_nothing else within)
    return chosen.select("person_id").order_by("person_id")


def days_of(ask: Ask, sight: "Sight") -> tuple[date, date]:
    """The days an ask is about, by the days the lake covers."""
    from goen.insight.sight import first_of

    first_on = ask.first_on or first_of(ask.window, sight.span, sight.config)
    return first_on, ask.last_on or sight.span.last_on


def find(lake: "base.Lake", ask: Ask, *, currency: str, first_on: date, last_on: date) -> list[int]:
    """The people an ask names, ascending, in a lake opened on any engine."""
    from goen.insight import base

    lines = base.known_lines(
        lake, currency=currency, first_on=first_on, last_on=last_on, place_id=ask.place_id
    )
    table = fulfilling(measured(lines, ask, lake.sku), ask)
    found: list[int] = table.to_pyarrow()["person_id"].to_pylist()
    return found


def answer(sight: "Sight", params: str) -> dict[str, Any]:
    """The analyst's part: find the people of the asks with these keys, and keep them."""
    with tx() as t:
        rows = t.rows(
            "SELECT key, ask FROM insight_peopleset WHERE key = ANY(%s) ORDER BY key",
            [params.split(",")],
        )
    counts = {}
    for key, written in rows:
        ask = Ask.parse(written)
        first_on, last_on = days_of(ask, sight)
        found = find(sight.lake, ask, currency=sight.currency, first_on=first_on, last_on=last_on)
        counts[key] = len(found)
        with tx() as t:
            t.execute(
                "UPDATE insight_peopleset SET people = %s::bigint[], first_on = %s, last_on = %s,"
                " as_of = %s WHERE key = %s",
                [found, first_on, last_on, sight.recorded_at, key],
            )
    _sweep(sight.recorded_at)
    return {"counts": counts}


def _sweep(recorded_at: datetime) -> None:
    """Forget what nobody asked lately."""
    with tx() as t:
        t.execute(
            "DELETE FROM insight_peopleset WHERE asked_at < %s AND coalesce(as_of, asked_at) < %s",
            [recorded_at - KEPT, recorded_at - KEPT],
        )


def ask_for(t: Tx, asks: Sequence[Ask], *, asked_at: datetime) -> dict[str, Kept]:
    """Have the analyst answer asks, unless their answers are of the newest lake; waits a little.

    What was answered ever is there by its key, with the moment it is true of. The people
    themselves are had by `PEOPLE_SQL`.
    """
    wanted = {ask.key: ask for ask in asks}
    if not wanted:
        return {}
    keys = sorted(wanted)
    question = Question(METRIC, ",".join(keys))
    missing = [key for key in keys if key not in kept(t, keys)]
    if missing:
        aside(
            """
            INSERT INTO insight_peopleset (key, ask, asked_at)
            SELECT key, ask::jsonb, %s FROM unnest(%s::text[], %s::text[]) AS given (key, ask)
            ON CONFLICT (key) DO UPDATE SET asked_at = excluded.asked_at
            """,
            [asked_at, missing, [wanted[key].text for key in missing]],
        )
        aside(
            "DELETE FROM insight_result WHERE metric = %s AND params = %s",
            [question.metric, question.params],
        )
    queries.answer(t, question)
    return kept(t, keys)


def kept(t: Tx, keys: Sequence[str]) -> dict[str, Kept]:
    """Which asks were answered, by key."""
    rows = t.rows(
        "SELECT key, first_on, last_on, as_of FROM insight_peopleset"
        " WHERE key = ANY(%s) AND as_of IS NOT NULL",
        [list(keys)],
    )
    return {key: Kept(first_on, last_on, as_of) for key, first_on, last_on, as_of in rows}


PEOPLE_SQL = "SELECT unnest(people) AS person_id FROM insight_peopleset WHERE key = %s"
"""The people an ask names; for everybody else where `holds_for_nothing`."""
