"""Rows that could not be used: what they say of people goes when it is asked for, or in time.

Promises: a row's place, reason and fate stay, so that every row of a file is accounted for; what
stood in it is gone for good, and the trail says when, why and by whom, never what; rows of ended
loads are emptied after `loads.parked_days`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from goen.customers import rules
from goen.customers.erasing import Names
from goen.kit import settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.links import values

_LEAST = 8
"""Shorter numbers are found in anything: they must be a cell of their own."""
_COUNTED = {"completejourney": (4, 5)}
"""Cells that a count against the source needs, by kind of load: a quantity, an amount."""
_FIXED = {"completejourney": ("completejourney", 1)}
"""Files of one shape: the system they come from, and the column of its customers' keys."""


def row_count(tx: Tx, names: Names) -> int:
    """How many rows that could not be used speak of somebody."""
    return sum(1 for _ in _found(tx, names))


def rows_of(tx: Tx, names: Names) -> list[dict[str, Any]]:
    """What stands of somebody in rows that could not be used, for themselves."""
    wanted = [row.id for row in _found(tx, names)]
    rows = tx.rows(
        """
        SELECT l.file_name, l.started_at, p.row_no, p.code, l.mapping, p.raw
        FROM links_parkedrow p JOIN links_load l ON l.id = p.load_id
        WHERE p.id = ANY(%s) ORDER BY p.id
        """,
        [wanted],
    )
    return [
        {"file": file, "loaded_at": at, "row": row_no, "reason": code, "cells": _named(plan, raw)}
        for file, at, row_no, code, plan, raw in rows
    ]


def _named(mapping: Mapping[str, Any], raw: list[Any]) -> list[list[str]]:
    """Each cell with the heading of its column, as far as there are headings."""
    columns = list(mapping.get("layout", {}).get("columns", ()))
    return [[*columns[at : at + 1], str(cell)] for at, cell in enumerate(raw)]


def empty_of(tx: Tx, names: Names, *, actor: Actor, recorded_at: datetime) -> int:
    """Empty every row that speaks of somebody; answers how many."""
    found = list(_found(tx, names))
    _empty(tx, [row.id for row in found], "erased", recorded_at)
    for (kind, uid), many in Counter((row.kind, row.load) for row in found).items():
        detail = {"rows": many, "why": "erased"}
        trail.note(tx, actor, "empty", kind, uid, at=recorded_at, detail=detail)
    _forget_counted(tx, names)
    return len(found)


def empty_of_erased(tx: Tx, load_id: int, source: str, *, recorded_at: datetime) -> int:
    """Empty the rows of a load that speak of customers of its system who were erased before."""
    keys = tx.rows(
        """
        SELECT r.source_key FROM customers_erasure e JOIN customers_record r ON r.id = e.record_id
        JOIN places_source s ON s.id = r.source_id WHERE s.code = %s
        """,
        [source],
    )
    names = Names(frozenset((source, key) for (key,) in keys), frozenset())
    found = [row.id for row in _found(tx, names, load_id)] if keys else []
    _empty(tx, found, "erased", recorded_at)
    return len(found)


