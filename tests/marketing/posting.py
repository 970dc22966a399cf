"""For tests of mail: willing people, a live measure with its list, and the mailbox of this machine.

Arms are drawn by person, so a list of some people has some of each; `treated` says who is who.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goen.customers import consents, records
from goen.customers.consents import NewConsent
from goen.customers.records import NewCredential, NewRecord
from goen.kit import ids, mailbox, mailbox_server, settings
from goen.kit.db import Tx
from goen.kit.mailbox import Line
from goen.kit.refusals import Refusal
from goen.marketing import lists, messages, runs
from goen.marketing.lists import Frozen
from goen.marketing.messages import Written
from goen.marketing.runs import NewRun, Scheduled
from goen.points import coupons
from goen.points.coupons import NewKind
from tests import world
from tests.marketing import measuring
from tests.marketing.measuring import BY

SOON = world.NOW + timedelta(minutes=2)
"""When a sending scheduled at `world.NOW` can no longer be recalled."""
YES = {"screen": "register", "at": "S1"}


def open_post(t: Tx) -> None:
    """What advertising mail must show, an appeal point, and a coupon."""
    for name, value in (
        ("mail.postal_address", "東京都渋谷区神南1-1-1"),
        ("mail.contact", "03-0000-0000"),
        ("mail.per_minute", 1_000_000),
    ):
        assert settings.write(t, name, value, **BY) is None
    measuring.axis(t, "gentle", "毎日飲める")
    kind = NewKind("back", {"ja": "おかえり", "en": "Welcome back"}, "percent", 1000)
    assert not isinstance(coupons.put_kind(t, kind, **BY), Refusal)


def willing(t: Tx, count: int, *, domain: str = "kaze.example", start: int = 0) -> list[int]:
    """The records of people with a name, a card and a mail address, who said yes."""
    new = [
        NewRecord(
            "ec", f"{domain}-{n}", family_name=f"森{n}", given_name="歩", mail=f"p{n}@{domain}",
            credentials=(NewCredential("card", f"G77{abs(hash(domain)) % 1000}{n:05}",
                                       verified=True),),
        )
        for n in range(start, start + count)
    ]  # fmt: skip
    made = list(records.register(t, new, **BY).values())
    say(t, made, granted=True)
    return made


def say(t: Tx, record_ids: Sequence[int], *, granted: bool, at: datetime | None = None) -> None:
    """Their word about mail."""
    when = at or world.NOW - timedelta(days=30)
    new = [
        NewConsent(ids.new_id(), one, "mail", granted, "till", when,
                   evidence=YES if granted else {})
        for one in record_ids
    ]  # fmt: skip
    noted = consents.note(t, new, actor=world.ACTOR, recorded_at=max(when, world.NOW))
    assert not [one for one in noted if isinstance(one, Refusal)], noted


def persons(t: Tx, record_ids: Sequence[int]) -> list[int]:
    """Who these records are."""
    rows = t.rows(
        "SELECT person_id FROM customers_personof WHERE record_id = ANY(%s) ORDER BY person_id",
        [list(record_ids)],
    )
    return [row[0] for row in rows]


def measure(t: Tx, *, coupon: str = "", parts: Sequence[dict[str, Any]] = ()) -> UUID:
    """A live measure with a mail."""
    new = measuring.measure(measuring.placement("mail", "gentle"), coupon_kind=coupon)
    uid = measuring.live(t, new)
    if parts:
        mail = messages.NewMessage("{{ name | default: 'お客様' }}へ", parts)
        written = messages.write(t, uid, mail, **BY)
    else:
        written = messages.start(t, uid, about="新茶が届きました。", **BY)
    assert isinstance(written, Written), written
    return uid


def frozen(t: Tx, measure_uid: UUID, among: Sequence[int], *, control: float = 0.0) -> Frozen:
    """A list of these people; without control everybody but the holdouts is written to."""
    done = lists.freeze(
        t, uid=ids.new_id(), measure_uid=measure_uid,
        conditions={"field": "person", "ids": list(among)}, channel="mail",
        control_share=control, **BY,
    )  # fmt: skip
    assert isinstance(done, Frozen), done
    return done


def scheduled(t: Tx, measure_uid: UUID, to: Frozen, **more: Any) -> Scheduled:
    """A sending that begins at `SOON`."""
    done = runs.schedule(t, NewRun(ids.new_id(), measure_uid, to.uid, **more), **BY)
    assert isinstance(done, Scheduled), done
    return done


def treated(t: Tx, to: Frozen) -> list[int]:
    """Who of a list is to be written to."""
    return [person for person, _ in lists.treated(t, to.list_id)]


def states(t: Tx, run: Scheduled) -> dict[str, int]:
    """How many mails of a sending are in which state, by cause where there is one."""
    rows = t.rows(
        "SELECT state || CASE WHEN cause = '' THEN '' ELSE ':' || cause END, count(*)"
        " FROM marketing_delivery WHERE run_id = %s GROUP BY 1",
        [run.run_id],
    )
    return dict(rows)


@contextmanager
def mailbox_of(shop: str) -> Iterator[None]:
    """The mailbox of a shop takes letters."""
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=mailbox_server.serve, args=[shop, stop], kwargs={"ready": lambda _: ready.set()}
    )
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def letters(shop: str, text: str = "") -> list[Line]:
    """What the mailbox of a shop got, the newest first."""
    with mailbox.opened(shop) as store:
        return store.find(text, limit=100_000)
