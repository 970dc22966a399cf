"""The effect on everybody assigned, against plain loops over the sales (R-045, R-075, P-29)."""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, variance

import pytest
from scipy import stats

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import arms, effects
from goen.insight.analyst import Analyst
from goen.insight.arms import Assigned
from goen.insight.effects import Asked, Effect
from goen.kit.db import Tx, tx
from goen.orders.sale import Sale
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_ltv import PRICE, business_date, profit

ORIGIN = "measure:1"
FIRST, LAST = date(2026, 10, 24), date(2026, 11, 20)
BEFORE = FIRST - timedelta(days=28)
CLOSE = {"rel": 1e-6, "abs": 0.01}
ARMS = ["treated"] * 48 + ["control"] * 30 + ["holdout"] * 12
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
Told = Sequence[tuple[Sale, str | None]]


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    """Ninety people with a card each: C000, C001, …"""
    with tx() as t:
        world.open_shop(t, live=False)
        people = [
            NewRecord("pos", card, credentials=(NewCredential("card", card, verified=True),))
            for card in cards()
        ]
        records.register(t, people, **BY)
    return Tx()


def cards() -> list[str]:
    return [f"C{n:03}" for n in range(len(ARMS))]


def record_ids() -> dict[str, tuple[int, int]]:
    """(person, record) by card."""
    with tx() as t:
        rows = t.rows(
            "SELECT r.source_key, p.person_id, r.id FROM customers_record r"
            " JOIN customers_personof p ON p.record_id = r.id WHERE r.source_key LIKE 'C%%'"
        )
    return {key: (person, record) for key, person, record in rows}


def assign(given: dict[str, str]) -> None:
    known = record_ids()
    with tx() as t:
        rows = [Assigned(*known[card], arm) for card, arm in given.items()]
        arms.put(t, ORIGIN, rows, assigned_at=world.NOW - timedelta(days=30))


def some_sales(seed: int) -> list[tuple[Sale, str | None]]:
    """Three months in a store, another store and the web shop; some by nobody known."""
    rng = random.Random(seed)
    told = []
    for _ in range(600):
        card = rng.choice([*cards(), None])
        items = [(rng.choice(list(PRICE)), rng.randint(1, 3)) for _ in range(rng.randint(1, 3))]
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * 90))
        web = {"place": "web", "channel": "ec"} if rng.random() < 0.3 else {}
        told.append((world.sale(*items, member=card, at=at, **web), card))
    return told


def asked(**other: object) -> Asked:
    plain = {"origin": ORIGIN, "first_on": FIRST, "last_on": LAST, "until": LAST, "people": 90}
    return Asked(**(plain | other))


def answered(folder: Path, question: Asked) -> Effect:
    found = Analyst(folder)
    found.catch_up(recorded_at=world.NOW)
    found.answer(question.question, recorded_at=world.NOW)
    with tx() as t:
        result = effects.effect(t, question, wait=False)
    assert result is not None
    return result[0]


def by_hand(
    told: Told, given: dict[str, str], kind: str = ""
) -> dict[str, list[tuple[float, float]]]:
    """(profit in the window, profit before) of every person assigned, by arm."""
    after, before = defaultdict(float), defaultdict(float)
    for sale, card in told:
        day = business_date(sale)
        if FIRST <= day <= LAST and (not kind or sale.channel == kind):
            after[card] += profit(sale)
        if BEFORE <= day < FIRST:
            before[card] += profit(sale)
    found = defaultdict(list)
    for card, arm in given.items():
        found[arm].append((after[card], before[card]))
    return found


def adjusted_difference(arms_: dict[str, list[tuple[float, float]]]) -> float:
    """CUPED by hand: θ within the arms, then the difference of the adjusted means."""
    top = below = 0.0
    for people in arms_.values():
        y, x = (fmean(column) for column in zip(*people, strict=True))
        top += sum((a - y) * (b - x) for a, b in people)
        below += sum((b - x) ** 2 for _, b in people)
    means = {n: [fmean(column) for column in zip(*arms_[n], strict=True)] for n in arms_}
    (y1, x1), (y0, x0) = means["treated"], means["control"]
    return (y1 - y0) - top / below * (x1 - x0)


