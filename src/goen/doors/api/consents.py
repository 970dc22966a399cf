"""`/v1/consents`: who may be written to, said by any system and asked by any."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.customers import consent_rules, consents, wordings
from goen.customers import queries as customers
from goen.customers.consents import Barred, Kept, NewConsent
from goen.doors.api.door import Call, Code, Moment, Refused, Text, answer
from goen.doors.api.sales import Buyer
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class WordingIn(Struct, forbid_unknown_fields=True):
    """A text of ours that was shown, in the version that was shown."""

    code: Code
    version: Version


class ConsentIn(Struct, forbid_unknown_fields=True):
    """A yes or a no. A yes needs proof: the wording that was shown, or evidence."""

    uid: UUID
    record: Buyer
    channel: Code
    granted: bool
    occurred_at: Moment
    purpose: Code = consent_rules.MARKETING
    way: Code = "api"
    address: Code = ""
    wording: WordingIn | None = None
    place: Code | None = None
    evidence: dict[Code, Text] = {}


class KeptOut(Struct):
    """The word stands. `repeated` when it already did."""

    uid: UUID
    repeated: bool


class ConsentsQuery(Struct, forbid_unknown_fields=True):
    """Whose: a record by `source` and `key`; everything its person said."""

    source: Code
    key: Code
    purpose: Code = consent_rules.MARKETING


class MayOut(Struct):
    """Whether the person may be written to on a channel; else the cause why not."""

    channel: str
    may: bool
    cause: str


class ConsentOut(Struct):
    """One word with its proof. `holds` while it is the newest of its record."""

    uid: UUID
    source: str
    key: str
    channel: str
    purpose: str
    granted: bool
    address: str
    wording: WordingIn | None
    way: str
    evidence: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    holds: bool


class ConsentsOut(Struct):
    """What holds now for each channel, and all that was ever said, the newest first."""

    may: list[MayOut]
    consents: list[ConsentOut]


def note(call: Call) -> HttpResponse:
    """Keep yeses and noes with their proof, each for itself."""
    given, many = call.facts(ConsentIn)
    with tx() as t:
        wishes = _wishes(t, given)
        kept = iter(
            consents.note(
                t,
                [one for one in wishes if isinstance(one, NewConsent)],
                actor=call.actor,
                recorded_at=clock.now(),
            )
        )
        answers = [next(kept) if isinstance(one, NewConsent) else one for one in wishes]
    return call.answered(answers, _kept, many=many)


def shown(call: Call) -> HttpResponse:
    """What a person said, and what holds."""
    asked = call.query(ConsentsQuery)
    viewer = Viewer(call.actor.name, "key", "consent")
    with tx() as t:
        key = (asked.source, asked.key)
        record = customers.records_of_keys(t, [key]).get(key)
        if record is None:
            raise Refused(_unknown_record(key, "key"), 404)
        person = customers.person_of_records(t, [record])[record]
        trail.saw(t, viewer, "person", person, at=clock.now())
        held = {
            channel: consents.permissions(t, [person], channel=channel, purpose=asked.purpose)
            for channel in consent_rules.CHANNELS
        }
        proofs = wordings.proofs(t, [person], viewer=viewer)
    may = [_may(channel, found[person]) for channel, found in held.items()]
    return answer(ConsentsOut(may, [_shown(one) for one in proofs]))


def _wishes(t: Tx, given: Sequence[ConsentIn]) -> list[NewConsent | Refusal]:
    keys = [(one.record.source, one.record.key) for one in given]
    records = customers.records_of_keys(t, keys)
    known = {one.code: one.id for one in places.places(t)}
    found: list[NewConsent | Refusal] = []
    for key, one in zip(keys, given, strict=True):
        if key not in records:
            found.append(_unknown_record(key, "record"))
        elif one.place is not None and one.place not in known:
            found.append(Refusal("unknown_place", "place", {"given": one.place}))
        else:
            place = None if one.place is None else known[one.place]
            found.append(_wish(one, records[key], place))
    return found


def _wish(given: ConsentIn, record_id: int, place_id: int | None) -> NewConsent:
    return NewConsent(
        uid=given.uid,
        record_id=record_id,
        channel=given.channel,
        granted=given.granted,
        way=given.way,
        occurred_at=given.occurred_at,
        purpose=given.purpose,
        address=given.address,
        wording=None if given.wording is None else (given.wording.code, given.wording.version),
        place_id=place_id,
        evidence=dict(given.evidence),
    )


def _unknown_record(key: tuple[str, str], field: str) -> Refusal:
    return Refusal("unknown_record_key", field, {"given": " ".join(key)})


def _kept(done: Kept) -> KeptOut:
    return KeptOut(done.uid, done.repeated)


def _may(channel: str, found: consents.Permission | Barred) -> MayOut:
    barred = isinstance(found, Barred)
    return MayOut(channel, not barred, found.cause if isinstance(found, Barred) else "")


def _shown(one: wordings.Proof) -> ConsentOut:
    worded = one.wording
    return ConsentOut(
        UUID(one.uid),
        one.source,
        one.source_key,
        one.channel,
        one.purpose,
        one.granted,
        one.address,
        None if worded is None else WordingIn(worded.code, worded.version),
        one.way,
        dict(one.evidence),
        one.occurred_at,
        one.recorded_at,
        one.holds,
    )
