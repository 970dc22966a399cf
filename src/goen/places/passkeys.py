"""Passkeys of staff: the public halves that were kept, and the counter that shows a copy.

Promises: a passkey belongs to one member of staff; its counter only grows (or stays 0, where the
device has none), decided by the database, so that an answer is good once.
"""

from dataclasses import dataclass
from datetime import datetime

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

MOST = 20


@dataclass(frozen=True, slots=True)
class PasskeyShown:
    """A passkey as its owner sees it."""

    id: int
    name: str
    rp_id: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasskeyFound:
    """A passkey as its answer is checked: `public_key` is the attested credential data."""

    id: int
    staff_id: int
    public_key: bytes


def of_staff(tx: Tx, staff_id: int) -> list[PasskeyShown]:
    """The passkeys of somebody, in the order they were made."""
    rows = tx.rows(
        "SELECT id, name, rp_id, made_at, used_at FROM places_passkey"
        " WHERE staff_id = %s ORDER BY id",
        [staff_id],
    )
    return [PasskeyShown(*row) for row in rows]


def public_keys(tx: Tx, staff_id: int) -> list[bytes]:
    """What a device is shown, so that it does not make a second one beside."""
    rows = tx.rows("SELECT public_key FROM places_passkey WHERE staff_id = %s", [staff_id])
    return [bytes(row[0]) for row in rows]


def keep(
    tx: Tx,
    staff_id: int,
    *,
    credential_id: bytes,
    public_key: bytes,
    rp_id: str,
    sign_count: int,
    name: str,
    actor: Actor,
    recorded_at: datetime,
) -> Refusal | None:
    """Keep a new passkey; refuses one that is known, and more than anybody needs."""
    count = tx.value("SELECT count(*) FROM places_passkey WHERE staff_id = %s", [staff_id])
    if count >= MOST:
        return Refusal("too_many_passkeys", "passkey", {"most": MOST})
    made = tx.execute(
        """
        INSERT INTO places_passkey (staff_id, credential_id, public_key, rp_id, sign_count, name,
                                    made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (credential_id) DO NOTHING
        """,
        [staff_id, credential_id, public_key, rp_id, sign_count, name, recorded_at],
    )
    if not made:
        return Refusal("passkey_known", "passkey")
    _note(tx, staff_id, "factor_on", actor, recorded_at, name)
    return None


def find(tx: Tx, credential_id: bytes) -> PasskeyFound | None:
    """The passkey of a device's answer, if its owner may still come in."""
    found = tx.row(
        "SELECT p.id, p.staff_id, p.public_key FROM places_passkey p"
        " JOIN places_staff s ON s.id = p.staff_id AND s.is_active WHERE p.credential_id = %s",
        [credential_id],
    )
    return PasskeyFound(found[0], found[1], bytes(found[2])) if found else None


def use(tx: Tx, passkey_id: int, sign_count: int, *, at: datetime) -> Refusal | None:
    """Take its counter on. One that does not grow means that the key was copied: refused."""
    used = tx.execute(
        "UPDATE places_passkey SET sign_count = %s, used_at = %s"
        " WHERE id = %s AND (sign_count < %s OR (sign_count = 0 AND %s = 0))",
        [sign_count, at, passkey_id, sign_count, sign_count],
    )
    return None if used else Refusal("passkey_copied", "passkey")


def rename(tx: Tx, passkey_id: int, name: str, *, of_staff: int) -> bool:
    """Call a passkey otherwise."""
    where = [name, passkey_id, of_staff]
    return bool(
        tx.execute("UPDATE places_passkey SET name = %s WHERE id = %s AND staff_id = %s", where)
    )


def remove(tx: Tx, passkey_id: int, *, of_staff: int, actor: Actor, recorded_at: datetime) -> bool:
    """Forget a passkey; False where it is not theirs."""
    name = tx.value(
        "DELETE FROM places_passkey WHERE id = %s AND staff_id = %s RETURNING name",
        [passkey_id, of_staff],
    )
    if name is None:
        return False
    _note(tx, of_staff, "factor_off", actor, recorded_at, name)
    return True


def remove_all(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> int:
    """Forget every passkey of somebody; answers how many."""
    mine = of_staff(tx, staff_id)
    for one in mine:
        remove(tx, one.id, of_staff=staff_id, actor=actor, recorded_at=recorded_at)
    return len(mine)


def _note(tx: Tx, staff_id: int, verb: str, actor: Actor, at: datetime, name: str) -> None:
    code = tx.value("SELECT code FROM places_staff WHERE id = %s", [staff_id])
    detail = {"factor": "passkey", "name": name}
    trail.note(tx, actor, verb, "staff", code, at=at, detail=detail)
