"""Stories planted in the last four weeks, exact to the unit and the yen.

`hit`: one shopper buys nearly all of an article that looks like a top seller (G-01).
`kept`: an article that looks dead, whose buyers are worth keeping (G-02), beside its `twin`,
as slow, whose buyers buy nothing else.
A plan speaks of actors and articles by number: tests give them any names and codes they like.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be true of the four weeks. The defaults are the two golden scenarios."""

    receipts: int = 64
    leading_units: int = 108
    others: int = 4
    units_each: int = 2
    anonymous_units: int = 4
    kept_buyers: int = 12
    kept_spend_minor: int = 96_000
    twin_buyers: int = 11
    codes: dict[str, str] = field(default_factory=dict)
    leading_name: tuple[str, str, str, str] = ("高橋", "健", "タカハシ", "ケン")

    @property
    def units(self) -> int:
        """All units of the article that one shopper bought up."""
        return self.leading_units + self.others * self.units_each + self.anonymous_units


@dataclass(frozen=True, slots=True)
class Cast:
    """Which people (by number) play: the first ones of the population."""

    leading: int
    others: range
    kept: range
    twin: range
    leading_name: tuple[str, str, str, str]

    @property
    def size(self) -> int:
        """How many people the stories need."""
        return self.twin.stop

    @property
    def silent(self) -> list[int]:
        """Those who buy nothing in the four weeks but what the story says."""
        return [*self.kept, *self.twin]


@dataclass(frozen=True, slots=True)
class Planned:
    """One receipt of a story at the first store; `buyer` None is anonymous."""

    day: int
    second: int
    buyer: int | None
    lines: tuple[tuple[int, int], ...]


def cast_of(plan: Plan) -> Cast:
    """The people the plan needs."""
    kept = 1 + plan.others
    twin = kept + plan.kept_buyers
    return Cast(
        leading=0,
        others=range(1, kept),
        kept=range(kept, twin),
        twin=range(twin, twin + plan.twin_buyers),
        leading_name=plan.leading_name,
    )


def bought_up(
    *, plan: Plan, hit: int, beside: list[int], days: list[int], seed: int
) -> list[Planned]:
    """The receipts of `hit`: the leading shopper's spread evenly over the days, then the rest."""
    rng = np.random.default_rng([seed, 31])
    cast = cast_of(plan)
    visits = plan.receipts - plan.others - plan.anonymous_units
    assert visits <= plan.leading_units, "more visits than units"
    told = [
        Planned(day, second, cast.leading, ((hit, qty), *extra))
        for (day, second), qty, extra in zip(
            _rounds(rng, days, visits),
            spread(plan.leading_units, visits),
            _extras(rng, beside, visits),
            strict=True,
        )
    ]
    rest: list[tuple[int | None, int]] = [(buyer, plan.units_each) for buyer in cast.others]
    rest += [(None, 1)] * plan.anonymous_units
    for buyer, qty in rest:
        extra = ((beside[int(rng.integers(len(beside)))], 1),)
        told.append(Planned(_any(rng, days), _second(rng), buyer, ((hit, qty), *extra)))
    return told


def worth_keeping(
    *, plan: Plan, kept: int, twin: int, prices: np.ndarray, beside: list[int], days: list[int],
    seed: int,
) -> list[Planned]:  # fmt: skip
    """One receipt per buyer: the kept one's baskets come to the planned sum, to the yen."""
    rng = np.random.default_rng([seed, 32])
    cast = cast_of(plan)
    budget = plan.kept_spend_minor - plan.kept_buyers * int(prices[kept])
    ends = np.sort(rng.uniform(0.6, 1.4, plan.kept_buyers).cumsum())
    told = []
    spent = 0
    for index, buyer in enumerate(cast.kept):
        last = index == plan.kept_buyers - 1
        aim = budget - spent if last else int(budget * ends[index] / ends[-1]) - spent
        basket = _basket(rng, aim, prices, beside, exact=last)
        spent += sum(qty * int(prices[sku]) for sku, qty in basket)
        lines = ((kept, 1), *basket)
        told.append(Planned(_any(rng, days), _second(rng), buyer, lines))
    assert spent == budget, (spent, budget)
    told += [Planned(_any(rng, days), _second(rng), b, ((twin, 1),)) for b in cast.twin]
    return told


