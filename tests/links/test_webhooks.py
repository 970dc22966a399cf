"""Notices that leave the house, against a web shop on loopback (R-071).

Signed, in order, at least once and told apart, tried again, given up, driven again; and what a
web shop is sent after the till sold the last unit.
"""

import base64
import hashlib
import hmac
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from django.db import connection

from goen.doors.cli.webhook import webhook as command
from goen.doors.worker import hooks
from goen.doors.worker.hooks import Courier
from goen.kit import clock, home, outbox
from goen.kit.db import Tx, tx
from goen.kit.outbox import Notice
from goen.kit.refusals import Refusal
from goen.links import sending, subscribing, webhooks
from goen.links.subscribing import Subscribed
from tests import asking, world
from tests.world import ACTOR, NOW

STOCK = ("StockChanged",)


@dataclass(frozen=True)
class Heard:
    """One request as it came in."""

    event: str
    delivery: str
    timestamp: str
    signature: str
    raw: bytes
    at: float
    path: str

    @property
    def body(self) -> dict:
        return json.loads(self.raw)


@dataclass
class FakeShop:
    """Another system. `says` decides the status (or hangs, or drips) from what came in."""

    says: Callable[[Heard], int] = lambda _: 200
    heard: list[Heard] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=goen"

    def bodies(self) -> list[dict]:
        return [one.body for one in self.heard]

    def stock(self) -> dict[tuple[str, str], int]:
        """What it would show: per place and SKU the number with the highest sequence."""
        newest: dict[tuple[str, str], tuple[int, int]] = {}
        for body in self.bodies():
            for line in body["data"].get("stock", ()):
                key = body["data"]["place"], line["sku"]
                newest[key] = max(newest.get(key, (-1, 0)), (body["sequence"], line["available"]))
        return {key: available for key, (_, available) in newest.items()}


@contextmanager
def opened(shop: FakeShop) -> Iterator[FakeShop]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length)
            if len(raw) < length:
                return  # the sender died in the middle of it
            names = ("Event", "Delivery", "Timestamp", "Signature")
            given = [self.headers[f"Goen-{name}"] for name in names]
            one = Heard(*given, raw, time.monotonic(), self.path)
            shop.heard.append(one)
            self.send_response(shop.says(one))
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        shop.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield shop
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sending.MAY_BE_PRIVATE, "1")


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with opened(FakeShop()) as one:
        yield one


@pytest.fixture
def courier(fresh_db) -> Iterator[Courier]:
    one = Courier()
    yield one
    one.close(at=NOW)


def subscribed(shop: FakeShop, *kinds: str, at: datetime = NOW) -> Subscribed:
    with tx() as t:
        made = subscribing.subscribe(
            t, shop.address, kinds or STOCK, actor=ACTOR, recorded_at=at - timedelta(minutes=1)
        )
    assert isinstance(made, Subscribed), made
    return made


def happened(*names: str, key: str = "k", kind: str = "SaleBooked") -> None:
    with tx() as t:
        outbox.write(t, [Notice(kind, key, {"name": n}) for n in names], recorded_at=NOW)


def carry(courier: Courier, *, at: datetime = NOW) -> None:
    """Until there is nothing more to do at that moment."""
    never = threading.Event()
    while courier.turn(at=at) or courier._flying:
        courier.wait(never)


def states() -> list[tuple[str, int]]:
    with tx() as t:
        return t.rows("SELECT state, tries FROM links_delivery ORDER BY id")


def names(shop: FakeShop) -> list[str]:
    return [body["data"]["name"] for body in shop.bodies()]


# what is sent


def test_the_web_shop_hears_0_after_the_till_sold_the_last_unit(courier, shop):
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "KASHI-01", 1)
    subscribed(shop)
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1)))
    carry(courier)
    *_, body = shop.bodies()  # the arrival was told before it
    assert body["event"] == "StockChanged"
    assert body["data"] == {
        "place": "shibuya",
        "as_of": NOW.isoformat(),
        "stock": [{"sku": "KASHI-01", "available": 0}],
    }


