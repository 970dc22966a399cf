"""Postings that only hold, decided and written by the database in one call for all of them.

The same decision as `rules.decide` (a test holds them equal), without carrying balances here and
changes back: how a popular article is kept for many at once. It is offered postings that each
hold of an account with a floor, so that a repetition waits at its balance and is seen. Where an
account is to be opened or a hold that is over to be given up, nothing is done here.
"""

from collections.abc import Sequence
from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Row, Tx
from goen.ledger.rules import Account, Hold, Posted, Posting, Refused, Short

_HOLD = """
SELECT * FROM ledger_hold(
  %s::text[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[],
  %s::date[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[], %s::text[], %s::int[],
  %s::timestamptz[], %s::timestamptz, %s)
"""
_KNOWN = 1


def only_holds(postings: Sequence[Posting]) -> bool:
    """Whether they can be done here."""
    return all(
        any(type(wish) is Hold and wish.source.floor is not None for wish in posting.moves)
        and all(type(wish) is Hold for wish in posting.moves)
        for posting in postings
    )


def hold(
    tx: Tx, postings: Sequence[Posting], *, actor: Actor, recorded_at: datetime
) -> list[Posted | Refused] | None:
    """Keep what each posting wishes, if holding is all there is to do; requests are different."""
    accounts: dict[Account, int] = {}
    wishes = []
    for nth, posting in enumerate(postings, start=1):
        for line, wish in enumerate(posting.moves):
            assert isinstance(wish, Hold)
            assert wish.qty > 0, wish
            source = accounts.setdefault(wish.source, len(accounts) + 1)
            target = accounts.setdefault(wish.target, len(accounts) + 1)
            wishes.append(
                (nth, line, source, target, wish.qty, wish.reason, wish.strength, wish.expires_at)
            )
    params = [
        *columns((a.unit, a.holder, a.lot, a.floor) for a in accounts),
        *columns((p.request, p.origin, p.occurred_at, p.business_date) for p in postings),
        *columns(wishes),
        recorded_at,
        str(actor),
    ]
    others = tx.rows(_HOLD, params)
    more_to_do = others and others[0][0] == 0
    return None if more_to_do else _answers(postings, others)


def _answers(postings: Sequence[Posting], others: Sequence[Row]) -> list[Posted | Refused]:
    answers: list[Posted | Refused] = [Posted(posting.request) for posting in postings]
    all_of = [wish for posting in postings for wish in posting.moves] if others else []
    for nth, state, place, free in others:
        request = postings[nth - 1].request
        wish = all_of[place - 1]
        assert isinstance(wish, Hold)
        answers[nth - 1] = (
            Posted(request, repeated=True)
            if state == _KNOWN
            else Short(request, wish.source, wish.qty, free)
        )
    return answers
