"""Conditions: what is refused, and everybody found equals a plain loop over all facts."""

import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from goen.behaviour.events import NewEvent, keep
from goen.customers import records
from goen.customers.records import NewRecord
from goen.doors.refusals import SENTENCES
from goen.insight import analyst, people
from goen.insight.analyst import Analyst
from goen.insight.questions import Question
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.kit.settings import DECLARED
from goen.marketing import found, lists_causes
from goen.marketing.conditions import Conditions, Tree, parse
from goen.marketing.conditions_words import FIELDS
from tests import world
from tests.conftest import FreshDatabase

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "code", "path"),
    [
        ("{", "conditions_unreadable", "conditions"),
        ([], "conditions_unreadable", "conditions"),
        ({"all": {}}, "conditions_unreadable", "all"),
        ({"any": []}, "conditions_unreadable", "any"),
        ({"all": [{"field": "shoe_size"}]}, "condition_unknown", "all[0].field"),
        ({"all": [{"not": {"field": 3}}]}, "condition_unknown", "all[0].not.field"),
        ({"all": [{"field": "bought_sku"}]}, "condition_value_missing", "all[0].sku_id"),
        ({"field": "spent"}, "condition_value_missing", "least_minor"),
        ({"field": "decile", "in": [0]}, "condition_value_wrong", "in"),
        ({"field": "decile", "in": [True]}, "condition_value_wrong", "in"),
        ({"field": "decile", "in": []}, "condition_value_wrong", "in"),
        ({"field": "late", "is": 1}, "condition_value_wrong", "is"),
        ({"field": "late", "is": True, "x": 1}, "condition_value_unknown", "x"),
        ({"field": "purchases", "least": 3, "most": 2}, "condition_value_wrong", "most"),
        ({"field": "purchases", "least": 1, "window": "5y"}, "condition_value_wrong", "window"),
        ({"field": "bought_at", "place_id": 1, "window": "4w", "first_on": "2026-01-01"},
         "condition_value_wrong", "window"),
        ({"field": "age", "least": "20"}, "condition_value_wrong", "least"),
        ({"field": "prefecture", "in": ["江戸"]}, "condition_value_wrong", "in"),
        ({"field": "first_on", "first": "2026-13-01"}, "condition_value_wrong", "first"),
        ({"all": [{"field": "late", "is": True}] * 41}, "conditions_too_many", "conditions"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_vocabulary_is_refused_where_it_stands(
    written: object, code: str, path: str
) -> None:
    refused = parse(written)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, path)
    assert code in SENTENCES


def test_a_tree_too_deep_is_refused() -> None:
    tree: Tree = {"field": "late", "is": True}
    for _ in range(9):
        tree = {"not": tree}
    refused = parse(tree)
    assert isinstance(refused, Refusal)
    assert refused.code == "conditions_too_deep"
    assert refused.code in SENTENCES


def test_the_same_conditions_are_written_the_same_way() -> None:
    one = parse('{"all":[{"window":"4w","sku_id":7,"field":"bought_sku"}]}')
    other = parse({"field": "bought_sku", "sku_id": 7, "window": "4w", "least": 1})
    assert isinstance(one, Conditions)
    assert isinstance(other, Conditions)
    assert one.text == other.text
    assert parse(one.text) == one


def test_every_field_and_its_values_are_told() -> None:
    page = (Path(__file__).parents[2] / "docs" / "segments.md").read_text()
    told = set(re.findall(r"`(\w+)`", page))
    named = {name for spec in FIELDS.values() for name in spec.values} | set(FIELDS)
    assert named <= told
    assert set(lists_causes.CAUSES) <= told


# Everybody found against a plain loop. The facts are kept beside the shop as they are made.


@dataclass
class Facts:
    """What happened, as the test wrote it down."""

    skus: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    traits: dict[int, dict[str, Any]] = field(default_factory=dict)


PRICE = {code: price for code, _, _, price, *_ in world.GOODS}


@pytest.fixture(scope="module")
def rng() -> random.Random:
    return random.Random(4)


@pytest.fixture
def shop(fresh_db: FreshDatabase, rng: random.Random, tmp_path: Path) -> Facts:
    with tx() as t:
        world.open_shop(t, live=False)
        facts = Facts(
            dict(t.rows("SELECT code, id FROM catalogue_sku")),
            dict(t.rows("SELECT code, id FROM places_place")),
            dict(t.rows("SELECT code, id FROM places_channel")),
        )
        _register(t, facts, rng)
        _sell(t, facts, rng)
        _behave(t, facts, rng)
    return facts


def _register(t: Tx, facts: Facts, rng: random.Random) -> None:
    traits = [
        {
            "gender": rng.choice(["f", "m", "女性", ""]),
            "birth_date": rng.choice([None, date(rng.randint(1940, 2010), rng.randint(1, 12), 20)]),
            "address": rng.choice(
                ["", "東京都渋谷区1", "京都府京都市1", "神奈川県横浜市", "Oregon"]
            ),
        }
        for _ in range(40)
    ]
    new = [NewRecord("ec", f"E-{n}", **one) for n, one in enumerate(traits)]
    records.register(t, new, actor=world.ACTOR, recorded_at=world.NOW)
    keys = dict(t.rows("SELECT source_key, person_id FROM customers_record r"
                       " JOIN customers_personof p ON p.record_id = r.id"))  # fmt: skip
    facts.people = sorted(keys.values())
    facts.traits = {keys[f"E-{n}"]: one for n, one in enumerate(traits)}


def _sell(t: Tx, facts: Facts, rng: random.Random) -> None:
    who = dict(t.rows("SELECT r.source_key, p.person_id FROM customers_record r"
                      " JOIN customers_personof p ON p.record_id = r.id"))  # fmt: skip
    sales = []
    for n in range(400):
        key = rng.choice([*list(who)[:32], None])
        items = [(rng.choice(world.GOODS)[0], rng.randint(1, 4)) for _ in range(rng.randint(1, 3))]
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * 300))
        place = rng.choice(["shibuya", "kichijoji"])
        channel = rng.choice(["store", "ec"])
        member = None if key is None else ("ec" if key.startswith("E") else "pos", key)
        sales.append(world.sale(*items, place=place, at=at, channel=channel, record_key=member))
        facts.lines += [
            {"document": n, "person": who.get(key), "sku": facts.skus[item], "qty": qty,
             "amount": qty * PRICE[item], "place": facts.places[place],
             "channel": facts.channels[channel], "day": (at + timedelta(hours=9)).date()}
            for item, qty in items
        ]  # fmt: skip
    answers = world.sold(t, *sales)
    assert all(hasattr(one, "repeated") for one in answers), answers


