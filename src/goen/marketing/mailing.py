"""The sending itself: a few people at a time are taken, asked for once more, and written to.

Promises: who may not be written to at that moment is not, whatever the list says; a mail is taken
(and that is committed) before it leaves, and only what the server did not take is ever taken
again, so nobody gets it twice, whatever is killed and when; what died on its way is `unclear`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from goen.customers import consents
from goen.customers.consents import Permission
from goen.kit.db import Tx
from goen.kit.mail import Transport
from goen.marketing import automation, mailing_letters, messages, rendering_shop
from goen.marketing.automation import Decided
from goen.marketing.mailing_letters import ACTOR, Block, Letter, Run, Taken, compose
from goen.marketing.mailing_settling import settle

__all__ = [
    "ACTOR", "Block", "Letter", "compose", "due", "left_behind", "settle", "take",
]  # fmt: skip

BLOCK_S = 2.0
"""How much sending one block is for: consent is asked at most so long, and a little, before."""
BLOCK_MOST = 50
"""Who is killed leaves at most so many mails of unclear fate."""


def due(tx: Tx, *, at: datetime) -> list[int]:
    """Sendings that have something to do now, the one that waited longest first."""
    if not automation.is_on(tx):
        return []
    rows = tx.rows(
        """
        SELECT id FROM marketing_run
        WHERE state IN ('waiting', 'sending') AND starts_at <= %s
          AND (next_block_at IS NULL OR next_block_at <= %s)
        ORDER BY coalesce(next_block_at, starts_at), id
        """,
        [at, at],
    )
    return [row[0] for row in rows]


def take(tx: Tx, run_id: int, by: Transport, *, at: datetime) -> Block | None:
    """Take the next few people of a sending who may be written to now. None: nothing to send.

    The caller commits before anything leaves. Ends the sending when nobody is left.
    """
    run = _locked(tx, run_id, at)
    if run is None or not automation.is_on(tx):
        return None
    if run.measure_state != "live":
        _end(tx, run, "stopped", "measure_over", at)
        return None
    size = max(1, min(BLOCK_MOST, round(run.per_minute * BLOCK_S / 60)))
    queued = _queued(tx, run, size, at)
    if not queued:
        _rest_or_end(tx, run, at)
        return None
    allowed = _allowed(tx, run, queued, at)
    message = messages.read(tx, run.message_id)
    assert message is not None
    letters = mailing_letters.write(tx, run, message, allowed, by, at)
    pause = timedelta(seconds=60 * len(letters) / run.per_minute)
    tx.execute("UPDATE marketing_run SET next_block_at = %s WHERE id = %s", [at + pause, run.id])
    compiled = rendering_shop.compiled(tx, message, public_url=by.public_url, day=run.day)
    return Block(run, message, compiled, letters)


def left_behind(tx: Tx, *, before: datetime, at: datetime) -> int:
    """Mails that somebody took before this moment and never told of: their fate is unclear.

    For whoever alone sends for the shop, of the time before they began. Answers how many.
    """
    return tx.execute(
        """
        UPDATE marketing_delivery SET state = 'unclear', cause = 'interrupted', ended_at = %s
        WHERE state = 'sending' AND claimed_at < %s
        """,
        [at, before],
    )


def _locked(tx: Tx, run_id: int, at: datetime) -> Run | None:
    """The sending, nobody else's until the transaction ends; it begins with its first block."""
    row = tx.row(
        """
        SELECT r.id, r.uid, r.measure_id, m.state, r.message_id, r.per_minute,
               coalesce(v.coupon_kind, ''), (%s AT TIME ZONE z.name)::date, r.state
        FROM marketing_run r
        JOIN marketing_measure m ON m.id = r.measure_id
        JOIN LATERAL (
          SELECT coupon_kind FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
        ) v ON true
        CROSS JOIN (
          SELECT coalesce((SELECT value #>> '{}' FROM kit_setting WHERE name = 'shop.timezone'),
                          'Asia/Tokyo') AS name
        ) z
        WHERE r.id = %s AND r.state IN ('waiting', 'sending') AND r.starts_at <= %s
        FOR UPDATE OF r SKIP LOCKED
        """,
        [at, run_id, at],
    )
    if row is None:
        return None
    run = Run(*row[:-1])
    if row[-1] == "waiting":
        tx.execute(
            "UPDATE marketing_run SET state = 'sending', started_at = coalesce(started_at, %s)"
            " WHERE id = %s",
            [at, run_id],
        )
        begun = Decided("mail.send/1", f"run:{run.uid}", "begun", {"per_minute": run.per_minute})
        automation.decided(tx, [begun], at=at)
    return run


