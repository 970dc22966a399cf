"""Measures: no launch without a why (R-121) and an appeal point (R-119); then only added to."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connection

from goen.kit import ids
from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.marketing import axes, measures
from goen.marketing.measures import Drafted, Launched, NewMeasure, NewRemark, Noted, Stopped
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing.measuring import (
    BY,
    FIRST,
    LAST,
    TODAY,
    axis,
    drafted,
    live,
    measure,
    placement,
)


@pytest.fixture
def t(tx_db: None) -> Tx:
    world.open_shop(Tx())
    axis(Tx(), "gentle", "毎日飲める")
    return Tx()


def sku(t: Tx, code: str = "CHA-01") -> int:
    return int(t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def states(t: Tx) -> list[tuple[Any, ...]]:
    return t.rows("SELECT number, state FROM marketing_measure ORDER BY number")


def versions(t: Tx, uid: UUID) -> list[tuple[Any, ...]]:
    sql = """
    SELECT n, reason, ends_on FROM marketing_version v JOIN marketing_measure m
      ON m.id = v.measure_id WHERE m.uid = %s ORDER BY n
    """
    return t.rows(sql, [uid])


def test_a_draft_may_hold_nothing_but_a_title(t: Tx) -> None:
    new = NewMeasure(ids.new_id(), "年末のご挨拶")
    assert measures.draft(t, new, **BY) == Drafted(new.uid, 1, 1)
    assert measures.draft(t, new, **BY) == Drafted(new.uid, 1, 1, repeated=True)
    other = replace(new, title="別のこと")
    answer = measures.draft(t, other, **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "id_reused"
    assert states(t) == [(1, "draft")]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"title": " "}, "title_missing", "title"),
        ({"title": "長" * 121}, "too_long", "title"),
        ({"reason": "長" * 4001}, "too_long", "reason"),
        ({"kind": "whim"}, "unknown_choice", "kind"),
        ({"ends_on": FIRST - timedelta(days=1)}, "bad_period", "ends_on"),
        ({"window_days": 0}, "out_of_bounds", "window_days"),
        ({"control_share": 0.95}, "out_of_bounds", "control_share"),
        ({"skus": (10**9,)}, "unknown_item", "skus"),
        ({"builds_on": (77,)}, "unknown_measure", "builds_on"),
        ({"coupon_kind": "none"}, "unknown_coupon_kind", "coupon_kind"),
        ({"segment": UUID(int=1)}, "unknown_segment", "segment"),
        ({"conditions": {"all": [{"field": "mood"}]}}, "condition_unknown", "conditions"),
    ],
)
def test_what_cannot_be_so_is_refused_and_nothing_is_kept(
    t: Tx, change: dict[str, Any], code: str, field: str
) -> None:
    answer = measures.draft(t, measure(**change), **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)
    assert states(t) == []


def test_a_placement_that_cannot_be_so_refuses_the_whole_draft(t: Tx) -> None:
    bad = placement("sns", "nobody-knows")
    answer = measures.draft(t, measure(placement("mail", "gentle"), bad), **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("unknown_axis", "placements[1].axis")
    assert states(t) == []


LACKS: list[tuple[dict[str, Any], str, str]] = [
    ({"reason": " "}, "why_missing", "reason"),
    ({"evidence": ""}, "evidence_missing", "evidence"),
    ({"expected": ""}, "expected_missing", "expected"),
    ({"starts_on": None}, "days_missing", "starts_on"),
    ({"ends_on": None}, "days_missing", "ends_on"),
    ({"starts_on": TODAY - timedelta(days=9), "ends_on": TODAY - timedelta(days=1)},
     "days_over", "ends_on"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "field"), LACKS)
def test_a_launch_without_its_why_or_days_is_refused_by_field(
    t: Tx, change: dict[str, Any], code: str, field: str
) -> None:
    days = {"starts_on": FIRST, "ends_on": LAST} | {k: v for k, v in change.items() if v}
    one = placement("mail", "gentle", starts_on=days["starts_on"], ends_on=days["ends_on"])
    uid = drafted(t, measure(one, **change))
    answer = measures.launch(t, uid, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)
    assert [one.code for one in measures.lacks(t, uid, at=world.NOW)] == [code]
    assert states(t) == [(1, "draft")]


def test_a_launch_needs_a_place_to_speak_and_an_appeal_point_in_each(t: Tx) -> None:
    uid = drafted(t, measure())
    answer = measures.launch(t, uid, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("placement_missing", "placements")
    measures.place(t, uid, placement("mail", "gentle"), **BY)
    measures.place(t, uid, placement("sns", None), **BY)
    answer = measures.launch(t, uid, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("axis_missing", "placements[1].axis")


def test_an_appeal_point_must_hold_on_the_days_and_for_the_products(t: Tx) -> None:
    axis(t, "spring", valid_from=date(2027, 3, 1), valid_to=date(2027, 5, 31))
    axis(t, "rice", skus=(sku(t, "UTSUWA-01"),))
    early = drafted(t, measure(placement("mail", "spring")))
    answer = measures.launch(t, early, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("axis_not_valid", "placements[0].axis")
    tea = drafted(t, measure(placement("mail", "rice"), skus=(sku(t),)))
    answer = measures.launch(t, tea, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("axis_not_for_product", "placements[0].axis")


def test_a_complete_draft_goes_live_once(t: Tx) -> None:
    uid = drafted(t, measure(placement("mail", "gentle")))
    assert measures.lacks(t, uid, at=world.NOW) == []
    assert measures.launch(t, uid, **BY) == Launched(uid, 1, world.NOW)
    assert measures.launch(t, uid, **BY) == Launched(uid, 1, world.NOW, repeated=True)
    assert states(t) == [(1, "live")]
    assert t.value("SELECT kind FROM kit_notice WHERE key = %s", [str(uid)]) == "MeasureLaunched"


def test_every_save_of_a_draft_is_a_version_and_its_placements_follow_its_days(t: Tx) -> None:
    new = measure(placement("mail", "gentle"))
    uid = drafted(t, new)
    assert measures.revise(t, new, n=1, **BY) == Drafted(uid, 1, 1, repeated=True)
    later = replace(new, reason="書き直した", ends_on=LAST + timedelta(days=7))
    assert measures.revise(t, later, n=1, **BY) == Drafted(uid, 1, 2)
    assert versions(t, uid) == [(1, new.reason, LAST), (2, "書き直した", later.ends_on)]
    assert t.value("SELECT ends_on FROM marketing_placement") == later.ends_on
    behind = measures.revise(t, replace(new, title="古い画面から"), n=1, **BY)
    assert isinstance(behind, Refusal)
    assert (behind.code, behind.detail["n"]) == ("changed_meanwhile", 2)


REWRITES: list[tuple[dict[str, Any], str]] = [
    ({"reason": "べつの理由"}, "reason"),
    ({"evidence": ""}, "evidence"),
    ({"expected": "倍になる"}, "expected"),
    ({"expected_minor": 1}, "expected_minor"),
    ({"starts_on": FIRST + timedelta(days=1)}, "starts_on"),
    ({"ends_on": LAST + timedelta(days=1)}, "ends_on"),
    ({"control_share": 0.0}, "control_share"),
    ({"conditions": {"all": []}}, "conditions"),
]


@pytest.mark.parametrize(("change", "field"), REWRITES)
def test_what_was_launched_is_not_rewritten(t: Tx, change: dict[str, Any], field: str) -> None:
    new = measure(placement("mail", "gentle"))
    uid = live(t, new)
    answer = measures.revise(t, replace(new, **change), n=1, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("only_added_to", field)
    assert len(versions(t, uid)) == 1


def test_what_was_launched_may_be_added_to_and_end_earlier(t: Tx) -> None:
    new = measure(placement("mail", "gentle"))
    uid = live(t, new)
    more = replace(
        new, evidence=new.evidence + "\n追記：店長の声", ends_on=LAST - timedelta(days=3)
    )
    assert measures.revise(t, more, n=1, **BY) == Drafted(uid, 1, 2)
    added = placement("sns", "gentle", ends_on=LAST - timedelta(days=3))
    assert isinstance(measures.place(t, uid, added, **BY), Noted)
    without = measures.place(t, uid, placement("ad", None, ends_on=TODAY), **BY)
    assert isinstance(without, Refusal)
    assert (without.code, without.field) == ("axis_missing", "axis")


def test_the_database_itself_refuses_to_rewrite_what_was_said(t: Tx) -> None:
    uid = live(t, measure(placement("mail", "gentle", says="毎日の一杯に")))
    note = NewRemark(ids.new_id(), "learning", "朝の配信がよく読まれた")
    assert isinstance(measures.remark(t, uid, note, **BY), Noted)
    for statement in (
        "UPDATE marketing_version SET reason = 'べつの理由'",
        "DELETE FROM marketing_version",
        "UPDATE marketing_remark SET text = 'なかったこと'",
        "DELETE FROM marketing_remark",
        "UPDATE marketing_placement SET says = 'べつのこと'",
        "UPDATE marketing_placement SET axis_id = NULL",
        "DELETE FROM marketing_placement",
        """INSERT INTO marketing_version (measure_id, n, title, kind, trigger, reason, evidence,
             expected, expected_minor, starts_on, ends_on, window_days, control_share, skus,
             builds_on, segment_id, conditions, made_from, coupon_kind, recorded_at, actor)
           SELECT measure_id, n + 1, title, kind, trigger, 'べつの理由', evidence, expected,
             expected_minor, starts_on, ends_on, window_days, control_share, skus, builds_on,
             segment_id, conditions, made_from, coupon_kind, recorded_at, actor
           FROM marketing_version""",
    ):
        with pytest.raises(IntegrityError), savepoint():
            t.execute(statement)
    assert t.value("SELECT says FROM marketing_placement") == "毎日の一杯に"


def test_a_placement_of_a_draft_goes_without_a_trace_and_a_live_one_ends(t: Tx) -> None:
    one, other = placement("mail", "gentle"), placement("sns", "gentle")
    uid = drafted(t, measure(one, other))
    assert isinstance(measures.displace(t, other.uid, **BY), Noted)
    assert t.value("SELECT count(*) FROM marketing_placement") == 1
    measures.launch(t, uid, **BY)
    assert isinstance(measures.displace(t, one.uid, **BY), Noted)
    again = measures.displace(t, one.uid, **BY)
    assert isinstance(again, Noted)
    assert again.repeated
    assert t.row("SELECT ends_on, ended_on FROM marketing_placement") == (LAST, TODAY)


def test_a_live_measure_is_stopped_with_a_reason(t: Tx) -> None:
    uid = live(t, measure(placement("mail", "gentle")))
    given = {"remark_uid": ids.new_id(), **BY}
    answer = measures.stop(t, uid, why=" ", **given)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("text_missing", "why")
    assert measures.stop(t, uid, why="在庫がなくなった", **given) == Stopped(uid, 1, "stopped")
    assert measures.stop(t, uid, why="在庫がなくなった", **given).repeated  # type: ignore[union-attr]
    assert t.row("SELECT kind, text FROM marketing_remark") == ("decision", "在庫がなくなった")
    late = measures.place(t, uid, placement("sns", "gentle"), **BY)
    assert isinstance(late, Refusal)
    assert late.code == "measure_not_so"


def test_a_dropped_draft_cannot_be_launched(t: Tx) -> None:
    uid = drafted(t, measure(placement("mail", "gentle")))
    assert measures.drop(t, uid, **BY) == Stopped(uid, 1, "dropped")
    answer = measures.launch(t, uid, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.detail["state"]) == ("measure_not_so", "dropped")


def test_a_measure_ends_the_day_after_its_last_by_the_shop_s_clock(t: Tx) -> None:
    uid = live(t, measure(placement("mail", "gentle")))
    # 14:59 UTC is one minute before midnight in Tokyo
    eve = world.NOW.replace(day=LAST.day, month=LAST.month, hour=14, minute=59)
    assert measures.end_due(t, actor=world.ACTOR, recorded_at=eve) == []
    after = eve + timedelta(minutes=1)
    assert measures.end_due(t, actor=world.ACTOR, recorded_at=after) == [uid]
    assert measures.end_due(t, actor=world.ACTOR, recorded_at=after) == []
    assert states(t) == [(1, "ended")]


def test_a_remark_is_kept_once(t: Tx) -> None:
    uid = drafted(t, measure())
    note = NewRemark(ids.new_id(), "cost", "チラシの増刷", 12_000)
    first = measures.remark(t, uid, note, **BY)
    assert isinstance(first, Noted)
    assert measures.remark(t, uid, note, **BY) == Noted(first.id, repeated=True)
    for bad, field in (
        (replace(note, uid=ids.new_id(), text=""), "text"),
        (replace(note, uid=ids.new_id(), kind="gossip"), "kind"),
        (replace(note, uid=ids.new_id(), cost_minor=-1), "cost_minor"),
    ):
        answer = measures.remark(t, uid, bad, **BY)
        assert isinstance(answer, Refusal)
        assert answer.field == field
    assert t.value("SELECT count(*) FROM marketing_remark") == 1


def test_a_point_that_was_said_in_public_is_not_renamed(t: Tx) -> None:
    live(t, measure(placement("mail", "gentle")))
    renamed = axes.put(t, axes.NewAxis("gentle", {"ja": "目が覚める", "en": "Wakes you"}), **BY)
    assert isinstance(renamed, Refusal)
    assert (renamed.code, renamed.field) == ("axis_was_said", "name")
    kept = axes.NewAxis("gentle", {"ja": "毎日飲める", "en": "gentle"}, valid_to=date(2027, 3, 31))
    assert isinstance(axes.put(t, kept, **BY), Noted)


def test_numbers_stay_one_by_one_when_many_draft_at_once(fresh_db: FreshDatabase) -> None:
    uids = [ids.new_id() for _ in range(4)]
    answers: list[Any] = []
    ready = threading.Barrier(8)

    def draft(uid: UUID) -> None:
        ready.wait(10)
        with tx() as t:
            answers.append(measures.draft(t, NewMeasure(uid, f"施策 {uid}"), **BY))
        connection.close()

    threads = [threading.Thread(target=draft, args=(uid,)) for uid in uids * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted({one.number for one in answers}) == [1, 2, 3, 4]
    assert sorted(one.repeated for one in answers) == [False] * 4 + [True] * 4
    with psycopg.connect(fresh_db.conninfo) as looking:
        row = looking.execute("SELECT count(*) FROM marketing_version").fetchone()
    assert row == (4,)
