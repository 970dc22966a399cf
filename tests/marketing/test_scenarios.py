"""Scenarios: entry, steps, waiting, exits, priority, caps, pausing, once only (R-081, R-082)."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error

from goen.doors.worker.scenarios import Scenarios
from goen.kit import ids, settings
from goen.kit.db import Tx, own_connection, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    automation,
    contacts,
    erasing,
    measures,
    scenarios,
    scenarios_entering,
    scenarios_walking,
)
from goen.marketing.mailing_carrying import Postman
from goen.marketing.rules import arm_of
from goen.marketing.scenario import Begun, NewStep
from goen.points import coupons, together
from goen.points.coupons import NewKind
from goen.points.together import Joined, Said
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting, scenes
from tests.marketing.measuring import BY
from tests.marketing.scenes import step

NOW = world.NOW
DAY = timedelta(days=1)
_RECORD = "SELECT id FROM customers_record WHERE source_key = %s"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    scenes.nobody_held_out(t)
    return t


def people(t: Tx, count: int, **more: Any) -> list[int]:
    return posting.persons(t, posting.willing(t, count, **more))


def member(t: Tx, key: str) -> int:
    found: int = t.value(
        "SELECT person_id FROM customers_personof JOIN customers_record ON id = record_id"
        " WHERE source_key = %s",
        [key],
    )
    return found


def deliveries(t: Tx, number: int) -> Counter[int]:
    rows = t.rows(
        "SELECT d.person_id FROM marketing_delivery d JOIN marketing_run r ON r.id = d.run_id"
        " JOIN marketing_measure m ON m.id = r.measure_id WHERE m.number = %s",
        [number],
    )
    return Counter(row[0] for row in rows)


def test_a_flow_goes_step_by_step_and_waits_as_long_as_it_says(shop: Tx) -> None:
    """R-082: entry, a mail, three days, another mail, the end; nothing before its time."""
    who = people(shop, 3)
    flow = [step("mail"), step("wait", days=3), step("mail", subject="もう一度"), step("task")]
    number = scenes.begun(shop, flow, measure=scenes.among(who))
    assert scenes.enter(shop, number) == 3
    assert scenes.enter(shop, number, NOW + timedelta(minutes=5)) == 0, "nobody enters twice"
    scenes.walk(shop, NOW)
    assert scenes.where(shop, number) == dict.fromkeys(who, "going:3")
    assert deliveries(shop, number) == Counter(who)
    assert scenes.walk(shop, NOW + 3 * DAY - timedelta(minutes=1)) == 0
    scenes.walk(shop, NOW + 3 * DAY)
    assert scenes.where(shop, number) == dict.fromkeys(who, "done")
    assert deliveries(shop, number) == Counter(dict.fromkeys(who, 2))
    subjects = shop.rows(
        "SELECT DISTINCT g.subject FROM marketing_run r"
        " JOIN marketing_message g ON g.id = r.message_id ORDER BY 1"
    )
    assert [row[0] for row in subjects] == ["{{ name | default: 'お客様' }}へ", "もう一度"]
    assert shop.value("SELECT count(*) FROM marketing_task WHERE done_at IS NULL") == 3


def test_of_two_scenarios_the_lower_priority_waits_and_goes_on_afterwards(shop: Tx) -> None:
    """R-082: two scenarios at once: the lower priority waits."""
    who = people(shop, 2)

    def flow() -> list[NewStep]:
        return [step("task"), step("wait", days=2), step("task", title="二度目")]

    first = scenes.begun(shop, flow(), measure=scenes.among(who), priority=10)
    second = scenes.begun(shop, flow(), measure=scenes.among(who[:1]), priority=20)
    for number in (first, second):
        scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    assert scenes.where(shop, first) == dict.fromkeys(who, "going:3")
    assert scenes.where(shop, second) == {who[0]: "waiting:priority:1"}
    assert shop.value(
        "SELECT waiting_scenario_id FROM marketing_journey WHERE state = 'waiting'"
    ) == scenes.id_of(shop, first)
    assert scenes.outcomes(shop, second) == []
    scenes.walk(shop, NOW + 2 * DAY)
    assert set(scenes.where(shop, first).values()) == {"done"}
    assert scenes.where(shop, second) == {who[0]: "going:3"}, "it goes on as soon as it may"


def test_one_that_is_paused_holds_nobody_up_and_goes_on_when_resumed(shop: Tx) -> None:
    """R-082, R-043: paused, nobody enters and nobody goes on."""
    who = people(shop, 1)
    first = scenes.begun(shop, [step("task")], measure=scenes.among(who), priority=1)
    second = scenes.begun(shop, [step("task")], measure=scenes.among(who), priority=2)
    for number in (first, second):
        scenes.enter(shop, number)
    assert not isinstance(scenarios.pause(shop, first, why="見直し", **BY), Refusal)
    assert scenes.enter(shop, first) == 0
    scenes.walk(shop, NOW)
    assert scenes.where(shop, first) == {who[0]: "going:1"}
    assert scenes.where(shop, second) == {who[0]: "done"}
    assert not isinstance(scenarios.resume(shop, first, **BY), Refusal)
    scenes.walk(shop, NOW)
    assert scenes.where(shop, first) == {who[0]: "done"}


def test_whoever_buys_leaves_before_the_next_step(shop: Tx) -> None:
    """R-082: the exit is asked before every step, at the moment of the step."""
    world.stocked(shop, "CHA-01", 5)
    buyer, other = member(shop, "M-001"), member(shop, "M-002")
    flow = [step("task"), step("wait", days=1), step("task")]
    number = scenes.begun(shop, flow, measure=scenes.among([buyer, other]))
    scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    scenes.sold(shop, "G1040001", "CHA-01", NOW + timedelta(hours=2))
    scenes.walk(shop, NOW + DAY)
    assert scenes.where(shop, number) == {buyer: "left:bought", other: "done"}


def test_an_exit_by_conditions_and_one_by_the_article(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    world.stocked(shop, "NUNO-01", 5)
    one, two, three = (member(shop, f"M-00{n}") for n in (1, 2, 3))
    cha = shop.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    number = scenes.begun(
        shop, [step("wait", days=1), step("task")],
        measure={**scenes.among([one, two, three]), "skus": (cha,)},
        exit_when="bought_item", exits={"all": [{"field": "person", "ids": [three]}]},
    )  # fmt: skip
    scenes.enter(shop, number)
    for key, item in (("G1040001", "CHA-01"), ("G1040002", "NUNO-01")):
        scenes.sold(shop, key, item, NOW + timedelta(hours=2))
    scenes.walk(shop, NOW)
    scenes.walk(shop, NOW + DAY)
    assert scenes.where(shop, number) == {
        one: "left:bought", two: "done", three: "left:condition",
    }  # fmt: skip


def test_who_said_no_more_gets_none_and_leaves_where_there_is_only_mail(shop: Tx) -> None:
    """L-01: the word is asked at each send; a flow with more than mail goes on without it."""
    records = posting.willing(shop, 2)
    who = posting.persons(shop, records)
    mails = scenes.begun(shop, [step("wait", days=1), step("mail")], measure=scenes.among(who))
    more = scenes.begun(
        shop, [step("wait", days=1), step("mail"), step("task")], measure=scenes.among(who),
        priority=60,
    )  # fmt: skip
    for number in (mails, more):
        scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    posting.say(shop, records[:1], granted=False, at=NOW + timedelta(hours=1))
    scenes.walk(shop, NOW + DAY)
    scenes.walk(shop, NOW + 2 * DAY)
    assert scenes.where(shop, mails) == {who[0]: "left:refused", who[1]: "done"}
    assert scenes.where(shop, more) == dict.fromkeys(who, "done")
    assert (who[0], 2, "skipped:refused") in scenes.outcomes(shop, more)
    assert scenes.where(shop, more) == dict.fromkeys(who, "done")
    assert who[0] not in deliveries(shop, mails) + deliveries(shop, more)


def test_only_who_may_be_written_to_enters_a_flow_of_mails(shop: Tx) -> None:
    yes, no = people(shop, 1), [member(shop, "M-001")]
    mails = scenes.begun(shop, [step("mail")], measure=scenes.among(yes + no))
    assert scenes.enter(shop, mails) == 1
    assert set(scenes.where(shop, mails)) == set(yes)


def test_who_was_written_to_often_enough_waits_for_room(shop: Tx) -> None:
    """R-082: the cap on contacts is over all measures and scenarios together."""
    who = people(shop, 1)
    assert settings.write(shop, "contact.most", 1, **BY) is None
    assert settings.write(shop, "contact.days", 7, **BY) is None
    first = scenes.begun(shop, [step("mail")], measure=scenes.among(who), priority=1)
    second = scenes.begun(shop, [step("mail")], measure=scenes.among(who), priority=2)
    for number in (first, second):
        scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    assert scenes.where(shop, second) == {who[0]: "waiting:contacts:1"}
    scenes.walk(shop, NOW + 6 * DAY)
    assert scenes.where(shop, second) == {who[0]: "waiting:contacts:1"}
    scenes.walk(shop, NOW + 7 * DAY + timedelta(minutes=2))
    assert scenes.where(shop, second) == {who[0]: "done"}


def test_who_waited_too_long_is_not_written_to_of_what_is_past(shop: Tx) -> None:
    who = people(shop, 1)
    long = [step("task"), step("wait", days=100), step("task")]
    first = scenes.begun(shop, long, measure=scenes.among(who), priority=1)
    second = scenes.begun(
        shop, [step("task")], measure=scenes.among(who), priority=2, patience_days=5
    )
    for number in (first, second):
        scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    scenes.walk(shop, NOW + 4 * DAY)
    assert scenes.where(shop, second) == {who[0]: "waiting:priority:1"}
    scenes.walk(shop, NOW + 6 * DAY)
    assert scenes.where(shop, second) == {who[0]: "left:waited_too_long"}


def test_at_night_mail_waits_for_the_morning_of_the_shop(shop: Tx) -> None:
    who = people(shop, 1)
    number = scenes.begun(shop, [step("mail")], measure=scenes.among(who))
    night = NOW + timedelta(hours=10)  # 22:00 in Tokyo
    scenes.enter(shop, number, night)
    scenes.walk(shop, night)
    assert scenes.where(shop, number) == {who[0]: "waiting:hours:1"}
    assert shop.value("SELECT due_at FROM marketing_journey") == NOW + timedelta(hours=21)
    scenes.walk(shop, NOW + timedelta(hours=21))
    assert scenes.where(shop, number) == {who[0]: "done"}


def test_a_question_leads_on_or_to_a_later_step(shop: Tx) -> None:
    """Whoever opened goes on; the others go to the task."""
    who = people(shop, 2)
    task = step("task", title="お電話")
    flow = [
        step("mail"), step("wait", days=1),
        step("ask", test="opened", go_on="yes", else_to=str(task.uid)),
        step("mail", subject="二通目"), task,
    ]  # fmt: skip
    number = scenes.begun(shop, flow, measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    shop.execute(
        "UPDATE marketing_delivery SET opened_at = %s WHERE person_id = %s",
        [NOW + timedelta(hours=1), who[0]],
    )
    scenes.walk(shop, NOW + DAY)
    done = scenes.outcomes(shop, number)
    assert [n for person, n, _ in done if person == who[0]] == [1, 2, 3, 4, 5]
    assert [n for person, n, _ in done if person == who[1]] == [1, 2, 3, 5]
    assert deliveries(shop, number) == Counter({who[0]: 2, who[1]: 1})


def test_a_coupon_and_a_proposal_are_everybodys_own(shop: Tx) -> None:
    who = people(shop, 2)
    coupons.put_kind(shop, NewKind("thanks", {"ja": "お礼", "en": "Thanks"}, "amount", 300), **BY)
    settings.write(shop, "proposal.holdout_share", 0.0, **BY)
    sku = shop.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    flow = [step("coupon", kind="thanks"), step("proposal", sku_id=sku, days=10)]
    number = scenes.begun(shop, flow, measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    assert shop.value("SELECT count(DISTINCT record_id) FROM points_coupon") == 2
    rows = shop.rows("SELECT person_id, kind, sku_id, ended_at FROM marketing_proposal ORDER BY 1")
    assert rows == [(person, "scenario", sku, None) for person in who]


def test_a_first_purchase_starts_the_flow_at_once_and_a_second_does_not(shop: Tx) -> None:
    """R-081: a purchase starts the next scenario; nobody who bought before is greeted as new."""
    world.stocked(shop, "CHA-01", 9)
    old, new = member(shop, "M-001"), member(shop, "M-002")
    world.sold(shop, world.sale(("CHA-01", 1), member="G1040001", at=NOW - 40 * DAY))
    number = scenes.begun(shop, [step("task")], trigger="first_purchase")
    for card in ("G1040001", "G1040002"):
        scenes.sold(shop, card, "CHA-01", NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert scenes.enter(shop, number, later) == 1
    assert old not in scenes.where(shop, number)
    scenes.walk(shop, later)
    assert scenes.where(shop, number) == {new: "done"}, "that very purchase does not end it"


def test_who_is_late_enters_and_again_only_after_so_many_days(shop: Tx) -> None:
    """R-081: a lapse starts the next scenario; the re-entry rule holds."""
    who = member(shop, "M-003")
    shop.execute(
        "INSERT INTO insight_personrank (person_id, recency, frequency, monetary, decile, orders,"
        " days_away, is_late, stake_minor, first_channel, first_place, main_place)"
        " VALUES (%s, 1, 1, 1, 5, 4, 90, true, 0, 1, 1, 1)",
        [who],
    )
    number = scenes.begun(shop, [step("task")], trigger="late", reentry_days=30)
    assert scenes.enter(shop, number) == 1
    scenes.walk(shop, NOW)
    assert scenes.enter(shop, number, NOW + 29 * DAY) == 0
    assert scenes.enter(shop, number, NOW + 31 * DAY) == 1
    measures.end_due(shop, actor=world.ACTOR, recorded_at=NOW + 62 * DAY)
    assert scenes.enter(shop, number, NOW + 62 * DAY) == 0, "its last day is over"


def test_who_was_joined_since_the_figures_were_made_harms_no_turn(shop: Tx) -> None:
    """The analyst's figures may still name a person who is somebody else by now."""
    one, other = (shop.value(_RECORD, [key]) for key in ("M-001", "M-002"))
    who = [member(shop, "M-001"), member(shop, "M-002")]
    for person in who:
        shop.execute(
            "INSERT INTO insight_personrank (person_id, recency, frequency, monetary, decile,"
            " orders, days_away, is_late, stake_minor, first_channel, first_place, main_place)"
            " VALUES (%s, 1, 1, 1, 5, 4, 90, true, 0, 1, 1, 1)",
            [person],
        )
    number = scenes.begun(shop, [step("task")], trigger="late")
    joined = together.join(shop, one, other, Said("同じ方"), **BY)
    assert isinstance(joined, Joined)
    assert scenes.enter(shop, number) == 1
    assert list(scenes.where(shop, number)) == [joined.person_id] == [min(who)]


