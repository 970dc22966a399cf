"""Who is told what happens here: systems with an address, the kinds they want, and a secret.

Promises: the secret is answered once and never shown again; one address is subscribed once; who is
ended hears nothing more; what could not be delivered stays until a person drives it again.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from goen.kit import ids, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.links import sending
from goen.stock import notices

KINDS = (
    "SaleBooked",
    "StockChanged",
    "PersonsMerged",
    "PersonsParted",
    "PersonErased",
    "ConsentChanged",
    "SaleClaimed",
    "PointsChanged",
    "PromiseBroken",
    "OrderPlaced",
    "OrderChanged",
    "GoodsReturned",
    *(kind for kind in notices.KINDS if kind != "SafetyChanged"),
)
"""What can be subscribed to. `StockChanged` is made of every notice that names a place and SKUs."""
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A new subscriber; `secret` is not to be had again."""

    uid: UUID
    address: str
    kinds: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class SubscriberShown:
    """A subscriber and how its deliveries fare; `error` is why the last one failed."""

    uid: UUID
    address: str
    kinds: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    waiting: int
    dead: int
    oldest_waiting_at: datetime | None
    error: str


def subscribe(
    tx: Tx, address: str, kinds: Sequence[str], *, actor: Actor, recorded_at: datetime
) -> Subscribed | Refusal:
    """Tell an address from now on. Refuses one that cannot be called, and one told already."""
    refused = _refused(address, kinds)
    if refused is not None:
        return refused
    wanted = tuple(kind for kind in KINDS if kind in kinds)
    uid, secret = ids.new_id(), f"whsec_{secrets.token_urlsafe(32)}"
    made = tx.execute(
        """
        INSERT INTO links_subscriber (uid, address, kinds, secret, created_by, created_at)
        VALUES (%s, %s, %s::jsonb, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        [uid, address, json.dumps(wanted), secret, str(actor), recorded_at],
    )
    if not made:
        return Refusal("subscribed_already", "address", {"given": address})
    detail = {"address": address, "kinds": wanted}
    trail.note(tx, actor, "subscribe", "webhook", uid, at=recorded_at, detail=detail)
    return Subscribed(uid, address, wanted, secret)


def end(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Tell a subscriber nothing more, also not what waits; one already ended stays as it was."""
    found = _locked(tx, uid)
    if found is None:
        return _unknown(uid)
    subscriber_id, ended_at = found
    if ended_at is None:
        tx.execute(
            "UPDATE links_subscriber SET ended_at = %s WHERE id = %s", [recorded_at, subscriber_id]
        )
        tx.execute(
            """
            WITH mine AS (
              SELECT id FROM links_delivery
              WHERE subscriber_id = %s AND state IN ('waiting', 'dead') ORDER BY id FOR UPDATE
            )
            UPDATE links_delivery d SET state = 'dropped', settled_at = %s
            FROM mine WHERE d.id = mine.id
            """,
            [subscriber_id, recorded_at],
        )
        trail.note(tx, actor, "end", "webhook", uid, at=recorded_at)
    return None


def redrive(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> int | Refusal:
    """Try again, from the beginning, what was given up; answers how many there were."""
    found = _locked(tx, uid)
    if found is None or found[1] is not None:
        return _unknown(uid)
    count = tx.execute(
        """
        UPDATE links_delivery SET state = 'waiting', tries = 0, next_try_at = %s,
          claimed_until = NULL, settled_at = NULL
        WHERE subscriber_id = %s AND state = 'dead'
        """,
        [recorded_at, found[0]],
    )
    if count:
        trail.note(
            tx, actor, "redrive", "webhook", uid, at=recorded_at, detail={"deliveries": count}
        )
    return count


def subscribers(tx: Tx) -> list[SubscriberShown]:
    """Those that are told, in the order they came."""
    rows = tx.rows(
        """
        SELECT s.uid, s.address, s.kinds, s.created_at, s.ended_at, open.waiting, open.dead,
               open.oldest, coalesce(last.error, '')
        FROM links_subscriber s
        CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                 count(*) FILTER (WHERE state = 'dead') AS dead,
                 min(created_at) FILTER (WHERE state = 'waiting') AS oldest
          FROM links_delivery WHERE subscriber_id = s.id AND state IN ('waiting', 'dead')
        ) open
        LEFT JOIN LATERAL (
          SELECT error FROM links_delivery
          WHERE subscriber_id = s.id AND state IN ('waiting', 'dead') AND error <> ''
          ORDER BY id DESC LIMIT 1
        ) last ON true
        WHERE s.ended_at IS NULL ORDER BY s.id
        """
    )
    return [SubscriberShown(row[0], row[1], tuple(row[2]), *row[3:]) for row in rows]


def anybody(tx: Tx) -> bool:
    """Whether there is anyone to tell."""
    return bool(tx.value("SELECT EXISTS (SELECT FROM links_subscriber WHERE ended_at IS NULL)"))


def _refused(address: str, kinds: Sequence[str]) -> Refusal | None:
    for kind in kinds:
        if kind not in KINDS:
            return Refusal("unknown_notice", "kinds", {"given": kind, "known": ", ".join(KINDS)})
    if not kinds:
        return Refusal("unknown_notice", "kinds", {"given": "", "known": ", ".join(KINDS)})
    host = _host(address)
    if host is None:
        return Refusal("bad_address", "address", {"given": address[:LONGEST]})
    if not sending.may_call(host):
        return Refusal("private_address", "address", {"given": address})
    return None


def _host(address: str) -> str | None:
    """The host of an address that can be called, None when there is something wrong with it."""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        plain = parts.port != 0 and not parts.username and not parts.password
    except ValueError:
        return None
    if " " in address or parts.scheme not in {"http", "https"} or parts.fragment or not plain:
        return None
    return parts.hostname or None


def _locked(tx: Tx, uid: UUID) -> tuple[int, datetime | None] | None:
    row = tx.row("SELECT id, ended_at FROM links_subscriber WHERE uid = %s FOR UPDATE", [uid])
    return None if row is None else (row[0], row[1])


def _unknown(uid: UUID) -> Refusal:
    return Refusal("unknown_webhook", "id", {"given": str(uid)})
