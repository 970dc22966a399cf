"""How the shop runs, in figures for Prometheus: `GET /metrics`.

What web processes count (requests, answers of verbs, batches) is kept in files of the shop's
`PROMETHEUS_MULTIPROC_DIR`, which the supervisor empties when it starts the web server, so that
any process answers for all of them; without that variable a process answers for itself. What the
database knows is read when asked. Answered to this machine, and to keys with `metrics:read`.
"""

import os
import time
from collections.abc import Callable, Iterator

import prometheus_client as prometheus
from django.http import HttpRequest, HttpResponse
from prometheus_client import multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from goen.kit import clock, keys
from goen.kit.db import tx
from goen.kit.refusals import Refusal

_OWN = prometheus.CollectorRegistry()
_REQUESTS = prometheus.Counter(
    "goen_http_requests", "Requests answered", ["route", "method", "status"], registry=_OWN
)
_SECONDS = prometheus.Histogram(
    "goen_http_request_seconds",
    "How long an answer took",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OWN,
)
_ANSWERS = prometheus.Counter(
    "goen_verb_answers",
    "Facts that were answered: done, repeated, or refused with a code",
    ["route", "outcome", "code"],
    registry=_OWN,
)
BATCH = prometheus.Histogram(
    "goen_gathered_facts",
    "Facts that shared one transaction",
    ["verb"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=_OWN,
)
WAITED = prometheus.Histogram(
    "goen_gathered_wait_seconds",
    "How long a fact waited for the batch before its own",
    ["verb"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
    registry=_OWN,
)
Answer = Callable[[HttpRequest], HttpResponse]


class Measured:
    """Counts and times every answer by its route."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        since = time.perf_counter()
        response = self.get_response(request)
        found = request.resolver_match
        route = "other" if found is None else f"/{found.route}"
        method = request.method if request.method in _METHODS else "other"
        timed(route, method, response.status_code, time.perf_counter() - since)
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def timed(route: str, method: str, status: int, took_s: float) -> None:
    """Count a request and how long its answer took."""
    _REQUESTS.labels(route, method, status).inc()
    _SECONDS.labels(route).observe(took_s)


def answered(route: str, outcome: object) -> None:
    """Count what a verb answered to one fact."""
    if isinstance(outcome, Refusal):
        _ANSWERS.labels(route, "refused", outcome.code).inc()
    else:
        again = getattr(outcome, "repeated", False)
        _ANSWERS.labels(route, "repeated" if again else "done", "").inc()


def metrics(request: HttpRequest) -> HttpResponse:
    """All figures, as Prometheus reads them."""
    if not (_from_here(request) or _has_key(request)):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = prometheus.CollectorRegistry()
    if multiprocess_folder():
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        own = prometheus.generate_latest(registry)
    else:
        own = prometheus.generate_latest(_OWN)
    shop = prometheus.CollectorRegistry()
    shop.register(_Shop())
    return HttpResponse(
        own + prometheus.generate_latest(shop), content_type=prometheus.CONTENT_TYPE_LATEST
    )


def multiprocess_folder() -> str:
    """Where the processes of this shop keep their counts, if they share them."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def _from_here(request: HttpRequest) -> bool:
    """Asked on this machine itself: a proxy says for whom it asks."""
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For"))
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not passed_on


def _has_key(request: HttpRequest) -> bool:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    with tx() as t:
        return scheme == "Bearer" and keys.actor_of(t, secret, "metrics:read") is not None


class _Shop(Collector):
    """What the database knows, read at once."""

    def collect(self) -> Iterator[Metric]:
        with tx() as t:
            for name, help_, label, sql in _READ:
                gauge = GaugeMetricFamily(name, help_, labels=[label] if label else [])
                for row in t.rows(sql, {"now": clock.now()} if "%(now)s" in sql else ()):
                    gauge.add_metric([str(part) for part in row[:-1]], float(row[-1]))
                yield gauge


_READ = (
    (
        "goen_relay_lag_notices",
        "Notices that a consumer has not read yet",
        "consumer",
        """
        SELECT r.consumer, (SELECT count(*) FROM kit_notice n
                            WHERE (n.xid, n.id) > (r.xid::xid8, r.notice_id))
        FROM kit_relay r
        """,
    ),
    (
        "goen_relay_lag_seconds",
        "Age of the oldest notice that a consumer has not read yet",
        "consumer",
        """
        SELECT r.consumer, coalesce(extract(epoch FROM %(now)s - n.recorded_at), 0)
        FROM kit_relay r LEFT JOIN LATERAL (
          SELECT n.recorded_at FROM kit_notice n
          WHERE (n.xid, n.id) > (r.xid::xid8, r.notice_id) ORDER BY n.xid, n.id LIMIT 1) n ON true
        """,
    ),
    (
        "goen_live_holds",
        "Holds that are live in the ledger, by what for",
        "reason",
        "SELECT reason, count(*) FROM ledger_pending GROUP BY reason",
    ),
    (
        "goen_open_exceptions",
        "Orders' exceptions that nobody has decided yet",
        "code",
        "SELECT code, count(*) FROM orders_exception WHERE closed_at IS NULL GROUP BY code",
    ),
    (
        "goen_queue_rows",
        "What waits, or was given up",
        "queue",
        """
        SELECT 'notices parked', count(*) FROM kit_parkednotice
        UNION ALL SELECT 'webhooks waiting', count(*) FROM links_delivery WHERE state = 'waiting'
        UNION ALL SELECT 'webhooks dead', count(*) FROM links_delivery WHERE state = 'dead'
        UNION ALL SELECT 'loads', count(*) FROM links_load
        WHERE state IN ('counting', 'queued', 'direct')
        """,
    ),
    (
        "goen_queue_bytes",
        "Size of the tables that queues are kept in, with their indexes",
        "table",
        """
        SELECT name, pg_total_relation_size(name::regclass)
        FROM unnest(ARRAY['kit_notice', 'links_delivery', 'ledger_pending']) AS name
        """,
    ),
    ("goen_database_bytes", "Size of the shop's database", "",
     "SELECT pg_database_size(current_database())"),
)  # fmt: skip