def test_one_purchase_is_thanked_for_once_however_soon_they_may_come_again(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 9)
    who = member(shop, "M-001")
    number = scenes.begun(shop, [step("task")], trigger="purchase", reentry_days=1, exit_when="")
    scenes.sold(shop, "G1040001", "CHA-01", NOW + timedelta(hours=1))
    assert scenes.enter(shop, number, NOW + timedelta(hours=2)) == 1
    scenes.walk(shop, NOW + timedelta(hours=2))
    assert scenes.enter(shop, number, NOW + timedelta(hours=27)) == 0, "the same purchase"
    scenes.sold(shop, "G1040001", "CHA-01", NOW + timedelta(hours=28))
    assert scenes.enter(shop, number, NOW + timedelta(hours=29)) == 1, "another one"
    assert scenes.where(shop, number)[who].startswith("going")


def test_whose_data_were_erased_leaves_and_enters_nothing(shop: Tx) -> None:
    """L-08: no coupon and no task for a number without a name."""
    who = [member(shop, "M-001"), member(shop, "M-002")]
    first = scenes.begun(
        shop, [step("wait", days=1), step("task")], measure=scenes.among(who), exit_when=""
    )
    assert scenes.enter(shop, first) == 2
    assert isinstance(erasing.erase(shop, who[0], **BY), erasing.Erased)
    scenes.walk(shop, NOW + DAY)
    assert scenes.where(shop, first) == {who[0]: "left:erased", who[1]: "going:2"}
    second = scenes.begun(shop, [step("task")], measure=scenes.among(who))
    assert scenes.enter(shop, second) == 1
    assert list(scenes.where(shop, second)) == who[1:]


