"""Notices that leave the house: one delivery for each subscriber that wants it.

Promises: none is lost, whatever is killed and when; what comes twice carries the same id; of one
subscriber and key they come in order, one at a time; slow subscribers keep only their own lanes
waiting; after `TRIES` a delivery is dead, which lets the lane go on and is told, never forgotten.
Stock is read when it is sent, not when it changed: an absolute number, never a difference.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.links import sending
from goen.places.queries import places
from goen.stock import notices
from goen.stock import queries as stock

CONSUMER = "webhooks"
TRIES = 12
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)
LEASE = timedelta(seconds=sending.TIMEOUT_S + 3)
"""How long a claim holds: longer than a try can take, so that only the dead lose it."""
AT_ONCE = 4
"""Lanes of one subscriber that are tried at the same time."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery, ready to be sent. `claimed_until` says whose claim it is."""

    id: int
    claimed_until: datetime
    address: str
    body: bytes
    headers: dict[str, str]


def fan_out(tx: Tx, notice: Notice) -> None:
    """Put a notice on its way to everyone who wanted it when it was written."""
    kinds, keys = [notice.kind], [notice.key]
    shelf = notices.shelf(notice.body)
    if shelf is not None and shelf.sku_ids:
        kinds.append("StockChanged")
        keys.append(f"place:{shelf.place_id}")
    tx.execute(
        """
        INSERT INTO links_delivery
          (uid, subscriber_id, notice_id, kind, key, state, tries, next_try_at, created_at, error)
        SELECT gen_random_uuid(), s.id, n.id, given.kind, given.key, 'waiting', 0,
               n.recorded_at, n.recorded_at, ''
        FROM kit_notice n
        CROSS JOIN unnest(%s::text[], %s::text[]) WITH ORDINALITY AS given (kind, key, nr)
        JOIN links_subscriber s ON s.ended_at IS NULL AND s.created_at <= n.recorded_at
          AND s.kinds ? given.kind
        WHERE n.id = %s ORDER BY s.id, given.nr
        ON CONFLICT DO NOTHING
        """,
        [kinds, keys, notice.id],
    )


_HEADS = """
WITH RECURSIVE head AS (
  (SELECT id, subscriber_id, key, next_try_at, claimed_until FROM links_delivery
   WHERE state = 'waiting' ORDER BY subscriber_id, key, id LIMIT 1)
  UNION ALL
  SELECT following.* FROM head CROSS JOIN LATERAL (
    SELECT id, subscriber_id, key, next_try_at, claimed_until FROM links_delivery
    WHERE state = 'waiting' AND (subscriber_id, key) > (head.subscriber_id, head.key)
    ORDER BY subscriber_id, key, id LIMIT 1
  ) following
), judged AS (
  SELECT head.*, coalesce(claimed_until > %(at)s, false) AS flying FROM head
  JOIN links_subscriber s ON s.id = head.subscriber_id AND s.ended_at IS NULL
), counted AS (
  SELECT id, next_try_at <= %(at)s AND NOT flying AS due,
         count(*) FILTER (WHERE flying) OVER (PARTITION BY subscriber_id)
         + row_number() OVER (
           PARTITION BY subscriber_id, next_try_at <= %(at)s AND NOT flying ORDER BY next_try_at, id
         ) AS rank, next_try_at
  FROM judged
)
SELECT id FROM counted WHERE due AND rank <= %(at_once)s ORDER BY next_try_at, id LIMIT %(limit)s
"""
"""The first waiting delivery of every lane (subscriber and key), found by skipping from lane to
lane: a long queue behind a dead subscriber costs one look, not one for each in it."""


