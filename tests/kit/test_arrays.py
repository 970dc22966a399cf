"""`kit.arrays`: a list arrives as what it was, written quickly or by psycopg."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit.arrays import literal
from goen.kit.db import Tx

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
TIMES = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001  the zone is drawn
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-3))]),
)
KINDS = {
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "text": st.one_of(TEXT, st.sampled_from(['"', "\\", "NULL", "null", "{}", ",", "", " a "])),
    "uuid": st.uuids(),
    "boolean": st.booleans(),
    "timestamptz": TIMES,
    "date": st.dates(),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=4),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_arrives_as_it_was(tx_db, kind) -> None:
    values = st.lists(st.one_of(KINDS[kind], st.none()), max_size=8)

    @given(values)
    def check(given_) -> None:
        assert literal(given_) is not None
        assert Tx().value(f"SELECT %s::{kind}[]", [given_]) == given_

    check()


@given(st.lists(KINDS["text"], min_size=1, max_size=8))
def test_texts_without_a_gap_are_written_the_same_way(texts) -> None:
    with_gap = literal([*texts, None])
    assert with_gap == (literal(texts) or "")[:-1] + ",NULL}"


def test_what_is_not_plain_is_left_to_psycopg(tx_db) -> None:
    t = Tx()
    assert literal([1.5]) is None
    assert t.value("SELECT %s::float8[]", [[1.5, None]]) == [1.5, None]
    assert t.value("SELECT %s::int[]", [[[1, 2], [3, 4]]]) == [[1, 2], [3, 4]]
    assert t.value("SELECT %s::bytea[]", [[b"\x00'", b"a"]]) == [b"\x00'", b"a"]
    assert t.value("SELECT %s::numeric[]", [[Decimal("NaN")]])[0].is_nan()
    assert literal([1, "a"]) is None


def test_a_list_is_compared_with_a_column_without_a_cast(tx_db) -> None:
    t = Tx()
    sql = "SELECT count(*) FROM (VALUES (1::smallint, 'a'), (2, 'b')) AS v (n, c) WHERE "
    assert t.value(sql + "n = ANY(%s)", [[2, 70_000]]) == 1
    assert t.value(sql + "c = ANY(%s)", [["a", "b"]]) == 2
    assert t.value(sql + "c = ANY(%s)", [[]]) == 0


def test_days_and_instants_far_away_arrive(tx_db) -> None:
    ends = [date.min, date.max]
    assert Tx().value("SELECT %s::date[]", [ends]) == ends
