"""Which holds are live: what the ledger still holds of each, under which names.

Whoever settles, releases or extends a hold asks here first. The hold is locked until commit, so
that nobody gives it other names meanwhile; holds are locked before anything in the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger.rules import Ref
from goen.stock import rules
from goen.stock.shape import PlaceFacts


@dataclass(frozen=True, slots=True)
class Part:
    """What is held of one SKU; `ref` is for `rules.shipped`."""

    ref: Ref
    sku_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Live:
    """A hold and what the ledger still holds of it."""

    place_id: int
    kind: str
    strength: int
    expires_at: datetime | None
    place: PlaceFacts
    parts: tuple[Part, ...]
    how: str | None
    """How it ended, when nothing is held."""

    @property
    def refs(self) -> tuple[Ref, ...]:
        """All of it."""
        return tuple(part.ref for part in self.parts)


def live(tx: Tx, uids: Iterable[UUID]) -> dict[UUID, Live]:
    """Lock holds; answers, read in new statements, what the ledger still holds of each."""
    rows = tx.rows(
        """
        SELECT h.uid, h.place_id, h.kind, h.strength, h.expires_at, p.timezone,
               p.day_change_hour
        FROM stock_hold h JOIN places_place p ON p.id = h.place_id
        WHERE h.uid = ANY(%s) ORDER BY h.uid FOR UPDATE OF h
        """,
        [list(uids)],
    )
    parts: dict[UUID, list[Part]] = defaultdict(list)
    for uid, request, line, unit, qty in tx.rows(_PARTS, [[row[0] for row in rows]]):
        parts[uid].append(Part((request, line), rules.sku_of(unit), qty))
    over = [row[0] for row in rows if row[0] not in parts]
    how: dict[UUID, str] = dict(tx.rows(_HOW, [over])) if over else {}
    return {
        uid: Live(
            place, kind, strength, ends, PlaceFacts(place, *day), tuple(parts[uid]), how.get(uid)
        )
        for uid, place, kind, strength, ends, *day in rows
    }


_PARTS = """
SELECT h.uid, p.request, p.line, a.unit, p.qty
FROM stock_hold h JOIN ledger_pending p ON p.request = h.request
JOIN ledger_account a ON a.id = p.source_id
WHERE h.uid = ANY(%s) ORDER BY p.line
"""

_HOW = """
SELECT DISTINCT ON (h.uid) h.uid, c.how
FROM stock_hold h JOIN ledger_closed c ON c.request = h.request
WHERE h.uid = ANY(%s) ORDER BY h.uid, c.closed_at DESC, c.pending_id DESC
"""
