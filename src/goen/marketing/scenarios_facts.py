"""What has to be known of journeys before their next step: read for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.customers import consents
from goen.customers.consents import Permission
from goen.kit import clock, settings
from goen.kit.db import Tx
from goen.marketing import found, lists_causes
from goen.marketing.conditions import Conditions, parse
from goen.marketing.scenario import ScenarioShown, StepShown
from goen.marketing.scenarios_rules import REACHING, Facts, is_before, opens_at


@dataclass(frozen=True, slots=True)
class Live:
    """A journey on its way, locked. `person_now` is who they are today."""

    id: int
    scenario_id: int
    person_now: int
    record_id: int
    state: str
    step_id: int
    entered_at: datetime
    due_at: datetime
    waiting_for: str
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for a block of journeys, by person or by journey."""

    ahead: Mapping[int, int]
    doubles: frozenset[int]
    bought: frozenset[int]
    exits: frozenset[int]
    uncounted: frozenset[int]
    permissions: Mapping[int, Permission | str]
    contacts_left: Mapping[int, int]


def read(
    tx: Tx, due: Sequence[Live], live: Sequence[Live], of: Mapping[int, ScenarioShown],
    *, at: datetime,
) -> Known:  # fmt: skip
    """Read what decides over `due`, of all the journeys that are `live` for the same people."""
    exits, uncounted = _exits(tx, due, of, at)
    mailed = sorted(
        {one.person_now for one in due if step_of(of[one.scenario_id], one.step_id).kind == "mail"}
    )
    said = consents.permissions(tx, mailed) if mailed else {}
    return Known(
        ahead=_ahead(live, of),
        doubles=_doubles(live),
        bought=_bought(tx, due, of, at),
        exits=exits,
        uncounted=uncounted,
        permissions={
            person: one if isinstance(one, Permission) else one.cause
            for person, one in said.items()
        },
        contacts_left=lists_causes.contacts_left(tx, mailed, at=at) if mailed else {},
    )


def step_of(one: ScenarioShown, step_id: int) -> StepShown:
    """A step of a scenario by its id."""
    return next(step for step in one.steps if step.id == step_id)


def facts_of(tx: Tx, one: Live, scenario: ScenarioShown, known: Known, at: datetime) -> Facts:
    """What the rules decide on."""
    step = step_of(scenario, one.step_id)
    said = known.permissions.get(one.person_now, "")
    return Facts(
        kind=step.kind,
        is_double=one.id in known.doubles,
        bought=one.id in known.bought,
        exits=one.id in known.exits,
        ahead=known.ahead.get(one.id),
        barred=said if isinstance(said, str) else "",
        reached_otherwise=any(
            s.kind in REACHING and s.kind != "mail" and s.n > step.n for s in scenario.steps
        ),
        full=step.kind == "mail" and known.contacts_left.get(one.person_now, 0) < 1,
        opens_at=opens_at(
            at, from_hour=scenario.from_hour, until_hour=scenario.until_hour,
            zone=clock.zone(settings.read(tx, "shop.timezone")),
        ) if step.kind == "mail" else None,
    )  # fmt: skip


def _ahead(live: Sequence[Live], of: Mapping[int, ScenarioShown]) -> dict[int, int]:
    """For each journey the scenario that goes before it for the same person, if one does.

    One that is paused or over holds nobody up.
    """
    first: dict[int, tuple[int, int]] = {}
    for one in live:
        scenario = of[one.scenario_id]
        if scenario.state != "running":
            continue
        rank = (scenario.priority, scenario.id)
        if one.person_now not in first or is_before(rank, first[one.person_now]):
            first[one.person_now] = rank
    return {
        one.id: first[one.person_now][1]
        for one in live
        if one.person_now in first
        and is_before(first[one.person_now], (of[one.scenario_id].priority, one.scenario_id))
    }


def _doubles(live: Sequence[Live]) -> frozenset[int]:
    """Journeys of people who were two when they entered: the one that began first goes on."""
    first: dict[tuple[int, int], tuple[datetime, int]] = {}
    for one in live:
        key, rank = (one.person_now, one.scenario_id), (one.entered_at, one.id)
        first[key] = min(first.get(key, rank), rank)
    return frozenset(one.id for one in live if first[one.person_now, one.scenario_id][1] != one.id)


_BOUGHT = """
SELECT g.id FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS g (id, person, since)
WHERE EXISTS (
  SELECT FROM customers_personof p JOIN report_sale_line l ON l.record_id = p.record_id
  WHERE p.person_id = g.person AND l.qty > 0 AND l.occurred_at > g.since AND l.occurred_at <= %s
    AND (cardinality(%s::bigint[]) = 0 OR l.sku_id = ANY(%s)))
"""


def _bought(
    tx: Tx, due: Sequence[Live], of: Mapping[int, ScenarioShown], at: datetime
) -> frozenset[int]:
    """Journeys whose person has bought since they entered, where that ends it."""
    found_ids: set[int] = set()
    for scenario_id in sorted({one.scenario_id for one in due}):
        scenario = of[scenario_id]
        if not scenario.exit_when:
            continue
        mine = [one for one in due if one.scenario_id == scenario_id]
        skus = list(scenario.skus) if scenario.exit_when == "bought_item" else []
        found_ids |= bought_since(tx, [(o.id, o.person_now, o.entered_at) for o in mine], skus, at)
    return frozenset(found_ids)


def bought_since(
    tx: Tx, asked: Sequence[tuple[int, int, datetime]], skus: Sequence[int], at: datetime
) -> set[int]:
    """Of (id, person, since) the ids of those who bought after that: anything, or one of `skus`."""
    columns = [list(column) for column in zip(*asked, strict=True)] if asked else [[], [], []]
    rows = tx.rows(_BOUGHT, [*columns, at, list(skus), list(skus)])
    return {row[0] for row in rows}


def _exits(
    tx: Tx, due: Sequence[Live], of: Mapping[int, ScenarioShown], at: datetime
) -> tuple[frozenset[int], frozenset[int]]:
    """Journeys that the scenario's own conditions end, and those of which it is not known yet."""
    ended: set[int] = set()
    uncounted: set[int] = set()
    for scenario_id in sorted({one.scenario_id for one in due}):
        given = of[scenario_id].exits
        conditions = parse(given) if given else None
        if not isinstance(conditions, Conditions) or not conditions.leaves():
            continue
        mine = [one for one in due if one.scenario_id == scenario_id]
        ready = found.prepare(tx, conditions, at=at)
        if ready.waiting:
            uncounted |= {one.id for one in mine}
            continue
        people = set(found.ids(tx, ready))
        ended |= {one.id for one in mine if one.person_now in people}
    return frozenset(ended), frozenset(uncounted)
