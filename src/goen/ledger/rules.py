"""What a batch of postings may move, hold and release: decided without a database.

Invariant: after `decide`, every floored account has `posted − pending ≥ floor`, whatever came in.
A refused posting leaves no trace. Nothing here knows SQL, a clock or a business word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

Ref = tuple[UUID, int]
"""A move or a hold as its caller knows it: (request, line)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A holder's account in one unit and lot. With a `floor` its balance is guarded."""

    unit: str
    holder: str
    lot: str = ""
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A wish to move `qty` (> 0) now.

    With `cover`, a shortage is first moved in from there: goods handed over were there, even if
    the books did not know; goods that were promised to somebody break the weakest promise.
    With `reverses` it takes back a part of that earlier move, in all never more than it moved.
    """

    source: Account
    target: Account
    qty: int
    reason: str
    cover: Account | None = None
    reverses: Ref | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A wish to keep `qty` (> 0) of `source` for a later move to `target`.

    `strength` says which promise breaks first: the lowest. Without `expires_at` it stays until it
    is settled or released.
    """

    source: Account
    target: Account
    qty: int
    reason: str
    expires_at: datetime | None = None
    strength: int = 0


@dataclass(frozen=True, slots=True)
class Settle:
    """A wish to make a held move: all that is still held, or `qty` of it; the rest stays held."""

    hold: Ref
    qty: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A wish to give up all that is still held, or `qty` of it; the rest stays held."""

    hold: Ref
    qty: int | None = None


Wish = Move | Hold | Settle | Release


@dataclass(frozen=True, slots=True)
class Posting:
    """Wishes that happen together or not at all. `request` is the caller's id.

    A wish's place in `moves` is its line: a hold is later known as (request, line).
    """

    request: UUID
    origin: str
    moves: tuple[Wish, ...]
    occurred_at: datetime
    business_date: date


@dataclass(frozen=True, slots=True)
class Posted:
    """The posting is in the books, now or since an earlier time with the same id.

    `broken` are the holds of others that it took the goods from.
    """

    request: UUID
    repeated: bool = False
    broken: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Short:
    """An account has not enough: `free` of `wanted`. Nothing of this posting moved."""

    request: UUID
    account: Account
    wanted: int
    free: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A hold is not live: it was `posted`, `voided` or `expired`, or never was (`unknown`)."""

    request: UUID
    hold: Ref
    how: str


@dataclass(frozen=True, slots=True)
class TooMuch:
    """More is settled or taken back than is `left` of a hold or a move."""

    request: UUID
    of: Ref
    wanted: int
    left: int


Refused = Short | Gone | TooMuch

COVERED = "sold_unbooked"
"""Reason of a move that brings goods onto the books which were sold before they were booked."""


@dataclass(slots=True)
class Book:
    """A floored account while a batch is decided."""

    posted: int
    pending: int = 0
    floor: int = 0

    @property
    def free(self) -> int:
        """What it can still give."""
        return self.posted - self.pending - self.floor


@dataclass(slots=True)
class Held:
    """A live hold while a batch is decided; `qty` is what is still held of what was at `first`."""

    ref: Ref
    source: Account
    target: Account
    qty: int
    first: int
    reason: str
    strength: int = 0
    expires_at: datetime | None = None


@dataclass(slots=True)
class Original:
    """An earlier move and how much of it was taken back."""

    ref: Ref
    qty: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Done:
    """One change to write. `kind` is move, hold, post, void or expire; `ref` the hold's."""

    posting: Posting | None
    kind: str
    line: int
    source: Account
    target: Account
    qty: int
    reason: str
    ref: Ref | None = None
    expires_at: datetime | None = None
    strength: int = 0
    rest: int = 0
    """What of the hold stays held."""
    first: int = 0
    """What was held at first."""


