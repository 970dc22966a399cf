"""What happened, told onward: written with the fact, delivered at least once, in order.

A verb writes notices in its own transaction and never wakes anybody. One relay per consumer
polls, reads only below the oldest running transaction (ids commit out of order), and hands
each notice to an idempotent handler. A notice that fails is parked and the rest goes on.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from goen.kit import clock
from goen.kit.db import Tx, savepoint, tx

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A fact in the past tense. `key` groups notices whose order matters."""

    kind: str
    key: str
    body: Mapping[str, Any]
    id: int = 0


Handler = Callable[[Tx, Notice], None]


def write(tx: Tx, notices: Sequence[Notice], *, recorded_at: datetime) -> None:
    """Put notices into the outbox of this transaction."""
    if not notices:
        return
    bodies = [json.dumps(n.body, ensure_ascii=False, default=str) for n in notices]
    tx.execute(
        """
        INSERT INTO kit_notice (kind, key, body, recorded_at)
        SELECT kind, key, body::jsonb, %s
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (kind, key, body)
        """,
        [recorded_at, [n.kind for n in notices], [n.key for n in notices], bodies],
    )


def take_back(tx: Tx, notices: Sequence[Notice]) -> None:
    """Notices this transaction wrote too soon, as if they had never been written."""
    if not notices:
        return
    bodies = [json.dumps(n.body, ensure_ascii=False, default=str) for n in notices]
    tx.execute(
        """
        DELETE FROM kit_notice n
        USING unnest(%s::text[], %s::text[], %s::text[]) AS given (kind, key, body)
        WHERE n.xid = pg_current_xact_id() AND n.kind = given.kind AND n.key = given.key
          AND n.body = given.body::jsonb
        """,
        [[n.kind for n in notices], [n.key for n in notices], bodies],
    )


def relay(consumer: str, handler: Handler, *, limit: int = 500) -> int:
    """Deliver the next notices to one consumer; answers how many were read."""
    with tx() as t:
        if not _has_news(t, consumer):
            return 0
        t.execute(
            "INSERT INTO kit_relay (consumer, xid, notice_id) VALUES (%s, '0', 0)"
            " ON CONFLICT DO NOTHING",
            [consumer],
        )
        mark = t.row(
            "SELECT xid, notice_id FROM kit_relay WHERE consumer = %s FOR UPDATE", [consumer]
        )
        assert mark is not None
        found = t.rows(
            """
            SELECT xid::text, id, kind, key, body FROM kit_notice
            WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY xid, id LIMIT %s
            """,
            [mark[0], mark[1], limit],
        )
        for xid, notice_id, kind, key, body in found:
            _deliver(t, consumer, handler, Notice(kind, key, body, notice_id))
            mark = (xid, notice_id)
        if found:
            t.execute(
                "UPDATE kit_relay SET xid = %s, notice_id = %s, moved_at = %s WHERE consumer = %s",
                [mark[0], mark[1], clock.now(), consumer],
            )
    return len(found)


def _has_news(t: Tx, consumer: str) -> bool:
    """A look without locks: a lock is a write, and one that finds nothing would write for ever."""
    mark = t.row("SELECT xid, notice_id FROM kit_relay WHERE consumer = %s", [consumer])
    xid, notice_id = mark or ("0", 0)
    return bool(
        t.value(
            """
            SELECT EXISTS (
              SELECT FROM kit_notice
              WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
            )
            """,
            [xid, notice_id],
        )
    )


def _deliver(t: Tx, consumer: str, handler: Handler, notice: Notice) -> None:
    """One notice; a handler that fails leaves nothing behind and parks the notice."""
    try:
        with savepoint():
            handler(t, notice)
    except Exception as error:  # noqa: BLE001  a poison notice must not stop the others
        log.warning("notice parked", consumer=consumer, notice=notice.id, error=repr(error))
        t.execute(
            """
            INSERT INTO kit_parkednotice (consumer, notice_id, error, parked_at)
            VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
            """,
            [consumer, notice.id, repr(error)[:2000], clock.now()],
        )


def gap(tx: Tx, consumer: str) -> int:
    """Notices written and not yet read by a consumer."""
    return int(
        tx.value(
            """
            SELECT count(*) FROM kit_notice n LEFT JOIN kit_relay r ON r.consumer = %s
            WHERE r.consumer IS NULL OR (n.xid, n.id) > (r.xid::xid8, r.notice_id)
            """,
            [consumer],
        )
        or 0
    )


def behind(tx: Tx, *, since: datetime) -> dict[str, int]:
    """Notices that a consumer should have read by now and has not, by consumer.

    They were written before `since`, and the consumer has not moved since then either: one that
    is catching up is not behind.
    """
    found = tx.rows(
        """
        SELECT r.consumer, count(*) FROM kit_relay r JOIN kit_notice n
          ON (n.xid, n.id) > (r.xid::xid8, r.notice_id) AND n.recorded_at < %(since)s
        WHERE r.moved_at IS NULL OR r.moved_at < %(since)s
        GROUP BY r.consumer ORDER BY r.consumer
        """,
        {"since": since},
    )
    return dict(found)


def parked(tx: Tx, *, limit: int = 20) -> list[tuple[str, int, str, str]]:
    """Notices that consumers could not handle: (consumer, id, kind, error), the oldest first."""
    rows = tx.rows(
        """
        SELECT p.consumer, p.notice_id, n.kind, p.error
        FROM kit_parkednotice p JOIN kit_notice n ON n.id = p.notice_id
        ORDER BY p.parked_at, p.id LIMIT %s
        """,
        [limit],
    )
    return [(consumer, notice, kind, error) for consumer, notice, kind, error in rows]
