"""One sorted post per transaction, as its last statement.

Floored accounts are locked in id order; then, in a new statement (an older snapshot lies),
balances, holds and known requests are read; `rules.decide` walks the requests; what it decided is
written and balances are changed by sums. The CHECKs of the tables judge in the end.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.ledger import keeping, reading, writing
from goen.ledger.rules import Decision, Posted, Posting, Refused, decide


def post(
    tx: Tx, postings: Sequence[Posting], *, actor: Actor, recorded_at: datetime
) -> list[Posted | Refused]:
    """Do what each posting wishes, or say why not; answers in the given order.

    The same request a second time changes nothing and is answered as posted; twice in one call it
    is judged where it stands first, and a refusal is said again where it stands later. Call it
    last in the transaction: everything it locks stays locked until commit.
    """
    if not postings:
        return []
    kept = _kept(tx, postings, actor=actor, recorded_at=recorded_at)
    if kept is not None:
        return kept
    found = reading.lock(tx, postings)
    fresh = _unseen(postings, reading.known(tx, [posting.request for posting in postings]))
    books = reading.books(tx, fresh, found, at=recorded_at)
    decision = decide(books, fresh, at=recorded_at)
    writing.write(tx, decision.done, found, actor=actor, recorded_at=recorded_at)
    return _answers(postings, fresh, decision)


def _kept(
    tx: Tx, postings: Sequence[Posting], *, actor: Actor, recorded_at: datetime
) -> list[Posted | Refused] | None:
    """The short way for postings that only hold, if it is one."""
    if not keeping.only_holds(postings):
        return None
    unique = _unseen(postings, set())
    kept = keeping.hold(tx, unique, actor=actor, recorded_at=recorded_at)
    if kept is None or len(unique) == len(postings):
        return kept
    refused = {a.request: a for a in kept if not isinstance(a, Posted)}
    again = {a.request for a in kept if isinstance(a, Posted) and a.repeated}
    fresh = [p for p in unique if p.request not in again]
    return _answers(postings, fresh, Decision([], refused, {}))


def _answers(
    postings: Sequence[Posting], fresh: Sequence[Posting], decision: Decision
) -> list[Posted | Refused]:
    first = {posting.request for posting in fresh}
    answers: list[Posted | Refused] = []
    for posting in postings:
        request = posting.request
        refused = decision.refused.get(request)
        if refused is not None:
            answers.append(refused)
        else:
            broken = decision.broken.get(request, ())
            answers.append(Posted(request, request not in first, broken))
        first.discard(request)
    return answers


def _unseen(postings: Sequence[Posting], known: set[UUID]) -> list[Posting]:
    """Postings neither in the books nor earlier in this batch."""
    seen = set(known)
    fresh = []
    for posting in postings:
        if posting.request not in seen:
            seen.add(posting.request)
            fresh.append(posting)
    return fresh
