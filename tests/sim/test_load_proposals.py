"""Proposals of the simulated shop: the product's own, shown and taken in the week before."""

from datetime import date, timedelta

from goen.insight import candidates, lake, parts, ranks
from goen.insight.analyst import Analyst
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import automation, proposals_taking
from sim import load as loading
from sim import load_proposals, load_touches
from sim.miyabido import build

END = date(2026, 11, 20)


def test_proposals_are_made_shown_and_taken_once_and_then_the_switch_is_on(fresh_db, monkeypatch):
    needed = (ranks.store_ranks, candidates.store_candidates)
    monkeypatch.setattr(parts, "STANDING", needed)
    world = build(end=END, count=700, months=3)
    loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None)
    with tx() as t:
        assert not automation.is_on(t)
    load_touches.load(world)
    loading.load_rest(world, shop=fresh_db.shop, report=lambda *_: None)
    analyst = Analyst(lake.folder_of(fresh_db.shop))
    analyst.catch_up(recorded_at=clock.now())
    analyst.refresh(recorded_at=clock.now())
    for _ in range(2):
        load_proposals.load(world)
        with tx() as t:
            assert automation.is_on(t)
            made = t.value("SELECT min(made_at AT TIME ZONE 'Asia/Tokyo')::date"
                           " FROM marketing_proposal")  # fmt: skip
            assert made == END - timedelta(days=load_proposals.DAYS)
            shown = t.value("SELECT count(*) FROM marketing_showing WHERE \"where\" = 'till'")
            sales = [
                row[0] for row in t.rows("SELECT uid FROM orders_order WHERE source_no ~ '-3-'")
            ]
    assert shown > len(sales) > 0
    with tx() as t:
        assert sum(proposals_taking.take(t, uid) for uid in sales) == len(sales)
