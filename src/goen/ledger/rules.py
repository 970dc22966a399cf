"""What a batch of postings may move: decided on plain numbers, without a database.

Invariant: after `decide`, no floored account in `free` is below zero, whatever came in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Account:
    """A holder's account in one unit and lot. With a `floor` its balance is guarded."""

    unit: str
    holder: str
    lot: str = ""
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A wish to move `qty` (> 0). With `cover`, a shortage is first moved in from there.

    Cover is how something that already happened is booked: goods handed over were there,
    even if the books did not know.
    """

    source: Account
    target: Account
    qty: int
    reason: str
    cover: Account | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """Moves that happen together or not at all. `request` is the caller's id."""

    request: UUID
    origin: str
    moves: tuple[Move, ...]
    occurred_at: datetime
    business_date: date


@dataclass(frozen=True, slots=True)
class Posted:
    """The moves are in the books, now or since an earlier time with the same id."""

    request: UUID
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """An account has not enough: `free` of `wanted`. Nothing of this posting moved."""

    request: UUID
    account: Account
    wanted: int
    free: int


COVERED = "sold_unbooked"
"""Reason of a move that brings goods onto the books which were sold before they were booked."""


def decide(
    free: dict[Account, int], postings: Sequence[Posting]
) -> tuple[list[tuple[Posting, list[Move]]], dict[UUID, Short]]:
    """Walk the postings in order; answer the moves to make and the postings refused.

    `free` holds what each floored account can give; it is changed to what remains.
    """
    accepted: list[tuple[Posting, list[Move]]] = []
    refused: dict[UUID, Short] = {}
    for posting in postings:
        moves, short = _walk(free, posting)
        if short is None:
            accepted.append((posting, moves))
        else:
            refused[posting.request] = short
    return accepted, refused


def _walk(free: dict[Account, int], posting: Posting) -> tuple[list[Move], Short | None]:
    """The moves of one posting, covers included; undoes its effect on `free` when short."""
    before: dict[Account, int] = {}
    made: list[Move] = []
    for move in posting.moves:
        assert move.qty > 0, move
        have = free.get(move.source)
        if have is not None and have < move.qty:
            if move.cover is None:
                free.update(before)
                return [], Short(posting.request, move.source, move.qty, have)
            covering = Move(move.cover, move.source, move.qty - have, COVERED)
            _shift(free, before, covering)
            made.append(covering)
        _shift(free, before, move)
        made.append(move)
    return made, None


def _shift(free: dict[Account, int], before: dict[Account, int], move: Move) -> None:
    for account, change in ((move.source, -move.qty), (move.target, move.qty)):
        if account in free:
            before.setdefault(account, free[account])
            free[account] += change