@dataclass(slots=True)
class Books:
    """What a batch needs to know of the ledger; `decide` changes it to what remains."""

    accounts: dict[Account, Book] = field(default_factory=dict)
    holds: dict[Ref, Held] = field(default_factory=dict)
    closed: dict[Ref, str] = field(default_factory=dict)
    originals: dict[Ref, Original] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written, who was refused, and whose holds each posting broke."""

    done: list[Done]
    refused: dict[UUID, Refused]
    broken: dict[UUID, tuple[Ref, ...]]


def decide(books: Books, postings: Sequence[Posting], *, at: datetime | None = None) -> Decision:
    """Expire what is over, then walk the postings in order.

    Holds in the books that ended by `at` are given up first, so that a dead caller never blocks
    the last unit.
    """
    done = _expire(books, at) if at is not None else []
    refused: dict[UUID, Refused] = {}
    broken: dict[UUID, tuple[Ref, ...]] = {}
    for posting in postings:
        walk = _Walk(books, posting)
        refusal = walk.run()
        if refusal is not None:
            walk.undo()
            refused[posting.request] = refusal
            continue
        done += walk.done
        if walk.broken:
            broken[posting.request] = tuple(walk.broken)
    return Decision(done, refused, broken)


def _expire(books: Books, at: datetime) -> list[Done]:
    over = [h for h in books.holds.values() if h.expires_at is not None and h.expires_at <= at]
    for held in over:
        del books.holds[held.ref]
        books.closed[held.ref] = "expired"
        if held.source in books.accounts:
            books.accounts[held.source].pending -= held.qty
    return [_closing(None, "expire", 0, held, held.qty) for held in over]


def _closing(posting: Posting | None, kind: str, line: int, held: Held, qty: int) -> Done:
    return Done(
        posting, kind, line, held.source, held.target, qty, held.reason, held.ref,
        rest=held.qty - qty, first=held.first,
    )  # fmt: skip


class _Walk:
    """One posting against the books, with a way back."""

    def __init__(self, books: Books, posting: Posting) -> None:
        self.books = books
        self.posting = posting
        self.done: list[Done] = []
        self.broken: list[Ref] = []
        self._back: list[Callable[[], None]] = []

    def run(self) -> Refused | None:
        for line, wish in enumerate(self.posting.moves):
            if isinstance(wish, Move):
                refusal = self._move(line, wish)
            elif isinstance(wish, Hold):
                refusal = self._hold(line, wish)
            elif isinstance(wish, Settle):
                refusal = self._settle(line, wish)
            else:
                refusal = self._release(line, wish)
            if refusal is not None:
                return refusal
        return None

    def undo(self) -> None:
        for step in reversed(self._back):
            step()

    def _move(self, line: int, move: Move) -> Refused | None:
        assert move.qty > 0, move
        if move.reverses is not None:
            refusal = self._take_back(move.reverses, move.qty)
            if refusal is not None:
                return refusal
        book = self.books.accounts.get(move.source)
        if book is not None and book.free < move.qty:
            if move.cover is None:
                return Short(self.posting.request, move.source, move.qty, book.free)
            self._cover(line, move, move.cover, book)
        self._shift(move.source, move.target, move.qty)
        self._note("move", line, move.source, move.target, move.qty, move.reason, move.reverses)
        return None

    def _cover(self, line: int, move: Move, cover: Account, book: Book) -> None:
        """Book what was not booked; then break the weakest promises for what is still missing."""
        missing = move.qty - (book.posted - book.floor)
        if missing > 0:
            self._shift(cover, move.source, missing)
            self._note("move", cover_line(line), cover, move.source, missing, COVERED)
        promised = sorted(
            (h for h in self.books.holds.values() if h.source == move.source),
            key=lambda h: (h.strength, -(h.expires_at or FAR).timestamp(), h.ref),
        )
        for held in promised:
            if book.free >= move.qty:
                return
            self._void(line, held, held.qty)
            self.broken.append(held.ref)
        assert book.free >= move.qty, "pending without a hold"

    def _hold(self, line: int, hold: Hold) -> Refused | None:
        assert hold.qty > 0, hold
        book = self.books.accounts.get(hold.source)
        if book is not None and book.free < hold.qty:
            return Short(self.posting.request, hold.source, hold.qty, book.free)
        ref = (self.posting.request, line)
        held = Held(
            ref, hold.source, hold.target, hold.qty, hold.qty, hold.reason, hold.strength,
            hold.expires_at,
        )  # fmt: skip
        self.books.holds[ref] = held
        self._back.append(partial(self.books.holds.__delitem__, ref))
        self._pend(hold.source, hold.qty)
        self.done.append(
            Done(
                self.posting, "hold", line, hold.source, hold.target, hold.qty, hold.reason, ref,
                hold.expires_at, hold.strength,
            )
        )  # fmt: skip
        return None

    def _settle(self, line: int, settle: Settle) -> Refused | None:
        held = self.books.holds.get(settle.hold)
        if held is None:
            return self._gone(settle.hold)
        qty = held.qty if settle.qty is None else settle.qty
        if qty > held.qty:
            return TooMuch(self.posting.request, settle.hold, qty, held.qty)
        assert qty > 0, settle
        self.done.append(_closing(self.posting, "post", line, held, qty))
        self._lower(held, qty, "posted")
        self._pend(held.source, -qty)
        self._shift(held.source, held.target, qty)
        return None

    def _release(self, line: int, release: Release) -> Refused | None:
        held = self.books.holds.get(release.hold)
        if held is None:
            return self._gone(release.hold)
        qty = held.qty if release.qty is None else release.qty
        if qty > held.qty:
            return TooMuch(self.posting.request, release.hold, qty, held.qty)
        assert qty > 0, release
        self._void(line, held, qty)
        return None

    def _void(self, line: int, held: Held, qty: int) -> None:
        self.done.append(_closing(self.posting, "void", line, held, qty))
        self._lower(held, qty, "voided")
        self._pend(held.source, -qty)

    def _lower(self, held: Held, qty: int, how: str) -> None:
        """Less is held; a hold of nothing is gone, and it is known how."""

        def back() -> None:
            held.qty += qty
            self.books.holds[held.ref] = held
            self.books.closed.pop(held.ref, None)

        held.qty -= qty
        if held.qty == 0:
            del self.books.holds[held.ref]
            self.books.closed[held.ref] = how
        self._back.append(back)

    def _take_back(self, ref: Ref, qty: int) -> Refused | None:
        original = self.books.originals.get(ref)
        left = 0 if original is None else original.qty - original.taken_back
        if original is None or qty > left:
            return TooMuch(self.posting.request, ref, qty, left)

        def back() -> None:
            original.taken_back -= qty

        original.taken_back += qty
        self._back.append(back)
        return None

    def _gone(self, ref: Ref) -> Gone:
        return Gone(self.posting.request, ref, self.books.closed.get(ref, "unknown"))

    def _shift(self, source: Account, target: Account, qty: int) -> None:
        for account, change in ((source, -qty), (target, qty)):
            book = self.books.accounts.get(account)
            if book is not None:
                book.posted += change
                self._back.append(_adding(book, posted=-change))

    def _pend(self, account: Account, qty: int) -> None:
        book = self.books.accounts.get(account)
        if book is not None:
            book.pending += qty
            self._back.append(_adding(book, pending=-qty))

    def _note(
        self, kind: str, line: int, source: Account, target: Account, qty: int, reason: str,
        ref: Ref | None = None,
    ) -> None:  # fmt: skip
        self.done.append(Done(self.posting, kind, line, source, target, qty, reason, ref))


FAR = datetime(9999, 1, 1, tzinfo=UTC)


def cover_line(line: int) -> int:
    """The line of the move that covers the shortage of a line: its mirror below zero."""
    return -1 - line


def _adding(book: Book, *, posted: int = 0, pending: int = 0) -> Callable[[], None]:
    def step() -> None:
        book.posted += posted
        book.pending += pending

    return step
