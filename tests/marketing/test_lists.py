"""Frozen lists: who is in which arm, who is left out and why, and that they stay so."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from goen.customers import consents, records
from goen.customers.consents import NewConsent
from goen.customers.records import NewCredential, NewRecord
from goen.insight import arms
from goen.kit import ids, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import found, lists, lists_reading
from goen.marketing.conditions import EVERYBODY
from goen.marketing.lists import Counts, Frozen
from goen.marketing.rules import arm_of
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import measuring

BY: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": world.NOW}
YES = {"screen": "register", "at": "S1"}


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def people(t: Tx, count: int, *, source: str = "ec", consenting: bool = True) -> list[int]:
    """People with a mail address, who said yes."""
    new = [NewRecord(source, f"L-{n}", mail=f"{source}{n}@kaze.example") for n in range(count)]
    made = records.register(t, new, **BY)
    if consenting:
        say(t, [made[source, f"L-{n}"] for n in range(count)], granted=True)
    return [person_of(t, made[source, f"L-{n}"]) for n in range(count)]


def say(
    t: Tx, record_ids: list[int], *, granted: bool, at: int = 30, channel: str = "mail"
) -> None:
    when = world.NOW - timedelta(days=at)
    proof = YES if granted else {}
    new = [
        NewConsent(ids.new_id(), one, channel, granted, "till", when, evidence=proof)
        for one in record_ids
    ]
    answers = consents.note(t, new, **BY)
    assert not [one for one in answers if isinstance(one, Refusal)], answers


def person_of(t: Tx, record: int) -> int:
    return int(t.value("SELECT person_id FROM customers_personof WHERE record_id = %s", [record]))


def freeze(t: Tx, among: list[int] | None = None, **more: Any) -> Frozen:
    frozen = lists.freeze(t, **(wanted(among) | more))
    assert isinstance(frozen, Frozen), frozen
    return frozen


def wanted(among: list[int] | None = None) -> dict[str, Any]:
    conditions = EVERYBODY.tree if among is None else {"field": "person", "ids": among}
    return {"uid": ids.new_id(), "measure_uid": None, "conditions": conditions,
            "channel": "mail", "control_share": 0.1, **BY}  # fmt: skip


def causes(t: Tx, frozen: Frozen) -> dict[int, str]:
    rows = t.rows(
        "SELECT person_id, arm, cause FROM marketing_target WHERE target_list_id = %s",
        [frozen.list_id],
    )
    return {person: cause or arm for person, arm, cause in rows}


def test_everybody_found_is_in_an_arm_or_left_out_for_a_cause(shop: Tx) -> None:
    """R-078: exclusions are counted by cause; arms are those that the person alone decides."""
    willing = people(shop, 200)
    frozen = freeze(shop)
    written = causes(shop, frozen)
    counts = Counter(written.values())
    assert frozen.counts.found == len(written) == 206
    assert counts == {
        "treated": frozen.counts.treated,
        "control": frozen.counts.control,
        "holdout": frozen.counts.holdout,
        "no_address": 6,
    }
    assert frozen.counts.excluded == {"no_address": 6}
    salt = str(frozen.uid)
    expected = {
        one: arm_of(one, measure=salt, control_share=0.1, holdout_share=0.05) for one in willing
    }
    assert {one: written[one] for one in willing} == expected
    assert 0 < counts["holdout"] < 30
    assert 5 < counts["control"] < 45


def test_each_cause_is_told_apart(shop: Tx) -> None:
    made = records.register(shop, [
        NewRecord("ec", "A", mail="a@kaze.example"), NewRecord("ec", "B", mail="b@kaze.example"),
        NewRecord("ec", "C", mail="c@kaze.example"), NewRecord("ec", "D"),
        NewRecord("ec", "E", mail="x12@marketplace.amazon.co.jp"),
        NewRecord("ec", "F", mail="sato@house.example",
                  credentials=(NewCredential("mail", "sato@house.example", verified=True),)),
    ], **BY)  # fmt: skip
    one = {key: record for (_, key), record in made.items()}
    say(shop, [one["A"], one["C"], one["F"]], granted=True)
    say(shop, [one["A"]], granted=False, at=2)
    consents.suppress(shop, "mail", "c@kaze.example", "bounced", "5.1.1", actor=world.ACTOR,
                      at=world.NOW)  # fmt: skip
    shop.execute("UPDATE places_staff SET login = 'Sato@house.example'")
    frozen = freeze(shop, [person_of(shop, record) for record in one.values()])
    written = causes(shop, frozen)
    assert {key: written[person_of(shop, record)] for key, record in one.items()} == {
        "A": "refused", "B": "no_consent", "C": "suppressed", "D": "no_address",
        "E": "lent_address", "F": "staff",
    }  # fmt: skip
    assert frozen.counts.treated == frozen.counts.control == frozen.counts.holdout == 0


def test_what_changes_later_leaves_the_list_as_it_was(shop: Tx) -> None:
    """R-078: a list is of its moment."""
    willing = people(shop, 30)
    frozen = freeze(shop)
    before = causes(shop, frozen)
    records_of = shop.rows(
        "SELECT record_id FROM customers_personof WHERE person_id = ANY(%s)", [willing[:10]]
    )
    say(shop, [row[0] for row in records_of], granted=False, at=1)
    people(shop, 5, source="mall", consenting=False)
    settings.write(shop, "holdout.share", 0.5, **BY)
    assert causes(shop, frozen) == before
    shown = lists.read(shop, frozen.uid)
    assert shown is not None
    assert shown.counts == frozen.counts
    assert freeze(shop).counts.excluded == {"no_address": 6, "no_consent": 5, "refused": 10}


@pytest.mark.parametrize("table", ["marketing_targetlist", "marketing_target"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_list(shop: Tx, table: str, sql: str) -> None:
    people(shop, 2)
    freeze(shop)
    with pytest.raises(IntegrityError, match="is only added to"), transaction.atomic():
        shop.execute(sql.format(table))


def test_the_same_uid_is_the_same_list(shop: Tx) -> None:
    people(shop, 20)
    asked = wanted()
    first = lists.freeze(shop, **asked)
    people(shop, 3, source="mall")
    again = lists.freeze(shop, **asked)
    assert isinstance(first, Frozen)
    assert isinstance(again, Frozen)
    assert (again.list_id, again.counts, again.repeated) == (first.list_id, first.counts, True)
    other = lists.freeze(shop, **(asked | {"channel": "dm"}))
    assert isinstance(other, Refusal)
    assert other.code == "id_reused"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"conditions": {"field": "shoe_size"}}, "condition_unknown", "field"),
        ({"channel": "owl"}, "unknown_contact_channel", "channel"),
        ({"control_share": 0.95}, "bad_control_share", "control_share"),
        ({"measure_uid": UUID(int=9)}, "unknown_measure", "measure_uid"),
        ({"conditions": {"field": "person", "ids": [999_999]}}, "nobody_found", "conditions"),
        ({"conditions": {"field": "spent", "least_minor": 1}}, "still_counting", "conditions"),
    ],
)
def test_what_cannot_be_frozen_is_refused_and_nothing_is_kept(
    fresh_db: FreshDatabase, change: dict[str, Any], code: str, field: str
) -> None:
    with tx() as t:
        world.open_shop(t)
        people(t, 3)
        refused = lists.freeze(t, **(wanted() | change))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)
    assert Tx().value("SELECT count(*) FROM marketing_targetlist") == 0


def test_a_small_control_is_warned_of(shop: Tx) -> None:
    people(shop, 3)
    assert freeze(shop, control_share=0.04).counts.small_control
    assert not freeze(shop, control_share=0.05).counts.small_control


def test_holdouts_are_the_same_people_in_every_measure(shop: Tx) -> None:
    """Nobody of the permanent holdout is ever written to, and arms are kept for measuring."""
    willing = people(shop, 300)
    held: list[set[int]] = []
    for n in range(2):
        uid = measuring.drafted(shop, measuring.measure(title=f"施策{n}"))
        written = causes(shop, freeze(shop, measure_uid=uid, channel="store"))
        held.append({one for one, arm in written.items() if arm == "holdout"})
        kept = {one.person_id: one.arm for one in arms.read(shop, f"measure:{uid}")}
        assert kept == written
    assert held[0] == held[1] != set()
    assert held[0] & set(willing)


def test_a_second_list_keeps_the_arms_of_the_first(shop: Tx) -> None:
    """Who had an arm keeps it, also as part of somebody they were merged with."""
    willing = people(shop, 60)
    uid = measuring.drafted(shop, measuring.measure())
    first = causes(shop, freeze(shop, measure_uid=uid, channel="store", control_share=0.4))
    gone, stays = willing[0], willing[1]
    shop.execute("UPDATE customers_personof SET person_id = %s WHERE person_id = %s", [stays, gone])
    second = causes(shop, freeze(shop, measure_uid=uid, channel="dm", control_share=0.9))
    arms_now = {one: arm for one, arm in second.items() if arm in {"treated", "control", "holdout"}}
    assert {one: first[one] for one in arms_now} == arms_now
    assert gone not in second


def test_who_was_written_to_often_is_left_alone(shop: Tx) -> None:
    """R-078: over all channels together, print and store lists included."""
    willing = people(shop, 40)
    settings.write(shop, "contact.most", 2, **BY)
    say(shop, [r for (r,) in shop.rows("SELECT record_id FROM customers_personof"
                                       " WHERE person_id = ANY(%s)", [willing])],
        granted=True, channel="dm")  # fmt: skip
    made = shop.rows(
        "SELECT record_id FROM customers_personof WHERE person_id = ANY(%s)", [willing]
    )
    assert len(made) == 40
    first = causes(shop, freeze(shop, willing, channel="store", control_share=0))
    causes(shop, freeze(shop, willing, channel="store", control_share=0))
    third = freeze(shop, willing, control_share=0)
    often = {one for one, cause in causes(shop, third).items() if cause == "over_contacted"}
    assert often == {one for one, arm in first.items() if arm == "treated"}
    later = {"recorded_at": world.NOW + timedelta(days=29)}
    assert "over_contacted" not in freeze(shop, willing, **later).counts.excluded


def test_a_list_nobody_sent_is_no_contact(shop: Tx) -> None:
    willing = people(shop, 10)
    settings.write(shop, "contact.most", 1, **BY)
    freeze(shop, willing)
    assert freeze(shop, willing).counts.excluded == {}


def test_two_stores_do_not_write_to_one_customer(shop: Tx) -> None:
    """R-037: another store's own promotion of the same days comes first."""
    willing = people(shop, 30)
    axis = measuring.axis(shop, "A")
    theirs = measuring.live(
        shop, measuring.measure(measuring.placement("store", axis, place="shibuya"))
    )
    spoken = causes(shop, freeze(shop, willing[:20], measure_uid=theirs, channel="store"))
    ours = measuring.drafted(
        shop, measuring.measure(measuring.placement("store", axis, place="kichijoji"))
    )
    same = measuring.drafted(
        shop, measuring.measure(measuring.placement("store", axis, place="shibuya"))
    )
    written = causes(shop, freeze(shop, willing, measure_uid=ours, channel="store"))
    barred = {one for one, cause in written.items() if cause == "other_store"}
    assert barred == {one for one, arm in spoken.items() if arm == "treated"}
    assert "other_store" not in freeze(shop, willing, measure_uid=same).counts.excluded


