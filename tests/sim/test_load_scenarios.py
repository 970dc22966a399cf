"""The shop's scenarios have been going on, by the product's own hand, with known truth."""

from datetime import date

import pytest

from goen.kit.db import tx
from goen.orders.selling import sell
from sim import flows, load_campaigns, load_consents, load_scenarios
from sim import load as loading
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=300, months=2)


def rows(sql: str):
    with tx() as t:
        return t.rows(sql)


class Killed(Exception):  # noqa: N818  it is no error of the loader
    """The loader's process is gone."""


def _sold_until(left, *given, **more):
    """Sell, until so many batches are sold."""
    if not left[0]:
        raise Killed
    left[0] -= 1
    return sell(*given, **more)


def test_whoever_was_mailed_entered_and_whoever_came_was_mailed(fresh_db, world, monkeypatch):
    """R-082: nobody observed is written to; only who got the last mail comes because of it.

    The loader is killed after its first answer, and started again: all of them come.
    """
    loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None, afar=False)
    load_consents.load(world)
    load_campaigns.load(world)
    came = f"SELECT count(*) FROM orders_order WHERE source_no LIKE '{flows.SECOND.code}-%%'"
    with monkeypatch.context() as patched:
        left = [1]
        patched.setattr(load_scenarios, "_BATCH", 1)
        patched.setattr(load_scenarios, "sell", lambda *a, **k: _sold_until(left, *a, **k))
        with pytest.raises(Killed):
            load_scenarios.load(world)
    assert rows(came) == [(1,)]
    stood = None
    for _ in range(2):
        load_scenarios.load(world)
        found = rows(
            "SELECT v.title, j.state, j.cause, count(*) FROM marketing_journey j"
            " JOIN marketing_scenario s ON s.id = j.scenario_id JOIN marketing_version v"
            " ON v.measure_id = s.measure_id AND v.n = 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        assert stood in (None, found), "loaded again, nothing changes"
        stood = found
    assert {state for _, state, _, _ in stood} >= {"going", "done", "left", "observed"}
    mailed = rows(
        "SELECT j.arm, count(*) FROM marketing_stepdone x JOIN marketing_journey j"
        " ON j.id = x.journey_id WHERE x.delivery_id IS NOT NULL GROUP BY 1"
    )
    assert [arm for arm, _ in mailed] == ["treated"]
    came = rows(
        "SELECT count(*), count(d.id) FROM orders_order o LEFT JOIN marketing_delivery d"
        " ON d.record_id = o.record_id AND d.state = 'sent' AND d.sent_at < o.occurred_at"
        f" WHERE o.source_no LIKE '{flows.SECOND.code}-%%'"
    )
    assert came[0][0] > 1, "not only what came before it was killed"
    assert came[0][1] >= came[0][0]
