"""Any sequence of everything: the database does what a few dicts do, and adds up throughout."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from goen.kit.db import Tx
from goen.ledger import checks
from goen.ledger.posting import post
from goen.ledger.rules import Account, Hold, Move, Posting, Ref, Release, Settle, Wish
from goen.ledger.sweep import sweep
from tests.ledger.books import ACTOR, NOW, UNITS, account, posting
from tests.ledger.model import Books

bounded = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
HOLDABLE = (("shelf", "sold"), ("shelf", "drawer"), ("supplier", "shelf"), ("supplier", "sold"))
VERBS = ("bring", "sell", "hold", "hold", "settle", "release", "take_back")
STRANGER = (UUID(int=0), 0)
"""A hold that never was."""
qtys, amounts = st.integers(1, 6), st.integers(1, 9)
units = st.sampled_from(["goods:1", *UNITS])
shelves = st.sampled_from(["shelf", "shelf", "drawer"])
HELD = """
SELECT a.unit, a.holder, p.request, p.line, p.qty, p.held, p.expires_at
FROM ledger_pending p JOIN ledger_account a ON a.id = p.source_id
"""


class Ledger(RuleBasedStateMachine):
    """Every verb of the ledger in any order, with an hour that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.t, self.books, self.now = Tx(), Books(), NOW
        self.sent: list[Posting] = []
        self.holds: list[Ref] = [STRANGER]
        self.moves: list[tuple[Ref, Account, Account]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)

    # what may be wished

    def bring(self, data: st.DataObject) -> Wish:
        unit, shelf = data.draw(units), data.draw(shelves)
        return Move(account(unit, "supplier"), account(unit, shelf), data.draw(amounts), "arrival")

    def sell(self, data: st.DataObject) -> Wish:
        """With a cover or without."""
        unit, shelf = data.draw(units), data.draw(shelves)
        cover = account(unit, "unexplained") if data.draw(st.booleans()) else None
        return Move(account(unit, shelf), account(unit, "sold"), data.draw(amounts), "sale", cover)

    def hold(self, data: st.DataObject) -> Wish:
        """Promised goods, or points that are earned later: then the source has no floor."""
        unit = data.draw(units)
        source, target = data.draw(st.sampled_from(HOLDABLE))
        minutes = data.draw(st.none() | st.integers(-1, 20))
        until = None if minutes is None else self.now + timedelta(minutes=minutes)
        strength = data.draw(st.integers(0, 2))
        ends = account(unit, source), account(unit, target)
        return Hold(*ends, data.draw(qtys), "order", until, strength)

    def settle(self, data: st.DataObject) -> Wish:
        return Settle(self.any_hold(data), data.draw(st.none() | qtys))

    def release(self, data: st.DataObject) -> Wish:
        return Release(self.any_hold(data), data.draw(st.none() | qtys))

    def take_back(self, data: st.DataObject) -> Wish:
        if not self.moves:
            return self.bring(data)
        ref, source, target = data.draw(st.sampled_from(self.moves))
        return Move(target, source, data.draw(qtys), "take_back", reverses=ref)

    def any_hold(self, data: st.DataObject) -> Ref:
        """Mostly a live one; now and then one that ended, failed or never was."""
        live = sorted(self.books.holds)
        return data.draw(st.sampled_from(live or self.holds) | st.sampled_from(self.holds))

    # what happens

    @initialize(qty=st.integers(3, 12))
    def open_with_goods(self, qty: int) -> None:
        supplier, shelf = account("goods:1", "supplier"), account("goods:1", "shelf")
        self.send([[Move(supplier, shelf, qty, "arrival")]])

    @rule(data=st.data(), what=st.sampled_from(VERBS))
    def one(self, data: st.DataObject, what: str) -> None:
        self.send([[getattr(self, what)(data)]])

    @rule(data=st.data(), batch=st.lists(st.lists(st.sampled_from(VERBS), min_size=1, max_size=3)))
    def together(self, data: st.DataObject, batch: list[list[str]]) -> None:
        """Several wishes in a posting, several postings in a batch."""
        self.send([[getattr(self, what)(data) for what in wished] for wished in batch[:4]])

    @rule(data=st.data(), what=st.sampled_from(VERBS))
    def again(self, data: st.DataObject, what: str) -> None:
        """Earlier requests once more, beside a new one; who was refused may have better luck."""
        earlier = data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=3))
        self.send([[getattr(self, what)(data)]], [*earlier, earlier[0]])

    @rule(minutes=st.integers(1, 15))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(limit=st.integers(1, 4))
    def sweep(self, limit: int) -> None:
        over = [p for p in self.pendings() if p[-1] is not None and p[-1] <= self.now]
        assert sweep(self.t, recorded_at=self.now, limit=limit) == min(limit, len(over))
        self.books.expire(self.now)

    def send(self, wished: list[list[Wish]], earlier: Sequence[Posting] = ()) -> None:
        first = len(self.sent) + 1
        made = [posting(*w, request=UUID(int=first + n)) for n, w in enumerate(wished)]
        self.sent += made
        for one in made:
            for line, wish in enumerate(one.moves):
                if isinstance(wish, Hold):
                    self.holds.append((one.request, line))
                elif isinstance(wish, Move):
                    self.moves.append(((one.request, line), wish.source, wish.target))
        batch = [*earlier, *made]
        expected = self.books.play(batch, self.now)
        assert post(self.t, batch, actor=ACTOR, recorded_at=self.now) == expected

    def pendings(self) -> list[tuple[str, str, object, int, int, int, datetime | None]]:
        return self.t.rows(HELD)

    # what always holds

    @invariant()
    def amounts_are_the_moves_and_equal_the_model(self) -> None:
        moved: Counter[tuple[str, str]] = Counter()
        for unit, source, target, qty in self.t.rows(
            "SELECT s.unit, s.holder, t.holder, qty FROM ledger_move m"
            " JOIN ledger_account s ON s.id = source_id JOIN ledger_account t ON t.id = target_id"
        ):
            moved[unit, source] -= qty
            moved[unit, target] += qty
        model = {(a.unit, a.holder): n for a, n in self.books.amounts.items() if n}
        assert {at: n for at, n in moved.items() if n} == model
        for unit in UNITS:
            assert sum(n for (of, _), n in moved.items() if of == unit) == 0
        for unit, holder, posted, pending, floor in self.t.rows(
            "SELECT unit, holder, posted, pending, b.floor FROM ledger_balance b"
            " JOIN ledger_account a ON a.id = b.account_id"
        ):
            assert posted == moved[unit, holder]
            assert posted - pending >= floor
            held = [p[4] for p in self.pendings() if p[:2] == (unit, holder)]
            assert pending == sum(held)

    @invariant()
    def holds_end_once_and_come_to_what_was_held(self) -> None:
        live = {(p[2], p[3]): p for p in self.pendings()}
        ended: Counter[Ref] = Counter()
        for request, line, qty in self.t.rows("SELECT request, line, qty FROM ledger_closed"):
            ended[request, line] += qty
        for ref, (*_, qty, held, expires_at) in live.items():
            assert qty + ended[ref] == held
            if expires_at is None or expires_at > self.now:
                assert self.books.holds[ref].qty == qty
        counted = {r: h for r, h in self.books.holds.items() if not _over(h, self.now)}
        assert counted.keys() <= live.keys()

    @invariant()
    def what_came_back_is_never_more_than_what_went(self) -> None:
        rows = self.t.rows(
            "SELECT m.request, m.line, r.qty, taken_back FROM ledger_reversed r"
            " JOIN ledger_move m ON m.id = r.move_id"
        )
        for request, line, qty, taken_back in rows:
            assert self.books.back[request, line] == taken_back <= qty

    @invariant()
    def the_audit_agrees(self) -> None:
        assert checks.broken(self.t) == []


def _over(hold: Hold, at: datetime) -> bool:
    return hold.expires_at is not None and hold.expires_at <= at


@pytest.mark.usefixtures("tx_db")
def test_the_ledger_does_what_a_few_dicts_do() -> None:
    run_state_machine_as_test(Ledger, settings=bounded)
