"""Any sequence of verbs: goods are conserved, the shelf is what a dict says, the audit is ok."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.orders.selling import sell
from goen.stock import counts, holds, queries, rules, transfers
from goen.stock.arrivals import Arrival, arrive
from goen.stock.holds import Extension, NewRelease
from goen.stock.transfers import Receipt
from tests import world
from tests.stock.shelf import ITEM, counting, place, sku, transfer, wish

PLACES = ("shibuya", "kichijoji")
START = world.NOW - timedelta(days=2)


class _Undone(Exception):  # noqa: N818  takes an example back, never shown
    pass


class Model:
    """What the shop should look like, in a few dicts. Time goes forward by a minute a step."""

    def __init__(self, t: Tx) -> None:
        self.t, self.now = t, START
        self.item = sku(t)
        self.ids = {code: place(t, code) for code in PLACES}
        self.shelf: Counter[str] = Counter()
        self.held: dict[UUID, tuple[str, int, int, datetime | None]] = {}
        self.moving: dict[UUID, tuple[str, int]] = {}
        self.sold = self.arrived = 0
        self.said: list[tuple[object, object, object]] = []

    def do(self, verb, request):
        """Ask; the answer to the same request later must be a repetition."""
        (answer,) = verb(self.t, [request], actor=world.ACTOR, recorded_at=self.now)
        self.said.append((verb, request, answer))
        return None if isinstance(answer, Refusal) else answer

    def free(self, at: str) -> int:
        return self.shelf[at] - sum(qty for where, qty, *_ in self.held.values() if where == at)

    def sweep(self) -> None:
        """Holds that are over are nobody's."""
        for uid, (*_, ends) in list(self.held.items()):
            if ends is not None and ends <= self.now:
                del self.held[uid]

    def break_promises(self, at: str, needed: int) -> None:
        """The weakest first, of equals the one that ends last, until there is enough."""
        far = datetime.max.replace(tzinfo=START.tzinfo)
        weakest = sorted(
            (strength, -(ends or far).timestamp(), uid)
            for uid, (where, _, strength, ends) in self.held.items()
            if where == at
        )
        for *_, uid in weakest:
            if self.free(at) >= needed:
                return
            del self.held[uid]

    def arrive(self, at: str, qty: int) -> None:
        assert self.do(arrive, Arrival(ids.new_id(), at, ((ITEM, qty),), self.now))
        self.shelf[at] += qty
        self.arrived += qty

    def sell(self, at: str, qty: int) -> None:
        """Goods in the hand: never refused."""
        sale = world.sale((ITEM, qty), place=at, at=self.now)
        assert self.do(sell, sale)
        self.shelf[at] = max(self.shelf[at], qty)
        self.break_promises(at, qty)
        self.shelf[at] -= qty
        self.sold += qty

    def hold(self, at: str, qty: int, kind: str) -> None:
        one = wish((ITEM, qty), at=at, kind=kind, occurred_at=self.now)
        done = self.do(holds.hold, one)
        assert (done is not None) == (qty <= self.free(at))
        if done is not None:
            self.held[one.uid] = (at, qty, one.weight, one.ends_at)

    def release(self, n: int) -> None:
        for uid in list(self.held)[n : n + 1]:
            assert self.do(holds.release, NewRelease(ids.new_id(), uid, self.now))
            del self.held[uid]

    def extend(self, n: int) -> None:
        until = self.now + timedelta(minutes=9)
        for uid in list(self.held)[n : n + 1]:
            assert self.do(holds.extend, Extension(ids.new_id(), uid, until, self.now))
            self.held[uid] = (*self.held[uid][:3], until)

    def send(self, at: str, qty: int) -> None:
        to = PLACES[1 - PLACES.index(at)]
        one = transfer((ITEM, qty), source=at, to=to, occurred_at=self.now)
        done = self.do(transfers.send, one)
        assert (done is not None) == (qty <= self.free(at))
        if done is not None:
            self.shelf[at] -= qty
            self.moving[one.uid] = (to, qty)

    def receive(self, n: int, qty: int, *, lost: bool) -> None:
        for uid, (to, left) in list(self.moving.items())[n : n + 1]:
            lines = {"lost": ((ITEM, qty, "lost"),)} if lost else {}
            came = () if lost else ((ITEM, qty),)
            done = self.do(transfers.receive, Receipt(ids.new_id(), uid, came, self.now, **lines))
            assert (done is not None) == (qty <= left)
            if done is not None:
                self.moving[uid] = (to, left - qty)
                self.shelf[to] += 0 if lost else qty

    def count(self, at: str, qty: int) -> None:
        done = self.do(counts.count, counting((ITEM, qty), when=self.now, at=at))
        assert done.differences == ((self.item, qty - self.shelf[at]),)
        missing = max(0, self.shelf[at] - qty)
        self.break_promises(at, missing)
        self.shelf[at] = qty

    def late_sale(self, at: str, qty: int) -> None:
        """From before everything: absorbed where the place was counted since, else like now."""
        counted = self.t.value(
            "SELECT count(*) FROM stock_count WHERE place_id = %s", [self.ids[at]]
        )
        if not counted:
            self.sell(at, qty)
            return
        assert self.do(sell, world.sale((ITEM, qty), place=at, at=START - timedelta(hours=1)))
        self.sold += qty

    def repeat(self, n: int) -> None:
        """Anything that was done is asked again; refused things may be possible by now."""
        for verb, request, answer in self.said[n : n + 1]:
            if not isinstance(answer, Refusal):
                (again,) = verb(self.t, [request], actor=world.ACTOR, recorded_at=self.now)
                assert isinstance(again, Refusal) or again.repeated, again
                assert not isinstance(again, Refusal) or again.code == "already_over"

    def step(self, what: str, at: str, qty: int, n: int) -> None:
        self.now += timedelta(minutes=1)
        self.sweep()
        if what in {"arrive", "sell", "send", "late_sale", "count"}:
            getattr(self, what)(at, qty)
        elif what in rules.KINDS:
            self.hold(at, qty, what)
        elif what in {"receive", "lose"}:
            self.receive(n, qty, lost=what == "lose")
        elif what != "wait":
            getattr(self, what)(n)
        else:
            self.now += timedelta(minutes=10 * qty)
            self.sweep()
        self.look()

    def look(self) -> None:
        """The books say what the dicts say, and all goods are somewhere."""
        unit = rules.unit(self.item)
        for code, id_ in self.ids.items():
            assert ledger.balance(self.t, unit, rules.sellable_holder(id_)) == self.shelf[code]
        assert ledger.balance(self.t, unit, rules.SOLD) == self.sold
        assert ledger.balance(self.t, unit, rules.SUPPLIER) == -self.arrived
        for uid, (_, left) in self.moving.items():
            assert queries.in_transit(self.t, uid) == ({self.item: left} if left else {})
        live = self.t.rows(
            "SELECT h.uid, p.qty FROM stock_hold h JOIN ledger_pending p ON p.request = h.request"
            " WHERE p.expires_at IS NULL OR p.expires_at > %s",
            [self.now],
        )
        assert dict(live) == {uid: qty for uid, (_, qty, *_) in self.held.items()}
        total = self.t.value(
            "SELECT sum(b.posted) FROM (SELECT coalesce(sum(m.qty), 0) AS posted FROM ledger_move m"
            " JOIN ledger_account a ON a.id = m.target_id WHERE a.unit = %s UNION ALL"
            " SELECT -coalesce(sum(m.qty), 0) FROM ledger_move m"
            " JOIN ledger_account a ON a.id = m.source_id WHERE a.unit = %s) b",
            [unit, unit],
        )
        assert total == 0


WHATS = (
    "arrive", "arrive", "sell", "send", "receive", "lose", "count", "late_sale", "cart", "order",
    "set_aside", "release", "extend", "repeat", "wait",
)  # fmt: skip
steps = st.lists(
    st.tuples(
        st.sampled_from(WHATS), st.sampled_from(PLACES), st.integers(1, 4), st.integers(0, 5)
    ),
    min_size=5,
    max_size=40,
)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


@pytest.mark.slow
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_any_sequence_keeps_the_books_whole(shop: Tx, steps) -> None:
    try:
        with savepoint():
            model = Model(shop)
            for what, at, qty, n in steps:
                model.step(what, at, qty, n)
            assert audited(shop)["ok"], audited(shop)
            raise _Undone
    except _Undone:
        pass
