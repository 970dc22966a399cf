"""Routines ask for their tasks once, and whether they were done is measured (R-083)."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from django.db import transaction
from django.db.utils import Error

from goen.doors.worker.measures import Tended
from goen.insight import queries as insight
from goen.kit import clock, ids
from goen.kit.db import Tx, own_connection, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    measures,
    routines_completion,
    routines_doing,
    routines_keeping,
    routines_making,
    routines_reading,
    routines_ready,
)
from goen.marketing.routine import Kept, Owner
from goen.marketing.routines import Rhythm
from goen.marketing.routines_figures import figure
from goen.marketing.routines_reading import Member
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import measuring, routine
from tests.marketing.routine import (
    ANN,
    BEA,
    BOSS,
    KICHIJOJI,
    MONDAY,
    SHIBUYA,
    SHIBUYA_2,
    after,
    begun,
    by,
    states,
    tasks,
    weekly,
)

DAY = timedelta(days=1)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    routine.hire(t)
    return t


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def place(t: Tx, name: str) -> int:
    return int(t.value("SELECT id FROM places_place WHERE code = %s", [name]))


# asked for, once


def test_a_week_s_task_is_there_on_its_day_and_once(shop: Tx) -> None:
    uid = begun(shop, weekly(weekday=2, days=2))
    assert tasks(shop, uid, MONDAY) == [], "its day has not come"
    assert routines_making.make_due(shop, at=after(1, 23)) == 0
    assert routines_making.make_due(shop, at=after(2, 0)) == 1
    assert routines_making.make_due(shop, at=after(2, 9)) == 0
    (one,) = tasks(shop, uid, MONDAY + 2 * DAY)
    assert (one.asked_on, one.due_on, one.ends_on) == (
        MONDAY + 2 * DAY, MONDAY + 4 * DAY, MONDAY + 8 * DAY,
    )  # fmt: skip
    assert (one.owner, one.state) == (Owner(role="marketer"), "open")


def test_begun_on_its_own_day_it_asks_at_once(shop: Tx) -> None:
    uid = begun(shop, weekly(weekday=0))
    assert states(shop, uid, MONDAY) == ["open"]
    again = routines_keeping.create(shop, uid, weekly(weekday=4), **by(after(0)))
    assert isinstance(again, Kept)
    assert again.repeated
    assert len(tasks(shop, uid, MONDAY)) == 1


def test_each_store_has_a_task_of_its_own(shop: Tx) -> None:
    uid = begun(shop, weekly(owner="places", role="store"))
    stores = [place(shop, "shibuya"), place(shop, "kichijoji")]
    assert [one.owner for one in tasks(shop, uid, MONDAY)] == [
        Owner(role="store", place_id=one) for one in stores
    ]


def test_who_was_away_for_three_weeks_sees_what_was_missed(shop: Tx) -> None:
    """A worker that was down makes the turns that passed, each with its own days."""
    uid = begun(shop, weekly(days=1))
    assert routines_making.make_due(shop, at=after(22)) == 3
    found = tasks(shop, uid, MONDAY + 22 * DAY)
    assert [one.period_on for one in found] == [MONDAY + n * 7 * DAY for n in range(4)]
    assert [one.state for one in found] == ["missed", "missed", "missed", "open"]
    assert routines_reading.count_missed(shop, today=MONDAY + 22 * DAY) == 3


def test_more_turns_than_one_look_makes_follow_at_the_next(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routines_making, "MOST", 2)
    uid = begun(shop, weekly())
    made = [routines_making.make_due(shop, at=after(36)) for _ in range(4)]
    assert made == [2, 2, 1, 0]
    assert len({one.period_on for one in tasks(shop, uid, MONDAY)}) == 6


def test_two_workers_at_a_time_make_each_task_once(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        routine.hire(t)
        uids = [begun(t, weekly(owner="places", role="store")) for _ in range(5)]
    barrier, made = threading.Barrier(3, timeout=60), []

    def work() -> None:
        with own_connection():
            barrier.wait()
            for n in range(6):
                with tx() as t:
                    made.append(routines_making.make_due(t, at=after(7 * n)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tx() as t:
        while routines_making.make_due(t, at=after(35)):  # those another held when we looked
            pass
        for uid in uids:
            found = Counter((one.period_on, one.owner) for one in tasks(t, uid, MONDAY))
            assert set(found.values()) == {1}
            assert len(found) == 6 * 2


def test_the_same_press_at_the_same_time_begins_one_routine(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        routine.hire(t)
    uid, barrier, answers = ids.new_id(), threading.Barrier(3, timeout=60), []

    def press() -> None:
        with own_connection():
            barrier.wait()
            with tx() as t:
                answers.append(routines_keeping.create(t, uid, weekly(), **by(after(0))))

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.repeated for one in answers) == [False, True, True]
    with tx() as t:
        assert len(routines_reading.routines(t)) == 1
        assert len(tasks(t, uid, MONDAY)) == 1


def test_the_worker_s_turn_makes_them(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = begun(shop, weekly())
    monkeypatch.setattr(clock, "now", lambda: after(7))
    assert Tended().turn() == 1
    assert len(tasks(shop, uid, MONDAY)) == 2
    assert Tended().turn() == 0


def test_the_database_holds_a_task_and_a_rule_as_they_were(shop: Tx) -> None:
    uid = begun(shop, weekly())
    for sql in (
        "UPDATE marketing_routinetask SET due_on = due_on + 1, ends_on = ends_on + 1",
        "DELETE FROM marketing_routinetask",
        "UPDATE marketing_routinerule SET title = 'x'",
        "INSERT INTO marketing_routinetask (uid, routine_id, rule_id, period_on, asked_on, due_on,"
        " ends_on, role, made_at, closed_as, closed_by, note) SELECT gen_random_uuid(), routine_id,"
        " rule_id, period_on, asked_on, due_on, ends_on, role, made_at, '', '', ''"
        " FROM marketing_routinetask",
    ):
        with pytest.raises(Error), transaction.atomic():
            shop.execute(sql)
    assert len(tasks(shop, uid, MONDAY)) == 1


# changed, paused, ended


def test_what_is_changed_holds_from_the_next_turn_on(shop: Tx) -> None:
    uid = begun(shop, weekly(weekday=0, days=2))
    to = replace(weekly(weekday=3, days=4), title="新しい名前")
    answer = routines_keeping.change(shop, uid, to, **by(after(1)))
    assert isinstance(answer, Kept)
    assert answer.from_on == MONDAY + 10 * DAY
    routines_making.make_due(shop, at=after(17))
    assert [(one.title, one.period_on, one.due_on) for one in tasks(shop, uid, MONDAY)] == [
        ("定例", MONDAY, MONDAY + 2 * DAY),
        ("新しい名前", MONDAY + 10 * DAY, MONDAY + 14 * DAY),
        ("新しい名前", MONDAY + 17 * DAY, MONDAY + 21 * DAY),
    ], "no second task in the week of the change"
    again = routines_keeping.change(shop, uid, to, **by(after(18)))
    assert again == Kept(uid, repeated=True)


def test_changed_twice_before_its_turn_only_the_last_counts(shop: Tx) -> None:
    uid = begun(shop, weekly(weekday=0))
    for weekday in (4, 1):
        routines_keeping.change(shop, uid, weekly(weekday=weekday), **by(after(1)))
    routines_making.make_due(shop, at=after(13))
    assert [one.period_on for one in tasks(shop, uid, MONDAY)] == [MONDAY, MONDAY + 8 * DAY]


def test_before_a_change_what_was_due_is_asked_for_by_the_old_rule(shop: Tx) -> None:
    uid = begun(shop, weekly(weekday=0, days=1))
    routines_keeping.change(shop, uid, weekly(weekday=2, days=1), **by(after(15)))
    assert [one.period_on for one in tasks(shop, uid, MONDAY)] == [
        MONDAY + n * 7 * DAY for n in range(3)
    ]
    assert routine.shown(shop, uid).next_period_on == MONDAY + 23 * DAY


def test_paused_it_asks_for_nothing_and_resumed_from_then_on(shop: Tx) -> None:
    uid = begun(shop, weekly())
    for _ in range(2):
        assert isinstance(routines_keeping.pause(shop, uid, why="改装", **by(after(1))), Kept)
    assert routines_making.make_due(shop, at=after(16)) == 0
    for _ in range(2):
        assert isinstance(routines_keeping.resume(shop, uid, **by(after(16))), Kept)
    assert len(tasks(shop, uid, MONDAY)) == 1
    assert routines_making.make_due(shop, at=after(21)) == 1
    assert [one.period_on for one in tasks(shop, uid, MONDAY)] == [MONDAY, MONDAY + 21 * DAY]


def test_ended_it_is_over_for_good_and_says_why(shop: Tx) -> None:
    uid = begun(shop, weekly())
    assert code(routines_keeping.end(shop, uid, why=" ", **by(after(1)))) == "why_missing"
    assert routines_keeping.end(shop, uid, why="別の形にした", **by(after(1))) == Kept(uid)
    assert routines_keeping.end(shop, uid, why="", **by(after(2))) == Kept(uid, repeated=True)
    assert routines_making.make_due(shop, at=after(30)) == 0
    assert code(routines_keeping.resume(shop, uid, **by(after(3)))) == "routine_over"
    assert code(routines_keeping.change(shop, uid, weekly(), **by(after(3)))) == "routine_over"
    (one,) = tasks(shop, uid, MONDAY)
    assert routines_doing.do(shop, one.uid, **by(after(1), ANN)) is None, "still to be done"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"text": "x" * 1001}, "text"),
        ({"page": "elsewhere"}, "page"),
        ({"owner": "nobody"}, "owner"),
        ({"role": "king"}, "role"),
        ({"owner": "staff", "role": "", "staff_id": 10**9}, "staff_id"),
        ({"place_id": 10**9}, "place_id"),
        ({"rhythm": Rhythm("week", days=7)}, "days"),
        ({"rhythm": Rhythm("week", weekday=7)}, "weekday"),
        ({"rhythm": Rhythm("month", month_day=32)}, "month_day"),
        ({"rhythm": Rhythm("year")}, "every"),
    ],
)
def test_what_is_wrong_with_a_routine_is_named(shop: Tx, wrong: dict, field: str) -> None:
    answer = routines_keeping.create(shop, ids.new_id(), replace(weekly(), **wrong), **by(after(0)))
    assert isinstance(answer, Refusal), answer
    assert answer.field == field
    assert routines_reading.routines(shop) == []


def test_the_ready_ones_begin_as_they_are_and_are_offered_once(shop: Tx) -> None:
    for n, one in enumerate(routines_ready.READY):
        assert len(routines_ready.offered(routines_reading.routines(shop))) == 7 - n
        for language in ("ja", "en"):
            assert one.new(language).template == one.code
        begun(shop, one.new("ja"))
    assert routines_ready.offered(routines_reading.routines(shop)) == []
    routines_making.make_due(shop, at=after(35))
    asked = {one.page for uid in routines_reading.routines(shop) for one in tasks(shop, uid.uid,
             MONDAY)}  # fmt: skip
    assert asked == {one.page for one in routines_ready.READY}


# done, excused, taken back


def test_done_by_who_owns_it_with_the_figure_of_that_moment(shop: Tx) -> None:
    uid = begun(shop, weekly(page="tasks"))
    shop.execute(
        "INSERT INTO marketing_task (uid, title, text, due_on, made_at, done_by, note)"
        " SELECT gen_random_uuid(), 'x', '', '2026-11-20', %s, '', '' FROM generate_series(1, 12)",
        [world.NOW],
    )
    (one,) = tasks(shop, uid, MONDAY)
    for _ in range(2):
        assert routines_doing.do(shop, one.uid, note=" 電話した ", **by(after(1), ANN)) is None
    shop.execute("DELETE FROM marketing_task")
    (done,) = tasks(shop, uid, MONDAY + 9 * DAY)
    assert (done.state, done.figure, done.note, done.closed_by) == (
        "done", 12, "電話した", "staff:m1",
    )  # fmt: skip
    noted = shop.rows("SELECT verb, actor FROM kit_trail WHERE kind = 'routine_task' ORDER BY id")
    assert noted == [("make", "system:routines"), ("do", "staff:m1")]


@pytest.mark.parametrize("page", ["", *(one.page for one in routines_ready.READY), "low",
                                  "findings", "tasks", "requests"])  # fmt: skip
def test_every_page_s_figure_can_be_read_in_an_empty_shop(shop: Tx, page: str) -> None:
    uid = begun(shop, weekly(page=page, owner="places", role="store"))
    (first, *_) = tasks(shop, uid, MONDAY)
    assert routines_doing.do(shop, first.uid, **by(after(0), SHIBUYA)) is None
    assert tasks(shop, uid, MONDAY)[0].state == "done"


def test_the_figure_is_unknown_before_the_analyst_spoke_and_right_afterwards(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six members have no next step; one who is proposed something has one."""
    asked: dict = {"place_id": None, "at": world.NOW}
    assert figure(shop, "next_steps", **asked) is None
    assert figure(shop, "lapsing", **asked) is None
    assert figure(shop, "ltv", **asked) is None
    monkeypatch.setattr(insight, "stored", lambda *_: ({}, world.NOW))
    assert figure(shop, "next_steps", **asked) == 6
    shop.execute(
        "INSERT INTO marketing_proposal (uid, person_id, record_id, kind, rule, arm, made_at,"
        " expires_on, reason, stake_minor, ended_how, ended_why)"
        " SELECT %s, person_id, record_id, 'due', 'r1', 'treated', %s, %s, '{}', 0, '', ''"
        " FROM customers_personof ORDER BY 2 LIMIT 1",
        [ids.new_id(), world.NOW, (world.NOW + 9 * DAY).date()],
    )
    assert figure(shop, "next_steps", **asked) == 5


