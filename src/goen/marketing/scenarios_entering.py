"""Who enters a scenario: found on a fact or in the analyst's newest figures, and given an arm.

Promises: nobody is twice on their way in one scenario, nor again before their time; staff never
are, nor whose data were erased, nor who could hear of it by mail only and may not be written to;
arms are drawn by the person alone, as for every measure, and written down for measuring before
anything is done; who is held back is noted as observed and nothing happens to them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from goen.customers import consents
from goen.customers.consents import Permission
from goen.insight import arms, queries
from goen.insight.arms import Assigned
from goen.insight.questions import Question
from goen.kit import settings
from goen.kit.db import Tx
from goen.marketing import automation, found
from goen.marketing.automation import Decided
from goen.marketing.conditions import Conditions, parse
from goen.marketing.lists_causes import records_of, staff
from goen.marketing.measures_reading import day_of
from goen.marketing.rules import arm_of
from goen.marketing.scenario import RULE, ScenarioShown
from goen.marketing.scenarios_loading import by_ids
from goen.marketing.scenarios_rules import AT_ONCE, LOOK_AGAIN
from goen.marketing.scenarios_triggers import people_of

MOST = 2_000
"""People who enter in one transaction."""
FACTS_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Who would enter now, and why others would not; None while people are still being counted."""

    people: tuple[int, ...]
    left_out: Mapping[str, int]


def due(tx: Tx, *, at: datetime) -> list[int]:
    """Running scenarios that are to be looked at now, who goes first, first."""
    if not automation.is_on(tx):
        return []
    stored = queries.stored(tx, Question("ltv", ""))
    rows = tx.rows(
        """
        SELECT s.id FROM marketing_scenario s JOIN marketing_measure m ON m.id = s.measure_id
        JOIN LATERAL (SELECT starts_on FROM marketing_version
                      WHERE measure_id = m.id ORDER BY n DESC LIMIT 1) v ON true
        WHERE m.state = 'live' AND s.begun_at <= %(at)s AND s.paused_at IS NULL
          AND v.starts_on <= %(today)s AND (
            s.looked_at IS NULL OR s.looked_at <= %(again)s
            OR s.trigger = ANY(%(facts)s) AND s.looked_at <= %(soon)s
            OR %(as_of)s::timestamptz > s.seen_as_of)
        ORDER BY s.priority, s.id
        """,
        {
            "at": at, "again": at - LOOK_AGAIN, "facts": list(AT_ONCE), "soon": at - FACTS_EVERY,
            "as_of": stored[1] if stored else None, "today": day_of(tx, at),
        },
    )  # fmt: skip
    return [row[0] for row in rows]


def enter(tx: Tx, scenario_id: int, *, at: datetime) -> int:
    """Let everybody in whose time it is; answers how many. One look at a time."""
    sql = (
        "SELECT id FROM marketing_scenario WHERE id = %s AND paused_at IS NULL"
        " FOR UPDATE SKIP LOCKED"
    )
    if not automation.is_on(tx) or tx.row(sql, [scenario_id]) is None:
        return 0
    one = by_ids(tx, [scenario_id])[scenario_id]
    if one.state != "running":
        return 0
    wanted = foresee(tx, one, at=at)
    if wanted is None:  # the analyst still counts: another look soon
        return 0
    people = wanted.people[:MOST]
    entered = _write(tx, one, people, at) if people else 0
    if len(wanted.people) <= MOST:
        stored = queries.stored(tx, Question("ltv", ""))
        tx.execute(
            "UPDATE marketing_scenario SET looked_at = %s, seen_as_of = coalesce(%s, %s)"
            " WHERE id = %s",
            [at, stored[1] if stored else None, at, one.id],
        )
    return entered


def foresee(tx: Tx, one: ScenarioShown, *, at: datetime) -> Foreseen | None:
    """Who would enter now. Writes nothing."""
    people = _called(tx, one, at)
    if people is None:
        return None
    left_out: Counter[str] = Counter()
    for cause, barred in (
        ("here", _here(tx, one, at)), ("staff", staff(tx)), ("erased", _erased(tx)),
    ):  # fmt: skip
        left_out[cause] = len(people & barred)
        people -= barred
    if one.mails_only and people:
        for person, answer in consents.permissions(tx, sorted(people)).items():
            if not isinstance(answer, Permission):
                left_out[answer.cause] += 1
                people.discard(person)
    return Foreseen(tuple(sorted(people)), {k: n for k, n in left_out.items() if n})


