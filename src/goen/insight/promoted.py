"""How an article sold in the weeks it was on display or in a flyer, and in those it was not.

Counted are the stores that promoted it at least once, week by week. Promises: this is no effect:
who promotes chooses the weeks, and the price is often lower in them; a week without any sale counts
with zero.
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from goen.insight import queries
from goen.insight.questions import Question
from goen.kit import home
from goen.kit.db import Tx

METRIC = "promoted"
HOW = ("both", "display", "mailer", "neither")


@dataclass(frozen=True, slots=True)
class Spell:
    """All weeks in which stores did something (`how`): how many, and what sold in them."""

    how: str
    store_weeks: int
    units: int
    amount_minor: int

    @property
    def units_each(self) -> float | None:
        """Units per store and week."""
        return self.units / self.store_weeks if self.store_weeks else None


@dataclass(frozen=True, slots=True)
class PromotedWeek:
    """One week over all these stores: how many promoted it, and what they sold."""

    first_on: date
    last_on: date
    displays: int
    mailers: int
    units: int


@dataclass(frozen=True, slots=True)
class Promoted:
    """An article in the stores that promoted it. `stores` is how many these are."""

    stores: int
    spells: tuple[Spell, ...]
    weeks: tuple[PromotedWeek, ...]


def is_told() -> bool:
    """Whether anybody told this shop of promotions."""
    lake = home.shop_dir(home.current_shop_name()) / "lake"
    return (lake / "brought" / "promotions.parquet").exists()


def question(sku_id: int) -> Question:
    """What is put to the analyst."""
    return Question(METRIC, f"sku={sku_id}")


def promoted(tx: Tx, sku_id: int) -> tuple[Promoted | None, datetime] | None:
    """The stored answer, asked anew where it is not fresh, and the moment it is true of.

    An article that was never promoted has nothing; None altogether before the first answer.
    """
    found = queries.answer(tx, question(sku_id))
    if found is None:
        return None
    return None if found[0] is None else msgspec.convert(found[0], Promoted), found[1]
