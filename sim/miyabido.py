"""みやび堂: the shop as a pure function of (seed, end date, size).

Four stores with two tills each, a warehouse, a web shop, two malls and a shop on a network. Masters
stand in `masters`, people in `people`, what is wrong with their records in `noise`, visits in
`visits`, baskets in `baskets`, the planted stories in `stories`. Receipts come month by month, in
order of time; the last sale is on the end date.
"""

import heapq
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import numpy as np

from sim import baskets, people, seasons, stories, visits
from sim.goods import Goods, stock_up
from sim.masters import CHANNELS, ENTITY, ONLINE, PLACES, SOURCES, STAFF, TILLS
from sim.world import (
    Category,
    Channel,
    Entity,
    Line,
    Member,
    Place,
    Receipt,
    Record,
    Sku,
    Source,
    Staff,
    Tender,
    Till,
    Truth,
)

ZONE = ZoneInfo("Asia/Tokyo")
WINDOW_DAYS = 28
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/receipts")


@dataclass(frozen=True)
class World:
    """One simulated retailer. `window` is the last four weeks, in which the stories happen."""

    seed: int
    start: date
    end: date
    goods: Goods
    people: people.People
    plan: stories.Plan
    cast: stories.Cast
    diary: visits.Diary
    entity: Entity = ENTITY
    places: tuple[Place, ...] = PLACES
    channels: tuple[Channel, ...] = CHANNELS
    sources: tuple[Source, ...] = SOURCES
    tills: tuple[Till, ...] = TILLS
    staff: tuple[Staff, ...] = STAFF

    @property
    def categories(self) -> tuple[Category, ...]:
        """Departments of goods."""
        return self.goods.categories

    @property
    def skus(self) -> tuple[Sku, ...]:
        """Everything on sale."""
        return self.goods.skus

    @property
    def window(self) -> tuple[date, date]:
        """First and last day of the four weeks."""
        return max(self.start, self.end - timedelta(days=WINDOW_DAYS - 1)), self.end

    def story_sku(self, role: str) -> Sku:
        """The article that plays `hit`, `kept` or `twin`."""
        return self.skus[self.goods.story[role]]

    def on_sale(self, day: date) -> list[Sku]:
        """What anybody may come across on a day: neither out of season nor a story's."""
        return self._by_month[day.month]

    @cached_property
    def _by_month(self) -> list[list[Sku]]:
        stories = set(self.goods.story.values())
        return [
            [self.skus[n] for n in np.flatnonzero(sold).tolist() if n not in stories]
            for sold in self.goods.on_sale.T
        ]

    @cached_property
    def by_code(self) -> dict[str, Sku]:
        """Every article by its code."""
        return {sku.code: sku for sku in self.skus}

    def records(self, of: Container[int] | None = None) -> Iterator[Record]:
        """Every customer record of every system, in the order in which they were made.

        With `of`, those of these people only.
        """
        for person, system in self.people.each():
            if of is not None and person not in of:
                continue
            if self.people.registered[person, system] <= self.end.toordinal():
                yield self.record(person, system)

    def record(self, person: int, system: int) -> Record:
        """What one system knows of a person."""
        known = self.people.names.record(
            person,
            system,
            date.fromordinal(int(self.people.registered[person, system])),
            noise=self.people.noise,
            same_mail=bool(self.people.same_mail[person]),
            leading=person == self.cast.leading,
        )
        if known.source != "pos":
            return known
        return replace(known, place_code=people.STORES[self.people.home[person]])

    def shoppers(self) -> set[int]:
        """Everybody who buys something in the four weeks, and whose card they show."""
        found: set[int] = set()
        for month in self.months():
            if (month + timedelta(days=32)).replace(day=1) > self.window[0]:
                came = self.diary.visits(month)
                who = came.person[(came.day >= self.window[0].toordinal()) & (came.person >= 0)]
                found.update(who.tolist(), self.people.noise.card_of[who].tolist())
        return found

    def truth(self) -> Iterator[Truth]:
        """Of every record, in the order of `records`: who it is, in which household, what is wrong.

        `shared_card` is on the records whose card the rest of the family shows too.
        """
        wrong = self.people.noise
        shown = set(wrong.card_of[wrong.shares_card].tolist())
        for record in self.records():
            person = record.true_person
            shared = record.source == "pos" and person in shown
            yield Truth(
                record.source,
                record.source_key,
                person,
                int(wrong.household[person]),
                (*record.noise, "shared_card") if shared else record.noise,
            )

    def months(self) -> list[date]:
        """First days of the months with sales, oldest first."""
        return self.diary.months()

    def count(self) -> int:
        """How many sales there are, without making them."""
        return self.diary.count_before(self.end + timedelta(days=32))

    def receipts(
        self, *, since: date | None = None, until: date | None = None
    ) -> Iterator[Receipt]:
        """Sales of the days from `since` to `until`, both included, in order of time."""
        first, last = since or self.start, until or self.end
        for month in self.months():
            if month <= last and (month + timedelta(days=32)).replace(day=1) > first:
                yield from self._month(month, first.toordinal(), last.toordinal())

    def sent(self, *, since: date) -> Iterator[Receipt]:
        """The sales from a day on in the order in which their systems hand them on."""
        late: list[tuple[datetime, str, Receipt]] = []
        for receipt in self.receipts(since=since):
            while late and late[0][0] <= receipt.occurred_at:
                yield heapq.heappop(late)[2]
            if receipt.late_by:
                heapq.heappush(late, (receipt.sent_at, receipt.source_no, receipt))
            else:
                yield receipt
        yield from (heapq.heappop(late)[2] for _ in range(len(late)))

    def _month(self, month: date, first: int, last: int) -> Iterator[Receipt]:
        came = self.diary.visits(month)
        filled = baskets.fill(
            seed=self.seed,
            month=month,
            visits=came,
            people=self.people,
            goods=self.goods,
            told=self.diary.planned.get(month, []),
        )
        codes = self.goods.codes
        sku, qty, price = filled.sku.tolist(), filled.qty.tolist(), filled.price.tolist()
        lines = [Line(codes[s], q, p) for s, q, p in zip(sku, qty, price, strict=True)]
        start = filled.start.tolist()
        paid = zip(filled.total.tolist(), filled.pays.tolist(), filled.given.tolist(),
                   filled.voucher.tolist(), strict=True)  # fmt: skip
        who = zip(came.person.tolist(), came.shown.tolist(), self._systems(came), strict=True)
        when = zip(came.day.tolist(), came.second.tolist(), strict=True)
        where = zip(came.lane.tolist(), came.number.tolist(), strict=True)
        for i, ((person, shown, system), (day, second), (lane, number), payment) in enumerate(
            zip(who, when, where, paid, strict=True)
        ):
            if not first <= day <= last:
                continue
            header = self._header(day, second, lane, number)
            yield Receipt(
                *header,
                datetime.fromtimestamp((day - _EPOCH) * 86_400 + second - _JST, ZONE),
                self._member(person, system) if shown else None,
                tuple(lines[start[i] : start[i + 1]]),
                _tenders(*payment),
                person if shown else None,
                visits.late_by(self.seed, day, second, lane),
            )

    def _systems(self, came: visits.Visits) -> list[int]:
        """Whose key each visit shows: a card of the person (or the family), or a member's."""
        holder = self.people.noise.card_of[came.person]
        cards = self.people.cards_on(holder, came.day)
        online = came.lane >= visits.TILLS
        return np.where(online, came.lane - visits.TILLS + 1, cards).tolist()

    def _header(
        self, day: int, second: int, lane: int, number: int
    ) -> tuple[UUID, str, str, str, str, str | None, int | None, str | None]:
        if lane >= visits.TILLS:
            source, letters = ONLINE[lane - visits.TILLS]
            no = f"{letters}-{number:08d}" if source == "ec" else f"{letters}-{day}-{number:07d}"
            return uuid5(_UIDS, f"{source}:{no}"), source, no, "web", source, None, None, None
        till = self.tills[lane]
        no = f"{till.code}-{number:07d}"
        crew = self._crews[till.place_code]
        shift = 2 if second >= _SHIFT_CHANGES else 0
        staff = crew[(day + lane % 2 + shift) % len(crew)]
        uid = uuid5(_UIDS, f"pos:{no}")
        return uid, "pos", no, till.place_code, "store", till.code, number, staff

    @cached_property
    def _crews(self) -> dict[str, list[str]]:
        stores = {till.place_code for till in self.tills}
        return {place: [s.code for s in self.staff if s.place_code == place] for place in stores}

    def _member(self, person: int, system: int) -> Member:
        if system in {0, people.SECOND_CARD}:
            holder = int(self.people.noise.card_of[person])
            return Member("card", people.key_of(system, holder))
        return Member("member", people.key_of(system, person))