def _called(tx: Tx, one: ScenarioShown, at: datetime) -> set[int] | None:
    """Whom its trigger and its conditions name together; None while that is being counted."""
    called = people_of(one, at=at, today=day_of(tx, at))
    people = None if called is None else {row[0] for row in tx.rows(*called)}
    conditions = parse(one.conditions or {"all": []})
    assert isinstance(conditions, Conditions)
    if people is not None and not (people and conditions.leaves()):
        return people
    ready = found.prepare(tx, conditions, at=at)
    if ready.waiting:
        return None
    fulfil = set(found.ids(tx, ready))
    return fulfil if people is None else people & fulfil


_HERE = """
SELECT DISTINCT p.person_id FROM marketing_journey j
JOIN report_person_of p ON p.record_id = j.record_id
WHERE j.scenario_id = %s AND (j.state IN ('going', 'waiting') OR %s::timestamptz IS NULL
                              OR j.entered_at > %s)
"""


def _here(tx: Tx, one: ScenarioShown, at: datetime) -> set[int]:
    """Those who are on their way, or were here and may not come again yet."""
    since = None if one.reentry_days is None else at - timedelta(days=one.reentry_days)
    return {row[0] for row in tx.rows(_HERE, [one.id, since, since])}


def _erased(tx: Tx) -> set[int]:
    """Those of whom only numbers are left: nothing is asked of them or offered to them."""
    rows = tx.rows(
        """
        SELECT p.person_id FROM customers_erasure e JOIN report_person_of p USING (record_id)
        WHERE NOT EXISTS (
          SELECT FROM report_person_of q LEFT JOIN customers_erasure f USING (record_id)
          WHERE q.person_id = p.person_id AND f.record_id IS NULL)
        """
    )
    return {row[0] for row in rows}


def _write(tx: Tx, one: ScenarioShown, people: Sequence[int], at: datetime) -> int:
    origin = f"measure:{one.measure_uid}"
    before, records = _arms_before(tx, origin, people), records_of(tx, people)
    holdout = float(settings.read(tx, "holdout.share"))
    drawn = {
        person: before.get(person)
        or arm_of(person, measure=str(one.measure_uid), control_share=one.control_share,
                  holdout_share=holdout)
        for person in people
    }  # fmt: skip
    assigned = [Assigned(person, records[person], drawn[person]) for person in people]
    arms.put(tx, origin, assigned, assigned_at=at)
    entered = tx.execute(
        """
        INSERT INTO marketing_journey (scenario_id, person_id, record_id, arm, state, step_id,
          entered_at, due_at, waiting_for, ended_at, cause)
        SELECT %(scenario)s, person, record, arm, CASE WHEN own THEN 'going' ELSE 'observed' END,
               CASE WHEN own THEN %(step)s::bigint END, %(at)s,
               CASE WHEN own THEN %(at)s::timestamptz END, '',
               CASE WHEN own THEN NULL ELSE %(at)s::timestamptz END, ''
        FROM (
          SELECT person, record, arm, arm = 'treated' AS own
          FROM unnest(%(people)s::bigint[], %(records)s::bigint[], %(arms)s::text[])
            AS given (person, record, arm)
        ) given ON CONFLICT DO NOTHING
        """,
        {
            "scenario": one.id, "step": one.steps[0].id, "at": at, "people": list(people),
            "records": [records[person] for person in people],
            "arms": [drawn[person] for person in people],
        },
    )  # fmt: skip
    told = {"scenario": one.number, "trigger": one.trigger}
    automation.decided(
        tx,
        [Decided(RULE, f"person:{p}", "entered", told | {"arm": drawn[p]}) for p in people],
        at=at,
    )
    return entered


def _arms_before(tx: Tx, origin: str, people: Sequence[int]) -> dict[int, str]:
    """The arms these people have in the measure already, whoever they were then."""
    rows = tx.rows(
        """
        SELECT DISTINCT ON (p.person_id) p.person_id, a.arm
        FROM insight_arm a JOIN report_person_of p ON p.record_id = a.record_id
        WHERE a.origin = %s AND p.person_id = ANY(%s)
        ORDER BY p.person_id, a.assigned_at, a.id
        """,
        [origin, list(people)],
    )
    return dict(rows)
