"""Counting the shelf: what was found becomes the truth of that instant.

The difference is taken against the book at `counted_at`, not against the book of now, so sales
between counting and typing it in stay as they are. What happened before that instant and is heard
of later is absorbed (`rules.standing`), so a shelf is never lowered twice. A count older than one
that is here already is kept and moves nothing: the newer one knew more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.reading import known
from goen.ledger.rules import Posted, Posting, Ref
from goen.stock import notices, queries, rules, shape
from goen.stock.shape import Masters


@dataclass(frozen=True, slots=True)
class NewCount:
    """What was found at a place at an instant: (SKU code or barcode, quantity), each SKU once.

    Goods that are held and still on the shelf count; goods sold and handed over do not.
    """

    uid: UUID
    place: str
    counted_at: datetime
    lines: shape.Lines


@dataclass(frozen=True, slots=True)
class Counted:
    """The count is in the books; `differences` are (SKU, how many more than booked).

    `broken` are the holds that goods are missing for.
    """

    uid: UUID
    differences: tuple[tuple[int, int], ...]
    broken: tuple[Ref, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Finding:
    """One line of a count beside the book of its instant."""

    count: NewCount
    said: str
    line: int
    place_id: int
    sku_id: int
    qty: int
    booked: int
    difference: int


def count(
    tx: Tx, counts: Sequence[NewCount], *, actor: Actor, recorded_at: datetime
) -> list[Counted | Refusal]:
    """Book counts, each whole or not at all; the same id again changes nothing.

    Enters the places' gates alone: whoever moves goods there has finished or has not begun.
    """
    masters = shape.read(
        tx, [c.place for c in counts], [i for c in counts for i, _ in c.lines], counting=True
    )
    refused: dict[UUID, Refusal] = {}
    asked: dict[UUID, NewCount] = {}
    for one in counts:
        if one.uid in asked or one.uid in refused:
            continue  # its first mention decides
        refusal = _refusal(one, masters, recorded_at)
        if refusal is None:
            asked[one.uid] = one
        else:
            refused[one.uid] = refusal
    there = _there(tx, list(asked))
    new = [c for uid, c in asked.items() if uid not in there]
    others = known(tx, [one.uid for one in new])
    refused |= {uid: shape.id_reused(uid) for uid in others}
    new = [one for one in new if one.uid not in others]
    found = _findings(tx, new, masters)
    _write(tx, found, actor=actor, recorded_at=recorded_at)
    broken = {
        answer.request: answer.broken
        for answer in posting.post(tx, _plans(found, masters), actor=actor, recorded_at=recorded_at)
        if isinstance(answer, Posted)
    }
    outbox.write(tx, [_told(one, found, masters) for one in new], recorded_at=recorded_at)
    for one in new:
        moved = tuple((f.sku_id, f.difference) for f in found if f.count.uid == one.uid)
        there[one.uid] = (shape.fingerprint(one), moved)
    answers: list[Counted | Refusal] = []
    first = {one.uid for one in new}
    for one in counts:
        uid = one.uid
        if uid in refused:
            answers.append(refused[uid])
        elif there[uid][0] != shape.fingerprint(one):
            answers.append(shape.id_reused(uid))
        elif uid in first:
            answers.append(Counted(uid, there[uid][1], broken.get(uid, ())))
        else:
            answers.append(Counted(uid, there[uid][1], repeated=True))
        first.discard(uid)
    return answers


def _told(one: NewCount, found: Sequence[_Finding], masters: Masters) -> Notice:
    """What a count found; `differences` are how many more than booked."""
    mine = [f for f in found if f.count.uid == one.uid]
    return notices.goods(
        "StockCounted",
        one.uid,
        masters.places[one.place].id,
        [(f.sku_id, f.qty) for f in mine],
        differences=[[f.sku_id, f.difference] for f in mine if f.difference],
    )


def _refusal(one: NewCount, masters: Masters, recorded_at: datetime) -> Refusal | None:
    refusal = shape.refusal(
        masters,
        one.lines,
        occurred_at=one.counted_at,
        recorded_at=recorded_at,
        places=[("place", one.place)],
        at="counted_at",
        least=0,
    )
    if refusal is not None:
        return refusal
    seen: set[int] = set()
    for n, (item, _) in enumerate(one.lines):
        if masters.skus[item] in seen:
            return Refusal("counted_twice", f"lines[{n}].item", {"given": item})
        seen.add(masters.skus[item])
    return None


_There = dict[UUID, tuple[str, tuple[tuple[int, int], ...]]]


def _there(tx: Tx, uids: Sequence[UUID]) -> _There:
    """What counts said that are in the books, and the differences they made."""
    said: dict[UUID, str] = {}
    moved: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    rows = tx.rows(
        "SELECT uid, fingerprint, sku_id, difference FROM stock_count WHERE uid = ANY(%s)"
        " ORDER BY uid, line",
        [list(uids)],
    )
    for uid, fingerprint, sku, difference in rows:
        said[uid] = fingerprint
        moved[uid].append((sku, difference))
    return {uid: (said[uid], tuple(moved[uid])) for uid in said}


def _findings(tx: Tx, counts: Sequence[NewCount], masters: Masters) -> list[_Finding]:
    """Each line beside its book; counts of one batch follow each other."""
    wanted = [
        (masters.places[c.place].id, masters.skus[item], c.counted_at)
        for c in counts
        for item, _ in c.lines
    ]
    booked = queries.booked_at(tx, wanted)
    last = queries.last_counted(tx, [(place, sku) for place, sku, _ in wanted])
    found: list[_Finding] = []
    before: dict[tuple[int, int], list[_Finding]] = defaultdict(list)
    for one in counts:
        place = masters.places[one.place].id
        said = shape.fingerprint(one)
        for n, (item, qty) in enumerate(one.lines):
            sku, at = masters.skus[item], one.counted_at
            earlier = before[place, sku]
            book = booked[place, sku, at]
            book += sum(f.difference for f in earlier if f.count.counted_at <= at)
            newest = max(
                last.get(place, {}).get(sku, at), *(f.count.counted_at for f in earlier), at
            )
            difference = 0 if newest > at else qty - book
            finding = _Finding(one, said, n, place, sku, qty, book, difference)
            earlier.append(finding)
            found.append(finding)
    return found


def _write(tx: Tx, found: Sequence[_Finding], *, actor: Actor, recorded_at: datetime) -> None:
    if not found:
        return
    rows = [
        (
            f.count.uid, f.line, f.place_id, f.sku_id, f.qty, f.booked, f.difference,
            f.count.counted_at, f.said,
        )
        for f in found
    ]  # fmt: skip
    tx.execute(
        """
        INSERT INTO stock_count (uid, line, place_id, sku_id, qty, booked, difference, counted_at,
                                 fingerprint, recorded_at, actor)
        SELECT given.*, %s, %s
        FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
                    %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) AS given
        """,
        [recorded_at, str(actor), *[list(column) for column in zip(*rows, strict=True)]],
    )


def _plans(found: Sequence[_Finding], masters: Masters) -> list[Posting]:
    """The moves of each count that found a difference."""
    by_count: dict[UUID, list[_Finding]] = defaultdict(list)
    for finding in found:
        by_count[finding.count.uid].append(finding)
    plans = []
    for uid, findings in by_count.items():
        one, place = findings[0].count, masters.places[findings[0].count.place]
        moves = rules.counted_moves([(f.sku_id, f.difference) for f in findings], place_id=place.id)
        if moves:
            day = place.day(one.counted_at)
            plans.append(Posting(uid, f"count:{uid}", moves, one.counted_at, day))
    return plans
