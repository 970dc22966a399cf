"""Codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

Promises: an authenticator is on only after one of its codes was typed; a code is good for its half
minute and one to either side, and once; a recovery code is good once; the secret is sealed at rest
and recovery codes are kept as hashes; guessing is stopped by `places.tries`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyotp

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.places import tries
from goen.places.sealing import seal, unseal

STEP_S = 30
CODES = 10
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 of them, none of which looks like another
_GROUPS, _GROUP = 4, 6


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody can prove themselves with, beside a password."""

    authenticator: bool
    recovery_codes: int
    passkeys: int


def factors(tx: Tx, staff_id: int) -> Factors:
    """What is on for a member of staff."""
    found = tx.row(
        """
        SELECT EXISTS (SELECT 1 FROM places_authenticator
                        WHERE staff_id = s.id AND confirmed_at IS NOT NULL),
               (SELECT count(*) FROM places_recoverycode
                 WHERE staff_id = s.id AND used_at IS NULL),
               (SELECT count(*) FROM places_passkey WHERE staff_id = s.id)
          FROM places_staff s WHERE s.id = %s
        """,
        [staff_id],
    )
    return Factors(*found) if found else Factors(False, 0, 0)


def begin(tx: Tx, staff_id: int, *, at: datetime) -> str | Refusal:
    """A new secret (base32), not on yet; one begun and not confirmed is begun anew."""
    secret = pyotp.random_base32()
    made = tx.execute(
        """
        INSERT INTO places_authenticator (staff_id, sealed_secret, made_at, last_step)
        VALUES (%s, %s, %s, 0)
        ON CONFLICT (staff_id) DO UPDATE SET sealed_secret = excluded.sealed_secret,
          made_at = excluded.made_at, last_step = 0
          WHERE places_authenticator.confirmed_at IS NULL
        """,
        [staff_id, seal(staff_id, secret), at],
    )
    return secret if made else Refusal("authenticator_on", "code")


def pending(tx: Tx, staff_id: int) -> str | None:
    """The secret that was begun and waits for its first code."""
    sealed = tx.value(
        "SELECT sealed_secret FROM places_authenticator"
        " WHERE staff_id = %s AND confirmed_at IS NULL",
        [staff_id],
    )
    return unseal(staff_id, sealed) if sealed else None


def address(secret: str, *, login: str, issuer: str) -> str:
    """What the picture for the app says (otpauth://…)."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def confirm(
    tx: Tx, staff_id: int, code: str, *, actor: Actor, recorded_at: datetime
) -> tuple[str, ...] | Refusal:
    """Turn the begun authenticator on by one of its codes; answers new recovery codes."""
    refused = _judged(tx, staff_id, code, at=recorded_at, on=False)
    if refused is not None:
        return refused
    tx.execute(
        "UPDATE places_authenticator SET confirmed_at = %s WHERE staff_id = %s",
        [recorded_at, staff_id],
    )
    trail.note(tx, actor, "factor_on", "staff", _code_of(tx, staff_id), at=recorded_at,
               detail={"factor": "authenticator"})  # fmt: skip
    return _new_codes(tx, staff_id, at=recorded_at)


def check(tx: Tx, staff_id: int, code: str, *, at: datetime) -> Refusal | None:
    """Whether this is a code of their authenticator that was not used yet; uses it up."""
    return _judged(tx, staff_id, code, at=at, on=True)


def recover(tx: Tx, staff_id: int, code: str, *, at: datetime) -> Refusal | None:
    """Whether this is one of their recovery codes that was not used yet; uses it up."""
    waits = tries.wait(tx, staff_id, at=at)
    if waits is not None:
        return waits
    used = tx.execute(
        "UPDATE places_recoverycode SET used_at = %s"
        " WHERE staff_id = %s AND code_hash = %s AND used_at IS NULL",
        [at, staff_id, _hash(staff_id, code)],
    )
    if not used:
        tries.wrong(tx, staff_id, "recovery", at=at)
        return Refusal("wrong_code", "code")
    trail.note(tx, Actor("staff", _code_of(tx, staff_id), staff_id), "recovery_code_used", "staff",
               _code_of(tx, staff_id), at=at)  # fmt: skip
    return None


def renew_codes(
    tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime
) -> tuple[str, ...] | Refusal:
    """Ten new recovery codes; the old ones are void."""
    if not factors(tx, staff_id).authenticator:
        return Refusal("no_authenticator", "code")
    trail.note(tx, actor, "recovery_codes_made", "staff", _code_of(tx, staff_id), at=recorded_at)
    return _new_codes(tx, staff_id, at=recorded_at)


def turn_off(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> None:
    """Take the authenticator and its recovery codes away; without one nothing happens."""
    gone = tx.value(
        "DELETE FROM places_authenticator WHERE staff_id = %s RETURNING confirmed_at", [staff_id]
    )
    tx.execute("DELETE FROM places_recoverycode WHERE staff_id = %s", [staff_id])
    if gone is not None:
        trail.note(tx, actor, "factor_off", "staff", _code_of(tx, staff_id), at=recorded_at,
                   detail={"factor": "authenticator"})  # fmt: skip


def _judged(tx: Tx, staff_id: int, code: str, *, at: datetime, on: bool) -> Refusal | None:
    waits = tries.wait(tx, staff_id, at=at)
    if waits is not None:
        return waits
    found = tx.row(
        "SELECT sealed_secret, last_step FROM places_authenticator"
        " WHERE staff_id = %s AND (confirmed_at IS NOT NULL) = %s FOR UPDATE",
        [staff_id, on],
    )
    if found is None:
        return Refusal("no_authenticator", "code")
    secret = unseal(staff_id, found[0])
    if secret is None:
        return Refusal("authenticator_unreadable", "code")
    step = _step_of(secret, code, at=at, after=found[1])
    if step is None:
        tries.wrong(tx, staff_id, "authenticator", at=at)
        return Refusal("wrong_code", "code")
    tx.execute(
        "UPDATE places_authenticator SET last_step = %s WHERE staff_id = %s", [step, staff_id]
    )
    tries.right(tx, staff_id)
    return None


def _step_of(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """The half minute a code belongs to, if it is near and later than the last one used."""
    given = "".join(code.split()).translate(_WIDE)
    now = int(at.timestamp()) // STEP_S
    otp: Callable[[int], str] = pyotp.TOTP(secret, interval=STEP_S).generate_otp
    fits = [s for s in (now - 1, now, now + 1) if hmac.compare_digest(_b(otp(s)), _b(given))]
    return next((step for step in fits if step > after), None)


_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def _b(text: str) -> bytes:
    return text.encode()


def _new_codes(tx: Tx, staff_id: int, *, at: datetime) -> tuple[str, ...]:
    """Of 120 bits each: a plain hash keeps them (nobody tries that many)."""
    codes = tuple(_random_code() for _ in range(CODES))
    tx.execute("DELETE FROM places_recoverycode WHERE staff_id = %s", [staff_id])
    for code in codes:
        tx.execute(
            "INSERT INTO places_recoverycode (staff_id, code_hash, made_at) VALUES (%s, %s, %s)",
            [staff_id, _hash(staff_id, code), at],
        )
    return codes


def _random_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def _hash(staff_id: int, code: str) -> bytes:
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(f"goen recovery:{staff_id}:{plain}".encode()).digest()


def _code_of(tx: Tx, staff_id: int) -> str:
    return str(tx.value("SELECT code FROM places_staff WHERE id = %s", [staff_id]))
