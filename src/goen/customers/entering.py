"""A shopper proves that they are somebody we know, and is signed in on one device until it ends.

Promises: tokens are kept as hashes; a link is used once and for a quarter of an hour; whoever tries
too often waits, known or not, and an answer never says whether somebody is known; a mall's address
and a telephone number prove nothing.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from goen.customers import rules
from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

LINK_LIVES = timedelta(minutes=15)
SESSION_LIVES = timedelta(days=30)
WINDOW = timedelta(minutes=15)
TRIES_PER_KEY = 5
TRIES_PER_CLIENT = 40
"""Within a window. A shop's own network is one client to us, so it may try more often."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Link:
    """What is put into a mail: shown to nobody but the owner of the address."""

    record_id: int
    address: str
    token: str


def ask_link(tx: Tx, mail: str, *, client: str, at: datetime) -> Link | Refusal | None:
    """A link for the one person this address belongs to; None if there is none, or several.

    The door answers alike in both cases. Refused only when it is asked too often.
    """
    folded = rules.fold_mail(mail)
    refused = _too_often(tx, "mail", folded, client, at)
    if refused:
        return refused
    record = None if rules.is_lent_out(folded) else _record_of_mail(tx, folded)
    token = secrets.token_urlsafe(24) if record is not None else None
    _try(tx, "mail", folded, client, record, token, at)
    return None if record is None or token is None else Link(record, folded, token)


def ask_proof(tx: Tx, mail: str, *, client: str, at: datetime) -> Refusal | None:
    """A letter to an address that somebody says is theirs; refused when it is asked too often.

    Counted like a link to sign in: nobody's mailbox is filled by us, whoever asks.
    """
    folded = rules.fold_mail(mail)
    refused = _too_often(tx, "mail", folded, client, at)
    if refused is None:
        _try(tx, "mail", folded, client, None, None, at)
    return refused


def is_open(tx: Tx, token: str, *, at: datetime) -> bool:
    """Whether a link can still be used; looking does not use it."""
    sql = "SELECT used_at IS NULL AND expires_at > %s FROM customers_signin WHERE token_hash = %s"
    return bool(tx.value(sql, [at, _digest(token)]))


def use_link(tx: Tx, token: str, *, at: datetime) -> int | None:
    """Use a link up; answers whose record it signs in, None if it was used, is old or is none."""
    row = tx.row(
        """
        UPDATE customers_signin SET used_at = %(at)s
        WHERE token_hash = %(hash)s AND used_at IS NULL AND expires_at > %(at)s
        RETURNING record_id
        """,
        {"at": at, "hash": _digest(token)},
    )
    return None if row is None else int(row[0])


def by_card(
    tx: Tx, number: str, birth_date: date | None, *, client: str, at: datetime
) -> int | Refusal:
    """Sign in by the number on the card and the day of birth that was given when joining.

    Wrong, unknown, and a card whose owner never gave a day of birth are answered alike.
    """
    folded = rules.fold_code(number)
    refused = _too_often(tx, "card", folded, client, at)
    if refused:
        return refused
    rows = tx.rows(
        """
        SELECT DISTINCT ON (c.record_id) c.record_id, po.person_id FROM customers_credential c
        JOIN customers_personof po USING (record_id)
        WHERE c.value = %s AND c.kind IN ('card', 'app', 'member') AND c.valid_to IS NULL
        ORDER BY c.record_id
        """,
        [folded],
    )
    born = _born(tx, rows[0][1]) if len({person for _, person in rows}) == 1 else set()
    record = rows[0][0] if birth_date is not None and birth_date in born else None
    _try(tx, "card", folded, client, record, None, at)
    return Refusal("not_proved", "card") if record is None else int(record)


