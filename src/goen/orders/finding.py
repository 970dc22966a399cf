"""Finding documents by what somebody remembers: a number, a name, a telephone, an article.

Each way asks an index of its own. Names and telephones of deliveries are looked at only for those
who may see them, and only of what is open or recent.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from goen.customers import queries as customers
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.orders.listing import OPEN_STATES

FOUND_AT_MOST = 500
RECENT_DAYS = 90
"""How far back an order that is not open is found by the end of its id or by its address."""


def find(tx: Tx, text: str, *, viewer: Viewer, today: date) -> tuple[int, ...]:
    """Ids of documents that a text finds: a number, a name or telephone, an article's code.

    Names and telephones of deliveries are looked at only for those who may see them.
    """
    found: dict[int, None] = {}
    since = today - timedelta(days=RECENT_DAYS)
    for ids in (
        _by_number(tx, text, since),
        _by_people(tx, text, viewer),
        _by_address(tx, text, since) if viewer.sees_names else [],
        _by_article(tx, text),
    ):
        found |= dict.fromkeys(ids)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A document found by its number, in short."""

    uid: UUID
    source_no: str
    state: str
    occurred_at: datetime
    total_minor: int
    currency: str


def numbered(tx: Tx, text: str, *, today: date, limit: int = 6) -> list[Numbered]:
    """Documents whose number, or the end of whose id, was typed; the newest first."""
    ids = _by_number(tx, text, today - timedelta(days=RECENT_DAYS))
    if not ids:
        return []
    rows = tx.rows(
        "SELECT uid, source_no, state, occurred_at, total_minor, currency FROM orders_order"
        " WHERE id = ANY(%s) ORDER BY occurred_at DESC LIMIT %s",
        [ids, limit],
    )
    return [Numbered(*row) for row in rows]


def _by_number(tx: Tx, text: str, since: date) -> list[int]:
    bare = text.strip()
    tail = bare.replace("-", "").lower()
    if not (len(tail) >= 6 and all(c in "0123456789abcdef" for c in tail)):
        tail = ""
    rows = tx.rows(
        """
        SELECT id FROM orders_order
        WHERE source_id = ANY(ARRAY(SELECT id FROM places_source)) AND source_no = ANY(%(no)s)
        UNION
        SELECT id FROM orders_order
        WHERE %(tail)s <> '' AND (business_date >= %(since)s OR state = ANY(%(open)s))
          AND replace(uid::text, '-', '') LIKE '%%' || %(tail)s
        LIMIT 500
        """,
        {
            "no": sorted({bare, bare.upper(), bare.lower()}),
            "tail": tail,
            "since": since,
            "open": list(OPEN_STATES),
        },
    )
    return [row[0] for row in rows]


def _by_people(tx: Tx, text: str, viewer: Viewer) -> list[int]:
    people = customers.search(tx, text, viewer=viewer, limit=50)
    records = [record for one in people for record in one.record_ids]
    if not records:
        return []
    rows = tx.rows(
        "SELECT id FROM orders_order WHERE record_id = ANY(%s) ORDER BY occurred_at DESC LIMIT %s",
        [records, FOUND_AT_MOST],
    )
    return [row[0] for row in rows]


def _by_address(tx: Tx, text: str, since: date) -> list[int]:
    """Recent and open deliveries to a name that begins so, or a telephone that ends so."""
    name = "".join(text.split())
    digits = "".join(c for c in text if c.isdigit())
    rows = tx.rows(
        """
        SELECT o.id FROM orders_delivery d JOIN orders_order o ON o.id = d.order_id
        JOIN customers_address a ON a.id = d.address_id
        WHERE (o.business_date >= %s OR o.state = ANY(%s))
          AND (starts_with(replace(replace(a.name, ' ', ''), '　', ''), %s)
               OR (%s <> '' AND regexp_replace(a.phone, '[^0-9]', '', 'g') LIKE '%%' || %s))
        ORDER BY o.id DESC LIMIT %s
        """,
        [since, list(OPEN_STATES), name, digits if len(digits) >= 4 else "", digits, FOUND_AT_MOST],
    )
    return [row[0] for row in rows]


def _by_article(tx: Tx, text: str) -> list[int]:
    rows = tx.rows(
        """
        SELECT l.order_id FROM (
          SELECT id FROM catalogue_sku WHERE code = %s
          UNION SELECT sku_id FROM catalogue_barcode WHERE code = %s
        ) k CROSS JOIN LATERAL (
          SELECT order_id FROM orders_line WHERE sku_id = k.id ORDER BY order_id DESC LIMIT %s
        ) l ORDER BY l.order_id DESC LIMIT %s
        """,
        [text.strip().upper(), text.strip(), FOUND_AT_MOST, FOUND_AT_MOST],
    )
    return [row[0] for row in rows]