def test_measures_without_a_learning_are_counted_from_the_day_their_effect_is_known(
    shop: Tx,
) -> None:
    new = measuring.measure(measuring.placement("store", measuring.axis(shop, "A")))
    measuring.live(shop, new)
    over = routine.at(measuring.LAST + (new.window_days + 1) * DAY)
    measures.end_due(shop, actor=world.ACTOR, recorded_at=over)
    told = [figure(shop, "learnings", place_id=None, at=over + n * DAY) for n in (-1, 0)]
    assert told == [0, 1]


def test_only_who_owns_it_or_head_office_may_close_it(shop: Tx) -> None:
    staff_id = shop.value("SELECT id FROM places_staff WHERE code = 'm2'")
    cases = [
        (weekly(owner="staff", role="", staff_id=staff_id), [ANN, SHIBUYA], BEA),
        (weekly(owner="role", role="marketer"), [SHIBUYA], ANN),
        (weekly(owner="role", role="store", place_id=place(shop, "kichijoji")),
         [ANN, SHIBUYA], KICHIJOJI),
        (weekly(owner="role", role="operations"), [ANN, SHIBUYA, world.ACTOR], BOSS),
    ]  # fmt: skip
    for new, strangers, owner in cases:
        (one,) = tasks(shop, begun(shop, new), MONDAY)
        for stranger in strangers:
            for verb in (
                lambda who, uid=one.uid: routines_doing.do(shop, uid, **by(after(0), who)),
                lambda who, uid=one.uid: routines_doing.excuse(shop, uid, why="x",
                                                               **by(after(0), who)),
                lambda who, uid=one.uid: routines_doing.undo(shop, uid, **by(after(0), who)),
            ):  # fmt: skip
                assert code(verb(stranger)) == "task_not_yours"
        assert routines_doing.do(shop, one.uid, **by(after(0), owner)) is None
    assert code(routines_doing.do(shop, ids.new_id(), **by(after(0)))) == "unknown_task"


