"""Each condition as the set of people who fulfil it, in SQL: one column, `person_id`.

Purchases come from what the analyst found; ranks and forecasts from what it stored; the rest from
the packages' views. Relative days are counted back from the moment asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from goen.customers import consents, traits
from goen.customers.consents import Permission
from goen.insight.people import PEOPLE_SQL, Ask
from goen.kit.db import Tx
from goen.marketing import contacts
from goen.marketing.conditions import Leaf

EVERYBODY = "SELECT DISTINCT person_id FROM customers_personof"
CONSIDERED = ("view", "search", "cart", "uncart", "ask", "pick")
"""What somebody does with a thing that they may buy."""

Set = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked: the instant, and the day it is where the shop is."""

    at: datetime
    today: date

    def since(self, days: int) -> datetime:
        """The instant so many days ago."""
        return self.at - timedelta(days=days)


def people_of(tx: Tx, leaf: Leaf, ask: Ask | None, moment: Moment) -> Set:
    """The people who fulfil a condition."""
    if ask is not None:
        found: Set = (PEOPLE_SQL, [ask.key])
        return _others(found) if ask.holds_for_nothing else found
    if leaf.field == "consent":
        return _permitted(tx, leaf)
    return _SETS[leaf.field](leaf, moment)


def _others(found: Set) -> Set:
    """Everybody who is not among these."""
    sql = (
        f"SELECT e.person_id FROM ({EVERYBODY}) e WHERE NOT EXISTS"
        f" (SELECT FROM ({found[0]}) others WHERE others.person_id = e.person_id)"
    )
    return sql, found[1]


def _within(table: str, column: str, least: Any, most: Any) -> Set:
    wanted, values = [f"{column} IS NOT NULL"], []
    for sign, bound in ((">=", least), ("<=", most)):
        if bound is not None:
            wanted.append(f"{column} {sign} %s")
            values.append(bound)
    return f"SELECT person_id FROM {table} WHERE {' AND '.join(wanted)}", values


def _ranked(column: str, name: str) -> Callable[[Leaf, Moment], Set]:
    """People whose rank has this value."""
    sql = f"SELECT person_id FROM insight_personrank WHERE {column} = %s"
    return lambda leaf, _: (sql, [leaf[name]])


def _rfm(leaf: Leaf, _: Moment) -> Set:
    names = [name for name in ("recency", "frequency", "monetary") if leaf[name] is not None]
    wanted = " AND ".join(f"{name} = ANY(%s)" for name in names)
    sql = f"SELECT person_id FROM insight_personrank WHERE {wanted}"
    return sql, [leaf[name] for name in names]


_SECOND = """
SELECT r.person_id FROM insight_personrank r JOIN insight_personfigure f USING (person_id)
WHERE (r.second_on IS NOT NULL AND (%s::int IS NULL OR r.second_on - f.first_on <= %s::int)) = %s
"""


def _second(leaf: Leaf, _: Moment) -> Set:
    return _SECOND, [leaf["within_days"], leaf["within_days"], leaf["done"]]


_CONSIDERED = """
SELECT looked.person_id FROM (
  SELECT p.person_id, min(e.happened_at) AS first_at
  FROM report_event e JOIN report_person_of p ON p.record_id = e.record_id
  WHERE e.sku_id = %s AND e.kind = ANY(%s) AND e.happened_at > %s AND e.month >= %s
  GROUP BY p.person_id
) looked LEFT JOIN (
  SELECT p.person_id, max(l.occurred_at) AS last_at
  FROM report_sale_line l JOIN report_person_of p ON p.record_id = l.record_id
  WHERE l.sku_id = %s AND l.qty > 0 AND l.occurred_at > %s GROUP BY p.person_id
) bought ON bought.person_id = looked.person_id
WHERE bought.last_at IS NULL OR bought.last_at < looked.first_at
"""


