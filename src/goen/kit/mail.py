"""Mail to somebody's address over SMTP: composed, signed, handed over, and what was answered.

Promises: a letter is handed over at most once per call, and the caller learns which of four it
was: `sent` (the server took it), `later` (it said not now, or could not be reached), `refused` (it
never will), `unclear` (the talk broke off after the text was given; it may have been taken). Unless
a server is named, letters go to the mailbox of this machine and nowhere else; addresses that
cannot exist are never given to a real server. Passwords and keys stand in files of their owner's,
never in a setting, a log or the trail.
"""

import base64
import contextlib
import re
import secrets
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from pathlib import Path
from typing import Literal

import dkim

from goen.kit import home, mailbox, settings
from goen.kit.db import Tx

TIMEOUT_S = 20.0
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version",
    b"content-type", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
"""The headers a signature covers, as many of them as a letter has (RFC 8058 wants the last two)."""
RESERVED = (
    "example", "test", "invalid", "localhost", "example.com", "example.net", "example.org",
)  # fmt: skip
"""Domains in which nobody lives (RFC 2606)."""
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")
_OVER = frozenset({421, 450, 451, 452, 454})


@dataclass(frozen=True, slots=True)
class Transport:
    """How letters leave the shop. Without a host they go to the mailbox of this machine."""

    shop: str
    host: str
    port: int
    tls: str
    user: str
    from_address: str
    sender_name: str
    reply_to: str
    dkim_selector: str
    public_url: str
    connections: int

    @property
    def is_built_in(self) -> bool:
        """Whether letters stay on this machine."""
        return not self.host

    @property
    def domain(self) -> str:
        """The sender's domain: of message ids, returned mail and the signature."""
        return self.from_address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter to one address. `token` is what its envelope sender carries, to know a return."""

    to: str
    subject: str
    text: str
    html: str = ""
    to_name: str = ""
    from_name: str = ""
    reply_to: str = ""
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


State = Literal["sent", "later", "refused", "unclear"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: one of the four states, and what the server said (one line)."""

    state: State
    answer: str = ""


def transport(tx: Tx) -> Transport:
    """How the shop sends, by its settings."""
    given = {name: value for name, value in settings.read_all(tx).items() if name[:5] == "mail."}
    shop = home.current_shop()
    return Transport(
        shop=shop.name,
        host=given["mail.host"],
        port=given["mail.port"],
        tls=given["mail.tls"],
        user=given["mail.user"],
        from_address=given["mail.from_address"] or f"info@{shop.name}.example",
        sender_name=given["mail.sender_name"] or shop.title.get(shop.locale, shop.name),
        reply_to=given["mail.reply_to"],
        dkim_selector=given["mail.dkim_selector"],
        public_url=(given["mail.public_url"] or shop.url).rstrip("/"),
        connections=given["mail.connections"],
    )


def password_path(shop: str) -> Path:
    """Where the server's password is read from: one line, readable by its owner alone."""
    return mailbox.folder(shop) / "password"


def key_path(shop: str) -> Path:
    """Where the private key of the signature (DKIM) is read from, as PEM."""
    return mailbox.folder(shop) / "dkim.pem"


def send(by: Transport, mail: Mail, *, at: datetime) -> Outcome:
    """Send one letter over a connection of its own."""
    with Connection(by) as connection:
        return connection.send(mail, at=at)


