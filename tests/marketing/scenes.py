"""Scenarios for tests: begun with a few words, walked until nothing more is to do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit import ids, settings
from goen.kit.db import Tx
from goen.marketing import measures_reading, scenarios, scenarios_entering, scenarios_walking
from goen.marketing.scenario import Begun, Kept, NewScenario, NewStep
from goen.orders.sale import Sold
from goen.orders.selling import sell
from tests import world
from tests.marketing import measuring
from tests.marketing.measuring import BY

MAIL = {"subject": "{{ name | default: 'お客様' }}へ", "text": "次のお茶はいかがですか。"}
TASK = {"title": "お声がけ"}


def step(kind: str, uid: UUID | None = None, /, **says: Any) -> NewStep:
    """A step; mail and tasks have their words."""
    words: Mapping[str, Any] = {"mail": MAIL, "task": TASK}.get(kind, {})
    return NewStep(uid or ids.new_id(), kind, {**words, **says})


def drafted(
    t: Tx, steps: Sequence[NewStep], *, trigger: str = "conditions",
    measure: Mapping[str, Any] | None = None, **more: Any,
) -> int:  # fmt: skip
    """The number of a scenario that lacks nothing."""
    axis = measuring.axis(t, "gentle", "毎日飲める")
    values = {"control_share": 0.0, **(measure or {})}
    uid = measuring.drafted(t, measuring.measure(measuring.placement("mail", axis), **values))
    kept = scenarios.draft(t, uid, NewScenario(trigger, **more), **BY)
    assert isinstance(kept, Kept), kept
    for one in steps:
        put = scenarios.put_step(t, kept.number, one, **BY)
        assert isinstance(put, Kept), put
    return kept.number


def begun(t: Tx, steps: Sequence[NewStep], **more: Any) -> int:
    """The number of a scenario that goes on by itself."""
    number = drafted(t, steps, **more)
    answer = scenarios.begin(t, number, **BY)
    assert isinstance(answer, Begun), answer
    return number


def nobody_held_out(t: Tx) -> None:
    """Everybody is treated: a test is about something else."""
    assert settings.write(t, "holdout.share", 0.0, **BY) is None


def among(people: Sequence[int]) -> dict[str, Any]:
    """A measure for exactly these."""
    return {"conditions": {"field": "person", "ids": sorted(people)}}


def enter(t: Tx, number: int, at: datetime = world.NOW) -> int:
    """Let in whoever is to enter."""
    return scenarios_entering.enter(t, id_of(t, number), at=at)


def walk(t: Tx, at: datetime) -> int:
    """Go on until nothing is due; answers how many steps were decided on."""
    total = 0
    for _ in range(100):
        done = scenarios_walking.walk(t, at=at)
        total += done
        if not done:
            return total
    raise AssertionError("it never comes to rest")


def id_of(t: Tx, number: int) -> int:
    """The id of the scenario of measure `number`."""
    sql = (
        "SELECT s.id FROM marketing_scenario s JOIN marketing_measure m ON m.id = s.measure_id"
        " WHERE m.number = %s"
    )
    return int(t.value(sql, [number]))


def where(t: Tx, number: int) -> dict[int, str]:
    """Where each person is: `going:2`, `waiting:priority:1`, `left:bought`, `done`."""
    rows = t.rows(
        """
        SELECT j.person_id, concat_ws(':', j.state, nullif(j.waiting_for, ''), st.n,
                                      nullif(j.cause, ''))
        FROM marketing_journey j LEFT JOIN marketing_step st ON st.id = j.step_id
        WHERE j.scenario_id = %s ORDER BY j.id
        """,
        [id_of(t, number)],
    )
    return dict(rows)


def outcomes(t: Tx, number: int) -> list[tuple[int, int, str]]:
    """(person, step, outcome) of every step that is over."""
    return [
        (person, n, outcome + (f":{cause}" if cause else ""))
        for person, n, outcome, cause in t.rows(
            "SELECT j.person_id, st.n, x.outcome, x.cause FROM marketing_stepdone x"
            " JOIN marketing_journey j ON j.id = x.journey_id"
            " JOIN marketing_step st ON st.id = x.step_id"
            " WHERE j.scenario_id = %s ORDER BY x.id",
            [id_of(t, number)],
        )
    ]


def sold(t: Tx, card: str, item: str, at: datetime) -> None:
    """A member buys something at a till, which is told at once."""
    (answer,) = sell(
        t, [world.sale((item, 1), member=card, at=at)], actor=world.ACTOR, recorded_at=at
    )
    assert isinstance(answer, Sold), answer


def uid_of(t: Tx, number: int) -> UUID:
    """The measure's uid."""
    uid: UUID = t.value("SELECT uid FROM marketing_measure WHERE number = %s", [number])
    assert measures_reading.standing(t, uid) is not None
    return uid
