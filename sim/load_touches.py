"""What people did besides buying, and why they bought, enters by the verbs of both.

Repeating changes nothing. A browser is known by a key of its own: before the cart (the login) a
session is nobody's yet, as it is in life; some who only look never log in. Django must be set up
before this is imported.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import TypeVar
from uuid import UUID

from goen.behaviour import events, reasons
from goen.behaviour.events import NewEvent
from goen.behaviour.reasons import NewReason
from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from sim import opening, touches, whys
from sim.miyabido import World
from sim.touches import Session
from sim.whys import Why

_BATCH = 400
_LOGS_IN = 0.6
_AFTER_LOGIN = ("cart", "ask", "use")
T = TypeVar("T")


def load(world: World) -> int:
    """Every session of the last weeks; answers how many events there were."""
    count = 0
    for batch in _batches(touches.sessions(world), _BATCH):
        with tx() as t:
            told = list(_events(t, world, batch))
            by = {"actor": opening.ACTOR, "recorded_at": clock.now()}
            _all(events.keep(t, told, **by))
        count += len(told)
    for some in _batches(whys.whys(world), _BATCH):
        with tx() as t:
            _note(t, some)
    return count


def _note(t: Tx, told: Sequence[Why]) -> None:
    """Reasons, beside the sales that are in the books already."""
    keys = sorted({(one.source, one.member.value) for one in told if one.member})
    records = customers.records_of_keys(t, keys)
    for one in told:
        record = records.get((one.source, one.member.value)) if one.member else None
        new = NewReason(one.uid, one.document, record, one.basis, one.code, one.note)
        refused = reasons.note_reason(t, new, actor=opening.ACTOR, recorded_at=clock.now())
        assert refused is None, refused


def _events(t: Tx, world: World, sessions: Sequence[Session]) -> Iterator[NewEvent]:
    keys = sorted({(one.source, one.key) for one in sessions})
    records = customers.records_of_keys(t, keys)
    codes = {touch.sku_code for one in sessions for touch in one.touches} - {""}
    skus = catalogue.ids_by_code(t, sorted(codes))
    shelves = {place.code: place.id for place in places.places(t)}
    channels = {channel.code: channel.id for channel in places.channels(t)}
    for one in sessions:
        record = records.get((one.source, one.key))
        online = one.source == "ec"
        knows = one.bought is not None or Random(str(one.uid)).random() < _LOGS_IN
        for touch in one.touches:
            named = not online or (knows and (one.bought is None or touch.kind in _AFTER_LOGIN))
            yield NewEvent(
                source=one.source,
                message_id=str(touch.uid),
                kind=touch.kind,
                occurred_at=touch.at,
                record_id=record if named else None,
                visitor=_browser(world, one) if online else "",
                sku_id=skus.get(touch.sku_code),
                place_id=shelves.get(touch.place_code),
                channel_id=channels["ec" if online else "store"],
                text=touch.words,
            )


def _browser(world: World, one: Session) -> str:
    """Each member has one browser; a third have a second one."""
    rng = Random(f"{world.seed}:browser:{one.key}")
    second = rng.random() < 0.33 and one.uid.int % 3 == 0
    return f"b-{UUID(int=rng.getrandbits(128))}{'-2' if second else ''}"


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    walk = iter(things)
    while batch := list(islice(walk, size)):
        yield batch


def _all(answers: Sequence[T | Refusal]) -> None:
    """A refusal here is a bug of ours, not of the shop."""
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert not refused, refused[:3]
