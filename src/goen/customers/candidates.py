"""Records that may be one person: found by what agrees, kept for a person to decide.

Promises: nobody is joined here; a pair is kept once, whatever is found again; what somebody decided
stays decided; two records that are one person already, or were said to be two, are not asked about;
of a pair only how fields agree is kept, never what they say. New and changed records are compared
with all others that share a key with them (`matching.keys`); the model is estimated anew when the
shop has grown by half.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.customers import matching
from goen.customers.matching import Compact, Judged, Model, Pattern
from goen.kit.db import Tx

KEPT_FROM = 0.3
"""Pairs that are less likely one person than this are not kept."""
MOST_SHARING = 40
"""A key that more records share (a hotel's telephone, a very common name) compares nobody."""
GROWN = 1.5
"""How much the shop grows until the model is estimated anew."""
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What is compared: all records, which of them are new, who they are, and what was decided."""

    records: Sequence[Compact]
    fresh: frozenset[int]
    person_of: Mapping[int, int]
    proved: frozenset[Pair]
    apart: frozenset[Pair]
    model: Model | None
    upto: int


@dataclass(frozen=True, slots=True)
class Found:
    """The pairs that may be one person, and the model when it is new. `upto`: what was seen."""

    pairs: Mapping[Pair, Judged]
    fresh: frozenset[int]
    compared: int
    records: int
    model: Model
    is_new: bool
    prior: float
    upto: int


def newest(tx: Tx) -> int:
    """The last detail below which nothing can appear any more; those who register wait for it."""
    tx.execute("SELECT pg_advisory_xact_lock_shared(hashtext('customers.register'))")
    return int(tx.value("SELECT coalesce(max(id), 0) FROM customers_detail"))


def are_new(tx: Tx, upto: int) -> bool:
    """Whether any record up to there was not compared yet."""
    last = _last(tx)
    return last is None or last[2] < upto


def read(tx: Tx, upto: int) -> Given | None:
    """Everything that has to be compared; None when nothing is new since the last time."""
    last = _last(tx)
    if last is not None and last[2] >= upto:
        return None
    records = [_compact(row) for row in tx.rows(_RECORDS, [upto])]
    grown = last is None or len(records) > GROWN * last[1]
    since = 0 if last is None or grown else last[2]
    fresh = tx.rows("SELECT record_id FROM customers_detail WHERE id > %s AND id <= %s",
                    [since, upto])  # fmt: skip
    return Given(
        records,
        frozenset(row[0] for row in fresh),
        dict(tx.rows("SELECT record_id, person_id FROM customers_personof")),
        _edges(tx, "verified"),
        _edges(tx, "cannot"),
        None if last is None or grown else _model(last[0], records),
        upto,
    )


def _last(tx: Tx) -> tuple[Any, ...] | None:
    return tx.row(
        "SELECT weights, records, upto FROM customers_matchmodel ORDER BY id DESC LIMIT 1"
    )


_RECORDS = """
SELECT DISTINCT ON (d.record_id) d.record_id, d.family_name, d.given_name, d.family_kana,
       d.given_kana, d.birth_date, d.gender, d.mail, d.phone, d.postcode, d.address
FROM customers_detail d JOIN customers_record r ON r.id = d.record_id
WHERE r.unit = 'person' AND d.id <= %s
ORDER BY d.record_id, d.recorded_at DESC, d.id DESC
"""


def _compact(row: Sequence[object]) -> Compact:
    record, family, given, family_kana, given_kana, born, gender, *contact = row
    names = (family, given, family_kana, given_kana)
    return matching.folded(record, names, born, gender, tuple(contact))  # type: ignore[arg-type]


def _edges(tx: Tx, kind: str) -> frozenset[Pair]:
    sql = (
        "SELECT record_a_id, record_b_id FROM customers_edge WHERE kind = %s AND closed_at IS NULL"
    )
    return frozenset((a, b) for a, b in tx.rows(sql, [kind]))


def _model(weights: Mapping[str, object], records: Sequence[Compact]) -> Model:
    rates, shares = weights["rates"], weights["shares"]
    return Model(rates, shares, matching.commonness(records))  # type: ignore[arg-type]


def compare(given: Given) -> Found:
    """Compare what shares a key and is new on either side. Touches no database."""
    by_id = {one.record_id: one for one in given.records}
    pairs = _pairs(given)
    patterns = {pair: matching.compared(by_id[pair[0]], by_id[pair[1]]) for pair in pairs}
    model = given.model or _estimated(given, patterns)
    asked = [
        pair
        for pair in pairs
        if pair not in given.apart and given.person_of.get(pair[0]) != given.person_of.get(pair[1])
    ]
    judged = {
        pair: matching.judged(by_id[pair[0]], by_id[pair[1]], patterns[pair], model)
        for pair in asked
    }
    kept = {pair: one for pair, one in judged.items() if one.probability >= KEPT_FROM}
    return Found(
        kept,
        given.fresh,
        len(pairs),
        len(given.records),
        model,
        given.model is None,
        model.shares["person"],
        given.upto,
    )


def _pairs(given: Given) -> list[Pair]:
    """The pairs that share a key and of which one is new, in order."""
    sharing: dict[str, list[int]] = defaultdict(list)
    for one in given.records:
        for key in matching.keys(one):
            sharing[key].append(one.record_id)
    found = set()
    for records in sharing.values():
        if 1 < len(records) <= MOST_SHARING:
            for i, a in enumerate(records):
                for b in records[i + 1 :]:
                    if a in given.fresh or b in given.fresh:
                        found.add((a, b) if a < b else (b, a))
    return sorted(found)


def _estimated(given: Given, patterns: Mapping[Pair, Pattern]) -> Model:
    known = {pair for pair in patterns if pair in given.proved}
    return matching.estimated(
        Counter(pattern for pair, pattern in patterns.items() if pair not in known),
        Counter(patterns[pair] for pair in known),
        matching.commonness(given.records),
    )


def keep(tx: Tx, found: Found, *, recorded_at: datetime) -> int:
    """Keep what was found; answers how many pairs wait that did not wait before.

    An open pair of a record that was compared again and agrees no longer is forgotten; of one that
    was erased while it was compared nothing is kept.
    """
    pairs = list(found.pairs.items())
    tx.execute(
        """
        DELETE FROM customers_candidate c
        WHERE state = 'open' AND (record_a_id = ANY(%(fresh)s) OR record_b_id = ANY(%(fresh)s))
          AND NOT EXISTS (
            SELECT FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS given (a, b)
            WHERE (given.a, given.b) = (c.record_a_id, c.record_b_id))
        """,
        {
            "fresh": sorted(found.fresh),
            "a": [a for (a, _), _ in pairs],
            "b": [b for (_, b), _ in pairs],
        },
    )
    rows = tx.rows(
        """
        INSERT INTO customers_candidate AS c (record_a_id, record_b_id, score, probability,
          household, evidence, state, found_at, decided_by)
        SELECT a, b, score, probability, household, evidence::jsonb, 'open', %s, ''
        FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[], %s::boolean[],
                    %s::text[]) AS given (a, b, score, probability, household, evidence)
        WHERE NOT EXISTS (SELECT FROM customers_erasure WHERE record_id IN (a, b))
        ON CONFLICT (record_a_id, record_b_id) DO UPDATE
          SET score = excluded.score, probability = excluded.probability,
              household = excluded.household, evidence = excluded.evidence,
              found_at = excluded.found_at
          WHERE c.state IN ('open', 'later')
        RETURNING xmax = 0
        """,
        [
            recorded_at,
            [a for (a, _), _ in pairs],
            [b for (_, b), _ in pairs],
            [round(one.bits, 3) for _, one in pairs],
            [round(one.probability, 6) for _, one in pairs],
            [one.household > one.probability for _, one in pairs],
            [json.dumps(one.evidence) for _, one in pairs],
        ],
    )
    _keep_model(tx, found, recorded_at)
    return sum(new for (new,) in rows)


def _keep_model(tx: Tx, found: Found, recorded_at: datetime) -> None:
    """What was seen, and by which weights: a new model, or that the newest has seen more."""
    if not found.is_new:
        tx.execute(
            "UPDATE customers_matchmodel SET upto = %s"
            " WHERE id = (SELECT max(id) FROM customers_matchmodel)",
            [found.upto],
        )
        return
    weights = json.dumps({"rates": found.model.rates, "shares": found.model.shares})
    tx.execute(
        """
        INSERT INTO customers_matchmodel (made_at, weights, prior, records, pairs, upto)
        VALUES (%s, %s::jsonb, %s, %s, %s, %s)
        """,
        [recorded_at, weights, found.prior, found.records, found.compared, found.upto],
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two persons that may be one, by their likeliest pair of records."""

    id: int
    record_a: int
    record_b: int
    person_a: int
    person_b: int
    probability: float
    household: bool
    evidence: Mapping[str, tuple[str, float]]
    state: str
    found_at: datetime
    decided_by: str
    decided_at: datetime | None


