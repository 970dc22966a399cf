"""What shoppers did, as their systems tell it: kept as told, once, under the sender's own time.

Promises: the same (source, message id) in the sender's month is one event, however often, in
whatever order and by however many at once it is sent; nothing kept is ever changed (a wrong clock
is corrected in a column of its own; words of whoever is erased are taken out); what cannot be
believed is refused with the reason. A visitor (a browser, an app) who is named together with a
record belongs to it from then on, and so does what they did before, unless people share the
device: see `report_visitor_of`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.behaviour import months, rules
from goen.behaviour.rules import Told
from goen.kit import settings
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing a shopper did. `message_id` is the sender's own, `occurred_at` by its clock.

    `kind` is one of `rules.KINDS`. `visitor` is what the sender knows a device by where it does not
    know who it is. `sent_at` is the sender's clock when it sent, for finding out that it is wrong.
    """

    source: str
    message_id: str
    kind: str
    occurred_at: datetime
    record_id: int | None = None
    visitor: str = ""
    sku_id: int | None = None
    place_id: int | None = None
    channel_id: int | None = None
    document: UUID | None = None
    origin: str = ""
    text: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The event is kept; `repeated` says it was before."""

    source: str
    message_id: str
    repeated: bool = False


def forget_words(tx: Tx, record_ids: Sequence[int]) -> int:
    """What people typed is gone when their data are erased, also on devices that are theirs alone;
    that something was done, and with which article, stays."""
    return tx.execute(
        """
        UPDATE behaviour_event SET text = '', detail = '{}'
        WHERE (record_id = ANY(%(records)s) OR visitor_id IN (
            SELECT l.visitor_id FROM behaviour_login l WHERE l.record_id = ANY(%(records)s)
              AND NOT EXISTS (SELECT FROM behaviour_login o WHERE o.visitor_id = l.visitor_id
                              AND o.record_id <> ALL(%(records)s))))
          AND (text <> '' OR detail <> '{}')
        """,
        {"records": list(record_ids)},
    )


_Key = tuple[int, str, date]


def keep(
    tx: Tx, events: Sequence[NewEvent], *, actor: Actor, recorded_at: datetime
) -> list[Kept | Refusal]:
    """Keep events; answers each in order. One known already is answered `repeated`, as it was.

    Refused: an unknown source or kind, a missing id, a text too long, a time nobody can believe.
    """
    sources = _sources(tx, events)
    oldest = int(settings.read(tx, "events.oldest_days"))
    judged = [_judged(one, sources, recorded_at, oldest) for one in events]
    wanted: dict[_Key, NewEvent] = {}
    for event, refusal in zip(events, judged, strict=True):
        if refusal is None:
            wanted.setdefault(_key(event, sources), event)
    added = _written(tx, wanted, actor, recorded_at) if wanted else set()
    answers: list[Kept | Refusal] = []
    for event, refusal in zip(events, judged, strict=True):
        if refusal is not None:
            answers.append(refusal)
            continue
        key = _key(event, sources)
        answers.append(Kept(event.source, event.message_id, repeated=key not in added))
        added.discard(key)  # a second mention in this batch is a repetition
    return answers


def bind(tx: Tx, visitor: tuple[str, str], record_id: int, *, at: datetime) -> None:
    """A login: a visitor of a source (code, key) is this record. Saying it again changes nothing.

    An event that names both says the same.
    """
    event = NewEvent(visitor[0], "", "visit", at, record_id=record_id, visitor=visitor[1])
    sources = _sources(tx, [event])
    assert visitor[0] in sources, "a visitor's source is not registered"
    _visitors(tx, {(sources[visitor[0]], "", rules.month_of(at)): event})


def _judged(
    event: NewEvent, sources: Mapping[str, int], recorded_at: datetime, oldest_days: int
) -> Refusal | None:
    if event.source not in sources:
        return Refusal("unknown_source", "source", {"given": event.source})
    told = Told(
        event.message_id,
        event.kind,
        event.occurred_at,
        event.sent_at,
        event.visitor,
        event.text,
        event.origin,
        event.detail,
    )
    return rules.refusal_of(told, recorded_at=recorded_at, oldest_days=oldest_days)


def _sources(tx: Tx, events: Sequence[NewEvent]) -> dict[str, int]:
    codes = sorted({one.source for one in events})
    return dict(tx.rows("SELECT code, id FROM places_source WHERE code = ANY(%s)", [codes]))


def _key(event: NewEvent, sources: Mapping[str, int]) -> _Key:
    return sources[event.source], event.message_id, rules.month_of(event.occurred_at)


_COLUMNS = (
    ("source_id", "bigint"),
    ("message_id", "text"),
    ("month", "date"),
    ("kind", "text"),
    ("occurred_at", "timestamptz"),
    ("corrected_at", "timestamptz"),
    ("record_id", "bigint"),
    ("visitor_id", "bigint"),
    ("sku_id", "bigint"),
    ("place_id", "bigint"),
    ("channel_id", "bigint"),
    ("document", "uuid"),
    ("origin", "text"),
    ("text", "text"),
    ("detail", "jsonb"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_INSERT = f"""
