"""Saying by hand that two records are one person, or that they are not, and taking it back.

Promises: everything is an edge with a date, who said it, why and on what evidence; what is said by
hand stands over every key; saying the same again changes nothing; of two who say it at once one
does. Facts stay with the record they happened to, so parting leaves the world in which the joining
never was. Points are lent between the accounts of a person: `points.together` calls these verbs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goen.customers import identity
from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Said:
    """Why two records are said to be one person, or two. `again`: also where it was said not to be.

    `evidence` is what agreed and differed, without contact data.
    """

    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    score: float | None = None
    again: bool = False
    rule: str = "by_hand"


@dataclass(frozen=True, slots=True)
class Joined:
    """The records are one person. `repeated` when they already were."""

    person_id: int
    edge_id: int | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Parted:
    """Who the records are now: persons by record. `repeated` when they were two already."""

    persons: Mapping[int, int]
    repeated: bool = False


def join(
    tx: Tx, record_a: int, record_b: int, said: Said, *, actor: Actor, recorded_at: datetime
) -> Joined | Refusal:
    """Two records are one person from now on, and all that hangs together with either.

    Refused where somebody said that some of them are two people, unless `again` takes that back.
    """
    a, b = sorted((record_a, record_b))
    take_turns(tx)
    refused = _refusal(tx, (a, b), said)
    if refused is not None:
        return refused
    persons = _persons(tx, (a, b))
    if persons[a] == persons[b]:
        return Joined(persons[a], repeated=True)
    denied = _denied(tx, (a, b))
    if denied and not said.again:
        return Refusal("said_apart", "records", {"by": denied[0][1], "at": denied[0][2]})
    _close(tx, [edge for edge, _, _ in denied], actor, recorded_at)
    edge = _add(tx, [(a, b)], "manual", said, actor, recorded_at)
    identity.settle(tx, {a, b}, recorded_at=recorded_at)
    person = _persons(tx, (a, b))
    assert person[a] == person[b], "nothing forbids that these are one person"
    # The reason is free words about people: it stands with the edge, where it can be erased.
    detail = {"records": [a, b], "was": sorted(set(persons.values()))}
    trail.note(tx, actor, "join", "person", person[a], at=recorded_at, detail=detail)
    return Joined(person[a], edge[0] if edge else None)


def part(
    tx: Tx, records: Sequence[int], said: Said, *, actor: Actor, recorded_at: datetime
) -> Parted | Refusal:
    """These records of a person are another person from now on: both sides keep what is theirs.

    What was joined by hand between the sides is closed, and said not to be one person for ever.
    """
    chosen = set(records)
    take_turns(tx)
    refused = _refusal(tx, sorted(chosen), said)
    if refused is not None:
        return refused
    persons = _persons(tx, chosen)
    if len(set(persons.values())) != 1:
        return Refusal("not_one_person", "records", {"given": sorted(chosen)})
    rest = set(_records(tx, next(iter(persons.values())))) - chosen
    if not rest:
        return Refusal("nothing_stays", "records", {"given": sorted(chosen)})
    across = [(min(a, b), max(a, b)) for a in chosen for b in rest]
    _close(tx, _by_hand(tx, across), actor, recorded_at)
    _add(tx, across, "cannot", said, actor, recorded_at)
    identity.settle(tx, chosen | rest, recorded_at=recorded_at)
    after = _persons(tx, chosen | rest)
    was = next(iter(persons.values()))
    detail = {"records": sorted(chosen), "stay": sorted(rest)}
    trail.note(tx, actor, "part", "person", was, at=recorded_at, detail=detail)
    return Parted(after)


def keep_apart(
    tx: Tx, record_a: int, record_b: int, said: Said, *, actor: Actor, recorded_at: datetime
) -> Parted | Refusal:
    """Two records that are two persons are never joined by any key or score; as said before."""
    a, b = sorted((record_a, record_b))
    take_turns(tx)
    refused = _refusal(tx, (a, b), said)
    if refused is not None:
        return refused
    persons = _persons(tx, (a, b))
    if persons[a] == persons[b]:
        return Refusal("are_one_person", "records", {"given": [a, b]})
    made = _add(tx, [(a, b)], "cannot", said, actor, recorded_at)
    if made:
        detail = {"records": [a, b]}
        trail.note(tx, actor, "keep_apart", "person", persons[a], at=recorded_at, detail=detail)
    return Parted(persons, repeated=not made)


def take_back(
    tx: Tx,
    record_a: int,
    record_b: int,
    *,
    kinds: Sequence[str] = ("manual", "cannot"),
    actor: Actor,
    recorded_at: datetime,
) -> Parted | Refusal:
    """What was said of these two by hand is closed, as if it had not been said.

    `kinds`: only that they are one (`manual`), or that they are two (`cannot`). They may still be
    one person by other edges; `Parted.persons` says who they are.
    """
    a, b = sorted((record_a, record_b))
    take_turns(tx)
    edges = tx.rows(
        """
        SELECT id FROM customers_edge WHERE record_a_id = %s AND record_b_id = %s
          AND kind = ANY(%s) AND closed_at IS NULL ORDER BY id
        """,
        [a, b, list(kinds)],
    )
    if not edges:
        return Refusal("nothing_said", "records", {"given": [a, b]})
    _close(tx, [row[0] for row in edges], actor, recorded_at)
    identity.settle(tx, {a, b}, recorded_at=recorded_at)
    persons = _persons(tx, (a, b))
    detail = {"records": [a, b]}
    trail.note(tx, actor, "take_back", "person", persons[a], at=recorded_at, detail=detail)
    return Parted(persons)


def would_be(tx: Tx, records: Sequence[int], person_id: int) -> list[tuple[int, ...]]:
    """The persons that parting would leave, as groups of records; the first has the oldest."""
    every = _records(tx, person_id)
    chosen = set(records) & set(every)
    across = [(min(a, b), max(a, b)) for a in chosen for b in every if b not in chosen]
    roots = identity.grouped(tx, every, without=_by_hand(tx, across), apart=across)
    groups: dict[int, list[int]] = {}
    for record in every:
        groups.setdefault(roots.get(record, record), []).append(record)
    return [tuple(groups[root]) for root in sorted(groups)]


def take_turns(tx: Tx) -> None:
    """Who registers and who joins change the same components: one at a time, until commit."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('customers.register'))")


