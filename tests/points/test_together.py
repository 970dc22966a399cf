"""Points of people who are joined and parted: the same as if they had never been one person."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.customers import checks as customers_checks
from goen.customers import consents
from goen.customers.consents import Barred, NewConsent, Permission
from goen.customers.joining import Joined, Parted, Said
from goen.kit import ids
from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.points import accounts, checks, expiring, grants, queries, together
from goen.points.grants import NewGrant
from goen.points.purses import Planned
from tests.conftest import FreshDatabase
from tests.points.wallet import (
    BY,
    TODAY,
    account,
    earned,
    later,
    post,
    programme,
    purse,
    record,
    spent,
)
from tests.points.wallet import (
    given as granted,
)
from tests.world import NOW, VIEWER, open_shop

KEYS = ("M-001", "M-002", "M-003", "M-004")
WHY = Said("住所と生年月日が同じ")


@pytest.fixture
def t(tx_db: None) -> Tx:
    open_shop(Tx())
    programme(Tx())
    return Tx()


def join(t: Tx, one: str, other: str, *, again: bool = False) -> Joined | Refusal:
    said = Said("同じ方とわかった", again=again)
    return together.join(t, record(t, one), record(t, other), said, **BY)


def part(t: Tx, *keys: str) -> Parted | Refusal:
    return together.part(t, [record(t, key) for key in keys], Said("別の方だった"), **BY)


def lots_of(t: Tx, key: str) -> list[tuple[int, date | None]]:
    rows = t.rows(
        "SELECT free, expires_on FROM points_lot WHERE account_id = %s AND free > 0 ORDER BY id",
        [account(t, key)],
    )
    return [(free, ends) for free, ends in rows]


def stands(t: Tx, key: str) -> int:
    """What an account has free and kept, less what it owes."""
    found = queries.balance_of_records(t, [record(t, key)], day=TODAY, viewer=VIEWER)
    return found.spendable - found.owed + sum(one.kept for one in found.accounts)


def sound(t: Tx) -> bool:
    assert checks.broken(t) == []
    assert customers_checks.broken(t) == []
    return True


def mailed(t: Tx, key: str, *, yes: bool) -> None:
    one = NewConsent(
        ids.new_id(), record(t, key), "mail", yes, "staff", NOW, evidence={"paper": "1"}
    )
    (answer,) = consents.note(t, [one], **BY)
    assert isinstance(answer, consents.Kept), answer


def test_card_and_web_member_become_one_and_two_again(t: Tx) -> None:
    """G-04: 2,500 points, 500 of which end in ten days, and 1,200 with an open order."""
    granted(t, 2_000, "M-001")
    granted(t, 500, "M-001", ends=later(10))
    granted(t, 1_200, "M-002")
    for key in KEYS[:2]:
        t.execute(
            "INSERT INTO customers_detail (record_id, recorded_at, family_name, given_name,"
            " family_kana, given_kana, gender, mail, phone, postcode, address)"
            " VALUES (%s, %s, '', '', '', '', '', %s, '', '', '')",
            [record(t, key), NOW, f"{key}@kaze.example"],
        )
    mailed(t, "M-001", yes=True)
    mailed(t, "M-002", yes=False)
    before = {key: lots_of(t, key) for key in KEYS[:2]}
    order = spent(t, 200, "M-002", later=True)

    joined = join(t, "M-001", "M-002")
    assert isinstance(joined, Joined)
    assert purse(t, "M-001").spendable == purse(t, "M-002").spendable == 3_500
    both = [record(t, key) for key in KEYS[:2]]
    balance = queries.balance_of_records(t, both, day=TODAY, viewer=VIEWER)
    assert (balance.spendable, balance.next_end) == (3_500, (later(10), 500))
    who = joined.person_id
    assert consents.permissions(t, [who])[who] == Barred(who, "refused")

    post(t, [purse(t, "M-002").release_spend(ids.new_id(), order, 200, day=TODAY)])
    assert purse(t, "M-001").spendable == 3_700
    bought = spent(t, 1_500, "M-002")  # 1,200 of its own and 300 of the card's, ending first
    assert lots_of(t, "M-001") == [(2_000, later(365)), (200, later(10))]
    assert sound(t)

    parted = part(t, "M-002")
    assert isinstance(parted, Parted)
    assert lots_of(t, "M-001") == before["M-001"]
    assert stands(t, "M-002") == 1_200 - 1_500
    assert sound(t)
    post(t, [purse(t, "M-002").give_back_spend(ids.new_id(), bought, 1_500, day=TODAY)])
    assert stands(t, "M-002") == 1_200
    assert lots_of(t, "M-001") == before["M-001"]
    first, second = (parted.persons[one] for one in both)
    assert isinstance(consents.permissions(t, [first])[first], Permission)
    assert consents.permissions(t, [second])[second] == Barred(second, "refused")
    assert sound(t)


def test_what_was_lent_and_ended_meanwhile_has_ended(t: Tx) -> None:
    granted(t, 300, "M-001", ends=later(5))
    granted(t, 100, "M-002")
    join(t, "M-001", "M-002")
    order = spent(t, 250, "M-002", later=True)  # 150 of the card's
    day = NOW + timedelta(days=8)
    expiring.expire_due(t, at=day, limit=10)
    by = {"actor": BY["actor"], "recorded_at": day}
    together.part(t, [record(t, "M-002")], WHY, **by)  # type: ignore[arg-type]
    assert lots_of(t, "M-001") == []
    assert sound(t)
    # The order is given up: what was kept comes back, and pays what its account owes.
    back = purse(t, "M-002", later(8)).release_spend(ids.new_id(), order, 250, day=later(8))
    post(t, [back], day=later(8))
    assert stands(t, "M-002") == 100
    assert sound(t)


def test_what_was_lent_comes_back_also_from_an_account_that_was_left(t: Tx) -> None:
    """M-002 spends on an account shared with M-003, a stranger, and leaves it."""
    granted(t, 500, "M-001")
    granted(t, 10, "M-003")
    accounts.join(t, record(t, "M-002"), account(t, "M-003"), **BY)
    join(t, "M-001", "M-002")
    spent(t, 310, "M-002")
    accounts.leave(t, record(t, "M-002"), account(t, "M-003"), **BY)
    part(t, "M-002")
    assert stands(t, "M-001") == 500
    assert stands(t, "M-003") == -300
    assert sound(t)


def test_a_loan_of_a_loan_comes_back_through_both(t: Tx) -> None:
    granted(t, 500, "M-001")
    for key in ("M-002", "M-003"):
        account(t, key)
    join(t, "M-001", "M-002")
    kept = spent(t, 400, "M-002", later=True)
    post(t, [purse(t, "M-002").release_spend(ids.new_id(), kept, 400, day=TODAY)])
    join(t, "M-002", "M-003")
    spent(t, 450, "M-003")
    part(t, "M-001")
    assert (stands(t, "M-001"), stands(t, "M-002") + stands(t, "M-003")) == (500, -450)
    part(t, "M-003")
    assert (stands(t, "M-002"), stands(t, "M-003")) == (0, -450)
    assert sound(t)


def test_who_may_only_earn_lends_and_borrows_nothing(t: Tx) -> None:
    granted(t, 500, "M-001")
    granted(t, 50, "M-003")
    accounts.join(t, record(t, "M-002"), account(t, "M-003"), may_spend=False, **BY)
    join(t, "M-001", "M-002")
    assert purse(t, "M-001").spendable == 500
    assert isinstance(purse(t, "M-002").spend(ids.new_id(), 10, day=TODAY), Refusal)


class Model:
    """The plainest oracle: one number per record, and who was said to be whom."""

    def __init__(self, t: Tx) -> None:
        self.t = t
        self.own = {
            key: t.value(
                "SELECT person_id FROM customers_personof WHERE record_id = %s", [record(t, key)]
            )
            for key in KEYS
        }
        self.points = dict.fromkeys(KEYS, 0)
        self.one = [{key} for key in KEYS]
        self.spends: list[tuple[str, UUID, int]] = []
        self.edges: list[tuple[str, str]] = []
        for key in KEYS:
            account(t, key)

    def of(self, key: str) -> set[str]:
        return next(group for group in self.one if key in group)

    def join(self, one: str, other: str, _: int) -> None:
        answer = join(self.t, one, other, again=True)
        if one == other:
            assert isinstance(answer, Refusal)
            return
        assert isinstance(answer, Joined), answer
        a, b = self.of(one), self.of(other)
        assert answer.repeated == (a is b)
        if a is not b:
            self.one = [g for g in self.one if g is not a and g is not b] + [a | b]
            self.edges.append((one, other))

    def part(self, one: str, _other: str, _: int) -> None:
        group = self.of(one)
        answer = part(self.t, one)
        if len(group) == 1:
            assert isinstance(answer, Refusal)
            return
        assert isinstance(answer, Parted), answer
        self.edges = [e for e in self.edges if one not in e]
        self.one = _components(self.edges)

    def earn(self, one: str, _: str, qty: int) -> None:
        earned(self.t, qty, one)
        self.points[one] += qty

    def give(self, one: str, _: str, qty: int) -> None:
        wish = NewGrant(ids.new_id(), account(self.t, one), qty, "manual", NOW, later(qty % 9))
        grants.grant(self.t, [wish], **BY)
        self.points[one] += qty

    def spend(self, one: str, _: str, qty: int) -> None:
        order = ids.new_id()
        plan = purse(self.t, one).spend(order, qty, day=TODAY)
        free = sum(queries.balance_of_records(
            self.t, [record(self.t, key)], day=TODAY, viewer=VIEWER
        ).spendable for key in self.of(one))  # fmt: skip
        assert isinstance(plan, Planned) == (free >= qty)
        if isinstance(plan, Planned):
            post(self.t, [plan])
            self.points[one] -= qty
            self.spends.append((one, order, qty))

    def give_back(self, _one: str, _other: str, qty: int) -> None:
        if self.spends:
            key, order, spent_ = self.spends.pop(qty % len(self.spends))
            back = min(qty, spent_)
            post(self.t, [purse(self.t, key).give_back_spend(ids.new_id(), order, back, day=TODAY)])
            self.points[key] += back
            if back < spent_:
                self.spends.append((key, order, spent_ - back))

    def agrees(self) -> None:
        assert sound(self.t)
        for group in self.one:
            assert sum(stands(self.t, key) for key in group) == sum(self.points[k] for k in group)
            person = min(self.own[key] for key in group)
            rows = self.t.rows(
                "SELECT person_id FROM customers_personof WHERE record_id = ANY(%s)",
                [[record(self.t, key) for key in group]],
            )
            assert {row[0] for row in rows} == {person}

    def ends(self) -> None:
        """Everybody is somebody else: each has what is theirs, and who they were at first."""
        for key in KEYS:
            if len(self.of(key)) > 1:
                self.part(key, key, 0)
        self.agrees()
        for key in KEYS:
            assert stands(self.t, key) == self.points[key]
        dead = "SELECT count(*) FROM customers_person WHERE merged_into_id IS NOT NULL"
        assert self.t.value(dead) == 0


def _components(edges: list[tuple[str, str]]) -> list[set[str]]:
    found: list[set[str]] = [{key} for key in KEYS]
    for one, other in edges:
        a, b = (next(g for g in found if key in g) for key in (one, other))
        if a is not b:
            found = [g for g in found if g is not a and g is not b] + [a | b]
    return found


DOES = st.sampled_from(["join", "join", "part", "earn", "give", "spend", "spend", "give_back"])
WHO = st.sampled_from(KEYS)


class _Undo(Exception):  # noqa: N818  named by what it does
    """Ends an example and everything it wrote."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(DOES, WHO, WHO, st.integers(1, 300)), min_size=4, max_size=16))
