"""Whether a shop with a million orders keeps goods as fast as one with ten thousand.

The orders that are there already are copies of one that was placed: the same rows in every table
that an order writes, each under an id of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from bench import cluster, figure, gathered, load, shop
from bench.figure import Figure
from goen.kit import clock, keys
from goen.kit.db import Tx, tx
from goen.orders.order import Placed
from goen.orders.placing import place

CLIENTS = 64


def measure(folder: Path, *, seconds: float, sizes: Sequence[int]) -> Iterator[Figure]:
    """Holds and orders a second at each size, beside those at the smallest."""
    with tx() as t:
        secret = keys.issue(t, "grow", gathered.SCOPES, actor=shop.ACTOR, recorded_at=clock.now())
    first: dict[str, float] = {}
    there = 0
    for size in sizes:
        _grow(there, size)
        there = size
        with cluster.serving() as address:
            for name, path, bodies in gathered.any_article():
                answers = load.calls(
                    address, path, bodies, secret=secret, clients=CLIENTS, seconds=seconds
                )
                limit = first.setdefault(name, answers.rate)
                yield figure.served(
                    f"{name} uniform, {size:,} orders there", f"{name}/s", answers,
                    clients=CLIENTS, limit=limit, limit_is=f"the same with {sizes[0]:,} orders",
                )  # fmt: skip


def _grow(there: int, size: int) -> None:
    """Copies of a placed order until there are so many."""
    with tx() as t:
        uid = _template(t)
        at = t.value("SELECT max(id) FROM orders_order")
        one = t.value("SELECT id FROM orders_order WHERE uid = %s", [uid])
        many = f"generate_series({there + 1}, {size}) AS n"
        new = "lpad(to_hex(n + (1::bigint << 60)), 32, '0')::uuid"
        order = f"{at - there} + n"
        (shelf, step), (sold, sold_step) = shop.accounts("place:1:sellable", "world:sold")
        sku = f"mod(n * 7 + line, {shop.SKUS})"
        goods = f"CASE WHEN line < 2 THEN {shelf} + {step} * ({sku}) ELSE source_id END"
        ends = f"CASE WHEN line < 2 THEN {sold} + {sold_step} * ({sku}) ELSE target_id END"
        article = f"{shop.FIRST['catalogue_sku']} + mod(n * 7 + line_no, {shop.SKUS})"
        of_order = f"order_id = {one}"
        for table, which, changed in (
            ("orders_order", f"id = {one}", {"id": order, "uid": new, "source_no": f"{new}::text"}),
            ("orders_line", of_order, {"order_id": order, "sku_id": article}),
            ("orders_tax", of_order, {"order_id": order}),
            ("orders_delivery", of_order, {"order_id": order}),
            ("payments_tender", f"document = '{uid}'", {"document": new}),
            (
                "ledger_pending",
                f"request = '{uid}' AND line < 4",
                {
                    "request": new,
                    "source_id": goods,
                    "target_id": ends,
                    "origin": f"'order:' || {new}",
                },
            ),
            ("kit_notice", f"body ->> 'uid' = '{uid}'", {}),
        ):
            _copy(t, table, which, changed, many)
        t.execute(f"SELECT setval('orders_order_id_seq', {at - there + size})")
        t.execute(
            """
            UPDATE ledger_balance b SET pending = given.qty
            FROM (SELECT source_id, sum(qty)::bigint AS qty FROM ledger_pending GROUP BY 1) given
            WHERE given.source_id = b.account_id
            """
        )
    shop.analyse()


def _template(t: Tx) -> UUID:
    order = shop.order_of((1, 2), 3)
    (placed,) = place(t, [order], actor=shop.ACTOR, recorded_at=clock.now())
    assert isinstance(placed, Placed), placed
    return order.uid


def _copy(t: Tx, table: str, which: str, changed: Mapping[str, str], many: str) -> None:
    """Rows of a template for every number; what is not changed stays as it was."""
    columns = [
        row[0]
        for row in t.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND column_name <> 'xid' ORDER BY ordinal_position",
            [table],
        )
        if row[0] != "id" or "id" in changed
    ]
    values = ", ".join(str(changed.get(column, column)) for column in columns)
    t.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, {many}"
        f" WHERE {which}"
    )
