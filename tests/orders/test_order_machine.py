"""Any sequence of placing, sending, rerouting, cancelling and selling: the books add up throughout.

A dict-sized model says what each order stands at; the audit says that ledger, stock, points and
documents agree after every step; in the end what was charged and given up is what was ordered.
"""

import random
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from goen.kit.db import Tx
from goen.orders import standing
from goen.orders.order import Placed, Slipped
from goen.orders.sale import SaleLine, SaleTender
from tests import world
from tests.orders.placed import (
    audit,
    cancelled,
    free,
    kept_money,
    laid_ready,
    order,
    placed,
    rerouted,
    ship,
)
from tests.points import wallet

ITEMS = ("CHA-01", "NUNO-01")
SEEDS = st.integers(0, 2**32)
PLACES = ("shibuya", "kichijoji")
FLOW = {
    "ship": {("placed", "part"), ("placed", "done"), ("ready", "part"), ("ready", "done"),
             ("part", "part"), ("part", "done")},
    "ready": {("placed", "ready"), ("part", "ready")},
    "reroute": {("placed", "placed"), ("ready", "placed"), ("ready", "part"), ("part", "part")},
    "cancel": {("placed", "placed"), ("placed", "cancelled"), ("ready", "ready"),
               ("ready", "cancelled"), ("ready", "done"), ("part", "part"), ("part", "done")},
}  # fmt: skip


@dataclass
class Known:
    """What the model knows of an order."""

    state: str
    total: int
    left: dict[int, int]
    charged: int = 0
    given_up: int = 0