def test_stock_is_read_when_it_is_sent_so_that_a_late_one_is_not_an_old_one(courier, shop):
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "KASHI-01", 10)
    subscribed(shop)
    for _ in range(3):
        with tx() as t:
            world.sold(t, world.sale(("KASHI-01", 1)))
    carry(courier)
    assert [body["data"]["stock"][0]["available"] for body in shop.bodies()] == [7] * 4
    sequence = [body["sequence"] for body in shop.bodies()]
    assert sequence == sorted(set(sequence))


def test_more_sold_than_was_there_is_0_and_not_less(courier, shop):
    with tx() as t:
        world.open_shop(t)
    subscribed(shop)
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 3), ("CHA-01", 1)))
    carry(courier)
    assert shop.stock() == {("shibuya", "KASHI-01"): 0, ("shibuya", "CHA-01"): 0}


def test_each_is_signed_over_its_time_and_its_bytes(courier, shop):
    made = subscribed(shop, "SaleBooked")
    happened("お菓子")
    carry(courier)
    (one,) = shop.heard
    signed = one.timestamp.encode() + b"." + one.raw
    right = hmac.new(made.secret.encode(), signed, hashlib.sha256).digest()
    assert base64.b64decode(one.signature) == right
    assert one.timestamp == str(int(NOW.timestamp()))
    assert (one.event, one.path) == ("SaleBooked", "/hooks?from=goen")
    assert one.body["delivery"] == one.delivery == str(UUID(one.delivery))
    assert "お菓子".encode() in one.raw


def test_only_what_was_asked_for_and_what_came_after_it_was_asked_for(courier, shop):
    happened("before")
    subscribed(shop, "SaleBooked", at=NOW + timedelta(minutes=2))
    later = NOW + timedelta(minutes=5)
    with tx() as t:
        for kind in ("SaleBooked", "PersonsMerged"):
            outbox.write(t, [Notice(kind, "k", {"name": kind})], recorded_at=later)
    carry(courier, at=later)
    assert names(shop) == ["SaleBooked"]


def test_a_sale_is_told_as_a_sale_and_as_stock_to_who_wants_both(courier, shop):
    with tx() as t:
        world.open_shop(t)
    subscribed(shop, "StockChanged", "SaleBooked")
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1)))
    carry(courier)
    assert [one.event for one in shop.heard] == ["SaleBooked", "StockChanged"]
    assert len({one.delivery for one in shop.heard}) == 2


# order and repetition


def test_one_key_comes_in_order_and_waits_for_what_failed_another_does_not(courier, shop):
    shop.says = lambda one: 500 if one.body["data"]["name"] == "a2" and failing else 200
    failing = True
    subscribed(shop, "SaleBooked")
    happened("a1", "a2", "a3", key="a")
    happened("b1", "b2", key="b")
    carry(courier)
    assert [n for n in names(shop) if n[0] == "a"] == ["a1", "a2"]
    assert [n for n in names(shop) if n[0] == "b"] == ["b1", "b2"]
    failing = False
    carry(courier, at=NOW + timedelta(seconds=6))
    assert [n for n in names(shop) if n[0] == "a"] == ["a1", "a2", "a2", "a3"]
    assert {state for state, _ in states()} == {"delivered"}


def test_who_fails_n_times_gets_it_then_under_one_id(courier, shop):
    shop.says = lambda _: 503 if len(shop.heard) <= 4 else 204
    subscribed(shop, "SaleBooked")
    happened("a")
    at = NOW
    for _ in range(5):
        carry(courier, at=at)
        at += timedelta(hours=6)
    assert len(shop.heard) == 5
    assert len({one.delivery for one in shop.heard}) == 1
    assert len({one.signature for one in shop.heard}) == 5  # each try has its own time
    assert states() == [("delivered", 4)]
    carry(courier, at=at)
    assert len(shop.heard) == 5


def test_it_is_not_tried_again_before_its_time(courier, shop):
    shop.says = lambda _: 500
    subscribed(shop, "SaleBooked")
    happened("a")
    carry(courier)
    carry(courier, at=NOW + timedelta(seconds=3))
    assert len(shop.heard) == 1
    carry(courier, at=NOW + timedelta(seconds=5))
    assert len(shop.heard) == 2


