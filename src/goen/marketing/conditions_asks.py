"""Conditions about purchases as asks of the analyst."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from goen.insight.people import Ask
from goen.kit.db import Tx
from goen.marketing.conditions import Conditions, Leaf
from goen.marketing.conditions_words import FIELDS

_BELOW = """
WITH RECURSIVE below (id) AS (
  SELECT %s::bigint UNION SELECT c.id FROM catalogue_category c JOIN below b ON c.parent_id = b.id
)
SELECT id FROM below ORDER BY id
"""


def asks_of(tx: Tx, conditions: Conditions) -> dict[str, Ask]:
    """The ask of each condition about purchases, by where it stands."""
    found = {}
    for leaf in conditions.leaves():
        if FIELDS[leaf.field].lake:
            found[leaf.path] = _ask(tx, leaf)
    return found


def _ask(tx: Tx, leaf: Leaf) -> Ask:
    period = _period(leaf.values)
    match leaf.field:
        case "bought_sku":
            return Ask("units", sku_ids=(leaf["sku_id"],), place_id=leaf["place_id"],
                       least=leaf["least"], **period)  # fmt: skip
        case "bought_category":
            below = tuple(row[0] for row in tx.rows(_BELOW, [leaf["category_id"]]))
            return Ask("units", category_ids=below, least=leaf["least"], **period)
        case "bought_at":
            return Ask("purchases", place_id=leaf["place_id"], least=1, **period)
        case "bought_via":
            return Ask("purchases", channel_id=leaf["channel_id"], least=1, **period)
        case "spent":
            return Ask("amount", least=leaf["least_minor"], most=leaf["most_minor"], **period)
        case _:
            return Ask("purchases", least=leaf["least"], most=leaf["most"], **period)


def _period(values: Mapping[str, Any]) -> dict[str, Any]:
    days = {
        name: date.fromisoformat(values[name]) for name in ("first_on", "last_on") if name in values
    }
    return {"window": values.get("window", "all"), **days}
