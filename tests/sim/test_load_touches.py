"""What people of the simulated shop did enters by the verbs, once, under who they are."""

from datetime import date

import pytest

from goen.kit.db import tx
from sim import load as loading
from sim import load_touches, touches
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=150, months=2)


def value(sql: str):
    with tx() as t:
        return t.value(sql)


def test_every_touch_is_kept_once_and_most_lead_to_a_record(fresh_db, world):
    loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None, afar=False)
    told = [touch for one in touches.sessions(world) for touch in one.touches]
    for _ in range(2):
        assert load_touches.load(world) == len(told)
        assert value("SELECT count(*) FROM behaviour_event") == len(told)
    goods = value("SELECT count(*) FROM behaviour_event WHERE sku_id IS NOT NULL")
    assert goods == sum(bool(touch.sku_code) for touch in told)
    nobody = value(
        "SELECT count(*) FROM behaviour_event e WHERE record_id IS NULL AND NOT EXISTS"
        " (SELECT FROM behaviour_login l WHERE l.visitor_id = e.visitor_id)"
    )
    assert 0 < nobody < len(told) / 3