def compose(by: Transport, mail: Mail, *, at: datetime) -> bytes:
    """The letter as it travels: text and HTML of the same, UTF-8, signed where there is a key."""
    heads = {
        "From": _named("From", mail.from_name or by.sender_name, by.from_address),
        "To": _named("To", mail.to_name, mail.to),
        "Subject": _encoded("Subject", _flat(mail.subject)),
        "Date": format_datetime(at),
        "Message-ID": message_id(by, mail),
        "Reply-To": _flat(mail.reply_to or by.reply_to),
        **{name: _flat(value) for name, value in mail.headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in heads.items() if value)
    return _signed(by, f"{head}MIME-Version: 1.0\r\n".encode("ascii", "replace") + _content(mail))


def _content(mail: Mail) -> bytes:
    """Both texts in base64, written here: the library takes five times as long for the same."""
    text = _part("plain", mail.text)
    if not mail.html:
        return text
    cut = secrets.token_hex(12).encode()  # no line of base64 begins with two dashes
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="' + cut + b'"\r\n\r\n',
            b"--" + cut + b"\r\n" + text,
            b"--" + cut + b"\r\n" + _part("html", mail.html),
            b"--" + cut + b"--\r\n",
        )
    )


def _part(kind: str, text: str) -> bytes:
    canonical = ("\r\n".join(text.splitlines()) + "\r\n").encode()
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(canonical).replace(b"\n", b"\r\n")


def _flat(text: str) -> str:
    """One line: whatever was meant to begin another header does not."""
    return " ".join(text.split())


def _encoded(name: str, *parts: str) -> str:
    """A header's value in words that travel (RFC 2047), folded."""
    header = Header(header_name=name)
    for part in parts:
        header.append(part, "us-ascii" if part.isascii() else "utf-8")
    return header.encode(linesep="\r\n")


def _named(header: str, name: str, address: str) -> str:
    flat = _flat(name)
    if flat.isascii():
        return formataddr((flat, address))
    return _encoded(header, flat, f"<{address}>")


def message_id(by: Transport, mail: Mail) -> str:
    """The letter's id. A token's letter has the same one however often it is composed."""
    from goen.kit import ids

    return f"<{mail.token or ids.new_id().hex}@{by.domain}>"


def envelope_sender(by: Transport, token: str) -> str:
    """Where a letter comes back to when it cannot be delivered: the address knows which it was."""
    return f"bounce+{token}@{by.domain}" if token else by.from_address


def may_be_written_to(by: Transport, address: str) -> bool:
    """Whether an address is one that this transport may carry to."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain and address.isascii() and address.isprintable()):
        return False
    if any(sign in address for sign in ' ,;<>()[]"\\') or "@" in local:
        return False
    reserved = f".{domain.lower()}".endswith(tuple(f".{one}" for one in RESERVED))
    return by.is_built_in or not reserved


class Connection:
    """A talk with the server that is kept for many letters. One thread's own."""

    def __init__(self, by: Transport) -> None:
        self.by = by
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, mail: Mail, *, at: datetime) -> Outcome:
        """Hand one letter over. A talk that broke off before the text is begun anew, once."""
        if not may_be_written_to(self.by, mail.to):
            return Outcome("refused", "address not written to")
        try:
            body = compose(self.by, mail, at=at)
        except (dkim.DKIMException, ValueError) as error:  # a key or an address set up wrongly
            return Outcome("later", f"not composed: {type(error).__name__}")
        sender = envelope_sender(self.by, mail.token)
        for again in (True, False):
            fresh = self._smtp is None
            outcome = self._try(sender, mail.to, body)
            if outcome is not None:
                return outcome
            if fresh or not again:
                break
        return Outcome("later", "no connection")

    def close(self) -> None:
        """Say goodbye, if there is still somebody."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._drop()

    def _try(self, sender: str, to: str, body: bytes) -> Outcome | None:
        """What the server said, or None where the talk ended before the text was given."""
        try:
            smtp = self._smtp = self._smtp or _open(self.by)
            code, said = smtp.mail(sender)
            if code == 250:
                code, said = smtp.rcpt(to)
            if code in {250, 251}:
                code, said = smtp.docmd("DATA")
            if code != 354:
                return self._refused(code, said)
        except smtplib.SMTPResponseException as error:
            self._drop()
            return _judged(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return None if isinstance(error, smtplib.SMTPServerDisconnected) else _unreached(error)
        return self._hand_over(smtp, body)

    def _hand_over(self, smtp: smtplib.SMTP, body: bytes) -> Outcome:
        """Give the text. From its first byte on, silence may mean that it was taken."""
        try:
            smtp.send(_dotted(body))
            code, said = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome("unclear", without_addresses(f"{type(error).__name__}: {error}"))
        if code < 0:  # no answer that can be understood says that it was not taken
            self._drop()
            return Outcome("unclear", _line(code, said))
        return Outcome("sent", _line(code, said)) if code == 250 else self._refused(code, said)

    def _refused(self, code: int, said: bytes) -> Outcome:
        smtp = self._smtp
        if smtp is not None and code not in {421, -1}:
            try:
                smtp.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()
        else:
            self._drop()
        return _judged(code, said)

    def _drop(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError):
                self._smtp.close()
        self._smtp = None


def _open(by: Transport) -> smtplib.SMTP:
    """A connection that is greeted, encrypted and logged in as the settings say."""
    if by.is_built_in:
        return _open_built_in(by)
    context = ssl.create_default_context()
    if by.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(by.host, by.port, timeout=TIMEOUT_S, context=context)
    else:
        smtp = smtplib.SMTP(by.host, by.port, timeout=TIMEOUT_S)
    try:
        if by.tls == "starttls":
            smtp.starttls(context=context)
        if by.user:
            smtp.login(by.user, password_path(by.shop).read_text().strip())
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    _no_delay(smtp)
    return smtp


def _open_built_in(by: Transport) -> smtplib.SMTP:
    """The mailbox of this machine, known by what it says first: never somebody else's server."""
    found = mailbox.listening(by.shop)
    if found is None:
        raise OSError("the mailbox of this machine does not run")
    smtp = smtplib.SMTP(timeout=TIMEOUT_S, local_hostname="localhost")
    _, said = smtp.connect("127.0.0.1", found.port)
    if found.mark.encode() not in said:
        smtp.close()
        raise OSError("another server listens where the mailbox was")
    smtp.ehlo()
    _no_delay(smtp)
    return smtp


