"""Addresses that nothing is sent to, whoever they belong to.

Promises: an address is kept as a salted hash only, so that the bar outlives the erasure of the
person; the same bar twice is one; a lifted bar stays readable.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from goen.customers import consent_rules as words
from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


def suppress(
    tx: Tx, channel: str, address: str, cause: str, detail: str, *, actor: Actor, at: datetime
) -> Refusal | None:
    """Send nothing to this address any more: it bounced, complained, refused or was erased."""
    refused = _refusal(channel, address, cause)
    if refused:
        return refused
    made = tx.execute(
        """
        INSERT INTO customers_suppression (channel, address_hash, cause, detail, since, actor)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        [channel, _hash(_salt(tx), channel, address), cause, detail[:500], at, str(actor)],
    )
    if made:
        about = {"channel": channel, "cause": cause}
        trail.note(tx, actor, "suppress", "address", channel, at=at, detail=about)
    return None


def lift(
    tx: Tx, channel: str, address: str, cause: str, *, actor: Actor, at: datetime
) -> Refusal | None:
    """Take a bar away, for an address that was barred by mistake; refused if there is none."""
    ended = tx.execute(
        """
        UPDATE customers_suppression SET lifted_at = %s
        WHERE channel = %s AND address_hash = %s AND cause = %s AND lifted_at IS NULL
        """,
        [at, channel, _hash(_salt(tx), channel, address), cause],
    )
    if not ended:
        return Refusal("not_suppressed", "address")
    about = {"channel": channel, "cause": cause}
    trail.note(tx, actor, "lift", "address", channel, at=at, detail=about)
    return None


def suppressed(tx: Tx, channel: str, addresses: Iterable[str]) -> dict[str, str]:
    """Which of these folded addresses nothing is sent to: each with `refused` or `suppressed`."""
    return {
        address: "refused" if causes == {"refused"} else "suppressed"
        for address, causes in bars(tx, channel, addresses).items()
    }


def bars(tx: Tx, channel: str, addresses: Iterable[str]) -> Mapping[str, set[str]]:
    """The live causes by which each of these addresses is barred; others are left out."""
    wanted = list(addresses)
    if not wanted:
        return {}
    salt = _salt(tx)
    hashes = {_hash(salt, channel, address): address for address in wanted}
    found: dict[str, set[str]] = {}
    for address_hash, cause in tx.rows(
        """
        SELECT s.address_hash, s.cause FROM unnest(%s::text[]) AS given (hex)
        JOIN customers_suppression s ON s.address_hash = decode(given.hex, 'hex')
        WHERE s.channel = %s AND s.lifted_at IS NULL
        """,
        [[h.hex() for h in hashes], channel],
    ):
        found.setdefault(hashes[bytes(address_hash)], set()).add(cause)
    return found


def forget_words(tx: Tx, addresses: Iterable[tuple[str, str]]) -> int:
    """Why each (channel, address) is barred stays; what a server or staff said of it is gone."""
    given, salt = list(addresses), _salt(tx)
    return tx.execute(
        """
        UPDATE customers_suppression s SET detail = ''
        FROM unnest(%s::text[], %s::text[]) AS given (channel, hex)
        WHERE s.channel = given.channel AND s.address_hash = decode(given.hex, 'hex')
          AND s.detail <> ''
        """,
        [[channel for channel, _ in given], [_hash(salt, *one).hex() for one in given]],
    )


def _refusal(channel: str, address: str, cause: str) -> Refusal | None:
    if channel not in words.CHANNELS:
        detail = {"given": channel, "known": ", ".join(words.CHANNELS)}
        return Refusal("unknown_contact_channel", "channel", detail)
    if cause not in words.SUPPRESSIONS:
        detail = {"given": cause, "known": ", ".join(words.SUPPRESSIONS)}
        return Refusal("unknown_bar", "cause", detail)
    if not address.strip():
        return Refusal("bad_contact", "address", {"given": address})
    return None


def _salt(tx: Tx) -> bytes:
    """The shop's own salt: kept beside the hashes, so that it is restored with them."""
    return bytes(tx.value("SELECT salt FROM customers_salt"))


def _hash(salt: bytes, channel: str, address: str) -> bytes:
    told = f"{channel}:{words.fold_address(channel, address)}".encode()
    return hashlib.blake2b(told, key=salt, digest_size=16).digest()


def tallies(tx: Tx) -> list[tuple[str, str, int, datetime]]:
    """How many addresses are barred now: (channel, cause, count, the newest since)."""
    rows = tx.rows(
        """
        SELECT channel, cause, count(*), max(since) FROM customers_suppression
        WHERE lifted_at IS NULL GROUP BY channel, cause ORDER BY channel, cause
        """
    )
    return [(channel, cause, count, since) for channel, cause, count, since in rows]
