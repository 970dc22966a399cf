"""What a step does: mail to whoever it is time for, a coupon, a proposal, a task, a question.

Promises: mail goes out as every mail does, by a list and a sending of its measure, so that consent
is asked again right before it leaves and nobody gets it twice; people whose time has come within
`GATHER` go together.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from goen.customers.consents import Permission
from goen.kit import ids
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.marketing import automation, proposals_making, runs_scheduling, scenarios_facts
from goen.marketing.automation import Decided
from goen.marketing.conditions import Conditions, parse
from goen.marketing.measures_reading import day_of
from goen.marketing.runs_scheduling import NewRun, Scheduled
from goen.marketing.scenario import ACTOR, RULE, ScenarioShown, StepShown
from goen.marketing.scenarios_facts import Live, step_of
from goen.marketing.scenarios_rules import REACHING, Hold, Leave, unsent
from goen.points import coupons
from goen.points.coupons import Issued, NewCoupon

GATHER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a journey's step."""

    journey_id: int
    outcome: str
    cause: str = ""
    delivery_id: int | None = None


Permissions = Mapping[int, Permission | str]
Became = Done | Hold | Leave


def act(
    tx: Tx, acting: Sequence[Live], of: Mapping[int, ScenarioShown], permissions: Permissions,
    *, at: datetime,
) -> Iterator[tuple[Live, Became]]:  # fmt: skip
    """Do the step of each of these journeys; what became of it, journey by journey."""
    by_step: dict[int, list[Live]] = {}
    for one in acting:
        by_step.setdefault(one.step_id, []).append(one)
    answers: dict[int, Became] = {}
    for step_id, mine in by_step.items():
        scenario = of[mine[0].scenario_id]
        step = step_of(scenario, step_id)
        answers |= _ACTS[step.kind](tx, scenario, step, mine, permissions, at)
    automation.decided(
        tx,
        [
            _told(one, of[one.scenario_id], answers[one.id])
            for one in acting
            if not _waits_on(one, answers[one.id])
        ],
        at=at,
    )
    for one in acting:
        yield one, answers[one.id]


def _waits_on(one: Live, done: Became) -> bool:
    """Whether it waits for what it waited for before: that was written down then."""
    return isinstance(done, Hold) and one.waiting_for == done.what_for


def _told(one: Live, scenario: ScenarioShown, done: Became) -> Decided:
    step = step_of(scenario, one.step_id)
    match done:
        case Hold(what_for):
            outcome = f"waits:{what_for}"
        case Leave(cause):
            outcome = f"left:{cause}"
        case Done():
            outcome = f"{step.kind}:{done.outcome}" + (f":{done.cause}" if done.cause else "")
    inputs = {"scenario": scenario.number, "step": step.n}
    return Decided(RULE, f"person:{one.person_now}", outcome, inputs)


def _wait(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live], _: Permissions,
    at: datetime,
) -> dict[int, Became]:  # fmt: skip
    return {one.id: Done(one.id, "done") for one in mine}


class _Undone(Exception):  # noqa: N818  it is no error; it leaves a savepoint
    """The sending was refused."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _mail(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live],
    permissions: Permissions, at: datetime,
) -> dict[int, Became]:  # fmt: skip
    """One list and one sending for all of them."""
    to = {one.person_now: permissions[one.person_now] for one in mine}
    records = {p: said.record_id for p, said in to.items() if isinstance(said, Permission)}
    try:
        with savepoint():
            list_uid = _list(tx, scenario, records, at)
            new = NewRun(ids.new_id(), scenario.measure_uid, list_uid, message_id=step.message_id)
            run = runs_scheduling.schedule(tx, new, actor=ACTOR, recorded_at=at)
            if not isinstance(run, Scheduled):
                raise _Undone(run)
    except _Undone as undone:
        return {one.id: _unsent(one, scenario, step, undone.refusal, at) for one in mine}
    tx.execute(
        "UPDATE marketing_scenario SET next_mail_at = %s WHERE id = %s", [at + GATHER, scenario.id]
    )
    sent: dict[int, int] = dict(
        tx.rows("SELECT person_id, id FROM marketing_delivery WHERE run_id = %s", [run.run_id])
    )
    return {one.id: Done(one.id, "done", delivery_id=sent[one.person_now]) for one in mine}


def _unsent(
    one: Live, scenario: ScenarioShown, step: StepShown, refusal: Refusal, at: datetime
) -> Became:
    move = unsent(
        refusal.code,
        at=at,
        since=one.waiting_since if one.waiting_for == "mail" else None,
        patience_days=scenario.patience_days,
        goes_on=any(each.kind in REACHING and each.n > step.n for each in scenario.steps),
    )
    return move if isinstance(move, Hold | Leave) else Done(one.id, "skipped", move.cause)


def _list(tx: Tx, scenario: ScenarioShown, records: Mapping[int, int], at: datetime) -> UUID:
    """Whose time has come, as a list of the measure. Their arms were drawn when they entered."""
    conditions = parse(scenario.conditions or {"all": []})
    assert isinstance(conditions, Conditions)
    row = tx.row(
        """
        INSERT INTO marketing_targetlist (uid, measure_id, conditions, channel, control_share,
          holdout_share, found, counts, made_at, actor)
        SELECT %s, measure_id, %s::jsonb, 'mail', control_share, holdout_share, %s, %s::jsonb, %s,
               %s
        FROM marketing_scenario WHERE id = %s RETURNING id, uid
        """,
        [
            ids.new_id(), conditions.text, len(records),
            json.dumps({"treated": len(records), "control": 0, "holdout": 0, "excluded": {}}),
            at, str(ACTOR), scenario.id,
        ],
    )  # fmt: skip
    assert row is not None
    tx.execute(
        "INSERT INTO marketing_target (target_list_id, person_id, record_id, arm, cause)"
        " SELECT %s, person, record, 'treated', ''"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS given (person, record)",
        [row[0], list(records), list(records.values())],
    )
    return UUID(str(row[1]))


def _coupon(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live], _: Permissions,
    at: datetime,
) -> dict[int, Became]:  # fmt: skip
    """Everybody's own; one that cannot be issued is passed over, with the cause."""
    wishes = [
        NewCoupon(uuid5(step.uid, f"coupon {one.id}"), str(step.says["kind"]), at,
                  record_id=one.record_id)
        for one in mine
    ]  # fmt: skip
    answers = coupons.issue(tx, wishes, actor=ACTOR, recorded_at=at)
    return {
        one.id: Done(one.id, "done")
        if isinstance(answer, Issued)
        else Done(one.id, "skipped", answer.code)
        for one, answer in zip(mine, answers, strict=True)
    }