def empty_old(tx: Tx, *, actor: Actor, recorded_at: datetime) -> int:
    """Empty the rows of one load that ended long enough ago; answers how many loads are done."""
    days = settings.read(tx, "loads.parked_days")
    if days == 0:
        return 0
    row = tx.row(
        """
        SELECT id, uid, kind FROM links_load
        WHERE state IN ('done', 'failed', 'discarded') AND emptied_at IS NULL
          AND coalesce(finished_at, started_at) < %s
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        [recorded_at - timedelta(days=days)],
    )
    if row is None:
        return 0
    load_id, uid, kind = row
    sql = "SELECT id FROM links_parkedrow WHERE load_id = %s AND emptied_at IS NULL"
    found = [found for (found,) in tx.rows(sql, [load_id])]
    _empty(tx, found, "kept_out", recorded_at)
    tx.execute("UPDATE links_load SET emptied_at = %s WHERE id = %s", [recorded_at, load_id])
    if found:
        detail = {"rows": len(found), "why": "kept_out"}
        trail.note(tx, actor, "empty", kind, uid, at=recorded_at, detail=detail)
    return 1


def kept_until(tx: Tx, ended_at: datetime | None) -> datetime | None:
    """Until when the rows of a load that ended then are kept; None: as long as the load."""
    days = settings.read(tx, "loads.parked_days")
    return ended_at + timedelta(days=days) if ended_at and days else None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that speaks of somebody."""

    id: int
    kind: str
    load: str


_PLAIN = "translate(lower(normalize({}, NFKC)), %(between)s, '')"
_BETWEEN = " -‐‑‒–—―−ー()[]./・~"
"""What people write between the parts of a number; the same is taken out of text and words."""
_CANDIDATES = f"""
WITH word AS (
  SELECT DISTINCT {_PLAIN.format("w")} AS plain FROM unnest(%(words)s::text[]) AS given (w)
), text AS MATERIALIZED (
  SELECT p.id, {_PLAIN.format("p.raw::text")} AS plain
  FROM links_parkedrow p JOIN links_load l ON l.id = p.load_id
  WHERE p.emptied_at IS NULL AND l.emptied_at IS NULL AND p.load_id = coalesce(%(load)s, p.load_id)
)
SELECT p.id, p.code, p.raw, l.kind, l.uid::text, l.mapping
FROM links_parkedrow p JOIN links_load l ON l.id = p.load_id
WHERE p.id IN (SELECT text.id FROM text JOIN word ON position(word.plain IN text.plain) > 0)
ORDER BY p.id
"""
"""Rows in which a word may stand, however it is written; whether it does is decided below."""


def _found(tx: Tx, names: Names, load_id: int | None = None) -> Iterator[_Row]:
    words = [_bare(word) for word in names.words] + [key for _, key in names.keys]
    if not words:
        return
    given = {"words": words, "load": load_id, "between": _BETWEEN}
    for row_id, code, raw, kind, uid, mapping in tx.rows(_CANDIDATES, given):
        cells = [str(cell) for cell in raw]
        if _says(cells, names.words) or _is_theirs(cells, code, kind, mapping, names):
            yield _Row(row_id, kind, uid)


def _bare(word: str) -> str:
    """What is common to all ways of writing a word: of a telephone number its last digits."""
    return word[-_LEAST:] if word.startswith("+") else word


def _ways(word: str) -> tuple[str, ...]:
    """How a word may stand in a longer text: a telephone number with and without its country."""
    if not word.startswith("+"):
        return (word,)
    return (word[1:], f"0{word[3:]}") if word.startswith("+81") else (word[1:],)


def _says(cells: list[str], words: frozenset[str]) -> bool:
    """Whether a cell is, or holds, one of the folded mails, telephones, cards."""
    for cell in cells:
        mail, code = rules.fold_mail(cell), rules.fold_code(cell)
        digits = "".join(c for c in code if c.isdigit())
        if {mail, code, rules.fold_phone(cell)} & words:
            return True
        for word in words:
            held = digits if word.startswith("+") else mail if "@" in word else code
            if any(len(one) >= _LEAST and one in held for one in _ways(word)):
                return True
    return False


def _is_theirs(
    cells: list[str], code: str, kind: str, mapping: Mapping[str, Any], names: Names
) -> bool:
    """Whether the row's customer is known to its system by one of the keys.

    In a row with too many cells nobody knows which is which: any may be the key.
    """
    source, at = _customer_at(kind, mapping)
    keys = {key for system, key in names.keys if system == source}
    if not keys or at is None:
        return False
    looked = cells if code == "cells_differ" else cells[at : at + 1]
    return any(values.customer_key(cell) in keys for cell in looked)


def _customer_at(kind: str, mapping: Mapping[str, Any]) -> tuple[str, int | None]:
    if kind in _FIXED:
        return _FIXED[kind]
    column = mapping.get("columns", {}).get("customer")
    columns = list(mapping.get("layout", {}).get("columns", ()))
    at = columns.index(column) if column in columns else None
    return str(mapping.get("source", "")), at


def _empty(tx: Tx, row_ids: list[int], why: str, at: datetime) -> None:
    tx.execute(
        """
        UPDATE links_parkedrow p SET emptied_at = %s, emptied_why = %s, raw = coalesce((
          SELECT jsonb_agg(CASE WHEN c.n - 1 IN (SELECT jsonb_array_elements_text(k.cells)::int)
            THEN c.cell ELSE '""'::jsonb END ORDER BY c.n)
          FROM jsonb_array_elements(p.raw) WITH ORDINALITY AS c (cell, n)
        ), '[]')
        FROM links_load l
        LEFT JOIN jsonb_each(%s::jsonb) AS k (kind, cells) ON k.kind = l.kind
        WHERE l.id = p.load_id AND p.id = ANY(%s)
        """,
        [at, why, json.dumps(_COUNTED), row_ids],
    )


def _forget_counted(tx: Tx, names: Names) -> None:
    """A key that many receipts shared stands in the counts of a file, too."""
    for source, key in names.keys:
        tx.execute(
            """
            UPDATE links_load SET preview = jsonb_set(preview, '{crowded}', (
              SELECT coalesce(jsonb_agg(c), '[]') FROM jsonb_array_elements(preview -> 'crowded') c
              WHERE c ->> 0 <> %(key)s))
            WHERE mapping ->> 'source' = %(source)s AND preview -> 'crowded' @> %(like)s::jsonb
            """,
            {"key": key, "source": source, "like": json.dumps([[key]])},
        )