def month_before(moment: datetime) -> date:
    """The first of the month before: no sender's clock is wrong by more than that."""
    return (moment.date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _considered(leaf: Leaf, moment: Moment) -> Set:
    since = moment.since(leaf["days"])
    sku = leaf["sku_id"]
    return _CONSIDERED, [sku, list(CONSIDERED), since, month_before(since), sku, since]


_EVENT = """
SELECT p.person_id FROM report_event e JOIN report_person_of p ON p.record_id = e.record_id
WHERE e.kind = %s AND e.happened_at > %s AND e.month >= %s
GROUP BY p.person_id HAVING count(*) >= %s
"""


def _event(leaf: Leaf, moment: Moment) -> Set:
    since = moment.since(leaf["days"])
    return _EVENT, [leaf["kind"], since, month_before(since), leaf["least"]]


_REASON = """
SELECT DISTINCT p.person_id
FROM report_reason e JOIN report_person_of p ON p.record_id = e.record_id
WHERE e.code = %s AND (%s = '' OR e.basis = %s)
"""


def _reason(leaf: Leaf, _: Moment) -> Set:
    basis = leaf["basis"] or ""
    return _REASON, [leaf["code"], basis, basis]


_SAID_YES = """
SELECT DISTINCT p.person_id FROM customers_consent c
JOIN report_person_of p ON p.record_id = c.record_id
WHERE c.channel = %s AND c.purpose = 'marketing' AND c.granted
"""


def _permitted(tx: Tx, leaf: Leaf) -> Set:
    """Decided by the one function that knows who may be written to, of those who ever said yes."""
    channel = leaf["channel"]
    asked = [row[0] for row in tx.rows(_SAID_YES, [channel])]
    answers = consents.permissions(tx, asked, channel=channel)
    permitted = [person for person, one in answers.items() if isinstance(one, Permission)]
    return "SELECT unnest(%s::bigint[]) AS person_id", [permitted]


def _contacted(leaf: Leaf, moment: Moment) -> Set:
    found: Set = (
        f"SELECT DISTINCT person_id FROM ({contacts.CONTACTS}) contacts",
        contacts.since(moment.since(leaf["days"])),
    )
    return found if leaf["is"] else _others(found)


def _no_next_step(_: Leaf, moment: Moment) -> Set:
    steps = " UNION ALL ".join(sql for sql, _ in contacts.next_steps(moment.today).values())
    values = [value for _, more in contacts.next_steps(moment.today).values() for value in more]
    return _others((steps, values))


def _of(trait: str, wanted: str) -> str:
    return f"SELECT person_id FROM ({trait}) known WHERE {wanted}"


def _age(leaf: Leaf, moment: Moment) -> Set:
    least, most = leaf["least"], leaf["most"]
    wanted = "date_part('year', age(%s::date, value)) BETWEEN %s AND %s"
    bounds = [moment.today, 0 if least is None else least, 999 if most is None else most]
    return _of(traits.BORN, wanted), bounds


_SETS: Mapping[str, Callable[[Leaf, Moment], Set]] = {
    "days_away": lambda leaf, _: _within(
        "insight_personrank", "days_away", leaf["least"], leaf["most"]
    ),
    "first_on": lambda leaf, _: _within(
        "insight_personfigure", "first_on", leaf["first"], leaf["last"]
    ),
    "second": _second,
    "late": _ranked("is_late", "is"),
    "rfm": _rfm,
    "decile": lambda leaf, _: (
        "SELECT person_id FROM insight_personrank WHERE decile = ANY(%s)",
        [leaf["in"]],
    ),
    "profit": lambda leaf, _: _within(
        "insight_personfigure", "profit_minor", leaf["least_minor"], leaf["most_minor"]
    ),
    "expected_profit": lambda leaf, _: _within(
        "insight_forecast", "profit_minor", leaf["least_minor"], leaf["most_minor"]
    ),
    "alive": lambda leaf, _: _within("insight_forecast", "alive", leaf["least"], leaf["most"]),
    "stake": lambda leaf, _: _within(
        "insight_personrank", "stake_minor", leaf["least_minor"], None
    ),
    "acquired_at": _ranked("first_place", "place_id"),
    "acquired_via": _ranked("first_channel", "channel_id"),
    "main_place": _ranked("main_place", "place_id"),
    "considered": _considered,
    "event": _event,
    "reason": _reason,
    "contacted": _contacted,
    "no_next_step": _no_next_step,
    "gender": lambda leaf, _: (_of(traits.GENDER, "value = ANY(%s)"), [leaf["in"]]),
    "age": _age,
    "birth_month": lambda leaf, _: (
        _of(traits.BORN, "date_part('month', value)::int = ANY(%s)"),
        [leaf["in"]],
    ),
    "prefecture": lambda leaf, _: (_of(traits.PREFECTURE, "value = ANY(%s)"), [leaf["in"]]),
    "person": lambda leaf, _: ("SELECT unnest(%s::bigint[]) AS person_id", [leaf["ids"]]),
}
