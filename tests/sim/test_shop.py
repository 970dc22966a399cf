"""The simulated shop is the same for the same seed, and believable."""

import statistics
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import phonenumbers
import pytest
from stdnum import ean
from stdnum.jp import cn

from sim.masters import ENTITY, PLACES
from sim.miyabido import World, build
from sim.names import surnames
from sim.people import NEVER
from sim.seasons import is_open, is_payday
from sim.world import Receipt

END = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=2_000)


@pytest.fixture(scope="module")
def receipts(world: World) -> list[Receipt]:
    return list(world.receipts())


def test_the_same_seed_is_the_same_shop_down_to_every_receipt():
    one, two = (build(seed=7, end=END, count=300, months=4) for _ in range(2))
    assert list(one.receipts()) == list(two.receipts())
    assert list(one.records()) == list(two.records())
    other = build(seed=8, end=END, count=300, months=4)
    assert list(one.receipts()) != list(other.receipts())


def test_months_may_be_asked_for_in_any_order():
    late_first = build(seed=7, end=END, count=300, months=4)
    late = list(late_first.receipts(since=END - timedelta(days=27)))
    early = list(late_first.receipts(until=END - timedelta(days=28)))
    assert early + late == list(build(seed=7, end=END, count=300, months=4).receipts())


def test_trade_ends_on_the_end_date_and_covers_the_months(receipts):
    assert receipts[-1].occurred_at.date() == END
    assert receipts[0].occurred_at.date() == date(2024, 11, 22)
    assert all(a.occurred_at <= b.occurred_at for a, b in pairwise(receipts))


def test_numbers_run_without_gaps_per_till_and_ids_are_unique(receipts):
    tills: dict[str, list[int]] = {}
    for receipt in receipts:
        if receipt.till_code:
            tills.setdefault(receipt.till_code, []).append(receipt.till_seq)
    assert len(tills) == 8
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in tills.values())
    assert len({r.uid for r in receipts}) == len(receipts)
    assert len({(r.source, r.source_no) for r in receipts}) == len(receipts)


def test_tenders_add_up_to_the_lines_and_only_cash_gets_change(receipts):
    for receipt in receipts:
        assert receipt.lines
        assert sum(t.amount_minor for t in receipt.tenders) == receipt.total_minor > 0
        for tender in receipt.tenders:
            assert tender.tendered_minor >= tender.amount_minor > 0
            assert tender.kind == "cash" or tender.tendered_minor == tender.amount_minor
    assert any(t.tendered_minor > t.amount_minor for r in receipts for t in r.tenders)


def test_prices_are_those_of_the_day(world, receipts):
    prices = {sku.code: sku.prices for sku in world.skus}
    changed = [dated for dated in prices.values() if len(dated) == 2]
    assert len(changed) > 30
    for receipt in receipts:
        day = receipt.occurred_at.date()
        for line in receipt.lines:
            valid = [dated.value for dated in prices[line.sku_code] if dated.valid_from <= day]
            assert line.unit_price_minor == valid[-1]


def test_stores_sell_in_opening_hours_and_the_web_in_the_evening(receipts):
    stores = [r.occurred_at for r in receipts if r.source == "pos"]
    assert all(10 <= at.hour < 20 and is_open(at.date()) for at in stores)
    web = Counter(r.occurred_at.hour for r in receipts if r.source == "ec")
    every = web.total()
    assert sum(web[h] for h in (20, 21, 22, 23)) > 0.35 * every
    assert max(web, key=lambda hour: web[hour]) in {21, 22}
    assert sum(web[h] for h in (2, 3, 4)) <= 0.005 * every, "next to nobody shops then"
    assert web[6] > web[1], "who is left in that gap comes early in the morning"


def test_weekends_paydays_and_year_end_show(world, receipts):
    sold = Counter(r.occurred_at.date() for r in receipts if r.source == "pos")
    days = [world.start + timedelta(days=n) for n in range((END - world.start).days + 1)]
    plain = [day for day in days if day.month not in {12, 1}]

    def mean(chosen):
        return statistics.mean(sold[day] for day in chosen)

    assert mean(d for d in plain if d.weekday() == 5) > 1.15 * mean(
        d for d in plain if d.weekday() < 4
    )
    weekdays = [d for d in plain if d.weekday() < 5]
    assert mean(filter(is_payday, weekdays)) > 1.1 * mean(d for d in weekdays if not is_payday(d))
    assert mean(d for d in days if (d.month, d.day) >= (12, 20)) > 1.1 * mean(plain)


