"""A receipt becomes somebody's: once, with the points it would have earned, and back with them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import ibis
import pytest
from django.db import connection

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import base, lake
from goen.kit import ids, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import claims, queries
from goen.orders.claims import Claimed, NewClaim
from goen.orders.sale import SaleTender
from tests import world
from tests.conftest import FreshDatabase
from tests.orders.placed import audit
from tests.orders.test_taking_back_points import back, taken
from tests.points import wallet

BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
BOWL = 4_400


def shop(**more: object) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "UTSUWA-01", 50)
    wallet.programme(t, **more)
    wallet.account(t)
    return t


def anonymous(t: Tx, qty: int = 3, **more: object) -> UUID:
    """Bowls that nobody known bought."""
    (answer,) = world.sold(t, world.sale(("UTSUWA-01", qty), **more))  # type: ignore[arg-type]
    uid: UUID = answer.uid  # type: ignore[attr-defined]
    return uid


def claimed(t: Tx, order: UUID, key: str = "M-001", uid: UUID | None = None) -> Claimed | Refusal:
    wish = NewClaim(uid or ids.new_id(), order, wallet.record(t, key))
    return claims.claim(t, wish, **BY)  # type: ignore[arg-type]


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def spendable(t: Tx, key: str = "M-001") -> int:
    return wallet.purse(t, key).spendable


def theirs(t: Tx) -> int:
    """Points that they have or will have."""
    pending = t.value("SELECT coalesce(sum(pending), 0)::bigint FROM points_earning")
    return spendable(t) + int(pending)


@pytest.mark.usefixtures("tx_db")
def test_a_claimed_sale_is_theirs_with_the_points_it_would_have_earned() -> None:
    t = shop()
    (known,) = world.sold(t, world.sale(("UTSUWA-01", 3), member="G1040001"))
    would_earn = spendable(t)
    order = anonymous(t)
    answer = claimed(t, order)
    assert isinstance(answer, Claimed)
    assert (answer.points, spendable(t)) == (would_earn, 2 * would_earn)
    history = queries.receipts_of(t, [wallet.record(t)])
    assert {one.uid for one in history} == {order, known.uid}  # type: ignore[attr-defined]
    assert audit(t) == []
    told = t.rows("SELECT body->>'uid' FROM kit_notice WHERE kind = 'SaleClaimed'")
    assert told == [(str(order),)]


@pytest.mark.usefixtures("tx_db")
def test_the_same_claim_again_is_the_same_answer() -> None:
    t = shop()
    order, uid = anonymous(t), ids.new_id()
    first, again = claimed(t, order, uid=uid), claimed(t, order, uid=uid)
    assert isinstance(first, Claimed)
    assert isinstance(again, Claimed)
    assert (again.points, again.repeated) == (first.points, True)
    assert code(claimed(t, anonymous(t), uid=uid)) == "id_reused"
    assert code(claimed(t, order)) == "claimed_by_you"
    assert code(claimed(t, order, "M-002")) == "claimed_already"
    assert spendable(t) == first.points


@pytest.mark.usefixtures("tx_db")
def test_what_is_somebodys_is_not_claimed() -> None:
    t = shop()
    (known,) = world.sold(t, world.sale(("UTSUWA-01", 1), member="G1040001"))
    mine = known.uid  # type: ignore[attr-defined]
    assert code(claimed(t, mine)) == "claimed_by_you"
    web = NewRecord("ec", "E-1", credentials=(NewCredential("card", "G1040001", verified=True),))
    records.register(t, [web], **BY)  # type: ignore[arg-type]
    assert code(claimed(t, mine, "E-1")) == "claimed_by_you", "another record of the same person"
    assert code(claimed(t, mine, "M-002")) == "claimed_already"
    assert code(claimed(t, ids.new_id())) == "unknown_order"


@pytest.mark.usefixtures("tx_db")
def test_a_receipt_of_long_ago_is_not_claimed() -> None:
    t = shop()
    last = anonymous(t, at=world.NOW - timedelta(days=30))
    late = anonymous(t, at=world.NOW - timedelta(days=30, seconds=1))
    assert isinstance(claimed(t, last), Claimed)
    assert code(claimed(t, late)) == "claim_too_late"
    assert settings.write(t, "claim.days", 0, **BY) is None  # type: ignore[arg-type]
    assert code(claimed(t, anonymous(t))) == "claim_too_late"


@pytest.mark.usefixtures("tx_db")
def test_what_came_back_before_brings_no_points() -> None:
    t = shop()
    some, whole = anonymous(t), anonymous(t)
    taken(t, some, 1)
    taken(t, whole)
    assert code(claimed(t, whole)) == "claim_came_back"
    answer = claimed(t, some)
    assert isinstance(answer, Claimed)
    assert answer.points == 2 * BOWL // 100
    assert audit(t) == []


@pytest.mark.usefixtures("tx_db")
@pytest.mark.parametrize("confirm_days", [0, 14])
def test_a_return_takes_the_points_of_a_claim_back(confirm_days: int) -> None:
    """In steps, down to nothing; pending ones as well."""
    t = shop(confirm_days=confirm_days)
    order = anonymous(t)
    answer = claimed(t, order)
    assert isinstance(answer, Claimed)
    assert answer.points == 3 * BOWL // 100
    taken(t, order, 1)
    assert theirs(t) == 2 * BOWL // 100
    taken(t, order)
    assert theirs(t) == 0
    assert audit(t) == []
    assert isinstance(back(t, order), Refusal)


@pytest.mark.usefixtures("tx_db")
@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("UPDATE orders_claim SET points = points + 1", "says it earned 133 points, its lots 132"),
        (
            "UPDATE orders_order SET record_id = NULL",
            "was claimed by record {record} and is record None's",
        ),
    ],
)
def test_audit_names_a_claim_that_is_not_so(broken: str, says: str) -> None:
    t = shop()
    claimed(t, anonymous(t))
    assert audit(t) == []
    t.execute(broken)
    said = says.format(record=wallet.record(t))
    assert any(said in sentence for sentence in audit(t)), audit(t)


@pytest.mark.usefixtures("tx_db")
def test_points_of_a_claim_first_pay_what_is_owed() -> None:
    t = shop()
    (mine,) = world.sold(t, world.sale(("UTSUWA-01", 3), member="G1040001"))
    paid = world.sale(
        ("UTSUWA-01", 1), member="G1040001",
        tenders=(SaleTender("points", 132), SaleTender("card", BOWL - 132)),
    )  # fmt: skip
    world.sold(t, paid)
    taken(t, mine.uid)  # type: ignore[attr-defined]
    owed = t.value("SELECT owed FROM points_account")
    assert owed > 0
    answer = claimed(t, anonymous(t))
    assert isinstance(answer, Claimed)
    assert answer.points == 3 * BOWL // 100
    assert spendable(t) == answer.points - owed
    assert audit(t) == []


@pytest.mark.usefixtures("tx_db")
def test_who_has_no_account_claims_the_sale_and_earns_nothing() -> None:
    t = shop()
    answer = claimed(t, anonymous(t), "M-003")
    assert isinstance(answer, Claimed)
    assert answer.points == 0
    assert audit(t) == []


def test_twenty_at_once_are_one(fresh_db: FreshDatabase) -> None:
    """R-003: many hands on one receipt: one has it, and its points are there once."""
    with tx():
        t = shop()
        for n in range(2, 7):
            wallet.account(t, f"M-00{n}")
        order = anonymous(t)

    def run(n: int) -> Claimed | Refusal:
        try:
            with tx() as one:
                return claimed(one, order, f"M-00{1 + n % 6}")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(run, range(20)))
    assert sum(isinstance(one, Claimed) for one in answers) == 1
    codes = {one.code for one in answers if isinstance(one, Refusal)}
    assert codes == {"claimed_already", "claimed_by_you"}
    with tx() as t:
        assert t.value("SELECT coalesce(sum(free), 0) FROM points_lot") == 3 * BOWL // 100
        assert audit(t) == []


def test_a_claim_and_a_return_at_once_never_leave_points_behind(fresh_db: FreshDatabase) -> None:
    for n in range(4):
        with tx():
            t = shop() if n == 0 else Tx()
            order = anonymous(t)

        def claiming(which: UUID) -> object:
            try:
                with tx() as one:
                    return claimed(one, which)
            finally:
                connection.close()

        def returning(which: UUID) -> object:
            try:
                with tx() as one:
                    return back(one, which)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for done in (pool.submit(claiming, order), pool.submit(returning, order)):
                done.result()
        with tx() as t:
            assert spendable(t) == 0
            assert audit(t) == []


def test_the_lake_follows_and_a_rebuild_gives_the_same(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """The identified share rises by what was claimed; nothing is counted twice."""
    with tx():
        t = shop()
        order = anonymous(t)
        anonymous(t, 1)
    with tx() as t:
        lake.publish(t, tmp_path, recorded_at=world.NOW)
    assert known_units(tmp_path) == {None: 4}
    with tx() as t:
        assert isinstance(claimed(t, order), Claimed)
    with tx() as t:
        lake.publish(t, tmp_path, recorded_at=world.NOW)
        person = t.value(
            "SELECT person_id FROM customers_personof WHERE record_id = %s", [wallet.record(t)]
        )
    grown = known_units(tmp_path)
    assert grown == {None: 1, person: 3}
    with tx() as t:
        back(t, order, 1)
    with tx() as t:
        lake.publish(t, tmp_path, recorded_at=world.NOW)
        after = known_units(tmp_path)
        lake.rebuild(t, tmp_path, recorded_at=world.NOW)
    assert after == known_units(tmp_path) == {None: 1, person: 2}


def known_units(folder: Path) -> dict[int | None, int]:
    """Units by person, as every metric sees them."""
    engine = ibis.duckdb.connect()
    lines = base.known_lines(base.open_lake(engine, folder), currency="JPY")
    found = lines.group_by("person_id").aggregate(units=lines.qty.sum()).to_pyarrow()
    return {row["person_id"]: int(row["units"]) for row in found.to_pylist()}
