"""What another system tells beside its sales: coupons it gave out, who used them, who they are.

Promises: everything is kept as told, once, under the other system's own numbers; nothing of it
moves a quantity or can be used at a till; what cannot be tied to a receipt says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from goen.kit.db import Tx

TIES = ("article", "discount", "day", "none")
"""How surely a redemption is known to belong to its receipt, the surest first."""


@dataclass(frozen=True, slots=True)
class CouponItem:
    """A row of a coupon table: the coupon `number` of a measure is good for a product."""

    row_no: int
    measure: UUID
    number: str
    product: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Somebody used a coupon of a measure; `document` is the receipt, None where none is known."""

    measure: UUID
    number: str
    source_key: str
    day: date
    document: UUID | None
    tie: str


def put_coupons(tx: Tx, source: str, rows: Sequence[CouponItem]) -> int:
    """Keep coupons and what they are good for; answers how many rows were new."""
    source_id = _source(tx, source)
    named = sorted({(row.measure, row.number) for row in rows})
    tx.execute(
        """
        INSERT INTO links_broughtcoupon (source_id, measure, number)
        SELECT %s, measure, number FROM unnest(%s::uuid[], %s::text[]) AS g (measure, number)
        ON CONFLICT DO NOTHING
        """,
        [source_id, [one[0] for one in named], [one[1] for one in named]],
    )
    return tx.execute(
        """
        INSERT INTO links_broughtcouponitem (coupon_id, row_no, product, sku_id)
        SELECT c.id, g.row_no, g.product, s.id
        FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[])
          AS g (row_no, measure, number, product)
        JOIN links_broughtcoupon c
          ON c.source_id = %s AND c.measure = g.measure AND c.number = g.number
        LEFT JOIN catalogue_sku s ON s.code = g.product
        ON CONFLICT DO NOTHING
        """,
        [
            [row.row_no for row in rows], [row.measure for row in rows],
            [row.number for row in rows], [row.product for row in rows], source_id,
        ],
    )  # fmt: skip


def put_redemptions(tx: Tx, source: str, rows: Sequence[Redeemed]) -> int:
    """Keep who used what; a receipt that is not in the books is none. Answers how many were new."""
    return tx.execute(
        """
        INSERT INTO links_broughtredemption (coupon_id, record_id, day, document, tie)
        SELECT c.id, r.id, g.day, o.uid, CASE WHEN o.uid IS NULL THEN 'none' ELSE g.tie END
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::date[], %s::uuid[], %s::text[])
          AS g (measure, number, source_key, day, document, tie)
        JOIN links_broughtcoupon c
          ON c.source_id = %s AND c.measure = g.measure AND c.number = g.number
        JOIN customers_record r ON r.source_id = c.source_id AND r.source_key = g.source_key
        LEFT JOIN orders_order o ON o.uid = g.document
        ON CONFLICT DO NOTHING
        """,
        [
            [row.measure for row in rows], [row.number for row in rows],
            [row.source_key for row in rows], [row.day for row in rows],
            [row.document for row in rows], [row.tie for row in rows], _source(tx, source),
        ],
    )  # fmt: skip


def put_traits(tx: Tx, source: str, rows: Iterable[tuple[str, str, str]]) -> int:
    """Keep (source key, name, value) of known records; the last word holds.

    Nothing is taken in of a record that was erased.
    """
    given = list(rows)
    return tx.execute(
        """
        INSERT INTO links_broughttrait AS t (record_id, name, value)
        SELECT r.id, g.name, g.value
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS g (source_key, name, value)
        JOIN customers_record r ON r.source_id = %s AND r.source_key = g.source_key
        WHERE NOT EXISTS (SELECT FROM customers_erasure e WHERE e.record_id = r.id)
        ON CONFLICT (record_id, name) DO UPDATE SET value = excluded.value
        WHERE t.value <> excluded.value
        """,
        [*([row[at] for row in given] for at in range(3)), _source(tx, source)],
    )


