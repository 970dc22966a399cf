"""The two golden stories through the API under random names, and every SKU of a simulated shop."""

import csv
import random
import string
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewSku
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import analyst, queries
from goen.insight.analyst import Analyst
from goen.insight.answers import SkuRow, WhoBought
from goen.insight.questions import WhoBoughtQuestion
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.orders.sale import Sale, SaleLine, SaleTender
from sim import export
from sim import load as loading
from sim.miyabido import build
from tests import asking, beside, world
from tests.conftest import FreshDatabase

FILLERS = 17
WINDOW = timedelta(days=27)


class Story:
    """A shop of random names and numbers in which G-01 and G-02 happen. `post` tells it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = clock.now()
        self.codes = self._distinct(FILLERS + 3, 8)
        self.hit, self.kept, self.twin, *self.fillers = self.codes
        self.cards = self._distinct(5 + 12 + 12 + 10, 10)
        self.prices = {code: self.rng.randint(80, 120) for code in self.codes}
        self.sales = [*self._bought_up(), *self._worth_keeping(), *self._nothing_else()]
        self.sales += self._everyday()
        self.rng.shuffle(self.sales)

    def masters(self, t: Tx) -> None:
        """Goods with made-up names, members with made-up cards."""
        letters = "いろはにほへとちりぬるをわかよたれそつね"
        skus = [
            NewSku(code, {"ja": "".join(self.rng.sample(letters, 6)), "en": code.title()},
                   tax=((world.OPENED.replace(year=2020), "reduced"),),
                   costs=((world.OPENED.replace(year=2020), Decimal(40)),))
            for code in self.codes
        ]  # fmt: skip
        by = {"actor": world.ACTOR, "recorded_at": self.now}
        catalogue.put_skus(t, skus, price_list="retail", **by)
        people = [
            NewRecord("pos", f"P{card}", family_name="".join(self.rng.sample(letters, 2)),
                      credentials=(NewCredential("card", card, verified=True),))
            for card in self.cards
        ]  # fmt: skip
        records.register(t, people, **by)

    def _distinct(self, count: int, length: int) -> list[str]:
        alphabet = string.ascii_uppercase + string.digits
        found: set[str] = set()
        while len(found) < count:
            found.add("".join(self.rng.choices(alphabet, k=length)))
        return self.rng.sample(sorted(found), count)

    def _sale(self, card: str | None, *lines: tuple[str, int, int]) -> Sale:
        at = self.now - timedelta(hours=1) - self.rng.random() * WINDOW
        return world.sale(
            member=card, at=at, total=sum(amount for *_, amount in lines), place="shibuya",
            lines=tuple(SaleLine(code, qty, amount) for code, qty, amount in lines),
            tenders=(SaleTender("cash", sum(amount for *_, amount in lines)),),
        )  # fmt: skip

    def _bought_up(self) -> list[Sale]:
        """G-01: 108 units in 56 receipts, four others 2 each, 4 units by nobody known."""
        top, *others = self.cards[:5]
        baskets = (
            [(top, 2)] * 52 + [(top, 1)] * 4 + [(card, 2) for card in others] + [(None, 1)] * 4
        )
        return [
            self._sale(card, (self.hit, qty, qty * self.prices[self.hit])) for card, qty in baskets
        ]

    def _worth_keeping(self) -> list[Sale]:
        """G-02: one unit each to twelve people who spend 8,000 each in the shop."""
        told = []
        for card in self.cards[5:17]:
            rest = self.rng.randint(3_000, 5_000)
            one, two = self.fillers[:2]
            last = 8_000 - self.prices[self.kept] - rest
            told.append(self._sale(card, (self.kept, 1, self.prices[self.kept]), (one, 1, rest)))
            told.append(self._sale(card, (two, 1, last)))
        return told

    def _nothing_else(self) -> list[Sale]:
        """As slow as G-02's article, by twelve people who buy nothing else."""
        return [
            self._sale(card, (self.twin, 1, self.prices[self.twin])) for card in self.cards[17:29]
        ]

    def _everyday(self) -> list[Sale]:
        told = []
        for code in self.fillers:
            for _ in range(self.rng.randint(12, 20)):
                qty = self.rng.randint(2, 3)
                card = self.rng.choice([*self.cards[29:], *[None] * 15])
                told.append(self._sale(card, (code, qty, qty * self.prices[code])))
        return told

    def post(self, address: str) -> None:
        """Send everything, singly and in batches of any size."""
        waiting = list(self.sales)
        with asking.Caller(address, asking.new_key("sales:write")) as caller:
            while waiting:
                size = self.rng.choice([1, 1, 7, 40])
                batch, waiting = waiting[:size], waiting[size:]
                if size == 1:
                    assert caller.sell(batch[0])[0] == 201
                else:
                    assert not [
                        a for a in caller.sell_many(batch) if a.get("repeated") is not False
                    ]


