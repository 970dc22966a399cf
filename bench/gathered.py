"""Holds and orders over HTTP: gathered and one by one, any article and the one everybody wants.

Each rate stands beside pgbench on the same server in the same run. The limits are the database's
alone: one statement that takes and notes a hold, or every statement of an order.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import cluster, figure, load, pgbench, shop, statements
from bench.figure import Figure
from goen.kit import clock, keys
from goen.kit.db import tx

CLIENTS = (1, 16, 64)
LIMIT_CLIENTS = (16, 64)
SCOPES = ("sales:write", "stock:write", "orders:write")
_VARIANTS = 2_000
BATCH = 32
"""Holds that pgbench makes at once, as a gatherer does."""


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
    scarce: Callable[[int], bytes]
    """The body that asks for one of a given article."""
    batches: tuple[float, str] | None = None
    """Another limit of the one that everybody wants."""


def measure(folder: Path, *, seconds: float) -> Iterator[Figure]:
    """Every kind at every number of clients, gathered and not."""
    with tx() as t:
        secret = keys.issue(t, "load", SCOPES, actor=shop.ACTOR, recorded_at=clock.now())
    holds = _holds(folder, seconds)
    orders, statements_ = _orders(folder, seconds)
    yield figure.fewer("statements of one order", statements_, "", limit=12, limit_is="aimed at")
    scarce = iter(range(shop.SKUS, shop.SKUS + shop.SCARCE))
    for gather in (True, False):
        by = "" if gather else " ungathered"
        with cluster.serving(gather=gather) as address:
            for kind in (holds, orders):
                yield from _rates(kind, address, secret, seconds, by)
                yield _oversold(kind, address, secret, next(scarce), by)
    prove()


def _rates(kind: Kind, address: str, secret: str, seconds: float, by: str) -> Iterator[Figure]:
    shapes = (("uniform", kind.any, kind.any_limit), ("hot", kind.hot, kind.hot_limit))
    for shape, bodies, limit in shapes:
        for clients in CLIENTS:
            answers = load.calls(
                address, kind.path, bodies, secret=secret, clients=clients, seconds=seconds
            )
            assert set(answers.by_status) <= {201}, answers
            limits = [limit]
            if shape == "hot" and clients == CLIENTS[-1] and not by and kind.batches:
                limits.append(kind.batches)
            for most, limit_is in limits:
                yield figure.served(
                    f"{kind.name} {shape}{by}", kind.unit, answers,
                    clients=clients, limit=most, limit_is=limit_is,
                )  # fmt: skip


def _oversold(kind: Kind, address: str, secret: str, article: int, by: str) -> Figure:
    """Twice as many callers as there are units: each unit goes to one of them, and no more."""
    asked = 2 * shop.UNITS
    answers = load.calls(
        address, kind.path, [kind.scarce(article)], secret=secret, clients=CLIENTS[-1],
        seconds=60, at_most=asked,
    )  # fmt: skip
    assert sum(answers.by_status.values()) == asked, answers
    assert set(answers.by_status) == {201, 409}, answers
    with tx() as t:
        kept = t.value(
            """
            SELECT sum(p.qty) FROM ledger_pending p JOIN ledger_account a ON a.id = p.source_id
            WHERE a.unit = %s
            """,
            [f"goods:{shop.FIRST['catalogue_sku'] + article}"],
        )
    assert kept == answers.done == shop.UNITS, (kept, answers)
    return figure.count(
        f"{kind.name} oversold{by}", max(0, answers.done - shop.UNITS), "units",
        most=0, limit_is=f"{asked} asked for one of {shop.UNITS} units", n=asked,
    )  # fmt: skip


def prove() -> None:
    """pgbench's facts and ours are in the same books, and the books of ours add up."""
    with tx() as t:
        assert t.value("SELECT count(*) FROM kit_parkednotice") == 0
        short = t.value("SELECT count(*) FROM ledger_balance WHERE posted - pending < floor")
        assert short == 0, short


