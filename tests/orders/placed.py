"""Orders from afar, for tests: built, placed, and everything audited."""

from datetime import timedelta
from uuid import UUID

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import checks as ledger_checks
from goen.orders.order import Address, Delivery, NewOrder, Placed
from goen.orders.placing import place
from goen.orders.sale import Sale, SaleLine, SaleTender
from goen.stock import checks as stock_checks
from tests import world

HOME = Address("高橋 健", "150-0002", "東京都渋谷区渋谷1-1-1", "09000000000")
AT = world.NOW - timedelta(hours=2)


def order(
    *items: tuple[str, int],
    total: int | None = None,
    fee: int = 0,
    to: str | None = None,
    source: str | None = "shibuya",
    sources: tuple[tuple[int, str], ...] = (),
    uid: UUID | None = None,
    tenders: tuple[SaleTender, ...] | None = None,
    lines: tuple[SaleLine, ...] | None = None,
    fee_class: str = "standard",
    **more: object,
) -> NewOrder:
    """An order in the web shop, shipped home from a store, or collected at `to`."""
    prices = {code: price for code, _, _, price, *_ in world.GOODS}
    rung = lines or tuple(SaleLine(item, qty) for item, qty in items)
    amount = sum(prices[i] * q for i, q in items) + fee if total is None else total
    values: dict[str, object] = {
        "uid": uid or ids.new_id(),
        "place": "web",
        "channel": "ec",
        "occurred_at": AT,
        "lines": rung,
        "tenders": (SaleTender("card", amount),) if tenders is None else tenders,
        "handed_over": False,
    }
    delivery = (
        Delivery("collect", None, to, None if to else source, fee, fee_class)
        if to
        else Delivery("ship", HOME, None, source, fee, fee_class)
    )
    return NewOrder(Sale(**(values | more)), delivery, sources)  # type: ignore[arg-type]


def placed(tx: Tx, *orders: NewOrder) -> list[Placed | Refusal]:
    """Place and answer."""
    return place(tx, list(orders), actor=world.ACTOR, recorded_at=world.NOW)


def one_placed(tx: Tx, new: NewOrder) -> UUID:
    """Place one order that must be placed; answers its id."""
    (answer,) = placed(tx, new)
    assert isinstance(answer, Placed), answer
    return answer.uid


def audit(tx: Tx) -> list[str]:
    """Everything that is broken between ledger, stock and orders."""
    from goen.orders import checks as order_checks

    return [*ledger_checks.broken(tx), *stock_checks.broken(tx), *order_checks.broken(tx)]
