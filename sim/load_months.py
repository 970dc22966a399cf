"""Months of history brought by one process, or by several side by side, each month whole by one.

A month's receipts pass through in batches and are never held together. Every process makes the
world anew out of the shop's `sim.json`; it ends by itself when the one that started it is gone.
"""

import gc
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from datetime import date, timedelta
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from sim.miyabido import World, build
from sim.world import Receipt

Sell = Callable[[Iterator[Receipt]], Iterator[int]]
Told = Callable[[int, date], None]
_LOOKS_EVERY_S = 1.0
_here: dict[str, Any] = {}
"""What a process of several was started with: the world and the counter of all."""


def world_of(size: dict[str, Any]) -> World:
    """The world that a shop's `sim.json` tells of."""
    return build(**{**size, "end": date.fromisoformat(size["end"])})


def keep_calm() -> None:
    """Look for unreachable cycles seldom: the world stays, and batches free themselves."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def receipts_of(world: World, month: date) -> Iterator[Receipt]:
    """A month's receipts, as far as they are before the four weeks."""
    return world.receipts(since=month, until=_end(world, month))


def count_of(world: World, month: date) -> int:
    """How many receipts `receipts_of` gives."""
    return count_between(world, month, _end(world, month))


def count_between(world: World, first: date, last: date) -> int:
    """How many receipts the days from `first` to `last` have, without making them."""
    count = 0
    for month in world.months():
        if month <= last and (month + timedelta(days=32)).replace(day=1) > first:
            days = world.diary.visits(month).day
            count += int(((days >= first.toordinal()) & (days <= last.toordinal())).sum())
    return count


def bring(
    world: World, months: Sequence[date], *, shop: str, jobs: int, sell: Sell, told: Told
) -> Iterator[date]:
    """Sell the receipts of months; answers each month once it is complete.

    `told` hears how many receipts are in by now, and of which month the latest are.
    """
    if jobs > 1:
        yield from _side_by_side(months, shop=shop, jobs=jobs, told=told)
        return
    done = 0
    for month in months:
        for more in sell(receipts_of(world, month)):
            done += more
            told(done, month)
        yield month


def _side_by_side(months: Sequence[date], *, shop: str, jobs: int, told: Told) -> Iterator[date]:
    fresh = multiprocessing.get_context("spawn")  # a forked one would share our connection
    done: Synchronized[int] = fresh.Value("q", 0)
    given = (shop, done, os.getpid())
    with ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_begin, initargs=given) as pool:
        month_of = {pool.submit(_bring_one, month): month for month in months}
        left = set(month_of)
        while left:
            ended, left = wait(left, timeout=_LOOKS_EVERY_S, return_when=FIRST_COMPLETED)
            for one in ended:
                one.result()
                yield month_of[one]
            now = min((month_of[one] for one in left), default=months[-1])
            told(done.value, now)


def _begin(shop: str, done: "Synchronized[int]", parent: int) -> None:
    os.environ["GOEN_SHOP"] = shop
    from goen.doors.cli.main import start_django

    start_django()
    from sim import load

    world = world_of(json.loads(load.settings_path(shop).read_text()))
    _here.update(world=world, done=done, sell=load.sell_all, parent=parent)
    keep_calm()


def _bring_one(month: date) -> None:
    from goen.kit.db import own_connection

    with own_connection():
        for more in _here["sell"](receipts_of(_here["world"], month)):
            with _here["done"].get_lock():
                _here["done"].value += more
            if os.getppid() != _here["parent"]:
                raise SystemExit("whoever started this is gone")


def _end(world: World, month: date) -> date:
    last = world.window[0] - timedelta(days=1)
    return min(last, (month + timedelta(days=32)).replace(day=1) - timedelta(days=1))