def test_what_is_foreseen_is_what_is_frozen(shop: Tx) -> None:
    people(shop, 50)
    uid = measuring.drafted(shop, measuring.measure())
    asked = {key: value for key, value in wanted().items() if key not in {"uid", *BY}}
    asked |= {"measure_uid": uid}
    foreseen = lists.foresee(shop, **asked, at=world.NOW)
    assert isinstance(foreseen, Counts)
    assert shop.value("SELECT count(*) FROM marketing_targetlist") == 0
    assert freeze(shop, measure_uid=uid).counts == foreseen
    shown = lists_reading.targets(shop, lists.of_measure(shop, uid)[0].list_id, cause="no_address")
    assert len(shown) == 6


def test_two_at_once_make_one_list(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        people(t, 50)
    asked = wanted()

    def make(_: int) -> object:
        try:
            with tx() as t:
                return lists.freeze(t, **asked)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(make, range(4)))
    assert {type(one).__name__ for one in answers} <= {"Frozen", "Refusal"}
    assert any(isinstance(one, Frozen) and not one.repeated for one in answers)
    assert Tx().value("SELECT count(*) FROM marketing_targetlist") == 1
    assert Tx().value("SELECT count(*) FROM marketing_target") == 56


def test_no_next_step_is_who_has_none(shop: Tx) -> None:
    """R-081: not written to, nothing open, nothing proposed, not late."""
    willing = people(shop, 6)
    axis = measuring.axis(shop, "A")
    running = measuring.live(shop, measuring.measure(measuring.placement("store", axis)))
    freeze(shop, willing[:2], measure_uid=running, channel="store", control_share=0)
    shop.execute(
        "INSERT INTO marketing_proposal (uid, person_id, record_id, kind, rule, arm, made_at,"
        " expires_on, reason, stake_minor, ended_how, ended_why)"
        " SELECT %s, person_id, record_id, 'due', 'r1', 'treated', %s, %s, '{}', 0, '', ''"
        " FROM customers_personof WHERE person_id = %s",
        [ids.new_id(), world.NOW, (world.NOW + timedelta(days=9)).date(), willing[2]],
    )
    nobody = found.prepare(
        shop, found.Conditions({"all": [{"field": "no_next_step"}]}), at=world.NOW
    )
    assert set(willing) & set(found.ids(shop, nobody)) == set(willing[3:])


@pytest.mark.quiet
def test_a_hundred_thousand_people_are_frozen_in_seconds(shop: Tx) -> None:
    shop.execute(
        "INSERT INTO customers_record (source_id, source_key, unit, recorded_at)"
        " SELECT 1, 'big-' || n, 'person', %s FROM generate_series(1, 100000) n",
        [world.NOW],
    )
    shop.execute(
        "INSERT INTO customers_person (id, created_at) SELECT 1000000 + id, %s"
        " FROM customers_record WHERE source_key LIKE 'big-%%'",
        [world.NOW],
    )
    shop.execute(
        "INSERT INTO customers_personof (record_id, person_id, xid)"
        " SELECT id, 1000000 + id, pg_current_xact_id() FROM customers_record"
        " WHERE source_key LIKE 'big-%%'"
    )
    # As autovacuum would have done: what was planned for six people does not serve many.
    shop.execute("ANALYZE customers_record, customers_person, customers_personof")
    started = time.monotonic()
    frozen = freeze(shop, channel="store")
    assert frozen.counts.found == 100_006
    assert time.monotonic() - started < 20
