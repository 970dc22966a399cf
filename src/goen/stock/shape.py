"""What requests about stock name, read once for a batch, and why one cannot be what it says."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from goen.catalogue import queries as catalogue
from goen.kit import clock
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Move, Posting, Short
from goen.stock import gate, rules

Lines = tuple[tuple[str, int], ...]
"""(SKU code or barcode, quantity)."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What a request needs to know of a place."""

    id: int
    timezone: str
    day_change_hour: int

    def day(self, instant: datetime) -> date:
        """The business day of an instant there."""
        return clock.business_date(
            instant, timezone=self.timezone, day_change_hour=self.day_change_hour
        )


@dataclass(frozen=True, slots=True)
class Masters:
    """Places and SKUs by the names a batch uses. What is missing does not exist."""

    places: dict[str, PlaceFacts]
    skus: dict[str, int]

    def lines(self, lines: Iterable[tuple[str, int]]) -> list[tuple[int, int]]:
        """Lines with ids."""
        return [(self.skus[code], qty) for code, qty in lines]


def read(tx: Tx, places: Iterable[str], items: Iterable[str], *, counting: bool = False) -> Masters:
    """The masters of a batch; enters the places' gates: counting, or beside others."""
    given = sorted(set(places))
    enter = gate.ALONE if counting else gate.BESIDE
    rows = tx.rows(
        f"SELECT p.code, p.id, p.timezone, p.day_change_hour, {enter} FROM places_place p"
        " WHERE p.code = ANY(%s) ORDER BY p.id",
        [given],
    )
    skus = catalogue.ids_by_code(tx, sorted(set(items)))
    return Masters({code: PlaceFacts(*facts) for code, *facts, _ in rows}, skus)


def refusal(
    masters: Masters,
    lines: Sequence[tuple[str, int]],
    *,
    occurred_at: datetime,
    recorded_at: datetime,
    places: Sequence[tuple[str, str]],
    at: str = "occurred_at",
    least: int = 1,
) -> Refusal | None:
    """The first reason why a request cannot be done; `places` are (field, code)."""
    for field, code in places:
        if code not in masters.places:
            return Refusal("unknown_place", field, {"given": code})
    if not clock.is_plausible(occurred_at, recorded_at):
        return Refusal("implausible_time", at, {"given": str(occurred_at)})
    if not lines:
        return Refusal("no_lines", "lines")
    for n, (code, qty) in enumerate(lines):
        if code not in masters.skus:
            return Refusal("unknown_item", f"lines[{n}].item", {"given": code})
        if qty < least:
            field, given = f"lines[{n}].qty", {"given": qty}
            return Refusal("bad_quantity" if least else "bad_count", field, given)
    return None


def short(short: Short, lines: Sequence[tuple[str, int]], masters: Masters) -> Refusal:
    """There is not enough: which line asked for more than is free."""
    sku = rules.sku_of(short.account.unit)
    n = next(i for i, (code, _) in enumerate(lines) if masters.skus[code] == sku)
    detail = {"item": lines[n][0], "wanted": short.wanted, "free": short.free}
    return Refusal("short", f"lines[{n}].qty", detail)


def fingerprint(request: object) -> str:
    """What the caller said, in short: tells a retry from another request under the same id."""
    return hashlib.blake2b(msgspec.json.encode(request), digest_size=12).hexdigest()


def reused(tx: Tx, plans: Sequence[Posting]) -> dict[UUID, Refusal]:
    """Of requests that are in the books: those whose moves said something else, or nothing.

    For what keeps no row of its own: the moves themselves say what was asked under the id.
    """
    said: dict[UUID, set[tuple[str, str, int]]] = defaultdict(set)
    rows = tx.rows(
        """
        SELECT m.request, m.origin, a.unit, sum(m.qty)::bigint
        FROM ledger_move m JOIN ledger_account a ON a.id = m.source_id
        WHERE m.request = ANY(%s) GROUP BY 1, 2, 3
        """,
        [[plan.request for plan in plans]],
    )
    for request, *what in rows:
        said[request].add(tuple(what))
    return {p.request: id_reused(p.request) for p in plans if said[p.request] != _says(p)}


def _says(plan: Posting) -> set[tuple[str, str, int]]:
    units: dict[str, int] = defaultdict(int)
    for move in plan.moves:
        assert isinstance(move, Move)
        units[move.source.unit] += move.qty
    return {(plan.origin, unit, qty) for unit, qty in units.items()}


def id_reused(uid: object) -> Refusal:
    """The id belongs to another request."""
    return Refusal("id_reused", "uid", {"given": str(uid)})
