"""Expected lifetime value of everybody with intervals, beside a bare grouping of the same days.

People are made up by the story of BG/NBD, their values by Gamma-Gamma. The limit is DuckDB finding
each person's number of days, first day, last day and sum: the least anybody has to do.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from bench.figure import Figure, duration
from goen.insight.forecast.choosing import choose, predicting
from goen.insight.forecast.history import Floats, Ints, purchases, seen
from goen.insight.forecast.outlook import Basis, outlook
from goen.insight.forecast.spend import Spend, fit_spend
from goen.kit.refusals import Refusal

T = TypeVar("T")

SIZES = (10_000, 100_000, 1_000_000)
THREADS = 2
DAYS, JOINED, HORIZON = 730, 600, 365
SINCE = 738_000
"""An ordinal day of 2021: where the made-up two years begin."""


@dataclass(frozen=True, slots=True)
class Days:
    """Purchases as they come from the lake: a person, a day and a value each."""

    person: Ints
    day: Ints
    value: Floats


def measure(*, sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """The whole of it for growing numbers of people, and its parts for the largest."""
    for people in sizes:
        given = made(people)
        limit = _bare(given)
        parts = list(_forecast(given))
        whole = sum(took for _, took in parts)
        limit_is = f"bare DuckDB, days grouped by person, the same {len(given.day):,} days"
        name = f"expected LTV with intervals, {people:,} people"
        yield duration(name, whole, limit=limit, limit_is=limit_is, n=people)
        if people == max(sizes):
            for part, took in parts:
                yield duration(f"  {part}", took, limit=limit, limit_is=limit_is, n=people)


def made(people: int, seed: int = 1) -> Days:
    """Two years of people with a pace of their own, who may stop after any purchase."""
    rng = np.random.default_rng(seed)
    pace, chance = rng.gamma(0.6, 1 / 5, people) / 7, rng.beta(0.9, 3, people)
    now = rng.integers(0, JOINED, people).astype(np.float64)
    who = np.arange(people)
    persons, days = [who], [now.astype(np.int64)]
    while len(who):
        now = now + rng.exponential(1 / pace[who])
        there = now < DAYS
        who, now = who[there], now[there]
        persons.append(who)
        days.append(now.astype(np.int64))
        stays = rng.random(len(who)) >= chance[who]
        who, now = who[stays], now[stays]
    person = np.concatenate(persons)
    value = rng.gamma(4, 200, len(person)) * rng.gamma(3, 1, people)[person]
    return Days(person, np.concatenate(days) + SINCE, value)


def _bare(given: Days) -> float:
    table = pa.table({"person": given.person, "day": given.day, "value": given.value})
    engine = duckdb.connect(config={"threads": THREADS})
    engine.register("days", table)
    sql = "SELECT person, count(DISTINCT day), min(day), max(day), sum(value) FROM days GROUP BY 1"
    return min(_timed(lambda: engine.execute(sql).arrow())[1] for _ in range(3))


def _forecast(given: Days) -> Iterator[tuple[str, float]]:
    origin = SINCE + DAYS - 1
    bought, took = _timed(lambda: purchases(given.person, given.day, given.value))
    known, more = _timed(lambda: seen(bought, origin))
    yield "purchase days and their statistics", took + more
    choice, took = _timed(lambda: choose(bought, origin=origin, horizon=HORIZON))
    yield "back-test of six models at three origins", took
    found, took = _timed(lambda: predicting(choice, bought, known, origin + HORIZON))
    spend, more = _timed(lambda: fit_spend(known.x, known.spend))
    assert not isinstance(found, Refusal)
    assert isinstance(spend, Spend)
    yield "the winner and Gamma-Gamma by maximum likelihood", took + more
    basis = Basis(found[1], found[2], spend, 1.0)
    _, took = _timed(lambda: outlook(basis, known, origin + HORIZON))
    yield "everybody's expectation and intervals", took


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began
