"""A shop of the first version comes to the newest with everything it had."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.test import Client

from goen.doors.cli.audit import audited
from goen.insight import analyst, lake, queries
from goen.kit import clock, databases, home
from goen.kit.db import Tx, tx
from goen.orders.selling import sell
from goen.places.models import Staff
from tests import world
from tests.conftest import FreshDatabase

NEWEST = "SELECT max(xid::text::bigint) FROM public.ledger_move"
KEPT = Path(__file__).parent / "data" / "upgrade"
ADDED_TO = {"django_migrations", "django_content_type", "auth_permission", "kit_trail"}
"""Tables that a migration itself adds rows to."""
TOTALS = """
SELECT (SELECT sum(total_minor) FROM orders_order), (SELECT sum(amount_minor) FROM orders_line),
       (SELECT sum(amount_minor) FROM payments_tender), (SELECT sum(qty) FROM ledger_move),
       (SELECT md5(string_agg(account_id || ':' || posted, ',' ORDER BY account_id))
        FROM ledger_balance),
       (SELECT md5(string_agg(record_id || ':' || person_id, ',' ORDER BY record_id))
        FROM customers_personof)
"""


@pytest.fixture
def first(fresh_db: FreshDatabase) -> FreshDatabase:
    """The database as the first version left it."""
    dump = gzip.decompress((KEPT / "first.sql.gz").read_bytes()).decode()
    with fresh_db.connect() as plain:
        plain.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        plain.execute(_without_meta_commands(dump).encode())
        (newest,) = plain.execute(NEWEST).fetchone()  # type: ignore[misc]
    databases.count_up_to(newest + 1)
    return fresh_db


def _without_meta_commands(dump: str) -> str:
    """Statements alone: lines that begin with a backslash are for psql."""
    return re.sub(r"^\\.*$", "", dump, flags=re.MULTILINE)


def _counts(plain: psycopg.Connection) -> dict[str, int]:
    names = plain.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {
        name: plain.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # type: ignore[index]
        for (name,) in names
    }


def test_the_first_shop_comes_to_the_newest_version(first: FreshDatabase) -> None:
    with first.connect() as plain:
        plain.execute("SET search_path = public")
        before, totals = _counts(plain), plain.execute(TOTALS).fetchone()
    assert before["orders_order"] == 577
    assert before["ledger_move"] == 1_128
    call_command("migrate", verbosity=0)
    with first.connect() as plain:
        after = _counts(plain)
        assert {name: after[name] for name in before.keys() - ADDED_TO} == {
            name: count for name, count in before.items() if name not in ADDED_TO
        }
        assert plain.execute(TOTALS).fetchone() == totals
    assert not call_command("migrate", check_unapplied=True, verbosity=0)
    with tx() as t:
        assert audited(t) == {"ok": True, "moves": 1_128, "broken": []}
    _figures_are_as_they_were()
    _trade_goes_on()


def _figures_are_as_they_were() -> None:
    """What the first version answered, the newest answers."""
    folder = lake.folder_of(home.current_shop_name())
    with analyst.only_one(folder):
        analyst.work_once(analyst.Analyst(folder))
    with tx() as t:
        value = queries.ltv(t)
        assert audited(t)["ok"]
    told: dict[str, Any] = json.loads((KEPT / "first.json").read_text())
    assert value is not None
    now = {name: getattr(value, name) for name in told if not name.endswith("_on")}
    now |= {name: str(getattr(value.period, name)) for name in ("first_on", "last_on")}
    assert now == pytest.approx(told)


def _trade_goes_on() -> None:
    """A sale to a member is booked, and pages of old and new things answer."""
    with tx() as t:
        place, card = _a_store_and_a_card(t)
        sku, price = t.row(PRICED) or ("", 0)
        new = world.sale(
            (sku, 1), place=place, member=card, total=price, at=clock.now(), channel="store"
        )
        (answer,) = sell(t, [new], actor=world.ACTOR, recorded_at=clock.now())
        assert getattr(answer, "repeated", None) is False, answer
    with tx() as t:
        assert audited(t)["ok"]
    staff = Staff.objects.filter(role="hq").first()
    assert staff is not None
    browser = Client(headers={"accept-language": "en"}, SERVER_NAME="127.0.0.1")
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    for page in ("/", "/customers", "/products", "/stock", "/orders", "/measures", "/settings"):
        answer = browser.get(page, follow=True)
        assert answer.status_code == 200, page


PRICED = """
SELECT s.code, p.amount_minor FROM catalogue_sku s JOIN catalogue_price p ON p.sku_id = s.id
JOIN ledger_account a ON a.unit = 'goods:' || s.id AND a.holder LIKE 'place:%%:sellable'
JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 5
ORDER BY p.valid_from DESC, s.id LIMIT 1
"""


def _a_store_and_a_card(t: Tx) -> tuple[str, str]:
    place = t.value("SELECT code FROM places_place WHERE kind = 'store' ORDER BY id LIMIT 1")
    card = t.value("SELECT value FROM customers_credential WHERE kind = 'card' ORDER BY id LIMIT 1")
    return place, card
