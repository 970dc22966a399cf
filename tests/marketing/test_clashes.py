"""Contradictions between measures: G-07 as it stands (R-123), deliberate variety (R-124), R-037."""

import itertools
import random
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.marketing import axes, clashes, measures
from goen.marketing.clashes import Accepted
from goen.marketing.clashes_rules import Clash, Voice, counted
from goen.marketing.clashes_rules import clashes as among
from goen.marketing.measures import Launched
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
    axis(Tx(), "A", "軽い")
    axis(Tx(), "B", "丈夫")
    return Tx()


def sku(t: Tx, code: str = "CHA-01") -> int:
    return int(t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def people(t: Tx) -> list[int]:
    return [row[0] for row in t.rows("SELECT person_id FROM customers_personof ORDER BY 1")]


def chosen(*ids: int) -> dict[str, Any]:
    return {"all": [{"field": "person", "ids": list(ids)}]}


def seen(t: Tx) -> list[tuple[Any, ...]]:
    return t.rows(
        """
        SELECT f.kind, a.number, b.number, x.code, y.code, f.channels_a, f.channels_b, f.skus,
               f.opposed, f.overlap, f.starts_on, f.ends_on
        FROM marketing_finding f JOIN marketing_measure a ON a.id = f.measure_a_id
        JOIN marketing_measure b ON b.id = f.measure_b_id
        JOIN marketing_axis x ON x.id = f.axis_a_id JOIN marketing_axis y ON y.id = f.axis_b_id
        WHERE f.gone_at IS NULL ORDER BY f.id
        """
    )


def test_sns_says_a_and_the_ad_says_only_b(t: Tx) -> None:
    """G-07: both measures, both points, the days they share; whoever passes by may hear both."""
    about = (sku(t),)
    live(t, measure(placement("sns", "A"), title="SNSの施策", skus=about))
    days = {"starts_on": FIRST + timedelta(days=5), "ends_on": LAST + timedelta(days=5)}
    ad = drafted(t, measure(placement("ad", "B"), title="広告の施策", skus=about, **days))
    answer = measures.launch(t, ad, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, dict(answer.detail)) == (
        "clash_open",
        {"number_a": 1, "number_b": 2, "axis_a": {"ja": "軽い", "en": "A"},
         "axis_b": {"ja": "丈夫", "en": "B"}},
    )  # fmt: skip
    assert seen(t) == [
        ("axes", 1, 2, "A", "B", ["sns"], ["ad"], list(about), False, None,
         FIRST + timedelta(days=5), LAST)
    ]  # fmt: skip
    assert t.value("SELECT state FROM marketing_measure WHERE number = 2") == "draft"


def test_an_ad_that_says_both_is_clear(t: Tx) -> None:
    live(t, measure(placement("sns", "A")))
    live(t, measure(placement("ad", "A"), placement("ad", "B")))
    assert seen(t) == []


def test_one_measure_may_contradict_itself(t: Tx) -> None:
    uid = drafted(t, measure(placement("sns", "A"), placement("ad", "B")))
    answer = measures.launch(t, uid, **BY)
    assert isinstance(answer, Refusal)
    assert (answer.detail["number_a"], answer.detail["number_b"]) == (1, 1)


@pytest.mark.parametrize("why", ["days", "products", "point's products", "the same point"])
def test_what_does_not_meet_is_clear(t: Tx, why: str) -> None:
    tea, bowl = sku(t), sku(t, "UTSUWA-01")
    axis(t, "C", skus=(bowl,))
    live(t, measure(placement("sns", "A"), skus=(tea,)))
    days = {"starts_on": LAST + timedelta(days=1), "ends_on": LAST + timedelta(days=9)}
    other = {
        "days": measure(placement("ad", "B"), skus=(tea,), **days),
        "products": measure(placement("ad", "B"), skus=(bowl,)),
        "point's products": measure(placement("ad", "C")),
        "the same point": measure(placement("ad", "A"), skus=(tea,)),
    }[why]
    live(t, other)
    assert seen(t) == []


def test_opposed_points_are_unclear_even_beside_a_shared_one(t: Tx) -> None:
    axes.oppose(t, "B", "A", **BY)
    live(t, measure(placement("sns", "A")))
    both = drafted(t, measure(placement("ad", "A"), placement("ad", "B")))
    answer = measures.launch(t, both, **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "clash_open"
    assert {row[8] for row in seen(t)} == {True}


def test_mails_clash_over_the_people_who_get_both(t: Tx) -> None:
    everyone = people(t)
    live(t, measure(placement("mail", "A"), conditions=chosen(*everyone[:4])))
    apart = measure(placement("mail", "B"), conditions=chosen(*everyone[4:]))
    live(t, apart)
    both = drafted(t, measure(placement("mail", "B"), conditions=chosen(*everyone[2:5])))
    answer = measures.launch(t, both, **BY)
    assert isinstance(answer, Refusal)
    assert answer.detail["number_a"] == 1
    assert [(row[1], row[2], row[9]) for row in seen(t)] == [(1, 3, 2)]


def test_two_stores_do_not_write_to_one_customer_unawares(t: Tx) -> None:
    """R-037: the same point, two stores, one customer: listed before anything is sent."""
    everyone = people(t)
    shibuya = placement("mail", "A", place="shibuya")
    live(t, measure(shibuya, conditions=chosen(*everyone[:3])))
    kichijoji = placement("dm", "A", place="kichijoji")
    other = drafted(t, measure(kichijoji, conditions=chosen(*everyone[2:])))
    answer = measures.launch(t, other, **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "clash_open"
    assert [(row[0], row[1], row[2], row[9]) for row in seen(t)] == [("offers", 1, 2, 1)]


def test_accepted_with_a_reason_and_an_end_it_leaves_the_list_and_not_the_record(t: Tx) -> None:
    """R-124: and after its end it is open again."""
    live(t, measure(placement("sns", "A")))
    other = drafted(t, measure(placement("ad", "B")))
    measures.launch(t, other, **BY)
    finding = int(t.value("SELECT id FROM marketing_finding"))
    until = TODAY + timedelta(days=5)
    for given, code, field in (
        ({"why": " ", "until": until}, "accepting_needs_why", "why"),
        ({"why": "多様性", "until": TODAY - timedelta(days=1)}, "days_over", "until"),
        ({"why": "多様性", "until": TODAY + timedelta(days=400)}, "too_far", "until"),
    ):
        answer = clashes.accept(t, finding, **given, **BY)  # type: ignore[arg-type]
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.field) == (code, field)
    accepted = clashes.accept(t, finding, why="年代別に訴える", until=until, **BY)
    assert accepted == Accepted(finding, until)
    assert isinstance(measures.launch(t, other, **BY), Launched)
    found = clashes.find(t, at=world.NOW)
    assert clashes.still_open(t, found, today=until) == []
    assert clashes.still_open(t, found, today=until + timedelta(days=1)) == found
    assert t.value("SELECT count(*) FROM kit_trail WHERE kind = 'finding'") == 1
    with pytest.raises(IntegrityError), savepoint():
        t.execute("DELETE FROM marketing_finding")


def test_the_daily_look_finds_what_came_later_and_closes_what_went(t: Tx) -> None:
    axes.oppose(t, "A", "B", **BY)
    axes.reconcile(t, "A", "B", **BY)
    live(t, measure(placement("sns", "A")))
    live(t, measure(placement("ad", "A"), placement("ad", "B")))
    assert clashes.look(t, recorded_at=world.NOW) == (0, 0)
    axes.oppose(t, "A", "B", **BY)
    assert clashes.look(t, recorded_at=world.NOW)[0] == 2  # with the other one, and within itself
    axes.reconcile(t, "A", "B", **BY)
    later = world.NOW + timedelta(days=1)
    assert clashes.look(t, recorded_at=later) == (0, 2)
    assert t.rows("SELECT DISTINCT gone_at FROM marketing_finding") == [(later,)]


def test_a_new_placement_of_a_live_measure_is_held_to_the_same(t: Tx) -> None:
    live(t, measure(placement("sns", "A")))
    uid = live(t, measure(placement("ad", "A")))
    answer = measures.place(t, uid, placement("flyer", "B"), **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "clash_open"
    assert t.value("SELECT count(*) FROM marketing_placement") == 2
    assert len(seen(t)) == 2  # with the other measure, and with its own ad


def test_of_two_that_contradict_and_launch_at_once_one_waits(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        axis(t, "A")
        axis(t, "B")
        uids = [drafted(t, measure(placement(*one))) for one in (("sns", "A"), ("ad", "B"))]
    answers: list[object] = []
    ready = threading.Barrier(2)

    def launch(uid: Any) -> None:
        ready.wait(10)
        with tx() as t:
            answers.append(measures.launch(t, uid, **BY))
        connection.close()

    threads = [threading.Thread(target=launch, args=(uid,)) for uid in uids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(one).__name__ for one in answers) == ["Launched", "Refusal"]


# the rule itself


def naive(voices: list[Voice], opposed: set[frozenset[int]]) -> set[tuple[int, int, int, int]]:
    """Day by day and product by product: who says what, and who never says it."""
    found = set()
    goods = (1, 2, 3)
    for i, j in itertools.combinations(range(len(voices)), 2):
        a, b = sorted((voices[i], voices[j]), key=lambda v: (v.measure_id, v.axis_id))
        days = [a.first_on + timedelta(days=n) for n in range(60)]
        days = [day for day in days if day <= a.last_on and b.first_on <= day <= b.last_on]
        meets = [p for p in goods if all(v.skus is None or p in v.skus for v in (a, b))]
        if not days or not meets or a.axis_id == b.axis_id:
            continue
        said = [
            {
                v.axis_id
                for v in voices
                if (v.measure_id, v.channel) == (side.measure_id, side.channel)
                and any(v.first_on <= day <= v.last_on for day in days)
                and (v.skus is None or side.skus is None or v.skus & side.skus)
            }
            for side in (a, b)
        ]
        one_scope = (a.skus is None) is (b.skus is None)
        if frozenset((a.axis_id, b.axis_id)) in opposed or (one_scope and not said[0] & said[1]):
            found.add((a.measure_id, b.measure_id, a.axis_id, b.axis_id))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_rule_is_the_one_a_careful_reader_would_apply(seed: int) -> None:
    draw = random.Random(seed)
    start = date(2026, 11, 1)
    voices = []
    for _ in range(7):
        first = start + timedelta(days=draw.randrange(20))
        skus = draw.choice((None, frozenset({1}), frozenset({2, 3}), frozenset({1, 3})))
        channel = draw.choice(("sns", "ad", "flyer"))
        voices.append(
            Voice(draw.randint(1, 3), channel, draw.randint(1, 3), skus, first,
                  first + timedelta(days=draw.randrange(10)))
        )  # fmt: skip
    opposed = {frozenset((1, 2))} if draw.random() < 0.5 else set()
    found = among(voices, [tuple(sorted(pair)) for pair in opposed])
    keys = {(c.measure_a, c.measure_b, c.axis_a, c.axis_b) for c in found}
    assert keys == naive(voices, opposed)
    for measure_id in (1, 2, 3):
        its = [c for c in found if measure_id in (c.measure_a, c.measure_b)]
        assert among(voices, [tuple(sorted(pair)) for pair in opposed], of=measure_id) == its


def test_mails_to_nobody_alike_are_no_clash() -> None:
    day = date(2026, 11, 20)
    clash = Clash("axes", 1, 2, 1, 2, ("mail",), ("line",), None, False, day, day, True)
    assert counted(clash, {1: frozenset({1, 2}), 2: frozenset({3})}) is None
    two = counted(clash, {1: frozenset({1, 2, 3}), 2: frozenset({2, 3})})
    assert two is not None
    assert two.overlap == 2
    assert counted(clash, {1: frozenset({1}), 2: None}) == clash
