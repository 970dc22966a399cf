"""Measures without lots: the treated beside people alike, against plain loops over the sales."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from goen.insight.effect import changes, matching
from goen.insight.effects_alike import Alike
from goen.insight.effects_alike_answer import KNOWN
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.insight import test_effects as lots
from tests.insight.test_effects import CLOSE, FIRST, LAST, Told, answered, asked, assign, cards
from tests.insight.test_ltv import business_date, profit

BASE_ON = FIRST - timedelta(days=28)


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    return lots.shop.__wrapped__(fresh_db)  # the ninety people of the other file


def by_hand(told: Told, treated: set[str], start: date, end: date, base_on: date, first: date):
    """(treated, known, base, after) by card, of everybody who bought before or is treated."""
    sums = defaultdict(lambda: [0.0, 0, None, 0.0, 0.0])
    seen = set(treated)
    for sale, card in told:
        day = business_date(sale)
        if card is None or not first <= day <= end:
            continue
        own = sums[card]
        if day < start:
            seen.add(card)
        if day < base_on:
            own[0] += profit(sale)
            own[1] += 1
            own[2] = max(own[2] or day, day)
        elif day < start:
            own[3] += profit(sale)
        else:
            own[4] += profit(sale)
    people = sorted(seen)
    never = (base_on - first).days + 1
    known = [
        (sums[p][0], sums[p][1], never if sums[p][2] is None else (base_on - sums[p][2]).days)
        for p in people
    ]
    return (
        np.array([p in treated for p in people]),
        np.array(known, dtype=float),
        np.array([sums[p][3] for p in people]),
        np.array([sums[p][4] for p in people]),
    )


def alike(folder: Path, **other: object) -> Alike:
    found = answered(folder, asked(**other)).alike
    assert found is not None
    return found


def same(found: changes.Estimate | None, told: changes.Estimate | None) -> None:
    assert (found is None) == (told is None)
    if found is not None and told is not None:
        assert (found.people, found.others) == (told.people, told.others)
        for name in ("value", "low", "high", "p_value"):
            assert getattr(found, name) == pytest.approx(getattr(told, name), **CLOSE), name


@pytest.mark.parametrize("seed", range(2))
def test_every_figure_equals_plain_loops(shop: Tx, tmp_path: Path, seed: int) -> None:
    """P-29, R-075: matched and difference in differences, with a placebo before."""
    chosen = set(random.Random(seed).sample(cards(), 35))
    told = lots.some_sales(seed)
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    assign(dict.fromkeys(chosen, "treated"))
    found = alike(tmp_path)
    first = min(business_date(sale) for sale, _ in told)
    treated, known, base, after = by_hand(told, chosen, FIRST, LAST, BASE_ON, first)
    assert found.spans is not None
    assert (found.spans.known_on, found.spans.base_on, found.basis) == (first, BASE_ON, "list")
    assert (found.treated, found.others) == (int(treated.sum()), int((~treated).sum()))
    pairs = matching.matched(treated, known)
    same(found.plain, changes.estimate(matching.unmatched(treated), after))
    same(found.matched, changes.estimate(pairs, after))
    same(found.changed, changes.estimate(pairs, after - base))
    for shown, one in zip(found.balance, matching.balance(pairs, KNOWN, known), strict=True):
        assert (shown.name, shown.apart) == (one.name, pytest.approx(one.apart, **CLOSE))
    until = BASE_ON - timedelta(days=(BASE_ON - first).days - 14)
    assert found.placebo_on == BASE_ON
    treated, known, base, after = by_hand(
        told, chosen, BASE_ON, FIRST - timedelta(days=1), until, first
    )
    scale = 28 / (BASE_ON - until).days
    same(found.placebo, changes.estimate(matching.matched(treated, known), after - base * scale))


def test_weeks_are_summed_on_either_side_of_the_start(shop: Tx, tmp_path: Path) -> None:
    chosen = set(cards()[:40])
    told = lots.some_sales(5)
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    assign(dict.fromkeys(chosen, "treated"))
    found = alike(tmp_path)
    assert [one.first_on for one in found.weeks] == [
        BASE_ON + timedelta(days=7 * n) for n in range(8)
    ]
    first = min(business_date(sale) for sale, _ in told)
    treated, known, *_ = by_hand(told, chosen, FIRST, LAST, BASE_ON, first)
    pairs = matching.matched(treated, known)
    seen = {c for s, c in told if c and business_date(s) < FIRST} | chosen
    table = np.zeros((len(seen), 8))
    for sale, card in told:
        week = (business_date(sale) - BASE_ON).days // 7
        if card in seen and 0 <= week < 8:
            table[sorted(seen).index(card), week] += profit(sale)
    for n, one in enumerate(found.weeks):
        gap = changes.estimate(pairs, table[:, n])
        same(one.gap, gap)
        if gap is not None:
            assert one.treated - one.others == pytest.approx(gap.value, **CLOSE)
    same(found.drift, changes.estimate(pairs, changes.slopes(table[:, :4])))


def test_a_flyer_of_one_store_is_compared_with_the_people_of_the_others(
    shop: Tx, tmp_path: Path
) -> None:
    """Nobody is listed; those who bought most often in the store before are the treated."""
    rng = random.Random(3)
    told = []
    for card in cards():
        own = rng.choice(["shibuya", "kichijoji"])
        for _ in range(8):
            at = world.NOW - timedelta(hours=rng.randint(1, 24 * 85))
            place = own if rng.random() < 0.8 else "shibuya"
            item = (rng.choice(["CHA-01", "NUNO-01"]), rng.randint(1, 2))
            told.append((world.sale(item, member=card, at=at, place=place), card))
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
        place = t.value("SELECT id FROM places_place WHERE code = 'kichijoji'")
        ids = dict(t.rows("SELECT code, id FROM places_place"))
    found = alike(tmp_path, people=0, place_ids=(place,))
    visits: dict[str, Counter[str]] = defaultdict(Counter)
    for sale, card in told:
        if business_date(sale) < FIRST:
            visits[card][sale.place] += 1
    homes = {card: min(own, key=lambda one: (-own[one], ids[one])) for card, own in visits.items()}
    mine = {card for card, home in homes.items() if home == "kichijoji"}
    first = min(business_date(sale) for sale, _ in told)
    treated, known, base, after = by_hand(told, mine, FIRST, LAST, BASE_ON, first)
    assert (found.basis, found.treated) == ("places", len(mine))
    same(found.changed, changes.estimate(matching.matched(treated, known), after - base))


def test_it_says_why_nothing_can_be_compared(shop: Tx, tmp_path: Path) -> None:
    told = [
        (world.sale(("CHA-01", 1), member=card, at=world.NOW - timedelta(days=n % 20)), card)
        for n, card in enumerate(cards()[:60])
    ]
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    assign(dict.fromkeys(cards()[:30], "treated"))
    assert alike(tmp_path).why_not == "no_history"
    early = [
        (world.sale(("CHA-01", 1), member=card, at=world.NOW - timedelta(days=70)), card)
        for card in cards()[:35]
    ]
    with tx() as t:
        world.sold(t, *[sale for sale, _ in early])
    assert alike(tmp_path).why_not == "nobody"  # five others bought before the start


def test_with_a_control_nobody_is_matched(shop: Tx, tmp_path: Path) -> None:
    assign(dict(zip(cards(), lots.ARMS, strict=True)))
    with tx() as t:
        world.sold(t, *[sale for sale, _ in lots.some_sales(2)])
    assert answered(tmp_path, asked()).alike is None


def test_days_after_the_last_data_do_not_count() -> None:
    """A shop whose data ended is asked no further than they go; a shop that lags is not cut."""
    ended = asked(last_on=date(2027, 3, 1), until=date(2027, 3, 2)).known_by(date(2026, 11, 18))
    assert (ended.until, ended.is_final) == (date(2026, 11, 18), False)
    lagging = asked(until=LAST + timedelta(days=1)).known_by(LAST - timedelta(days=2))
    assert lagging.is_final