@pytest.mark.parametrize("seed", range(2))
def test_every_figure_equals_plain_loops(shop: Tx, tmp_path: Path, seed: int) -> None:
    given = dict(zip(cards(), random.Random(seed).sample(ARMS, len(ARMS)), strict=True))
    told = some_sales(seed)
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    assign(given)
    found = answered(tmp_path, asked())
    people = by_hand(told, given)
    for arm in found.arms:
        own = {card for card in given if given[card] == arm.name}
        bought = [c for s, c in told if c in own and FIRST <= business_date(s) <= LAST]
        assert (arm.people, arm.buyers, arm.receipts) == (len(own), len(set(bought)), len(bought))
        assert arm.profit_minor == pytest.approx(sum(a for a, _ in people[arm.name]), **CLOSE)
        assert arm.before_minor == pytest.approx(sum(b for _, b in people[arm.name]), **CLOSE)
    (treated, control) = ([a for a, _ in people[name]] for name in ("treated", "control"))
    assert found.plain.difference == pytest.approx(fmean(treated) - fmean(control), **CLOSE)
    parts = [variance(one) / len(one) for one in (treated, control)]
    welch = sum(parts)
    pooled = (variance(treated) * 47 + variance(control) * 29) / 76 * (1 / 48 + 1 / 30)
    df = welch**2 / (parts[0] ** 2 / 47 + parts[1] ** 2 / 29) if welch > pooled else 76
    half = stats.t.ppf(0.975, df) * math.sqrt(max(welch, pooled))
    assert found.plain.fixed.high - found.plain.difference == pytest.approx(half, **CLOSE)
    two = {name: people[name] for name in ("treated", "control")}
    assert found.cuped.difference == pytest.approx(adjusted_difference(two), **CLOSE)
    assert found.reading == found.cuped
    for channel in found.channels:
        own = by_hand(told, given, channel.kind)
        assert channel.treated_mean == pytest.approx(fmean(a for a, _ in own["treated"]), **CLOSE)
        assert channel.against_mean == pytest.approx(fmean(a for a, _ in own["control"]), **CLOSE)
    assert {one.kind for one in found.channels} == {"store", "ec"}
    parts_ = sum(one.reading.difference for one in found.channels)
    assert parts_ == pytest.approx(found.cuped.difference, **CLOSE)
    everything = sum(profit(s) for s, _ in told if FIRST <= business_date(s) <= LAST)
    assert found.goods.after_minor == pytest.approx(everything, **CLOSE)


def test_who_noticed_nothing_and_bought_nothing_counts_too(shop: Tx, tmp_path: Path) -> None:
    """Two treated people bought in a store; the forty-six others count with nothing."""
    given = dict(zip(cards(), ARMS, strict=True))
    with tx() as t:
        bought = (("C000", 1), ("C001", 3), ("C080", 1), (None, 9))
        world.sold(t, *[world.sale(("CHA-01", qty), member=card) for card, qty in bought])
    assign(given)
    found = answered(tmp_path, asked())
    treated, holdout = found.arm("treated"), found.arm("holdout")
    assert (treated.people, treated.buyers, treated.mean_minor) == (
        48,
        2,
        pytest.approx(500 * 4 / 48),
    )
    assert (holdout.people, holdout.buyers, holdout.profit_minor) == (12, 1, pytest.approx(500))
    assert found.arm("control").profit_minor == 0
    assert [(one.arm, one.receipts, round(one.profit_minor)) for one in found.people] == [
        ("treated", 1, 1_500), ("treated", 1, 500), ("holdout", 1, 500)
    ]  # fmt: skip
    assert found.against == "control"
    assert found.holdout.difference == pytest.approx(500 * 4 / 48 - 500 / 12)


def test_who_was_merged_keeps_the_first_arm_and_is_named(shop: Tx, tmp_path: Path) -> None:
    """C000 (treated) and C050 (control) turn out to be one: treated, and a conflict."""
    given = dict(zip(cards(), ARMS, strict=True))
    assign(given)
    with tx() as t:
        proof = (NewCredential("mail", "one@kaze.example", verified=True),)
        records.register(
            t, [NewRecord("pos", key, credentials=proof) for key in ("C000", "C050")], **BY
        )
        world.sold(
            t, world.sale(("CHA-01", 1), member="C000"), world.sale(("CHA-01", 1), member="C050")
        )
    found = answered(tmp_path, asked())
    assert found.conflicts == 1
    assert found.arm("treated").people == 48
    assert found.arm("treated").profit_minor == pytest.approx(1_000)
    assert found.arm("control").people == 29
    assert found.arm("treated").buyers == 1


