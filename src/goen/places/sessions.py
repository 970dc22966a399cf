"""Sessions of staff: where somebody is signed in, kept on the server, so that they can be ended.

Promises: the cookie's key is kept as a hash, so that the table lets nobody in; a session ends after
a time without use and after a time in any case (`staff.idle_hours`, `staff.session_days`); an ended
one never lives again; "last seen" is written at most once a minute.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from goen.kit import settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx

SEEN_EVERY = timedelta(minutes=1)
NAMELESS_FOR = timedelta(hours=1)
"""How long a browser may take between its first step of signing in and its last."""
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Found:
    """A live session: what it holds, and whether it is time to write that it was seen."""

    id: int
    data: Mapping[str, Any]
    is_seen_long_ago: bool


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A live session as its owner sees it. `how` is password, code, passkey, link or sample."""

    id: int
    how: str
    agent: str
    address: str
    made_at: datetime
    seen_at: datetime
    is_here: bool


def find(tx: Tx, key: str, *, at: datetime) -> Found | None:
    """The live session of a cookie's key."""
    found = tx.row(
        "SELECT id, data, seen_at FROM places_session WHERE key_hash = %s"
        " AND ended_at IS NULL AND idle_until > %s AND until > %s",
        [_hash(key), at, at],
    )
    return Found(found[0], found[1], at - found[2] >= SEEN_EVERY) if found else None


def seen(tx: Tx, session_id: int, *, at: datetime) -> None:
    """It was used just now."""
    idle = timedelta(hours=settings.read(tx, "staff.idle_hours"))
    tx.execute(
        "UPDATE places_session SET seen_at = %s, idle_until = CASE WHEN staff_id IS NULL"
        " THEN idle_until ELSE %s END WHERE id = %s AND ended_at IS NULL",
        [at, at + idle, session_id],
    )


def begin(tx: Tx, key: str, data: Mapping[str, Any], *, at: datetime) -> bool:
    """Keep a new session; False where the key is taken. Old ones are cleared away."""
    _forget_old(tx, at)
    until = at + timedelta(days=settings.read(tx, "staff.session_days"))
    made = tx.execute(
        """
        INSERT INTO places_session (key_hash, data, how, agent, address, made_at, seen_at,
                                    idle_until, until, ended_why)
        VALUES (%s, '{}', '', '', '', %s, %s, %s, %s, '') ON CONFLICT (key_hash) DO NOTHING
        """,
        [_hash(key), at, at, at + NAMELESS_FOR, until],
    )
    return bool(made) and keep(tx, key, data, at=at)


def keep(tx: Tx, key: str, data: Mapping[str, Any], *, at: datetime) -> bool:
    """Write what a session holds; False where it has ended meanwhile."""
    idle = timedelta(hours=settings.read(tx, "staff.idle_hours"))
    staff = data.get("_auth_user_id")
    return bool(
        tx.execute(
            """
            UPDATE places_session SET data = %s::jsonb, staff_id = %s, how = %s, agent = %s,
              address = %s, seen_at = %s, idle_until = %s
             WHERE key_hash = %s AND ended_at IS NULL
            """,
            [
                json.dumps(dict(data)),
                None if staff is None else int(staff),
                str(data.get("how", "")),
                str(data.get("agent", ""))[:300],
                str(data.get("address", ""))[:60],
                at,
                at + (NAMELESS_FOR if staff is None else idle),
                _hash(key),
            ],
        )
    )


def exists(tx: Tx, key: str) -> bool:
    """Whether any session, live or ended, has this key."""
    return tx.value("SELECT 1 FROM places_session WHERE key_hash = %s", [_hash(key)]) is not None


def leave(tx: Tx, key: str, *, at: datetime) -> None:
    """End the session of a key; one that nobody signed in with is forgotten."""
    tx.execute("DELETE FROM places_session WHERE key_hash = %s AND staff_id IS NULL", [_hash(key)])
    tx.execute(
        "UPDATE places_session SET ended_at = %s, ended_why = 'left', data = '{}'"
        " WHERE key_hash = %s AND ended_at IS NULL",
        [at, _hash(key)],
    )


def live(tx: Tx, staff_id: int, *, at: datetime, here: str = "") -> list[SessionShown]:
    """Where somebody is signed in, the latest used first. `here` is the reader's own key."""
    rows = tx.rows(
        """
        SELECT id, how, agent, address, made_at, seen_at, key_hash = %s FROM places_session
         WHERE staff_id = %s AND ended_at IS NULL AND idle_until > %s AND until > %s
         ORDER BY key_hash = %s DESC, seen_at DESC, id DESC LIMIT 100
        """,
        [_hash(here), staff_id, at, at, _hash(here)],
    )
    return [SessionShown(*row) for row in rows]


def end(
    tx: Tx, session_id: int, *, of_staff: int, why: str, actor: Actor, recorded_at: datetime
) -> bool:
    """End one session of somebody; False where it is not theirs or has ended."""
    where = "id = %s AND staff_id = %s"
    return _end(tx, where, [session_id, of_staff], of_staff, why, actor, recorded_at) > 0


def end_all(
    tx: Tx, staff_id: int, *, why: str, actor: Actor, recorded_at: datetime, but: str = ""
) -> int:
    """End every session of somebody but the one with the key `but`; answers how many."""
    where = "staff_id = %s AND key_hash <> %s"
    return _end(tx, where, [staff_id, _hash(but)], staff_id, why, actor, recorded_at)


def _end(
    tx: Tx, where: str, which: list[Any], staff_id: int, why: str, actor: Actor, at: datetime
) -> int:
    ended = tx.execute(
        "UPDATE places_session SET ended_at = %s, ended_why = %s, data = '{}'"
        f" WHERE {where} AND ended_at IS NULL",
        [at, why, *which],
    )
    if ended:
        code = tx.value("SELECT code FROM places_staff WHERE id = %s", [staff_id])
        detail = {"sessions": ended, "why": why}
        trail.note(tx, actor, "session_ended", "staff", code, at=at, detail=detail)
    return ended


def _forget_old(tx: Tx, at: datetime) -> None:
    tx.execute(
        "DELETE FROM places_session WHERE (staff_id IS NULL AND idle_until < %s) OR until < %s",
        [at, at - KEPT_FOR],
    )


def _hash(key: str) -> bytes:
    return hashlib.sha256(f"goen session:{key}".encode()).digest()
