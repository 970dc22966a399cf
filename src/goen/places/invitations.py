"""Links by which staff set their password: an invitation (7 days), or a reset (one hour).

Promises: a token is 256 random bits, kept as its hash; it is used once, whoever presses at the same
moment; a new link makes the older one of the same person void.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

LIVES = {"invite": timedelta(days=7), "reset": timedelta(hours=1)}
_OPEN = "used_at IS NULL AND withdrawn_at IS NULL"


@dataclass(frozen=True, slots=True)
class Link:
    """A new link. `token` is told once and can be read nowhere again."""

    token: str
    kind: str
    staff_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an open link is for."""

    staff_id: int
    kind: str
    login: str
    code: str
    name: Mapping[str, str]
    role: str
    expires_at: datetime


def make(
    tx: Tx, staff_id: int, kind: str, *, actor: Actor, recorded_at: datetime
) -> Link | Refusal:
    """A new link for somebody who works here; older ones of theirs end."""
    found = tx.row("SELECT code, is_active FROM places_staff WHERE id = %s FOR UPDATE", [staff_id])
    if found is None or not found[1]:
        return Refusal("staff_off" if found else "unknown_staff", "staff", {"given": staff_id})
    withdraw(tx, staff_id, at=recorded_at)
    token, expires_at = secrets.token_urlsafe(32), recorded_at + LIVES[kind]
    tx.execute(
        """
        INSERT INTO places_invitation (staff_id, kind, token_hash, made_by, made_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [staff_id, kind, _hash(token), str(actor), recorded_at, expires_at],
    )
    trail.note(tx, actor, kind, "staff", found[0], at=recorded_at)
    return Link(token, kind, staff_id, expires_at)


def withdraw(tx: Tx, staff_id: int, *, at: datetime) -> int:
    """Make somebody's open links void; answers how many."""
    return tx.execute(
        f"UPDATE places_invitation SET withdrawn_at = %s WHERE staff_id = %s AND {_OPEN}",
        [at, staff_id],
    )


def look(tx: Tx, token: str, *, at: datetime) -> Invited | None:
    """Whom a link is for, while it is open."""
    found = tx.row(
        f"""
        SELECT s.id, i.kind, s.login, s.code, s.name, s.role, i.expires_at
          FROM places_invitation i JOIN places_staff s ON s.id = i.staff_id AND s.is_active
         WHERE i.token_hash = %s AND {_OPEN} AND i.expires_at > %s
        """,
        [_hash(token), at],
    )
    return Invited(*found) if found else None


def use(tx: Tx, token: str, *, actor: Actor, recorded_at: datetime) -> int | Refusal:
    """Use a link up; answers whose it was. Refuses one that is used, void, over or unknown."""
    tx.execute(  # the person before their link, as in `make`: no two wait for each other
        "SELECT 1 FROM places_staff WHERE id = (SELECT staff_id FROM places_invitation"
        " WHERE token_hash = %s) FOR UPDATE",
        [_hash(token)],
    )
    found = tx.row(
        f"""
        UPDATE places_invitation SET used_at = %s
         WHERE token_hash = %s AND {_OPEN} AND expires_at > %s RETURNING staff_id, kind
        """,
        [recorded_at, _hash(token), recorded_at],
    )
    if found is None:
        return Refusal("staff_link_over", "link")
    code = tx.value("SELECT code FROM places_staff WHERE id = %s", [found[0]])
    trail.note(tx, actor, "accept", "staff", code, at=recorded_at, detail={"link": found[1]})
    return int(found[0])


def _hash(token: str) -> bytes:
    return hashlib.sha256(f"goen staff link:{token}".encode()).digest()