class Orders(RuleBasedStateMachine):
    """Orders of two articles from two places, by members with points and by strangers."""

    def __init__(self) -> None:
        super().__init__()
        self.t = Tx()
        self.known: dict[UUID, Known] = {}
        self.inside = transaction.atomic()
        self.inside.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.inside.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        world.open_shop(self.t)
        wallet.programme(self.t)
        wallet.given(self.t, 500)
        for item in ITEMS:
            for place in PLACES:
                world.stocked(self.t, item, 12, place)
        self.place_one(3, 2, 101, 330, 50, 7, False, False, "shibuya")
        self.place_one(4, 0, 333, 0, 499, 0, True, True, "shibuya")

    @rule(
        cha=st.integers(0, 4), nuno=st.integers(0, 3), amount=st.integers(0, 700),
        fee=st.sampled_from([0, 330, 551]), points=st.sampled_from([0, 50, 499]),
        off=st.integers(0, 9), excluded=st.booleans(), collect=st.booleans(),
        place=st.sampled_from(PLACES),
    )  # fmt: skip
    def place_one(
        self, cha: int, nuno: int, amount: int, fee: int, points: int, off: int, excluded: bool,
        collect: bool, place: str,
    ) -> None:  # fmt: skip
        lines = tuple(
            SaleLine(item, qty, amount + n)
            for n, (item, qty) in enumerate((("CHA-01", cha), ("NUNO-01", nuno), ("CHA-01", 1)))
            if qty
        )
        off = min(off, amount)
        more = {"discount_minor": off, "discount_code": "other"} if off else {}
        if excluded:
            more["price_tax"] = "excluded"
        bare = order(
            lines=lines, fee=fee, total=0, to=place if collect else None, source=place, **more
        )
        total = self._total(bare)
        points = min(points, total)
        given = [SaleTender("card", total - points), SaleTender("points", points)]
        tenders = tuple(one for one in given if one.amount_minor) or (SaleTender("card", 0),)
        new = order(
            lines=lines, fee=fee, tenders=tenders, total=0, member=("card", "G1040001"),
            to=place if collect else None, source=place, **more,
        )  # fmt: skip
        (answer,) = placed(self.t, new)
        if isinstance(answer, Placed):
            assert answer.total_minor == total
            left = {n: line.qty for n, line in enumerate(lines, start=1)}
            self.known[answer.uid] = Known("placed", total, left)
        else:
            assert answer.code in {"short", "points_short"}, answer

    def _total(self, new: object) -> int:
        (answer,) = placed(self.t, new)  # type: ignore[arg-type]
        if isinstance(answer, Placed):  # it comes to nothing
            self.known[answer.uid] = Known("placed", 0, {})
            cancelled(self.t, answer.uid)
            del self.known[answer.uid]
            return 0
        if answer.code == "short":
            return 0
        assert answer.code == "tender_total", answer
        return int(str(answer.detail["total"]))

    def _one(self, seed: int) -> tuple[UUID, list[tuple[int, int]]]:
        """An order, an open one if there is any, and some of its open units or all."""
        dice = random.Random(seed)
        open_ones = sorted(uid for uid, known in self.known.items() if any(known.left.values()))
        uid = dice.choice(open_ones or sorted(self.known))
        left = {n: qty for n, qty in self.known[uid].left.items() if qty}
        if not left or dice.random() < 0.25:
            return uid, []
        chosen = dice.sample(sorted(left), dice.randint(1, len(left)))
        return uid, [(n, dice.randint(1, left[n])) for n in chosen]

    def _moved(self, uid: UUID, kind: str, answer: object, parts: list[tuple[int, int]]) -> None:
        if not isinstance(answer, Slipped):
            return
        known = self.known[uid]
        assert (known.state, answer.state) in FLOW[kind]
        known.state = answer.state
        if kind in {"ship", "cancel"}:
            gone = dict(parts) or dict(known.left)
            known.left = {n: qty - gone.get(n, 0) for n, qty in known.left.items()}
        if kind == "ship":
            known.charged += answer.total_minor
        elif kind == "cancel":
            known.given_up += answer.total_minor
        if answer.state in {"done", "cancelled"}:
            assert known.charged + known.given_up == known.total

    @precondition(lambda self: self.known)
    @rule(seed=SEEDS)
    def ship_some(self, seed: int) -> None:
        uid, parts = self._one(seed)
        answer = ship(self.t, uid, *parts)
        assert isinstance(answer, Slipped) or answer.code in {"nothing_open", "over_open",
                                                              "hold_gone"}, answer  # fmt: skip
        self._moved(uid, "ship", answer, parts)

    @precondition(lambda self: self.known)
    @rule(seed=SEEDS)
    def cancel_some(self, seed: int) -> None:
        uid, parts = self._one(seed)
        answer = cancelled(self.t, uid, *parts)
        assert isinstance(answer, Slipped) or answer.code in {"nothing_open", "over_open"}, answer
        self._moved(uid, "cancel", answer, parts)

    @precondition(lambda self: self.known)
    @rule(seed=SEEDS, to=st.sampled_from(PLACES))
    def reroute_some(self, seed: int, to: str) -> None:
        uid, parts = self._one(seed)
        answer = rerouted(self.t, uid, to, *parts)
        assert isinstance(answer, Slipped) or answer.code in {
            "nothing_open", "over_open", "short", "kept_there_already",
        }, answer  # fmt: skip
        self._moved(uid, "reroute", answer, parts)

    @precondition(lambda self: self.known)
    @rule(seed=SEEDS)
    def lay_ready(self, seed: int) -> None:
        collected = "SELECT o.uid FROM orders_order o JOIN orders_delivery d ON d.order_id = o.id"
        rows = self.t.rows(collected + " WHERE d.method = 'collect' ORDER BY 1")
        if rows:
            (uid,) = random.Random(seed).choice(rows)
            self._moved(uid, "ready", laid_ready(self.t, uid), [])

    @rule(item=st.sampled_from(ITEMS), qty=st.integers(1, 4), place=st.sampled_from(PLACES))
    def sell_at_a_till(self, item: str, qty: int, place: str) -> None:
        world.sold(self.t, world.sale((item, qty), place=place))

    @rule(item=st.sampled_from(ITEMS), qty=st.integers(1, 4), place=st.sampled_from(PLACES))
    def goods_arrive(self, item: str, qty: int, place: str) -> None:
        world.stocked(self.t, item, qty, place)

    @invariant()
    def the_books_add_up(self) -> None:
        if not self.known:
            return
        assert audit(self.t) == []
        for uid, stands in standing.read(self.t, self.known).items():
            known = self.known[uid]
            assert stands.state == known.state
            assert {line.line_no: line.open for line in stands.goods} == known.left
            assert stands.captured_minor == known.charged
            assert stands.total_minor - stands.due_minor == known.given_up
        expected = sum(k.total - k.charged - k.given_up for k in self.known.values())
        assert kept_money(self.t) == expected
        assert all(free(self.t, item, place) >= 0 for item in ITEMS for place in PLACES)


@pytest.mark.slow
def test_orders_add_up_whatever_happens(tx_db: None) -> None:
    run_state_machine_as_test(
        Orders, settings=settings(max_examples=10, stateful_step_count=15, deadline=None)
    )


@pytest.mark.parametrize("seed", range(4))
def test_orders_add_up_on_a_busy_day(tx_db: None, seed: int) -> None:
    dice, day = random.Random(seed), Orders()
    day.open()
    acts = (day.ship_some, day.cancel_some, day.reroute_some, day.lay_ready)
    for _ in range(40):
        if dice.random() < 0.3:
            day.place_one(
                dice.randint(0, 4), dice.randint(0, 3), dice.randint(0, 700),
                dice.choice([0, 330, 551]), dice.choice([0, 50, 499]), dice.randint(0, 9),
                dice.random() < 0.3, dice.random() < 0.4, dice.choice(PLACES),
            )  # fmt: skip
        elif dice.random() < 0.15:
            day.sell_at_a_till(dice.choice(ITEMS), dice.randint(1, 4), dice.choice(PLACES))
            day.goods_arrive(dice.choice(ITEMS), dice.randint(1, 4), dice.choice(PLACES))
        else:
            act = dice.choice(acts)
            to = {"to": dice.choice(PLACES)} if act == day.reroute_some else {}
            act(seed=dice.getrandbits(32), **to)
        day.the_books_add_up()
    day.teardown()
