"""Sales a second: through the verb, through the API, and pgbench saying the same statements."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from django.db import connection

from bench import cluster, pgbench, shop, statements
from bench.figure import Figure, rate
from goen.doors.cli.audit import audited
from goen.kit import clock, keys
from goen.kit.db import tx
from goen.orders.sale import Sale, Sold
from goen.orders.selling import sell

CLIENTS = (1, 4, 16)
BATCH = 100
Sell = Callable[[random.Random], int]
"""Makes some sales and answers how many."""


def measure(folder: Path, *, seconds: float) -> Iterator[Figure]:
    """Every way of selling at every number of clients, each beside pgbench in the same run."""
    script = folder / "sale.sql"
    count = statements.write_script(script)
    connection.close()  # the pool has one connection for each of sixteen threads, none for us
    limits = {}
    for clients in CLIENTS:
        limits[clients] = pgbench.rate(script, clients=clients, seconds=seconds)
        value, n = _rate(_in_process, clients, seconds)
        yield _figure("orders.selling.sell", clients, value, n, limits[clients], count)
    value, n = _rate(_batches, 1, seconds)
    yield _figure(f"orders.selling.sell, {BATCH} at once", 1, value, n, limits[1], count)
    with cluster.serving() as address:
        for clients in CLIENTS:
            value, n = _rate(_over_http(address), clients, seconds)
            yield _figure("POST /v1/sales", clients, value, n, limits[clients], count)
    _prove()


def _prove() -> None:
    """pgbench's sales and ours are in the same books, and the books add up."""
    with tx() as t:
        result = audited(t)
    assert result["ok"], result["broken"]


def _figure(name: str, clients: int, value: float, n: int, limit: float, count: int) -> Figure:
    who = "1 client" if clients == 1 else f"{clients} clients"
    limit_is = f"pgbench -M prepared, the same {count} statements, {who}"
    return rate(f"{name}, {who}", value, "sales/s", limit=limit, limit_is=limit_is, n=n)


def _rate(opened: Callable[[], Iterator[Sell]], clients: int, seconds: float) -> tuple[float, int]:
    """Sales a second of so many clients, each with a connection and a random stream of its own."""
    together, stop = threading.Barrier(clients + 1), threading.Event()

    def run(seed: int) -> int:
        rng, made = random.Random(seed), 0
        with contextmanager(opened)() as sell_some:
            for _ in range(10):  # what is prepared after a few calls is prepared before we count
                sell_some(rng)
            together.wait(timeout=60)
            while not stop.is_set():
                made += sell_some(rng)
        return made

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(run, seed) for seed in range(clients)]
        for one in running:
            one.add_done_callback(lambda _: together.abort())  # who ends early failed
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=60)
        began = time.monotonic()
        time.sleep(0 if together.broken else seconds)
        stop.set()
        failed = [e for e in (one.exception() for one in running) if e is not None]
        for error in failed:
            if not isinstance(error, threading.BrokenBarrierError):
                raise error
        made = sum(one.result() for one in running)
        took = time.monotonic() - began
    return made / took, made


def _in_process() -> Iterator[Sell]:
    yield lambda rng: _book([shop.any_sale(rng)])
    connection.close()


def _batches() -> Iterator[Sell]:
    yield lambda rng: _book([shop.any_sale(rng) for _ in range(BATCH)])
    connection.close()


def _book(sales: list[Sale]) -> int:
    with tx() as t:
        answers = sell(t, sales, actor=shop.ACTOR, recorded_at=clock.now())
    assert all(isinstance(answer, Sold) for answer in answers), answers
    return len(answers)


def _over_http(address: str) -> Callable[[], Iterator[Sell]]:
    with tx() as t:
        secret = keys.issue(t, "bench", ("sales:write",), actor=shop.ACTOR, recorded_at=clock.now())
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def opened() -> Iterator[Sell]:
        calling = http.client.HTTPConnection(address, timeout=60)

        def post(rng: random.Random) -> int:
            calling.request("POST", "/v1/sales", _body(shop.any_sale(rng)), headers)
            answer = calling.getresponse()
            content = answer.read()
            assert answer.status == 201, content
            return 1

        yield post
        calling.close()

    return opened


def _body(sale: Sale) -> bytes:
    assert sale.member is not None
    body = msgspec.to_builtins(sale)
    body["member"] = {"kind": sale.member[0], "value": sale.member[1]}
    del body["record_key"]
    return json.dumps(body).encode()