PAIRS = """
SELECT DISTINCT ON (least(a.person_id, b.person_id), greatest(a.person_id, b.person_id))
  c.id, a.person_id AS person_a, b.person_id AS person_b, c.probability
FROM customers_candidate c
JOIN customers_personof a ON a.record_id = c.record_a_id
JOIN customers_personof b ON b.record_id = c.record_b_id
WHERE c.state = ANY(%(states)s) AND c.probability >= %(least)s AND a.person_id <> b.person_id
  AND NOT EXISTS (
    SELECT FROM customers_edge e
    WHERE (e.record_a_id, e.record_b_id, e.kind) = (c.record_a_id, c.record_b_id, 'cannot')
      AND e.closed_at IS NULL)
ORDER BY least(a.person_id, b.person_id), greatest(a.person_id, b.person_id),
  c.probability DESC, c.id
"""
"""Persons that may be one, each two once, by their likeliest records. For who ranks them."""

_SHOWN = """
SELECT c.id, c.record_a_id, c.record_b_id, a.person_id, b.person_id, c.probability, c.household,
  c.evidence, c.state, c.found_at, c.decided_by, c.decided_at
FROM customers_candidate c
JOIN customers_personof a ON a.record_id = c.record_a_id
JOIN customers_personof b ON b.record_id = c.record_b_id
"""


