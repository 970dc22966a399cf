"""A page of the people who fulfil conditions is a part of all who do, however many they are."""

from typing import Any
from uuid import uuid4

import pytest

from goen.customers import consents
from goen.customers.consents import Kept, NewConsent
from goen.kit.db import Tx
from goen.marketing import found, found_shown
from goen.marketing.conditions import Conditions, parse
from goen.marketing.found_shown import Look
from tests import world

PROFIT = (50, 700, 700, 20, 900)
"""Of the first five members, as the analyst would have stored it; the sixth bought nothing."""


@pytest.fixture
def t(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    people = t.rows(
        "SELECT record_id, person_id FROM customers_personof ORDER BY record_id LIMIT 6"
    )
    for (_, person), profit in zip(people, PROFIT, strict=False):
        t.execute(
            "INSERT INTO insight_personfigure (person_id, receipts, amount_minor, profit_minor,"
            " first_on, last_on, channels)"
            " VALUES (%s, 1, 1, %s, '2026-11-01', '2026-11-01', '{}')",
            [person, profit],
        )
    said = [
        NewConsent(
            uuid4(), record, "mail", n != 2, "form", world.NOW, address=f"m{n}@kaze.example",
            evidence={"form": "paper"},
        )
        for n, (record, _) in enumerate(people[:5])
    ]  # fmt: skip
    answers = consents.note(t, said, actor=world.ACTOR, recorded_at=world.NOW)
    assert all(isinstance(one, Kept) for one in answers), answers
    return t


MAIL = {"field": "consent", "channel": "mail"}
RICH = {"field": "profit", "least_minor": 50, "most_minor": None}
TREES: list[dict[str, Any]] = [
    {"all": []},
    {"all": [RICH]},
    {"all": [RICH, MAIL]},
    {"all": [MAIL]},
    {"all": [MAIL, {"not": RICH}]},
    {"any": [MAIL, RICH]},
    {"not": {"all": [RICH, MAIL]}},
    RICH,
]


def looked(t: Tx, tree: dict[str, Any], limit: int = 0, offset: int = 0) -> tuple[Look, list[int]]:
    """What a page shows, and everybody by what they brought."""
    conditions = parse(tree)
    assert isinstance(conditions, Conditions), conditions
    ready = found.prepare(t, conditions, at=world.NOW)
    everybody = found.best(t, found.ids(t, ready), limit=100)
    return found_shown.look(t, ready, limit=limit, offset=offset), everybody


@pytest.fixture(params=["few", "many"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With bounds that small that six are many, and everybody is in the sample."""
    if request.param == "many":
        for name, most in (("EXACT_UP_TO", 0), ("SORTED_UP_TO", 0), ("BEST", 2)):
            monkeypatch.setattr(found_shown, name, most)
    return str(request.param)


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_pages_put_together_are_everybody(t: Tx, size: str, tree: dict[str, Any]) -> None:
    look, everybody = looked(t, tree)
    assert look.total == len(everybody) > 0
    assert look.page == []
    assert sorted(look.some) == sorted(everybody)
    gated = MAIL in tree.get("all", ())
    assert look.about is (size == "many" and gated)
    pages = []
    for offset in range(0, len(everybody) + 2, 2):
        look, _ = looked(t, tree, limit=2, offset=offset)
        pages += look.page
    assert pages == everybody


def test_of_many_some_are_the_same_ones_every_time(t: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_shown, "EXACT_UP_TO", 2)
    monkeypatch.setattr(found_shown, "SAMPLE", 3)
    first, everybody = looked(t, {"all": []})
    again, _ = looked(t, {"all": []})
    assert first == again
    assert first.total == len(everybody) == 6
    sql = "SELECT (hashint8extended(%s, 0) & 1048575) / 1048576.0 < 0.5"
    assert set(first.some) == {one for one in everybody if t.value(sql, [one])}
    monkeypatch.setattr(found_shown, "SAMPLE", 0)
    assert set(looked(t, {"all": []})[0].some) < set(everybody)


def test_nobody_is_nobody(t: Tx, size: str) -> None:
    tree = {"all": [MAIL, {"field": "profit", "least_minor": 10_000, "most_minor": None}]}
    look, everybody = looked(t, tree, limit=5)
    assert everybody == []
    assert (look.total, look.page, look.some) == (0, [], [])