INSERT INTO behaviour_event ({_NAMES}, recorded_at, actor)
SELECT {", ".join(f"g.{name}::{kind}" for name, kind in _COLUMNS)}, %s, %s
FROM unnest({", ".join("%s::text[]" if k == "jsonb" else f"%s::{k}[]" for _, k in _COLUMNS)})
  AS g ({_NAMES})
ON CONFLICT (source_id, message_id, month) DO NOTHING
RETURNING source_id, message_id, month
"""


def _written(
    tx: Tx, wanted: Mapping[_Key, NewEvent], actor: Actor, recorded_at: datetime
) -> set[_Key]:
    """Insert what is not there, in sorted order, so that nobody waits in a circle."""
    months.make(tx, {month for _, _, month in wanted})
    visitors = _visitors(tx, wanted)
    rows = [_row(key, wanted[key], visitors, recorded_at) for key in sorted(wanted)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    added = tx.rows(_INSERT, [recorded_at, str(actor), *columns])
    return {(source, message, month) for source, message, month in added}


def _row(
    key: _Key, event: NewEvent, visitors: Mapping[tuple[int, str], int], recorded_at: datetime
) -> tuple[Any, ...]:
    return (
        *key,
        event.kind,
        event.occurred_at,
        rules.corrected(event.occurred_at, sent_at=event.sent_at, recorded_at=recorded_at),
        event.record_id,
        visitors.get((key[0], event.visitor)),
        event.sku_id,
        event.place_id,
        event.channel_id,
        event.document,
        event.origin,
        event.text,
        json.dumps(event.detail, ensure_ascii=False) if event.detail else "{}",
    )


def _visitors(tx: Tx, wanted: Mapping[_Key, NewEvent]) -> dict[tuple[int, str], int]:
    """The ids of the visitors named, made where new; who is named with a record belongs to it."""
    named = sorted({(key[0], one.visitor) for key, one in wanted.items() if one.visitor})
    if not named:
        return {}
    columns = [[n[0] for n in named], [n[1] for n in named]]
    look = """
        SELECT v.source_id, v.key, v.id
        FROM unnest(%s::bigint[], %s::text[]) AS g (source_id, key)
        JOIN behaviour_visitor v USING (source_id, key)
    """
    found = {(source, key): id_ for source, key, id_ in tx.rows(look, columns)}
    if len(found) < len(named):
        missing = [n for n in named if n not in found]
        tx.execute(
            """
            INSERT INTO behaviour_visitor (source_id, key)
            SELECT * FROM unnest(%s::bigint[], %s::text[]) ON CONFLICT DO NOTHING
            """,
            [[n[0] for n in missing], [n[1] for n in missing]],
        )
        found = {(source, key): id_ for source, key, id_ in tx.rows(look, columns)}
    _logins(tx, wanted, found)
    return found


def _logins(
    tx: Tx, wanted: Mapping[_Key, NewEvent], visitors: Mapping[tuple[int, str], int]
) -> None:
    """Which visitor was seen with which record, from when to when: whatever came first."""
    seen: dict[tuple[int, int], list[datetime]] = {}
    for (source, _, _), one in wanted.items():
        if one.visitor and one.record_id is not None:
            pair = (visitors[source, one.visitor], one.record_id)
            seen.setdefault(pair, []).append(one.occurred_at)
    pairs = sorted(seen)
    if not pairs:
        return
    tx.execute(
        """
        INSERT INTO behaviour_login AS l (visitor_id, record_id, first_at, last_at)
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        ON CONFLICT (visitor_id, record_id) DO UPDATE SET
          first_at = least(l.first_at, excluded.first_at),
          last_at = greatest(l.last_at, excluded.last_at)
        WHERE excluded.first_at < l.first_at OR excluded.last_at > l.last_at
        """,
        [
            [p[0] for p in pairs],
            [p[1] for p in pairs],
            [min(seen[p]) for p in pairs],
            [max(seen[p]) for p in pairs],
        ],
    )