def sku_id(code: str) -> int:
    with tx() as t:
        return t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def asked(found: Analyst, **question: object) -> WhoBought:
    one = WhoBoughtQuestion(**question)
    found.answer(one, recorded_at=clock.now())
    with tx() as t:
        return queries.stored_who_bought(t, one)


def row(code: str) -> SkuRow:
    with tx() as t:
        (found,) = queries.products(t, sku_ids=[sku_id(code)]).rows
        return found


@pytest.mark.parametrize("seed", [beside.fresh_seed()])
def test_the_golden_stories_by_the_api_under_any_name(
    fresh_db: FreshDatabase, serving: str, tmp_path: Path, seed: int
) -> None:
    """G-01, G-02 (R-005, R-006); the seed stands in the test's name."""
    story = Story(seed)
    with tx() as t:
        world.open_shop(t, live=False)
        story.masters(t)
    story.post(serving)
    found = Analyst(tmp_path)
    analyst.work_once(found)

    hit = asked(found, sku_id=sku_id(story.hit))
    assert (hit.units, hit.receipts, hit.buyers) == (120, 64, 5)
    assert f"{hit.top1_share:.1%} {hit.top1_share_identified:.1%}" == "90.0% 93.1%"
    assert f"{hit.identified_share:.1%}" == "96.7%"
    assert (hit.units_without_top, round(hit.effective_buyers, 2)) == (12, 1.15)
    assert hit.flagged
    assert row(story.hit).flagged
    assert row(story.hit).rank == 1

    kept, twin = row(story.kept), row(story.twin)
    assert (kept.units, kept.buyers, kept.buyers_spend_minor) == (12, 12, 96_000)
    assert (twin.units, twin.buyers) == (12, 12)
    assert (kept.spared, kept.cut_candidate, kept.flagged) == (True, False, False)
    assert (twin.spared, twin.cut_candidate, twin.flagged) == (False, True, False)


Figures = dict[str, tuple[object, ...]]


def effective(bought: Counter) -> float:
    """1/Σs² over identified people."""
    units = bought.total()
    return 1 / sum((n / units) ** 2 for n in bought.values()) if units else 0.0


def by_hand(receipts: Sequence[dict[str, str]]) -> Figures:
    """The oracle, over exported receipts."""
    units, slips, bought, spend = Counter(), defaultdict(set), defaultdict(Counter), Counter()
    for line in receipts:
        sku, who, qty = line["sku"], line["provable_person"], int(line["qty"])
        units[sku] += qty
        slips[sku].add((line["source"], line["source_no"]))
        if who:
            bought[sku][who] += qty
            spend[who] += int(line["amount"])
    return {
        sku: (units[sku], len(slips[sku]), len(bought[sku]), sum(bought[sku].values()),
              sum(n for _, n in bought[sku].most_common(1)),
              sum(n for _, n in bought[sku].most_common(5)), sum(spend[p] for p in bought[sku]),
              pytest.approx(effective(bought[sku]), abs=1e-4))
        for sku in units
    }  # fmt: skip


def stored(window: str) -> Figures:
    with tx() as t:
        rows = t.rows(
            "SELECT s.code, f.units, f.receipts, f.buyers, f.identified_units, f.top1_units,"
            " f.top5_units, f.buyers_spend_minor, coalesce(f.effective_buyers, 0)::float"
            " FROM insight_skufigure f"
            ' JOIN catalogue_sku s ON s.id = f.sku_id WHERE f."window" = %s',
            [window],
        )
    return {code: tuple(figures) for code, *figures in rows}


@pytest.mark.slow
def test_every_sku_of_a_simulated_shop_equals_the_oracle(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """People are who can be proved: records sharing a verified mail are one, a mall's are not."""
    shop = build(end=clock.now().date() - timedelta(days=1), count=300, months=3)
    loading.load_first(shop, shop=fresh_db.shop, report=lambda *_: None, afar=False)
    loading.load_rest(shop, shop=fresh_db.shop, report=lambda *_: None)
    analyst.work_once(Analyst(tmp_path))
    for window, since in (("4w", shop.window[0]), ("all", None)):
        path = tmp_path / f"{window}.csv"
        export.write_receipts(shop, path, shop.receipts(since=since))
        with path.open(encoding="utf-8", newline="") as file:
            expected = by_hand(list(csv.DictReader(file)))
        assert len(expected) > 100
        assert stored(window) == expected