def test_parting_leaves_the_world_in_which_they_never_were_one(
    t: Tx, steps: list[tuple[str, str, str, int]]
) -> None:
    with pytest.raises(_Undo):
        lived(t, steps)


def lived(t: Tx, steps: list[tuple[str, str, str, int]]) -> None:
    with savepoint():
        model = Model(t)
        for do, one, other, qty in steps:
            getattr(model, do)(one, other, qty)
            model.agrees()
        model.ends()
        raise _Undo


def test_two_who_join_the_same_pair_at_once_join_it_once(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        open_shop(t)
        programme(t)
        granted(t, 700, "M-001")
        granted(t, 600, "M-002")
        pair = record(t, "M-001"), record(t, "M-002")
    start = threading.Barrier(6)

    def run(n: int) -> object:
        start.wait(30)
        try:
            with tx() as mine:
                if n < 4:
                    return together.join(mine, *pair[:: 1 if n % 2 else -1], WHY, **BY)
                plan = purse(mine, "M-002").spend(order := ids.new_id(), 250, day=TODAY)
                post(mine, [plan])
                return order
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = [one.result(60) for one in [pool.submit(run, n) for n in range(6)]]
    joins = [one for one in answers if isinstance(one, Joined)]
    assert sorted(one.repeated for one in joins) == [False, True, True, True]
    with tx() as t:
        assert t.value("SELECT count(*) FROM customers_edge WHERE kind = 'manual'") == 1
        assert t.value("SELECT count(*) FROM kit_trail WHERE verb = 'join'") == 1
        assert stands(t, "M-001") + stands(t, "M-002") == 800
        assert sound(t)


@pytest.mark.parametrize("seed", range(4))
def test_a_spend_and_a_parting_at_once_agree(fresh_db: FreshDatabase, seed: int) -> None:
    """Whichever comes first, the lender has all of its points afterwards."""
    with tx() as t:
        open_shop(t)
        programme(t)
        granted(t, 1_000, "M-001")
        account(t, "M-002")
        join(t, "M-001", "M-002")
    start = threading.Barrier(2)
    wait = random.Random(seed).random() / 50

    def spend() -> int:
        start.wait(30)
        try:
            with tx() as mine:
                plan = purse(mine, "M-002").spend(ids.new_id(), 400, day=TODAY)
                if isinstance(plan, Refusal):
                    return 0
                post(mine, [plan])
                return 400
        finally:
            connection.close()

    def leave() -> None:
        start.wait(30)
        threading.Event().wait(wait)
        try:
            with tx() as mine:
                part(mine, "M-002")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        spending, leaving = pool.submit(spend), pool.submit(leave)
        gone = spending.result(60)
        leaving.result(60)
    with tx() as t:
        assert (stands(t, "M-001"), stands(t, "M-002")) == (1_000, -gone)
        assert sound(t)
