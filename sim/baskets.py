"""What is in each basket and how it is paid, for a month of visits at once."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.goods import Goods
from sim.people import People
from sim.stories import Planned
from sim.visits import TILLS, Visits

_LINES = np.cumsum((0.52, 0.28, 0.12, 0.05, 0.02, 0.01))
_QTY = np.cumsum((0.42, 0.36, 0.15, 0.05, 0.02))
_FAVOURITE = 0.34
_YEAR_END = 1.08
"""How much more there is in a basket from 15 to 31 December."""
KINDS = ("cash", "card", "qr", "emoney")
_STORE_PAYS, _WEB_PAYS = np.cumsum((0.44, 0.30, 0.18, 0.08)), np.cumsum((0.0, 0.78, 0.22, 0.0))


@dataclass(frozen=True, slots=True)
class Baskets:
    """Lines in one long table; sale i has the lines `start[i]` up to `start[i + 1]`."""

    sku: np.ndarray
    qty: np.ndarray
    price: np.ndarray
    start: np.ndarray
    total: np.ndarray
    pays: np.ndarray
    given: np.ndarray
    voucher: np.ndarray


def fill(
    *, seed: int, month: date, visits: Visits, people: People, goods: Goods, told: list[Planned]
) -> Baskets:
    """The baskets of a month; those of planned sales hold what the plan says."""
    rng = np.random.default_rng([seed, 5, month.toordinal()])
    sale, sku, qty = _background(rng, month, visits, people, goods)
    own = visits.planned[sale] < 0
    at = np.flatnonzero(visits.planned >= 0)
    lines = [(i, *line) for i in at.tolist() for line in told[visits.planned[i]].lines]
    extra = np.array(lines, dtype=np.int64).reshape(-1, 3).T
    sale, sku, qty = (
        np.concatenate([mine[own], theirs])
        for mine, theirs in zip((sale, sku, qty), extra, strict=True)
    )
    order = np.argsort(sale, kind="stable")
    sale, sku, qty = sale[order], sku[order], qty[order]
    price = goods.prices_on(sku, visits.day[sale])
    total = np.bincount(sale, weights=qty * price, minlength=len(visits)).astype(np.int64)
    pays, given, voucher = _payment(rng, visits.lane < TILLS, total)
    return Baskets(
        sku=sku,
        qty=qty,
        price=price,
        start=np.searchsorted(sale, np.arange(len(visits) + 1)),
        total=total,
        pays=pays,
        given=given,
        voucher=voucher,
    )


def _background(
    rng: np.random.Generator, month: date, visits: Visits, people: People, goods: Goods
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = np.searchsorted(_LINES, rng.random(len(visits))) + 1
    known = visits.person >= 0
    appetite = np.where(known, people.basket[visits.person], 1.14)
    appetite *= np.where(_is_year_end(visits.day), _YEAR_END, 1.0)
    count = np.clip(np.round(count * appetite * np.where(visits.lane < TILLS, 0.8, 1.0)), 1, 9)
    sale = np.repeat(np.arange(len(visits)), count.astype(np.int64))
    online = visits.lane[sale] >= TILLS
    sku = np.empty(len(sale), dtype=np.int64)
    for web in (False, True):
        mine = online == web
        edges = np.cumsum(goods.weights(month.month, online=web))
        sku[mine] = np.searchsorted(edges, rng.random(int(mine.sum())) * edges[-1])
    likes = people.favourites[visits.person[sale], rng.integers(0, 4, len(sale))]
    again = known[sale] & (rng.random(len(sale)) < _FAVOURITE)
    sku = np.where(again, likes, sku)
    first = np.sort(np.unique(sale * len(goods.codes) + sku, return_index=True)[1])
    sale, sku = sale[first], sku[first]
    several = np.select([goods.price_after < 400, goods.price_after < 1300], [2.0, 1.15], 0.7)
    qty = np.searchsorted(_QTY, rng.random(len(sku)) ** (1 / several[sku])) + 1
    return sale, sku, qty


def _is_year_end(day: np.ndarray) -> np.ndarray:
    """Days are ordinals."""
    days = np.unique(day)
    festive = [at for at in days.tolist() if (12, 15) <= _month_day(at) <= (12, 31)]
    return np.isin(day, festive)


def _month_day(ordinal: int) -> tuple[int, int]:
    on = date.fromordinal(ordinal)
    return on.month, on.day


def _payment(
    rng: np.random.Generator, store: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How each sale is paid; one in a hundred at a till pays ¥500 of it with a gift voucher."""
    draw = rng.random(len(total))
    pays = np.where(
        store, np.searchsorted(_STORE_PAYS, draw), np.searchsorted(_WEB_PAYS, draw)
    ).clip(0, len(KINDS) - 1)
    voucher = np.where(store & (rng.random(len(total)) < 0.01) & (total > 700), 500, 0)
    left = total - voucher
    given = np.where(pays == 0, _handed_over(rng.random(len(total)), left), left)
    return pays, given, voucher


def _handed_over(draw: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Cash as it is handed over: exact, with the odd coins, round notes, one big note."""
    coins = total % 100
    with_coins = _up(total - coins, 1000) + coins
    note = np.where(total <= 5000, 5000, _up(total, 10_000))
    return np.select(
        [draw < 0.16, draw < 0.38, draw < 0.78, draw < 0.90],
        [total, with_coins, _up(total, 1000), note],
        _up(total, 10_000),
    )


def _up(amount: np.ndarray, step: int) -> np.ndarray:
    return -(-amount // step) * step
