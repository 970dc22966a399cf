"""Who comes when and where, a calendar month at a time, drawn for everybody at once.

A month depends on the seed and itself alone, so that months may be made in any order; only the
running numbers of tills and orders need to know how many sales the earlier months hold.
Lives follow the shape BG/NBD and Pareto/NBD assume: own rate of visits, own end.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sim import seasons
from sim.people import PASSES_BY, STORES, WEB, People
from sim.stories import Planned

ANONYMOUS = 0.37
OFFLINE_PER_MILLE = 20
"""On how many of a thousand days a till loses its line; two thirds of that for an hour."""
# Lanes number sales: two tills in each store, then the web shop, the malls, the network's shop.
TILLS = 2 * len(STORES)
LANE_WEB, LANES = TILLS, TILLS + 4


@dataclass(frozen=True, slots=True)
class Visits:
    """One month's sales in order of time: `person` −1 is unknown, `planned` −1 is not a story."""

    person: np.ndarray
    shown: np.ndarray
    day: np.ndarray
    second: np.ndarray
    lane: np.ndarray
    planned: np.ndarray
    number: np.ndarray

    def __len__(self) -> int:
        return len(self.day)


@dataclass(slots=True)
class Diary:
    """All months of a shop. `numbers` remembers how many sales each lane had before a month."""

    seed: int
    first_day: int
    last_day: int
    quiet_from: int
    people: People
    planned: dict[date, list[Planned]]
    numbers: dict[date, np.ndarray] = field(default_factory=dict)

    def months(self) -> list[date]:
        """The first days of the calendar months touched, oldest first."""
        month = date.fromordinal(self.first_day).replace(day=1)
        found = []
        while month.toordinal() <= self.last_day:
            found.append(month)
            month = _next(month)
        return found

    def count_before(self, month: date) -> int:
        """How many sales there were before a month began."""
        return int(self._before(month).sum())

    def visits(self, month: date) -> Visits:
        """The month's sales with their running numbers."""
        return self._numbered(month, self._drawn(month))

    def _numbered(self, month: date, drawn: dict[str, np.ndarray]) -> Visits:
        before = self._before(month)
        number = np.zeros(len(drawn["day"]), dtype=np.int64)
        for lane in range(LANES):
            mine = drawn["lane"] == lane
            number[mine] = before[lane] + 1 + np.arange(mine.sum())
        return Visits(**drawn, number=number)

    def _before(self, month: date) -> np.ndarray:
        total = np.zeros(LANES, dtype=np.int64)
        for earlier in self.months():
            if earlier >= month:
                break
            if earlier not in self.numbers:
                lanes = self._drawn(earlier)["lane"]
                self.numbers[earlier] = np.bincount(lanes, minlength=LANES)
            total = total + self.numbers[earlier]
        return total

    def _drawn(self, month: date) -> dict[str, np.ndarray]:
        rng = np.random.default_rng([self.seed, 4, month.toordinal()])
        known = self._known(rng, month)
        told = self._told(month)
        unknown = self._unknown(rng, month, known, told)
        rows = {key: np.concatenate([known[key], unknown[key], told[key]]) for key in known}
        store = rows["lane"] < TILLS
        draw = rng.random(len(store))
        rows["lane"] = np.where(store, rows["lane"] // 2 * 2 + (draw < 0.32), rows["lane"])
        order = np.lexsort((rows["lane"], rows["second"], rows["day"]))
        return {key: column[order] for key, column in rows.items()}

    def _known(self, rng: np.random.Generator, month: date) -> dict[str, np.ndarray]:
        """Visits by people some system knows, with the first one on the day they joined."""
        people = self.people
        days = self._days(month)
        start, end = days[0], days[-1]
        alive = np.flatnonzero((people.joined <= end) & (people.leaves >= start))
        weights = _weights(days)
        size = np.where(people.weekender[alive], weights[1].sum(), weights[0].sum())
        person = np.repeat(alive, rng.poisson(people.visits_per_day[alive] * size))
        day = _pick_days(rng, weights, days, people.weekender[person])
        new = alive[(people.joined[alive] >= start) & (people.joined[alive] <= end)]
        joining = np.concatenate([np.zeros(len(person), bool), np.ones(len(new), bool)])
        person, day = np.concatenate([person, new]), np.concatenate([day, people.joined[new]])
        going = _channel(rng, people, person, day, joining=joining)
        online = going >= WEB
        moved = np.flatnonzero(online & ~joining)
        day[moved] = _pick(rng, weights[2], days, len(moved))
        stays = (day >= people.joined[person]) & (day <= people.leaves[person])
        stays &= ~((day >= self.quiet_from) & people.silent[person])
        stays &= online | np.isin(day, _open_days(days))
        system = np.maximum(0, going - WEB + 1)
        holder = np.where(system == 0, people.noise.card_of[person], person)
        met = people.registered[holder, system] <= day
        stays &= met | ~online
        shown = online | (met & (joining | (rng.random(len(person)) < people.shows_card[person])))
        second = _seconds(rng, online)
        lane = np.where(online, going - WEB + LANE_WEB, going * 2)
        columns = {"person": person, "shown": shown, "day": day, "second": second, "lane": lane}
        return {key: c[stays] for key, c in columns.items()} | {"planned": _none(stays.sum())}

    def _unknown(
        self,
        rng: np.random.Generator,
        month: date,
        known: dict[str, np.ndarray],
        told: dict[str, np.ndarray],
    ) -> dict[str, np.ndarray]:
        """Passers-by, so many that the anonymous share of store sales comes out."""
        store = known["lane"] < TILLS
        shown = int((store & known["shown"]).sum()) + int(told["shown"].sum())
        others = int((store & ~known["shown"]).sum()) + int((~told["shown"]).sum())
        wanted = shown * ANONYMOUS / (1 - ANONYMOUS) - others
        days = self._days(month)
        count = max(0, int(rng.poisson(max(wanted, 0.0))))
        if not _open_days(days):
            count = 0
        return {
            "person": _none(count),
            "shown": np.zeros(count, bool),
            "day": _pick(rng, _weights(days)[1], days, count) if count else _none(0),
            "second": _seconds(rng, np.zeros(count, bool)),
            "lane": 2 * rng.choice(len(STORES), count, p=PASSES_BY),
            "planned": _none(count),
        }

    def _told(self, month: date) -> dict[str, np.ndarray]:
        stories = self.planned.get(month, [])
        buyers = [-1 if p.buyer is None else p.buyer for p in stories]
        return {
            "person": np.array(buyers, dtype=np.int64),
            "shown": np.array([buyer >= 0 for buyer in buyers], dtype=bool),
            "day": np.array([p.day for p in stories], dtype=np.int64),
            "second": np.array([p.second for p in stories], dtype=np.int64),
            "lane": np.zeros(len(stories), dtype=np.int64),
            "planned": np.arange(len(stories), dtype=np.int64),
        }

    def _days(self, month: date) -> np.ndarray:
        start = max(month.toordinal(), self.first_day)
        return np.arange(start, min(_next(month).toordinal() - 1, self.last_day) + 1)


def late_by(seed: int, day: int, second: int, lane: int) -> timedelta:
    """How much later a sale is handed on: a till is offline for an hour or a day, now and then."""
    if lane >= TILLS or (_mixed(seed, day, lane) % 1_000) >= OFFLINE_PER_MILLE:
        return timedelta()
    begins = 10 * 3600 + _mixed(seed, day, lane + 31) % (8 * 3600)
    if second < begins:
        return timedelta()
    if _mixed(seed, day, lane + 67) % 3 == 0:
        return timedelta(days=1)
    return timedelta(seconds=max(0, begins + 3600 - second))


def _mixed(seed: int, day: int, lane: int) -> int:
    """A number that follows from three, spread like a draw."""
    mixed = (seed * 0x9E3779B1 + day * 0x85EBCA6B + lane * 0xC2B2AE35) & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 15)) * 0x2C1B3C6D & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 12)) * 0x297A2D39 & 0xFFFFFFFF
    return mixed ^ (mixed >> 15)


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _open_days(days: np.ndarray) -> list[int]:
    return [int(day) for day in days if seasons.is_open(date.fromordinal(int(day)))]


