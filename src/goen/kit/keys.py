"""API keys: shown once, kept as a hash, limited to scopes."""

import hashlib
import hmac
import json
import secrets
from datetime import datetime

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

SCOPES = (
    "sales:write",
    "orders:write",
    "orders:read",
    "people:read",
    "stock:write",
    "stock:read",
    "points:write",
    "points:read",
    "catalogue:write",
    "customers:write",
    "events:write",
    "events:read",
    "proposals:read",
    "proposals:write",
    "insight:read",
    "webhooks:write",
    "metrics:read",
)


def issue(
    tx: Tx, name: str, scopes: tuple[str, ...], *, actor: Actor, recorded_at: datetime
) -> str:
    """Make a key and answer its secret, which nobody can read again."""
    assert set(scopes) <= set(SCOPES), scopes
    prefix = secrets.token_hex(4)
    secret = f"goen_{prefix}_{secrets.token_urlsafe(24)}"
    tx.execute(
        """
        INSERT INTO kit_key (name, prefix, hash, scopes, created_by, created_at)
        VALUES (%s, %s, %s, %s::jsonb, %s, %s)
        """,
        [name, prefix, _hash(secret), json.dumps(list(scopes)), str(actor), recorded_at],
    )
    trail.note(tx, actor, "issue", "key", prefix, at=recorded_at, detail={"name": name})
    return secret


def actor_of(tx: Tx, secret: str, scope: str) -> Actor | None:
    """Who presents this key, if it is live and has the scope."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != "goen":
        return None
    found = tx.row(
        "SELECT id, name, hash, scopes FROM kit_key WHERE prefix = %s AND revoked_at IS NULL",
        [parts[1]],
    )
    if found is None or not hmac.compare_digest(bytes(found[2]), _hash(secret)):
        return None
    return Actor("key", found[1], found[0]) if scope in found[3] else None


def revoke(tx: Tx, key_id: int, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """End a key for ever; a key already ended stays as it was. Refuses unknown keys."""
    prefix = tx.value("SELECT prefix FROM kit_key WHERE id = %s", [key_id])
    if prefix is None:
        return Refusal("unknown_key", "key", {"given": key_id})
    ended = tx.execute(
        "UPDATE kit_key SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL",
        [recorded_at, key_id],
    )
    if ended:
        trail.note(tx, actor, "revoke", "key", prefix, at=recorded_at)
    return None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
