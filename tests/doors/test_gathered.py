"""The short way in: the same answers as the views give, for many callers in one transaction."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.core.wsgi import get_wsgi_application

from goen.doors.api import door, gathered
from goen.doors.cli.audit import audited
from goen.kit import clock, ids, keys
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.gathering import Unreachable
from tests import world

ITEM, PRICE = "KASHI-01", 162
PATHS = ("/v1/sales", "/v1/holds", "/v1/orders")


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Door:
    """The application as the server calls it."""

    secret: str
    short: bool = True
    behind: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        django = get_wsgi_application()

        def behind(environ: Any, start: Any) -> Any:
            self.behind[environ["PATH_INFO"]] += 1
            return django(environ, start)

        self.application = gathered.before(behind) if self.short else behind

    def post(
        self, path: str, body: object, *, method: str = "POST", secret: str = "", **more: str
    ) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1",
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http",
            "HTTP_AUTHORIZATION": f"Bearer {secret or self.secret}", **more,
        }  # fmt: skip
        said: list[Any] = []
        answer = self.application(environ, lambda *given: said.append(given))
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        status, headers = said[0]
        return Answer(int(status[:3]), json.loads(content) if content else None, dict(headers))


@pytest.fixture
def shop(fresh_db: object) -> Iterator[str]:
    """An open shop with five pieces, and the secret of a key for all of it."""
    at = clock.now()
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, ITEM, 5)
        actor = Actor("system", "test")
        secret = keys.issue(t, "till", keys.SCOPES, actor=actor, recorded_at=at)
    yield secret
    for way in gathered.WAYS.values():
        way.gatherer.close()


@pytest.fixture
def short(shop: str) -> Door:
    return Door(shop)


@pytest.fixture
def long(shop: str) -> Door:
    return Door(shop, short=False)


def fact(path: str, *, uid: UUID | None = None, qty: int = 1) -> dict[str, Any]:
    """What is sent to an address."""
    shared = {
        "uid": str(uid or ids.new_id()),
        "place": "shibuya",
        "occurred_at": world.NOW.isoformat(),
        "lines": [{"item": ITEM, "qty": qty}],
    }
    if path == "/v1/holds":
        return shared | {"kind": "order", "holder": "cart:1"}
    paid = {"channel": "store", "tenders": [{"kind": "card", "amount_minor": PRICE * qty}]}
    if path == "/v1/sales":
        return shared | paid
    return shared | paid | {"delivery": {"method": "collect", "collect_at": "shibuya"}}


@pytest.mark.parametrize("path", PATHS)
def test_a_single_fact_goes_the_short_way_and_is_answered_like_the_view(short, long, path) -> None:
    sent = fact(path)
    done, again, seen = short.post(path, sent), short.post(path, sent), long.post(path, sent)
    assert (done.status, again.status, seen.status) == (201, 200, 200)
    assert not short.behind
    assert again.body == seen.body == done.body | {"repeated": True}
    seen.headers.pop("Vary", None)
    assert done.headers == seen.headers | {"Content-Length": done.headers["Content-Length"]}


@pytest.mark.parametrize("path", ["/v1/holds", "/v1/orders"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_refusal_is_the_view_s_in_the_caller_s_language(short, long, path, language) -> None:
    sent = fact(path, qty=6)
    asked = {"HTTP_ACCEPT_LANGUAGE": language}
    refused, seen = short.post(path, sent, **asked), long.post(path, sent, **asked)
    assert (refused.status, refused.body) == (409, seen.body)
    assert refused.body["code"] == "short"
    assert refused.headers["Content-Language"] == seen.headers["Content-Language"] == language
    assert not short.behind


@pytest.mark.parametrize("path", PATHS)
def test_whatever_else_goes_to_the_view(short, path) -> None:
    field_ = path.rpartition("/")[2]
    assert short.post(path, {field_: [fact(path), fact(path)]}).status == 200
    assert short.post(path, b"{").status == 400
    assert short.post(path, fact(path) | {"more": 1}).status == 422
    assert short.post(path, b'{"place": "\\u0000"}').status == 422
    assert short.post(path, b"", method="PUT").status == 405
    assert short.post(path, fact(path), secret="goen_00000000_wrong").status == 401
    assert short.post(path, fact(path), HTTP_AUTHORIZATION="Basic x").status == 401
    assert short.behind == {path: 7}


def test_a_key_that_ended_is_refused_at_once(short) -> None:
    assert short.post("/v1/holds", fact("/v1/holds")).status == 201
    with tx() as t:
        key = t.value("SELECT id FROM kit_key WHERE name = 'till'")
        keys.revoke(t, key, actor=world.ACTOR, recorded_at=clock.now())
    assert short.post("/v1/holds", fact("/v1/holds")).status == 401


def test_a_key_without_the_scope_is_refused(short) -> None:
    with tx() as t:
        other = keys.issue(t, "o", ("sales:write",), actor=world.ACTOR, recorded_at=clock.now())
    assert short.post("/v1/holds", fact("/v1/holds"), secret=other).status == 401
    assert short.post("/v1/sales", fact("/v1/sales"), secret=other).status == 201


def test_who_asks_too_often_waits(short, monkeypatch) -> None:
    monkeypatch.setattr(door, "wait_s", lambda _: 2.5)
    refused = short.post("/v1/holds", fact("/v1/holds"))
    assert (refused.status, refused.headers["Retry-After"]) == (429, "3")


def test_without_a_database_the_caller_may_come_again(short, monkeypatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unreachable("away")

    monkeypatch.setattr(gathered.WAYS["/v1/holds"].gatherer, "submit", away)
    refused = short.post("/v1/holds", fact("/v1/holds"))
    assert (refused.status, refused.body["code"]) == (503, "not_reached")
    assert refused.headers["Retry-After"] == "1"


def test_a_bug_is_the_view_s_to_tell(short, monkeypatch) -> None:
    def bug(*_: object, **__: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(gathered.WAYS["/v1/holds"].gatherer, "submit", bug)
    assert short.post("/v1/holds", fact("/v1/holds")).status == 201
    assert short.behind == {"/v1/holds": 1}


def test_it_can_be_closed(monkeypatch) -> None:
    monkeypatch.setenv("GOEN_GATHER", "0")
    assert gathered.before(print) is print


@pytest.mark.parametrize("path", ["/v1/holds", "/v1/orders"])
def test_five_pieces_go_to_five_of_forty_callers(short, path) -> None:
    sent = [fact(path) for _ in range(40)]
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda body: short.post(path, body), sent * 2))
    assert Counter(a.status for a in answers)[201] == 5
    kept = {a.body["uid"] for a in answers if a.status == 201}
    again = {a.body["uid"] for a in answers if a.status == 200}
    assert again <= kept
    with tx() as t:
        assert t.value("SELECT sum(qty) FROM ledger_pending WHERE reason = 'order'") == 5
        assert audited(t)["ok"]
    batches = gathered.WAYS[path].gatherer.counted
    assert batches.requests >= 80
    assert batches.batches < batches.requests
