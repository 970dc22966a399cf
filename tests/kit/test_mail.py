"""Letters that leave: what they carry, where they go, and how a failure is told."""

import email
import email.policy
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from goen.kit import home, mail, mailbox, mailbox_server
from goen.kit.mail import Connection, Mail, Outcome, Transport

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SHOP = "letters"
BY = Transport(SHOP, "", 0, "none", "", "info@miyabi.example", "みやび堂", "", "", "http://x", 2)


@pytest.fixture
def taking() -> Iterator[str]:
    """The mailbox of a shop runs."""
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=mailbox_server.serve, args=[SHOP, stop], kwargs={"ready": lambda _: ready.set()}
    )
    thread.start()
    assert ready.wait(10)
    yield SHOP
    stop.set()
    thread.join(10)
    for path in mailbox.folder(SHOP).iterdir():
        path.unlink()


def letter(to: str, **given: object) -> Mail:
    fields: dict[str, object] = {
        "subject": "石川様へ、秋の新作と、とても長い題名のお知らせです 🎏 どうぞよろしく",
        "text": ".\n..二つの点\nおわり\n",
        "html": "<p>こんにちは</p>",
        "to_name": "石川 美咲 様",
        "token": "t0ken",
        "headers": {
            "List-Unsubscribe": "<https://miyabi.example/u/t0ken>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }
    return Mail(to=to, **{**fields, **given})  # type: ignore[arg-type]


def test_what_is_sent_can_be_read_in_the_mailbox(taking: str) -> None:
    assert mail.send(BY, letter("misaki@home.example"), at=NOW).state == "sent"
    with mailbox.opened(taking) as store:
        [line] = store.find("MISAKI 秋の新作")
        found = store.read(line.id)
        assert store.count("nobody") == 0
        assert store.find("100%") == []
    assert found is not None
    headers = dict(found.headers)
    assert headers["To"] == "石川 美咲 様 <misaki@home.example>"
    assert headers["From"] == "みやび堂 <info@miyabi.example>"
    assert headers["Message-ID"] == "<t0ken@miyabi.example>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Date"] == "Fri, 20 Nov 2026 03:00:00 +0000"
    assert found.text.splitlines() == [".", "..二つの点", "おわり"]
    assert found.html.strip() == "<p>こんにちは</p>"
    assert found.line.sender == "bounce+t0ken@miyabi.example"
    assert all(len(row) <= 998 for row in found.raw.splitlines())
    assert found.raw.isascii()


@pytest.mark.parametrize(
    ("address", "states"),
    [
        ("a@home.example", ["sent", "sent"]),
        ("a@unknown.example", ["refused", "refused"]),
        ("a@busy.example", ["later", "sent"]),
        ("two words@home.example", ["refused", "refused"]),
        ("a@home.example,b@home.example", ["refused", "refused"]),
        ("石川@home.example", ["refused", "refused"]),
        ("nobody", ["refused", "refused"]),
    ],
)
def test_a_failure_is_told_by_its_kind(taking: str, address: str, states: list[str]) -> None:
    with Connection(BY) as connection:
        assert [connection.send(letter(address), at=NOW).state for _ in states] == states


def test_one_connection_carries_on_after_a_refusal(taking: str) -> None:
    with Connection(BY) as connection:
        said = [
            connection.send(letter(to), at=NOW).state
            for to in ("a@home.example", "a@unknown.example", "b@home.example")
        ]
    assert said == ["sent", "refused", "sent"]
    with mailbox.opened(taking) as store:
        assert [line.recipient for line in store.find()] == ["b@home.example", "a@home.example"]


def test_what_comes_back_is_news_once(taking: str) -> None:
    mail.send(BY, letter("a@returned.example"), at=NOW)
    with mailbox.opened(taking) as store:
        [raw] = list(store.news("reader", to="bounce+"))
        assert b"Status: 5.1.1" in raw
        assert list(store.news("reader", to="bounce+")) == []
        assert len(list(store.news("another", to="bounce+"))) == 1


def test_without_the_mailbox_a_letter_waits() -> None:
    assert mail.send(BY, letter("a@home.example"), at=NOW).state == "later"


def test_another_server_at_the_mailbox_s_port_gets_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        mailbox.says_where(SHOP, stranger.getsockname()[1])
        heard: list[bytes] = []

        def greet() -> None:
            talk, _ = stranger.accept()
            with talk:
                talk.sendall(b"220 somebody else\r\n")
                heard.append(talk.recv(100))

        thread = threading.Thread(target=greet)
        thread.start()
        assert mail.send(BY, letter("a@home.example"), at=NOW).state == "later"
        thread.join(5)
    assert heard == [b""]


def _talks(*, after_data: bytes | None, taken: list[bytes]) -> tuple[int, threading.Thread]:
    """A server that says yes until the text is there, and then `after_data` or nothing at all."""
    server = socket.create_server(("127.0.0.1", 0))
    mark = mailbox.says_where(SHOP, server.getsockname()[1]).mark.encode()

    def talk() -> None:
        with server, server.accept()[0] as client, client.makefile("rb") as lines:
            client.sendall(b"220 " + mark + b"\r\n")
            for line in lines:
                if line.startswith(b"DATA"):
                    client.sendall(b"354 go on\r\n")
                    taken.append(b"".join(iter(lines.readline, b".\r\n")))
                    if after_data is None:
                        return
                    client.sendall(after_data)
                elif line.startswith(b"QUIT"):
                    return
                else:
                    client.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=talk)
    thread.start()
    return server.getsockname()[1], thread


