"""What stock tells others: goods came, left, were counted, kept, given up.

Promises: ids and quantities only; whatever changes what a place can sell names that place and its
SKUs, so that other systems hear the new figure. What only the ledger noticed, a hold that ended
by itself, is understood here too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.outbox import Notice
from goen.stock import rules

KINDS = ("StockArrived", "StockSent", "StockReceived", "StockCounted", "GoodsHeld",
         "HoldReleased", "SafetyChanged")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shelf:
    """SKUs of one place whose quantities may have changed."""

    place_id: int
    sku_ids: tuple[int, ...]


def goods(
    kind: str, uid: UUID, place_id: int, lines: Iterable[tuple[int, int]], **more: object
) -> Notice:
    """Something happened to goods at a place; `lines` are (sku_id, qty)."""
    found = list(lines)
    body = {
        "uid": str(uid),
        "place": place_id,
        "skus": list(dict.fromkeys(sku for sku, _ in found)),
        "lines": [[sku, qty] for sku, qty in found],
        **more,
    }
    return Notice(kind, f"place:{place_id}", body)


def held(
    hold: UUID, kind: str, place_id: int, skus: Iterable[int], expires_at: datetime | None
) -> Notice:
    """Goods are kept for somebody. Who it is stays in the house."""
    ends = None if expires_at is None else expires_at.isoformat()
    found = list(dict.fromkeys(skus))
    body = {"hold": str(hold), "kind": kind, "place": place_id, "skus": found, "expires_at": ends}
    return Notice("GoodsHeld", f"place:{place_id}", body)


def released(uid: UUID, hold: UUID, kind: str, place_id: int, skus: Iterable[int]) -> Notice:
    """Goods that were kept can be sold to others again."""
    found = list(dict.fromkeys(skus))
    body = {"uid": str(uid), "hold": str(hold), "kind": kind, "place": place_id, "skus": found}
    return Notice("HoldReleased", f"place:{place_id}", body)


def kept_back(place_id: int, skus: Iterable[int]) -> Notice:
    """More or less is kept back at a place."""
    body = {"place": place_id, "skus": list(dict.fromkeys(skus))}
    return Notice("SafetyChanged", f"place:{place_id}", body)


def shelf(body: Mapping[str, Any]) -> Shelf | None:
    """The shelf a notice is about, if it is about one."""
    if "place" in body and "skus" in body:
        return Shelf(int(body["place"]), tuple(sorted({int(sku) for sku in body["skus"]})))
    place_id = rules.shelf_of(str(body.get("holder", "")))
    if place_id is None or "units" not in body:
        return None
    return Shelf(place_id, tuple(sorted({rules.sku_of(unit) for unit in body["units"]})))