def test_all_the_waits_together_are_less_than_a_day_and_never_the_same():
    for luck in (0.0, 1.0):
        waits = [webhooks.wait_after(n, luck=luck) for n in range(1, webhooks.TRIES)]
        assert waits == sorted(waits)
        assert timedelta(hours=12) < sum(waits, timedelta()) < timedelta(hours=24)
    assert webhooks.wait_after(3, luck=0.0) < webhooks.wait_after(3, luck=1.0)


def test_a_sender_killed_in_the_middle_is_followed_by_another_with_the_same_id(courier, shop):
    """The parcel was sent, and nobody lived to note it; a second one arrives and is marked."""
    subscribed(shop, "SaleBooked")
    happened("a", "b")
    outbox.relay(webhooks.CONSUMER, webhooks.fan_out)
    with tx() as t:
        (parcel,) = webhooks.claim(t, limit=10, at=NOW)
    assert sending.send(parcel.address, parcel.body, parcel.headers) == ""
    carry(courier)
    assert names(shop) == ["a"]  # the dead one's claim holds for a while
    carry(courier, at=NOW + webhooks.LEASE)
    assert names(shop) == ["a", "a", "b"]
    assert shop.heard[0].delivery == shop.heard[1].delivery
    with tx() as t:  # the dead one comes back and has nothing to say any more
        webhooks.settle(t, [(parcel, "HTTP 500")], at=NOW + webhooks.LEASE)
    assert states() == [("delivered", 0), ("delivered", 0)]


def test_a_relay_that_dies_puts_nothing_on_its_way_twice(courier, shop):
    subscribed(shop, "SaleBooked")
    happened("a", "b")

    def dying(t: Tx, notice: Notice) -> None:
        webhooks.fan_out(t, notice)
        if notice.body["name"] == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.relay(webhooks.CONSUMER, dying)
    carry(courier)
    assert names(shop) == ["a", "b"]


def test_two_couriers_send_each_thing_once_and_in_order(courier, shop):
    subscribed(shop, "SaleBooked")
    for n in range(40):
        happened(f"{n:02}", key=str(n % 3))
    with tx() as t:
        t.execute("SELECT 1")

    def other() -> None:
        one = Courier()
        try:
            carry(one)
        finally:
            one.close(at=NOW)
            connection.close()

    beside = threading.Thread(target=other)
    beside.start()
    carry(courier)
    beside.join(30)
    carry(courier)
    assert sorted(names(shop)) == [f"{n:02}" for n in range(40)]
    for key in range(3):
        lane = [n for n in names(shop) if int(n) % 3 == key]
        assert lane == sorted(lane)


# who is slow, who is gone


@pytest.mark.quiet
def test_a_slow_subscriber_holds_up_nobody_but_itself(courier, shop):
    gone = threading.Event()
    slow = FakeShop(says=lambda _: 200 if gone.wait(4) else 500)
    with opened(slow):
        subscribed(slow, "SaleBooked")
        subscribed(shop, "SaleBooked")
        for n in range(50):
            happened(f"{n:02}", key=str(n))
        began = time.monotonic()
        never = threading.Event()
        while len(shop.heard) < 50 and time.monotonic() < began + 4:
            courier.turn(at=NOW)
            courier.wait(never)
        assert sorted(names(shop)) == [f"{n:02}" for n in range(50)]
        assert len(slow.heard) == webhooks.AT_ONCE
        gone.set()
        carry(courier)
        assert len(slow.heard) == 50