def _refusal(tx: Tx, records: Sequence[int], said: Said) -> Refusal | None:
    if len(set(records)) != len(records) or not records:
        return Refusal("same_record", "records", {"given": list(records)})
    if not said.reason.strip():
        return Refusal("joining_reason_missing", "reason")
    if len(said.reason) > LONGEST_REASON:
        return Refusal("too_long", "reason", {"most": LONGEST_REASON})
    sql = "SELECT id, unit FROM customers_record WHERE id = ANY(%s)"
    units: dict[int, str] = dict(tx.rows(sql, [list(records)]))
    for record in records:
        if record not in units:
            return Refusal("unknown_record", "records", {"given": record})
        if units[record] != "person":
            return Refusal("household_is_no_person", "records", {"given": record})
    return None


def _persons(tx: Tx, records: Iterable[int]) -> dict[int, int]:
    sql = "SELECT record_id, person_id FROM customers_personof WHERE record_id = ANY(%s)"
    return dict(tx.rows(sql, [sorted(records)]))


def _records(tx: Tx, person_id: int) -> list[int]:
    sql = "SELECT record_id FROM customers_personof WHERE person_id = %s ORDER BY record_id"
    return [row[0] for row in tx.rows(sql, [person_id])]


def _denied(tx: Tx, pair: identity.Pair) -> list[tuple[int, str, str]]:
    """What forbids that two persons are one: (edge, who said so, when), the newest first."""
    return [
        (edge, by, at.isoformat())
        for edge, by, at in tx.rows(
            """
            SELECT e.id, e.actor, e.created_at FROM customers_edge e
            JOIN customers_personof a ON a.record_id = e.record_a_id
            JOIN customers_personof b ON b.record_id = e.record_b_id
            JOIN customers_personof one ON one.record_id = %s
            JOIN customers_personof two ON two.record_id = %s
            WHERE e.kind = 'cannot' AND e.closed_at IS NULL
              AND (a.person_id, b.person_id) IN
                ((one.person_id, two.person_id), (two.person_id, one.person_id))
            ORDER BY e.id DESC
            """,
            list(pair),
        )
    ]


def _by_hand(tx: Tx, pairs: Sequence[identity.Pair]) -> list[int]:
    """What was joined by hand between pairs."""
    rows = tx.rows(
        """
        SELECT e.id FROM customers_edge e
        JOIN unnest(%s::bigint[], %s::bigint[]) AS given (a, b)
          ON (e.record_a_id, e.record_b_id) = (given.a, given.b)
        WHERE e.kind = 'manual' AND e.closed_at IS NULL
        """,
        [[a for a, _ in pairs], [b for _, b in pairs]],
    )
    return [row[0] for row in rows]


def _close(tx: Tx, edges: Sequence[int], actor: Actor, recorded_at: datetime) -> None:
    if edges:
        tx.execute(
            "UPDATE customers_edge SET closed_at = %s, closed_by = %s"
            " WHERE id = ANY(%s) AND closed_at IS NULL",
            [recorded_at, str(actor), list(edges)],
        )


def _add(
    tx: Tx,
    pairs: Sequence[identity.Pair],
    kind: str,
    said: Said,
    actor: Actor,
    recorded_at: datetime,
) -> list[int]:
    """Edges said by hand; what stands already stays."""
    rows = tx.rows(
        """
        INSERT INTO customers_edge (record_a_id, record_b_id, kind, rule, evidence, score, reason,
                                    actor, created_at, closed_by)
        SELECT a, b, %s, %s, %s::jsonb, %s, %s, %s, %s, ''
        FROM unnest(%s::bigint[], %s::bigint[]) AS given (a, b)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        [
            kind, said.rule, json.dumps(said.evidence, ensure_ascii=False), said.score,
            said.reason.strip(), str(actor), recorded_at,
            [a for a, _ in pairs], [b for _, b in pairs],
        ],
    )  # fmt: skip
    return [row[0] for row in rows]
