"""What is measured of a shop of one size: loading, disk, the analyst, the audit and its pages.

Every part answers figures by name, with their unit in the name. Figures of a part are one run's.
"""

import contextlib
import http.client
import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from bench import cluster

REQUESTS, WARM = 50, 5
LISTS = {
    "orders": "/orders",
    "order mismatches": "/orders/mismatches",
    "exceptions": "/orders/exceptions",
    "stock": "/stock",
    "stock that runs low": "/stock/low",
    "points": "/points",
    "point accounts": "/points/accounts",
    "points that end soon": "/points/accounts?only=ending",
    "segments": "/segments",
    "everybody as a segment": "/segments/people",
    "without a next step": "/customers/without-next-step",
    "may be the same": "/customers/same",
    "consents": "/consents",
    "lapsing": "/analysis/lapsing",
    "measures": "/measures",
    "trail": "/trail",
}
"""Lists that a person of head office opens; each must not grow with the shop."""
Figures = dict[str, float]


def load(asked: Mapping[str, Any]) -> Figures:
    """The simulated shop through its own loaders; what was loaded before is passed over."""
    from goen.kit import home
    from sim import load as loading
    from sim import load_months

    kept = loading.settings_path(cluster.SHOP)
    if not kept.is_file():
        home.write_json(kept, asked["size"])
    world = load_months.world_of(json.loads(kept.read_text()))
    load_months.keep_calm()
    began = time.monotonic()
    phases: dict[str, list[tuple[float, int]]] = {}

    def seen(done: int, _total: int, label: str) -> None:
        phase = label if label in {"people", "sales"} else "history"
        phases.setdefault(phase, []).append((time.monotonic() - began, done))

    loading.load_first(world, shop=cluster.SHOP, report=seen)
    first_s = time.monotonic() - began
    loading.load_rest(world, shop=cluster.SHOP, report=seen, jobs=asked["jobs"])
    rest_s = time.monotonic() - began - first_s
    receipts = world.count()
    earlier = receipts - load_months.count_between(world, *world.window)
    figures = {
        "load first s": first_s,
        "load history s": rest_s,
        "receipts": receipts,
        "history receipts/s": earlier / rest_s if rest_s else 0.0,
    }
    for name, steps in phases.items():
        figures |= _rates(name, steps)
    return figures