def test_given_up_after_twelve_tries_it_lets_the_next_go_and_is_driven_again(courier, shop):
    shop.says = lambda one: 500 if one.body["data"]["name"] == "a" and failing else 200
    failing = True
    made = subscribed(shop, "SaleBooked")
    happened("a", "b")
    at = NOW
    for _ in range(webhooks.TRIES + 3):
        carry(courier, at=at)
        at += webhooks.LONGEST_WAIT
    assert names(shop) == ["a"] * webhooks.TRIES + ["b"]
    assert states() == [("dead", 12), ("delivered", 0)]
    with tx() as t:
        (shown,) = subscribing.subscribers(t)
    assert (shown.waiting, shown.dead, shown.error) == (0, 1, "HTTP 500")

    failing = False
    with tx() as t:
        assert subscribing.redrive(t, made.uid, actor=ACTOR, recorded_at=at) == 1
        assert subscribing.redrive(t, made.uid, actor=ACTOR, recorded_at=at) == 0
    carry(courier, at=at)
    assert names(shop)[-1] == "a"
    assert len({one.delivery for one in shop.heard if one.body["data"]["name"] == "a"}) == 1
    assert states() == [("delivered", 0), ("delivered", 0)]
    with tx() as t:
        (shown,) = subscribing.subscribers(t)
    assert (shown.dead, shown.error) == (0, "")


def test_nobody_there_is_an_error_like_any_other(courier):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    subscribed(FakeShop(port=port), "SaleBooked")
    happened("a")
    carry(courier)
    with tx() as t:
        state, tries, error = t.row("SELECT state, tries, error FROM links_delivery")
    assert (state, tries) == ("waiting", 1)
    assert "ConnectionRefusedError" in error


@pytest.mark.quiet
def test_an_answer_that_drips_is_cut_in_time(monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            one, _ = server.accept()
            with one:
                try:
                    for _ in range(40):
                        one.sendall(b"H")
                        time.sleep(0.1)
                except OSError:
                    pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        began = time.monotonic()
        why = sending.send(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        assert time.monotonic() - began < 1.5
        assert why == "no answer within 0.5 s"
        dripping.join(10)


def test_a_redirect_is_not_followed(courier, shop):
    shop.says = lambda _: 307
    subscribed(shop, "SaleBooked")
    happened("a")
    carry(courier)
    assert states() == [("waiting", 1)]
    assert len(shop.heard) == 1


def test_who_is_ended_hears_nothing_more(courier, shop):
    shop.says = lambda _: 500
    made = subscribed(shop, "SaleBooked")
    happened("a", "b")
    carry(courier)
    with tx() as t:
        assert subscribing.end(t, made.uid, actor=ACTOR, recorded_at=NOW) is None
        assert subscribing.end(t, made.uid, actor=ACTOR, recorded_at=NOW) is None
        refused = subscribing.redrive(t, made.uid, actor=ACTOR, recorded_at=NOW)
    assert isinstance(refused, Refusal)
    happened("c")
    carry(courier, at=NOW + timedelta(days=1))
    assert len(shop.heard) == 1
    assert [state for state, _ in states()] == ["dropped", "dropped"]
    subscribed(shop, "SaleBooked")  # the address is free again


# where it may go


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.10", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1", "[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]",
     "[2002:7f00:1::]", "[64:ff9b::a00:1]", "localhost"],
)  # fmt: skip
def test_the_local_network_is_closed_unless_the_machine_says_otherwise(
    monkeypatch, tx_db, host: str
):
    monkeypatch.delenv(sending.MAY_BE_PRIVATE)
    address = f"http://{host}:1/"
    made = subscribing.subscribe(Tx(), address, STOCK, actor=ACTOR, recorded_at=NOW)
    assert isinstance(made, Refusal)
    assert made.code == "private_address"
    assert sending.send(address, b"{}", {}) == "_Closed: a private address"


