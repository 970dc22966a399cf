"""`POST /v1/orders/{uid}/claims`: a sale to nobody known becomes theirs who hold its receipt."""

from uuid import UUID

from django.http import HttpResponse
from msgspec import Struct

from goen.customers import queries as customers
from goen.doors.api.door import Call
from goen.doors.api.sales import Buyer
from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import claims
from goen.orders.claims import Claimed, NewClaim


class ClaimIn(Struct, forbid_unknown_fields=True):
    """Whose it is to be: a record by source and key. `uid` makes a retry harmless."""

    uid: UUID
    record: Buyer


class ClaimedOut(Struct):
    """The sale is theirs, with the points it earned. `repeated` when it was by this id."""

    uid: UUID
    order: UUID
    points: int
    repeated: bool


def claim(call: Call) -> HttpResponse:
    """Claim a sale for a customer whom the calling system knows to hold the receipt."""
    given = call.fact(ClaimIn)
    key = (given.record.source, given.record.key)
    with tx() as t:
        record = customers.records_of_keys(t, [key]).get(key)
        answer: Claimed | Refusal = Refusal(
            "unknown_record_key", "record", {"given": given.record.key}
        )
        if record is not None:
            wish = NewClaim(given.uid, call.uid(), record)
            answer = claims.claim(t, wish, actor=call.actor, recorded_at=clock.now())
    return call.answered([answer], _shown)


def _shown(done: Claimed) -> ClaimedOut:
    return ClaimedOut(done.uid, done.order, done.points, done.repeated)
