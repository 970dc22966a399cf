"""R-129: what waits to be decided, and how often it happens, per channel and cause."""

from datetime import timedelta
from uuid import UUID

import pytest

from goen.kit.db import Tx
from goen.orders import exceptions, to_decide
from goen.orders.counting import count
from goen.orders.exceptions import NewException, Resolution
from tests import world
from tests.orders.afar import kept
from tests.orders.test_exceptions import taken
from tests.stock.shelf import counting

pytestmark = pytest.mark.usefixtures("tx_db")
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
BAR = "KASHI-01"
HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def broken(t: Tx, n: int) -> None:
    """An order whose single unit a till took."""
    world.stocked(t, BAR, 1)
    kept(t, (BAR, 1), at="shibuya")
    answer = taken(t, UUID(int=n), BAR, 1)
    exceptions.open_broken(t, [(UUID(int=n), answer.broken)], recorded_at=world.NOW + n * HOUR)


def test_rates_are_per_channel_code_and_cause_beside_all_documents(shop: Tx) -> None:
    broken(shop, 1)
    broken(shop, 2)
    world.stocked(shop, BAR, 9, "web")
    kept(shop, (BAR, 1))
    world.sold(shop, world.sale((BAR, 1), place="kichijoji"))
    day = world.NOW.date()
    (rate,) = to_decide.rates(shop, first_on=day - timedelta(days=9), last_on=day)
    assert (rate.channel, rate.code, rate.cause) == ("ec", "promise_broken", "order")
    assert (rate.exceptions, rate.documents, rate.rate) == (2, 3, 2 / 3)
    assert to_decide.rates(shop, first_on=day + timedelta(1), last_on=day + timedelta(9)) == []


def test_causes_are_ranked(shop: Tx) -> None:
    for n in (1, 2):
        broken(shop, n)
    world.stocked(shop, BAR, 1)
    kept(shop, (BAR, 1), at="shibuya")
    count(shop, [counting((BAR, 0))], **BY)
    day = world.NOW.date()
    found = to_decide.rates(shop, first_on=day, last_on=day)
    assert [(r.cause, r.exceptions) for r in found] == [("order", 2), ("count", 1)]


def test_the_list_is_by_age_and_can_be_narrowed(shop: Tx) -> None:
    for n in (1, 2):
        broken(shop, n)
    exceptions.open_for(
        shop, [NewException("payment_failed", UUID(int=9))], recorded_at=world.NOW + 9 * HOUR
    )
    first, second, third = to_decide.waiting(shop)
    assert (first.opened_at, third.code) == (world.NOW + HOUR, "payment_failed")
    assert (first.sku_code, first.place_code, first.qty, first.cause) == (
        BAR,
        "shibuya",
        1,
        "order",
    )
    assert to_decide.waiting(shop, code="payment_failed") == [third]
    assert to_decide.waiting(shop, place="shibuya") == [first, second]
    assert to_decide.waiting(shop, place="web") == []
    assert to_decide.waiting(shop, older_than=world.NOW + 2 * HOUR) == [first]
    assert to_decide.waiting(shop, order_id=second.order_id) == [second]
    assert to_decide.waiting(shop, limit=1) == [first]
    assert to_decide.count_waiting(shop) == 3
    exceptions.resolve(shop, [Resolution(second.id, "dismissed")], **BY)
    exceptions.resolve(shop, [Resolution(first.id, "cancelled")], **BY)
    assert [d.id for d in to_decide.decided(shop)] == [second.id, first.id]
    assert [d.id for d in to_decide.decided(shop, before=second.id)] == [first.id]
    assert [d.id for d in to_decide.of_order(shop, second.order_id or 0)] == [second.id]
    assert to_decide.count_waiting(shop) == 1
