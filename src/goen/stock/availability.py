"""What a channel may promise, with the places that make it up: posted − pending − safety − buffer.

Safety stock is kept back because shelves err; the buffer because a link hears of sales late
(lag × sales speed, handed down by whoever knows the lag). Both are dated rows per SKU, place and
channel; the most particular row of a day holds: SKU before place before channel. Holds that are
over no longer count, whether or not they were swept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goen.catalogue import queries as catalogue
from goen.kit import outbox, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.stock import notices, rules


@dataclass(frozen=True, slots=True)
class Share:
    """What one place has of an SKU, and how much of it can be promised."""

    place_id: int
    place: str
    posted: int
    pending: int
    safety: int
    buffer: int
    free: int


@dataclass(frozen=True, slots=True)
class Available:
    """What can be promised of an SKU, by place, the best stocked first; true at `as_of`."""

    sku_id: int
    free: int
    places: tuple[Share, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class NewSafety:
    """What is kept back from a day on; an empty item, place or channel means all of them."""

    valid_from: date
    safety: int = 0
    buffer: int = 0
    item: str | None = None
    place: str | None = None
    channel: str | None = None


def available(
    tx: Tx,
    sku_ids: Sequence[int],
    *,
    channel: str,
    method: str,
    as_of: datetime,
    place: str | None = None,
) -> dict[int, Available]:
    """What a channel may promise by a method (`carry`, `collect`, `ship`), of each SKU asked.

    With `place` only of that place. Carrying and collecting take all units from one place, so
    there the figure is the best place's; shipping adds places up.
    """
    assert method in rules.METHODS, method
    found = {}
    kinds = rules.METHODS[method]
    given = shares(tx, sku_ids, channel=channel, as_of=as_of, place=place, kinds=kinds)
    for sku, places in given.items():
        ordered = tuple(sorted(places, key=lambda s: (-s.free, s.place_id)))
        parts = [share.free for share in ordered]
        free = sum(parts) if method == "ship" else max(parts, default=0)
        found[sku] = Available(sku, free, ordered, as_of)
    return found


def shares(
    tx: Tx,
    sku_ids: Sequence[int],
    *,
    as_of: datetime,
    channel: str | None = None,
    place: str | None = None,
    kinds: Sequence[str] | None = None,
) -> dict[int, list[Share]]:
    """What each place that ever had an SKU has of it. Without a channel, by the rule for all."""
    found: dict[int, list[Share]] = {sku: [] for sku in sku_ids}
    given = {
        "skus": list(sku_ids),
        "kinds": None if kinds is None else list(kinds),
        "place": place,
        "channel": channel,
        "as_of": as_of,
    }
    for sku, place_id, code, posted, pending, safety, buffer in tx.rows(_SHARES, given):
        free = rules.free(posted=posted, pending=pending, safety=safety, buffer=buffer)
        found[sku].append(Share(place_id, code, posted, pending, safety, buffer, free))
    return found


_SHARES = """
SELECT a.sku_id, a.place_id, a.code, a.posted, (a.pending - coalesce(o.qty, 0))::bigint,
       coalesce(s.safety, 0), coalesce(s.buffer, 0)
