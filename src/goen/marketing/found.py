"""The people who fulfil conditions, now: how many, who, and whether one of them does.

Promises: everybody who is one person counts once; what the analyst has not answered yet is said
(`waiting`), never guessed; the moment the figures are true of is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.insight import people, queries
from goen.insight.people import Ask, Kept
from goen.insight.questions import Question
from goen.kit import clock, settings
from goen.kit.db import Tx
from goen.marketing.conditions import Conditions, Leaf, Tree
from goen.marketing.conditions_asks import asks_of
from goen.marketing.conditions_sql import EVERYBODY, Moment, people_of

STORED = frozenset(
    ("days_away", "first_on", "second", "late", "rfm", "decile", "profit", "expected_profit",
     "alive", "stake", "acquired_at", "acquired_via", "main_place", "no_next_step")
)  # fmt: skip
"""Fields whose figures the analyst stores for everybody: their sets name nobody twice."""
NO_NEXT_STEP = Conditions({"all": [{"field": "no_next_step"}]})
"""Customers for whom nothing comes next: no proposal, no measure, no scenario."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Conditions that can be evaluated: their asks are answered, or `waiting` says they are not."""

    conditions: Conditions
    asks: Mapping[str, Ask]
    kept: Mapping[str, Kept]
    moment: Moment
    as_of: datetime | None

    @property
    def waiting(self) -> bool:
        """Whether the analyst still owes an answer."""
        return any(ask.key not in self.kept for ask in self.asks.values())


def prepare(tx: Tx, conditions: Conditions, *, at: datetime) -> Ready:
    """Have the analyst find what has to be found; waits a little."""
    asks = asks_of(tx, conditions)
    kept = people.ask_for(tx, list(asks.values()), asked_at=at)
    moments = [one.as_of for one in kept.values()]
    if any(leaf.field in STORED for leaf in conditions.leaves()):
        stored = queries.stored(tx, Question("ltv", ""))
        moments += [stored[1]] if stored else []
    zone = settings.read(tx, "shop.timezone")
    today = clock.business_date(at, timezone=zone, day_change_hour=0)
    return Ready(conditions, asks, kept, Moment(at, today), min(moments, default=None))


def count(tx: Tx, ready: Ready) -> int:
    """How many people fulfil them."""
    sql, values = query(tx, ready)
    return int(tx.value(f"{sql[0]} SELECT count(*) {sql[1]}", values))


def ids(tx: Tx, ready: Ready) -> list[int]:
    """All of them, ascending."""
    sql, values = query(tx, ready)
    return [row[0] for row in tx.rows(f"{sql[0]} SELECT e.person_id {sql[1]} ORDER BY 1", values)]


def page(
    tx: Tx, ready: Ready, *, limit: int, offset: int = 0, without: Collection[str] = ()
) -> list[int]:
    """Some of them, by what they brought so far. Conditions at the places `without` are passed."""
    sql, values = query(tx, ready, without=without)
    found = tx.rows(
        f"{sql[0]} SELECT e.person_id {sql[1].replace('/*more*/', _BY_PROFIT)}"
        " ORDER BY f.profit_minor DESC NULLS LAST, e.person_id LIMIT %s OFFSET %s",
        [*values, limit, offset],
    )
    return [row[0] for row in found]


_BY_PROFIT = "LEFT JOIN insight_personfigure f ON f.person_id = e.person_id"


def best(tx: Tx, people: Sequence[int], *, limit: int, offset: int = 0) -> list[int]:
    """Some of these people, by what they brought so far."""
    found = tx.rows(
        "SELECT given.id FROM unnest(%s::bigint[]) AS given (id)"
        " LEFT JOIN insight_personfigure f ON f.person_id = given.id"
        " ORDER BY f.profit_minor DESC NULLS LAST, given.id LIMIT %s OFFSET %s",
        [list(people), limit, offset],
    )
    return [row[0] for row in found]


def fulfilled(tx: Tx, ready: Ready, person_id: int) -> dict[str, bool]:
    """Which of the conditions one person fulfils, by where each stands."""
    answers = {}
    for leaf in ready.conditions.leaves():
        sql, values = people_of(tx, leaf, ready.asks.get(leaf.path), ready.moment)
        answers[leaf.path] = bool(
            tx.value(
                f"SELECT EXISTS (SELECT FROM ({sql}) people WHERE person_id = %s)",
                [*values, person_id],
            )
        )
    return answers


def holds(tree: Tree, fulfilled: Mapping[str, bool], path: str = "") -> bool:
    """Whether a tree holds, given which of its leaves do."""
    dot = f"{path}." if path else ""
    if "all" in tree:
        return all(holds(x, fulfilled, f"{dot}all[{n}]") for n, x in enumerate(tree["all"]))
    if "any" in tree:
        return any(holds(x, fulfilled, f"{dot}any[{n}]") for n, x in enumerate(tree["any"]))
    if "not" in tree:
        return not holds(tree["not"], fulfilled, f"{dot}not")
    return fulfilled[path]


def query(
    tx: Tx, ready: Ready, *, without: Collection[str] = ()
) -> tuple[tuple[str, str], list[Any]]:
    """(WITH …, FROM … WHERE …) and their values. Each condition is one set, joined once.

    Conditions at the places `without` are left out: everybody passes them.
    """
    assert not ready.waiting
    tree = ready.conditions.tree
    leaves = [leaf for leaf in ready.conditions.leaves() if leaf.path not in without]
    first = next(iter(musts(tree, leaves)), None)  # only its people are looked at
    sets, values = [], []
    for leaf in leaves:
        sql, more = people_of(tx, leaf, ready.asks.get(leaf.path), ready.moment)
        people = f"SELECT {'' if leaf.field in STORED else 'DISTINCT'} person_id FROM ({sql}) x"
        if leaf is first:
            sets.append(f"everybody AS MATERIALIZED ({people} WHERE {_NOW})")
        else:
            sets.append(f"s{leaves.index(leaf)} AS MATERIALIZED ({people})")
        values += more
    if first is None:
        sets.append(f"everybody AS MATERIALIZED ({EVERYBODY})")
    numbers = {leaf.path: n for n, leaf in enumerate(leaves) if leaf is not first}
    joins = " ".join(f"LEFT JOIN s{n} ON s{n}.person_id = e.person_id" for n in numbers.values())
    where = _where(tree, numbers, "")
    return (f"WITH {', '.join(sets)}", f"FROM everybody e {joins} /*more*/ WHERE {where}"), values


_NOW = "EXISTS (SELECT FROM customers_personof p WHERE p.person_id = x.person_id)"
"""Stored figures may name somebody who became another person since."""


def musts(tree: Tree, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The conditions among these that everybody has to fulfil."""
    must = {f"all[{n}]" for n in range(len(tree.get("all", ())))}
    return [leaf for leaf in leaves if leaf.path in must]


def _where(tree: Tree, numbers: Mapping[str, int], path: str) -> str:
    dot = f"{path}." if path else ""
    for name, between, empty in (("all", " AND ", "true"), ("any", " OR ", "false")):
        if name in tree:
            parts = [_where(one, numbers, f"{dot}{name}[{n}]") for n, one in enumerate(tree[name])]
            return f"({between.join(parts)})" if parts else empty
    if "not" in tree:
        return f"NOT {_where(tree['not'], numbers, f'{dot}not')}"
    return f"(s{numbers[path]}.person_id IS NOT NULL)" if path in numbers else "true"
