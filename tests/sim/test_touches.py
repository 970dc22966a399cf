"""What people of the simulated shop did and agreed to: known truth, the same each time."""

from datetime import date, timedelta

import pytest

from sim import afar, consents, touches
from sim.miyabido import World, build

END = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=500, months=6)


def test_the_same_seed_and_date_are_the_same_touches(world: World) -> None:
    again = build(end=END, count=500, months=6)
    assert list(touches.sessions(world)) == list(touches.sessions(again))
    assert list(consents.said(world)) == list(consents.said(again))


def test_every_touch_has_an_id_of_its_own_and_lies_in_the_weeks_told(world: World) -> None:
    told = [one for session in touches.sessions(world) for one in session.touches]
    assert len({one.uid for one in told}) == len(told)
    assert {one.kind for one in told} == {"visit", "search", "view", "cart", "ask", "use"}
    first = END - timedelta(days=touches.DAYS)
    assert all(first <= one.at.date() <= END for one in told)


def test_before_a_web_purchase_stands_what_was_bought_and_what_was_left(world: World) -> None:
    bought = {
        r.uid: (r.occurred_at, {line.sku_code for line in r.lines})
        for r in world.receipts(since=END - timedelta(days=touches.DAYS - 1))
    }
    bought |= {o.uid: (o.at, {i.sku_code for i in o.items}) for o in afar.ordered(world)}
    ended = [one for one in touches.sessions(world) if one.bought is not None]
    assert len(ended) > 30
    assert any(one.left for one in ended)
    for one in ended:
        at, codes = bought[one.bought]
        assert all(touch.at < at for touch in one.touches)
        assert not one.left & codes
        seen = {touch.sku_code for touch in one.touches if touch.kind in {"view", "ask"}}
        carts = {touch.sku_code for touch in one.touches if touch.kind == "cart"}
        assert one.left <= seen
        if one.source == "ec":
            assert codes <= seen
            assert codes <= carts


def test_whoever_bought_up_the_hit_looks_for_boxes(world: World) -> None:
    words = [t.words for s in touches.sessions(world) for t in s.touches if t.kind == "search"]
    assert any(word.endswith(" 箱") for word in words)


def test_nobody_agrees_before_joining_and_each_yes_has_its_proof(world: World) -> None:
    records = {(r.source, r.source_key): r for r in world.records()}
    told = list(consents.said(world))
    texts = {(one.code, one.version) for one in consents.wordings(world)}
    assert len({one.uid for one in told}) == len(told)
    for one in told:
        record = records[one.source, one.key]
        assert record.joined_on <= one.at.date() <= END
        assert one.wording is None or one.wording in texts
        assert one.wording or one.evidence
        assert one.source != "mall"
        assert one.channel != "mail" or record.mail
    yes = {(o.source, o.key) for o in told if o.channel == "mail" and o.granted}
    no = {(o.source, o.key) for o in told if o.channel == "mail" and o.way == "link"}
    assert no
    assert no < yes
