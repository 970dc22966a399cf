"""The planted stories hold to the unit and the yen, whatever the names, codes and days."""

import math
import random
import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from sim.miyabido import World, build
from sim.stories import Plan, spread

END = date(2026, 11, 21)


def naive(world: World, sku_code: str) -> tuple[Counter, int, int, dict]:
    """Units per true person, anonymous units, receipts, and everybody's spend in the window."""
    people = {(r.source, r.source_key): r.true_person for r in world.records()}
    units, spend, anonymous, count = Counter(), defaultdict(int), 0, 0
    for receipt in world.receipts(since=world.window[0]):
        who = people[receipt.source, receipt.member.value] if receipt.member else None
        bought = sum(line.qty for line in receipt.lines if line.sku_code == sku_code)
        count += bought > 0
        if who is None:
            anonymous += bought
        else:
            spend[who] += receipt.total_minor
            units[who] += bought
    return +units, anonymous, count, spend


def assert_stories(world: World) -> None:
    units, anonymous, receipts, _ = naive(world, world.story_sku("hit").code)
    total = units.total() + anonymous
    assert (total, len(units), receipts, anonymous) == (120, 5, 64, 4)
    top = units.most_common(1)[0][1]
    assert sorted(units.values()) == [2, 2, 2, 2, 108]
    assert f"{top / total:.1%} {top / units.total():.1%}" == "90.0% 93.1%"
    effective = 1 / sum((n / units.total()) ** 2 for n in units.values())
    assert round(effective, 2) == 1.15
    assert total - top == 12

    kept, anonymous, receipts, spend = naive(world, world.story_sku("kept").code)
    assert (dict(kept), anonymous, receipts) == (dict.fromkeys(world.cast.kept, 1), 0, 12)
    assert sum(spend[person] for person in kept) == 96_000

    twin, anonymous, receipts, spend = naive(world, world.story_sku("twin").code)
    price = world.story_sku("twin").prices[-1].value
    assert (dict(twin), anonymous, receipts) == (dict.fromkeys(world.cast.twin, 1), 0, 11)
    assert all(spend[person] == price for person in twin)


@pytest.mark.parametrize(
    "end", [END, date(2026, 1, 10), date(2026, 2, 28), date(2024, 2, 29), date(2026, 12, 31)]
)
def test_the_stories_hold_on_any_day_of_the_year(end):
    assert_stories(build(end=end, count=400, months=6))


def test_the_stories_hold_with_other_seeds_names_and_codes():
    rng = random.Random(5)
    for seed in range(3):
        codes = {role: f"X{rng.randrange(10**6)}" for role in ("hit", "kept", "twin")}
        plan = Plan(codes=codes, leading_name=("桜井", "望", "サクライ", "ノゾミ"))
        world = build(seed=seed, end=END, count=300, months=2, plan=plan)
        assert world.story_sku("hit").code == codes["hit"]
        assert_stories(world)
        assert next(r for r in world.records() if r.true_person == 0).family_name == "桜井"


def test_the_leading_shopper_comes_regularly_and_is_one_person_by_a_proven_key():
    world = build(end=END, count=2_000)
    card, web = world.record(0, 0), world.record(0, 1)
    assert (card.family_name, web.family_name) == ("高橋", "髙橋")
    assert card.mail == web.mail != ""
    assert card.mail_verified
    assert web.mail_verified
    hit = world.story_sku("hit")
    days = Counter(
        r.occurred_at.date()
        for r in world.receipts(since=world.window[0])
        if r.member and r.member.value == card.source_key
        and any(line.sku_code == hit.code for line in r.lines)
    )  # fmt: skip
    assert len(days) == 26, "every day but the first two, so that the window may move on"
    assert min(days) == world.window[0] + timedelta(days=2)
    assert set(days.values()) == {2, 3}
    before = [r for r in world.receipts(until=world.window[0] - timedelta(days=1))
              if any(line.sku_code == hit.code for line in r.lines)]  # fmt: skip
    assert sum(r.member is not None and r.member.value == card.source_key for r in before) > 40


@pytest.mark.parametrize(
    "asked",
    [
        (1, END, 20_000),
        (3, date(2027, 1, 11), 20_000),
        (1, END, 2_000),
        (1, date(2027, 4, 7), 2_000),
    ],
)
def test_item_level_figures_mislead_and_buyer_level_figures_do_not(asked):
    """Ranks as the list of products has them: among what sold, by units and by buyers' spend."""
    seed, end, people = asked
    world = build(seed=seed, end=end, count=people)
    proven = {
        (r.source, r.source_key): r.mail if r.mail_verified else f"{r.source}:{r.source_key}"
        for r in world.records()
    }
    units, buyers, spend = Counter(), defaultdict(set), Counter()
    for receipt in world.receipts(since=world.window[0]):
        who = proven[receipt.source, receipt.member.value] if receipt.member else None
        if who is not None:
            spend[who] += receipt.total_minor
        for line in receipt.lines:
            units[line.sku_code] += line.qty
            if who is not None:
                buyers[line.sku_code].add(who)
    hit, kept, twin = (world.story_sku(role).code for role in ("hit", "kept", "twin"))
    assert units.most_common(1)[0] == (hit, 120)
    lowest = sorted(units.values())[math.ceil(len(units) / 10) - 1]
    assert units[twin] < units[kept] == 12 <= lowest
    worth = {code: sum(spend[who] for who in buyers[code]) for code in units}
    assert worth[twin] < statistics.median(worth.values()) < worth[kept] == 96_000


def test_spread_is_even_and_complete():
    assert spread(108, 56).count(2) == 52
    assert sum(spread(108, 56)) == 108
    assert spread(7, 7) == [1] * 7
