"""Why somebody is among the people found, or is not: each condition with their own figure.

The figure is counted from the facts themselves, beside the sets that decide: what a reader can
check by hand. A person's own values are masked for whoever may not see them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from goen.customers import consents, traits
from goen.customers.consents import Barred
from goen.kit.actors import Viewer
from goen.kit.db import Row, Tx
from goen.marketing import contacts
from goen.marketing.conditions import Leaf
from goen.marketing.conditions_sql import CONSIDERED, month_before
from goen.marketing.found import Ready, fulfilled, holds

PERSONAL = frozenset({"age", "birth_month", "prefecture", "gender"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition: whether it holds for the person, and the figures it is judged by."""

    leaf: Leaf
    holds: bool
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Why:
    """Whether somebody is in, and every condition's part in it."""

    person_id: int
    is_in: bool
    reasons: tuple[Reason, ...]


def why(tx: Tx, ready: Ready, person_id: int, *, viewer: Viewer) -> Why:
    """Every condition with the person's own figures."""
    which = fulfilled(tx, ready, person_id)
    stored = _stored(tx, person_id)
    reasons = tuple(
        Reason(leaf, which[leaf.path], _figures(tx, ready, leaf, person_id, stored, viewer))
        for leaf in ready.conditions.leaves()
    )
    return Why(person_id, holds(ready.conditions.tree, which), reasons)


def _figures(
    tx: Tx, ready: Ready, leaf: Leaf, person: int, stored: Mapping[str, Any], viewer: Viewer
) -> dict[str, Any]:
    if leaf.path in ready.asks:
        return _bought(tx, ready, leaf, person)
    if leaf.field in _STORED:
        return {name: stored.get(name) for name in _STORED[leaf.field]}
    if leaf.field in PERSONAL:
        return _trait(tx, leaf, person) if viewer.sees_names else {"masked": True}
    return _OTHERS[leaf.field](tx, ready, leaf, person) if leaf.field in _OTHERS else {}


_STORED: Mapping[str, tuple[str, ...]] = {
    "days_away": ("days_away",),
    "first_on": ("first_on",),
    "second": ("first_on", "second_on"),
    "late": ("days_away", "usual_days"),
    "rfm": ("recency", "frequency", "monetary"),
    "decile": ("decile",),
    "profit": ("profit_minor",),
    "expected_profit": ("expected_minor",),
    "alive": ("alive",),
    "stake": ("stake_minor",),
    "acquired_at": ("first_place",),
    "acquired_via": ("first_channel",),
    "main_place": ("main_place",),
}
_OWN = """
SELECT f.first_on, f.profit_minor, r.days_away, r.usual_days, r.recency, r.frequency, r.monetary,
       r.decile, r.stake_minor, r.second_on, r.first_place, r.first_channel, r.main_place,
       x.profit_minor, x.alive
FROM (SELECT %s::bigint AS person_id) one
LEFT JOIN insight_personfigure f USING (person_id)
LEFT JOIN insight_personrank r USING (person_id)
LEFT JOIN insight_forecast x USING (person_id)
"""
_NAMES = (
    "first_on", "profit_minor", "days_away", "usual_days", "recency", "frequency", "monetary",
    "decile", "stake_minor", "second_on", "first_place", "first_channel", "main_place",
    "expected_minor", "alive",
)  # fmt: skip


def _stored(tx: Tx, person: int) -> dict[str, Any]:
    row = tx.row(_OWN, [person])
    assert row is not None
    return dict(zip(_NAMES, row, strict=True))


_BOUGHT = """
SELECT coalesce(sum(l.qty), 0), coalesce(sum(l.amount_minor), 0),
       count(DISTINCT l.order_id) FILTER (WHERE l.qty > 0), max(l.business_date)
FROM report_sale_line l
JOIN catalogue_sku s ON s.id = l.sku_id
JOIN catalogue_product p ON p.id = s.product_id
WHERE l.record_id IN (SELECT record_id FROM report_person_of WHERE person_id = %s)
  AND l.business_date BETWEEN %s AND %s
  AND (%s::bigint[] = '{}' OR l.sku_id = ANY(%s::bigint[]))
  AND (%s::bigint[] = '{}' OR p.category_id = ANY(%s::bigint[]))
  AND (%s::bigint IS NULL OR l.place_id = %s::bigint)
  AND (%s::bigint IS NULL OR l.channel_id = %s::bigint)
"""


