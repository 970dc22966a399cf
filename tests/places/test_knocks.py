"""How often somebody unknown may knock: counted before it is looked at, and forgotten in time."""

import threading
from datetime import timedelta

from goen.kit.db import Tx, tx
from goen.places import knocks
from goen.places.knocks import Bound, Knock
from tests.conftest import FreshDatabase
from tests.doors.console.conftest import shop
from tests.world import NOW

__all__ = ["shop"]

THREE = Bound("three", 3, timedelta(minutes=10))
TEN = Bound("ten", 10, timedelta(minutes=10))


def _knock(t: Tx, *marks: tuple[Bound, str], minutes: int = 0) -> Knock | None:
    return knocks.knock(t, marks, at=NOW + timedelta(minutes=minutes))


def test_as_many_as_the_bound_and_the_last_is_told(shop: Tx) -> None:
    found = [_knock(shop, (THREE, "a"), (TEN, "x")) for _ in range(4)]
    assert [one and one.is_last for one in found] == [False, False, True, None]
    assert _knock(shop, (THREE, "b"), (TEN, "x")) is not None, "another login"


def test_who_waits_counts_no_further_so_the_wait_ends(shop: Tx) -> None:
    for minute in range(15):
        _knock(shop, (THREE, "a"), minutes=minute)
    assert shop.value("SELECT count(*) FROM places_knock") == 6, "three in each ten minutes"


def test_one_full_bound_counts_against_none(shop: Tx) -> None:
    for _ in range(3):
        _knock(shop, (THREE, "a"))
    before = shop.value("SELECT count(*) FROM places_knock")
    assert _knock(shop, (THREE, "a"), (TEN, "x")) is None
    assert shop.value("SELECT count(*) FROM places_knock") == before


def test_what_was_right_is_no_guess(shop: Tx) -> None:
    for _ in range(9):
        made = _knock(shop, (THREE, "a"), (TEN, "x"))
        assert made is not None
        knocks.right(shop, made)
    assert shop.value("SELECT count(*) FROM places_knock") == 0


def test_letters_large_and_small_are_one_and_nothing_typed_is_kept(shop: Tx) -> None:
    for who in ("Sato", "sato", "SATO"):
        _knock(shop, (THREE, who))
    assert _knock(shop, (THREE, "sato")) is None
    (kept,) = {bytes(mark) for (mark,) in shop.rows("SELECT mark FROM places_knock")}
    assert len(kept) == 16
    assert b"sato" not in kept.lower()


def test_after_a_day_nothing_is_left(shop: Tx) -> None:
    _knock(shop, (THREE, "a"))
    _knock(shop, (THREE, "b"), minutes=24 * 60 + 1)
    assert shop.value("SELECT count(*) FROM places_knock") == 1


def test_of_many_at_once_no_more_get_through(fresh_db: FreshDatabase) -> None:
    found: list[bool] = []
    start = threading.Barrier(6)

    def one() -> None:
        from django.db import connection

        start.wait()
        with tx() as t:
            found.append(_knock(t, (TEN, "x"), (THREE, "a")) is not None)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 3 + [True] * 3
