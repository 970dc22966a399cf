"""A thousand spoilt sales, orders, events and files: done as valid, refused, or parked; no other.

What is refused leaves no trace in any table, what is answered is answered in words, and the books
add up at the end. The same thousand every time; a new defect is added by its own test.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goen.doors.api import door as api
from goen.doors.cli.audit import audited
from goen.kit import clock, limits
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import loading, plans, queries, taking
from goen.places.models import Staff
from tests import asking, mutations, world
from tests.conftest import FreshDatabase
from tests.doors.calling import AT
from tests.links.files import TEA

Remark = Callable[[str], None]
OWNER = Actor("staff", "owner")
HOME = {"name": "高橋 健", "postcode": "1500001", "address": "東京都渋谷区神宮前0-0-0"}
TEA_MINOR, BAR_MINOR = 1_296, 162


@pytest.fixture
def client(fresh_db: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A system with a key that may do everything; half a million of everything in stock."""
    monkeypatch.setattr(api, "_limiter", limits.Limiter())
    monkeypatch.setattr(api._Limits, "until", 0.0)
    monkeypatch.setattr(api, "_read_limits", _no_limits)
    with tx() as t:
        world.open_shop(t)
        for item in ("KASHI-01", "CHA-01"):
            for place in ("shibuya", "web"):
                world.stocked(t, item, 500_000, place)
    key = asking.new_key()
    return Client(
        headers={"host": "127.0.0.1", "Authorization": f"Bearer {key}", "Accept-Language": "en"}
    )


def _no_limits(_: object) -> None:
    api._Limits.rate = api._Limits.burst = 1e9


