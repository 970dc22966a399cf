"""One that cannot go on is in nobody's way: a sending, a check, a letter of any size."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from goen.doors.worker import post
from goen.kit import clock, home, mailbox
from goen.kit.db import Tx
from goen.marketing import mailing, mailing_carrying, mailing_returned, messages_check
from goen.marketing.mailing_carrying import Postman
from tests.world import NOW


def test_a_sending_that_breaks_is_last_in_the_next_turn(
    tx_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def block(_self: Postman, run_id: int, _by: object) -> int:
        done.append(run_id)
        if run_id == 1 and len(done) < 5:
            raise RuntimeError("it breaks")
        return 1

    monkeypatch.setattr(Postman, "_block", block)
    monkeypatch.setattr(mailing, "due", lambda _t, **_: [1, 2, 3])
    postman = Postman(lambda: NOW)
    with pytest.raises(RuntimeError):
        postman.turn()
    with pytest.raises(RuntimeError):
        postman.turn()
    assert done == [1, 2, 3, 1]
    assert postman.turn() == 3
    assert done[4:] == [2, 3, 1]
    postman.turn()
    assert done[7:] == [1, 2, 3], "it went well, and stands where it stood"


def test_a_check_that_waits_for_the_analyst_lets_others_go_on(
    tx_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    t = Tx()
    worked: list[int] = []

    def begin(_t: Tx, id_: int, *_rest: Any, at: object) -> Any:
        return None if id_ == ids[0] else id_

    t.execute("ALTER TABLE marketing_mailcheck DISABLE TRIGGER ALL")
    ids = [
        t.value(
            "INSERT INTO marketing_mailcheck (message_id, audience, conditions, asked_at, done,"
            " found) VALUES (%s, 'a', '{}', %s, 0, '{}') RETURNING id",
            [n, NOW + timedelta(minutes=n)],
        )
        for n in (1, 2)
    ]
    monkeypatch.setattr(messages_check, "_begin", begin)
    monkeypatch.setattr(messages_check, "_work", lambda check, **_: worked.append(check) or True)
    assert messages_check.run_next(at=NOW)
    assert worked == [ids[1]]


def test_a_letter_of_any_size_is_read_only_so_far(
    tx_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = home.current_shop_name()
    folder = mailbox.folder(shop) / "returned"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "huge.eml").write_bytes(b"To: x@y.example\n\n" + b"x" * 2_000_000)
    sizes: list[int] = []
    monkeypatch.setattr(mailing_returned, "take", lambda _t, raw, **_: sizes.append(len(raw)))
    assert mailing_returned.hear(shop, at=NOW) >= 1
    assert max(sizes) == mailing_returned.MOST_BYTES
    assert not list(folder.glob("*.eml"))


def test_a_check_that_takes_long_keeps_no_letter_waiting(
    fresh_db: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks have a thread of their own: the postman has turns while one goes on."""
    stop, checking, turns = threading.Event(), threading.Event(), threading.Event()

    def check(**_: object) -> bool:
        checking.set()
        turns.clear()
        assert turns.wait(20), "a turn while the check goes on"
        stop.set()
        return True

    def turn(_self: Postman) -> int:
        turns.set()
        return 0

    monkeypatch.setattr(messages_check, "run_next", check)
    monkeypatch.setattr(mailing_carrying.Postman, "turn", turn)
    with post.sending(stop):
        assert checking.wait(20)
        assert stop.wait(30)
    assert clock.now() > NOW
