"""Goods that came back, codes on paper, and tills that were late: as the world tells them."""

from collections import Counter
from datetime import date, timedelta

import pytest

from goen.kit.db import tx
from goen.ledger import checks as ledger
from goen.orders import checks as orders
from goen.stock import checks as stock
from sim import load as loading
from sim import load_returns, papers, purses, returning
from sim.masters import CREWS
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=1_200, months=2)


def rows(sql: str):
    with tx() as t:
        return t.rows(sql)


def test_returns_are_the_same_each_time_and_some_go_elsewhere(world: World) -> None:
    told = list(returning.returns(world))
    assert told == list(returning.returns(world))
    bought = {r.uid: r for r in world.receipts(since=world.window[0])}
    elsewhere = Counter(one.place_code != bought[one.document].place_code for one in told)
    assert elsewhere[True] > 2
    assert elsewhere[False] > 2
    for one in told:
        sale = bought[one.document]
        assert sale.occurred_at < one.at
        assert one.at.date() <= END
        assert one.line < len(sale.lines)
        assert one.staff_code in {code for crew in CREWS.values() for code in crew}
    share = len(told) / sum(r.source in {"pos", "ec"} for r in bought.values())
    assert 0.004 < share < 0.02


def test_a_late_till_hands_its_sales_on_later_and_loses_none(world: World) -> None:
    since = world.window[0]
    sent, told = list(world.sent(since=since)), list(world.receipts(since=since))
    assert sorted(one.uid for one in sent) == sorted(one.uid for one in told)
    assert [one.sent_at for one in sent] == sorted(one.sent_at for one in sent)
    late = [one for one in told if one.late_by]
    assert late
    assert all(one.till_code for one in late)
    assert max(one.late_by for one in late) <= timedelta(days=1)
    assert [one.uid for one in sent] != [one.uid for one in told]


def test_they_enter_once_and_the_books_are_right(fresh_db, world: World) -> None:
    loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None)
    told = list(returning.returns(world))
    for _ in range(2):
        assert load_returns.load(world) == len(told)
        ((count,),) = rows(
            "SELECT count(*) FROM orders_slip s JOIN orders_order o ON o.id = s.order_id"
            " WHERE s.kind = 'take_back' AND o.source_no !~ 'EO-'"
        )
        assert count == len(told)
    used = [one for one in purses.used(world).values() if one.coupon == papers.FLYER.number]
    places = dict(
        rows(
            "SELECT p.code, count(*) FROM orders_couponuse u JOIN orders_order o"
            " ON o.id = u.order_id JOIN places_place p ON p.id = o.place_id"
            f" WHERE u.number = '{papers.FLYER.number}' GROUP BY 1"
        )
    )
    assert sum(places.values()) == len(used) > 0
    assert places.keys() <= set(papers.FLYER.places)
    with tx() as t:
        assert [*ledger.broken(t), *stock.broken(t), *orders.broken(t)] == []