def _behave(t: Tx, facts: Facts, rng: random.Random) -> None:
    records_of = dict(t.rows("SELECT record_id, person_id FROM customers_personof"))
    events = []
    for n in range(300):
        record = rng.choice(list(records_of))
        kind, item = rng.choice(["view", "cart", "visit"]), rng.choice(list(facts.skus))
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * 40))
        events.append(NewEvent("ec", f"m{n}", kind, at, record_id=record,
                               sku_id=facts.skus[item]))  # fmt: skip
        facts.events.append((records_of[record], kind, item, at))
    kept = keep(t, events, actor=world.ACTOR, recorded_at=world.NOW)
    assert not [one for one in kept if isinstance(one, Refusal)], kept


def naive(facts: Facts, tree: Tree, person: int) -> bool:
    """The oracle: a plain loop over the facts."""
    if "all" in tree:
        return all(naive(facts, one, person) for one in tree["all"])
    if "any" in tree:
        return any(naive(facts, one, person) for one in tree["any"])
    if "not" in tree:
        return not naive(facts, tree["not"], person)
    return _leaf(facts, tree, person)


def _mine(facts: Facts, leaf: Tree, person: int) -> list[dict[str, Any]]:
    last = max(line["day"] for line in facts.lines)
    days = {"4w": 28, "12m": 365, "all": 10_000, "90d": 90}[leaf.get("window", "all")]
    first = last - timedelta(days - 1)
    first = date.fromisoformat(leaf["first_on"]) if "first_on" in leaf else first
    last = date.fromisoformat(leaf["last_on"]) if "last_on" in leaf else last
    return [x for x in facts.lines if x["person"] == person and first <= x["day"] <= last]