def test_what_is_theirs_is_the_same_for_pages_and_for_verbs(shop: Tx) -> None:
    staff_id = shop.value("SELECT id FROM places_staff WHERE code = 'm2'")
    for new in (
        weekly(owner="staff", role="", staff_id=staff_id),
        weekly(owner="places", role="store"),
        weekly(owner="role", role="store", place_id=place(shop, "shibuya")),
        weekly(),
    ):
        begun(shop, new)
    every = [one for r in routines_reading.routines(shop) for one in tasks(shop, r.uid, MONDAY)]
    assert len(every) == 5
    everybody = [
        *(routines_reading.member(shop, who) for who in ("st01", "m1", "m2", "s1", "s2", "k1")),
        Member(10**9, "store", None),
    ]
    for who in everybody:
        assert who is not None
        listed = {one.uid for one in routines_reading.theirs(shop, who, today=MONDAY)}
        plain = {one.uid for one in every if routines_reading.is_theirs(one.owner, who)}
        assert listed == plain
        assert len(listed) == {"st01": 0, "m1": 1, "m2": 2, "s1": 2, "s2": 2, "k1": 1}.get(
            str(shop.value("SELECT code FROM places_staff WHERE id = %s", [who.id])), 3
        )


def test_not_needed_has_a_reason_and_after_the_day_only_head_office_says_it(shop: Tx) -> None:
    uid = begun(shop, weekly(days=2))
    (one,) = tasks(shop, uid, MONDAY)
    assert code(routines_doing.excuse(shop, one.uid, why=" ", **by(after(1), ANN))) == "why_missing"
    late = routines_doing.excuse(shop, one.uid, why="棚卸しの週", **by(after(3), ANN))
    assert code(late) == "excused_too_late"
    for _ in range(2):
        assert routines_doing.excuse(shop, one.uid, why="棚卸しの週", **by(after(3))) is None
    assert states(shop, uid, MONDAY + 4 * DAY) == ["excused"]
    assert code(routines_doing.do(shop, one.uid, **by(after(3), ANN))) == "routine_task_closed"


