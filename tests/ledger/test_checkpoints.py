"""A checkpoint is where a reader begins: with it or without, every balance is the sum of moves."""

import threading
from datetime import timedelta

import pytest

from goen.kit.db import Tx, tx
from goen.ledger import checkpoints, checks, queries
from goen.ledger.posting import post
from goen.ledger.rules import Move
from tests.conftest import FreshDatabase
from tests.ledger.books import ACTOR, NOW, account, posting

SUPPLIER, SHELF, SOLD = (account("goods:1", who) for who in ("supplier", "shelf", "sold"))


def moved(qty: int) -> None:
    with tx() as t:
        in_and_out = posting(Move(SUPPLIER, SHELF, qty, "in"), Move(SHELF, SOLD, qty, "out"))
        post(t, [in_and_out], actor=ACTOR, recorded_at=NOW)


def closed(hours: int = 0) -> int:
    with tx() as t:
        return checkpoints.close(t, recorded_at=NOW + timedelta(hours=hours))


def balances(t: Tx) -> dict[str, int]:
    """Every account's balance, read from its checkpoint on."""
    return {
        holder: checkpoints.balance(t, id_)
        for id_, holder in t.rows("SELECT id, holder FROM ledger_account")
    }


def test_a_balance_is_the_same_before_and_after(fresh_db: FreshDatabase) -> None:
    moved(5)
    with tx() as t:
        assert balances(t) == {"supplier": -5, "shelf": 0, "sold": 5}
    assert closed() == 2, "the shelf has a balance row of its own"
    moved(3)
    with tx() as t:
        assert balances(t) == {"supplier": -8, "shelf": 0, "sold": 8}
        assert queries.balance(t, "goods:1", "sold") == 8
    assert closed(1) == 2
    assert closed(2) == 0, "nothing moved"
    with tx() as t:
        assert balances(t)["sold"] == 8
        assert checks.broken(t) == []


def test_a_transaction_that_commits_late_is_not_lost(fresh_db: FreshDatabase) -> None:
    moved(1)
    holding, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with tx() as t:
            sale = posting(Move(SUPPLIER, SOLD, 10, "late"))
            post(t, [sale], actor=ACTOR, recorded_at=NOW)
            holding.set()
            go_on.wait(10)

    thread = threading.Thread(target=late)
    thread.start()
    assert holding.wait(10)
    moved(1)
    closed()
    go_on.set()
    thread.join(10)
    with tx() as t:
        assert balances(t)["sold"] == 12
    closed(1)
    with tx() as t:
        assert balances(t)["sold"] == 12
        assert checks.broken(t) == []


def test_the_audit_names_a_wrong_checkpoint(fresh_db: FreshDatabase) -> None:
    moved(4)
    closed()
    with tx() as t:
        t.execute("UPDATE ledger_checkpoint SET posted = posted + 1 WHERE posted > 0")
        (sentence,) = checks.broken(t)
        assert "checkpoint of goods:1 at sold says 5, its moves say 4" in sentence


@pytest.mark.parametrize(("hours", "due"), [(1, False), (25, True)])
def test_once_a_day(fresh_db: FreshDatabase, hours: int, due: bool) -> None:
    with tx() as t:
        assert checkpoints.is_due(t, at=NOW)
    moved(1)
    closed()
    with tx() as t:
        assert checkpoints.is_due(t, at=NOW + timedelta(hours=hours)) is due