def _weights(days: np.ndarray) -> np.ndarray:
    """Three rows: weekday people, weekend people, the web."""
    dates = [date.fromordinal(int(day)) for day in days]
    return np.array(
        [
            [seasons.store_weight(day, weekender=False) for day in dates],
            [seasons.store_weight(day, weekender=True) for day in dates],
            [seasons.online_weight(day) for day in dates],
        ]
    )


def _pick(rng: np.random.Generator, weight: np.ndarray, days: np.ndarray, count: int) -> np.ndarray:
    edges = np.cumsum(weight)
    return days[np.searchsorted(edges, rng.random(count) * edges[-1], side="right")]


def _pick_days(
    rng: np.random.Generator, weights: np.ndarray, days: np.ndarray, weekender: np.ndarray
) -> np.ndarray:
    picked = np.empty(len(weekender), dtype=np.int64)
    for kind in (False, True):
        mine = weekender == kind
        if mine.any():
            picked[mine] = _pick(rng, weights[int(kind)], days, int(mine.sum()))
    return picked


def _channel(
    rng: np.random.Generator,
    people: People,
    person: np.ndarray,
    day: np.ndarray,
    *,
    joining: np.ndarray,
) -> np.ndarray:
    """Where each visit goes; on the day of joining, to the system that met the person then."""
    draw = rng.random(len(person))
    going = (draw[:, None] >= people.goes_to[person][:, :-1]).sum(axis=1)
    known = people.registered[person, 1:5]
    first = known == people.joined[person][:, None]
    by_card = people.registered[person, 0] == people.joined[person]
    there = np.where(by_card | ~first.any(axis=1), people.home[person], WEB + first.argmax(axis=1))
    online = going >= WEB
    since = known[np.arange(len(person)), np.maximum(0, going - WEB)]
    return np.where(joining | (online & (since > day)), there, going)


def _seconds(rng: np.random.Generator, online: np.ndarray) -> np.ndarray:
    draw = rng.random(len(online))
    return np.where(online, seasons.web_second(draw), seasons.store_second(draw))


def _none(count: int) -> np.ndarray:
    return np.full(count, -1, dtype=np.int64)