def any_article() -> Iterator[tuple[str, str, list[bytes]]]:
    """What asks for any article: name, address, bodies."""
    yield "holds", "/v1/holds", _any_holds()
    yield "orders", "/v1/orders", _any_orders()


def _any_holds() -> list[bytes]:
    rng = random.Random(1)
    return [_hold_body(rng.randrange(shop.SKUS)) for _ in range(_VARIANTS)]


def _any_orders() -> list[bytes]:
    rng = random.Random(2)
    return [_order_body(rng, rng.randrange(shop.SKUS // 2)) for _ in range(_VARIANTS)]


def _holds(folder: Path, seconds: float) -> Kind:
    limits = []
    for hot in (False, True):
        script = folder / f"hold-{hot}.sql"
        script.write_text(_hold_script(hot=hot))
        limits.append(pgbench.best(script, of=LIMIT_CLIENTS, seconds=seconds))
    limit_is = "pgbench, UPDATE and INSERT in one statement, its best of 16 and 64 clients"
    any_ = _any_holds()
    return Kind(
        "holds", "/v1/holds", "holds/s", any_, [_hold_body(shop.HOT)],
        (limits[0], limit_is), (limits[1], limit_is), _hold_body, _hold_batches(folder, seconds),
    )  # fmt: skip


def _hold_batches(folder: Path, seconds: float) -> tuple[float, str]:
    """Many holds of one article by one call, from as many callers as the shop has processes."""
    script = folder / "hold-batch.sql"
    script.write_text(_batch_script())
    rate = pgbench.rate(script, clients=2, seconds=seconds) * BATCH
    return rate, f"pgbench, {BATCH} at once in two statements, 2 clients"


def _batch_script() -> str:
    at = "'2026-11-22 00:00+00'::timestamptz"
    uids = f"ARRAY(SELECT {_UID} FROM generate_series(1, {BATCH}) AS n)"
    names = (f"goods:{shop.FIRST['catalogue_sku'] + shop.HOT}", "place:1:sellable", "world:sold")
    sku, shelf, sold = map(statements.quoted, names)
    per_hold = ", ".join(
        f"array_fill({value}, ARRAY[{BATCH}])"
        for value in ("0", "1", "2", "1::bigint", "'order'::text", "50", "NULL::timestamptz")
    )
    per_posting = ", ".join(
        f"array_fill({value}, ARRAY[{BATCH}])"
        for value in ("'hold'::text", at, "'2026-11-22'::date")
    )
    return f"""\\set a random(1, 9000000000000000000)
BEGIN;
INSERT INTO stock_hold (uid, place_id, kind, holder, request, strength, fingerprint, occurred_at,
                        recorded_at, actor)
SELECT uid, 1, 'order', 'cart', uid, 50, '', {at}, {at}, 'key' FROM unnest({uids}) AS uid;
SELECT * FROM ledger_hold(
  ARRAY[{sku}, {sku}], ARRAY[{shelf}, {sold}], ARRAY['', ''], ARRAY[0, NULL]::bigint[], {uids},
  {per_posting}, ARRAY(SELECT generate_series(1, {BATCH})), {per_hold}, {at}, 'key');
COMMIT;
"""


_UID = "lpad(to_hex(:a::bigint + n), 32, '0')::uuid"


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


def _orders(folder: Path, seconds: float) -> tuple[Kind, int]:
    limits, count = [], 0
    for hot in (False, True):
        script = folder / f"order-{hot}.sql"
        count = statements.write_order_script(script, hot=hot)
        limits.append(pgbench.best(script, of=LIMIT_CLIENTS, seconds=seconds))
    limit_is = f"pgbench, the same {count} statements, its best of 16 and 64 clients"
    rng = random.Random(3)
    any_ = _any_orders()
    hot_ = [_order_body(rng, shop.HOT) for _ in range(_VARIANTS)]
    kind = Kind(
        "orders", "/v1/orders", "orders/s", any_, hot_, (limits[0], limit_is),
        (limits[1], limit_is), lambda article: _order_body(rng, article),
    )  # fmt: skip
    return kind, count


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
