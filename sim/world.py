"""The nouns of a simulated retailer, as plain values that know nothing of the product.

`sim.miyabido.build` makes a `World` out of a seed, an end date and a size; the same three give
the same world, down to every receipt. Names that two systems spell differently stay different
here, and `true_person` says who they really are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

Text = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entity:
    """The company. Its registration number passes the check and belongs to nobody."""

    code: str
    name: Text
    registration_no: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Place:
    """A store, or the place of a web shop's orders."""

    code: str
    kind: str
    name: Text
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A sales channel."""

    code: str
    kind: str
    name: Text


@dataclass(frozen=True, slots=True)
class Source:
    """A system that records come from; a higher trust is shown first."""

    code: str
    name: Text
    trust: int


@dataclass(frozen=True, slots=True)
class Till:
    """A register in a store."""

    code: str
    place_code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who works here. `login` is empty for those who only stand at the till."""

    code: str
    name: Text
    role: str
    place_code: str | None
    login: str


@dataclass(frozen=True, slots=True)
class Category:
    """A department of goods."""

    code: str
    name: Text
    tax_class: str


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value from a day on."""

    valid_from: date
    value: T


@dataclass(frozen=True, slots=True)
class Sku:
    """One article with its dated tax-included prices and dated unit costs without tax."""

    code: str
    name: Text
    category_code: str
    barcodes: tuple[str, ...]
    tax_class: str
    prices: tuple[Dated[int], ...]
    costs: tuple[Dated[Decimal], ...]
    tags: frozenset[str]

    @property
    def age20(self) -> bool:
        """Alcohol is sold to adults only."""
        return "sake" in self.tags


@dataclass(frozen=True, slots=True)
class Record:
    """One customer as one system knows them, and (for tests) who that truly is."""

    source: str
    source_key: str
    true_person: int
    family_name: str
    given_name: str
    family_kana: str
    given_kana: str
    birth_on: date | None
    gender: str
    postcode: str
    address: str
    mail: str
    mail_verified: bool
    phone: str
    card_no: str
    joined_on: date
    place_code: str | None
    noise: tuple[str, ...] = ()


class Truth(NamedTuple):
    """Who a record truly is, in which household, and what is wrong with the record.

    `noise` holds the names of docs/simulated-shop.md: nameless, second_card, kana_typo, moved,
    changed_mail, shared_phone, masked_mail, kanji_variant, shared_card.
    """

    source: str
    key: str
    person: int
    household: int
    noise: tuple[str, ...]


class Line(NamedTuple):
    """One line of a receipt; the price includes tax."""

    sku_code: str
    qty: int
    unit_price_minor: int


class Tender(NamedTuple):
    """One way of paying. `tendered_minor` above `amount_minor` is change given back."""

    kind: str
    amount_minor: int
    tendered_minor: int


class Member(NamedTuple):
    """What a shopper showed: a card at the till, a login on the web."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One sale as its system wrote it down.

    `true_person` is (for tests) who truly bought, where a key was shown: a family shares a card.
    """

    uid: UUID
    source: str
    source_no: str
    place_code: str
    channel_code: str
    till_code: str | None
    till_seq: int | None
    staff_code: str | None
    occurred_at: datetime
    member: Member | None
    lines: tuple[Line, ...]
    tenders: tuple[Tender, ...]
    true_person: int | None = None
    late_by: timedelta = timedelta()

    @property
    def sent_at(self) -> datetime:
        """When its system handed it on: at once, unless the till was offline."""
        return self.occurred_at + self.late_by

    @property
    def total_minor(self) -> int:
        """What was paid, tax included."""
        return sum(qty * price for _, qty, price in self.lines)
