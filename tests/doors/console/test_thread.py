"""The thread's geometry: everything inside the picture, nothing written over one another."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.doors.console.thread import Contact, Frame, Picture, draw, month_starts, usual_gap

TODAY = date(2026, 11, 20)
LANES = ("店舗", "オンライン", "モール")


def _contact(days_ago: int, lane: int = 0, weight: int = 100, *, verified: bool = True) -> Contact:
    on = TODAY - timedelta(days=days_ago)
    moment = (on - date(1970, 1, 1)).days + 0.5
    return Contact(on, moment, lane, f"¥{weight:,}", weight, verified)


def _drawn(contacts: list[Contact], *, width: int = 720, usual: bool = False) -> Picture:
    first = contacts[0].on - timedelta(days=2)
    frame = Frame(
        first=first,
        today=TODAY,
        lanes=LANES,
        usual=(TODAY + timedelta(days=3), TODAY + timedelta(days=9)) if usual else None,
        today_words="今日 11/20",
        usual_words="いつもならお越しの頃",
        month_words=tuple((m, f"{m.month}月") for m in month_starts(first, TODAY, most=8)),
    )
    return draw(contacts, frame, width=width)


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 2), st.integers(1, 2_000_000)),
        min_size=1,
        max_size=120,
    ),
    st.sampled_from([520, 720, 1080]),
    st.booleans(),
)
def test_rings_and_words_stay_inside_and_apart(
    given_: list[tuple[int, int, int]], width: int, usual: bool
) -> None:
    contacts = [_contact(*one) for one in sorted(given_, reverse=True)]
    picture = _drawn(contacts, width=width, usual=usual)
    assert len(picture.rings) == len(contacts)
    for ring in picture.rings:
        assert picture.left <= ring.x - ring.r
        assert ring.x + ring.r <= width
        assert picture.top < ring.y < picture.height
    for label in picture.labels:
        half = 4 * len(label.words)
        assert label.x - half >= 0
        assert label.x + half <= width + 1
    for one, other in combinations(picture.labels, 2):
        apart = 4 * (len(one.words) + len(other.words))
        assert one.y != other.y or abs(one.x - other.x) >= apart


def test_what_is_not_verified_is_dashed() -> None:
    picture = _drawn([_contact(30), _contact(20, 1, verified=False), _contact(10)])
    assert picture.dashed.count("M") == 2
    assert picture.solid == ""
    assert [ring.verified for ring in picture.rings] == [True, False, True]


def test_the_latest_amount_is_always_written() -> None:
    picture = _drawn([_contact(3, weight=9_000), _contact(2, weight=8_000), _contact(1, weight=5)])
    assert picture.labels[0].words == "¥5"


@pytest.mark.parametrize(
    ("ago", "gap"),
    [
        ([40, 30, 20, 10], None),
        ([50, 40, 30, 20, 10], (10, 10)),
        ([100, 90, 80, 40, 39, 9], (10, 30)),
        ([3, 3, 2, 1], None),
    ],
)
def test_a_habit_needs_five_days_of_visits(ago: list[int], gap: tuple[int, int] | None) -> None:
    assert usual_gap([TODAY - timedelta(days=n) for n in ago]) == gap


def test_months_thin_out_to_quarters_and_years() -> None:
    assert month_starts(date(2026, 7, 24), TODAY, most=8)[0] == date(2026, 8, 1)
    quarters = month_starts(date(2025, 1, 15), TODAY, most=8)
    assert {day.month for day in quarters} <= {1, 4, 7, 10}
    assert len(month_starts(date(1990, 5, 1), TODAY, most=8)) <= 8