def _no_delay(smtp: smtplib.SMTP) -> None:
    """Short questions and answers: waiting to fill a packet only costs time."""
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _judged(code: int, said: bytes | str) -> Outcome:
    state: State = "later" if code in _OVER or 400 <= code < 500 or code < 0 else "refused"
    return Outcome(state, _line(code, said))


def _unreached(error: Exception) -> Outcome:
    return Outcome("later", without_addresses(f"{type(error).__name__}: {error}"))


def _line(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return without_addresses(f"{code} {' '.join(text.split())}")


def without_addresses(said: str) -> str:
    """What a server said, at most 300 signs, without the addresses it repeats: it is kept."""
    return _ADDRESS.sub("…", said)[:300]


def _dotted(body: bytes) -> bytes:
    """The text with its lone dots doubled, and the dot that ends it (RFC 5321, 4.5.2)."""
    body = body.replace(b"\r\n.", b"\r\n..")
    return (b"." if body.startswith(b".") else b"") + body + b".\r\n"


def _signed(by: Transport, body: bytes) -> bytes:
    """The letter with its signature (DKIM, RFC 6376) before it, where selector and key are set."""
    key = _key(by.shop) if by.dkim_selector else b""
    if not key:
        return body
    signature: bytes = dkim.sign(
        body, by.dkim_selector.encode(), by.domain.encode(), key,
        canonicalize=(b"relaxed", b"relaxed"), include_headers=_present(body),
    )  # fmt: skip
    return signature + body


def _present(body: bytes) -> list[bytes]:
    """Those headers of `SIGNED` that the letter has."""
    head = body.partition(b"\r\n\r\n")[0].lower()
    return [name for name in SIGNED if b"\n" + name + b":" in b"\n" + head]


def _key(shop: str) -> bytes:
    path = key_path(shop)
    try:
        return _read_key(path, path.stat().st_mtime_ns)
    except OSError:
        return b""


@lru_cache(maxsize=8)
def _read_key(path: Path, changed_ns: int) -> bytes:
    return path.read_bytes()
