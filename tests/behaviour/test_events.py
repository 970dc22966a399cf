"""What shoppers did is kept as told, once, in whatever order and by however many it is sent."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from goen.behaviour.events import Kept, NewEvent, bind, keep
from goen.behaviour.queries import events_of
from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from tests import world
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW

SEEN = NewEvent("ec", "m-1", "view", NOW - timedelta(hours=2), sku_id=7)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    world.open_shop(Tx(), live=False)
    return Tx()


def kept(t: Tx, *events: NewEvent) -> list[Kept | Refusal]:
    return keep(t, list(events), actor=ACTOR, recorded_at=NOW)


def record(t: Tx, key: str) -> int:
    return t.value("SELECT id FROM customers_record WHERE source_key = %s", [key])


def rows(t: Tx) -> list[tuple[object, ...]]:
    return t.rows(
        "SELECT message_id, kind, occurred_at, corrected_at, sku_id, text, detail"
        " FROM behaviour_event ORDER BY message_id, month"
    )


def test_an_event_is_kept_as_it_was_told(shop: Tx) -> None:
    told = replace(SEEN, text=" ばら　茶 ", detail={"page": 3}, document=ids.new_id())
    assert kept(shop, told) == [Kept("ec", "m-1")]
    assert rows(shop) == [("m-1", "view", told.occurred_at, None, 7, " ばら　茶 ", {"page": 3})]


def test_the_same_message_again_is_the_same_event_with_its_first_word(shop: Tx) -> None:
    assert kept(shop, SEEN, SEEN) == [Kept("ec", "m-1"), Kept("ec", "m-1", repeated=True)]
    later = replace(SEEN, kind="cart", occurred_at=NOW)
    assert kept(shop, later) == [Kept("ec", "m-1", repeated=True)]
    assert [row[1] for row in rows(shop)] == ["view"]


def test_two_systems_may_use_the_same_id(shop: Tx) -> None:
    assert kept(shop, SEEN, replace(SEEN, source="mall")) == [
        Kept("ec", "m-1"),
        Kept("mall", "m-1"),
    ]


def test_a_day_replayed_in_any_order_changes_no_count(shop: Tx) -> None:
    """R-044: late, shuffled, twice."""
    rng = random.Random(4)
    day = [
        replace(SEEN, message_id=f"d-{n}", occurred_at=NOW - timedelta(days=n % 40, minutes=n))
        for n in range(200)
    ]
    kept(shop, *day)
    before = shop.rows("SELECT * FROM behaviour_event ORDER BY message_id")
    rng.shuffle(day)
    again = [one for n in range(0, 200, 50) for one in kept(shop, *day[n : n + 50])]
    assert all(isinstance(one, Kept) and one.repeated for one in again)
    assert shop.rows("SELECT * FROM behaviour_event ORDER BY message_id") == before
    assert len(before) == 200


REFUSED = [
    ({"source": "nobody"}, "unknown_source", "source"),
    ({"message_id": ""}, "message_id_missing", "message_id"),
    ({"kind": "sniffed"}, "unknown_event", "kind"),
    ({"message_id": "x" * 201}, "too_long", "message_id"),
    ({"visitor": "x" * 201}, "too_long", "visitor"),
    ({"text": "x" * 501}, "too_long", "text"),
    ({"detail": {"a": "x" * 8_001}}, "too_long", "detail"),
    ({"occurred_at": NOW + timedelta(hours=1)}, "implausible_event_time", "occurred_at"),
    ({"occurred_at": NOW - timedelta(days=2_000)}, "implausible_event_time", "occurred_at"),
]


@pytest.mark.parametrize(("change", "code", "field"), REFUSED)
def test_what_cannot_be_kept_is_refused_and_the_rest_is_kept(
    shop: Tx, change: dict[str, object], code: str, field: str
) -> None:
    wrong, other = replace(SEEN, **change), replace(SEEN, message_id="m-2")
    refused, fine = kept(shop, wrong, other)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)
    assert fine == Kept("ec", "m-2")
    assert [row[0] for row in rows(shop)] == ["m-2"]


def test_a_clock_that_runs_ahead_is_corrected_beside_what_was_told(shop: Tx) -> None:
    ahead = timedelta(days=3)
    told = replace(SEEN, occurred_at=SEEN.occurred_at + ahead, sent_at=NOW + ahead)
    assert kept(shop, told) == [Kept("ec", "m-1")]
    ((_, _, occurred_at, corrected_at, *_),) = rows(shop)
    assert occurred_at == SEEN.occurred_at + ahead
    assert corrected_at == SEEN.occurred_at
    (only,) = shop.rows("SELECT happened_at FROM report_event")
    assert only == (SEEN.occurred_at,)


def test_what_a_visitor_did_before_saying_who_they_are_is_theirs(shop: Tx) -> None:
    me = record(shop, "M-001")
    kept(shop, replace(SEEN, visitor="cookie-9"))
    assert events_of(shop, [me]) == []
    login = replace(SEEN, message_id="m-2", kind="visit", visitor="cookie-9", record_id=me)
    kept(shop, login)
    kept(shop, replace(SEEN, message_id="m-3", visitor="cookie-9", occurred_at=NOW))
    assert [one.kind for one in events_of(shop, [me])] == ["view", "visit", "view"]
    assert shop.rows("SELECT record_id FROM report_event ORDER BY event_id") == [(me,)] * 3


def test_a_shared_device_tells_of_nobody_but_whom_it_names(shop: Tx) -> None:
    """A kiosk in the shop: two people logged in on it."""
    me, you = record(shop, "M-001"), record(shop, "M-002")
    kept(shop, replace(SEEN, visitor="kiosk"))
    bind(shop, ("ec", "kiosk"), me, at=NOW)
    assert len(events_of(shop, [me])) == 1
    kept(shop, replace(SEEN, message_id="m-2", visitor="kiosk", record_id=you))
    assert events_of(shop, [me]) == []
    assert [one.message_id for one in events_of(shop, [you])] == ["m-2"]


def test_records_that_became_one_person_share_a_device(shop: Tx) -> None:
    me, you = record(shop, "M-001"), record(shop, "M-002")
    kept(shop, replace(SEEN, visitor="phone"))
    bind(shop, ("ec", "phone"), me, at=NOW)
    bind(shop, ("ec", "phone"), you, at=NOW)
    shop.execute(
        "UPDATE customers_personof SET person_id = (SELECT person_id FROM customers_personof"
        " WHERE record_id = %s) WHERE record_id = %s",
        [me, you],
    )
    assert len(events_of(shop, [me, you])) == 1


@pytest.mark.parametrize("seed", range(3))
def test_what_came_first_does_not_matter(shop: Tx, seed: int) -> None:
    me = record(shop, "M-003")
    story = [
        replace(SEEN, message_id=f"s-{n}", visitor="v", occurred_at=NOW - timedelta(hours=n))
        for n in range(6)
    ]
    story[2] = replace(story[2], record_id=me)
    random.Random(seed).shuffle(story)
    for one in story:
        kept(shop, one)
    assert [one.message_id for one in events_of(shop, [me])] == [f"s-{n}" for n in range(6)]
    (seen,) = shop.rows("SELECT first_at, last_at FROM behaviour_login")
    assert seen == (NOW - timedelta(hours=2),) * 2


def test_eight_at_once_with_one_batch_keep_it_once(fresh_db: FreshDatabase) -> None:
    """New months, new visitors and new logins, by eight threads at the same moment."""
    with tx() as t:
        world.open_shop(t, live=False)
        me = record(t, "M-001")
    batch = [
        replace(
            SEEN,
            message_id=f"r-{n}",
            visitor=f"v-{n % 5}",
            record_id=me if n % 3 == 0 else None,
            occurred_at=NOW - timedelta(days=10 * (n % 12)),
        )
        for n in range(120)
    ]
    start, answers = threading.Barrier(8), []

    def send(seed: int) -> None:
        mine = list(batch)
        random.Random(seed).shuffle(mine)
        start.wait()
        with tx() as t:
            answers.append(keep(t, mine, actor=ACTOR, recorded_at=NOW))
        connection.close()

    threads = [threading.Thread(target=send, args=[n]) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 8
    assert sum(not one.repeated for each in answers for one in each) == 120
    with tx() as t:
        assert t.value("SELECT count(*) FROM behaviour_event") == 120
        assert t.value("SELECT count(*) FROM behaviour_visitor") == 5
        assert t.value("SELECT count(*) FROM behaviour_login") == 5
