"""The server of this machine's mailbox: takes letters over SMTP and keeps them.

Promises: listens on the loopback address only; what fails does so as a real server would say it;
a letter to an address that is taken and then returned comes back to its envelope sender.
"""

import asyncio
import threading
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope, Session

from goen.kit import clock, mailbox
from goen.kit.mailbox import Store

UNKNOWN, BUSY, RETURNED = "unknown.example", "busy.example", "returned.example"
LARGEST = 20_000_000


def serve(shop: str, stop: threading.Event, *, ready: Callable[[int], None] | None = None) -> None:
    """Take letters until told to stop; tells `ready` the port."""
    asyncio.run(_serve(shop, stop, ready))


async def _serve(shop: str, stop: threading.Event, ready: Callable[[int], None] | None) -> None:
    loop = asyncio.get_running_loop()
    with mailbox.opened(shop) as store:
        taker = _Taker(store)
        found: list[mailbox.Listening] = []

        def talk() -> SMTP:
            mark = found[0].mark if found else ""
            return SMTP(
                taker, hostname="localhost", ident=f"Goen mailbox {mark}", loop=loop,
                data_size_limit=LARGEST,
            )  # fmt: skip

        server = await loop.create_server(talk, host="127.0.0.1", port=0)
        port = int(server.sockets[0].getsockname()[1])
        found.append(mailbox.says_where(shop, port))
        if ready is not None:
            ready(port)
        while not stop.is_set():
            await asyncio.sleep(0.1)
        server.close()


class _Taker:
    """What the mailbox says to each address and letter."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy: set[str] = set()

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        domain = address.rpartition("@")[2].lower()
        if domain == UNKNOWN:
            return "550 5.1.1 nobody of that name"
        if domain == BUSY and address not in self._busy:
            self._busy.add(address)
            return "451 4.3.0 busy, try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.content
        assert isinstance(raw, bytes)
        sender, at = envelope.mail_from or "", clock.now()
        self._store.keep(sender=sender, recipients=envelope.rcpt_tos, raw=raw, at=at)
        for address in envelope.rcpt_tos:
            if address.rpartition("@")[2].lower() == RETURNED and sender:
                back = undeliverable(to=sender, address=address)
                self._store.keep(sender="", recipients=[sender], raw=back, at=at)
        return "250 2.0.0 kept"


def undeliverable(*, to: str, address: str, status: str = "5.1.1") -> bytes:
    """The report that a server sends back when an address turns out not to be (RFC 3464)."""
    lines = (
        "From: MAILER-DAEMON@localhost",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="returned"',
        "",
        "--returned",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"The address {address} could not be reached.",
        "",
        "--returned",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; localhost",
        "",
        f"Final-Recipient: rfc822; {address}",
        "Action: failed" if status.startswith("5") else "Action: delayed",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} nobody of that name",
        "",
        "--returned--",
        "",
    )
    return "\r\n".join(lines).encode()