def test_about_37_percent_of_store_sales_are_anonymous_and_no_other(receipts):
    stores = [r for r in receipts if r.source == "pos"]
    share = sum(r.member is None for r in stores) / len(stores)
    assert share == pytest.approx(0.37, abs=0.02)
    assert all(r.member is not None for r in receipts if r.source != "pos")


@pytest.mark.parametrize("size", [{}, {"count": 150, "months": 3}, {"count": 120, "months": 1}])
def test_everybody_shows_a_key_their_system_had_given_them_by_then(size):
    world = build(end=END, **size)
    receipts = world.receipts()
    records = {(r.source, r.source_key): r for r in world.records()}
    for receipt in receipts:
        if receipt.member:
            record = records[receipt.source, receipt.member.value]
            assert record.joined_on <= receipt.occurred_at.date()


def test_some_people_use_several_channels_and_some_keys_prove_it(world):
    records: dict[int, dict] = {}
    for record in world.records():
        records.setdefault(record.true_person, {})[record.source] = record
    both = [r for r in records.values() if {"pos", "ec"} <= set(r)]
    proven = [r for r in both if r["pos"].mail_verified and r["pos"].mail == r["ec"].mail != ""]
    assert 0.22 < len(proven) / len(both) < 0.38
    assert any(r["pos"].family_name != r["ec"].family_name != "" for r in both)
    proofs = Counter(r.mail for p in records.values() for r in p.values() if r.mail_verified)
    assert all(count <= 2 for count in proofs.values())


def test_nobody_can_be_written_or_rung(world):
    phones = [place.phone for place in PLACES] + [ENTITY.phone]
    for record in world.records():
        assert not record.mail or record.mail.endswith(".example")
        phones += [record.phone] if record.phone else []
    assert len(phones) > 1000
    for phone in phones:
        assert not phonenumbers.is_valid_number(phonenumbers.parse(phone, "JP")), phone


def test_names_are_family_first_with_kana_and_common_surnames_are_common(world):
    known = {name for name, _ in surnames()[0]}
    records = [r for r in world.records() if r.family_name]
    plain = [r for r in records if r.source == "pos"]
    assert all(r.family_name in known for r in plain)
    assert all(r.family_kana and r.given_kana and r.given_name for r in records)
    top = {name for name, _ in Counter(r.family_name for r in plain).most_common(12)}
    assert len(top & {"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"}) >= 5
    assert any(r.mail == "" and r.phone for r in plain)
    assert any(not r.family_name and r.card_no for r in world.records())


def test_codes_pass_their_checks(world):
    codes = [code for sku in world.skus for code in sku.barcodes]
    assert len(set(codes)) == len(codes) > len(world.skus)
    assert all(ean.is_valid(code) for code in codes)
    assert all(ean.is_valid(r.card_no) for r in world.records() if r.card_no)
    assert ENTITY.registration_no.startswith("T")
    assert cn.is_valid(ENTITY.registration_no[1:])
    assert "架空" in ENTITY.name["ja"]


def test_the_range_is_150_to_250_articles_in_twelve_departments(world):
    assert 150 <= len(world.skus) <= 250
    assert len(world.categories) == 12
    assert all(sku.tax_class == "standard" for sku in world.skus if sku.age20)
    assert {s.tax_class for s in world.skus if s.category_code == "tea"} == {"reduced"}
    for sku in world.skus:
        cost = sku.costs[-1].value
        assert 0.3 < float(cost) / sku.prices[-1].value < 0.8


def test_lives_begin_and_end(world):
    people = world.people
    gone = people.leaves[people.leaves != NEVER] < END.toordinal()
    assert 0.1 < gone.mean() < 0.6
    assert 0.4 < (people.joined < world.start.toordinal()).mean() < 0.6