def test_arms_are_drawn_by_the_person_and_who_is_held_back_is_only_observed(shop: Tx) -> None:
    """Who is treated is the rule of all measures; nothing happens to the others."""
    who = people(shop, 60)
    settings.write(shop, "holdout.share", 0.2, **BY)
    number = scenes.begun(shop, [step("mail")], measure={**scenes.among(who), "control_share": 0.3})
    assert scenes.enter(shop, number) == 60
    uid = scenes.uid_of(shop, number)
    arms = {
        person: arm_of(person, measure=str(uid), control_share=0.3, holdout_share=0.2)
        for person in who
    }
    assert len(set(arms.values())) == 3
    assert dict(shop.rows("SELECT person_id, arm FROM marketing_journey")) == arms
    assert (
        dict(shop.rows("SELECT person_id, arm FROM insight_arm WHERE origin LIKE 'measure:%%'"))
        == arms
    )
    scenes.walk(shop, NOW)
    treated = {person for person, arm in arms.items() if arm == "treated"}
    assert deliveries(shop, number) == Counter(treated)
    assert {p for p, s in scenes.where(shop, number).items() if s == "observed"} == set(
        who
    ) - treated


def test_two_who_turn_out_to_be_one_go_one_way(shop: Tx) -> None:
    """A person merged has one journey: the one that began first goes on."""
    records = posting.willing(shop, 2)
    who = posting.persons(shop, records)
    number = scenes.begun(shop, [step("wait", days=1), step("mail")], measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    shop.execute(
        "UPDATE customers_personof SET person_id = %s WHERE record_id = %s", [who[0], records[1]]
    )
    scenes.walk(shop, NOW + DAY)
    assert sorted(scenes.where(shop, number).values()) == ["done", "left:merged"]
    assert sum(deliveries(shop, number).values()) == 1


def test_the_switch_stops_everything_within_one_turn(shop: Tx) -> None:
    """R-043: stopped, nobody enters and nobody goes on; what was decided stands on record."""
    who = people(shop, 1)
    number = scenes.begun(shop, [step("task")], measure=scenes.among(who))
    automation.switch(shop, on=False, **BY)
    assert scenes.enter(shop, number) == 0
    automation.switch(shop, on=True, **BY)
    assert scenes.enter(shop, number) == 1
    automation.switch(shop, on=False, **BY)
    assert scenes.walk(shop, NOW) == 0
    assert scenes.where(shop, number) == {who[0]: "going:1"}
    automation.switch(shop, on=True, **BY)
    scenes.walk(shop, NOW)
    told = [one.outcome for one in automation.decisions(shop, subject=f"person:{who[0]}")]
    assert told == ["task:done", "entered"]


def test_what_has_begun_stays_and_the_database_holds_it(shop: Tx) -> None:
    number = scenes.begun(shop, [step("task")])
    answer = scenarios.put_step(shop, number, step("task"), **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "scenario_begun"
    for sql in (
        "UPDATE marketing_step SET n = 9",
        "DELETE FROM marketing_step",
        "UPDATE marketing_scenario SET priority = 1",
        "DELETE FROM marketing_scenario",
    ):
        with pytest.raises(Error), transaction.atomic():
            shop.execute(sql)


def test_stopped_everybody_leaves_and_has_no_next_step(shop: Tx) -> None:
    """R-081: who is on their way has a next step, who left has none from it."""
    who = people(shop, 1)
    number = scenes.begun(shop, [step("wait", days=9), step("mail")], measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, NOW)
    assert has_step(shop, who[0])
    done = scenarios.stop(shop, number, why="やめます", remark_uid=ids.new_id(), **BY)
    assert not isinstance(done, Refusal)
    assert scenes.walk(shop, NOW + 9 * DAY) == 0
    assert scenarios_walking.close(shop, at=NOW + 9 * DAY) == 1
    assert scenes.where(shop, number) == {who[0]: "left:stopped"}
    assert not has_step(shop, who[0])


def has_step(t: Tx, person: int) -> bool:
    steps = contacts.next_steps(NOW.date())
    return any(
        t.value(f"SELECT EXISTS (SELECT FROM ({sql}) x WHERE person_id = %s)", [*values, person])
        for sql, values in steps.values()
    )


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], "steps_missing"),
        ([step("wait", days=1)], "nobody_hears"),
        ([step("ask", test="bought", go_on="no", else_to=str(ids.new_id())), step("task")],
         "step_not_later"),
        ([step("mail", coupon=True)], "coupon_kind_missing"),
    ],
)  # fmt: skip
def test_what_a_flow_lacks_is_said_before_it_begins(shop: Tx, steps: Any, code: str) -> None:
    number = scenes.drafted(shop, steps)
    assert code in [one.code for one in scenarios.lacks(shop, number, at=NOW)]
    answer = scenarios.begin(shop, number, **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_a_scenario_needs_the_why_of_every_measure(shop: Tx) -> None:
    """Nothing begins without reason, evidence and expected effect."""
    number = scenes.drafted(shop, [step("task")], measure={"evidence": ""})
    answer = scenarios.begin(shop, number, **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "evidence_missing"
    draft = scenes.drafted(shop, [step("task")])
    assert isinstance(scenarios.begin(shop, draft, **BY), Begun)
    assert measures.lacks(shop, scenes.uid_of(shop, draft), at=NOW)[0].code == "measure_not_so"


def test_steps_move_and_go(shop: Tx) -> None:
    one, two, three = (step("task", title=f"{n}") for n in (1, 2, 3))
    asking = step("ask", test="bought", go_on="no", else_to=str(three.uid))
    number = scenes.drafted(shop, [asking, one, two, three])

    def titles() -> list[str]:
        rows = shop.rows("SELECT says ->> 'title' FROM marketing_step ORDER BY n")
        return [row[0] or "?" for row in rows]

    scenarios.move_step(shop, number, two.uid, up=True, **BY)
    assert titles() == ["?", "2", "1", "3"]
    scenarios.remove_step(shop, number, three.uid, **BY)
    assert titles() == ["?", "2", "1"]
    assert shop.value("SELECT says ->> 'else_to' FROM marketing_step WHERE kind = 'ask'") == ""
    assert shop.rows("SELECT n FROM marketing_step ORDER BY n") == [(1,), (2,), (3,)]


def test_two_workers_take_each_journey_one_step_only(fresh_db: FreshDatabase) -> None:
    """R-082: whoever walks at the same time, every step is done once and every mail goes once."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        scenes.nobody_held_out(t)
        who = people(t, 40)
        first, second = (
            scenes.begun(t, [step("task"), step("mail"), step("task")],
                         measure=scenes.among(who), priority=n)
            for n in (1, 2)
        )  # fmt: skip
        for number in (first, second):
            scenes.enter(t, number)
    barrier = threading.Barrier(2)
    ended: list[int] = []

    def work() -> None:
        try:
            with own_connection():
                barrier.wait()
                for n in range(24):
                    with tx() as t:
                        scenarios_walking.walk(t, at=NOW + n * timedelta(minutes=6))
        finally:
            ended.append(threading.get_ident())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 2
    with tx() as t:
        for number in (first, second):
            assert set(scenes.where(t, number).values()) == {"done"}
            assert deliveries(t, number) == Counter(who)
        times: list[tuple[int, datetime, datetime]] = t.rows(
            "SELECT j.person_id, max(j.ended_at) FILTER (WHERE s.priority = 1),"
            " min(x.at) FILTER (WHERE s.priority = 2) FROM marketing_stepdone x"
            " JOIN marketing_journey j ON j.id = x.journey_id"
            " JOIN marketing_scenario s ON s.id = j.scenario_id GROUP BY 1"
        )  # type: ignore[assignment]
        assert all(over <= began for _, over, began in times)


def test_what_was_handed_over_is_sent_once_whoever_is_killed(fresh_db: FreshDatabase) -> None:
    """A worker that dies with its transaction open has done nothing: the next does it once."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        scenes.nobody_held_out(t)
        who = people(t, 5)
        number = scenes.begun(t, [step("mail")], measure=scenes.among(who))
        scenes.enter(t, number)

    def killed() -> None:
        with tx() as t:
            assert scenarios_walking.walk(t, at=NOW) == 5
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    with tx() as t:
        assert not deliveries(t, number)
        assert scenarios_walking.walk(t, at=NOW) == 5
        assert scenarios_walking.walk(t, at=NOW + timedelta(hours=1)) == 0
    with posting.mailbox_of(fresh_db.shop):
        now = [NOW + timedelta(minutes=2)]
        postman = Postman(lambda: now[0])
        sent = sum(postman.turn() for _ in range(3))
        postman.close()
    assert sent == 5
    assert len(posting.letters(fresh_db.shop)) == 5


def test_mail_that_may_not_leave_waits_and_is_written_down_once(shop: Tx) -> None:
    """Without the shop's address no mail leaves: tried again every hour, told of once."""
    who = people(shop, 1)
    number = scenes.begun(shop, [step("mail")], measure=scenes.among(who))
    scenes.enter(shop, number)
    assert settings.write(shop, "mail.postal_address", "", **BY) is None
    for hour in range(4):
        scenes.walk(shop, NOW + timedelta(hours=hour))
    assert scenes.where(shop, number) == {who[0]: "waiting:mail:1"}
    sql = "SELECT count(*) FROM marketing_decision WHERE outcome = 'waits:mail'"
    assert shop.value(sql) == 1
    assert settings.write(shop, "mail.postal_address", "東京都渋谷区神南1-1-1", **BY) is None
    scenes.walk(shop, NOW + timedelta(hours=4))
    assert scenes.where(shop, number) == {who[0]: "done"}


def test_a_scenario_at_which_something_broke_harms_itself_only(
    fresh_db: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tx() as t:
        world.open_shop(t)
        scenes.nobody_held_out(t)
        who = member(t, "M-001")
        first, second = (
            scenes.begun(t, [step("task")], measure=scenes.among([who]), priority=n) for n in (1, 2)
        )
        broken = scenes.id_of(t, first)
    enter = scenarios_entering.enter

    def breaks(t: Tx, scenario_id: int, *, at: datetime) -> int:
        if scenario_id == broken:
            raise KeyError(scenario_id)
        return enter(t, scenario_id, at=at)

    monkeypatch.setattr(scenarios_entering, "enter", breaks)
    flows = Scenarios()
    assert flows.turn(at=NOW) == 2  # it enters and goes on
    with tx() as t:
        assert scenes.where(t, second) == {who: "done"}
        assert scenes.where(t, first) == {}
