"""What people of the simulated shop did and agreed to enters by the verbs, once."""

from datetime import date

import pytest

from goen.kit.db import tx
from sim import consents, load_consents, load_touches, touches, whys
from sim import load as loading
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=150, months=2)


def value(sql: str):
    with tx() as t:
        return t.value(sql)


def test_touches_and_consents_are_kept_once_under_who_they_are(fresh_db, world):
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
    noted = list(whys.whys(world))
    assert {one.basis for one in noted} == {"stated", "staff"}
    assert value("SELECT count(*) FROM behaviour_reason WHERE basis <> 'inferred'") == len(noted)

    said = list(consents.said(world))
    for _ in range(2):
        assert load_consents.load(world) == len(said)
        assert value("SELECT count(*) FROM customers_consent") == len(said)
    assert value("SELECT max(version) FROM customers_wording WHERE code = 'mail'") == 2
    may = value(
        "SELECT count(*) FROM customers_consent WHERE channel = 'mail' AND granted"
        " AND wording_id IS NOT NULL"
    )
    assert may == sum(one.granted and one.channel == "mail" for one in said)
