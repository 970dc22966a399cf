"""R-126, R-128, R-130 … R-132: one flow, its deviations declared, nobody stuck unseen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders import flow, flow_versions
from goen.orders.flow import Deviation
from goen.orders.flow_versions import FLOWS
from goen.orders.stuck import people, stuck
from tests import world
from tests.orders.afar import kept
from tests.orders.placed import one_placed, order

ONE = FLOWS[1]
STATES = {"placed", "ready", "part", "done", "cancelled"}
KINDS = {"ship", "hand_over", "ready", "reroute", "cancel", "break", "take_back"}


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "KASHI-01", 100, "web")
    return t


@pytest.mark.parametrize("route", [*flow.ROUTES, "store"])
def test_every_state_leads_to_an_end_on_every_route(route: str) -> None:
    """R-128: an order never lands where nothing leads on, and ends stay ends."""
    allowed = flow.transitions(ONE, route)
    reached, before = {flow.BEGINNING}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for state, _, after in allowed if state in reached}
    assert reached - {flow.BEGINNING} <= STATES
    for state in reached & {"placed", "ready", "part"}:
        step = flow.next_step(ONE, route, state)
        assert step is not None, (route, state)
        assert step.limit is not None
    assert {code for state, code, _ in allowed if state in {"done", "cancelled"}} <= {"take_back"}


def test_every_kind_of_slip_is_a_step_with_words_in_both_languages() -> None:
    """R-132: what is to be done stands in the flow, not in a head."""
    steps = {s.code: s for d in ONE.deviations for s in d.instead} | {s.code: s for s in ONE.steps}
    assert set(steps) == KINDS | {"place", "sell"}
    for step in steps.values():
        for texts in (step.name, step.who, step.instruction):
            assert texts["ja"], step.code
            assert texts["en"], step.code


def test_deviations_are_counted_and_their_reasons_shown() -> None:
    """R-130: store, EC and mall side by side."""
    assert {r: flow.deviations(ONE, r) for r in ("ec", "store", "mall", "collect")} == {
        "ec": 0,
        "store": 1,
        "mall": 1,
        "collect": 1,
    }
    assert flow.deviations(ONE) == 3
    rows = {d.code: d for d in flow.diff(ONE, "ec", "mall")}
    assert [code for code, d in rows.items() if not d.same] == ["place"]
    assert "mall" in rows["place"].reasons[0]["en"]
    store = {d.code: d for d in flow.diff(ONE, "ec", "store")}
    assert (store["ship"].b, store["sell"].a, store["take_back"].same) == (None, None, True)
    assert all(d.reasons for d in store.values() if not d.same)


def test_a_route_is_how_it_reaches_the_shopper_before_where_it_was_ordered() -> None:
    routes = [
        flow.route_of(kind=kind, channel_kind=channel, method=method)
        for kind, channel, method in (
            ("sale", "store", None),
            ("order", "mall", "ship"),
            ("order", "mall", "collect"),
            ("order", "store", "ship"),
            ("order", "ec", "ship"),
        )
    ]
    assert routes == ["store", "mall", "collect", "ec", "ec"]


def test_a_path_that_skips_a_step_is_none() -> None:
    collected = [("place", "placed"), ("ready", "ready"), ("hand_over", "done")]
    assert flow.is_path(ONE, "collect", collected)
    assert flow.is_path(ONE, "ec", [("place", "placed"), ("ship", "part"), ("cancel", "done")])
    assert not flow.is_path(ONE, "ec", collected)
    assert not flow.is_path(ONE, "ec", [("ship", "done")])
    assert not flow.is_path(ONE, "ec", [("place", "placed"), ("cancel", "cancelled"),
                                        ("ship", "done")])  # fmt: skip


def test_old_orders_keep_the_version_they_began_with(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-126: a second version gives two weeks to send; the order of the first is late by then."""
    old = kept(shop, ("KASHI-01", 1))
    ship = replace(flow_versions.SHIP, limit=timedelta(days=14))
    steps = tuple(ship if s.code == "ship" else s for s in ONE.steps)
    monkeypatch.setitem(FLOWS, 2, replace(ONE, version=2, steps=steps))
    assert flow_versions.current().version == 2
    new = one_placed(shop, order(("KASHI-01", 1), source="web", occurred_at=world.NOW))
    versions = shop.rows("SELECT uid, flow_version FROM orders_order WHERE kind = 'order'")
    assert dict(versions) == {old: 1, new: 2}
    found = stuck(shop, at=world.NOW + timedelta(days=3))
    assert [(s.uid, s.step.code, s.late_by) for s in found] == [(old, "ship", timedelta(days=1))]
    later = stuck(shop, at=world.NOW + timedelta(days=15))
    assert [(s.uid, s.late_by.days) for s in later] == [(old, 13), (new, 1)]


def test_a_version_says_which_routes_deviate() -> None:
    more = Deviation("sns", ("ship",), (flow_versions.SHIP,), {"ja": "x", "en": "x"})
    assert flow.routes(replace(ONE, deviations=(*ONE.deviations, more)))[-1] == "sns"


def test_an_order_is_stuck_by_its_route_and_not_before_the_day_it_is_wanted(shop: Tx) -> None:
    world.stocked(shop, "KASHI-01", 5, "shibuya")
    sent, wanted = kept(shop, ("KASHI-01", 1)), kept(shop, ("KASHI-01", 1))
    fetched = kept(shop, ("KASHI-01", 1), at="shibuya", method="collect")
    shop.execute(
        "UPDATE orders_delivery SET wanted_on = %s WHERE order_id ="
        " (SELECT id FROM orders_order WHERE uid = %s)",
        [world.NOW.date() + timedelta(days=10), wanted],
    )
    assert stuck(shop, at=world.NOW + timedelta(hours=23)) == []
    found = stuck(shop, at=world.NOW + timedelta(days=3))
    assert [(s.uid, s.route, s.step.code) for s in found] == [
        (fetched, "collect", "ready"),
        (sent, "ec", "ship"),
    ]
    shop.execute("UPDATE orders_order SET state = 'ready' WHERE uid = %s", [fetched])
    assert [s.uid for s in stuck(shop, at=world.NOW + timedelta(days=3))] == [sent]


def test_a_step_that_one_person_does_is_a_warning(shop: Tx) -> None:
    """R-131: only Sato ships."""
    order = shop.value("SELECT id FROM orders_order WHERE uid = %s", [kept(shop, ("KASHI-01", 5))])
    for days, actor in ((1, "staff:sato"), (2, "staff:sato"), (95, "staff:ito"), (3, "key:ec")):
        shop.execute(
            """
            INSERT INTO orders_slip (uid, order_id, kind, reason, carrier, tracking_no,
              total_minor, occurred_at, recorded_at, business_date, fingerprint, actor)
            VALUES (%s, %s, 'ship', '', '', '', 0, %s, %s, %s, '', %s)
            """,
            [ids.new_id(), order, *[world.NOW - timedelta(days=days)] * 3, actor],
        )
    found = people(shop, at=world.NOW)
    assert (found["ship"].acts, found["ship"].names) == (3, ("sato",))
    assert found["ship"].rests_on_one
    assert not found["reroute"].rests_on_one
    assert found["reroute"].acts == 0
