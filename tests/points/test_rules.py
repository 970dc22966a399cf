"""Which points go first, how many are earned, when they end: against the plainest of oracles."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.points import rules
from goen.points.rules import Lot, Programme

DAY = date(2026, 11, 20)


def programme(**more: object) -> Programme:
    return Programme(1, "p", "JPY", **({"per_minor": 100} | more))  # type: ignore[arg-type]


@st.composite
def some_lots(draw: st.DrawFn) -> list[Lot]:
    found = []
    for n in range(draw(st.integers(0, 6))):
        ends = draw(st.none() | st.integers(-5, 20))
        came = DAY - timedelta(days=draw(st.integers(0, 9)))
        free = draw(st.integers(0, 8))
        until = None if ends is None else DAY + timedelta(days=ends)
        swept = draw(st.booleans()) and ends is not None and ends < 0
        found.append(Lot(UUID(int=n), "earned", UUID(int=n), UUID(int=n), 8, free, came, until,
                         swept))  # fmt: skip
    return found


def one_by_one(lots: list[Lot], qty: int) -> dict[UUID, int]:
    """Point by point, always from the lot that ends first; of those the one that came first."""
    pile = [
        (lot.expires_on or date(9999, 1, 1), lot.earned_on, lot.uid)
        for lot in lots
        if lot.expires_on is None or lot.expires_on >= DAY
        for _ in range(lot.free)
    ]
    found: dict[UUID, int] = {}
    for *_, uid in sorted(pile)[:qty]:
        found[uid] = found.get(uid, 0) + 1
    return found


@given(some_lots(), st.integers(0, 60))
def test_what_ends_first_goes_first(lots: list[Lot], qty: int) -> None:
    found = rules.taken(lots, qty, day=DAY)
    assert {lot.uid: part for lot, part in found} == one_by_one(lots, qty)
    assert len(found) == len({lot.uid for lot, _ in found})


@given(
    st.lists(st.integers(0, 10_000), max_size=6),
    st.integers(1, 500),
    st.sampled_from(["gross", "net"]),
    st.integers(0, 3_000),
)
def test_steps_earn_together_what_all_at_once_earns(
    amounts: list[int], per_minor: int, basis: str, points: int
) -> None:
    """Differences of running sums add up; nothing is earned on points."""
    rule = programme(per_minor=per_minor, basis=basis)

    def upto(n: int) -> int:
        total = sum(amounts[:n])
        return rules.earned(
            rule, total_minor=total, tax_minor=total * 10 // 110, points_minor=min(points, total)
        )

    steps = [upto(n + 1) - upto(n) for n in range(len(amounts))]
    total = sum(amounts)
    assert sum(steps) == upto(len(amounts))
    assert upto(len(amounts)) <= max(total - points, 0) // per_minor


@pytest.mark.parametrize(
    ("basis", "total", "tax", "points", "expected"),
    [
        ("gross", 1_320, 120, 0, 13),
        ("net", 1_320, 120, 0, 12),
        ("gross", 1_320, 120, 1_000, 3),
        ("gross", 1_320, 120, 1_320, 0),
        ("net", 1_320, 120, 660, 6),
        ("gross", 99, 9, 0, 0),
        ("gross", 0, 0, 0, 0),
    ],
)
def test_points_by_hand(basis: str, total: int, tax: int, points: int, expected: int) -> None:
    rule = programme(basis=basis)
    found = rules.earned(rule, total_minor=total, tax_minor=tax, points_minor=points)
    assert found == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 20), 12, date(2027, 11, 20)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_later(day: date, months: int, expected: date) -> None:
    assert rules.months_later(day, months) == expected
    assert programme(expires_months=months).expires_on(day) == expected
    assert programme().expires_on(day) is None
