"""What a door asks for when something was sold, and what it is answered. Plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line as rung up. `item` is an SKU code or a barcode.

    `amount_minor` is the line's amount where another system is the system of record and is kept
    as given; None means that Goen prices the line. `tax_class` overrides the SKU's class (food
    eaten in the shop is `standard`). The amount is before `discount_minor`, which comes off it for
    the reason `discount_code`.
    """

    item: str
    qty: int
    amount_minor: int | None = None
    tax_class: str | None = None
    discount_minor: int = 0
    discount_code: str = ""


@dataclass(frozen=True, slots=True)
class SaleTender:
    """One way of paying. `tendered_minor` is what was handed over, for cash."""

    kind: str
    amount_minor: int
    tendered_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale from any door. `uid` is made by the caller and says whether it is the same sale.

    `member` is a credential as shown, (kind, value) with '' for any kind; `record_key` a record
    as (source, key). With neither the sale is anonymous. `price_tax` says whether given amounts
    include tax; Goen's own prices do. `discount_minor` comes off all lines together, in the terms
    of their amounts, and is split over the tax rates; the `coupons`, by their numbers, after it.
    `handed_over` is false while the goods are
    still in the shop, so that a shortage refuses the sale.
    """

    uid: UUID
    place: str
    channel: str
    occurred_at: datetime
    lines: tuple[SaleLine, ...]
    tenders: tuple[SaleTender, ...] = ()
    source: str = "goen"
    source_no: str | None = None
    till: str | None = None
    till_seq: int | None = None
    staff: str | None = None
    member: tuple[str, str] | None = None
    record_key: tuple[str, str] | None = None
    price_tax: str = "included"
    currency: str | None = None
    expected_total_minor: int | None = None
    handed_over: bool = True
    discount_minor: int = 0
    discount_code: str = ""
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sold:
    """The sale is in the books. `repeated` when it already was.

    `points_left` is what the member's account has now; None without one.
    """

    uid: UUID
    order_id: int
    total_minor: int
    change_minor: int = 0
    repeated: bool = False
    points_earned: int = 0
    points_spent: int = 0
    points_left: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with what is charged for it, its tax class and rate, and what was taken off.

    `discount_minor` came off this line, `share_minor` is what it bears of the document's
    discount; with both it cost `amount_minor + discount_minor + share_minor`.
    """

    sku_id: int
    qty: int
    amount_minor: int
    list_minor: int | None
    tax_class: str | None
    rate_bp: int | None
    discount_minor: int = 0
    share_minor: int = 0


@dataclass(frozen=True, slots=True)
class RateShare:
    """What the lines of one rate bear of the document's discount."""

    tax_class: str | None
    rate_bp: int | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """All lines of one rate of one document: what was charged with tax, and the tax in it."""

    tax_class: str
    rate_bp: int
    gross_minor: int
    tax_minor: int

    @property
    def percent(self) -> str:
        """The rate in percent: 8, 10."""
        return f"{self.rate_bp / 100:g}"


@dataclass(frozen=True, slots=True)
class CouponShown:
    """What a coupon takes off."""

    number: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a sale would come to, and what would come of it.

    `points_free` is what the member can spend; None without an account.
    """

    total_minor: int
    currency: str
    business_date: date
    lines: tuple[PricedLine, ...]
    taxes: tuple[TaxTotal, ...]
    coupons: tuple[CouponShown, ...] = ()
    points_earned: int = 0
    points_free: int | None = None
