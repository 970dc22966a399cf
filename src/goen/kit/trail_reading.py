"""Reading the trail: the newest lines first, by who, verb, subject and day, page by page.

Promises: a page is found by the key of the line before it, so that the last page of millions costs
what the first does; nothing is counted beyond `COUNTED`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.kit.db import Tx

COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who did or saw what, and what was noted with it."""

    id: int
    at: datetime
    actor: str
    verb: str
    kind: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines; what is empty is not asked about. `since` belongs to them, `until` does not.

    `subjects` are pairs of kind and subject, any of them; `kinds` holds whatever else is asked.
    """

    actor: str = ""
    verbs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    subjects: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def lines(
    tx: Tx, asked: Asked, *, before: tuple[datetime, int] | None = None, limit: int
) -> list[Line]:
    """The newest lines that fit, after the line whose moment and id are `before`."""
    rows = tx.rows(
        f"""
        SELECT id, at, actor, verb, kind, subject, detail FROM kit_trail
        {_where(asked, before)} ORDER BY at DESC, id DESC LIMIT %(limit)s
        """,
        {
            **_given(asked),
            "before_at": before[0] if before else None,
            "before_id": before[1] if before else 0,
            "limit": limit,
        },
    )
    return [Line(*row) for row in rows]


def count(tx: Tx, asked: Asked) -> int:
    """How many lines fit; `COUNTED` + 1 says that there are more."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM kit_trail {_where(asked)} LIMIT %(limit)s) found"
    return int(tx.value(sql, {**_given(asked), "limit": COUNTED + 1}))


def actors(tx: Tx) -> list[str]:
    """Everybody who ever did or saw something, found by skipping through the index.

    Members are left out, in one step: they are as many as customers, and each is found by theirs.
    """
    rows = tx.rows(
        """
        WITH RECURSIVE known AS (
          (SELECT actor FROM kit_trail ORDER BY actor LIMIT 1)
          UNION ALL
          SELECT (SELECT t.actor FROM kit_trail t WHERE t.actor >
                    CASE WHEN starts_with(k.actor, 'member:') THEN 'member;' ELSE k.actor END
                   ORDER BY t.actor LIMIT 1)
          FROM known k WHERE k.actor IS NOT NULL)
        SELECT actor FROM known WHERE NOT starts_with(actor, 'member:') LIMIT 1000
        """
    )
    return [row[0] for row in rows]


def _where(asked: Asked, before: tuple[datetime, int] | None = None) -> str:
    """Only what is asked about, so that the plan can take the index that fits."""
    parts = [
        (asked.actor, "actor = %(actor)s"),
        (asked.verbs, "verb = ANY(%(verbs)s)"),
        (asked.kinds, "kind = ANY(%(kinds)s)"),
        (asked.subjects, _SUBJECTS),
        (asked.since, "at >= %(since)s"),
        (asked.until, "at < %(until)s"),
        (before, "(at, id) < (%(before_at)s, %(before_id)s)"),
    ]
    chosen = [text for given, text in parts if given]
    return f"WHERE {' AND '.join(chosen)}" if chosen else ""


_SUBJECTS = """(kind, subject) IN (
  SELECT * FROM unnest(%(subject_kinds)s::text[], %(subjects)s::text[]))"""


def _given(asked: Asked) -> dict[str, Any]:
    return {
        "actor": asked.actor,
        "verbs": list(asked.verbs),
        "kinds": list(asked.kinds),
        "subject_kinds": _column(asked.subjects, 0),
        "subjects": _column(asked.subjects, 1),
        "since": asked.since,
        "until": asked.until,
    }


def _column(pairs: Sequence[tuple[str, str]], n: int) -> list[str]:
    return [pair[n] for pair in pairs]