def test_without_a_control_there_is_before_and_after_and_no_verdict(
    shop: Tx, tmp_path: Path
) -> None:
    """P-29: said as what it is, not as an effect."""
    assign(dict.fromkeys(cards(), "treated"))
    told = some_sales(9)
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    found = answered(tmp_path, asked())
    people = by_hand(told, dict.fromkeys(cards(), "treated"))["treated"]
    assert (found.against, found.plain, found.cuped, found.channels) == ("", None, None, ())
    pair = found.before_after
    assert pair.after_mean == pytest.approx(fmean(a for a, _ in people), **CLOSE)
    assert pair.before_mean == pytest.approx(fmean(b for _, b in people), **CLOSE)
    told_ = stats.ttest_rel(*zip(*people, strict=True)).confidence_interval()
    assert (pair.low, pair.high) == (
        pytest.approx(told_.low, **CLOSE),
        pytest.approx(told_.high, **CLOSE),
    )


def test_without_a_list_the_goods_stand_alone(shop: Tx, tmp_path: Path) -> None:
    with tx() as t:
        world.sold(
            t,
            world.sale(("CHA-01", 2)),
            world.sale(("NUNO-01", 1)),
            world.sale(("CHA-01", 5), at=world.NOW - timedelta(days=40)),
        )
        sku = t.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    found = answered(tmp_path, asked(people=0, sku_ids=(sku,)))
    assert (found.arms, found.against, found.before_after) == ((), "", None)
    assert (found.goods.before_units, found.goods.after_units) == (5, 2)
    assert found.goods.after_minor == pytest.approx(1_000)
    assert found.sample_ratio.p_value is None


def test_only_the_days_that_have_passed_are_compared(shop: Tx, tmp_path: Path) -> None:
    """On the seventh of 28 days the time before is seven days long, and the verdict can change."""
    assign(dict(zip(cards(), ARMS, strict=True)))
    seventh = FIRST + timedelta(days=6)
    told = some_sales(3)
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    found = answered(tmp_path, asked(until=seventh))
    assert (found.until, found.before_on) == (seventh, FIRST - timedelta(days=7))
    assert (found.is_final, found.elapsed) == (False, 0.25)
    in_it = [profit(s) for s, c in told if c and FIRST <= business_date(s) <= seventh]
    assert sum(one.profit_minor for one in found.arms) == pytest.approx(sum(in_it), **CLOSE)
    assert found.plain.verdict == "unclear"


def test_people_missing_from_an_arm_are_noticed(shop: Tx, tmp_path: Path) -> None:
    assign(dict(zip(cards(), ARMS, strict=True)))
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member="C000"))
    assert answered(tmp_path, asked()).sample_ratio.p_value is None
    kept = answered(tmp_path, asked(control=30 / 78, holdout=12 / 90)).sample_ratio
    assert (kept.mismatch, kept.p_value) == (False, pytest.approx(1))
    gone = answered(tmp_path, asked(control=0.8, holdout=12 / 90)).sample_ratio
    assert gone.mismatch


def test_before_its_first_day_there_is_nothing_to_say(shop: Tx, tmp_path: Path) -> None:
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member="C000"))
    question = asked(first_on=LAST + timedelta(days=5), last_on=LAST + timedelta(days=9))
    found = Analyst(tmp_path)
    found.catch_up(recorded_at=world.NOW)
    found.answer(question.question, recorded_at=world.NOW)
    with tx() as t:
        assert effects.effect(t, question, wait=False) is None


def test_a_question_is_read_as_it_was_written() -> None:
    one = asked(control=0.1, holdout=0.05, sku_ids=(3, 7))
    assert Asked.parse(one.question.params) == one
    assert asked(sku_ids=()) == Asked.parse(asked().question.params)
    assert one.planned("control") == {"treated": 0.95 * 0.9, "control": 0.95 * 0.1}
    assert one.planned("") is None
    assert asked().planned("control") is None
