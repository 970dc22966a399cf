"""Reading what explains a purchase."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Row, Tx


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """A reason as kept. `confidence` is only there when it was inferred."""

    basis: str
    code: str
    note: str
    confidence: float | None


def reasons_of(tx: Tx, documents: Sequence[UUID]) -> dict[UUID, list[ReasonShown]]:
    """The reasons of documents of sale, oldest first; documents without one are left out."""
    if not documents:
        return {}
    found: dict[UUID, list[ReasonShown]] = defaultdict(list)
    for document, basis, code, note, confidence in tx.rows(
        """
        SELECT document, basis, code, note, confidence::float8
        FROM behaviour_reason WHERE document = ANY(%s::uuid[]) ORDER BY id
        """,
        [list(documents)],
    ):
        found[document].append(ReasonShown(basis, code, note, confidence))
    return dict(found)


@dataclass(frozen=True, slots=True)
class EventShown:
    """One event as kept. `happened_at` is by our clock; `named` when it says itself who it was."""

    event_id: int
    message_id: str
    kind: str
    happened_at: datetime
    named: bool
    sku_id: int | None
    place_id: int | None
    channel_id: int | None
    document: UUID | None
    origin: str
    text: str
    detail: Mapping[str, Any]


_EVENT = """
SELECT e.id, e.message_id, e.kind, coalesce(e.corrected_at, e.occurred_at), {named}, e.sku_id,
       e.place_id, e.channel_id, e.document, e.origin, e.text, e.detail
FROM behaviour_event e
"""
_OF_RECORDS = f"""
{_EVENT.format(named="true")} WHERE e.record_id = ANY(%(records)s) AND {{when}}
UNION ALL
{_EVENT.format(named="false")}
WHERE e.record_id IS NULL AND {{when}} AND e.visitor_id IN (
  SELECT mine.visitor_id FROM behaviour_login mine WHERE mine.record_id = ANY(%(records)s)
  AND NOT EXISTS (
    SELECT FROM behaviour_login other WHERE other.visitor_id = mine.visitor_id
    AND other.record_id <> ALL(%(records)s)
  )
)
ORDER BY 4 DESC, 1 DESC LIMIT %(limit)s
"""


def events_of(
    tx: Tx,
    record_ids: Sequence[int],
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    kinds: Sequence[str] = (),
    limit: int = 200,
) -> list[EventShown]:
    """What a person did, the latest first: all their records are given.

    What a visitor did without saying who they are counts where nobody but this person was ever
    named on that device.
    """
    if not record_ids:
        return []
    when = ["true"]
    if since is not None:
        # By the sender's clock for the index; a corrected one may be a year off at most.
        when.append("coalesce(e.corrected_at, e.occurred_at) >= %(since)s")
        when.append("(e.occurred_at >= %(since)s OR e.corrected_at IS NOT NULL)")
    if before is not None:
        when.append("coalesce(e.corrected_at, e.occurred_at) < %(before)s")
    if kinds:
        when.append("e.kind = ANY(%(kinds)s)")
    found = tx.rows(
        _OF_RECORDS.format(when=" AND ".join(when)),
        {
            "records": list(record_ids),
            "since": since,
            "before": before,
            "kinds": list(kinds),
            "limit": limit,
        },
    )
    return [EventShown(*row) for row in found]


def exported(tx: Tx, *, after: tuple[int, int] = (0, 0), limit: int = 1_000) -> list[Row]:
    """Events as told, with codes for ids: (transaction, id, …) from after a pair of these on.

    Only what is settled, in the order of transactions: whoever reads on misses none.
    """
    return tx.rows(
        """
        SELECT e.xid::text::bigint, e.id, s.code, e.message_id, e.kind, e.occurred_at,
               e.corrected_at, e.recorded_at,
               CASE WHEN r.id IS NOT NULL
                 THEN jsonb_build_object('source', rs.code, 'key', r.source_key) END,
               coalesce(v.key, ''), k.code, p.code, c.code, e.document, e.origin, e.text, e.detail
        FROM behaviour_event e JOIN places_source s ON s.id = e.source_id
        LEFT JOIN behaviour_visitor v ON v.id = e.visitor_id
        LEFT JOIN customers_record r ON r.id = e.record_id
        LEFT JOIN places_source rs ON rs.id = r.source_id
        LEFT JOIN catalogue_sku k ON k.id = e.sku_id
        LEFT JOIN places_place p ON p.id = e.place_id
        LEFT JOIN places_channel c ON c.id = e.channel_id
        WHERE (e.xid, e.id) > (%s::xid8, %s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY e.xid, e.id LIMIT %s
        """,
        [str(after[0]), after[1], limit],
    )
