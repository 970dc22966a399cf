"""Orders under fire: many doors for one unit, acts on one order at once, retries, tills."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import connection

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import standing
from goen.orders.cancelling import cancel
from goen.orders.fulfilling import fulfil
from goen.orders.order import (
    Answer,
    Cancellation,
    Fulfilment,
    NewOrder,
    Part,
    Placed,
    Reroute,
    Slipped,
)
from goen.orders.placing import place
from goen.orders.rerouting import reroute
from goen.orders.sale import Sold
from goen.orders.selling import sell
from tests import world
from tests.conftest import FreshDatabase
from tests.orders.placed import AT, BY, free, one_placed, order

T = TypeVar("T")
ITEM = "UTSUWA-01"


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t)
        mall = {"ja": "モール", "en": "Mall"}
        world.places.put_channel(t, code="mall", kind="mall", name=mall, **BY)
    return fresh_db


def together(asked: Sequence[Callable[[Tx], T]]) -> list[T]:
    """Each in a transaction of its own, from threads that start at once."""
    start = threading.Barrier(len(asked))

    def run(one: Callable[[Tx], T]) -> T:
        try:
            start.wait(timeout=60)
            with tx() as t:
                return one(t)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asked)) as pool:
        return [one.result(timeout=120) for one in [pool.submit(run, one) for one in asked]]


def placing(new: NewOrder) -> Callable[[Tx], Placed | Refusal]:
    return lambda t: place(t, [new], **BY)[0]


def shipping(wish: Fulfilment) -> Callable[[Tx], Answer]:
    return lambda t: fulfil(t, [wish], **BY)[0]


def cancelling(wish: Cancellation) -> Callable[[Tx], Answer]:
    return lambda t: cancel(t, [wish], **BY)[0]


def new_order(qty: int = 1) -> UUID:
    with tx() as t:
        return one_placed(t, order((ITEM, qty), fee=550))


def proved() -> None:
    with tx() as t:
        assert audited(t)["broken"] == []


def test_twenty_orders_on_three_channels_for_one_unit(shop: FreshDatabase) -> None:
    """R-099: one is placed, the others are told where it still is; nothing goes below zero."""
    with tx() as t:
        world.stocked(t, ITEM, 1)
        world.stocked(t, ITEM, 3, "kichijoji")
    channels = ("ec", "mall", "store")
    orders = [order((ITEM, 1), channel=channels[n % 3]) for n in range(14)]
    tills = [world.sale((ITEM, 1), handed_over=False) for _ in range(6)]
    asked: list[Callable[[Tx], object]] = [placing(new) for new in orders]
    asked += [lambda t, s=one: sell(t, [s], **BY)[0] for one in tills]
    random.Random(7).shuffle(asked)
    answers = together(asked)
    won = [a for a in answers if isinstance(a, Placed | Sold)]
    lost = [a for a in answers if isinstance(a, Refusal)]
    assert (len(won), len(lost)) == (1, 19)
    assert {a.code for a in lost} == {"short"}
    assert {tuple(w["place"] for w in a.detail["alternatives"]) for a in lost} == {("kichijoji",)}  # type: ignore[attr-defined]
    with tx() as t:
        assert free(t, ITEM) == 0
        assert t.value("SELECT count(*) FROM orders_order") == 1
    proved()


def test_an_order_is_sent_or_cancelled_never_both(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 12)
    for _ in range(12):
        uid = new_order()
        answers = together([
            shipping(Fulfilment(ids.new_id(), uid, "ship", AT)),
            cancelling(Cancellation(ids.new_id(), uid, "shopper", AT)),
        ])  # fmt: skip
        won = [a for a in answers if isinstance(a, Slipped)]
        lost = [a for a in answers if isinstance(a, Refusal)]
        assert [a.code for a in lost] == ["nothing_open"]
        assert [a.total_minor for a in won] == [4_400 + 550]
    proved()


def test_the_same_order_five_times_at_once_is_one(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 5)
    new = order((ITEM, 1), fee=550)
    answers = together([placing(new)] * 5)
    assert sorted(a.repeated for a in answers if isinstance(a, Placed)) == [False] + [True] * 4
    with tx() as t:
        assert free(t, ITEM) == 4
        assert t.value("SELECT count(*) FROM customers_address") == 1
    proved()


def test_the_same_slip_five_times_at_once_is_one(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 5)
    uid = new_order(3)
    answers = together([shipping(Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 1),)))] * 5)
    assert sorted(a.repeated for a in answers if isinstance(a, Slipped)) == [False] + [True] * 4
    with tx() as t:
        assert t.row("SELECT fulfilled FROM orders_standing WHERE line_no = 1") == (1,)
    proved()


def test_three_parcels_of_one_unit_each_at_once_and_only_two_units(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 2)
    uid = new_order(2)
    answers = together([
        shipping(Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 1),))) for _ in range(3)
    ])  # fmt: skip
    codes = Counter(a.code if isinstance(a, Refusal) else a.state for a in answers)
    assert (codes["part"], codes["done"], codes["over_open"] + codes["nothing_open"]) == (1, 1, 1)
    proved()


def test_a_till_has_the_goods_in_the_hand_while_they_are_sent(shop: FreshDatabase) -> None:
    """Whoever is first: the till is never refused, and the order knows whether it was sent."""
    for _ in range(8):
        with tx() as t:
            world.stocked(t, ITEM, 1)
        uid = new_order()
        wish = Fulfilment(ids.new_id(), uid, "ship", AT)
        asked: list[Callable[[Tx], object]] = [shipping(wish)]
        asked.append(lambda t: sell(t, [world.sale((ITEM, 1))], **BY)[0])
        sent, sold = together(asked)
        assert isinstance(sold, Sold)
        if isinstance(sent, Refusal):
            assert sent.code == "hold_gone"
            assert isinstance(together([cancelling(Cancellation(ids.new_id(), uid, "", AT))])[0],
                              Slipped)  # fmt: skip
        with tx() as t:
            assert free(t, ITEM) == 0
    proved()


def test_a_till_never_waits_for_an_order_whose_goods_it_has(shop: FreshDatabase) -> None:
    """The till has the shelf locked and an act the order: each waiting for the other would end
    in the loss of one of them."""
    with tx() as t:
        world.stocked(t, ITEM, 1)
    uid = new_order()
    with tx() as t:
        assert standing.lock(t, [uid])
        (sold,) = together([lambda t: sell(t, [world.sale((ITEM, 1))], **BY)[0]])
    assert isinstance(sold, Sold)
    with tx() as t:
        assert t.value("SELECT count(*) FROM orders_exception") == 1
    proved()


def test_many_acts_on_few_orders_neither_lock_up_nor_lose_anything(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 60)
        world.stocked(t, ITEM, 60, "kichijoji")
        world.stocked(t, "NUNO-01", 60)
        world.stocked(t, "NUNO-01", 60, "kichijoji")
        uids = [one_placed(t, order((ITEM, 5), ("NUNO-01", 4), fee=330)) for _ in range(4)]

    def busy(seed: int) -> list[str]:
        dice, codes = random.Random(seed), []
        for _ in range(12):
            chosen = dice.sample(uids, 2)
            parts = (Part(dice.randint(1, 2), 1),)
            kind = dice.randrange(4)
            with tx() as t:
                if kind == 0:
                    wishes = [Fulfilment(ids.new_id(), u, "ship", AT, parts) for u in chosen]
                    answers: list[object] = list(fulfil(t, wishes, **BY))
                elif kind == 1:
                    given = [Cancellation(ids.new_id(), u, "", AT, parts) for u in chosen]
                    answers = list(cancel(t, given, **BY))
                elif kind == 2:
                    to = dice.choice(["shibuya", "kichijoji"])
                    moved = [Reroute(ids.new_id(), u, to, AT, parts) for u in chosen]
                    answers = list(reroute(t, moved, **BY))
                else:
                    answers = list(place(t, [order((ITEM, 1), ("NUNO-01", 1))], **BY))
            codes += [a.code for a in answers if isinstance(a, Refusal)]
        return codes

    def run(seed: int) -> list[str]:
        try:
            return busy(seed)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        codes = [code for one in pool.map(run, range(6)) for code in one]
    assert set(codes) <= {"over_open", "nothing_open", "kept_there_already"}
    proved()
