"""What a batch of sales refers to, read once for all of them, without locks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import Item
from goen.customers import queries as customers
from goen.customers.queries import Credentials
from goen.kit import clock
from goen.kit.db import Row, Tx
from goen.orders.sale import Sale
from goen.points import coupons
from goen.points.coupons import Terms
from goen.stock import gate


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What a sale needs to know of its place."""

    id: int
    rounding: str
    currency: str
    timezone: str
    day_change_hour: int
    goods_from: date | None
    payments_from: date | None


@dataclass(frozen=True, slots=True)
class Masters:
    """Everything the batch names, by the name it uses. What is missing does not exist."""

    places: dict[str, PlaceFacts]
    channels: dict[str, int]
    tills: dict[str, tuple[int, int]]
    sources: dict[str, int]
    staff: dict[str, int]
    members: dict[tuple[str, str], int]
    records: dict[tuple[str, str], int]
    skus: dict[str, int]
    items: dict[tuple[int, date], Item]
    rates: dict[str, list[tuple[date, int]]]
    """Only read where a line overrides its SKU's tax class, or for a fee."""
    coupons: dict[str, Terms]


_NAMED = f"""
(SELECT 'place', p.code, p.id, NULL::bigint, e.rounding, e.currency, p.timezone,
   p.day_change_hour, p.goods_from, p.payments_from, {gate.BESIDE}::text
 FROM places_place p JOIN places_entity e ON e.id = p.entity_id WHERE p.code = ANY(%s)
 ORDER BY p.id)
UNION ALL SELECT 'channel', code, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM places_channel WHERE code = ANY(%s)
UNION ALL SELECT 'source', code, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM places_source WHERE code = ANY(%s)
UNION ALL SELECT 'till', code, id, place_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM places_till WHERE code = ANY(%s)
UNION ALL SELECT 'staff', code, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM places_staff WHERE code = ANY(%s)
"""

_MEMBERS = f"""
UNION ALL SELECT 'member', value, record_id, people, kind, NULL, NULL, NULL, NULL, NULL, NULL
FROM ({customers.OF_CREDENTIALS}) AS of_credentials
"""

_RECORDS = """
SELECT s.code, r.source_key, r.id
FROM unnest(%s::text[], %s::text[]) AS given (source, source_key)
JOIN places_source s ON s.code = given.source
JOIN customers_record r ON r.source_id = s.id AND r.source_key = given.source_key
"""


def read(
    tx: Tx, sales: Sequence[Sale], *, beside: Iterable[str] = (), rates: bool = False
) -> Masters:
    """The masters of a batch. Enters the places' gates, so that no count comes in between.

    `beside` are more places, that goods come from or go to; `rates` are wanted for a fee.
    """
    members = Credentials(s.member for s in sales if s.member is not None)
    named = _named(tx, sales, beside, members)
    places = {
        code: PlaceFacts(id_, *facts) for kind, code, id_, _, *facts, _ in named if kind == "place"
    }
    keys = [s.record_key for s in sales if s.record_key is not None]
    shown = [number for s in sales for number in s.coupons]
    overridden = any(line.tax_class is not None for s in sales for line in s.lines)
    dated_sales = [(s, business_date(s, places[s.place])) for s in sales if s.place in places]
    wanted = {(line.item, day) for s, day in dated_sales for line in s.lines}
    items, dated = catalogue.items(tx, wanted, rates=overridden or rates)
    return Masters(
        places=places,
        channels={code: id_ for kind, code, id_, *_ in named if kind == "channel"},
        tills={code: (id_, at) for kind, code, id_, at, *_ in named if kind == "till"},
        sources={code: id_ for kind, code, id_, *_ in named if kind == "source"},
        staff={code: id_ for kind, code, id_, *_ in named if kind == "staff"},
        members=members.records(
            (of, value, id_, people)
            for kind, value, id_, people, of, *_ in named
            if kind == "member"
        ),
        records=_records(tx, keys),
        skus={code: item.sku_id for (code, _), item in items.items()},
        items={(item.sku_id, day): item for (_, day), item in items.items()},
        rates=dated,
        coupons=coupons.read(tx, shown) if shown else {},
    )


def _named(tx: Tx, sales: Sequence[Sale], beside: Iterable[str], members: Credentials) -> list[Row]:
    """(kind, code, id, place) of what sales name; of places, whose gates it enters, their facts.

    Of members (kind, value, record, people, kind of credential).
    """
    shown = members.asked()
    return tx.rows(
        _NAMED + (_MEMBERS if any(shown) else ""),
        [
            sorted({s.place for s in sales}.union(beside)),
            sorted({s.channel for s in sales}),
            sorted({s.source for s in sales}),
            sorted({s.till for s in sales if s.till is not None}),
            sorted({s.staff for s in sales if s.staff is not None}),
            *(shown if any(shown) else ()),
        ],
    )


def business_date(sale: Sale, place: PlaceFacts) -> date:
    """The day a sale is booked on at its place."""
    return clock.business_date(
        sale.occurred_at, timezone=place.timezone, day_change_hour=place.day_change_hour
    )


def rate_on(masters: Masters, tax_class: str, day: date) -> int | None:
    """The rate of a tax class on a day, in basis points."""
    dated = [rate for since, rate in masters.rates.get(tax_class, ()) if since <= day]
    return dated[-1] if dated else None


def _records(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    if not keys:
        return {}
    unique = sorted(set(keys))
    rows = tx.rows(_RECORDS, [[k[0] for k in unique], [k[1] for k in unique]])
    return {(source, key): record for source, key, record in rows}