def forget_traits(tx: Tx, record_ids: Sequence[int]) -> int:
    """What is told of records that were erased goes with them; answers how many words."""
    sql = "DELETE FROM links_broughttrait WHERE record_id = ANY(%s)"
    return tx.execute(sql, [list(record_ids)])


def _source(tx: Tx, code: str) -> int:
    found = tx.value("SELECT id FROM places_source WHERE code = %s", [code])
    assert found is not None, "a source is registered before anything is told of it"
    return int(found)


@dataclass(frozen=True, slots=True)
class Used:
    """A redemption as pages show it: of which measure and coupon, with which receipt."""

    person_id: int
    measure: UUID
    measure_number: int | None
    number: str
    day: date
    document: UUID | None
    tie: str


_USED = """
SELECT p.person_id, c.measure, m.number, c.number, u.day, u.document, u.tie
FROM links_broughtredemption u JOIN links_broughtcoupon c ON c.id = u.coupon_id
JOIN report_person_of p ON p.record_id = u.record_id
LEFT JOIN marketing_measure m ON m.uid = c.measure
"""


def used_by(tx: Tx, person_id: int) -> list[Used]:
    """What one person used, the latest first."""
    rows = tx.rows(f"{_USED} WHERE p.person_id = %s ORDER BY u.day DESC, u.id DESC", [person_id])
    return [Used(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class MeasureUse:
    """What became of a measure's coupons: kinds, articles, uses by how they are tied, people."""

    coupons: int
    products: int
    redemptions: int
    people: int
    tied: int


def use_of(tx: Tx, measure: UUID) -> MeasureUse | None:
    """The coupons of a measure of another system; None where it had none."""
    row = tx.row(
        """
        SELECT count(*),
          (SELECT count(DISTINCT i.product) FROM links_broughtcouponitem i
           JOIN links_broughtcoupon c ON c.id = i.coupon_id WHERE c.measure = %(m)s),
          (SELECT count(*) FROM links_broughtredemption u
           JOIN links_broughtcoupon c ON c.id = u.coupon_id WHERE c.measure = %(m)s),
          (SELECT count(DISTINCT u.record_id) FROM links_broughtredemption u
           JOIN links_broughtcoupon c ON c.id = u.coupon_id WHERE c.measure = %(m)s),
          (SELECT count(*) FROM links_broughtredemption u
           JOIN links_broughtcoupon c ON c.id = u.coupon_id
           WHERE c.measure = %(m)s AND u.document IS NOT NULL)
        FROM links_broughtcoupon WHERE measure = %(m)s
        """,
        {"m": measure},
    )
    return MeasureUse(*row) if row and row[0] else None


def traits_of(tx: Tx, person_id: int) -> list[tuple[str, str]]:
    """What other systems say of a person: (name, value), by name."""
    rows = tx.rows(
        "SELECT DISTINCT t.name, t.value FROM links_broughttrait t"
        " JOIN report_person_of p ON p.record_id = t.record_id WHERE p.person_id = %s"
        " ORDER BY 1, 2",
        [person_id],
    )
    return [(name, value) for name, value in rows]


@dataclass(frozen=True, slots=True)
class TraitGroup:
    """People of whom another system says the same: who they are and their mean gross profit."""

    name: str
    value: str
    people: tuple[int, ...]
    mean_profit_minor: float | None


def trait_groups(tx: Tx) -> list[TraitGroup]:
    """Everybody who is described, by what is said of them; somebody merged counts once."""
    rows = tx.rows(
        """
        SELECT g.name, g.value, array_agg(g.person_id ORDER BY g.person_id),
               avg(coalesce(f.profit_minor, 0))::float8
        FROM (SELECT DISTINCT t.name, t.value, p.person_id FROM links_broughttrait t
              JOIN report_person_of p ON p.record_id = t.record_id) g
        LEFT JOIN insight_personfigure f ON f.person_id = g.person_id
        GROUP BY 1, 2 ORDER BY 1, 2
        """
    )
    return [TraitGroup(name, value, tuple(people), mean) for name, value, people, mean in rows]