def states_of(*, later: bool) -> list[str]:
    """Of pairs that nobody decided about: those that wait, or those put off."""
    return ["later"] if later else ["open"]


def count(tx: Tx, *, least: float, later: bool = False) -> int:
    """How many pairs of persons wait, or were put off."""
    given = {"states": states_of(later=later), "least": least}
    return int(tx.value(f"SELECT count(*) FROM ({PAIRS}) pair", given))


def waiting(tx: Tx, *, least: float, later: bool = False) -> list[Waiting]:
    """Pairs of persons that nobody decided about, the likeliest first; or those put off."""
    given = {"states": states_of(later=later), "least": least}
    sql = f"{_SHOWN} JOIN ({PAIRS}) pair ON pair.id = c.id ORDER BY c.probability DESC, c.id"
    return [Waiting(*row) for row in tx.rows(sql, given)]


def some(tx: Tx, ids: Sequence[int]) -> dict[int, Waiting]:
    """Pairs by their ids, whatever became of them."""
    rows = tx.rows(f"{_SHOWN} WHERE c.id = ANY(%s)", [list(ids)])
    return {row[0]: Waiting(*row) for row in rows}


def one(tx: Tx, candidate_id: int) -> Waiting | None:
    """A pair, whatever became of it."""
    row = tx.row(f"{_SHOWN} WHERE c.id = %s FOR UPDATE OF c", [candidate_id])
    return None if row is None else Waiting(*row)


def put(tx: Tx, candidate_id: int, state: str, by: str, *, recorded_at: datetime) -> None:
    """What somebody decided of a pair; `open` takes it back."""
    tx.execute(
        "UPDATE customers_candidate SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
        [state, by, recorded_at, candidate_id],
    )


def forget(tx: Tx, record_ids: Iterable[int]) -> None:
    """Records whose contact data are gone are compared no more."""
    records = sorted(record_ids)
    tx.execute(
        "DELETE FROM customers_candidate WHERE record_a_id = ANY(%s) OR record_b_id = ANY(%s)",
        [records, records],
    )
