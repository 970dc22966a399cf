"""What every address shares: methods, keys, limits, sizes, and the description of all of it."""

import json

import pytest
from django.test import Client

from goen.doors.api import door as api
from goen.doors.api.routes import ROUTES
from goen.kit import limits, settings
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from tests import world
from tests.doors.calling import Door, fact, goods


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    return Door()


@pytest.fixture(autouse=True)
def _own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets and settings of other tests are not ours."""
    monkeypatch.setattr(api, "_limiter", limits.Limiter())
    monkeypatch.setattr(api._Limits, "until", 0.0)


PATHS = sorted({route.path for route in ROUTES})


def filled(path: str) -> str:
    """An address with something in its slots."""
    return path.replace("{uid}", "0197f3a2-6d0e-7c1b-9d6e-2f1f5b8f1a01").replace(
        "{id}", "1"
    ).replace("{number}", "N-1")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_405_and_says_which_are_taken(door: Door, path: str) -> None:
    taken = {route.method for route in ROUTES if route.path == path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"} - taken:
        answer = door.client.generic(method, filled(path), headers=door.headers)
        assert answer.status_code == 405, method
        assert set(answer.headers["Allow"].split(", ")) == taken
        if method != "HEAD":
            assert json.loads(answer.content)["code"] == "wrong_method"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_without_a_key_nothing_is_answered(door: Door, route: api.Route) -> None:
    answer = Client(headers={"host": "127.0.0.1"}).generic(route.method, filled(route.path), b"{}")
    assert answer.status_code == (200 if route.scope is None else 401)


def test_an_address_nobody_knows_is_404_in_json(door: Door) -> None:
    for path in ("/v1/", "/v1/nothing", "/v1/holds/a/b/c"):
        status, body = door.get(path)
        assert (status, body["code"], body["detail"]) == (404, "nothing_there", {"given": path})


def test_too_many_requests_are_429_until_a_token_is_there(door: Door) -> None:
    with_limits(1, 3)
    asked = [door.get("/v1/webhooks")[0] for _ in range(5)]
    assert asked == [200, 200, 200, 429, 429]
    assert door.answer.headers["Retry-After"] == "1"
    assert json.loads(door.answer.content)["code"] == "too_often"
    assert Door("webhooks:write").get("/v1/webhooks")[0] == 200  # another key, another bucket


def with_limits(rate: int, burst: int) -> None:
    given = {"api.requests_per_second": rate, "api.burst": burst}
    for name, value in given.items():
        done = settings.write(Tx(), name, value, actor=world.ACTOR, recorded_at=world.NOW)
        assert not isinstance(done, Refusal)


def test_a_bucket_fills_with_time_and_never_over() -> None:
    now = [0.0]
    limiter = limits.Limiter(lambda: now[0])
    took = [limiter.take(1, rate=2, burst=2) for _ in range(3)]
    assert took == [0, 0, 0.5]
    assert limiter.take(2, rate=2, burst=2) == 0
    now[0] = 0.5
    assert [limiter.take(1, rate=2, burst=2) for _ in range(2)] == [0, 0.5]
    now[0] = 1_000.0
    assert [limiter.take(1, rate=2, burst=2) for _ in range(3)] == [0, 0, 0.5]


def test_a_body_beyond_five_megabytes_is_413(door: Door) -> None:
    status, body = door.post("/v1/arrivals", b"[" + b" " * api.LARGEST_BODY)
    assert (status, body["code"]) == (413, "body_too_large")
    fitting = b" " * (api.LARGEST_BODY - 2) + b"{}"
    assert door.post("/v1/arrivals", fitting)[0] == 422


def test_a_thousand_facts_and_no_more(door: Door) -> None:
    arrivals = [fact(place="shibuya", lines=goods(("KASHI-01", 1))) for _ in range(1_001)]
    status, body = door.post("/v1/arrivals", {"arrivals": arrivals})
    assert (status, body["code"], body["field"]) == (422, "too_many", "arrivals")
    status, body = door.post("/v1/arrivals", {"arrivals": arrivals[:1_000]})
    assert (status, len(body["answers"])) == (200, 1_000)


# the description


def described(client: Client) -> dict:
    return json.loads(client.get("/v1/openapi.json").content)


def test_every_route_is_described_with_its_example(door: Door) -> None:
    told = described(Client(headers={"host": "127.0.0.1"}))
    assert told["openapi"] == "3.1.0"
    given = {(m.upper(), path) for path, methods in told["paths"].items() for m in methods}
    assert given == {(route.method, route.path) for route in ROUTES}
    ids = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))
    for route in ROUTES:
        assert route.ja, route.en
        if route.takes is not None:
            assert route.sent, route.path


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.takes or r.asks], ids=lambda r: f"{r.method} {r.path}"
)
def test_examples_are_of_the_shape_they_are_examples_of(door: Door, route: api.Route) -> None:
    if route.takes is not None:
        status, body = door.post(filled(route.path), dict(route.sent))
    else:
        status, body = door.get(route.path, **route.sent)
    assert status in {200, 201, 404, 409}, body