def _leaf(facts: Facts, leaf: Tree, person: int) -> bool:  # noqa: PLR0911, PLR0912  one field each
    mine = _mine(facts, leaf, person)
    low, high = leaf.get("least"), leaf.get("most")
    days = sorted({x["day"] for x in mine})
    match leaf["field"]:
        case "bought_sku":
            there = [x for x in mine if leaf.get("place_id") in {None, x["place"]}]
            return sum(x["qty"] for x in there if x["sku"] == leaf["sku_id"]) >= leaf["least"]
        case "bought_category":
            return sum(x["qty"] for x in mine) >= leaf["least"]
        case "bought_at":
            return any(x["place"] == leaf["place_id"] for x in mine)
        case "bought_via":
            return any(x["channel"] == leaf["channel_id"] for x in mine)
        case "spent":
            low, high = leaf.get("least_minor"), leaf.get("most_minor")
            return _between(sum(x["amount"] for x in mine), low, high)
        case "purchases":
            return _between(len({x["document"] for x in mine}), low, high)
        case "days_away":
            last = max(x["day"] for x in facts.lines)
            return bool(days) and _between((last - days[-1]).days, low, high)
        case "first_on":
            first = days[0].isoformat() if days else ""
            return bool(days) and _between(first, leaf.get("first"), leaf.get("last"))
        case "second":
            soon = len(days) > 1 and (days[1] - days[0]).days <= leaf.get("within_days", 9_999)
            return bool(days) and soon == leaf["done"]
        case "event":
            since = world.NOW - timedelta(days=leaf["days"])
            seen = [e[3] for e in facts.events if e[0] == person and e[1] == leaf["kind"]]
            return sum(at > since for at in seen) >= leaf["least"]
        case "gender":
            said = facts.traits.get(person, {}).get("gender", "")
            return {"f": "female", "女性": "female", "m": "male"}.get(said, "?") in leaf["in"]
        case "birth_month":
            born = facts.traits.get(person, {}).get("birth_date")
            return born is not None and born.month in leaf["in"]
        case "age":
            born = facts.traits.get(person, {}).get("birth_date")
            if born is None:
                return False
            age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
            return _between(age, low, high)
        case "prefecture":
            lives = facts.traits.get(person, {}).get("address", "")
            return any(lives.startswith(one) for one in leaf["in"])
        case "person":
            return person in leaf["ids"]
        case "late":
            return bool(days) and _is_late(facts, days) == leaf["is"]
        case "no_next_step":
            return not (days and _is_late(facts, days))
        case "contacted":
            return not leaf["is"]
        case other:
            raise AssertionError(other)


def _is_late(facts: Facts, days: list[date]) -> bool:
    gaps = [(after - before).days for before, after in pairwise(days)]
    away = (max(x["day"] for x in facts.lines) - days[-1]).days
    factor = DECLARED["lapse.factor"].default
    return len(days) >= 3 and away > median(gaps) * factor and away > max(gaps)