def _queued(tx: Tx, run: Run, size: int, at: datetime) -> list[Taken]:
    rows = tx.rows(
        """
        SELECT d.id, d.person_id, p.person_id, d.record_id, d.token, d.coupon
        FROM marketing_delivery d JOIN customers_personof p ON p.record_id = d.record_id
        WHERE d.run_id = %s AND d.state = 'queued'
          AND (d.next_try_at IS NULL OR d.next_try_at <= %s)
        ORDER BY d.id LIMIT %s FOR UPDATE OF d
        """,
        [run.id, at, size],
    )
    return [Taken(*row) for row in rows]


def _allowed(
    tx: Tx, run: Run, queued: Sequence[Taken], at: datetime
) -> list[tuple[Taken, Permission]]:
    """Who may be written to at this very moment; the others are left out, with the cause."""
    said = consents.permissions(tx, [one.person_now for one in queued])
    written = _written_to(tx, run, [one.person_now for one in queued])
    allowed, left_out = [], []
    for one in queued:
        answer = said[one.person_now]
        if not isinstance(answer, Permission):
            left_out.append((one.id, answer.cause))
        elif answer.person_id in written:
            left_out.append((one.id, "same_person"))
        else:
            written.add(answer.person_id)
            allowed.append((one, answer))
    mailing_letters.skip(tx, left_out, at)
    return allowed


def _written_to(tx: Tx, run: Run, people: Sequence[int]) -> set[int]:
    """Those of these people whom this sending reached already: they were two when it was made."""
    rows = tx.rows(
        """
        SELECT DISTINCT p.person_id FROM customers_personof p
        JOIN marketing_delivery d ON d.record_id = p.record_id
        WHERE d.run_id = %s AND p.person_id = ANY(%s)
          AND d.state IN ('sending', 'sent', 'bounced', 'unclear')
        """,
        [run.id, list(people)],
    )
    return {row[0] for row in rows}


def _rest_or_end(tx: Tx, run: Run, at: datetime) -> None:
    """Nobody to take now: wait for those who are tried again, or that was all."""
    open_, next_at = tx.row(
        "SELECT count(*), min(next_try_at) FROM marketing_delivery"
        " WHERE run_id = %s AND state IN ('queued', 'sending')",
        [run.id],
    ) or (0, None)
    if not open_:
        _end(tx, run, "sent", "", at)
        return
    rest = max(next_at or at, at + timedelta(seconds=1))
    tx.execute("UPDATE marketing_run SET next_block_at = %s WHERE id = %s", [rest, run.id])


def _end(tx: Tx, run: Run, state: str, cause: str, at: datetime) -> None:
    tx.execute(
        "UPDATE marketing_run SET state = %s, cause = %s, ended_at = %s, next_block_at = NULL"
        " WHERE id = %s",
        [state, cause, at, run.id],
    )
    if state == "stopped":
        tx.execute(
            "UPDATE marketing_delivery SET state = 'skipped', cause = %s, ended_at = %s"
            " WHERE run_id = %s AND state = 'queued'",
            [cause, at, run.id],
        )
    counts: dict[str, Any] = dict(
        tx.rows(
            "SELECT state, count(*) FROM marketing_delivery WHERE run_id = %s GROUP BY 1", [run.id]
        )
    )
    automation.decided(tx, [Decided("mail.send/1", f"run:{run.uid}", state, counts)], at=at)
