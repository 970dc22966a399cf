"""Point accounts, locked, that plan what a posting does to them.

An account's row is locked before its lots are read, so nobody else spends the same points. A plan
changes the purse in memory and answers wishes for the posting; its wishes go into the posting in
the order of planning. After the post, `write` keeps what was planned: lots and ledger change in
one transaction. Whatever comes into an account first pays what it owes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Wish
from goen.points.rules import Programme


@dataclass(frozen=True, slots=True)
class Planned:
    """What one request wishes of one account. `changes` are for `write` alone.

    `short_minor` is what the programme wants off the refund, in money, for points that are gone.
    """

    request: UUID
    account_id: int
    wishes: tuple[Wish, ...]
    spent: int = 0
    earned: int = 0
    back: int = 0
    owed: int = 0
    short_minor: int = 0
    changes: object = None


class Purse:
    """One point account, locked. Changed in memory as plans are made."""

    account_id: int
    record_id: int
    programme: Programme
    spendable: int
    owed: int

    def spend(
        self, request: UUID, qty: int, *, day: date, later: bool = False
    ) -> Planned | Refusal:
        """Spend points, or keep them for `settle_spend` and `release_spend`."""
        raise NotImplementedError

    def earn(self, request: UUID, qty: int, *, day: date) -> Planned:
        """Earn points: at once, or pending where the programme confirms them later."""
        raise NotImplementedError

    def settle_spend(self, request: UUID, of: UUID, qty: int) -> Planned:
        """Of what `of` kept, `qty` is spent for good."""
        raise NotImplementedError

    def release_spend(self, request: UUID, of: UUID, qty: int, *, day: date) -> Planned:
        """Of what `of` kept, `qty` goes back to its very lots: at most what is still kept."""
        raise NotImplementedError

    def give_back_spend(
        self, request: UUID, of: UUID | Sequence[UUID], qty: int, *, day: date
    ) -> Planned:
        """Points spent by `of` return to their very lots: at most what is still spent."""
        raise NotImplementedError

    def take_back_earn(
        self, request: UUID, of: Sequence[UUID], qty: int, *, day: date
    ) -> Planned | Refusal:
        """Points earned by `of` go back: pending first, then their lot, any lot, by policy."""
        raise NotImplementedError


def lock(tx: Tx, wanted: Iterable[tuple[int, str]], *, day: date | None = None) -> dict[int, Purse]:
    """The purses of records in a currency, by record; who has no account is left out."""
    raise NotImplementedError


def write(tx: Tx, planned: Sequence[Planned], *, recorded_at: datetime) -> None:
    """Keep what was planned and posted."""
    raise NotImplementedError
