"""The ledger as a few dicts: what the real one is held against, one wish after the other.

A posting is tried on a copy; the copy becomes the books when nothing was refused. A hold that is
over is simply not counted any more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from goen.ledger.rules import (
    Account,
    Gone,
    Hold,
    Move,
    Posted,
    Posting,
    Ref,
    Refused,
    Release,
    Settle,
    Short,
    TooMuch,
)


class _No(Exception):  # noqa: N818  carries a refusal out of a posting
    def __init__(self, answer: Refused) -> None:
        self.answer = answer


@dataclass
class Books:
    """Everything a ledger is: amounts, holds, how others ended, what can be taken back."""

    amounts: Counter[Account] = field(default_factory=Counter)
    holds: dict[Ref, Hold] = field(default_factory=dict)
    ended: dict[Ref, str] = field(default_factory=dict)
    moved: dict[Ref, int] = field(default_factory=dict)
    back: Counter[Ref] = field(default_factory=Counter)
    known: set[UUID] = field(default_factory=set)

    def play(self, batch: Sequence[Posting], at: datetime) -> list[Posted | Refused]:
        """Do a batch in its order; a move can be taken back by a later batch only.

        A request that stands in the batch twice is judged once, where it stands first.
        """
        self.expire(at)
        earlier = set(self.moved)
        answers: list[Posted | Refused] = []
        refused: dict[UUID, Refused] = {}
        for posting in batch:
            answer = refused.get(posting.request) or self._one(posting, earlier)
            if not isinstance(answer, Posted):
                refused[posting.request] = answer
            answers.append(answer)
        return answers

    def expire(self, at: datetime) -> None:
        """Nobody counts on what is over."""
        for ref, hold in list(self.holds.items()):
            if hold.expires_at is not None and hold.expires_at <= at:
                self._end(ref, "expired")

    def free(self, account: Account) -> int:
        """What is there, less what is kept."""
        kept = sum(h.qty for h in self.holds.values() if h.source == account)
        return self.amounts[account] - kept - (account.floor or 0)

    def _one(self, posting: Posting, earlier: set[Ref]) -> Posted | Refused:
        if posting.request in self.known:
            return Posted(posting.request, repeated=True)
        tried = deepcopy(self)
        try:
            broken = [ref for step in tried.steps(posting, earlier) for ref in step]
        except _No as no:
            return no.answer
        self.__dict__.update(tried.__dict__)
        self.known.add(posting.request)
        return Posted(posting.request, broken=tuple(broken))

    def steps(self, posting: Posting, earlier: set[Ref]) -> Iterator[list[Ref]]:
        """Each wish in turn; answers whose holds it broke."""
        for line, wish in enumerate(posting.moves):
            ref = (posting.request, line)
            if isinstance(wish, Move):
                yield self._move(ref, wish, earlier)
            elif isinstance(wish, Hold):
                self._enough(ref, wish)
                self.holds[ref] = wish
            else:
                self._resolve(ref, wish)

    def _move(self, ref: Ref, move: Move, earlier: set[Ref]) -> list[Ref]:
        if move.reverses is not None:
            original = move.reverses
            left = self.moved[original] - self.back[original] if original in earlier else 0
            if move.qty > left:
                raise _No(TooMuch(ref[0], original, move.qty, left))
            self.back[original] += move.qty
        broken = []
        if move.cover is not None and move.source.floor is not None:
            lacking = move.qty - (self.amounts[move.source] - move.source.floor)
            if lacking > 0:
                self._shift((ref[0], -1 - ref[1]), move.cover, move.source, lacking)
            while self.free(move.source) < move.qty:
                broken.append(self._weakest(move.source))
                self._end(broken[-1], "voided")
        self._enough(ref, move)
        self._shift(ref, move.source, move.target, move.qty)
        return broken

    def _enough(self, ref: Ref, wish: Move | Hold) -> None:
        free = self.free(wish.source)
        if wish.source.floor is not None and free < wish.qty:
            raise _No(Short(ref[0], wish.source, wish.qty, free))

    def _resolve(self, ref: Ref, wish: Settle | Release) -> None:
        hold = self.holds.get(wish.hold)
        if hold is None:
            raise _No(Gone(ref[0], wish.hold, self.ended.get(wish.hold, "unknown")))
        qty = hold.qty if wish.qty is None else wish.qty
        if qty > hold.qty:
            raise _No(TooMuch(ref[0], wish.hold, qty, hold.qty))
        self.holds[wish.hold] = replace(hold, qty=hold.qty - qty)
        if qty == hold.qty:
            self._end(wish.hold, "voided" if isinstance(wish, Release) else "posted")
        if isinstance(wish, Settle):
            self._shift(ref, hold.source, hold.target, qty)

    def _weakest(self, account: Account) -> Ref:
        """The lowest strength, of those the one that would last longest."""
        mine = [(h, ref) for ref, h in self.holds.items() if h.source == account]
        weakest = min(h.strength for h, _ in mine)
        mine = [(h, ref) for h, ref in mine if h.strength == weakest]
        endless = [ref for h, ref in mine if h.expires_at is None]
        latest = max((h.expires_at for h, _ in mine if h.expires_at), default=None)
        return min(endless or [ref for h, ref in mine if h.expires_at == latest])

    def _end(self, ref: Ref, how: str) -> None:
        del self.holds[ref]
        self.ended[ref] = how

    def _shift(self, ref: Ref, source: Account, target: Account, qty: int) -> None:
        self.amounts[source] -= qty
        self.amounts[target] += qty
        self.moved[ref] = qty
