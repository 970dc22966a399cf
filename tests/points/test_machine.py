"""A hundred random things on two accounts, and everything agrees after each; the seed replays it.

The oracle is the plainest there is: one number per account. Whatever path points take, what came
in is what is free, kept, pending nowhere, or gone.
"""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.points import checks, confirming, expiring
from goen.points.purses import Planned
from tests.points.wallet import account, given, later, post, programme, purse
from tests.world import NOW, open_shop

STEPS = 60


class Shop:
    """Does something at random, a day later or not."""

    def __init__(self, t: Tx, seed: int) -> None:
        self.t = t
        self.random = random.Random(seed)
        self.day = 0
        self.earned: list[tuple[str, UUID]] = []
        self.kept: list[tuple[str, UUID]] = []
        self.spent: list[tuple[str, UUID]] = []
        for key in ("M-001", "M-002"):
            account(t, key)

    def step(self) -> None:
        self.day += self.random.choice([0, 0, 0, 1, 5])
        key = self.random.choice(["M-001", "M-002"])
        do = self.random.choice([
            self.give, self.earn, self.spend, self.keep, self.settle, self.release,
            self.give_back, self.take_back, self.sweep, self.policy,
        ])  # fmt: skip
        do(key)

    def do(self, key: str, plan: Planned | Refusal) -> bool:
        if isinstance(plan, Refusal):
            return False
        post(self.t, [plan], day=later(self.day))
        return True

    def qty(self) -> int:
        return self.random.randint(1, 400)

    def give(self, key: str) -> None:
        given(self.t, self.qty(), key, ends=later(self.day + self.random.randint(-1, 12)))

    def earn(self, key: str) -> None:
        order = ids.new_id()
        one = purse(self.t, key, later(self.day))
        self.do(key, one.earn(order, self.qty(), day=later(self.day)))
        self.earned.append((key, order))

    def spend(self, key: str) -> None:
        order = ids.new_id()
        one = purse(self.t, key, later(self.day))
        if self.do(key, one.spend(order, self.qty(), day=later(self.day))):
            self.spent.append((key, order))

    def keep(self, key: str) -> None:
        order = ids.new_id()
        one = purse(self.t, key, later(self.day))
        if self.do(key, one.spend(order, self.qty(), day=later(self.day), later=True)):
            self.kept.append((key, order))

    def settle(self, _: str) -> None:
        if self.kept:
            key, order = self.random.choice(self.kept)
            slip = ids.new_id()
            self.do(key, purse(self.t, key).settle_spend(slip, order, self.qty()))
            self.spent.append((key, slip))

    def release(self, _: str) -> None:
        if self.kept:
            key, order = self.random.choice(self.kept)
            one = purse(self.t, key)
            self.do(key, one.release_spend(ids.new_id(), order, self.qty(), day=later(self.day)))

    def give_back(self, _: str) -> None:
        if self.spent:
            key, order = self.random.choice(self.spent)
            every = [by for owner, by in self.spent if owner == key]
            of = self.random.choice([[order], every])
            one = purse(self.t, key)
            self.do(key, one.give_back_spend(ids.new_id(), of, self.qty(), day=later(self.day)))

    def take_back(self, _: str) -> None:
        if self.earned:
            key, order = self.random.choice(self.earned)
            every = [by for owner, by in self.earned if owner == key]
            of = self.random.choice([[order], every])
            one = purse(self.t, key)
            self.do(key, one.take_back_earn(ids.new_id(), of, self.qty(), day=later(self.day)))

    def sweep(self, _: str) -> None:
        at = NOW + timedelta(days=self.day)
        confirming.confirm_due(self.t, at=at, limit=self.random.randint(1, 9))
        expiring.expire_due(self.t, at=at, limit=self.random.randint(1, 9))

    def policy(self, _: str) -> None:
        programme(
            self.t,
            owed_policy=self.random.choice(["owed", "deduct", "block"]),
            confirm_days=self.random.choice([0, 3]),
            grace_days=self.random.choice([0, 7]),
            expires_months=self.random.choice([None, 1]),
        )


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_lots_and_ledger_agree(tx_db: None, seed: int) -> None:
    t = Tx()
    open_shop(t)
    programme(t)
    shop = Shop(t, seed)
    for n in range(STEPS):
        shop.step()
        assert checks.broken(t) == [], (seed, n)
    held = t.value(
        "SELECT count(*) FROM points_lot WHERE free > 0 AND account_id IN"
        " (SELECT id FROM points_account WHERE owed > 0)"
    )
    assert held == 0, "who owes has nothing free"