def claim(tx: Tx, *, limit: int, at: datetime) -> list[Parcel]:
    """Take what is due, at most `AT_ONCE` of one subscriber. Nobody else gets it until the lease
    ends: who dies with it is followed by somebody who sends it again."""
    given = {"at": at, "at_once": AT_ONCE, "limit": limit}
    due = [row[0] for row in tx.rows(_HEADS, given)]
    if not due:
        return []
    rows = tx.rows(
        """
        WITH mine AS (
          SELECT id FROM links_delivery
          WHERE id = ANY(%s) AND state = 'waiting' AND next_try_at <= %s
            AND (claimed_until IS NULL OR claimed_until <= %s)
          ORDER BY id FOR UPDATE
        )
        UPDATE links_delivery d SET claimed_until = %s
        FROM mine, links_subscriber s, kit_notice n
        WHERE d.id = mine.id AND s.id = d.subscriber_id AND s.ended_at IS NULL
          AND n.id = d.notice_id
        RETURNING d.id, d.claimed_until, s.address, s.secret, d.uid, d.kind, d.key, n.recorded_at,
          n.body
        """,
        [due, at, at, at + LEASE],
    )
    return [_parcel(tx, *row, at=at) for row in rows]


def _parcel(
    tx: Tx,
    id_: int,
    claimed_until: datetime,
    address: str,
    secret: str,
    uid: UUID,
    kind: str,
    key: str,
    recorded_at: datetime,
    told: dict[str, Any],
    *,
    at: datetime,
) -> Parcel:
    data = _stock(tx, told, at=at) if kind == "StockChanged" else told
    body = json.dumps(
        {
            "event": kind,
            "delivery": str(uid),
            "sequence": id_,
            "key": key,
            "recorded_at": recorded_at.isoformat(),
            "data": data,
        },
        ensure_ascii=False,
    ).encode()
    timestamp = str(int(at.timestamp()))
    headers = {
        "Goen-Event": kind,
        "Goen-Delivery": str(uid),
        "Goen-Timestamp": timestamp,
        "Goen-Signature": sending.signature(secret, timestamp, body),
    }
    return Parcel(id_, claimed_until, address, body, headers)


def _stock(tx: Tx, told: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """What a place can still sell of the SKUs a notice names, by their codes."""
    shelf = notices.shelf(told)
    assert shelf is not None, told
    sku_ids, place_id = list(shelf.sku_ids), shelf.place_id
    place = next(p.code for p in places(tx) if p.id == place_id)
    codes: dict[int, str] = dict(
        tx.rows("SELECT id, code FROM catalogue_sku WHERE id = ANY(%s)", [sku_ids])
    )
    free = stock.available(tx, sku_ids, place_id)
    return {
        "place": place,
        "as_of": at.isoformat(),
        "stock": [{"sku": codes[sku], "available": max(0, free[sku])} for sku in sku_ids],
    }


def settle(tx: Tx, outcomes: Sequence[tuple[Parcel, str]], *, at: datetime) -> None:
    """Note what became of parcels: '' is delivered, a reason is one more try or the end of them.

    A claim that somebody else took over in the meantime is theirs to settle.
    """
    for parcel, why in sorted(outcomes, key=lambda one: one[0].id):
        mine = [parcel.id, parcel.claimed_until]
        if not why:
            tx.execute(
                "UPDATE links_delivery SET state = 'delivered', settled_at = %s, error = '',"
                " claimed_until = NULL"
                " WHERE id = %s AND claimed_until = %s AND state = 'waiting'",
                [at, *mine],
            )
            continue
        tries = tx.value(
            "SELECT tries + 1 FROM links_delivery WHERE id = %s AND claimed_until = %s"
            " AND state = 'waiting' FOR UPDATE",
            mine,
        )
        if tries is not None:
            _failed(tx, parcel.id, tries, why, at=at)


def _failed(tx: Tx, id_: int, tries: int, why: str, *, at: datetime) -> None:
    dead = tries >= TRIES
    tx.execute(
        """
        UPDATE links_delivery SET tries = %s, state = %s, error = %s, settled_at = %s,
          next_try_at = %s, claimed_until = NULL
        WHERE id = %s
        """,
        [tries, "dead" if dead else "waiting", why[:500], at if dead else None,
         at if dead else at + wait_after(tries, luck=random.random()), id_],
    )  # fmt: skip


def wait_after(tries: int, *, luck: float) -> timedelta:
    """How long to wait after so many failures: three times as long each time, and never all at
    the same moment. All of them together stay below a day."""
    longest: timedelta = min(FIRST_WAIT * 3 ** (tries - 1), LONGEST_WAIT)
    return longest * (0.7 + 0.3 * luck)
