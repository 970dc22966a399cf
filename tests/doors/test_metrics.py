"""`GET /metrics`: who may ask, what is told, and that processes count together."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from goen.kit.db import Tx, tx
from tests import asking, world
from tests.doors.calling import Door, fact, goods


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    world.stocked(Tx(), "KASHI-01", 10)
    return Door()


def told(client: Client, **headers: str) -> Any:
    return client.get("/metrics", headers={"host": "127.0.0.1"} | headers)


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float:
    found = samples(told(client).content.decode())
    return found.get((name, frozenset(labels.items())), 0)


def test_this_machine_may_ask_and_others_with_a_key(door: Door) -> None:
    client = Client()
    assert told(client).status_code == 200
    for headers in ({"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}):
        assert told(client, **headers).status_code == 401
    away = Client(REMOTE_ADDR="203.0.113.7")
    assert told(away).status_code == 401
    wrong = f"Bearer {asking.new_key('insight:read')}"
    assert told(away, Authorization=wrong).status_code == 401
    right = f"Bearer {asking.new_key('metrics:read')}"
    assert told(away, Authorization=right).status_code == 200


def test_requests_and_answers_are_counted_by_what_came_of_them(door: Door) -> None:
    client = Client()
    path = "/v1/arrivals"
    done = {"route": path, "outcome": "done", "code": ""}
    refused = {"route": path, "outcome": "refused", "code": "unknown_place"}
    asked = {"route": path, "method": "POST", "status": "201"}
    before = [
        value(client, "goen_verb_answers_total", **done),
        value(client, "goen_verb_answers_total", **refused),
        value(client, "goen_http_requests_total", **asked),
        value(client, "goen_http_request_seconds_count", route=path),
    ]
    good = fact(place="shibuya", lines=goods(("KASHI-01", 1)))
    door.post(path, good)
    door.post(path, good)
    door.post(path, {"arrivals": [fact(place="moon", lines=goods(("KASHI-01", 1)))] * 3})
    again = done | {"outcome": "repeated"}
    assert value(client, "goen_verb_answers_total", **again) >= 1
    assert [
        value(client, "goen_verb_answers_total", **done),
        value(client, "goen_verb_answers_total", **refused),
        value(client, "goen_http_requests_total", **asked),
        value(client, "goen_http_request_seconds_count", route=path),
    ] == [before[0] + 1, before[1] + 3, before[2] + 1, before[3] + 3]


def test_what_is_held_and_open_is_read_from_the_database(door: Door) -> None:
    hold = fact(place="shibuya", kind="cart", holder="cart:1", lines=goods(("KASHI-01", 2)))
    hold["expires_at"] = "2099-01-01T00:00:00Z"
    assert door.post("/v1/holds", hold)[0] == 201
    client = Client()
    assert value(client, "goen_live_holds", reason="cart") == 1
    assert value(client, "goen_queue_rows", queue="webhooks waiting") == 0
    assert value(client, "goen_queue_bytes", table="kit_notice") > 0
    assert value(client, "goen_database_bytes") > 1_000_000


def test_every_figure_is_named_after_us_and_explained(door: Door) -> None:
    text = told(Client()).content.decode()
    names = set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
    assert {name for name in names if not name.startswith("goen_")} == set()
    assert {"goen_open_exceptions", "goen_relay_lag_notices", "goen_gathered_facts"} <= names


def test_processes_of_a_shop_count_together(tmp_path: Path) -> None:
    code = (
        "import django; django.setup();"
        "from goen.doors import metrics;"
        "metrics.answered('/v1/sales', object());"
        "import prometheus_client as p; from prometheus_client import multiprocess as m;"
        "r = p.CollectorRegistry(); m.MultiProcessCollector(r);"
        "print(r.get_sample_value('goen_verb_answers_total',"
        " {'route': '/v1/sales', 'outcome': 'done', 'code': ''}))"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    counted = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert counted == ["1.0", "2.0"]


@pytest.mark.slow
def test_a_served_shop_counts_in_its_folder(
    request: pytest.FixtureRequest, fresh_db: object, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    address = request.getfixturevalue("serving")
    with tx() as t:
        world.open_shop(t)
    with asking.Caller(address, asking.new_key()) as caller:
        for _ in range(3):
            assert caller.sell(world.sale(("KASHI-01", 1)))[0] == 201
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        found = samples(answer.read().decode())
    done = {"route": "/v1/sales", "outcome": "done", "code": ""}
    assert found["goen_verb_answers_total", frozenset(done.items())] == 3
    asked = {"route": "/v1/sales", "method": "POST", "status": "201"}
    assert found["goen_http_requests_total", frozenset(asked.items())] == 3
    assert list(tmp_path.glob("counter_*.db"))