@pytest.mark.parametrize(
    ("after_data", "expected"),
    [
        (b"250 taken\r\n", Outcome("sent", "250 taken")),
        (b"451 not now\r\n", Outcome("later", "451 not now")),
        (b"554 never\r\n", Outcome("refused", "554 never")),
    ],
)
def test_the_answer_to_the_text_decides(after_data: bytes, expected: Outcome) -> None:
    _, thread = _talks(after_data=after_data, taken=[])
    assert mail.send(BY, letter("a@home.example"), at=NOW) == expected
    thread.join(5)


def test_silence_after_the_text_is_unclear_and_never_tried_again() -> None:
    taken: list[bytes] = []
    _, thread = _talks(after_data=None, taken=taken)
    assert mail.send(BY, letter("a@home.example"), at=NOW).state == "unclear"
    thread.join(5)
    assert len(taken) == 1


def test_nobody_s_address_is_never_given_to_a_real_server() -> None:
    real = Transport(SHOP, "mail.miyabi.jp", 25, "none", "", "info@miyabi.jp", "", "", "", "", 1)
    for address in ("a@home.example", "a@x.test", "a@example.com", "a@b.invalid"):
        assert not mail.may_be_written_to(real, address)
        assert mail.send(real, letter(address), at=NOW).state == "refused"
    for address in ("misaki@home.jp", "misaki@myexample.com", "misaki@contest.jp"):
        assert mail.may_be_written_to(real, address)


def test_the_signature_covers_what_mail_services_ask_for() -> None:
    path = mail.key_path(SHOP)
    private = subprocess.run(["openssl", "genrsa", "1024"], capture_output=True, check=True).stdout
    path.write_bytes(private)
    public = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"],
        input=private, capture_output=True, check=True,
    ).stdout  # fmt: skip
    by = Transport(
        SHOP, "", 0, "none", "", "info@miyabi.example", "みやび堂", "", "goen1", "http://x", 2
    )
    raw = mail.compose(by, letter("a@home.example"), at=NOW)
    path.unlink()
    record = b"v=DKIM1; k=rsa; p=" + __import__("base64").b64encode(public)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(raw, dnsfunc=dns)
    assert not dkim.verify(raw.replace(b"t0ken@", b"other@"), dnsfunc=dns)
    assert asked[0].rstrip(b".") == b"goen1._domainkey.miyabi.example"
    signature = email.message_from_bytes(raw, policy=email.policy.default)["DKIM-Signature"]
    covered = str(signature).replace(" ", "").partition("h=")[2].partition(";")[0].split(":")
    assert {"from", "to", "subject", "date", "message-id", "list-unsubscribe",
            "list-unsubscribe-post"} <= set(covered)  # fmt: skip


def test_secrets_are_their_owner_s_alone() -> None:
    assert mailbox.folder(SHOP).stat().st_mode & 0o077 == 0
    assert Path(home.shop_dir(SHOP)) in mail.password_path(SHOP).parents
