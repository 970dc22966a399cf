"""What of the orders waits for a person: how much is open, what stands still, what disagrees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goen.doors.console.days import shop_day
from goen.doors.console.orders_words import since
from goen.kit.db import Tx
from goen.orders import listing, mismatches
from goen.orders.listing import Counts
from goen.orders.stuck import stuck

LOOKED_AT = 2_000
"""Of today's documents; the page of mismatches looks at more, the audit at all."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open orders by state, and since when the stuck ones have stood still, by order id."""

    counts: Counts
    stuck: Mapping[int, datetime]
    at: datetime
    disagree: int = 0
    """Open orders and today's newest documents whose goods, money and papers do not match.

    Goods that are not kept are an exception already, and not counted again.
    """

    @property
    def longest_words(self) -> str:
        """For how long the one that waits longest has stood still; empty when none does."""
        return since(min(self.stuck.values()), self.at) if self.stuck else ""


def waiting(t: Tx, *, at: datetime) -> Waiting:
    """What waits now."""
    still = {one.order_id: one.since for one in stuck(t, at=at)}
    today = shop_day(at)
    disagree = mismatches.mismatched(t, since=today, limit=100, newest=LOOKED_AT)
    wrong = [one for one in disagree if set(one.mismatches) - {"open_without_goods"}]
    return Waiting(listing.counts(t), still, at, len(wrong))
