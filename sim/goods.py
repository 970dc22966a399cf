"""What the shop sells: articles with natural price points, one price change, dated costs.

An article's code, barcode and popularity depend on its row in the range and the seed. What belongs
to a season is on the shelves in its months only.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from sim.digits import ean13
from sim.range import SEASONS, Row, rows
from sim.world import Category, Dated, Sku, T

# code: ja, en, tax class, cost as a share of the price without tax, popularity
_CATEGORIES = {
    "okashi": ("菓子", "Sweets", "reduced", 0.60, 1.15),
    "tea": ("茶・珈琲", "Tea and coffee", "reduced", 0.58, 1.0),
    "dashi": ("だし・乾物", "Stock and dried goods", "reduced", 0.64, 0.95),
    "seasoning": ("調味料", "Seasonings", "reduced", 0.62, 1.0),
    "gohan": ("ごはんのおとも", "With rice", "reduced", 0.63, 1.05),
    "sake": ("酒", "Sake", "standard", 0.72, 0.9),
    "utsuwa": ("器", "Tableware", "standard", 0.48, 0.88),
    "nuno": ("手ぬぐい・タオル", "Cloth and towels", "standard", 0.47, 0.9),
    "kitchen": ("台所道具", "Kitchen tools", "standard", 0.50, 0.88),
    "bungu": ("文具・紙もの", "Stationery", "standard", 0.45, 0.95),
    "kurashi": ("くらしの香り", "Scents and care", "standard", 0.46, 0.9),
    "wear": ("衣料・小物", "Clothing", "standard", 0.52, 0.88),
}
_SEASONS = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "winter": (12, 1, 2)}
_EARLIER, _LATER = (1, 2, 0, 1), (1, 0, 1, 0)
"""By how many months it comes before its season's first one or goes after the last, by turns."""
_GIFT_MONTHS = {7: 1.5, 11: 1.2, 12: 1.6, 3: 1.2}
_SLOWEST = 0.91  # of the mean: this shop drops what hardly sells, but for the planted articles
_RATES = {"reduced": 8, "standard": 10}