_EPOCH = date(1970, 1, 1).toordinal()
_JST = 9 * 3600
_SHIFT_CHANGES = 15 * 3600


def _tenders(total: int, pays: int, given: int, voucher: int) -> tuple[Tender, ...]:
    rest = Tender(baskets.KINDS[pays], total - voucher, given)
    return (Tender("other", voucher, voucher), rest) if voucher else (rest,)


def build(
    *,
    seed: int = 1,
    end: date,
    count: int = 20_000,
    months: int = 24,
    plan: stories.Plan | None = None,
) -> World:
    """The shop with `count` people and `months` months of trade that ended on `end`."""
    plan = plan or stories.Plan()
    start = _months_before(end, months)
    cast = stories.cast_of(plan)
    goods = stock_up(seed=seed, start=start, end=end, codes=plan.codes, people=count)
    folk = people.move_in(
        seed=seed,
        count=count,
        first_day=start.toordinal(),
        last_day=end.toordinal(),
        goods=goods,
        cast=cast,
    )
    window = max(start, end - timedelta(days=WINDOW_DAYS - 1))
    diary = visits.Diary(
        seed=seed,
        first_day=start.toordinal(),
        last_day=end.toordinal(),
        quiet_from=window.toordinal(),
        people=folk,
        planned=_planned(seed, plan, goods, start, window, end),
    )
    return World(
        seed=seed, start=start, end=end, goods=goods, people=folk, plan=plan, cast=cast, diary=diary
    )


