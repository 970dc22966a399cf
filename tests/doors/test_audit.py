"""`goen audit`: fine after a day of trade; whatever is broken by SQL is named."""

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.doors.cli.audit import audit, audited
from goen.insight import lake
from goen.kit import home
from goen.kit.db import Tx
from goen.orders.sale import SaleTender
from tests import world


@pytest.fixture
def shop(tx_db: None) -> Tx:
    """Sales of every sort: known and anonymous, promised, unbooked, history, two tenders."""
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "KASHI-01", 20)
    web = NewRecord(
        "ec", "E-1", mail="takahashi@kaze.example",
        credentials=(NewCredential("card", "G1040001", verified=True),),
    )  # fmt: skip
    records.register(t, [web], actor=world.ACTOR, recorded_at=world.NOW)
    both = (SaleTender("cash", 1_000, 2_000), SaleTender("card", 644))
    answers = world.sold(
        t,
        world.sale(("KASHI-01", 2), ("NUNO-01", 1), tenders=both, member="G1040001"),
        world.sale(("KASHI-01", 3), handed_over=False),
        world.sale(("UTSUWA-01", 1)),
        world.sale(("CHA-01", 1), at=world.NOW - timedelta(days=700), tenders=()),
    )
    assert all(hasattr(a, "repeated") for a in answers), answers
    return t


def run(*options: str) -> Result:
    return CliRunner().invoke(audit, options)


def test_a_traded_shop_adds_up(shop: Tx) -> None:
    result = audited(shop)
    assert result == {"ok": True, "moves": 11, "broken": []}
    run_ = run("--json")
    assert run_.exit_code == 0
    assert json.loads(run_.output) == result
    assert re.fullmatch(r"ok: 11 moves add up \(\d+\.\d s\)\n", run().output)