def _between(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def some_leaf(facts: Facts, rng: random.Random) -> Tree:
    window: Tree = rng.choice(
        [{"window": "4w"}, {"window": "12m"}, {"window": "all"}, {"window": "90d"},
         {"first_on": "2026-06-01", "last_on": "2026-09-30"}, {"first_on": "2026-10-01"}]
    )  # fmt: skip
    few, more = sorted(rng.sample(range(20), 2))
    sku, place = rng.choice(list(facts.skus.values())), rng.choice(list(facts.places.values()))
    channel = rng.choice(list(facts.channels.values()))
    return rng.choice(
        [
            {"field": "bought_sku", "sku_id": sku, "least": rng.randint(1, 4), **window},
            {"field": "bought_sku", "sku_id": sku, "place_id": place, **window},
            {"field": "bought_category", "category_id": 1, "least": few + 1, **window},
            {"field": "bought_at", "place_id": place, **window},
            {"field": "bought_via", "channel_id": channel, **window},
            {"field": "spent", "least_minor": few * 1000, **window},
            {"field": "spent", "least_minor": 0, "most_minor": more * 1000, **window},
            {"field": "purchases", "least": few, "most": more, **window},
            {"field": "purchases", "most": few, **window},
            {"field": "days_away", "least": few, "most": more + 20},
            {"field": "first_on", "first": "2026-02-01", "last": "2026-03-15"},
            {"field": "second", "done": rng.random() < 0.5, "within_days": more + 1},
            {"field": "second", "done": rng.random() < 0.5},
            {"field": "event", "kind": rng.choice(["view", "cart"]), "days": more + 1},
            {"field": "event", "kind": "visit", "days": 40, "least": 2},
            {"field": "gender", "in": rng.choice([["female"], ["male"], ["female", "male"]])},
            {"field": "birth_month", "in": sorted(rng.sample(range(1, 13), 4))},
            {"field": "age", "least": few + 10, "most": more + 50},
            {"field": "prefecture", "in": rng.choice([["東京都"], ["京都府", "神奈川県"]])},
            {"field": "person", "ids": sorted(rng.sample(facts.people, 9))},
            {"field": "no_next_step"},
            {"field": "late", "is": rng.random() < 0.7},
            {"field": "contacted", "days": 28, "is": rng.random() < 0.5},
        ]
    )


def some_tree(facts: Facts, rng: random.Random, depth: int = 0) -> Tree:
    if depth == 3 or rng.random() < 0.35:
        return some_leaf(facts, rng)
    inner = [some_tree(facts, rng, depth + 1) for _ in range(rng.randint(1, 3))]
    return rng.choice([{"all": inner}, {"any": inner}, {"not": inner[0]}])


def ready_of(found_by: Analyst, t: Tx, conditions: Conditions) -> found.Ready:
    """The conditions with what the analyst found."""
    waiting = found.prepare(t, conditions, at=world.NOW)
    if waiting.waiting:
        keys = ",".join(sorted({ask.key for ask in waiting.asks.values()}))
        found_by.answer(Question(people.METRIC, keys), recorded_at=world.NOW)
    return found.prepare(t, conditions, at=world.NOW)


def test_everybody_found_equals_a_plain_loop_over_all_facts(
    shop: Facts, rng: random.Random, tmp_path: Path
) -> None:
    """R-077: the count equals the count by hand, for random conditions of random depth."""
    found_by, t, seen = Analyst(tmp_path), Tx(), set()
    analyst.work_once(found_by)
    sizes = []
    for _ in range(120):
        conditions = parse(some_tree(shop, rng))
        assert isinstance(conditions, Conditions), conditions
        expected = [one for one in shop.people if naive(shop, conditions.tree, one)]
        ready = ready_of(found_by, t, conditions)
        assert found.ids(t, ready) == expected, conditions.text
        assert found.count(t, ready) == len(expected)
        assert sorted(found.page(t, ready, limit=100)) == expected
        someone = rng.choice(shop.people)
        which = found.fulfilled(t, ready, someone)
        assert found.holds(conditions.tree, which) == (someone in expected), conditions.text
        seen |= {leaf.field for leaf in conditions.leaves()}
        sizes.append(len(expected))
    assert len(seen) >= 18
    assert sum(0 < size < len(shop.people) for size in sizes) > 40
