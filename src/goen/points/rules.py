"""What points are earned, which of them are spent first, and when they end. Pure."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar
from uuid import UUID, uuid5

from goen.ledger.rules import Account

T = TypeVar("T")
BASES = ("gross", "net")
"""What points are earned on: what is paid with tax, or without it."""
OWED_POLICIES = ("deduct", "owed", "block")
"""When points that go back are spent already: off the refund, owed, or nothing goes back."""
LOT_KINDS = ("earned", "granted", "renewed", "borrowed")
METHODS = ("amount", "percent")
EFFECTS = {
    "spend": -1,
    "keep": -1,
    "settle": 0,
    "release": 1,
    "give_back": 1,
    "renew": -1,
    "take_back": -1,
    "expire": -1,
    "lapse": 0,
    "owed": -1,
    "lend": -1,
    "lend_back": 1,
    "return": -1,
}
"""What a use of a lot does to what is free of it: `lapse` is a taking back of what had expired.

`lend` goes to another account of the same person; `return` and `lend_back` are its two ends when
they turn out to be two people.
"""
USE_KINDS = tuple(EFFECTS)


@dataclass(frozen=True, slots=True)
class Programme:
    """The rules of one kind of points. One point is worth one minor unit of `currency`.

    `per_minor` minor units earn one point. `points_from` is the day from which points are in the
    ledger: what was sold earlier earns nothing here.
    """

    id: int
    code: str
    currency: str
    per_minor: int
    basis: str = "gross"
    expires_months: int | None = None
    confirm_days: int = 0
    grace_days: int = 30
    points_from: date | None = None
    owed_policy: str = "owed"
    spend_allowed: bool = True
    timezone: str = "Asia/Tokyo"

    @property
    def unit(self) -> str:
        """Its unit in the ledger."""
        return f"point:{self.id}"

    def is_live(self, day: date) -> bool:
        """Whether points of this day are in the ledger."""
        return self.points_from is not None and self.points_from <= day

    def expires_on(self, day: date) -> date | None:
        """The last day of points that became somebody's on a day."""
        return None if self.expires_months is None else months_later(day, self.expires_months)

    def confirm_on(self, day: date) -> date:
        """The day on which points earned on a day become the shopper's."""
        return day + timedelta(days=self.confirm_days)

    def renewed_until(self, day: date) -> date:
        """The last day of points that had ended and come back on a day."""
        return day + timedelta(days=self.grace_days)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the ledger that the points of one account move between."""

    member: Account
    owed: Account
    issued: Account
    redeemed: Account
    expired: Account
    bought: Account


def accounts(programme: Programme, account_id: int) -> Accounts:
    """Whose points are where. What is owed counts below zero on a world-side account."""
    unit = programme.unit
    return Accounts(
        Account(unit, f"points:{account_id}", floor=0),
        Account(unit, f"points:{account_id}:owed"),
        Account(unit, "world:issued"),
        Account(unit, "world:redeemed"),
        Account(unit, "world:expired"),
        Account(unit, "world:bought"),
    )


def earned(programme: Programme, *, total_minor: int, tax_minor: int, points_minor: int) -> int:
    """The points on what was charged, of which `points_minor` were paid with points.

    Whole points of a running sum: what is earned step by step is the difference of two of these.
    """
    paid = max(total_minor - points_minor, 0)
    if not paid:
        return 0
    base = Fraction(paid)
    if programme.basis == "net":
        base = base * (total_minor - tax_minor) / total_minor
    return int(base // programme.per_minor)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(slots=True)
class Lot:
    """Points that came in together, while plans are made."""

    uid: UUID
    kind: str
    request: UUID
    earned_by: UUID
    qty: int
    free: int
    earned_on: date
    expires_on: date | None
    swept: bool = False

    def is_over(self, day: date) -> bool:
        """Whether it ended before a day."""
        return self.swept or (self.expires_on is not None and self.expires_on < day)


def lot_uid(request: UUID, account_id: int, kind: str) -> UUID:
    """The id of the one lot of a kind that a request brings to an account."""
    return uuid5(request, f"lot {account_id} {kind}")


def taken(lots: Sequence[Lot], qty: int, *, day: date) -> list[tuple[Lot, int]]:
    """Which lots give `qty`: what ends first, then what came first. Fewer if there are fewer."""
    live = sorted((one for one in lots if one.free and not one.is_over(day)), key=_turn)
    return shared([(lot, lot.free) for lot in live], qty)


def _turn(lot: Lot) -> tuple[date, date, UUID]:
    return lot.expires_on or date.max, lot.earned_on, lot.uid


def shared(parts: Iterable[tuple[T, int]], qty: int) -> list[tuple[T, int]]:
    """What each part gives of `qty`, in the order given; fewer if there are fewer."""
    found = []
    if not qty:
        return []
    for one, most in parts:
        part = min(most, qty)
        if part > 0:
            found.append((one, part))
            qty -= part
        if not qty:
            break
    return found