def _bought(tx: Tx, ready: Ready, leaf: Leaf, person: int) -> dict[str, Any]:
    ask = ready.asks[leaf.path]
    kept = ready.kept[ask.key]
    skus, categories = list(ask.sku_ids), list(ask.category_ids)
    row = tx.row(
        _BOUGHT,
        [person, kept.first_on, kept.last_on, skus, skus, categories, categories, ask.place_id,
         ask.place_id, ask.channel_id, ask.channel_id],
    )  # fmt: skip
    assert row is not None
    figure = dict(zip(("units", "amount", "purchases"), row, strict=False))[ask.measure]
    return {ask.measure: int(figure), "last_on": row[3],
            "first_on": kept.first_on, "until": kept.last_on}  # fmt: skip


_EVENTS = """
SELECT count(*), max(e.happened_at)
FROM report_event e JOIN report_person_of p ON p.record_id = e.record_id
WHERE e.kind = ANY(%s) AND e.happened_at > %s AND e.month >= %s
  AND (%s::bigint IS NULL OR e.sku_id = %s::bigint) AND p.person_id = %s
"""
_REASONS = """
SELECT DISTINCT e.code FROM report_reason e JOIN report_person_of p ON p.record_id = e.record_id
WHERE p.person_id = %s ORDER BY e.code
"""


def _events(tx: Tx, ready: Ready, leaf: Leaf, person: int) -> dict[str, Any]:
    since = ready.moment.since(leaf["days"])
    kinds = [leaf["kind"]] if leaf.field == "event" else list(CONSIDERED)
    sku = leaf["sku_id"]
    return _times(tx.row(_EVENTS, [kinds, since, month_before(since), sku, sku, person]))


def _reasons(tx: Tx, _: Ready, __: Leaf, person: int) -> dict[str, Any]:
    return {"codes": [code for (code,) in tx.rows(_REASONS, [person])]}


def _consent(tx: Tx, _: Ready, leaf: Leaf, person: int) -> dict[str, Any]:
    answer = consents.permissions(tx, [person], channel=leaf["channel"])[person]
    return {"cause": answer.cause if isinstance(answer, Barred) else ""}


def _contacts(tx: Tx, ready: Ready, leaf: Leaf, person: int) -> dict[str, Any]:
    sql = f"SELECT count(*), max(at) FROM ({contacts.CONTACTS}) c WHERE person_id = %s"
    return _times(tx.row(sql, [*contacts.since(ready.moment.since(leaf["days"])), person]))


def _times(row: Row | None) -> dict[str, Any]:
    assert row is not None
    return {"times": row[0], "last_at": row[1]}


_TRAITS = {
    "gender": traits.GENDER,
    "age": traits.BORN,
    "birth_month": traits.BORN,
    "prefecture": traits.PREFECTURE,
}


def _trait(tx: Tx, leaf: Leaf, person: int) -> dict[str, Any]:
    sql = f"SELECT value FROM ({_TRAITS[leaf.field]}) known WHERE person_id = %s"
    return {leaf.field: tx.value(sql, [person])}


def _steps(tx: Tx, ready: Ready, _: Leaf, person: int) -> dict[str, Any]:
    """Which next steps somebody has."""
    has = [
        name
        for name, (sql, values) in contacts.next_steps(ready.moment.today).items()
        if tx.value(
            f"SELECT EXISTS (SELECT FROM ({sql}) x WHERE person_id = %s)", [*values, person]
        )
    ]
    return {"steps": has}


_OTHERS: Mapping[str, Callable[[Tx, Ready, Leaf, int], dict[str, Any]]] = {
    "event": _events,
    "considered": _events,
    "reason": _reasons,
    "consent": _consent,
    "contacted": _contacts,
    "no_next_step": _steps,
}
