"""Mail that comes back: undeliverable, or complained about. The address is written to no more.

Promises: what came back is known by the token in its own envelope address, never by what a
stranger may write elsewhere; only an address of the person the mail was for is barred; a delay or
an absence note bars nobody; heard twice is heard once. It is read from the mailbox of this machine
and from the folder `returned` beside it, into which any mail server can put files.
"""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from typing import Literal

from goen.customers import consents
from goen.customers.rules import fold_mail
from goen.kit import mailbox
from goen.kit.db import Tx, tx
from goen.kit.mail import without_addresses
from goen.marketing.mailing_letters import ACTOR

READER = "returned"
MOST_BYTES = 256 * 1024
"""As much of a letter is read: what says why it came back stands at its beginning."""
_TOKEN = re.compile(r"bounce\+([0-9a-f]{32})@")
_OUR_ID = re.compile(r"<([0-9a-f]{32})@")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True, slots=True)
class Returned:
    """What a returned mail says: which it was, why, and of which address."""

    token: str
    cause: Literal["bounced", "complained"]
    address: str
    status: str


def hear(shop: str, *, at: datetime) -> int:
    """Take in what came back since; answers how many letters were looked at."""
    heard = 0
    if (mailbox.folder(shop) / "mailbox.sqlite3").is_file():
        with mailbox.opened(shop) as store:
            for raw in store.news(READER, to="bounce+"):
                with tx() as t:
                    take(t, raw[:MOST_BYTES], at=at)
                heard += 1
    for path in sorted((mailbox.folder(shop) / "returned").glob("*")):
        if path.is_file() and not path.name.startswith("."):
            with path.open("rb") as letter:
                raw = letter.read(MOST_BYTES)
            with tx() as t:
                take(t, raw, at=at)
            path.unlink()
            heard += 1
    return heard


def take(tx: Tx, raw: bytes, *, at: datetime) -> Returned | None:
    """Note one returned mail; None when it says nothing that bars an address."""
    found = read(raw)
    if found is None:
        return None
    row = tx.row(
        "SELECT id, state, record_id FROM marketing_delivery WHERE token = %s FOR UPDATE",
        [found.token],
    )
    if row is None:
        return None
    delivery_id, state, record_id = row
    if found.cause == "bounced" and state in {"sent", "unclear", "sending"}:
        tx.execute(
            "UPDATE marketing_delivery SET state = 'bounced', cause = 'returned', answer = %s,"
            " ended_at = %s WHERE id = %s",
            [found.status[:300], at, delivery_id],
        )
    for address in _addresses(tx, record_id, found.address):
        consents.suppress(tx, "mail", address, found.cause, found.status, actor=ACTOR, at=at)
    return found


def read(raw: bytes) -> Returned | None:
    """What a letter says of a mail of ours, by RFC 3464 (undeliverable) or RFC 5965 (complaint).

    None, too, for one so broken that the parser gives up: it must not be in the way of others.
    """
    try:
        return _read(raw)
    except (LookupError, ValueError, AttributeError, TypeError):
        return None


def _read(raw: bytes) -> Returned | None:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    token = _token(message)
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status" and token:
            return _undeliverable(part, token)
        if kind == "message/feedback-report":
            return _complaint(message, part, token)
    return None


def _token(message: EmailMessage) -> str:
    for name in _ADDRESSED:
        for value in message.get_all(name, []):
            found = _TOKEN.search(str(value))
            if found:
                return found[1]
    return ""


def _undeliverable(part: Message, token: str) -> Returned | None:
    for group in part.get_payload():  # the fields of the server, then those of each address
        if not isinstance(group, Message):
            continue
        action, status = str(group.get("Action", "")).strip().lower(), str(group.get("Status", ""))
        if action == "failed" and status.strip().startswith("5"):
            address = str(group.get("Final-Recipient", "")).partition(";")[2].strip()
            said = " ".join(str(group.get("Diagnostic-Code", status)).split())
            return Returned(token, "bounced", address, without_addresses(said or status))
    return None


def _complaint(message: EmailMessage, part: Message, token: str) -> Returned | None:
    """Somebody said that our mail is unwanted. Their service sends ours back with it."""
    raw = message.as_bytes()
    kind = re.search(rb"^Feedback-Type:\s*(\S+)", raw, re.MULTILINE | re.IGNORECASE)
    if kind is None or kind[1].lower() != b"abuse":
        return None
    ours = _OUR_ID.search(raw.decode(errors="replace"))
    found = token or (ours[1] if ours else "")
    return Returned(found, "complained", "", "abuse") if found else None


def _addresses(tx: Tx, record_id: int, said: str) -> list[str]:
    """The address it is about, if it is one of the person's; else the one their mail went to."""
    rows = tx.rows(
        """
        SELECT x.mail FROM customers_personof mine
        JOIN customers_personof other USING (person_id)
        CROSS JOIN LATERAL (
          SELECT d.mail FROM customers_detail d WHERE d.record_id = other.record_id AND d.mail <> ''
          UNION
          SELECT c.value FROM customers_credential c
          WHERE c.record_id = other.record_id AND c.kind = 'mail'
          UNION
          SELECT k.address FROM customers_consent k
          WHERE k.record_id = other.record_id AND k.channel = 'mail' AND k.address <> ''
        ) x
        WHERE mine.record_id = %s
        """,
        [record_id],
    )
    known = {fold_mail(row[0]): row[0] for row in rows}
    if said:
        return [said] if fold_mail(said) in known else []
    mail = tx.value(
        "SELECT mail FROM customers_detail WHERE record_id = %s AND mail <> ''"
        " ORDER BY recorded_at DESC, id DESC LIMIT 1",
        [record_id],
    )
    return [mail] if mail else []
