"""The mail of a simulated measure: really sent, to this machine's mailbox, and what came of it.

It left in the past: all of it is written in one transaction, under the clock of that day, so the
shop's own worker never sees it half done. Whoever comes because of it has opened it and followed
its link before, and shows its coupon. Django must be set up before this is imported.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random

from goen.customers import queries as customers
from goen.kit import clock, mail, mailbox, mailbox_server
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.mail import Connection, Transport
from goen.kit.refusals import Refusal
from goen.marketing import mailing, messages, runs, tracking
from goen.marketing.messages import NewMessage
from goen.marketing.runs import NewRun
from goen.marketing.tracking import Asking
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell
from sim import campaigns, opening
from sim.campaigns import Plan, Visit
from sim.miyabido import ZONE, World

OPENS, CLICKS, REFUSES = 0.44, 0.22, 0.02
PER_MINUTE = 6_000
_AWAKE = 6
"""From when on anybody reads a mail; nobody does after midnight."""
_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140",
)
_SUBJECT = "{{ name | default: 'お客様' }}、お誕生月おめでとうございます"
_PARTS = (
    {"kind": "heading", "text": "{{ name | default: 'お客様' }}、おめでとうございます。"},
    {
        "kind": "text",
        "text": "いつも{{ shop }}をご利用いただき、ありがとうございます。\n\n"
        "お誕生月のお礼に、店舗でもオンラインでも使えるクーポンをお送りします。",
    },
    {"kind": "coupon"},
    {"kind": "button", "text": "お礼のページを見る", "href": "landing"},
)
Key = tuple[str, str]


def send(t: Tx, world: World, plan: Plan, reached: Sequence[Key], *, actor: Actor) -> None:
    """Send a live measure's mail to its list and tell what everybody did. Done once."""
    assert plan.launched is not None
    at = datetime.combine(world.end - timedelta(days=plan.launched), time(16), ZONE)
    written = NewMessage(_SUBJECT, _PARTS, preheader="店舗でもオンラインでも使えます。")
    run = NewRun(plan.uid_of("run"), plan.uid, plan.uid_of("list"), per_minute=PER_MINUTE)
    wrote = messages.write(t, plan.uid, written, actor=actor, recorded_at=at)
    assert not isinstance(wrote, Refusal), wrote
    scheduled = runs.schedule(t, run, actor=actor, recorded_at=at)
    assert not isinstance(scheduled, Refusal), scheduled
    if scheduled.repeated:
        return
    tokens = _carry(t, scheduled.run_id, at=scheduled.starts_at)
    _read(t, world, plan, reached, tokens)


def sale_of(visit: Visit, coupon: str = "") -> Sale:
    """A visit as the selling verb takes it; with a coupon it costs less."""
    by_card = visit.source == "pos"
    total = visit.total_minor - (visit.off_minor if coupon else 0)
    return Sale(
        uid=visit.uid,
        place=visit.place_code,
        channel=visit.channel_code,
        occurred_at=visit.at,
        lines=tuple(SaleLine(code, qty) for code, qty, _ in visit.items),
        tenders=(SaleTender("card", total),),
        source=visit.source,
        source_no=visit.source_no,
        staff=visit.staff_code,
        member=("card", visit.key) if by_card else None,
        record_key=None if by_card else (visit.source, visit.key),
        expected_total_minor=total,
        coupons=(coupon,) if coupon else (),
    )


def _carry(t: Tx, run_id: int, *, at: datetime) -> list[str]:
    """Hand every letter to the mailbox; answers the tokens of those that were taken."""
    by, tokens, now = mail.transport(t), [], at
    with _somebody_listens(by), Connection(by) as connection:
        while True:
            block = mailing.take(t, run_id, by, at=now)
            if block is None:
                return tokens
            outcomes = [
                (one, connection.send(mailing.compose(block, one), at=now)) for one in block.letters
            ]
            mailing.settle(t, run_id, outcomes, at=now)
            tokens += [one.token for one, outcome in outcomes if outcome.state == "sent"]
            now += timedelta(minutes=1)


@contextlib.contextmanager
def _somebody_listens(by: Transport) -> Iterator[None]:
    """The shop's own mailbox, or one for as long as this takes."""
    assert by.is_built_in, "the simulated shop sends to no real server"
    if _listens(by.shop):
        yield
        return
    stop, ready = threading.Event(), threading.Event()
    serving = threading.Thread(
        target=mailbox_server.serve, args=(by.shop, stop), kwargs={"ready": lambda _: ready.set()}
    )
    serving.start()
    try:
        assert ready.wait(30), "the mailbox did not come up"
        yield
    finally:
        stop.set()
        serving.join()


def _listens(shop: str) -> bool:
    """Whether the shop's own mailbox answers, with the word it is known by."""
    found = mailbox.listening(shop)
    if found is None:
        return False
    try:
        with socket.create_connection(("127.0.0.1", found.port), timeout=5) as talk:
            return found.mark.encode() in talk.recv(500)
    except OSError:
        return False


def _read(t: Tx, world: World, plan: Plan, reached: Sequence[Key], tokens: Sequence[str]) -> None:
    """Some open, some of them follow the link, some come with the coupon, a few say no more."""
    records = customers.records_of_keys(t, reached)
    visits = {records[one.source, one.key]: one for one in campaigns.answers(world, plan, reached)}
    coming: list[tuple[Visit, str]] = []
    for token in tokens:
        one = tracking.delivered(t, token)
        assert one is not None
        visit = visits.get(one.record_id)
        _one_reads(t, world, one, visit)
        if visit is not None:
            coming.append((visit, one.coupon if visit.with_coupon else ""))
    sales = [sale_of(visit, coupon) for visit, coupon in coming]
    for sold in sell(t, sales, actor=opening.ACTOR, recorded_at=clock.now()):
        assert isinstance(sold, Sold), sold


def _one_reads(t: Tx, world: World, one: tracking.Delivered, visit: Visit | None) -> None:
    rng = Random(f"{world.seed}:reads:{one.record_id}")
    assert one.sent_at is not None
    by = Asking(agent=rng.choice(_AGENTS))
    within = 17.0 if visit is not None else 90.0
    at = one.sent_at + timedelta(hours=rng.uniform(0.2, within))
    if visit is None and rng.random() >= OPENS:
        return
    here = at.astimezone(ZONE)
    if here.hour < _AWAKE:
        at += timedelta(hours=_AWAKE - here.hour, minutes=rng.uniform(0, 90))
    tracking.opened(t, one.token, by, at=at)
    at += timedelta(seconds=rng.uniform(9, 80))
    if visit is not None or rng.random() < CLICKS:
        tracking.clicked(t, one.token, 0, by, at=at)
        tracking.landed(t, one.token, by, at=at + timedelta(seconds=2))
    elif rng.random() < REFUSES / OPENS:
        tracking.refused(t, one.token, by, way="page", at=at)
