"""Orders from afar as rows and holds, for tests of what must hold about them."""

from uuid import UUID

from goen.kit import ids
from goen.kit.db import Tx
from goen.ledger import posting
from goen.ledger.rules import Account, Hold, Posted, Posting
from goen.orders.flow_versions import current
from goen.stock import rules as stock
from tests import world

DAY = world.NOW.date()


def place_id(t: Tx, code: str) -> int:
    return t.value("SELECT id FROM places_place WHERE code = %s", [code])


def sku_id(t: Tx, code: str) -> int:
    return t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def kept(
    t: Tx, *lines: tuple[str, int], at: str = "web", method: str = "ship", uid: UUID | None = None
) -> UUID:
    """An order whose goods are kept at one place, paid by card; written without its verb."""
    uid = uid or ids.new_id()
    prices = {code: price for code, _, _, price, *_ in world.GOODS}
    amounts = [prices[item] * qty for item, qty in lines]
    order = t.value(
        """
        INSERT INTO orders_order (uid, source_id, source_no, kind, state, flow_version, place_id,
          channel_id, occurred_at, recorded_at, business_date, currency, price_tax, total_minor,
          history, fingerprint, actor)
        SELECT %s, s.id, %s, 'order', 'placed', %s, p.id, c.id, %s, %s, %s, 'JPY', 'included', %s,
          false, '', 'system:test'
        FROM places_source s, places_place p, places_channel c
        WHERE s.code = 'ec' AND p.code = 'web' AND c.code = 'ec' RETURNING id
        """,
        [uid, str(uid), current().version, world.NOW, world.NOW, DAY, sum(amounts)],
    )
    collect = place_id(t, at) if method == "collect" else None
    t.execute(
        "INSERT INTO orders_delivery (order_id, method, collect_at_id, fee_minor)"
        " VALUES (%s, %s, %s, 0)",
        [order, method, collect],
    )
    for n, ((item, qty), amount) in enumerate(zip(lines, amounts, strict=True), start=1):
        t.execute(
            "INSERT INTO orders_line (order_id, line_no, sku_id, qty, amount_minor)"
            " VALUES (%s, %s, %s, %s, %s)",
            [order, n, sku_id(t, item), qty, amount],
        )
    t.execute(
        "INSERT INTO payments_tender (document, line, kind, amount_minor, tendered_minor, currency)"
        " VALUES (%s, 0, 'card', %s, %s, 'JPY')",
        [uid, sum(amounts), sum(amounts)],
    )
    goods = stock.promised([(sku_id(t, i), q) for i, q in lines], place_id=place_id(t, at))
    web = place_id(t, "web")
    money = Hold(
        Account("JPY", f"place:{web}:sales"),
        Account("JPY", f"place:{web}:tender:card"),
        sum(amounts),
        "tender",
    )
    plan = Posting(uid, f"order:{uid}", (*goods, money), world.NOW, DAY)
    (answer,) = posting.post(t, [plan], actor=world.ACTOR, recorded_at=world.NOW)
    assert isinstance(answer, Posted), answer
    return uid