def _rates(name: str, steps: Sequence[tuple[float, int]]) -> Figures:
    """Rows a second in the first and the last tenth of a phase: does it slow down as it grows?"""
    tenth = max(1, len(steps) // 10)
    if len(steps) <= tenth:
        return {}
    found = {}
    for label, (a, b) in (
        ("first tenth", (steps[0], steps[tenth])),
        ("last tenth", (steps[-tenth - 1], steps[-1])),
    ):
        if b[0] > a[0]:
            found[f"{name} rows/s, {label}"] = (b[1] - a[1]) / (b[0] - a[0])
    return found


def disk(_: Mapping[str, Any]) -> Figures:
    """Rows, and megabytes of the database and of the lake."""
    from goen.insight import lake
    from goen.kit.db import tx

    with tx() as t:
        rows = {
            "records": t.value("SELECT count(*) FROM customers_record"),
            "persons": t.value("SELECT count(DISTINCT person_id) FROM customers_personof"),
            "orders": t.value("SELECT count(*) FROM orders_order"),
            "lines": t.value("SELECT count(*) FROM orders_line"),
            "moves": t.value("SELECT count(*) FROM ledger_move"),
            "database MB": t.value("SELECT pg_database_size(current_database())") / 2**20,
        }
    files = lake.folder_of(cluster.SHOP).rglob("*")
    return rows | {"lake MB": sum(f.stat().st_size for f in files if f.is_file()) / 2**20}


def publish(_: Mapping[str, Any]) -> Figures:
    """The analyst in a process of its own: the lake from nothing, then every standing figure."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_publish).result()


def _publish() -> Figures:
    from goen.doors.cli.main import start_django

    start_django()
    from goen.insight import analyst, lake
    from goen.kit import clock

    folder = lake.folder_of(os.environ["GOEN_SHOP"])
    with analyst.only_one(folder):
        found = analyst.Analyst(folder)
        lake.ask_to_rebuild(folder)
        began = time.monotonic()
        found.catch_up(recorded_at=clock.now())
        published_s = time.monotonic() - began
        peak = _peak_mb()
        began = time.monotonic()
        found.refresh(recorded_at=clock.now())
        refreshed_s = time.monotonic() - began
    return {
        "publish s": published_s,
        "publish peak MB": peak,
        "refresh s": refreshed_s,
        "refresh peak MB": _peak_mb(),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def audit(_: Mapping[str, Any]) -> Figures:
    """Everything that must hold, proved; a shop that does not add up is no measurement."""
    from goen.doors.cli.audit import audited
    from goen.kit.db import tx

    began = time.monotonic()
    with tx() as t:
        result = audited(t)
    assert result["ok"], result["broken"]
    return {"audit s": time.monotonic() - began}


def pages(_: Mapping[str, Any]) -> Figures:
    """Milliseconds that 95 of 100 pages take, one after the other, warm, the analyst at hand."""
    _close()
    rng = random.Random(1)
    skus, people = _some("insight_skufigure", "sku_id"), _some("insight_personfigure", "person_id")
    asked: dict[str, Callable[[], str]] = {
        "home": lambda: "/",
        "products": lambda: "/products",
        "who bought it, 4 weeks": lambda: f"/products/{rng.choice(skus)}",
        "who bought it, all time": lambda: f"/products/{rng.choice(skus)}?window=all",
        "customers": lambda: "/customers",
        "person": lambda: f"/customers/{rng.choice(people)}",
        "search": lambda: f"/search?q={rng.randrange(10_000):04d}",
        **{name: (lambda path=path: path) for name, path in LISTS.items()},
    }
    cookie = _head_office()
    found: Figures = {}
    with _analyst(), cluster.serving() as address:
        for name, path in asked.items():
            waits = sorted(_waits(address, cookie, path))
            found[f"{name}: p50 ms"] = waits[len(waits) // 2]
            found[f"{name}: p95 ms"] = waits[int(len(waits) * 0.95)]
    return found


def _close() -> None:
    """Turnover is written down, as the worker does at least once a day."""
    from goen.kit import clock
    from goen.kit.db import tx
    from goen.ledger import turnover

    with tx() as t:
        turnover.close(t, recorded_at=clock.now())


def _some(table: str, column: str) -> list[int]:
    from goen.kit.db import tx

    with tx() as t:
        sql = f"SELECT DISTINCT {column} FROM {table} ORDER BY 1 LIMIT 20000"
        return [row[0] for row in t.rows(sql)]


def _waits(address: str, cookie: str, path: Callable[[], str]) -> list[float]:
    connection = http.client.HTTPConnection(address, timeout=120)
    waited = []
    for n in range(WARM + REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path(), headers={"Cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:300])
        if n >= WARM:
            waited.append((time.perf_counter() - began) * 1000)
    connection.close()
    return waited


def _head_office() -> str:
    """The cookie of somebody of head office, as the sign-in page would have given it."""
    from django.conf import settings
    from django.test import Client

    from goen.places.models import Staff

    browser = Client()
    staff = Staff.objects.filter(role="hq", is_active=True).order_by("id")[0]
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}"


@contextlib.contextmanager
def _analyst() -> Iterator[None]:
    from goen.kit import home

    command = (sys.executable, "-m", "goen.doors.cli.main", "analyst")
    with (home.log_dir() / "scale.analyst.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        time.sleep(2)
        yield
    finally:
        process.kill()  # in the midst of minutes of figures it would not end for a while
        process.wait(60)


def stop() -> None:
    """Stop the database; the folder stays."""
    from django.db import connections

    from goen.kit import postgres

    connections.close_all()
    postgres.stop(fast_s=60)
