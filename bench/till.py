"""How long a clerk waits for the customer in front of them: who they are and what is proposed.

Four tills ask for members by card, while nothing else works and while the analyst computes all
its figures over and over, as nice to the others as it is in a shop.
"""

import contextlib
import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from bench import cluster, shop
from bench.figure import Figure, duration
from goen.kit import clock
from goen.kit.db import tx

TILLS = 4
LEAST = 100
"""Of so many members somebody has a proposal."""
SALES, AT_ONCE = 6_000, 200
DAYS = 120


def measure(*, seconds: float, sales: int = SALES) -> Iterator[Figure]:
    """The 99th of a hundred waits, with the analyst at work; the limit is the same without."""
    _trade(sales)
    _propose()
    cookie = _clerk()
    with cluster.serving() as address:
        _waits(address, cookie, seconds / 2)
        quiet = _waits(address, cookie, seconds)
        with _analyst_at_work():
            busy = _waits(address, cookie, seconds)
    name = "profile and proposal at the till, p99"
    found = duration(name, _part(busy, 0.99), limit=_part(quiet, 0.99),
                     limit_is="the same while the analyst rests", n=len(busy))  # fmt: skip
    yield replace(
        found, clients=TILLS, p50_ms=round(_part(busy, 0.5) * 1000, 1),
        p99_ms=round(_part(busy, 0.99) * 1000, 1),
    )  # fmt: skip


def _trade(sales: int) -> None:
    """Everybody buys a few articles again and again."""
    from goen.orders.selling import sell

    rng = random.Random(4)
    now = clock.now()
    for start in range(0, sales, AT_ONCE):
        batch = []
        for n in range(start, min(start + AT_ONCE, sales)):
            member = rng.randrange(shop.MEMBERS)
            usual = (member * 7 % shop.SKUS, (member * 7 + 1 + rng.randrange(3)) % shop.SKUS)
            one = shop.sale_of(usual, member)
            batch.append(replace(one, occurred_at=now - timedelta(days=DAYS * (1 - n / sales))))
        with tx() as t:
            sell(t, batch, actor=shop.ACTOR, recorded_at=clock.now())


def _propose() -> None:
    """What the analyst finds is proposed, as the worker does it."""
    from goen.insight import lake, queries, tastes
    from goen.insight.analyst import Analyst
    from goen.marketing import proposals_making

    found = Analyst(lake.folder_of(cluster.SHOP))
    found.catch_up(recorded_at=clock.now())
    found.refresh(recorded_at=clock.now())
    after = 0
    with tx() as t:
        on = queries.today(t)
        while people := tastes.people_with_candidates(t, after=after):
            after = people[-1]
            proposals_making.make(t, people, on=on, recorded_at=clock.now())
        made = t.value("SELECT count(*) FROM marketing_proposal")
    assert made > shop.MEMBERS / 4, made


def _clerk() -> str:
    """A clerk's session, as the login page would have begun it."""
    from django.conf import settings
    from django.test import Client

    from goen.places import masters
    from goen.places.masters import NewStaff
    from goen.places.models import Staff

    name = {"ja": "計測", "en": "Bench"}
    with tx() as t:
        new = NewStaff("clerk", "clerk", name, "hq", password="bench bench")
        masters.put_staff(t, new, actor=shop.ACTOR, recorded_at=clock.now())
        staff = Staff.objects.get(code="clerk")
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    name_of = settings.SESSION_COOKIE_NAME
    return f"{name_of}={browser.cookies[name_of].value}"


def _waits(address: str, cookie: str, seconds: float) -> list[float]:
    """How long each answer took, in order of length; all of the right person."""
    until = time.perf_counter() + seconds

    def ask(till: int) -> list[float]:
        rng = random.Random(till)
        waited, proposed = [], 0
        connection = http.client.HTTPConnection(address, timeout=60)
        while time.perf_counter() < until:
            card = shop.card(rng.randrange(shop.MEMBERS))
            began = time.perf_counter()
            connection.request("GET", f"/register/read?q={card}", headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            waited.append(time.perf_counter() - began)
            assert answer.status == 200, body[:500]
            proposed += json.loads(body)["member"]["proposal"] is not None
        connection.close()
        assert proposed or len(waited) < LEAST, "nothing was proposed to anybody"
        return waited

    with ThreadPoolExecutor(TILLS) as pool:
        return sorted(wait for each in pool.map(ask, range(TILLS)) for wait in each)


def _part(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@contextlib.contextmanager
def _analyst_at_work() -> Iterator[None]:
    command = [sys.executable, "-m", "bench.at_work"]
    with subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"at work"
        try:
            yield
        finally:
            process.kill()
