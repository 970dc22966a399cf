"""Mails a second: a sending as the worker does it, beside raw SMTP to the same mailbox.

The sending asks for consent again, writes each letter for its reader with a coupon of their own,
and commits what it took before anything leaves. The raw talk sends the very same letters, made
before, over as many connections, and knows nothing of anybody.
"""

import contextlib
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from bench import cluster, figure, shop
from bench.figure import Figure
from goen.catalogue import queries as catalogue
from goen.customers import consents, records
from goen.customers.consents import NewConsent
from goen.customers.records import NewRecord
from goen.kit import clock, home, ids, mail, mailbox, settings
from goen.kit.db import Tx, tx
from goen.marketing import axes, lists, mailing_carrying, measures, messages, runs
from goen.marketing.axes import NewAxis
from goen.marketing.measure import NewMeasure, NewPlacement
from goen.marketing.runs import NewRun
from goen.points import coupons
from goen.points.coupons import NewKind

READERS = 3_000
_BY = shop.ACTOR


def measure(readers: int = READERS) -> Iterator[Figure]:
    """The first letter to the last, once; and the same letters raw."""
    with tx() as t:
        _register(t, readers)
    with _mailbox():
        with tx() as t:
            uid, people = _scheduled(t)
        took = _sent(uid)
        letters = _letters(people)
        raw = _raw(letters)
    limit_is = f"raw SMTP, the same {people:,} letters, the same mailbox and connections"
    yield figure.rate("mails", people / took, "mails/s", limit=people / raw, limit_is=limit_is,
                      n=people)  # fmt: skip


def _register(t: Tx, readers: int) -> None:
    by = {"actor": _BY, "recorded_at": clock.now()}
    for name, value in (
        ("mail.postal_address", "東京都渋谷区渋谷1-1-1"),
        ("mail.contact", "03-0000-0000"),
        ("holdout.share", 0.0),
        ("mail.per_minute", 1_000_000),
    ):
        settings.write(t, name, value, **by)
    new = [
        NewRecord("goen", f"R{n}", family_name="計測", given_name=f"{n}", mail=_address(n))
        for n in range(readers)
    ]
    made = records.register(t, new, **by)
    words = [
        NewConsent(
            ids.new_id(), record_id, "mail", granted=True, way="form",
            occurred_at=clock.now(), evidence={"page": "bench"},
        )
        for record_id in made.values()
    ]  # fmt: skip
    answers = consents.note(t, words, **by)
    assert all(isinstance(one, consents.Kept) for one in answers), answers[:3]


def _address(n: int) -> str:
    return f"reader{n}@mail.example"


def _scheduled(t: Tx) -> tuple[UUID, int]:
    """A live measure about two articles, its list, its mail, and the sending of it."""
    by = {"actor": _BY, "recorded_at": clock.now()}
    today = clock.now().date()
    name = {"ja": "計測", "en": "Bench"}
    axes.put(t, NewAxis("bench", name), **by)
    coupons.put_kind(t, NewKind("bench", name, "amount", 100), **by)
    codes = [shop.code(1), shop.code(2)]
    new = NewMeasure(
        uid=ids.new_id(), title="計測", reason="計測", evidence="計測", expected="計測",
        starts_on=today, ends_on=today + timedelta(days=7), control_share=0.0,
        skus=tuple(catalogue.ids_by_code(t, codes).values()),
        conditions={"all": [{"field": "consent", "channel": "mail"}]}, coupon_kind="bench",
        placements=(NewPlacement(ids.new_id(), "mail", "bench"),),
    )  # fmt: skip
    measures.draft(t, new, **by)
    messages.start(t, new.uid, about="計測のお知らせです。", **by)
    measures.launch(t, new.uid, **by)
    frozen = lists.freeze(
        t, uid=ids.new_id(), measure_uid=new.uid, conditions=new.conditions, channel="mail",
        control_share=0.0, **by,
    )  # fmt: skip
    assert isinstance(frozen, lists.Frozen), frozen
    scheduled = runs.schedule(t, NewRun(ids.new_id(), new.uid, frozen.uid), **by)
    assert isinstance(scheduled, runs.Scheduled), scheduled
    return scheduled.uid, scheduled.people


def _sent(uid: UUID) -> float:
    """How long it takes from the end of the time to recall until the last letter is told of."""
    skipped = runs.RECALL + timedelta(seconds=1)
    postman = mailing_carrying.Postman(lambda: clock.now() + skipped)
    began = time.perf_counter()
    try:
        while _state(uid) != "sent":
            postman.turn()
        return time.perf_counter() - began
    finally:
        postman.close()


def _state(uid: UUID) -> str:
    with tx() as t:
        return str(t.value("SELECT state FROM marketing_run WHERE uid = %s", [uid]))


def _letters(people: int) -> list[bytes]:
    """What arrived, and that it was one letter for each."""
    with mailbox.opened(cluster.SHOP) as kept:
        lines = kept.find(limit=people + 1)
        assert len({line.recipient for line in lines}) == len(lines) == people
        return [letter.raw for line in lines if (letter := kept.read(line.id)) is not None]


def _raw(letters: Sequence[bytes]) -> float:
    """The same letters by SMTP alone, over as many connections."""
    with tx() as t:
        count = mail.transport(t).connections
    found = mailbox.listening(cluster.SHOP)
    assert found is not None
    port = found.port

    def carry(part: Sequence[bytes]) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as server:
            for n, letter in enumerate(part):
                server.sendmail("bench@mail.example", [_address(n)], letter)

    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(carry, [letters[n::count] for n in range(count)]))
    return time.perf_counter() - began


@contextlib.contextmanager
def _mailbox() -> Iterator[None]:
    """The shop's mailbox as a process of its own, as it runs in a shop."""
    command = [sys.executable, "-m", "goen.doors.cli.main", "mailbox"]
    log = home.log_dir() / "bench.mailbox.log"
    with (
        log.open("ab") as sink,
        subprocess.Popen(command, stdout=sink, stderr=sink, env=dict(os.environ)) as process,
    ):
        try:
            until = time.monotonic() + 30
            while mailbox.listening(cluster.SHOP) is None:
                assert time.monotonic() < until, Path(log).read_text()
                assert process.poll() is None, Path(log).read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(10)
