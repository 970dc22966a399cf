"""`/v1/proposals`: what is proposed to a customer, for a web shop, an app or another till.

The words are fit for the shopper's eyes. That it was shown or put aside is told back; that it was
bought is seen by the document itself.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from django.http import HttpResponse
from msgspec import Struct

from goen.customers import queries as customers
from goen.doors.api.door import Call, Code, Refused, answer
from goen.insight import queries as insight
from goen.kit import clock
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import proposal_words, proposals
from goen.marketing.proposals import ProposalShown


class ProposalQuery(Struct, forbid_unknown_fields=True):
    """To whom: a record by `source` and `key`, or who shows `member` (of a `kind`)."""

    source: Code = ""
    key: Code = ""
    member: Code = ""
    kind: Code = ""


class WordsOut(Struct):
    """A text in both languages."""

    ja: str
    en: str


class ProposalOut(Struct):
    """What is proposed: an article and why, until a day."""

    uid: UUID
    kind: str
    item: str
    name: WordsOut
    why: WordsOut
    expires_on: date


class ProposalsOut(Struct):
    """The proposal, or null: nothing is proposed, or this customer is held out to measure by."""

    proposal: ProposalOut | None


class ToldIn(Struct, forbid_unknown_fields=True):
    """What became of it: `shown` in a place on an occasion (`subject`), or `dismissed` with why."""

    how: Literal["shown", "dismissed"]
    where: Literal["till", "member", "receipt", "mail"] = "member"
    subject: Code = ""
    why: Code = ""


class ToldOut(Struct):
    """It is noted."""

    uid: UUID


def current(call: Call) -> HttpResponse:
    """What is proposed to somebody."""
    asked = call.query(ProposalQuery)
    viewer = Viewer(call.actor.name, "key", "proposal", sees_names=False)
    with tx() as t:
        record = _record(t, asked)
        person = customers.person_of_records(t, [record])[record]
        found = proposals.current(t, person, viewer=viewer, on=insight.today(t))
    return answer(ProposalsOut(_out(found) if found else None))


def tell(call: Call) -> HttpResponse:
    """A proposal was shown or put aside."""
    given, uid = call.fact(ToldIn), call.uid()
    at = clock.now()
    with tx() as t:
        if proposals.one(t, uid) is None:
            raise Refused(Refusal("nothing_there", "uid", {"given": str(uid)}), 404)
        refused = None
        if given.how == "shown":
            proposals.shown(t, uid, given.where, given.subject, actor=call.actor, recorded_at=at)
        else:
            refused = proposals.dismiss(t, uid, given.why, actor=call.actor, recorded_at=at)
    if refused:
        raise Refused(refused, 409)
    return answer(ToldOut(uid))


def _record(t: Tx, asked: ProposalQuery) -> int:
    if asked.member:
        shown = (asked.kind, asked.member)
        found = customers.records_of_credentials(t, [shown]).get(shown)
        refusal = Refusal("unknown_member", "member", {"given": asked.member})
    else:
        key = (asked.source, asked.key)
        found = customers.records_of_keys(t, [key]).get(key)
        refusal = Refusal("unknown_record_key", "key", {"given": asked.key})
    if found is None:
        raise Refused(refusal, 404)
    return found


def _out(found: ProposalShown) -> ProposalOut:
    ja, en = proposal_words.for_shopper(found)
    name = WordsOut(found.name.get("ja", ""), found.name.get("en", "") or found.name.get("ja", ""))
    return ProposalOut(
        found.uid, found.kind, found.sku_code, name, WordsOut(ja, en), found.expires_on
    )