def uid(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def sale(chance: Random) -> dict[str, Any]:
    return {
        "uid": uid(chance), "place": "shibuya", "channel": "store", "occurred_at": AT,
        "lines": [{"item": "KASHI-01", "qty": 2}, {"item": "CHA-01", "qty": 1}],
        "tenders": [
            {"kind": "cash", "amount_minor": 620, "tendered_minor": 1_000},
            {"kind": "card", "amount_minor": 1_000},
        ],
        "source": "pos", "source_no": uid(chance), "till": "S1",
        "till_seq": chance.randrange(10**9), "staff": "st01",
        "member": {"kind": "card", "value": "G1040001"}, "price_tax": "included",
        "currency": "JPY", "expected_total_minor": 2 * BAR_MINOR + TEA_MINOR,
    }  # fmt: skip


def order(chance: Random) -> dict[str, Any]:
    return {
        "uid": uid(chance), "place": "web", "channel": "ec", "occurred_at": AT, "source": "ec",
        "source_no": uid(chance), "record": {"source": "pos", "key": "M-001"},
        "lines": [{"item": "KASHI-01", "qty": 3}],
        "delivery": {"method": "ship", "address": dict(HOME), "fee_minor": 500},
        "tenders": [{"kind": "card", "amount_minor": 3 * BAR_MINOR + 500}],
        "expected_total_minor": 3 * BAR_MINOR + 500,
    }  # fmt: skip


def event(chance: Random) -> dict[str, Any]:
    return {
        "source": "ec", "message_id": uid(chance), "kind": chance.choice(("view", "search")),
        "visitor": "c-1", "item": "CHA-01", "occurred_at": AT, "sent_at": AT, "channel": "ec",
        "member": {"kind": "card", "value": "G1040002"}, "text": "お茶", "origin": "mail:1",
        "detail": {"page": [1, {"a": None}], "terms": ["x", 1.5]},
    }  # fmt: skip


def rows_now() -> dict[str, int]:
    """How many rows every table has; the partitions of a table are counted with the table."""
    with tx() as t:
        if not TABLES:
            TABLES.extend(row[0] for row in t.rows(_WHOLE_TABLES))
        counting = ", ".join(f"(SELECT count(*) FROM {name})" for name in TABLES)
        (found,) = t.rows(f"SELECT {counting}")
    return dict(zip(TABLES, found, strict=True))


TABLES: list[str] = []
_WHOLE_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""


@pytest.mark.parametrize(
    ("address", "many", "valid", "count"),
    [
        ("/v1/sales", "sales", sale, 220),
        ("/v1/orders", "orders", order, 180),
        ("/v1/events", "events", event, 400),
    ],
)
def test_spoilt_messages_are_done_or_refused_whole(
    client: Client,
    remark: Remark,
    address: str,
    many: str,
    valid: Callable[[Random], dict[str, Any]],
    count: int,
) -> None:
    chance = Random(f"{address} 1")
    tally: Counter[str] = Counter()
    last: dict[str, Any] = {}
    assert _post(client, address, json.dumps(valid(chance)).encode())[0] == 201
    before = rows_now()
    for n in range(count):
        body = valid(chance)
        if n % 5 == 4:  # among others, whose fate is their own
            body = {many: [valid(chance), body, valid(chance)]}
        elif n % 7 == 6:  # an id that was there before, with other content
            body = {**body, **{k: last[k] for k in ("uid", "message_id") if k in last}}
        else:
            last = body
        sent = mutations.message(chance, body)
        status, answer = _post(client, address, sent)
        told = answer.get("answers", [answer])
        assert status < 500, (status, sent[:2_000], answer)
        assert isinstance(told, list)
        for one in told:
            _is_an_answer(one, sent)
        after = rows_now()
        if all("code" in one for one in told):
            assert after == before, (sent[:2_000], answer)
        before = after
        tally.update(str(one.get("code", "done")) for one in told)
    with tx() as t:
        assert audited(t)["broken"] == []
    assert tally["done"]
    assert len(tally) > 5
    refused = sum(tally.values()) - tally["done"]
    remark(f"{count} spoilt {many}: {tally['done']} done, {refused} refused {_most(tally)}")


def _post(client: Client, address: str, sent: bytes) -> tuple[int, dict[str, Any]]:
    answer = client.post(address, sent, content_type="application/json")
    return answer.status_code, json.loads(answer.content)


def _is_an_answer(one: dict[str, Any], sent: bytes) -> None:
    """Done, or a code, a field and a sentence."""
    if "code" in one:
        assert set(one) == {"code", "field", "detail", "message"}, (one, sent[:500])
        assert one["message"].strip(), (one, sent[:500])
        assert not re.search(r"\{[a-z_]+\}", one["message"]), (one, sent[:500])
    else:
        assert "repeated" in one, (one, sent[:500])


def _most(tally: Counter[str]) -> str:
    return ", ".join(f"{code} {n}" for code, n in tally.most_common(8) if code != "done")


@pytest.fixture
def owner(fresh_db: FreshDatabase) -> Client:
    """Somebody who loads files into an empty shop."""
    with tx() as t:
        world.open_shop(t, live=False)
    staff = Staff.objects.get()
    browser = Client(headers={"accept-language": "en"}, SERVER_NAME="127.0.0.1")
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_spoilt_files_are_loaded_refused_or_parked_row_by_row(
    owner: Client, remark: Remark, tmp_path: Path
) -> None:
    chance = Random("files 1")
    tally: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    before = rows_now()
    for n in range(200):
        name, content = mutations.table(chance, [list(row) for row in TEA])
        answer = owner.post("/loads", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code in {302, 422}, content[:2_000]
        if answer.status_code == 422:
            assert rows_now() == before, content[:2_000]
            tally["refused"] += 1
            continue
        address = answer.headers["Location"]
        if n % 4 == 0:  # drawing a page takes longer than all the rest
            assert owner.get(address).status_code == 200, content[:2_000]
        tally[_loaded(UUID(address.rpartition("/")[2]), rows, content)] += 1
        if n % 4 == 0:
            assert owner.get(f"{address}/parked.csv").status_code == 200, content[:2_000]
        before = rows_now()
    with tx() as t:
        assert audited(t)["broken"] == []
    assert rows["parked"] > 100
    remark(f"200 spoilt files: {dict(tally)}; rows: {dict(rows)}")


def _loaded(load_uid: UUID, rows: Counter[str], content: bytes) -> str:
    """Load it if that can be done, and see every row again."""
    with tx() as t:
        load = queries.load(t, load_uid)
        assert load is not None
        plan = plans.change(plans.from_json(load.mapping), margin=Decimal("0.3"))
        taking.choose(t, load_uid, plan)
        if plans.check(plan, currency="JPY"):
            taking.discard(t, load_uid)
            return "columns unknown"
        refusals = taking.start(t, load_uid, actor=OWNER, recorded_at=clock.now())
        if refusals:
            taking.discard(t, load_uid)
            return "refused at the start"
    while loading.run_next(actor=OWNER):
        pass
    with tx() as t:
        done = queries.load(t, load_uid)
    assert done is not None
    assert done.state == "done", (done.error, content[:2_000])
    assert done.accounted, (done, content[:2_000])
    rows.update(loaded=done.loaded, repeated=done.repeated, parked=done.parked)
    return "parked whole" if not done.loaded + done.repeated else "loaded"