def _planned(
    seed: int, plan: stories.Plan, goods: Goods, start: date, window: date, end: date
) -> dict[date, list[stories.Planned]]:
    hit, kept, twin = (goods.story[role] for role in ("hit", "kept", "twin"))
    dry = [i for i in np.flatnonzero(goods.everyday).tolist() if not goods.skus[i].age20]
    beside = [i for i in dry if goods.skus[i].tax_class == "reduced"]
    # The stories leave out the first two days: the window moves on with every new business
    # day, and an article rung up today or tomorrow must not cut them.
    told_from = min(window + timedelta(days=2), end)
    inside, before = _open(told_from, end), _open(start, window - timedelta(days=1))
    told = stories.habit_before(
        plan=plan, hit=hit, kept=kept, beside=beside, days=before, seed=seed
    )
    told += stories.bought_up(plan=plan, hit=hit, beside=beside, days=inside, seed=seed)
    told += stories.worth_keeping(
        plan=plan, kept=kept, twin=twin, prices=goods.price_after, beside=dry, days=inside,
        seed=seed,
    )  # fmt: skip
    by_month: dict[date, list[stories.Planned]] = {}
    for one in told:
        by_month.setdefault(date.fromordinal(one.day).replace(day=1), []).append(one)
    return by_month


def _open(first: date, last: date) -> list[int]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day.toordinal() for day in days if seasons.is_open(day)]


def _months_before(end: date, months: int) -> date:
    """The day after the same day `months` earlier (or that month's last day)."""
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    for day in range(end.day, 0, -1):
        try:
            return date(year, month + 1, day) + timedelta(days=1)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