def test_a_name_is_looked_at_when_it_is_called(monkeypatch, shop):
    """A name may lead elsewhere than when it was subscribed, and to several addresses at once."""
    monkeypatch.delenv(sending.MAY_BE_PRIVATE)
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, shop.port))
        for ip in ("93.184.216.34", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert sending.may_call("shop.example")
    assert "private" in sending.send("http://shop.example/", b"{}", {})
    assert shop.heard == []


@pytest.mark.parametrize("host", ["93.184.216.34", "[2606:2800:220:1::1]", "shop.example"])
def test_the_open_internet_may_be_subscribed(monkeypatch, tx_db, host: str):
    monkeypatch.delenv(sending.MAY_BE_PRIVATE)
    made = subscribing.subscribe(Tx(), f"https://{host}/goen", STOCK, actor=ACTOR, recorded_at=NOW)
    assert isinstance(made, Subscribed)


@pytest.mark.parametrize(
    "address",
    ["", "shop.example", "ftp://shop.example/", "file:///etc/passwd", "http://", "https:///x",
     "http://me:pw@shop.example/", "http://shop.example:0/", "http://shop.example:99999/",
     "http://shop.example/#a", "http://shop.example/a b", "http://shop.example/\r\nX: 1",
     "http://店.example/", "http://shop.example/" + "a" * 2_000, "http://[::1/", "\0"],
)  # fmt: skip
def test_what_is_no_address_is_refused(tx_db, address: str):
    made = subscribing.subscribe(Tx(), address, STOCK, actor=ACTOR, recorded_at=NOW)
    assert isinstance(made, Refusal)
    assert (made.code, made.field) == ("bad_address", "address")


# the doors


class Door:
    """The API inside this process."""

    def __init__(self, *scopes: str) -> None:
        from django.test import Client

        key = asking.new_key(*scopes)
        self._client = Client(headers={"host": "127.0.0.1", "Authorization": f"Bearer {key}"})

    def ask(self, method: str, path: str = "", body: object = None) -> tuple[int, dict]:
        answer = self._client.generic(
            method, f"/v1/webhooks{path}", json.dumps(body), content_type="application/json"
        )
        return answer.status_code, json.loads(answer.content or b"{}")


ADDRESS = "https://shop.example/hooks"


def test_a_subscriber_is_made_listed_and_ended_and_its_secret_shown_once(tx_db):
    door = Door("webhooks:write")
    status, made = door.ask("POST", body={"address": ADDRESS, "kinds": ["StockChanged"]})
    assert status == 201
    assert made["secret"].startswith("whsec_")
    assert len(made["secret"]) > 40
    status, listed = door.ask("GET")
    assert status == 200
    (one,) = listed["webhooks"]
    assert (one["id"], one["address"], one["kinds"]) == (made["id"], ADDRESS, ["StockChanged"])
    assert (one["waiting"], one["dead"], one["error"]) == (0, 0, "")
    assert made["secret"] not in json.dumps(listed)
    assert door.ask("DELETE", f"/{made['id']}") == (204, {})
    assert door.ask("DELETE", f"/{made['id']}") == (204, {})
    assert door.ask("GET") == (200, {"webhooks": []})
    verbs = Tx().rows("SELECT verb, actor FROM kit_trail WHERE kind = 'webhook' ORDER BY id")
    assert verbs == [("subscribe", "key:test"), ("end", "key:test")]


def test_what_the_door_refuses(tx_db):
    door = Door("webhooks:write")
    good = {"address": ADDRESS, "kinds": ["StockChanged"]}
    assert door.ask("POST", body=good)[0] == 201
    for body, status, code in (
        (good, 409, "subscribed_already"),
        (good | {"kinds": ["SaleBoked"]}, 409, "unknown_notice"),
        (good | {"kinds": []}, 409, "unknown_notice"),
        (good | {"address": "shop"}, 409, "bad_address"),
        (good | {"colour": 1}, 422, "invalid"),
    ):
        got, answer = door.ask("POST", body=body)
        assert (got, answer["code"]) == (status, code)
    for method, path in (("DELETE", f"/{uuid4()}"), ("POST", f"/{uuid4()}/redrive")):
        status, answer = door.ask(method, path)
        assert (status, answer["code"]) == (404, "unknown_webhook")
    for method, path in (("PUT", ""), ("GET", f"/{uuid4()}"), ("GET", f"/{uuid4()}/redrive")):
        status, answer = door.ask(method, path)
        assert (status, answer["code"]) == (405, "wrong_method")
    assert Door("sales:write").ask("GET")[0] == 401


def test_the_command_makes_lists_and_drives_again(courier, shop):
    shop.says = lambda _: 500
    run = CliRunner().invoke
    made = run(command, ["new", shop.address, "--kind", "SaleBooked"])
    uid, secret = made.output.split()
    assert secret.startswith("whsec_")
    assert run(command, ["new", shop.address]).exit_code == 1
    with tx() as t:
        t.execute("UPDATE links_subscriber SET created_at = %s", [NOW])
    happened("a")
    at = NOW
    for _ in range(webhooks.TRIES):
        carry(courier, at=at)
        at += webhooks.LONGEST_WAIT
    listed = run(command, ["list"]).output
    assert uid in listed
    assert "dead 1 · HTTP 500" in listed
    assert run(command, ["retry", uid]).output == "1\n"
    assert run(command, ["retry", str(uuid4())]).exit_code == 1
    assert run(command, ["end", uid]).exit_code == 0
    assert run(command, ["list"]).output == ""


# the worker


@contextmanager
def working() -> Iterator[None]:
    with hooks.carrying(threading.Event()):
        yield


def until(true: Callable[[], bool], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_the_worker_carries_and_outlives_a_database_that_went_away(fresh_db, shop):
    subscribed(shop, "SaleBooked")
    with working():
        happened("a")
        until(lambda: names(shop) == ["a"])
        with fresh_db.connect() as direct:
            direct.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()
        connection.close_pool()
        happened("b")
        until(lambda: "b" in names(shop))


@contextmanager
def worker_of(fresh_db) -> Iterator[subprocess.Popen]:
    """The worker as it runs in a shop: a process of its own."""
    log = home.log_dir() / f"{fresh_db.shop}.worker.log"
    with (
        log.open("ab") as sink,
        subprocess.Popen(
            [sys.executable, "-m", "goen.doors.cli.main", "worker"],
            env=fresh_db.environment(), stdout=sink, stderr=sink,
        ) as process,
    ):  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                assert process.wait(15) in {0, -signal.SIGKILL}, log.read_text()
            finally:
                process.kill()


@pytest.mark.slow
def test_workers_killed_at_any_moment_lose_nothing(fresh_db, shop):
    """Each is killed while parcels are in the air: they come again, marked, in their order."""
    subscribed(shop, "SaleBooked")
    shop.says = lambda _: time.sleep(0.02) or 200
    for kill in range(2):
        for n in range(30):
            happened(f"{kill}{n:02}", key=str(n % 5))
        before = len(shop.heard)
        with worker_of(fresh_db) as worker:
            until(lambda: len(shop.heard) >= before + 7)  # noqa: B023
            worker.kill()
    with worker_of(fresh_db):
        until(lambda: {state for state, _ in states()} == {"delivered"}, seconds=60)
    ids: dict[str, set[str]] = {}
    for one in shop.heard:
        ids.setdefault(one.body["data"]["name"], set()).add(one.delivery)
    assert sorted(ids) == [f"{kill}{n:02}" for kill in range(2) for n in range(30)]
    assert all(len(same) == 1 for same in ids.values())
    for key in range(5):
        lane = [one.body["sequence"] for one in shop.heard if one.body["key"] == str(key)]
        assert lane == sorted(lane)


@pytest.mark.slow
@pytest.mark.quiet
def test_from_the_till_s_answer_to_the_web_shop_over_200_sales(fresh_db, serving, shop, remark):
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "KASHI-01", 201)
    subscribed(shop, at=clock.now())
    answered: list[float] = []
    with worker_of(fresh_db), asking.Caller(serving, asking.new_key()) as till:
        till.sell(world.sale(("KASHI-01", 1)))
        until(lambda: len(shop.heard) == 1)  # the worker is up
        shop.heard.clear()
        for _ in range(200):
            assert till.sell(world.sale(("KASHI-01", 1)))[0] == 201
            answered.append(time.monotonic())
            time.sleep(0.02)
        until(lambda: len(shop.heard) == 200)
    took = sorted(one.at - then for one, then in zip(shop.heard, answered, strict=True))
    p50, p99 = 1000 * took[99], 1000 * took[197]
    remark(f"200 sales to the web shop: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    assert shop.stock() == {("shibuya", "KASHI-01"): 0}
    assert took[197] < 5
