"""Who is who: edges between records, and the persons that follow from them.

Facts never move. An edge joins records; a person is a connected component of live edges, and
only `customers_personof` is rewritten. The oldest person survives; the others redirect until they
are somebody again.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from goen.customers import rules
from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx

Pair = tuple[int, int]


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
    """Recompute the persons of the components around the touched records.

    Who a record is follows from live edges alone, whatever stood before: a component is the
    oldest of the persons that its records are by themselves.
    """
    records = neighbourhood(tx, sorted(touched))
    roots = grouped(tx, records)
    rows = tx.rows(
        """
        SELECT record_id, person_id, coalesce(own_id, person_id) FROM customers_personof
        WHERE record_id = ANY(%s) ORDER BY record_id FOR UPDATE
        """,
        [records],
    )
    standing: list[tuple[int, int, int]] = [(record, was, own) for record, was, own in rows]
    person: dict[int, int] = {}
    for record, _, own in standing:
        root = roots.get(record, record)
        person[root] = min(person.get(root, own), own)
    changed = []
    for record, was, own in standing:
        now = person[roots.get(record, record)]
        if now != was:
            changed.append((record, was, now, own))
    if changed:
        _rewrite(tx, changed)
        now_of = {record: person[roots.get(record, record)] for record, _, _ in standing}
        notices = _notices([(record, was, now_of[record]) for record, was, _ in standing])
        outbox.write(tx, notices, recorded_at=recorded_at)


def grouped(
    tx: Tx, records: Sequence[int], *, without: Sequence[int] = (), apart: Sequence[Pair] = ()
) -> dict[int, int]:
    """Every record of these to the smallest record of its component, by live edges.

    As if the edges `without` were closed and the pairs `apart` were said to be two people.
    """
    edges = tx.rows(
        """
        SELECT record_a_id, record_b_id, kind FROM customers_edge
        WHERE closed_at IS NULL AND record_a_id = ANY(%(records)s)
          AND record_b_id = ANY(%(records)s) AND id <> ALL(%(without)s::bigint[])
        ORDER BY kind = 'manual' DESC, id
        """,
        {"records": list(records), "without": list(without)},
    )
    return rules.components(
        [(a, b) for a, b, kind in edges if kind in {"verified", "manual"}],
        [(a, b) for a, b, kind in edges if kind == "cannot"] + list(apart),
    )


def neighbourhood(tx: Tx, records: Sequence[int]) -> list[int]:
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


def _rewrite(tx: Tx, changed: Sequence[tuple[int, int, int, int]]) -> None:
    """Records become other persons; who is nobody now points to who they are, and back again."""
    tx.execute(
        """
        UPDATE customers_personof po
        SET person_id = given.now, own_id = given.own, xid = pg_current_xact_id()
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS given (record, now, own)
        WHERE po.record_id = given.record
        """,
        [[c[0] for c in changed], [c[2] for c in changed], [c[3] for c in changed]],
    )
    tx.execute(
        """
        UPDATE customers_person p SET merged_into_id = nullif(po.person_id, p.id)
        FROM customers_personof po
        WHERE coalesce(po.own_id, po.person_id) = p.id AND po.person_id = ANY(%s)
          AND p.merged_into_id IS DISTINCT FROM nullif(po.person_id, p.id)
        """,
        [sorted({person for _, was, now, _ in changed for person in (was, now)})],
    )


def _notices(standing: Sequence[tuple[int, int, int]]) -> list[outbox.Notice]:
    """One for each person that others became, and one for each that is several now.

    `standing` is (record, who it was, who it is now).
    """
    became: dict[int, dict[int, int]] = {}
    for record, was, now in standing:
        became.setdefault(was, {})[record] = now
    merged: dict[int, set[int]] = {}
    parted = []
    for was, records in sorted(became.items()):
        for now in set(records.values()) - {was}:
            if was not in records.values():
                merged.setdefault(now, set()).add(was)
        if len(set(records.values())) > 1:
            body = {"person": was, "records": {str(r): now for r, now in records.items()}}
            parted.append(outbox.Notice("PersonsParted", f"person:{was}", body))
    return [
        outbox.Notice("PersonsMerged", f"person:{now}", {"person": now, "was": sorted(was)})
        for now, was in sorted(merged.items())
    ] + parted
