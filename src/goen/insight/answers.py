"""What insight answers: frozen values, each true of a moment (`as_of`) and a period."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Period:
    """Business dates from first to last, both included."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True, slots=True)
class Buyer:
    """One person among an SKU's buyers."""

    person_id: int
    units: int
    receipts: int
    amount_minor: int
    first_on: date
    last_on: date
    whole_shop_minor: int
    """What this person spends in the whole shop in the same period."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of an SKU's units: by the top buyer, by other known people, by unknown ones."""

    first_on: date
    top_units: int
    other_units: int
    anonymous_units: int


@dataclass(frozen=True, slots=True)
class WhoBought:
    """Who bought an SKU. Units are in the SKU's smallest unit; shares are 0…1 or None.

    `top1_share` and `top5_share` are of all units, anonymous ones included;
    `top1_share_identified` is of identified units. `effective_buyers` is 1/Σs² over the
    identified people's shares (inverse Herfindahl). `flagged` says the SKU rests on one person.
    """

    sku_id: int
    period: Period
    place_id: int | None
    units: int
    receipts: int
    amount_minor: int
    currency: str
    identified_units: int
    anonymous_units: int
    buyers: int
    top1_units: int
    top5_units: int
    effective_buyers: float | None
    buyers_spend_minor: int
    flagged: bool
    top: tuple[Buyer, ...]
    weeks: tuple[Week, ...]
    as_of: datetime

    @property
    def top1_share(self) -> float | None:
        return self.top1_units / self.units if self.units else None

    @property
    def top1_share_identified(self) -> float | None:
        return self.top1_units / self.identified_units if self.identified_units else None

    @property
    def top5_share(self) -> float | None:
        return self.top5_units / self.units if self.units else None

    @property
    def anonymous_share(self) -> float | None:
        return self.anonymous_units / self.units if self.units else None

    @property
    def identified_share(self) -> float | None:
        return self.identified_units / self.units if self.units else None

    @property
    def units_without_top(self) -> int:
        return self.units - self.top1_units


@dataclass(frozen=True, slots=True)
class SkuRow:
    """One SKU in the list of products; `rank` is by units, 1 sells most."""

    sku_id: int
    rank: int
    units: int
    receipts: int
    amount_minor: int
    identified_units: int
    buyers: int
    top1_units: int
    top_person: int | None
    buyers_spend_minor: int
    flagged: bool
    cut_candidate: bool
    spared: bool
    """In the lowest part by units, but its buyers are worth keeping it for."""

    @property
    def top1_share(self) -> float | None:
        return self.top1_units / self.units if self.units else None

    @property
    def identified_share(self) -> float | None:
        return self.identified_units / self.units if self.units else None


@dataclass(frozen=True, slots=True)
class SkuList:
    """A page of products for a period; `total` counts all that match."""

    period: Period
    rows: tuple[SkuRow, ...]
    total: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class MonthValue:
    """Mean realised value per person at the end of a month, with its 80 % interval."""

    month: date
    mean_minor: float
    low_minor: float
    high_minor: float
    people: int


@dataclass(frozen=True, slots=True)
class Ltv:
    """Realised lifetime value: gross profit per identified person, over everything so far.

    `unit` is person or household. `assumed_share` is the part of identified net sales whose
    cost is an assumed margin rate; `unknown_share` the part with neither cost nor assumption,
    which counts as no profit.
    """

    currency: str
    unit: str
    people: int
    mean_minor: float
    low_minor: float
    high_minor: float
    median_minor: float
    profit_minor: int
    sales_minor: int
    identified_sales_minor: int
    receipts: int
    identified_receipts: int
    assumed_share: float
    unknown_share: float
    months: tuple[MonthValue, ...]
    period: Period
    as_of: datetime

    @property
    def identified_share(self) -> float | None:
        """Identified sales over all sales."""
        return self.identified_sales_minor / self.sales_minor if self.sales_minor else None


@dataclass(frozen=True, slots=True)
class PersonValue:
    """One person's realised value and habit. `interval_days` is the median between visits."""

    person_id: int
    receipts: int
    amount_minor: int
    profit_minor: int
    first_on: date
    last_on: date
    interval_days: float | None
    channels: tuple[int, ...]
    as_of: datetime
