"""A person's own data are whole: no table that is about people is forgotten (L-07)."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goen.behaviour import events
from goen.behaviour.events import NewEvent
from goen.customers import queries, records
from goen.doors import disclosing
from goen.doors.disclosing_tables import NAMED, NOT_THEIRS, OURS, SECTIONS
from goen.kit import ids
from goen.kit.db import Tx
from goen.links import brought
from tests import world
from tests.doors.console.conftest import client, logged_in, person, shop
from tests.links.test_parked import HERS, file_of
from tests.world import ACTOR, NOW, sale, sold

__all__ = ["client", "shop"]

BY: dict[str, Any] = {"actor": ACTOR, "recorded_at": NOW}
OF_PEOPLE = re.compile(r"(.*_)?(record|person|visitor|customer|member|buyer)(_.*)?|people|subject")
"""How a column is called that says who somebody is."""
PEOPLE = {"customers_record", "customers_person", "customers_address", "points_account"}
BELOW = ("places_", "catalogue_", "kit_")
"""Packages that know of no people: what hangs on their rows is no more about somebody."""
NEVER = {"marketing_message", "links_reconciled"}
"""Their `subject` is no person: of a mail to many, and what is counted."""


def personal(t: Tx) -> set[str]:
    """Tables of the shop with a column that says who, and all that hang on one of them."""
    columns = t.rows(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN information_schema.tables b USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND b.table_type = 'BASE TABLE'"
        " AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.table_name::regclass)"
        " AND c.table_name ~ '^(kit|ledger|customers|points|payments|behaviour|orders|insight"
        "|marketing|links|stock)_'"
    )
    found = PEOPLE | {table for table, column in columns if OF_PEOPLE.fullmatch(column)}
    found -= NEVER
    keys = t.rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conparentid = 0"
    )
    before: set[str] = set()
    while found != before:
        before = set(found)
        found |= {table for table, to in keys if to in found and not to.startswith(BELOW)}
    return found


BESIDE = {
    "behaviour_visitor", "payments_tender", "payments_refund", "links_delivery",
    "customers_suppression", "links_parkedrow", "kit_notice", "ledger_move", "ledger_pending",
}  # fmt: skip
"""Tables that name people in words or by an opaque number, where no rule would look."""


def test_every_table_about_people_is_told_or_says_why_not(shop: Tx) -> None:
    told = {section.table for section in SECTIONS}
    assert told & NOT_THEIRS.keys() == set()
    assert personal(shop) - told - NOT_THEIRS.keys() == set()
    assert (told | NOT_THEIRS.keys()) - personal(shop) == BESIDE
    assert all(NOT_THEIRS.values())


def test_every_section_has_a_name_of_its_own_and_asks_only_for_one_person(shop: Tx) -> None:
    names = [section.name for section in SECTIONS]
    assert len(names) == len(set(names))
    nobody = disclosing.tables(shop, 0, [])
    assert list(nobody) == names
    assert not any(nobody.values())


@pytest.fixture
def hers(shop: Tx) -> int:
    """Somebody of whom something is known in many ways."""
    record = records.register(shop, [HERS], **BY)["ec", "E-77"]
    world.stocked(shop, "CHA-01", 5)
    sold(shop, sale(("CHA-01", 2), member="G7770001"), sale(("CHA-01", 1), member="G1040001"))
    brought.put_traits(shop, "ec", [("E-77", "income", "150-174K")])
    asked = NewEvent("ec", "m-1", "ask", NOW, record_id=record, text="欠けていませんか")
    looked = NewEvent("ec", "m-2", "search", NOW - timedelta(hours=1), visitor="v-1", text="急須")
    named = NewEvent("ec", "m-3", "visit", NOW, record_id=record, visitor="v-1")
    events.keep(shop, [asked, looked, named], **BY)
    file_of(shop, (("2026/11/05", "E-77", "最中", "0", ""), ("2026/11/05", "B-1", "最中", "0", "")))
    shop.execute(
        "INSERT INTO marketing_task (uid, record_id, title, text, due_on, made_at, done_at,"
        " done_by, note)"
        " VALUES (%s, %s, 'お声がけ', '', '2026-11-20', %s, %s, 'staff:sato', '喜ばれた')",
        [ids.new_id(), record, NOW, NOW],
    )
    return queries.person_of_records(shop, [record])[record]


def test_what_others_told_and_what_we_noted_is_in_the_file(shop: Tx, hers: int) -> None:
    told = disclosing.everything(shop, hers, at=NOW, today=NOW.date())
    tables = told["everything"]
    assert [(one["name"], one["value"]) for one in tables["told_by_other_systems"]] == [
        ("income", "150-174K")
    ]
    assert [one["text"] for one in tables["events"]] == ["急須", "欠けていませんか", ""]
    assert [one["note"] for one in tables["tasks_about_you"]] == ["喜ばれた"]
    assert [one["total_minor"] for one in tables["documents"]] == [2_592]
    assert [one["article"]["en"] for one in tables["lines"]] == ["Sencha Saemidori"]
    assert tables["documents"][0]["place"]["en"] == "Shibuya"
    assert [one["row"] for one in told["rows_not_loaded"]] == [2]
    assert ["会員", "E-77"] in told["rows_not_loaded"][0]["cells"]
    assert json.dumps(told, default=str)


def test_nothing_opens_a_door_or_names_staff_or_says_what_goods_cost(shop: Tx, hers: int) -> None:
    told = disclosing.everything(shop, hers, at=NOW, today=NOW.date())["everything"]
    columns = {column for rows in told.values() for row in rows for column in row}
    assert columns & (OURS | NAMED.keys() - {"first_place", "main_place", "first_channel"}) == set()
    assert not {
        one
        for one in columns
        if one.endswith(("_id", "_hash", "_by")) and one not in {"person_id", "own_id"}
    }
    assert "sato" not in json.dumps(told, default=str)


def test_nothing_of_anybody_else_is_in_it(shop: Tx, hers: int) -> None:
    said = json.dumps(
        disclosing.everything(shop, hers, at=NOW, today=NOW.date()), default=str, ensure_ascii=False
    )
    for others in ("G1040001", "高橋", "M-001", "B-1"):
        assert others not in said, others


def test_head_office_takes_the_file_and_the_trail_says_so(
    client: Client, shop: Tx, hers: int
) -> None:
    answer = client.get(f"/customers/{hers}/data.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["everything"]["told_by_other_systems"]
    seen = shop.rows("SELECT subject, detail FROM kit_trail WHERE verb = 'see'")
    assert seen == [(str(hers), {"purpose": "authority", "role": "hq"})]
    assert client.get("/customers/999999/data.json").status_code == 404
    assert f"/customers/{hers}/data.json" in client.get(f"/customers/{hers}").content.decode()


@pytest.mark.parametrize("role", ["marketer", "store", "operations", "partner"])
def test_nobody_else_takes_it(shop: Tx, role: str) -> None:
    card = person(shop, "G1040001")
    assert logged_in(role).get(f"/customers/{card}/data.json").status_code == 403
