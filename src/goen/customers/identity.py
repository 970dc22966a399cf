"""Who is who: edges between records, and the persons that follow from them.

Facts never move. An edge joins records; a person is a connected component of live edges, and
only `customers_personof` is rewritten. The oldest person survives; the others redirect for ever.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from goen.customers import rules
from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx


def join_by_keys(tx: Tx, record_ids: Sequence[int], *, actor: Actor, recorded_at: datetime) -> int:
    """Join these records to all others that carry the same verified key; answers new edges."""
    pairs = _pairs_by_key(tx, record_ids)
    if not pairs:
        return 0
    made = tx.rows(
        """
        INSERT INTO customers_edge (record_a_id, record_b_id, kind, rule, evidence, actor,
                                    created_at)
        SELECT a, b, 'verified', rule, evidence::jsonb, %s, %s
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
          AS given (a, b, rule, evidence)
        ON CONFLICT DO NOTHING RETURNING record_a_id, record_b_id
        """,
        [
            str(actor),
            recorded_at,
            [p[0] for p in pairs],
            [p[1] for p in pairs],
            [f"same_{p[2]}" for p in pairs],
            [json.dumps({p[2]: p[3]}) for p in pairs],
        ],
    )
    if made:
        settle(tx, {record for pair in made for record in pair}, recorded_at=recorded_at)
    return len(made)


def _pairs_by_key(tx: Tx, record_ids: Sequence[int]) -> list[tuple[int, int, str, str]]:
    """Neighbouring records that share a key which proves identity."""
    rows = tx.rows(
        """
        SELECT DISTINCT c.kind, c.value, c.record_id
        FROM customers_credential mine
        JOIN customers_credential c USING (kind, value)
        WHERE mine.record_id = ANY(%s) AND mine.verified AND c.verified
          AND mine.valid_to IS NULL AND c.valid_to IS NULL
        ORDER BY c.kind, c.value, c.record_id
        """,
        [list(record_ids)],
    )
    by_key: dict[tuple[str, str], list[int]] = {}
    for kind, value, record in rows:
        if rules.proves_identity(kind, value, verified=True):
            by_key.setdefault((kind, value), []).append(record)
    return [
        (a, b, kind, value)
        for (kind, value), records in by_key.items()
        for a, b in pairwise(records)
    ]


def settle(tx: Tx, touched: Iterable[int], *, recorded_at: datetime) -> None:
    """Recompute the persons of the components around the touched records."""
    records = _neighbourhood(tx, sorted(touched))
    edges = tx.rows(
        """
        SELECT record_a_id, record_b_id, kind FROM customers_edge
        WHERE closed_at IS NULL AND record_a_id = ANY(%s) AND record_b_id = ANY(%s)
        ORDER BY kind = 'manual' DESC, id
        """,
        [records, records],
    )
    roots = rules.components(
        [(a, b) for a, b, kind in edges if kind in {"verified", "manual"}],
        [(a, b) for a, b, kind in edges if kind == "cannot"],
    )
    person_of: dict[int, int] = dict(
        tx.rows(
            """
            SELECT record_id, person_id FROM customers_personof WHERE record_id = ANY(%s)
            ORDER BY record_id FOR UPDATE
            """,
            [records],
        )
    )
    groups: dict[int, list[int]] = {}
    for record in records:
        groups.setdefault(roots.get(record, record), []).append(record)
    for members in groups.values():
        _merge(tx, members, {person_of[m] for m in members}, recorded_at)


def _neighbourhood(tx: Tx, records: Sequence[int]) -> list[int]:
    """All records reachable over live edges, of every kind."""
    rows = tx.rows(
        """
        WITH RECURSIVE reached (record) AS (
          SELECT unnest(%s::bigint[])
          UNION
          SELECT CASE WHEN e.record_a_id = r.record THEN e.record_b_id ELSE e.record_a_id END
          FROM reached r
          JOIN customers_edge e ON r.record IN (e.record_a_id, e.record_b_id)
          WHERE e.closed_at IS NULL
        )
        SELECT record FROM reached ORDER BY record
        """,
        [list(records)],
    )
    return [row[0] for row in rows]


def _merge(tx: Tx, members: Sequence[int], persons: set[int], recorded_at: datetime) -> None:
    """Give a component's records one person: the oldest. The others point to it."""
    if len(persons) == 1:
        return
    oldest, *others = sorted(persons)
    tx.execute(
        "UPDATE customers_personof SET person_id = %s, xid = pg_current_xact_id()"
        " WHERE record_id = ANY(%s) AND person_id <> %s",
        [oldest, list(members), oldest],
    )
    tx.execute(
        "UPDATE customers_person SET merged_into_id = %s WHERE id = ANY(%s)", [oldest, others]
    )
    body = {"person": oldest, "was": others}
    notice = outbox.Notice("PersonsMerged", f"person:{oldest}", body)
    outbox.write(tx, [notice], recorded_at=recorded_at)
