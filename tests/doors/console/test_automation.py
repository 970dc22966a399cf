"""The page of what acts by itself: the switch, what proposals brought, every decision."""

import csv

import pytest
from django.test import Client

from goen.kit import clock
from goen.kit.db import Tx
from goen.marketing import automation
from goen.marketing.automation import Decided
from tests.doors.register.counter import clerk
from tests.doors.register.test_proposing import person, proposal

pytestmark = pytest.mark.usefixtures("tx_db")


def page(client: Client, **query: str) -> str:
    response = client.get("/automation", query)
    assert response.status_code == 200
    return response.content.decode()


def decided(n: int = 1) -> None:
    sku = Tx().value("SELECT id FROM catalogue_sku WHERE code = 'UTSUWA-01'")
    seen = {"candidates": [{"kind": "due", "sku": sku, "value": 150}], "arm": "treated"}
    told = [Decided("proposal-1", f"person:{person()}", f"due sku:{sku}", seen)] * n
    automation.decided(Tx(), told, at=clock.now())


def test_before_anything_it_says_what_will_come() -> None:
    found = page(clerk())
    assert "まだ自動の判断はありません" in found
    assert "動いています" in found


def test_one_press_stops_everything_and_another_lets_it_go_on() -> None:
    client = clerk()
    done = client.post("/automation/switch", {"on": "0"}, follow=True)
    assert "止まっています" in done.content.decode()
    assert not automation.is_on(Tx())
    client.post("/automation/switch", {"on": "1"})
    assert automation.is_on(Tx())


def test_a_store_cannot_switch() -> None:
    client = clerk()
    Tx().execute("UPDATE places_staff SET role = 'store'")
    assert client.post("/automation/switch", {"on": "0"}).status_code == 403
    assert automation.is_on(Tx())
    assert "自動の動きをすべて止める" not in page(client)


def test_a_decision_is_told_with_what_it_was_made_on() -> None:
    client = clerk()
    proposal()
    decided()
    found = page(client)
    for part in ("高橋 健 様", "「飯碗 白磁」を提案", "そろそろ買い足し", "見込み150"):
        assert part in found, part
    assert page(client, person="999999").count("「飯碗 白磁」を提案") == 0


def test_the_log_is_paged_and_leaves_as_a_file() -> None:
    client = clerk()
    decided(60)
    found = page(client)
    assert "これより前を見る" in found
    file = client.get("/automation", {"format": "csv"})
    rows = list(csv.reader(file.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 61
    assert rows[1][2] == "高橋 健 様"


def test_nonsense_in_the_address_is_no_crash() -> None:
    client = clerk()
    for query in ({"before": "x"}, {"person": "１"}, {"before": "9" * 30}, {"rule": "%"}):
        page(client, **query)
