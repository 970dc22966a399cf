"""R-128: whatever is done to orders, every history is a path of the flow they began with."""

from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders import flow, taking_back
from goen.orders.counting import count
from goen.orders.flow_versions import FLOWS
from goen.orders.order import TakeBack
from goen.stock.counts import NewCount
from tests import world
from tests.orders.placed import (
    BY,
    audit,
    cancelled,
    laid_ready,
    one_placed,
    order,
    rerouted,
    ship,
)

ITEM = "KASHI-01"
ACTS = ("ship", "ready", "reroute", "cancel", "take_back", "till", "count")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 1), st.integers(0, 2)), min_size=2, max_size=8
)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 7)
    world.stocked(t, ITEM, 4, "kichijoji")
    return t


def act(t: Tx, what: str, uid: UUID, qty: int, route: str) -> None:
    """Try something; it may well be refused. 0 units are all."""
    parts = ((1, qty),) if qty else ()
    if what == "ship":
        ship(t, uid, *parts, how="hand_over" if route == "collect" else "ship")
    elif what == "ready":
        laid_ready(t, uid)
    elif what == "reroute":
        rerouted(t, uid, ("shibuya", "kichijoji")[qty % 2], *parts)
    elif what == "cancel":
        cancelled(t, uid, *parts)
    elif what == "take_back":
        wish = TakeBack(ids.new_id(), uid, "kichijoji", "other", world.NOW)
        taking_back.take_back(t, [wish], **BY)
    elif what == "count":
        found = NewCount(ids.new_id(), ("shibuya", "kichijoji")[qty % 2], world.NOW, ((ITEM, qty),))
        count(t, [found], **BY)
    else:
        world.sold(t, world.sale((ITEM, qty + 1), place=("shibuya", "kichijoji")[qty % 2]))


def grown(t: Tx, uid: UUID, history: list[tuple[str, str]]) -> None:
    """What happened to an order since: a broken promise, an act, or nothing."""
    kinds = t.rows(
        "SELECT s.kind FROM orders_slip s JOIN orders_order o ON o.id = s.order_id"
        " WHERE o.uid = %s ORDER BY s.id OFFSET %s",
        [uid, len(history) - 1],
    )
    state = t.value("SELECT state FROM orders_order WHERE uid = %s", [uid])
    history += [(kind, state) for (kind,) in kinds]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_every_history_is_a_path_of_the_flow(shop: Tx, steps: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        sent = one_placed(shop, order((ITEM, 3), fee=550))
        fetched = one_placed(shop, order((ITEM, 2), to="shibuya"))
        routes = {sent: "ec", fetched: "collect"}
        histories = {uid: [("place", "placed")] for uid in routes}
        for what, n, qty in steps:
            uid = (sent, fetched)[n]
            act(shop, what, uid, qty, routes[uid])
            for one, history in histories.items():
                grown(shop, one, history)
        broken = audit(shop)
        transaction.set_rollback(True)
    assert broken == []
    for uid, history in histories.items():
        assert flow.is_path(FLOWS[1], routes[uid], history), (routes[uid], history)
