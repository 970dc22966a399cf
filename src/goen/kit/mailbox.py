"""The mailbox of this machine: what was sent to nobody's server can be read here.

Promises: listens on this machine alone, at a port of its own choosing that it writes down with a
mark it greets with; a letter is answered as taken only when it is kept; the newest `MOST_KEPT` are
kept, in one file beside the shop's others. Addresses at `unknown.example` do not exist, those at
`busy.example` are busy the first time, and what goes to `returned.example` is taken and comes back
as undeliverable: three ways in which mail fails, to be tried without harming anybody.
"""

import contextlib
import email
import email.policy
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path

from goen.kit import home

MOST_KEPT = 200_000
_TABLES = """
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
  subject TEXT NOT NULL, body TEXT NOT NULL, raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS mail_recipient ON mail (recipient, id);
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, id INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the mailbox takes letters, and the word it greets with."""

    port: int
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """A letter in the list."""

    id: int
    at: datetime
    sender: str
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it came: headers in their order, both texts, and what `raw` holds whole."""

    line: Line
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    raw: bytes


def folder(shop: str) -> Path:
    """What a shop keeps about mail: the mailbox, returned mail, password and key."""
    found = home.shop_dir(shop) / "mail"
    if not found.is_dir():
        found.mkdir(mode=0o700, exist_ok=True)
    return found


def listening(shop: str) -> Listening | None:
    """Where the mailbox of a shop listens; None before it ever did."""
    try:
        return Listening(**json.loads((folder(shop) / "listening.json").read_text()))
    except (OSError, ValueError):
        return None


def says_where(shop: str, port: int) -> Listening:
    """Write down where the mailbox listens from now on."""
    found = Listening(port, secrets.token_hex(8))
    home.write_json(folder(shop) / "listening.json", {"port": found.port, "mark": found.mark})
    return found


class Store:
    """The letters of one shop. May be opened by several processes and threads at once."""

    def __init__(self, shop: str) -> None:
        self._path = folder(shop) / "mailbox.sqlite3"
        self._lock = threading.Lock()
        self._db = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)
        self._kept = 0

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def keep(self, *, sender: str, recipients: Sequence[str], raw: bytes, at: datetime) -> None:
        """Keep a letter for each of its recipients; it is there when this returns."""
        subject, body = _searched(raw)
        rows = [(at.isoformat(), sender, to, subject, body, raw) for to in recipients]
        with self._lock, self._db:
            self._db.executemany(
                "INSERT INTO mail (at, sender, recipient, subject, body, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._kept += len(rows)
            if self._kept >= 1000:
                self._kept = 0
                self._db.execute(
                    "DELETE FROM mail WHERE id <= (SELECT max(id) FROM mail) - ?", [MOST_KEPT]
                )

    def find(self, text: str = "", *, before: int = 0, limit: int = 50) -> list[Line]:
        """Letters, newest first, whose address, subject or text has all the words given."""
        where, values = _where(text)
        if before:
            where, values = [*where, "id < ?"], [*values, before]
        sql = "SELECT id, at, sender, recipient, subject FROM mail"
        sql += f" WHERE {' AND '.join(where)}" if where else ""
        with self._lock:
            rows = self._db.execute(f"{sql} ORDER BY id DESC LIMIT ?", [*values, limit]).fetchall()
        return [_line(row) for row in rows]

    def count(self, text: str = "") -> int:
        """How many letters `find` would go through."""
        where, values = _where(text)
        sql = "SELECT count(*) FROM mail" + (f" WHERE {' AND '.join(where)}" if where else "")
        with self._lock:
            return int(self._db.execute(sql, values).fetchone()[0])

    def read(self, id_: int) -> Letter | None:
        """One letter, whole."""
        sql = "SELECT id, at, sender, recipient, subject, raw FROM mail WHERE id = ?"
        with self._lock:
            row = self._db.execute(sql, [id_]).fetchone()
        if row is None:
            return None
        message = email.message_from_bytes(row[5], policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        headers = tuple((name, str(value)) for name, value in message.items())
        return Letter(
            _line(row[:5]), headers, _plain(message, "plain"), _plain(message, "html"), row[5]
        )

    def news(self, reader: str, *, to: str, limit: int = 100) -> Iterator[bytes]:
        """Letters to addresses that begin so, which this reader has not had. Each once; one that
        the reader failed on comes again."""
        with self._lock:
            row = self._db.execute("SELECT id FROM mark WHERE name = ?", [reader]).fetchone()
            rows = self._db.execute(
                "SELECT id, raw FROM mail WHERE recipient >= ? AND recipient < ? AND id > ?"
                " ORDER BY id LIMIT ?",
                [to, f"{to}\U0010ffff", row[0] if row else 0, limit],
            ).fetchall()
        for id_, raw in rows:
            yield raw
            with self._lock, self._db:
                self._db.execute(
                    "INSERT INTO mark (name, id) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET id = excluded.id",
                    [reader, id_],
                )


@contextlib.contextmanager
def opened(shop: str) -> Iterator[Store]:
    """The letters of a shop, for as long as the block runs."""
    store = Store(shop)
    try:
        yield store
    finally:
        store.close()


def _where(text: str) -> tuple[list[str], list[object]]:
    words = text.split()[:8]
    found = "(recipient LIKE ? ESCAPE '!' OR subject LIKE ? ESCAPE '!' OR body LIKE ? ESCAPE '!')"
    values: list[object] = []
    for word in words:
        like = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values += [f"%{like}%"] * 3
    return [found] * len(words), values


def _line(row: Sequence[object]) -> Line:
    id_, at, sender, recipient, subject = row
    assert isinstance(id_, int)
    moment = datetime.fromisoformat(str(at)).astimezone(UTC)
    return Line(id_, moment, str(sender), str(recipient), str(subject))


def _searched(raw: bytes) -> tuple[str, str]:
    """Subject and plain text, by the parser that is quick."""
    message = email.message_from_bytes(raw)
    try:
        subject = str(make_header(decode_header(str(message.get("Subject", "")))))
    except (LookupError, ValueError):
        subject = str(message.get("Subject", ""))
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            text = content.decode(errors="replace") if isinstance(content, bytes) else ""
            return " ".join(subject.split()), text
    return " ".join(subject.split()), ""


def _plain(message: EmailMessage, kind: str) -> str:
    """The letter's text of a kind, as far as it can be read."""
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        content = (part.get_payload(decode=True) or b"").decode(errors="replace")  # type: ignore[union-attr]
    return str(content)