def test_it_can_be_taken_back_while_its_turn_runs_and_on_the_day_itself(shop: Tx) -> None:
    uid = begun(shop, weekly(days=2))
    (one,) = tasks(shop, uid, MONDAY)
    assert routines_doing.do(shop, one.uid, **by(after(1), ANN)) is None
    assert code(routines_doing.undo(shop, one.uid, **by(after(7), ANN))) == "routine_turn_over"
    assert routines_doing.undo(shop, one.uid, **by(after(6), BEA)) is None
    assert routines_doing.undo(shop, one.uid, **by(after(6), BEA)) is None
    assert states(shop, uid, MONDAY + 6 * DAY) == ["missed"]
    assert routines_doing.do(shop, one.uid, **by(after(9), ANN)) is None
    assert states(shop, uid, MONDAY + 9 * DAY) == ["late"]
    assert routines_doing.undo(shop, one.uid, **by(after(9, 20), ANN)) is None
    assert routines_doing.do(shop, one.uid, **by(after(9, 21), ANN)) is None
    assert code(routines_doing.undo(shop, one.uid, **by(after(10), ANN))) == "routine_turn_over"


# measured


@pytest.mark.parametrize("seed", range(3))
def test_completion_is_what_a_plain_count_of_the_acts_says(shop: Tx, seed: int) -> None:
    """Twenty weeks of three routines, lived by people who are late, excuse themselves and forget:
    the figures against a count that knows only what was pressed when."""
    rng = Random(seed)
    new = [weekly(days=2), weekly(weekday=3, days=1, owner="places", role="store"),
           weekly(weekday=1, days=6, owner="role", role="hq")]  # fmt: skip
    uids = [begun(shop, one) for one in new]
    pressed: dict[object, tuple[str, date]] = {}
    last = MONDAY + 138 * DAY
    routines_making.make_due(shop, at=after(138))
    asked = {uid: [(one.uid, one.period_on, one.due_on, one.owner) for one in
                   tasks(shop, uid, last)] for uid in uids}  # fmt: skip
    for task_uid, period, _due, _ in (one for found in asked.values() for one in found):
        day = min(period + rng.randrange(9) * DAY, last)
        act = rng.choice(["do", "do", "do", "excuse", "forget", "undo"])
        if act in ("do", "undo"):
            assert routines_doing.do(shop, task_uid, **by(routine.at(day))) is None
            pressed[task_uid] = ("done", day)
        if act == "excuse":
            assert routines_doing.excuse(shop, task_uid, why="x", **by(routine.at(day))) is None
            pressed[task_uid] = ("excused", day)
        if act == "undo":
            assert routines_doing.undo(shop, task_uid, **by(routine.at(day))) is None
            del pressed[task_uid]

    def count(found: list) -> Counter[str]:
        many: Counter[str] = Counter()
        for task_uid, _, due, _ in found:
            how, day = pressed.get(task_uid, ("", last))
            if how == "done":
                many["late" if day > due else "done"] += 1
            else:
                many[how or ("missed" if last > due else "open")] += 1
        return many

    told = routines_completion.of_routines(shop, today=last)
    everybody: dict[Owner, list] = {}
    for uid, found in asked.items():
        turns = sorted({one[1] for one in found})[-12:]
        counted = [one for one in found if one[1] in turns]
        for one in counted:
            everybody.setdefault(one[3], []).append(one)
        completion = told[routine.shown(shop, uid).id]
        many = count(counted)
        assert Counter({name: getattr(completion, name) for name in
                        ("done", "late", "missed", "excused", "open")}) == many  # fmt: skip
        known = many["done"] + many["late"] + many["missed"]
        for name in ("done", "late", "missed"):
            assert completion.share(name) == (many[name] / known if known else None)
        assert [mark.period_on for mark in completion.marks] == turns
        for mark in completion.marks:
            part = count([one for one in counted if one[1] == mark.period_on])
            assert mark.of == part.total()
            assert mark.done == part["done"] + part["late"]
            worst = next(name for name in ("missed", "open", "late", "done", "excused")
                         if part[name])  # fmt: skip
            assert mark.state == worst
    owners = routines_completion.of_owners(shop, today=last)
    assert set(owners) == set(everybody)
    for owner, found in everybody.items():
        many = count(found)
        assert (owners[owner].done, owners[owner].late, owners[owner].missed) == (
            many["done"], many["late"], many["missed"],
        )  # fmt: skip


def test_nobody_s_share_is_told_before_anything_was_due(shop: Tx) -> None:
    begun(shop, weekly(days=2))
    (one,) = routines_completion.of_routines(shop, today=MONDAY).values()
    assert (one.open, one.known, one.on_time) == (1, 0, None)


def test_who_left_is_named_and_a_place_nobody_works_at_is_asked_all_the_same(shop: Tx) -> None:
    staff_id = shop.value("SELECT id FROM places_staff WHERE code = 'm2'")
    shop.execute("UPDATE places_staff SET is_active = false WHERE code IN ('m2', 's1', 's2', 'k1')")
    assert routines_reading.gone(shop, [staff_id]) == {staff_id}
    (one,) = tasks(shop, begun(shop, weekly(owner="places", role="store")), MONDAY)
    assert one.owner == Owner(role="store")
    assert code(routines_doing.do(shop, one.uid, **by(after(0), SHIBUYA_2))) == "task_not_yours"
