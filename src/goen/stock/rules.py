"""The accounts goods stand on, and the moves a sale or an arrival plans. Pure."""

from collections.abc import Iterable

from goen.ledger.rules import Account, Move

SUPPLIER = "world:supplier"
SOLD = "world:sold"


def unit(sku_id: int) -> str:
    """The ledger unit of an SKU."""
    return f"goods:{sku_id}"


def sellable_holder(place_id: int) -> str:
    """Who holds the goods that a place can sell."""
    return f"place:{place_id}:sellable"


def sellable(sku_id: int, place_id: int) -> Account:
    """Goods a place can sell: never below zero."""
    return Account(unit(sku_id), sellable_holder(place_id), floor=0)


def unexplained(sku_id: int, place_id: int) -> Account:
    """Goods that were there without being booked, until a count explains them."""
    return Account(unit(sku_id), f"place:{place_id}:unexplained")


def taken(
    lines: Iterable[tuple[int, int]], *, place_id: int, handed_over: bool
) -> tuple[Move, ...]:
    """Moves of goods leaving a place by a sale; `lines` are (sku_id, qty).

    What was handed over was there: a shortage is covered from `unexplained`. What is only
    promised is not: it will be short.
    """
    return tuple(
        Move(
            sellable(sku, place_id),
            Account(unit(sku), SOLD),
            qty,
            "sale",
            unexplained(sku, place_id) if handed_over else None,
        )
        for sku, qty in lines
    )


def arrived(lines: Iterable[tuple[int, int]], *, place_id: int) -> tuple[Move, ...]:
    """Moves of goods coming in from a supplier."""
    return tuple(
        Move(Account(unit(sku), SUPPLIER), sellable(sku, place_id), qty, "arrival")
        for sku, qty in lines
    )
