"""Whatever happens in whatever order, journeys stand where a few dictionaries say (R-082).

And the pure rules: waits end when they should, questions lead only forward.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import scenarios
from goen.marketing.scenarios_rules import after, following, opens_at
from tests import world
from tests.marketing import posting, scenes
from tests.marketing.measuring import BY
from tests.marketing.scenes import step

NOW = world.NOW
TOKYO = ZoneInfo("Asia/Tokyo")
DAY, RECHECK = timedelta(days=1), timedelta(hours=6)
CARDS = ("G1040001", "G1040002")
FLOWS = (("task", "wait", "task"), ("wait", "task"))
"""Of the scenario that goes first, and of the other one."""

hours = st.tuples(st.just("hours"), st.integers(1, 40))
buys = st.tuples(st.just("buy"), st.integers(0, 1))
halts = st.tuples(st.sampled_from(["pause", "resume"]), st.integers(0, 1))
stories = st.lists(st.one_of(hours, hours, buys, halts), max_size=9)


@dataclass
class Way:
    """One journey as a dictionary would keep it."""

    state: str = "going"
    at: int = 0
    due: datetime = NOW


class Model:
    """Two people in two scenarios, kept in plain values."""

    def __init__(self) -> None:
        self.now = NOW
        self.ways = {(who, flow): Way() for who in (0, 1) for flow in (0, 1)}
        self.paused = [False, False]
        self.bought: dict[int, datetime] = {}

    def walk(self) -> None:
        while due := [key for key, way in self.ways.items() if self._is_due(key[1], way)]:
            held = [key for key in due if not self._bought(key[0]) and self._is_held(*key)]
            for key in held:
                self.ways[key].state, self.ways[key].due = "waiting", self.now + RECHECK
            for key in due:
                if self._bought(key[0]):
                    self._end(key, "left:bought")
            for key in due:
                if key not in held and self.ways[key].state in ("going", "waiting"):
                    self._act(key)

    def _is_due(self, flow: int, way: Way) -> bool:
        live = way.state in ("going", "waiting")
        return live and way.due <= self.now and not self.paused[flow]

    def _bought(self, who: int) -> bool:
        return who in self.bought

    def _is_held(self, who: int, flow: int) -> bool:
        first = self.ways[who, 0]
        return flow == 1 and first.state in ("going", "waiting") and not self.paused[0]

    def _act(self, key: tuple[int, int]) -> None:
        way, flow = self.ways[key], FLOWS[key[1]]
        waits = flow[way.at] == "wait"
        way.at, way.state = way.at + 1, "going"
        way.due = self.now + DAY if waits else self.now
        if way.at == len(flow):
            self._end(key, "done")

    def _end(self, key: tuple[int, int], state: str) -> None:
        self.ways[key].state = state
        for other in (0, 1):
            way = self.ways[key[0], other]
            if way.state == "waiting":
                way.due = min(way.due, self.now)

    def shown(self, key: tuple[int, int]) -> str:
        way = self.ways[key]
        if way.state == "waiting":
            return f"waiting:priority:{way.at + 1}"
        return f"going:{way.at + 1}" if way.state == "going" else way.state


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    scenes.nobody_held_out(t)
    world.stocked(t, "CHA-01", 99)
    return t


@settings(max_examples=8, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(story=stories)
def test_journeys_stand_where_the_model_says(shop: Tx, story: list[tuple[str, int]]) -> None:
    point = transaction.savepoint()
    try:
        _tell(shop, story)
    finally:
        transaction.savepoint_rollback(point)


def _tell(t: Tx, story: list[tuple[str, int]]) -> None:
    people = [
        t.value(
            "SELECT p.person_id FROM customers_personof p JOIN customers_credential c"
            " ON c.record_id = p.record_id WHERE c.value = %s",
            [card],
        )
        for card in CARDS
    ]
    numbers = [
        scenes.begun(t, [step(kind, **({"days": 1} if kind == "wait" else {})) for kind in flow],
                     measure=scenes.among(people), priority=n + 1, patience_days=300)
        for n, flow in enumerate(FLOWS)
    ]  # fmt: skip
    for number in numbers:
        scenes.enter(t, number)
    model = Model()
    for what, which in [("hours", 0), *story, ("hours", 30)]:
        _happens(t, model, numbers, what, which)
        scenes.walk(t, model.now)
        model.walk()
        for flow, number in enumerate(numbers):
            found = scenes.where(t, number)
            assert [found[one] for one in people] == [model.shown((who, flow)) for who in (0, 1)]


def _happens(t: Tx, model: Model, numbers: list[int], what: str, which: int) -> None:
    if what == "hours":
        model.now += timedelta(hours=which)
    elif what == "buy":
        model.now += timedelta(minutes=1)
        scenes.sold(t, CARDS[which], "CHA-01", model.now)
        model.bought.setdefault(which, model.now)
    elif what == "pause":
        assert not isinstance(scenarios.pause(t, numbers[which], why="", **BY), Refusal)
        model.paused[which] = True
    else:
        assert not isinstance(scenarios.resume(t, numbers[which], **BY), Refusal)
        model.paused[which] = False


@given(
    start=st.integers(0, 60 * 24 * 365),
    days=st.integers(0, 20), hours=st.integers(0, 23),
    weekday=st.none() | st.integers(0, 6), hour=st.none() | st.integers(0, 23),
)  # fmt: skip
def test_a_wait_ends_at_the_first_moment_it_may(
    start: int, days: int, hours: int, weekday: int | None, hour: int | None
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    wait = {"days": days, "hours": hours, "weekday": weekday, "hour": hour}
    due = after(wait, at, TOKYO).astimezone(TOKYO)
    least = at + timedelta(days=days, hours=hours)
    assert due >= least
    assert due - least <= (timedelta(0) if (weekday, hour) == (None, None) else timedelta(days=7))
    assert weekday in (None, due.weekday())
    assert hour in (None, due.hour)


@pytest.mark.parametrize(
    ("hour", "opens"), [(8, "09:00"), (9, "09:30"), (19, "19:30"), (20, "09:00"), (23, "09:00")]
)
def test_mail_leaves_within_the_hours_of_the_shop(hour: int, opens: str) -> None:
    at = datetime(2026, 11, 20, hour, 30, tzinfo=TOKYO)
    found = opens_at(at, from_hour=9, until_hour=20, zone=TOKYO).astimezone(TOKYO)
    assert f"{found:%H:%M}" == opens
    assert timedelta(0) <= found - at < timedelta(days=1)


@given(st.integers(0, 4), st.sampled_from(["yes", "no"]), st.integers(-1, 4))
def test_a_question_never_leads_back(place: int, answer: str, to: int) -> None:
    steps = [{"uid": str(n), "kind": "ask", "says": {"go_on": "yes", "else_to": str(to)}}
             for n in range(5)]  # fmt: skip
    there = following(steps, place, answer)
    assert there is None or there > place