def begin(tx: Tx, record_id: int, way: str, *, at: datetime) -> str:
    """Sign a record's person in on one device; answers the token that the device keeps."""
    token = secrets.token_urlsafe(32)
    tx.execute(
        """
        INSERT INTO customers_session (token_hash, record_id, way, began_at, expires_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        [_digest(token), record_id, way, at, at + SESSION_LIVES],
    )
    actor = Actor("member", str(record_id))
    trail.note(tx, actor, "enter", "record", record_id, at=at, detail={"way": way})
    return token


def record_of(tx: Tx, token: str, *, at: datetime) -> int | None:
    """Whose record a device is signed in for."""
    found = tx.value(
        """
        SELECT record_id FROM customers_session
        WHERE token_hash = %s AND ended_at IS NULL AND expires_at > %s
        """,
        [_digest(token), at],
    )
    return None if found is None else int(found)


def end(tx: Tx, token: str, *, at: datetime) -> None:
    """Sign this device out."""
    tx.execute(
        "UPDATE customers_session SET ended_at = %s WHERE token_hash = %s AND ended_at IS NULL",
        [at, _digest(token)],
    )


def end_all(tx: Tx, person_id: int, *, at: datetime) -> int:
    """Sign a person out on every device; answers how many."""
    return tx.execute(
        """
        UPDATE customers_session SET ended_at = %s WHERE ended_at IS NULL AND record_id IN
          (SELECT record_id FROM customers_personof WHERE person_id = %s)
        """,
        [at, person_id],
    )


def _record_of_mail(tx: Tx, folded: str) -> int | None:
    """The record of the only person with this address: who verified it goes before who typed it."""
    rows = tx.rows(
        """
        SELECT k.record_id, po.person_id, EXISTS (
          SELECT FROM customers_credential c WHERE c.record_id = k.record_id AND c.kind = 'mail'
            AND c.value = k.key AND c.verified AND c.valid_to IS NULL
        ) FROM customers_searchkey k
        JOIN customers_personof po ON po.record_id = k.record_id
        JOIN LATERAL (
          SELECT mail FROM customers_detail WHERE record_id = k.record_id
          ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) d ON lower(btrim(d.mail)) = k.key
        WHERE k.kind = 'mail' AND k.key = %s ORDER BY k.record_id
        """,
        [folded],
    )
    for candidates in ([row for row in rows if row[2]], rows):
        if len({person for _, person, _ in candidates}) == 1:
            return int(candidates[0][0])
    return None


def _born(tx: Tx, person_id: int) -> set[date]:
    """The days of birth that the person's records say now."""
    rows = tx.rows(
        """
        SELECT d.birth_date FROM customers_personof po JOIN LATERAL (
          SELECT birth_date FROM customers_detail WHERE record_id = po.record_id
          ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) d ON true WHERE po.person_id = %s AND d.birth_date IS NOT NULL
        """,
        [person_id],
    )
    return {row[0] for row in rows}


def _too_often(tx: Tx, way: str, key: str, client: str, at: datetime) -> Refusal | None:
    salt = _salt(tx)
    # Tries for one key take turns, so that many at once are counted like many in a row.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"customers.signin:{way}:{key}"])
    by_key, by_client = tx.rows(
        """
        SELECT
          (SELECT count(*) FROM customers_signin WHERE key_hash = %(key)s AND tried_at > %(since)s),
          (SELECT count(*) FROM customers_signin
           WHERE client_hash = %(client)s AND tried_at > %(since)s)
        """,
        {
            "key": _salted(salt, f"{way}:{key}"),
            "client": _salted(salt, f"client:{client}"),
            "since": at - WINDOW,
        },
    )[0]
    if by_key < TRIES_PER_KEY and by_client < TRIES_PER_CLIENT:
        return None
    return Refusal("tried_too_often", way, {"minutes": int(WINDOW.total_seconds() // 60)})


def _try(
    tx: Tx, way: str, key: str, client: str, record: int | None, token: str | None, at: datetime
) -> None:
    """Keep the try, and forget those of long ago."""
    salt = _salt(tx)
    tx.execute("DELETE FROM customers_signin WHERE tried_at < %s", [at - KEPT])
    tx.execute(
        """
        INSERT INTO customers_signin
          (way, key_hash, client_hash, record_id, token_hash, tried_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        [
            way, _salted(salt, f"{way}:{key}"), _salted(salt, f"client:{client}"), record,
            None if token is None else _digest(token), at,
            None if token is None else at + LINK_LIVES,
        ],
    )  # fmt: skip


def _salt(tx: Tx) -> bytes:
    return bytes(tx.value("SELECT salt FROM customers_salt"))


def _salted(salt: bytes, text: str) -> bytes:
    return hmac.digest(salt, text.encode(), "sha256")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
