"""The simulated orders from afar: some of every fate, by the verbs, the same each time."""

from datetime import date, datetime, time

import pytest

from goen.kit.db import tx
from goen.ledger import checks as ledger
from goen.orders import checks as orders
from goen.stock import checks as stock
from sim import afar, purses
from sim import load as loading
from sim.miyabido import ZONE, World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=150, months=3)


def value(sql: str):
    with tx() as t:
        return t.value(sql)


def test_the_same_world_has_the_same_orders_and_every_fate(world):
    orders_ = afar.ordered(world)
    assert orders_ == afar.ordered(world)
    assert len({one.uid for one in orders_}) == len(orders_)
    closing = datetime.combine(END, time(23), ZONE)
    assert all(one.at <= closing for one in orders_)
    assert all(deed.at <= closing and deed.at > one.at for one in orders_ for deed in one.deeds)
    deeds = {deed.what for one in orders_ for deed in one.deeds}
    assert deeds == {"ship", "ready", "hand_over", "cancel", "take_back"}
    assert any(len(one.deeds) > 1 and one.deeds[1].what == "ship" for one in orders_)
    assert all(not one.deeds for one in orders_ if one.at.date() == END and one.at.hour > 19)
    stories = {world.story_sku(role).code for role in ("hit", "kept", "twin")}
    assert not stories & {item.sku_code for one in orders_ for item in one.items}


def test_they_enter_by_the_verbs_once_and_the_books_are_right(fresh_db, world):
    for _ in range(2):
        loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None)
        assert value("SELECT count(*) FROM orders_order WHERE kind = 'order'") == 1 + len(
            afar.ordered(world)
        )
        assert value("SELECT count(*) FROM orders_slip WHERE kind <> 'break'") == sum(
            len(one.deeds) for one in afar.ordered(world)
        )
        assert value("SELECT count(*) FROM orders_exception WHERE closed_at IS NULL") == 1
        used = purses.used(world).values()
        assert value("SELECT sum(amount_minor) FROM payments_tender WHERE kind = 'points'") == sum(
            one.points for one in used
        )
        assert value("SELECT count(*) FROM orders_couponuse") == sum(bool(o.coupon) for o in used)
    assert value("SELECT count(*) FROM orders_order WHERE state = 'placed'") > 1
    with tx() as t:
        assert [*ledger.broken(t), *stock.broken(t), *orders.broken(t)] == []
