"""How often somebody who is not known yet may knock: by what they typed, and by where they are.

Promises: a knock counts before it is looked at, one after the other, so that none of several at
once slips through; who is told to wait counts no further, so the wait ends by itself; what was
typed is kept as a keyed hash, and for a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from goen.kit import home
from goen.kit.db import Tx

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bound:
    """At most so many in a time, of one value of a kind."""

    kind: str
    most: int
    within: timedelta


LOGIN = Bound("login", 20, timedelta(hours=1))
"""Wrong passwords of one login from all addresses, where the browser is not known."""
ADDRESS = Bound("address", 100, timedelta(hours=1))
"""Wrong passwords from one address for all logins."""
DEVICE = Bound("device", 5, timedelta(minutes=15))
"""Wrong passwords of one login from a browser that its owner has signed in with."""
ASKED = Bound("asked", 3, timedelta(hours=1))
"""Links to set a password that are asked for one login or mail address."""
ASKED_OF = Bound("asked_of", 3, timedelta(hours=1))
"""The same, for one person, by whatever name."""
ASKED_FROM = Bound("asked_from", 10, timedelta(hours=1))
"""The same, from one address."""

Mark = tuple[Bound, str]


@dataclass(frozen=True, slots=True)
class Knock:
    """One that may be looked at. `is_last`: one more, and somebody must wait."""

    ids: tuple[int, ...]
    is_last: bool


def knock(tx: Tx, marks: Sequence[Mark], *, at: datetime) -> Knock | None:
    """Count a knock against each of the marks; None, and nothing counted, where one is full."""
    tx.execute(  # what another knock is forgetting is left to it: neither waits for the other
        "DELETE FROM places_knock WHERE id IN"
        " (SELECT id FROM places_knock WHERE at < %s FOR UPDATE SKIP LOCKED)",
        [at - KEPT_FOR],
    )
    hashed = sorted((_hash(bound.kind, value), bound) for bound, value in _distinct(marks))
    counts = []
    for mark, bound in hashed:  # in one order, so that two knocks never wait for each other
        key = int.from_bytes(mark[:8], "big", signed=True)
        tx.execute("SELECT pg_advisory_xact_lock(%s)", [key])
        sql = "SELECT count(*) FROM places_knock WHERE mark = %s AND at > %s"
        counts.append((int(tx.value(sql, [mark, at - bound.within])), bound))
    if any(count >= bound.most for count, bound in counts):
        return None
    ids = tx.rows(
        "INSERT INTO places_knock (mark, at) SELECT mark, %s FROM unnest(%s::bytea[]) AS g (mark)"
        " RETURNING id",
        [at, [mark for mark, _ in hashed]],
    )
    is_last = any(count + 1 == bound.most for count, bound in counts)
    return Knock(tuple(row[0] for row in ids), is_last)


def right(tx: Tx, made: Knock) -> None:
    """It was no guess: it counts for nothing."""
    tx.execute("DELETE FROM places_knock WHERE id = ANY(%s)", [list(made.ids)])


def _distinct(marks: Sequence[Mark]) -> list[Mark]:
    return list({(bound.kind, value): (bound, value) for bound, value in marks}.values())


def _hash(kind: str, value: str) -> bytes:
    """What was typed may be a password: nobody reads it back without the installation's secret."""
    key = blake2b(home.secret_key().encode(), digest_size=32).digest()
    return blake2b(f"{kind}:{value.casefold()}".encode(), key=key, digest_size=16).digest()
