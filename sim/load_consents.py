"""Who may be written to enters by its verbs: the texts, then every yes and no with its proof.

Repeating changes nothing. Django must be set up before this is imported.
"""

from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice

from goen.customers import consents, wordings
from goen.customers import queries as customers
from goen.customers.consents import NewConsent
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from sim import consents as told
from sim import opening
from sim.miyabido import ZONE, World

_BATCH = 500


def load(world: World) -> int:
    """Every word of everybody; answers how many."""
    with tx() as t:
        _put_texts(t, world)
    walk, count = told.said(world), 0
    while batch := list(islice(walk, _BATCH)):
        with tx() as t:
            new = list(_new(t, batch))
            answers = consents.note(t, new, actor=opening.ACTOR, recorded_at=clock.now())
        refused = [answer for answer in answers if isinstance(answer, Refusal)]
        assert not refused, refused[:3]
        count += len(new)
    return count


def _put_texts(t: Tx, world: World) -> None:
    """Oldest first; a text that is there already keeps its version."""
    there = {(one.code, one.version) for one in wordings.every(t)}
    for one in sorted(told.wordings(world), key=lambda text: (text.code, text.version)):
        if (one.code, one.version) in there:
            continue
        at = datetime.combine(one.since, time(9), ZONE)
        version = wordings.put(
            t, one.code, one.text, actor=opening.ACTOR, recorded_at=at, entity=world.entity.code
        )
        assert version == one.version, (one.code, version)


def _new(t: Tx, batch: list[told.Said]) -> Iterator[NewConsent]:
    records = customers.records_of_keys(t, [(one.source, one.key) for one in batch])
    shelves = {place.code: place.id for place in places.places(t)}
    for one in batch:
        yield NewConsent(
            uid=one.uid,
            record_id=records[one.source, one.key],
            channel=one.channel,
            granted=one.granted,
            way=one.way,
            occurred_at=one.at,
            wording=one.wording,
            place_id=shelves.get(one.place_code or ""),
            evidence=one.evidence,
        )
