"""The loop closes: the coupon of a mail was used, at a till or in a web shop."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Tx
from goen.marketing import messages, rendering_shop
from goen.marketing.rendering_draft import Product
from goen.marketing.tracking import Delivered
from goen.orders.couponed import CAME_BACK


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A coupon of a measure's mail that took something off a document."""

    delivery_id: int
    person_id: int
    number: str
    document: UUID
    place_id: int
    occurred_at: datetime
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What a mail offers to the one it was sent to, as its own page shows it."""

    number: str
    off: str
    least: str
    until: str
    used: bool
    products: tuple[Product, ...]
    language: str


_REDEEMED = f"""
SELECT d.id, d.person_id, c.number, o.uid, o.place_id, o.occurred_at, c.amount_minor
FROM marketing_delivery d
JOIN marketing_run r ON r.id = d.run_id
JOIN orders_couponuse c ON c.number = d.coupon
JOIN orders_order o ON o.id = c.order_id
WHERE d.coupon <> '' AND NOT ({CAME_BACK}) AND {{of}}
ORDER BY o.occurred_at, d.id
"""


def redeemed(tx: Tx, measure_id: int) -> list[Redeemed]:
    """Every use of a coupon that a measure's mail carried, the first one first.

    What came back with its whole document was not used.
    """
    rows = tx.rows(_REDEEMED.format(of="r.measure_id = %s"), [measure_id])
    return [Redeemed(*row) for row in rows]


def redeemed_of_run(tx: Tx, run_id: int) -> list[Redeemed]:
    """The same of one sending."""
    rows = tx.rows(_REDEEMED.format(of="d.run_id = %s"), [run_id])
    return [Redeemed(*row) for row in rows]


def offer(tx: Tx, one: Delivered, *, day: date) -> Offer:
    """What somebody's mail offers: their coupon with its terms, and the products on a day."""
    message = messages.read(tx, one.message_id)
    assert message is not None
    found = rendering_shop.products(tx, message.parts, language=message.language, day=day)
    kind, used = tx.row(
        """
        SELECT k.code, EXISTS (SELECT 1 FROM orders_couponuse u WHERE u.coupon_id = c.id)
        FROM points_coupon c JOIN points_couponkind k ON k.id = c.kind_id WHERE c.number = %s
        """,
        [one.coupon],
    ) or ("", False)
    terms = rendering_shop.coupon_values(tx, kind, language=message.language) if kind else {}
    return Offer(
        number=one.coupon,
        off=terms.get("coupon_off", ""),
        least=terms.get("coupon_least", ""),
        until=terms.get("coupon_until", ""),
        used=bool(used),
        products=tuple(found.values()),
        language=message.language,
    )
