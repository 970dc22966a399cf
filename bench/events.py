"""Events a second: through the verb and through the API, beside raw COPY of the same rows.

A tenth name their member, half their browser; the limit is COPY into a table of the same columns
and indexes, without looking at anything. Every event is new: a repetition is cheaper.
"""

import http.client
import json
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench import cluster, shop
from bench.figure import Figure, rate
from goen.behaviour import events, months
from goen.behaviour.events import NewEvent
from goen.behaviour.rules import month_of
from goen.kit import clock, ids, keys
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx

BATCH = 1_000
ACTOR = Actor("system", "bench")
SOURCE = "bench"


def measure(*, seconds: float) -> Iterator[Figure]:
    """The verb, then the API, each in batches of a thousand."""
    with tx() as t:
        masters = _masters(t)
    bare, n = _timed(lambda: _copied(_batch(masters)), seconds)
    limit_is = "COPY into a table of the same columns and indexes, 1 client"
    value, n = _timed(lambda: _kept(_batch(masters)), seconds)
    name = f"events.keep, {BATCH} at once"
    yield rate(name, value, "events/s", limit=bare, limit_is=limit_is, n=n)
    with tx() as t:
        secret = keys.issue(t, "bench", ("events:write",), actor=ACTOR, recorded_at=clock.now())
    with cluster.serving() as address:
        value, n = _timed(lambda: _posted(address, secret), seconds)
        name = f"POST /v1/events, {BATCH} at once"
        yield rate(name, value, "events/s", limit=bare, limit_is=limit_is, n=n)


def _timed(work: object, seconds: float) -> tuple[float, int]:
    """Events a second of one client, and how many there were."""
    assert callable(work)
    work()  # what is made at the first time is made before we count
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        count += work()
    return count / (time.perf_counter() - began), count


def _masters(t: Tx) -> tuple[list[int], list[int]]:
    """SKUs and members' records; the source that events come from."""
    t.execute(
        "INSERT INTO places_source (code, name, trust) VALUES (%s, '{}', 0) ON CONFLICT DO NOTHING",
        [SOURCE],
    )
    skus = [row[0] for row in t.rows("SELECT id FROM catalogue_sku ORDER BY id LIMIT 1000")]
    records = [row[0] for row in t.rows("SELECT id FROM customers_record ORDER BY id LIMIT 1000")]
    months.make(t, {month_of(clock.now())})
    t.execute(
        "CREATE TABLE bench_event (LIKE behaviour_event INCLUDING DEFAULTS INCLUDING INDEXES)"
    )
    return skus, records


def _batch(masters: tuple[list[int], list[int]]) -> list[NewEvent]:
    skus, records = masters
    now, rng = clock.now(), random.Random()
    return [
        NewEvent(
            source=SOURCE,
            message_id=str(ids.new_id()),
            kind=rng.choice(("view", "view", "view", "cart", "search")),
            occurred_at=_within(now, rng),
            record_id=rng.choice(records) if rng.random() < 0.1 else None,
            visitor=f"v-{rng.randrange(20_000)}" if rng.random() < 0.5 else "",
            sku_id=rng.choice(skus),
        )
        for _ in range(BATCH)
    ]


def _within(now: datetime, rng: random.Random) -> datetime:
    """A moment of this month, so that both write into one partition."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first + timedelta(seconds=rng.random() * (now - first).total_seconds())


def _kept(batch: list[NewEvent]) -> int:
    with tx() as t:
        answers = events.keep(t, batch, actor=ACTOR, recorded_at=clock.now())
    assert not any(getattr(one, "repeated", True) for one in answers)
    return len(answers)


_COLUMNS = (
    "source_id, message_id, month, kind, occurred_at, recorded_at, record_id, sku_id, origin,"
    " text, detail, actor"
)


def _copied(batch: list[NewEvent]) -> int:
    now = clock.now()
    rows = [
        (
            1, one.message_id, month_of(one.occurred_at), one.kind, one.occurred_at, now,
            one.record_id, one.sku_id, "", "", "{}", "bench",
        )
        for one in batch
    ]  # fmt: skip
    with tx() as t:
        t.copy(f"COPY bench_event ({_COLUMNS}) FROM STDIN", rows)
    return len(rows)


def _posted(address: str, secret: str) -> int:
    now, rng = clock.now(), random.Random()
    told = [
        {
            "source": SOURCE,
            "message_id": str(ids.new_id()),
            "kind": "view",
            "occurred_at": _within(now, rng).isoformat(),
            "visitor": f"v-{rng.randrange(20_000)}" if rng.random() < 0.5 else "",
            "item": shop.code(rng.randrange(shop.SKUS)),
        }
        for _ in range(BATCH)
    ]
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request(
        "POST",
        "/v1/events",
        json.dumps({"events": told}),
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    answers = json.loads(connection.getresponse().read())["answers"]
    connection.close()
    assert all(one.get("repeated") is False for one in answers), answers[:2]
    return len(answers)
