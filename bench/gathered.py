"""Holds and orders over HTTP: gathered and one by one, any article and the one everybody wants.

Each rate stands beside pgbench on the same server in the same run. The limits are the database's
alone: one statement that takes and notes a hold, or every statement of an order.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import cluster, figure, load, pgbench, shop, statements
from bench.figure import Figure
from bench.load import Answers
from goen.kit import clock, keys
from goen.kit.db import tx

CLIENTS = (1, 16, 64)
LIMIT_CLIENTS = (16, 64)
SCOPES = ("sales:write", "stock:write", "orders:write")
_VARIANTS = 2_000
SCARCE = 300
"""Units of the article that is asked for more often than it is there."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked for: the address, bodies for any article and for one, pgbench's limits."""

    name: str
    path: str
    unit: str
    any: Sequence[bytes]
    hot: Sequence[bytes]
    any_limit: tuple[float, str]
    hot_limit: tuple[float, str]


def measure(folder: Path, *, seconds: float) -> Iterator[Figure]:
    """Every kind at every number of clients, gathered and not."""
    with tx() as t:
        secret = keys.issue(t, "load", SCOPES, actor=shop.ACTOR, recorded_at=clock.now())
    kinds = [_holds(folder, seconds), _orders(folder, seconds)]
    for gather in (True, False):
        with cluster.serving(gather=gather) as address:
            for kind in kinds:
                yield from _kind(kind, address, secret, seconds, gather=gather)


def _kind(
    kind: Kind, address: str, secret: str, seconds: float, *, gather: bool
) -> Iterator[Figure]:
    by = "" if gather else " ungathered"
    shapes = (("uniform", kind.any, kind.any_limit), ("hot", kind.hot, kind.hot_limit))
    for shape, bodies, (limit, limit_is) in shapes:
        for clients in CLIENTS:
            answers = load.calls(
                address, kind.path, bodies, secret=secret, clients=clients, seconds=seconds
            )
            _only_done(answers)
            yield figure.served(
                f"{kind.name} {shape}{by}", kind.unit, answers,
                clients=clients, limit=limit, limit_is=limit_is,
            )  # fmt: skip


def _only_done(answers: Answers) -> None:
    assert set(answers.by_status) == {201}, answers


def _holds(folder: Path, seconds: float) -> Kind:
    limits = []
    for hot in (False, True):
        script = folder / f"hold-{hot}.sql"
        script.write_text(_hold_script(hot=hot))
        limits.append(pgbench.best(script, of=LIMIT_CLIENTS, seconds=seconds))
    limit_is = "pgbench, UPDATE and INSERT in one statement, its best of 16 and 64 clients"
    rng = random.Random(1)
    any_ = [_hold_body(rng.randrange(shop.SKUS)) for _ in range(_VARIANTS)]
    return Kind(
        "holds", "/v1/holds", "holds/s", any_, [_hold_body(shop.HOT)],
        (limits[0], limit_is), (limits[1], limit_is),
    )  # fmt: skip


def _hold_body(article: int) -> bytes:
    return msgspec.json.encode(
        {
            "uid": load.ID.decode(),
            "place": "store",
            "kind": "order",
            "holder": "cart:bench",
            "occurred_at": shop.just_now(),
            "lines": [{"item": shop.code(article), "qty": 1}],
        }
    )


def _hold_script(*, hot: bool) -> str:
    """A hold by one statement: what is free is taken and noted, or nothing is."""
    (shelf, step), (sold, sold_step) = shop.accounts("place:1:sellable", "world:sold")
    sku = shop.HOT if hot else f"random(0, {shop.SKUS - 1})"
    return f"""\\set sku {sku}
\\set a random(1, 9000000000000000000)
WITH taken AS (
  UPDATE ledger_balance SET pending = pending + 1
  WHERE account_id = {shelf} + {step} * :sku AND posted - pending - floor >= 1
  RETURNING account_id
)
INSERT INTO ledger_pending (request, line, source_id, target_id, qty, held, reason, origin,
                            strength, business_date, occurred_at, recorded_at, actor)
SELECT lpad(to_hex(:a::bigint), 32, '0')::uuid, 0, account_id, {sold} + {sold_step} * :sku, 1, 1,
       'order', 'order', 50, '2026-11-22', '2026-11-22 00:00+00', '2026-11-22 00:00+00', 'key'
FROM taken;
"""


def _orders(folder: Path, seconds: float) -> Kind:
    limits, count = [], 0
    for hot in (False, True):
        script = folder / f"order-{hot}.sql"
        count = statements.write_order_script(script, hot=hot)
        limits.append(pgbench.best(script, of=LIMIT_CLIENTS, seconds=seconds))
    limit_is = f"pgbench, the same {count} statements, its best of 16 and 64 clients"
    rng = random.Random(2)
    any_ = [_order_body(rng, rng.randrange(shop.SKUS // 2)) for _ in range(_VARIANTS)]
    hot_ = [_order_body(rng, shop.HOT) for _ in range(_VARIANTS)]
    return Kind(
        "orders", "/v1/orders", "orders/s", any_, hot_, (limits[0], limit_is), (limits[1], limit_is)
    )


def _order_body(rng: random.Random, article: int) -> bytes:
    """Two articles to an address for a fee, paid with points and by card."""
    articles = (article, rng.randrange(shop.SKUS // 2, shop.SKUS))
    sale = shop.order_of(articles, rng.randrange(shop.MEMBERS)).sale
    assert sale.member is not None
    name, postcode, address, phone = shop.ADDRESS
    to = {"name": name, "postcode": postcode, "address": address, "phone": phone}
    return msgspec.json.encode(
        {
            "uid": load.ID.decode(),
            "place": sale.place,
            "channel": sale.channel,
            "occurred_at": shop.just_now(),
            "member": {"kind": sale.member[0], "value": sale.member[1]},
            "lines": [{"item": line.item, "qty": line.qty} for line in sale.lines],
            "delivery": {"method": "ship", "address": to, "fee_minor": shop.FEE},
            "tenders": [{"kind": x.kind, "amount_minor": x.amount_minor} for x in sale.tenders],
            "expected_total_minor": sum(x.amount_minor for x in sale.tenders),
        }
    )
