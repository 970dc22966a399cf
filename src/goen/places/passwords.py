"""Passwords of staff: long, not common, not like their owner; no rule about kinds of signs.

Promises: at least twelve signs and at most 128, of any script; what looks the same is the same
(Unicode NFKC), however a keyboard composed it; a new one ends every other session
and every link to set one.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.places import invitations, sessions, tries

LEAST, MOST = 12, 128
_WORD = 3
"""Shorter words are found in anything."""
_ALIKE = 0.7
_COMMON = CommonPasswordValidator()


def plain(password: str) -> str:
    """The password as it is hashed: composed in one way."""
    return unicodedata.normalize("NFKC", password)


def judged(password: str, words: Sequence[str]) -> Refusal | None:
    """Why nobody should use this password; `words` are names of its owner, login and shop."""
    given = plain(password)
    if len(given) < LEAST:
        return Refusal("password_short", "password", {"least": LEAST})
    if len(given) > MOST:
        return Refusal("password_long", "password", {"most": MOST})
    if len(set(given)) < 4:
        return Refusal("password_common", "password")
    if _is_common(given):
        return Refusal("password_common", "password")
    return Refusal("password_like_you", "password") if _is_like(given, words) else None


def _is_common(password: str) -> bool:
    """Whether many use it, or it is such a one with digits or signs at its ends, or said twice."""
    folded = password.casefold()
    core = folded.strip("".join(sign for sign in set(folded) if not sign.isalpha()))
    half = folded[: len(folded) // 2]
    tried = {folded.strip(), core, half if half * 2 == folded else folded}
    return any(one in _COMMON.passwords for one in tried if one)


def _is_like(password: str, words: Sequence[str]) -> bool:
    """Whether little but those words is in it, or it resembles one of them."""
    rest = password.casefold()
    for word in sorted((plain(one).casefold() for one in words), key=len, reverse=True):
        rest = rest.replace(word, "") if len(word) >= _WORD else rest
    ratios = (SequenceMatcher(a=password.casefold(), b=one.casefold()).ratio() for one in words)
    return len(rest) < LEAST // 2 or any(ratio >= _ALIKE for ratio in ratios)


def words_of(tx: Tx, staff_id: int, shop: Sequence[str]) -> list[str]:
    """What the password of somebody must not look like."""
    login, code, name, mail = tx.rows(
        "SELECT login, code, name, mail FROM places_staff WHERE id = %s", [staff_id]
    )[0]
    names = [part for text in name.values() for part in str(text).split()]
    return [login, code, mail.partition("@")[0], *names, *shop]


def set_new(
    tx: Tx,
    staff_id: int,
    password: str,
    *,
    shop: Sequence[str],
    actor: Actor,
    recorded_at: datetime,
    but: str = "",
) -> Refusal | None:
    """Give somebody this password and end their sessions, but the one with the key `but`, and
    the links that would set another; the caller has proved who they are."""
    refused = judged(password, words_of(tx, staff_id, shop))
    if refused is not None:
        return refused
    code = tx.value(
        "UPDATE places_staff SET password = %s WHERE id = %s RETURNING code",
        [make_password(plain(password)), staff_id],
    )
    invitations.withdraw(tx, staff_id, at=recorded_at)
    sessions.end_all(tx, staff_id, why="password", actor=actor, recorded_at=recorded_at, but=but)
    trail.note(tx, actor, "password_set", "staff", code, at=recorded_at)
    return None


def is_theirs(tx: Tx, staff_id: int, password: str, *, at: datetime) -> Refusal | None:
    """Whether this is somebody's present password; guessing is stopped."""
    waits = tries.wait(tx, staff_id, at=at)
    if waits is not None:
        return waits
    encoded = tx.value("SELECT password FROM places_staff WHERE id = %s", [staff_id])
    if not check_password(plain(password), encoded):
        tries.wrong(tx, staff_id, "password", at=at)
        return Refusal("wrong_password", "password")
    tries.right(tx, staff_id)
    return None
