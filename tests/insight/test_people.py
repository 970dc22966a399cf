"""Whose purchases fulfil a condition: against a plain loop, returns and unknown buyers included."""

import random
from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from goen.insight import base, people
from goen.insight.people import Ask

FIRST = date(2026, 1, 1)
Lines = list[dict[str, Any]]


def some_lines(rng: random.Random) -> Lines:
    """Receipts of forty records (thirty people), some of nobody, some brought back."""
    lines: Lines = []
    for order in range(300):
        record = rng.choice([None, *range(1, 41)])
        for line_no in range(rng.randint(1, 3)):
            qty = rng.choice([1, 2, 3, -1, -2])
            lines.append({
                "order_id": order, "line_no": line_no, "record_id": record,
                "sku_id": rng.randint(1, 6), "place_id": rng.randint(1, 2),
                "channel_id": rng.randint(1, 2), "currency": rng.choice(["JPY"] * 9 + ["USD"]),
                "business_date": FIRST + timedelta(days=rng.randint(0, 89)), "qty": qty,
                "amount_minor": 100 * qty,
            })  # fmt: skip
    return lines


def lake_of(lines: Lines) -> base.Lake:
    """The lines as a lake; ten people have two records, and two departments hold the goods."""
    person_of = [
        {"record_id": n, "person_id": n % 30 or 30, "unit": "person"} for n in range(1, 41)
    ]
    goods = [{"sku_id": n, "category_id": n % 2 + 1} for n in range(1, 7)]
    tables = [ibis.memtable(pa.Table.from_pylist(one)) for one in (lines, person_of, goods)]
    return base.Lake(*tables, 1)


def naive(lines: Lines, ask: Ask, first_on: date, last_on: date) -> set[int]:
    """The people an ask holds for, by a loop."""
    holds = set()
    for person in range(1, 31):
        mine = [
            x for x in lines
            if x["record_id"] and (x["record_id"] % 30 or 30) == person and x["currency"] == "JPY"
            and first_on <= x["business_date"] <= last_on
            and (not ask.sku_ids or x["sku_id"] in ask.sku_ids)
            and (not ask.category_ids or x["sku_id"] % 2 + 1 in ask.category_ids)
            and ask.place_id in {None, x["place_id"]}
            and ask.channel_id in {None, x["channel_id"]}
        ]  # fmt: skip
        figure = {
            "units": sum(x["qty"] for x in mine),
            "amount": sum(x["amount_minor"] for x in mine),
            "purchases": len({x["order_id"] for x in mine if x["qty"] > 0}),
        }[ask.measure]
        low = ask.least is None or figure >= ask.least
        if low and (ask.most is None or figure <= ask.most):
            holds.add(person)
    return holds


def some_ask(rng: random.Random) -> Ask:
    scale = 100 if (measure := rng.choice(people.MEASURES)) == "amount" else 1
    low, high = sorted(rng.sample(range(-3, 12), 2))
    least, most = rng.choice([(low, None), (None, high), (low, high)])
    return Ask(
        measure,
        sku_ids=rng.choice([(), (3,), (1, 2)]),
        category_ids=rng.choice([(), (1,), (1, 2)]),
        place_id=rng.choice([None, 1]),
        channel_id=rng.choice([None, 2]),
        least=None if least is None else least * scale,
        most=None if most is None else most * scale,
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_people_of_an_ask_are_those_of_a_plain_loop(seed: int) -> None:
    rng = random.Random(seed)
    lines = some_lines(rng)
    lake, everybody = lake_of(lines), set(range(1, 31))
    sizes = set()
    for _ in range(25):
        ask = some_ask(rng)
        first_on = FIRST + timedelta(days=rng.randint(0, 40))
        last_on = first_on + timedelta(days=rng.randint(0, 60))
        found = people.find(lake, ask, currency="JPY", first_on=first_on, last_on=last_on)
        named = everybody - set(found) if ask.holds_for_nothing else set(found)
        assert named == naive(lines, ask, first_on, last_on), ask
        assert found == sorted(set(found))
        sizes.add(len(named))
    assert len(sizes) > 5


def test_an_ask_is_known_by_what_it_asks() -> None:
    one = Ask("units", sku_ids=(1,), first_on=FIRST, least=2)
    assert Ask("units", sku_ids=(1,), first_on=FIRST, least=2).key == one.key
    assert Ask("units", sku_ids=(1,), first_on=FIRST, least=3).key != one.key
    assert len(one.key) == 24