ORDER = "(SELECT uid FROM orders_order ORDER BY id LIMIT 1)"
RECORD = "(SELECT id FROM customers_record WHERE source_key = 'M-003')"
SKU = "(SELECT id FROM catalogue_sku WHERE code = 'KASHI-01')"
PLACE = "(SELECT id FROM places_place WHERE code = 'shibuya')"
SHELF = (
    f"(SELECT id FROM ledger_account WHERE unit = 'goods:' || {SKU}"
    f" AND holder = 'place:' || {PLACE} || ':sellable')"
)
# what is done to the books, and what the audit must name: each is an SQL expression of a text
BREAKS = {
    "a balance changed": (
        f"UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = {SHELF}",
        [f"'goods:' || {SKU}", f"'place:' || {PLACE} || ':sellable'", "'is 16'", "'say 15'"],
    ),
    "a goods move deleted": (
        f"DELETE FROM ledger_move WHERE reason = 'sale' AND source_id = {SHELF}"
        f" AND request = {ORDER}",
        [f"{ORDER}::text", f"'goods:' || {SKU}", f"'place:' || {PLACE} || ':sellable'"],
    ),
    "a money move deleted": (
        f"DELETE FROM ledger_move WHERE reason = 'tender' AND qty = 644 AND request = {ORDER}",
        [f"{ORDER}::text", "'paid 1644'", "'booked 1000'"],
    ),
    "a move's quantity changed": (
        f"UPDATE ledger_move SET qty = 1 WHERE reason = 'sale' AND source_id = {SHELF}"
        f" AND request = {ORDER}",
        [f"{ORDER}::text", f"'goods:' || {SKU}", "'moved 1'"],
    ),
    "a pending without a hold": (
        f"UPDATE ledger_balance SET pending = 2 WHERE account_id = {SHELF}",
        [f"'goods:' || {SKU}", f"'place:' || {PLACE} || ':sellable'", "'is 2'", "'say 0'"],
    ),
    "a floor taken away": (
        f"UPDATE ledger_account SET floor = NULL WHERE id = {SHELF}",
        [f"'goods:' || {SKU}", f"'place:' || {PLACE} || ':sellable'", "'floor'"],
    ),
    "a tender changed": (
        f"UPDATE payments_tender SET amount_minor = 645 WHERE kind = 'card' AND document = {ORDER}",
        [f"{ORDER}::text", "'comes to 1644'", "'tenders to 1645'"],
    ),
    "a tender deleted": (
        f"DELETE FROM payments_tender WHERE kind = 'card' AND document = {ORDER}",
        [f"{ORDER}::text", "'tenders to 1000'"],
    ),
    "a tender of nothing": (
        "INSERT INTO payments_tender (document, line, kind, amount_minor, tendered_minor, currency)"
        " VALUES ('00000000-0000-7000-8000-00000000abcd', 0, 'card', 5, 5, 'JPY')",
        ["'00000000-0000-7000-8000-00000000abcd'"],
    ),
    "a line's quantity changed": (
        f"UPDATE orders_line SET qty = 7 WHERE line_no = 1 AND order_id ="
        f" (SELECT id FROM orders_order WHERE uid = {ORDER})",
        [f"{ORDER}::text", f"'goods:' || {SKU}", "'sold 7'", "'moved 2'"],
    ),
    "a line's amount changed": (
        f"UPDATE orders_line SET amount_minor = 1 WHERE line_no = 1 AND order_id ="
        f" (SELECT id FROM orders_order WHERE uid = {ORDER})",
        [f"{ORDER}::text", "'says 1644'", "'lines say 1321'"],
    ),
    "a total changed": (
        f"UPDATE orders_order SET total_minor = 1 WHERE uid = {ORDER}",
        [f"{ORDER}::text", "'comes to 1'", "'says 1'"],
    ),
    "a discount changed": (
        f"UPDATE orders_order SET discount_minor = 9, discount_code = 'other' WHERE uid = {ORDER}",
        [f"{ORDER}::text", "'took 9 off'", "'bear 0'"],
    ),
    "a line's share changed": (
        f"UPDATE orders_line SET share_minor = 9 WHERE line_no = 1 AND order_id ="
        f" (SELECT id FROM orders_order WHERE uid = {ORDER})",
        [f"{ORDER}::text", "'took 0 off'", "'bear 9'"],
    ),
    "a rate's total changed": (
        f"UPDATE orders_tax SET gross_minor = 325 WHERE tax_class = 'reduced' AND order_id ="
        f" (SELECT id FROM orders_order WHERE uid = {ORDER})",
        [f"{ORDER}::text", "'taxes 325 as reduced at 800 bp'", "'lines say 324'"],
    ),
    "a rate's tax deleted": (
        f"DELETE FROM orders_tax WHERE tax_class = 'reduced' AND order_id ="
        f" (SELECT id FROM orders_order WHERE uid = {ORDER})",
        [f"{ORDER}::text", "'taxes 0 as reduced at 800 bp'", "'lines say 324'"],
    ),
    "a total of history changed": (
        "UPDATE orders_order SET total_minor = 1 WHERE history",
        ["(SELECT uid::text FROM orders_order WHERE history)", "'lines say 1296'"],
    ),
    "a record that is nobody": (
        f"DELETE FROM customers_personof WHERE record_id = {RECORD}",
        [f"'record ' || {RECORD} || ' is no person'"],
    ),
    "a record of a person who was merged away": (
        "UPDATE customers_personof SET person_id ="
        " (SELECT id FROM customers_person WHERE merged_into_id IS NOT NULL)"
        f" WHERE record_id = {RECORD}",
        [f"'record ' || {RECORD}", "'merged away'"],
    ),
    "two people who are one": (
        "INSERT INTO customers_edge (record_a_id, record_b_id, kind, rule, evidence, actor,"
        " created_at) SELECT record_a_id, record_b_id, 'cannot', 'manual', '{}', 'staff:a',"
        " created_at FROM customers_edge",
        ["(SELECT format('records %%s and %%s', record_a_id, record_b_id) FROM customers_edge)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_named(shop: Tx, what: str) -> None:
    statement, expected = BREAKS[what]
    names = [shop.value(f"SELECT {text}") for text in expected]
    assert shop.execute(statement) == 1, statement
    result = audited(shop)
    assert not result["ok"]
    said = "\n".join(result["broken"])
    assert [name for name in names if name not in said] == [], said
    one = run("--json")
    assert one.exit_code == 1
    assert set(json.loads(one.output)) == {"ok", "moves", "broken"}
    assert run().output.startswith("broken: ")


def written(t: Tx, *, ago: timedelta) -> None:
    """A consumer is there, and a notice waits for it since a while."""
    t.execute("DELETE FROM kit_notice")
    t.execute("INSERT INTO kit_relay (consumer, xid, notice_id) VALUES ('journal', '0', 0)")
    t.execute(
        "INSERT INTO kit_notice (kind, key, body, recorded_at)"
        " VALUES ('SaleBooked', 'k', '{}', %s)",
        [world.NOW - ago],
    )


def test_a_notice_is_stuck_when_it_waits_for_long_while_somebody_tells(shop: Tx) -> None:
    """Right after a sale nothing is stuck; nor is anything while no worker runs."""
    told_by = world.NOW - timedelta(minutes=1)
    written(shop, ago=timedelta(seconds=59))
    assert audited(shop, told_by=told_by)["broken"] == []
    written_before = "UPDATE kit_notice SET recorded_at = %s"
    shop.execute(written_before, [world.NOW - timedelta(seconds=61)])
    assert audited(shop)["broken"] == []
    assert audited(shop, told_by=told_by)["broken"] == ["1 notices wait for journal"]
    shop.execute("UPDATE kit_relay SET moved_at = %s", [world.NOW - timedelta(seconds=5)])
    assert audited(shop, told_by=told_by)["broken"] == []


def test_a_parked_notice_is_named(shop: Tx) -> None:
    written(shop, ago=timedelta(0))
    shop.execute(
        "INSERT INTO kit_parkednotice (consumer, notice_id, error, parked_at)"
        " SELECT 'journal', id, 'ValueError()', %s FROM kit_notice",
        [world.NOW],
    )
    notice = shop.value("SELECT id FROM kit_notice")
    assert audited(shop)["broken"] == [
        f"notice {notice} (SaleBooked) is parked for journal: ValueError()"
    ]


def test_a_lake_with_other_lines_is_named(shop: Tx) -> None:
    path = lake.folder_of(home.current_shop_name()) / "manifest.json"
    home.write_json(path, {"rows": 3, "watermark": 1})
    try:
        (said,) = audited(shop)["broken"]
    finally:
        path.unlink()
    assert said.startswith("the lake has 3 lines, the database had 0 by then")
    assert "goen insight rebuild" in said