def habit_before(
    *, plan: Plan, hit: int, kept: int, beside: list[int], days: list[int], seed: int
) -> list[Planned]:
    """How it was before the four weeks: the leading shopper's habit began, the others tried."""
    rng = np.random.default_rng([seed, 33])
    cast = cast_of(plan)
    told = []
    for age, day in enumerate(reversed(days)):
        if age < 120 and rng.random() < 0.9 - age / 200:
            line = (hit, 1 + int(rng.random() < 0.6))
            told.append(Planned(day, _second(rng), cast.leading, (line,)))
        if rng.random() < 0.12:
            buyer = (*cast.others, None)[int(rng.integers(plan.others + 1))]
            extra = (beside[int(rng.integers(len(beside)))], 1)
            told.append(Planned(day, _second(rng), buyer, ((hit, 1), extra)))
        if rng.random() < 0.25:
            buyer = cast.kept[int(rng.integers(plan.kept_buyers))]
            extra = (beside[int(rng.integers(len(beside)))], 2)
            told.append(Planned(day, _second(rng), buyer, ((kept, 1), extra)))
    return told


def spread(units: int, visits: int) -> list[int]:
    """Units over visits as evenly as whole numbers allow, the smaller ones spaced out."""
    small, more = divmod(units, visits)
    return [small + ((i + 1) * more // visits - i * more // visits) for i in range(visits)]


def _rounds(rng: np.random.Generator, days: list[int], visits: int) -> list[tuple[int, int]]:
    """Visits spread over the open days: mornings first, then evenings, then midday."""
    hours = ((10.1, 11.5), (17.5, 19.4), (13.0, 15.0))
    assert visits <= len(days) * len(hours), "more visits than the days can hold"
    per_day = spread(visits, len(days)) if visits >= len(days) else [1] * visits
    return [
        (day, int(rng.uniform(*hours[turn]) * 3600))
        for day, count in zip(days, per_day, strict=False)
        for turn in range(count)
    ]


def _extras(rng: np.random.Generator, beside: list[int], visits: int) -> list[tuple]:
    """One visit in seven takes something else along."""
    return [
        ((beside[int(rng.integers(len(beside)))], 1),) if rng.random() < 1 / 7 else ()
        for _ in range(visits)
    ]


def _basket(
    rng: np.random.Generator, aim: int, prices: np.ndarray, beside: list[int], *, exact: bool
) -> list[tuple[int, int]]:
    """Articles worth about `aim`, or exactly that: the last coins are found by a table."""
    chosen: dict[int, int] = {}
    left = aim
    pool = [sku for sku in beside if prices[sku] <= 1700]
    while left > (5_000 if exact else 900):
        sku = pool[int(rng.integers(len(pool)))]
        chosen[sku] = chosen.get(sku, 0) + 1
        left -= int(prices[sku])
    if exact:
        for sku in _change(left, tuple((sku, int(prices[sku])) for sku in pool)):
            chosen[sku] = chosen.get(sku, 0) + 1
    return list(chosen.items())


@cache
def _change(amount: int, priced: tuple[tuple[int, int], ...]) -> list[int]:
    """Fewest articles whose prices add up to exactly `amount`."""
    by_price = {price: sku for sku, price in priced}
    fewest = [0] + [amount + 1] * amount
    last = [0] * (amount + 1)
    for total in range(1, amount + 1):
        for price in by_price:
            if price <= total and fewest[total - price] + 1 < fewest[total]:
                fewest[total], last[total] = fewest[total - price] + 1, price
    assert fewest[amount] <= amount, f"no articles add up to {amount}"
    found = []
    while amount:
        found.append(by_price[last[amount]])
        amount -= last[amount]
    return found


def _any(rng: np.random.Generator, days: list[int]) -> int:
    return days[int(rng.integers(len(days)))]


def _second(rng: np.random.Generator) -> int:
    return int(rng.integers(10 * 3600 + 600, 20 * 3600 - 600))
