"""What head office wants lifetime value to come to, worked out from what it is in truth. Pure."""

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal

from sim.miyabido import World
from sim.world import Sku

_TAX = {"reduced": 108, "standard": 110}
_MORE = Decimal("1.06")
_STEP = 100
WHY = "年末の来店を、値引きではなく「次の一回」で増やす。両店の店長と決めた水準。"


def aim(world: World) -> tuple[date, int]:
    """The month it is for, and the value: six in a hundred above today's, in round numbers.

    Today's is what known people brought (net sales less cost) for each of them.
    """
    profit, people = Decimal(), set()
    shelf = {sku.code: _Margins(sku) for sku in world.skus}
    proven = {
        (r.source, r.source_key): r.mail if r.mail_verified else f"{r.source}:{r.source_key}"
        for r in world.records()
    }
    for receipt in world.receipts():
        if receipt.member is None:
            continue
        people.add(proven[receipt.source, receipt.member.value])
        day = receipt.occurred_at.date()
        profit += sum(
            line.qty * shelf[line.sku_code].on(line.unit_price_minor, day) for line in receipt.lines
        )
    month = (world.end.replace(day=1) + timedelta(days=32)).replace(day=1)
    wanted = profit / max(1, len(people)) * _MORE
    return month, int(wanted / _STEP + 1) * _STEP


class _Margins:
    """What is left of an article's price without tax after its cost of the day."""

    def __init__(self, sku: Sku) -> None:
        self._tax = _TAX[sku.tax_class]
        self._since = [cost.valid_from for cost in sku.costs]
        self._costs = [cost.value for cost in sku.costs]

    def on(self, price_minor: int, day: date) -> Decimal:
        at = max(0, bisect_right(self._since, day) - 1)
        return Decimal(price_minor * 100) / self._tax - self._costs[at]
