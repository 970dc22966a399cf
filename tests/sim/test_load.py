"""The simulated shop enters by the verbs, whole, and may be killed anywhere on the way."""

import json
from collections import Counter, defaultdict
from datetime import date

import pytest
from click.testing import CliRunner

from goen.kit import home, progress
from goen.kit.db import tx
from goen.ledger import checks
from sim import load as loading
from sim import purses
from sim.__main__ import main
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=150, months=3)


class Killed(Exception):  # noqa: N818  named by what happened
    """Stands for a process that dies."""


def quiet(_done: int, _total: int, _label: str) -> None:
    """No report."""


def value(sql: str):
    with tx() as t:
        return t.value(sql)


def who_bought(world: World) -> dict[str, Counter]:
    """Units per SKU and provable person ('' is nobody) in the four weeks, the naive way."""
    people = {(r.source, r.source_key): r for r in world.records()}
    bought: dict[str, Counter] = defaultdict(Counter)
    for receipt in world.receipts(since=world.window[0]):
        who = ""
        if receipt.member:
            record = people[receipt.source, receipt.member.value]
            who = record.mail if record.mail_verified else f"{record.source}:{record.source_key}"
        for line in receipt.lines:
            bought[line.sku_code][who] += line.qty
    return bought


def test_the_first_stage_opens_the_shop_and_repeating_it_changes_nothing(fresh_db, world):
    seen = []
    loading.load_first(
        world, shop=fresh_db.shop, report=lambda *step: seen.append(step), afar=False
    )
    assert seen[-1][0] == seen[-1][1]
    sales = list(world.receipts(since=world.window[0]))
    counts = [
        "SELECT count(*) FROM orders_order WHERE NOT history",
        "SELECT sum(total_minor) FROM orders_order",
        "SELECT count(*) FROM customers_record",
        "SELECT count(*) FROM ledger_move",
    ]
    before = [value(sql) for sql in counts]
    assert before[0] == len(sales)
    assert before[1] == sum(r.total_minor for r in sales)
    assert before[2] == sum(1 for _ in world.records())
    loading.load_first(world, shop=fresh_db.shop, report=quiet, afar=False)
    assert [value(sql) for sql in counts] == before
    least = """
        SELECT min(b.posted) FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
        WHERE starts_with(a.unit, 'goods:')
    """
    assert value(least) >= 4
    assert value("SELECT count(*) FROM points_lot WHERE kind = 'earned'") > 0
    assert value("SELECT count(*) FROM ledger_move WHERE reason = 'sold_unbooked'") == 0
    with tx() as t:
        assert checks.broken(t) == []
    welcome = json.loads((home.shop_dir(fresh_db.shop) / "welcome.json").read_text())
    assert welcome["logins"][0]["login"] == "honbu"
    assert welcome["story"]["url"].startswith("/products/")
    assert welcome["api_key"].startswith("goen_")


def test_what_entered_says_who_bought_it_as_the_naive_count_does(fresh_db, world):
    loading.load_first(world, shop=fresh_db.shop, report=quiet, afar=False)
    with tx() as t:
        rows = t.rows(
            """
            SELECT s.code, p.person_id, sum(l.qty)::int FROM orders_line l
            JOIN orders_order o ON o.id = l.order_id JOIN catalogue_sku s ON s.id = l.sku_id
            LEFT JOIN customers_personof p ON p.record_id = o.record_id GROUP BY 1, 2
            """
        )
    found: dict[str, list[int]] = defaultdict(list)
    nobody: Counter = Counter()
    for code, person, units in rows:
        if person is None:
            nobody[code] += units
        else:
            found[code].append(units)
    expected = who_bought(world)
    assert {code: sorted(units) for code, units in found.items()} == {
        code: sorted(n for who, n in counted.items() if who)
        for code, counted in expected.items()
        if any(counted.keys() - {""})
    }
    assert nobody == Counter({code: counted[""] for code, counted in expected.items()})
    assert max(found[world.story_sku("hit").code]) == 108


def test_the_rest_is_history_and_goes_on_after_being_killed(fresh_db, world, monkeypatch):
    loading.load_first(world, shop=fresh_db.shop, report=quiet, afar=False)
    moved = value("SELECT count(*) FROM ledger_move")
    real, calls = loading._sell, []

    def dying(receipts):
        calls.append(len(receipts))
        real(receipts)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(loading, "_BATCH", 100)
    monkeypatch.setattr(loading, "_sell", dying)
    with pytest.raises(Killed):
        loading.load_rest(world, shop=fresh_db.shop, report=quiet)
    monkeypatch.setattr(loading, "_sell", real)
    loading.load_rest(world, shop=fresh_db.shop, report=quiet)
    assert value("SELECT count(*) FROM orders_order") == world.count()
    assert value("SELECT sum(total_minor) FROM orders_order") == sum(
        r.total_minor for r in world.receipts()
    )
    assert value("SELECT count(*) FROM ledger_move") == moved
    with tx() as t:
        work = progress.one(t, "sim")
        assert (work.done, work.total, work.error) == (work.total, work.total, "")
        assert work.finished_at is not None
        assert checks.broken(t) == []


def test_both_stages_use_the_size_the_shop_was_begun_with(fresh_db):
    run = CliRunner(env={"GOEN_SHOP": fresh_db.shop})
    begun = ["load", "--shop", fresh_db.shop, "--people", "120", "--months", "2"]
    first = run.invoke(main, [*begun, "--end", "2026-11-20", "--stage", "first"])
    assert first.exit_code == 0, first.output
    assert first.output.splitlines()[-1].startswith("progress ")
    rest = run.invoke(main, ["load", "--shop", fresh_db.shop, "--stage", "rest"])
    assert rest.exit_code == 0, rest.output
    expected = build(end=END, count=120, months=2)
    assert value("SELECT count(*) FROM customers_record") == sum(1 for _ in expected.records())
    told = (
        "SELECT count(*) FROM orders_order WHERE source_no ~ '^(EC|IR|KD|TS|shi-|kic-|mot-|kam-)'"
    )
    assert value(told) == expected.count()
    unknown = sum(receipt.member is None for receipt in expected.receipts())
    assert value(f"{told} AND record_id IS NULL") == unknown
    names = purses.accounts(expected)
    named = {names[r.source_key] for r in expected.records() if r.source_key in names}
    assert value("SELECT count(*) FROM points_account") == len(named) + expected.cast.size
