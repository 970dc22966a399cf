"""Orders from afar, for tests: built, placed, and everything audited."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goen.catalogue import queries as catalogue
from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.queries import balance
from goen.orders.cancelling import cancel
from goen.orders.fulfilling import fulfil, ready
from goen.orders.order import (
    Address,
    Answer,
    Cancellation,
    Delivery,
    Fulfilment,
    NewOrder,
    Part,
    Placed,
    Ready,
    Reroute,
    Slipped,
)
from goen.orders.placing import place
from goen.orders.rerouting import reroute
from goen.orders.sale import Sale, SaleLine, SaleTender
from goen.stock.queries import available
from tests import world

HOME = Address("高橋 健", "150-0002", "東京都渋谷区渋谷1-1-1", "09000000000")
AT = world.NOW - timedelta(hours=2)
BY: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": world.NOW}


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
    return place(tx, list(orders), **BY)


def one_placed(tx: Tx, new: NewOrder) -> UUID:
    """Place one order that must be placed; answers its id."""
    (answer,) = placed(tx, new)
    assert isinstance(answer, Placed), answer
    return answer.uid


def audit(tx: Tx) -> list[str]:
    """Everything that is broken, named."""
    found = audited(tx)["broken"]
    assert isinstance(found, list)
    return found


def ship(t: Tx, uid: UUID, *parts: tuple[int, int], at: datetime = AT, **more: object) -> Answer:
    """Ship parts of an order (line, quantity), or all that is open."""
    values = {"uid": ids.new_id(), "order": uid, "how": "ship", "occurred_at": at} | more
    wish = Fulfilment(parts=tuple(Part(*p) for p in parts), **values)  # type: ignore[arg-type]
    (answer,) = fulfil(t, [wish], **BY)
    return answer


def cancelled(t: Tx, uid: UUID, *parts: tuple[int, int], **more: object) -> Answer:
    """Cancel parts of an order, or all that is open."""
    values = {"uid": ids.new_id(), "order": uid, "reason": "shopper", "occurred_at": AT} | more
    wish = Cancellation(parts=tuple(Part(*p) for p in parts), **values)  # type: ignore[arg-type]
    (answer,) = cancel(t, [wish], **BY)
    return answer


def rerouted(t: Tx, uid: UUID, to: str, *parts: tuple[int, int], **more: object) -> Answer:
    """Keep parts of an order, or all that is open, at another place."""
    values = {"uid": ids.new_id(), "order": uid, "to_place": to, "occurred_at": AT} | more
    wish = Reroute(parts=tuple(Part(*p) for p in parts), **values)  # type: ignore[arg-type]
    (answer,) = reroute(t, [wish], **BY)
    return answer


def laid_ready(t: Tx, uid: UUID) -> Answer:
    """All that is open lies ready."""
    (answer,) = ready(t, [Ready(ids.new_id(), uid, AT)], **BY)
    return answer


def free(t: Tx, item: str, place_code: str = "shibuya") -> int:
    """What a place can sell of an SKU now."""
    (sku,) = catalogue.ids_by_code(t, [item]).values()
    place_id = t.value("SELECT id FROM places_place WHERE code = %s", [place_code])
    return available(t, [sku], place_id)[sku]


def money(t: Tx, kind: str, place_code: str = "web") -> int:
    """What was paid in one way at a place, as the ledger has it."""
    place_id = t.value("SELECT id FROM places_place WHERE code = %s", [place_code])
    return balance(t, "JPY", f"place:{place_id}:tender:{kind}")


def kept_money(t: Tx) -> int:
    """Money that is kept and not yet captured."""
    sql = "SELECT coalesce(sum(qty), 0)::bigint FROM ledger_pending WHERE reason = 'tender'"
    return int(t.value(sql))


def slipped(answer: Answer, state: str | None = None, total: int | None = None) -> Slipped:
    """The act was done, and left the order in a state."""
    assert isinstance(answer, Slipped), answer
    assert state in {None, answer.state}
    assert total in {None, answer.total_minor}
    return answer


def refused(answer: object, code: str) -> Refusal:
    """The act was refused for a reason."""
    assert isinstance(answer, Refusal), answer
    assert answer.code == code
    return answer