FROM (
  SELECT sku.id AS sku_id, p.id AS place_id, p.code, acc.id AS account_id, b.posted, b.pending,
         (%(as_of)s::timestamptz AT TIME ZONE p.timezone
          - make_interval(hours => p.day_change_hour))::date AS today
  FROM unnest(%(skus)s::bigint[]) AS sku (id)
  CROSS JOIN places_place p
  JOIN ledger_account acc ON acc.unit = 'goods:' || sku.id
    AND acc.holder = 'place:' || p.id || ':sellable' AND acc.lot = ''
  JOIN ledger_balance b ON b.account_id = acc.id
  WHERE (%(kinds)s::text[] IS NULL OR p.kind = ANY(%(kinds)s))
    AND (%(place)s::text IS NULL OR p.code = %(place)s)
) a
LEFT JOIN LATERAL (
  SELECT sum(h.qty) AS qty FROM ledger_pending h
  WHERE a.pending > 0 AND h.source_id = a.account_id
    AND h.expires_at <= %(as_of)s::timestamptz
) o ON true
LEFT JOIN LATERAL (
  SELECT k.safety, k.buffer FROM stock_safety k LEFT JOIN places_channel c ON c.id = k.channel_id
  WHERE (k.sku_id = a.sku_id OR k.sku_id IS NULL)
    AND (k.place_id = a.place_id OR k.place_id IS NULL)
    AND (c.code = %(channel)s::text OR k.channel_id IS NULL) AND k.valid_from <= a.today
  ORDER BY k.sku_id IS NULL, k.place_id IS NULL, k.channel_id IS NULL, k.valid_from DESC LIMIT 1
) s ON true
"""


def put_safety(
    tx: Tx, rows: Sequence[NewSafety], *, actor: Actor, recorded_at: datetime
) -> list[NewSafety | Refusal]:
    """Keep units back from a day on; the same SKU, place, channel and day again replaces."""
    skus = catalogue.ids_by_code(tx, sorted({r.item for r in rows if r.item is not None}))
    places = _ids(tx, "places_place", [r.place for r in rows])
    channels = _ids(tx, "places_channel", [r.channel for r in rows])
    answers: list[NewSafety | Refusal] = []
    for row in rows:
        refusal = _refusal(row, skus, places, channels)
        if refusal is not None:
            answers.append(refusal)
            continue
        tx.execute(
            """
            INSERT INTO stock_safety (sku_id, place_id, channel_id, valid_from, safety, buffer,
                                      changed_by, changed_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (sku_id, place_id, channel_id, valid_from)
            DO UPDATE SET safety = excluded.safety, buffer = excluded.buffer,
              changed_by = excluded.changed_by, changed_at = excluded.changed_at
            """,
            [
                None if row.item is None else skus[row.item],
                None if row.place is None else places[row.place],
                None if row.channel is None else channels[row.channel],
                row.valid_from, row.safety, row.buffer, str(actor), recorded_at,
            ],
        )  # fmt: skip
        detail = {"from": row.valid_from, "safety": row.safety, "buffer": row.buffer}
        trail.note(tx, actor, "put", "safety", _subject(row), at=recorded_at, detail=detail)
        answers.append(row)
    told = _told(tx, [row for row in answers if isinstance(row, NewSafety)], skus, places)
    outbox.write(tx, told, recorded_at=recorded_at)
    return answers


def _subject(row: NewSafety) -> str:
    return " ".join(part or "*" for part in (row.item, row.place, row.channel))


def _told(
    tx: Tx, rows: Sequence[NewSafety], skus: dict[str, int], places: dict[str, int]
) -> list[outbox.Notice]:
    """Whose shelves these rules are for; a rule for every SKU names none."""
    if not rows:
        return []
    every = [row[0] for row in tx.rows("SELECT id FROM places_place ORDER BY id")]
    return [
        notices.kept_back(place_id, [] if row.item is None else [skus[row.item]])
        for row in rows
        for place_id in (every if row.place is None else [places[row.place]])
    ]


def _refusal(
    row: NewSafety, skus: dict[str, int], places: dict[str, int], channels: dict[str, int]
) -> Refusal | None:
    if row.item is not None and row.item not in skus:
        return Refusal("unknown_item", "item", {"given": row.item})
    if row.place is not None and row.place not in places:
        return Refusal("unknown_place", "place", {"given": row.place})
    if row.channel is not None and row.channel not in channels:
        return Refusal("unknown_channel", "channel", {"given": row.channel})
    for field, qty in (("safety", row.safety), ("buffer", row.buffer)):
        if qty < 0:
            return Refusal("bad_count", field, {"given": qty})
    return None


def _ids(tx: Tx, table: str, codes: Sequence[str | None]) -> dict[str, int]:
    given = sorted({code for code in codes if code is not None})
    return dict(tx.rows(f"SELECT code, id FROM {table} WHERE code = ANY(%s)", [given]))