@dataclass(frozen=True, slots=True)
class Goods:
    """The catalogue as values for masters, and as arrays for fast trade."""

    categories: tuple[Category, ...]
    skus: tuple[Sku, ...]
    codes: tuple[str, ...]
    popularity: np.ndarray
    price_before: np.ndarray
    price_after: np.ndarray
    changes_on: int
    story: dict[str, int]
    on_sale: np.ndarray
    """Whether an article is sold in a month of the year; the first column is empty."""
    known: dict[tuple[int, bool], np.ndarray] = field(default_factory=dict)

    @property
    def everyday(self) -> np.ndarray:
        """What is on the shelves all year, without the articles of the stories."""
        always = self.on_sale[:, 1:].all(axis=1)
        always[list(self.story.values())] = False
        return always

    def prices_on(self, sku: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Tax-included unit prices on the given days (ordinals)."""
        return np.where(day < self.changes_on, self.price_before[sku], self.price_after[sku])

    def weights(self, month: int, *, online: bool) -> np.ndarray:
        """How likely each article is, in a month of the year; story articles are never likely."""
        if (month, online) not in self.known:
            self.known[month, online] = self._weights(month, online=online)
        return self.known[month, online]

    def _weights(self, month: int, *, online: bool) -> np.ndarray:
        weight = self.popularity.copy()
        for index, sku in enumerate(self.skus):
            for season, months in _SEASONS.items():
                if season in sku.tags and month in months:
                    weight[index] *= 1.3
            if "gift" in sku.tags:
                weight[index] *= _GIFT_MONTHS.get(month, 1.0) * (1.3 if online else 1.0)
        weight = np.maximum(weight, _SLOWEST * weight.mean())
        weight[~self.on_sale[:, month]] = 0.0
        weight[list(self.story.values())] = 0.0
        return weight / weight.sum()


def stock_up(*, seed: int, start: date, end: date, codes: dict[str, str], people: int) -> Goods:
    """The catalogue of one shop. `codes` may rename the story articles (hit, kept, twin)."""
    rng = np.random.default_rng([seed, 1])
    listed = rows(people)
    changes_on = _price_day(start, end)
    skus: list[Sku] = []
    story: dict[str, int] = {}
    for index, row in enumerate(listed):
        skus.append(_sku(row, index, rng, start, changes_on, codes))
        story.update({tag: index for tag in ("hit", "kept", "twin") if tag in skus[-1].tags})
    spread = rng.lognormal(0.0, 0.12, len(listed))
    base = np.array([_CATEGORIES[s.category_code][4] for s in skus])
    after = np.array([s.prices[-1].value for s in skus], dtype=np.int64)
    return Goods(
        categories=tuple(
            Category(code, {"ja": ja, "en": en}, tax)
            for code, (ja, en, tax, *_) in _CATEGORIES.items()
        ),
        skus=tuple(skus),
        codes=tuple(s.code for s in skus),
        popularity=base * spread * np.clip(700.0 / after, 0.58, 1.25) ** 0.44,
        price_before=np.array([s.prices[0].value for s in skus], dtype=np.int64),
        price_after=after,
        changes_on=changes_on.toordinal(),
        story=story,
        on_sale=np.array([_months(sku, index) for index, sku in enumerate(skus)]),
    )


def _months(sku: Sku, index: int) -> list[bool]:
    """In which months it is sold; some goods of a season come earlier than others."""
    season = next(iter(sku.tags & SEASONS), None)
    if season is None:
        return [True] * 13
    first, _, last = _SEASONS[season]
    length = (last - first) % 12 + 1 + _EARLIER[index % 4] + _LATER[index % 4]
    months = {(first - _EARLIER[index % 4] + n - 1) % 12 + 1 for n in range(length)}
    return [month in months for month in range(13)]


def _sku(
    row: Row,
    index: int,
    rng: np.random.Generator,
    start: date,
    changes_on: date,
    codes: dict[str, str],
) -> Sku:
    tags = frozenset(row["tags"].split())
    _, _, tax_class, share, _ = _CATEGORIES[row["category"]]
    price = row["price"]
    now = int(price) if price.isdecimal() else _price_point(float(price), tax_class)
    moved = not tags & {"hit", "kept", "twin"} and rng.random() < 0.4
    was = _price_point(now / rng.uniform(1.04, 1.12), tax_class) if moved else now
    story = next((codes[tag] for tag in tags if tag in codes), "")
    costs = [_cost(price, tax_class, share + rng.uniform(-0.04, 0.04)) for price in (was, now)]
    barcodes = [ean13(f"45999{index + 10001:07d}")]
    if rng.random() < 0.06:  # a renewed package keeps selling beside the old one
        barcodes.append(ean13(f"49999{index + 20001:07d}"))
    opened = min(start, changes_on - timedelta(days=1)) if was != now else start
    return Sku(
        code=story or f"{row['category'][:2].upper()}-{index + 101:04d}",
        name={"ja": row["ja"], "en": row["en"]},
        category_code=row["category"],
        barcodes=tuple(barcodes),
        tax_class=tax_class,
        prices=_dated(opened, changes_on, was, now),
        costs=_dated(opened, changes_on, costs[0] if was != now else costs[1], costs[1]),
        tags=tags,
    )


def _dated(start: date, changes_on: date, was: T, now: T) -> tuple[Dated[T], ...]:
    if was == now:
        return (Dated(start, now),)
    return (Dated(start, was), Dated(changes_on, now))


def _price_point(price: float, tax_class: str) -> int:
    """The nearest price that looks like one: round without tax, then with tax."""
    rate = _RATES[tax_class]
    step = 10 if price < 300 else 50
    return round(max(1, round(price / (1 + rate / 100) / step)) * step * (100 + rate) / 100)


def _cost(price: int, tax_class: str, share: float) -> Decimal:
    tenths = round(price * 100 / (100 + _RATES[tax_class]) * share * 10)
    return Decimal(tenths) / 10


def _price_day(start: date, end: date) -> date:
    """The 1 April or 1 October nearest the middle, well away from both ends."""
    middle = start + (end - start) / 2
    days = [date(year, month, 1) for year in range(start.year, end.year + 1) for month in (4, 10)]
    inside = [d for d in days if start + timedelta(60) < d < end - timedelta(60)]
    return min(inside, key=lambda d: abs(d - middle), default=start)