_PROPOSE = """
INSERT INTO marketing_proposal (uid, person_id, record_id, kind, sku_id, reason, stake_minor, rule,
  arm, made_at, expires_on, ended_how, ended_why)
VALUES (%s, %s, %s, 'scenario', %s, %s::jsonb, 0, %s, %s, %s, %s, '', '')
"""


def _proposal(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live], _: Permissions,
    at: datetime,
) -> dict[int, Became]:  # fmt: skip
    """It takes the place of whatever was proposed; who is held out is shown none, here too."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('marketing.proposals'))")
    last = day_of(tx, at) + timedelta(days=int(step.says.get("days") or 14))
    reason = {"measure": scenario.number, "title": scenario.title,
              "says": str(step.says.get("text") or "")}  # fmt: skip
    arm_of = proposals_making.arms_of(tx, {one.person_now: one.record_id for one in mine}, at)
    for one in mine:
        tx.execute(
            "UPDATE marketing_proposal SET ended_at = %s, ended_how = 'replaced'"
            " WHERE person_id = %s AND ended_at IS NULL",
            [at, one.person_now],
        )
        tx.execute(
            _PROPOSE,
            [
                uuid5(step.uid, f"proposal {one.id}"), one.person_now, one.record_id,
                step.says["sku_id"], json.dumps(reason, ensure_ascii=False), RULE,
                arm_of[one.person_now], at, last,
            ],
        )  # fmt: skip
    return {one.id: Done(one.id, "done") for one in mine}


_ASK_STAFF = """
INSERT INTO marketing_task (uid, journey_id, record_id, title, text, place_id, due_on, made_at,
  done_by, note)
SELECT %s, %s, %s, %s, %s, (SELECT main_place FROM insight_personrank WHERE person_id = %s), %s,
       %s, '', ''
"""


def _task(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live], _: Permissions,
    at: datetime,
) -> dict[int, Became]:  # fmt: skip
    due_on = day_of(tx, at) + timedelta(days=int(step.says.get("days") or 7))
    for one in mine:
        tx.execute(
            _ASK_STAFF,
            [
                uuid5(step.uid, f"task {one.id}"), one.id, one.record_id, step.says["title"],
                str(step.says.get("text") or ""), one.person_now, due_on, at,
            ],
        )  # fmt: skip
    return {one.id: Done(one.id, "done") for one in mine}


def _ask(
    tx: Tx, scenario: ScenarioShown, step: StepShown, mine: Sequence[Live], _: Permissions,
    at: datetime,
) -> dict[int, Became]:  # fmt: skip
    """Yes or no: have they opened or clicked a mail of this journey, or bought since they came."""
    test = step.says["test"]
    if test == "bought":
        asked = [(one.id, one.person_now, one.entered_at) for one in mine]
        yes = scenarios_facts.bought_since(tx, asked, (), at)
    else:
        seen = "clicked_at" if test == "clicked" else "coalesce(d.opened_at, d.clicked_at)"
        rows = tx.rows(
            f"SELECT DISTINCT x.journey_id FROM marketing_stepdone x"
            f" JOIN marketing_delivery d ON d.id = x.delivery_id"
            f" WHERE x.journey_id = ANY(%s) AND {seen} <= %s",
            [[one.id for one in mine], at],
        )
        yes = {row[0] for row in rows}
    return {one.id: Done(one.id, "yes" if one.id in yes else "no") for one in mine}


_ACTS = {
    "wait": _wait, "mail": _mail, "coupon": _coupon, "proposal": _proposal, "task": _task,
    "ask": _ask,
}  # fmt: skip
