"""Goods between places: sent, on their way, received in parts, some of them lost.

While they are on their way nobody can sell them. Each transfer has an account of its own in the
ledger, so no more can arrive than were sent; what did not come is written off with a reason to
what nobody can explain at the receiving place.
"""

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
from goen.ledger.rules import Posted, Posting, Short
from goen.stock import notices, queries, rules, shape
from goen.stock.shape import Masters


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """Goods leave `source` for `target`; `lines` are (SKU code or barcode, quantity)."""

    uid: UUID
    source: str
    target: str
    lines: shape.Lines
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods of a transfer came, and others are known not to: `lost` are (item, quantity, why)."""

    uid: UUID
    transfer: UUID
    lines: shape.Lines
    occurred_at: datetime
    lost: tuple[tuple[str, int, str], ...] = ()

    @property
    def all_lines(self) -> shape.Lines:
        """What came and what was lost."""
        return (*self.lines, *((item, qty) for item, qty, _ in self.lost))


@dataclass(frozen=True, slots=True)
class Transferred:
    """It is in the books. `repeated` when it already was."""

    uid: UUID
    repeated: bool = False


Counts = dict[int, dict[int, datetime]]
"""When SKUs were last counted, by place."""


def send(
    tx: Tx, transfers: Sequence[NewTransfer], *, actor: Actor, recorded_at: datetime
) -> list[Transferred | Refusal]:
    """Send goods away, each transfer whole or not at all; the same id again changes nothing."""
    places = [place for t in transfers for place in (t.source, t.target)]
    masters = shape.read(tx, places, [c for t in transfers for c, _ in t.lines])
    refused: dict[UUID, Refusal] = {}
    asked: dict[UUID, NewTransfer] = {}
    for transfer in transfers:
        if transfer.uid in asked or transfer.uid in refused:
            continue  # its first mention decides
        refusal = _send_refusal(transfer, masters, recorded_at)
        if refusal is None:
            asked[transfer.uid] = transfer
        else:
            refused[transfer.uid] = refusal
    counts = _counts(tx, [(t.source, t.lines) for t in asked.values()], masters)
    new = _write(tx, list(asked.values()), masters, actor=actor, recorded_at=recorded_at)
    said = _said(tx, [uid for uid in asked if uid not in new])
    plans = [_send_plan(t, masters, counts) for uid, t in asked.items() if uid in new]
    for answer in posting.post(tx, plans, actor=actor, recorded_at=recorded_at):
        if isinstance(answer, Short):
            refused[answer.request] = shape.short(answer, asked[answer.request].lines, masters)
        elif isinstance(answer, Posted) and answer.repeated:
            refused[answer.request] = shape.id_reused(answer.request)
    gone = [uid for uid in new if uid in refused]
    if gone:
        tx.execute("DELETE FROM stock_transfer WHERE uid = ANY(%s)", [gone])
    told = [_sent(asked[uid], masters) for uid in asked if uid in new and uid not in refused]
    outbox.write(tx, told, recorded_at=recorded_at)
    said |= {uid: shape.fingerprint(asked[uid]) for uid in new}
    answers: list[Transferred | Refusal] = []
    first = set(new)
    for transfer in transfers:
        uid = transfer.uid
        if uid in refused:
            answers.append(refused[uid])
        elif said[uid] != shape.fingerprint(transfer):
            answers.append(shape.id_reused(uid))
        else:
            answers.append(Transferred(uid, repeated=uid not in first))
        first.discard(uid)
    return answers


def receive(
    tx: Tx, receipts: Sequence[Receipt], *, actor: Actor, recorded_at: datetime
) -> list[Transferred | Refusal]:
    """Receive goods, each receipt whole or not at all; the same id again changes nothing."""
    to = _targets(tx, [r.transfer for r in receipts])
    masters = shape.read(tx, to.values(), [c for r in receipts for c, _ in r.all_lines])
    refused: dict[UUID, Refusal] = {}
    asked: dict[UUID, Receipt] = {}
    for receipt in receipts:
        if receipt.uid in asked or receipt.uid in refused:
            continue  # its first mention decides
        refusal = _receive_refusal(receipt, to, masters, recorded_at)
        if refusal is None:
            asked[receipt.uid] = receipt
        else:
            refused[receipt.uid] = refusal
    counts = _counts(tx, [(to[r.transfer], r.lines) for r in asked.values()], masters)
    plans = [_receive_plan(r, to[r.transfer], masters, counts) for r in asked.values()]
    again = known(tx, list(asked))
    refused |= shape.reused(tx, [p for p in plans if p.request in again])
    plans = [p for p in plans if p.request not in refused]
    for answer in posting.post(tx, plans, actor=actor, recorded_at=recorded_at):
        if isinstance(answer, Short):
            lines = asked[answer.request].all_lines
            short = shape.short(answer, lines, masters)
            refused[answer.request] = Refusal("more_than_sent", short.field, short.detail)
    told = [
        _received(r, to[r.transfer], masters)
        for uid, r in asked.items()
        if uid not in again and uid not in refused
    ]
    outbox.write(tx, told, recorded_at=recorded_at)
    answers: list[Transferred | Refusal] = []
    for receipt in receipts:
        uid = receipt.uid
        if uid in asked and asked[uid] != receipt:
            answers.append(shape.id_reused(uid))
        else:
            answers.append(refused.get(uid) or Transferred(uid, repeated=uid in again))
        again.add(uid)
    return answers


def _send_refusal(transfer: NewTransfer, masters: Masters, recorded_at: datetime) -> Refusal | None:
    if transfer.source == transfer.target:
        return Refusal("same_place", "target", {"given": transfer.target})
    return shape.refusal(
        masters,
        transfer.lines,
        occurred_at=transfer.occurred_at,
        recorded_at=recorded_at,
        places=[("source", transfer.source), ("target", transfer.target)],
    )


def _receive_refusal(
    receipt: Receipt, to: dict[UUID, str], masters: Masters, recorded_at: datetime
) -> Refusal | None:
    if receipt.transfer not in to:
        return Refusal("unknown_transfer", "transfer", {"given": str(receipt.transfer)})
    for n, (_, _, why) in enumerate(receipt.lost):
        if why not in rules.LOSSES:
            detail = {"given": why, "known": ", ".join(rules.LOSSES)}
            return Refusal("unknown_loss", f"lost[{n}].why", detail)
    return shape.refusal(
        masters,
        receipt.all_lines,
        occurred_at=receipt.occurred_at,
        recorded_at=recorded_at,
        places=[("transfer", to[receipt.transfer])],
    )


def _counts(tx: Tx, goods: Sequence[tuple[str, shape.Lines]], masters: Masters) -> Counts:
    return queries.last_counted(
        tx,
        [
            (masters.places[place].id, masters.skus[code])
            for place, lines in goods
            for code, _ in lines
        ],
    )


def _write(
    tx: Tx, transfers: Sequence[NewTransfer], masters: Masters, *, actor: Actor,
    recorded_at: datetime,
) -> set[UUID]:  # fmt: skip
    """Write from where to where; answers the ids that were new. Sorted: retries never cross."""
    if not transfers:
        return set()
    rows = [
        (
            t.uid, masters.places[t.source].id, masters.places[t.target].id,
            shape.fingerprint(t), t.occurred_at,
        )
        for t in sorted(transfers, key=lambda t: t.uid)
    ]  # fmt: skip
    found = tx.rows(
        """
        INSERT INTO stock_transfer (uid, source_id, target_id, fingerprint, occurred_at,
                                    recorded_at, actor)
        SELECT given.*, %s, %s
        FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])
          AS given
        ON CONFLICT DO NOTHING RETURNING uid
        """,
        [recorded_at, str(actor), *[list(column) for column in zip(*rows, strict=True)]],
    )
    return {row[0] for row in found}


def _said(tx: Tx, uids: Sequence[UUID]) -> dict[UUID, str]:
    if not uids:
        return {}
    sql = "SELECT uid, fingerprint FROM stock_transfer WHERE uid = ANY(%s)"
    return dict(tx.rows(sql, [list(uids)]))


def _targets(tx: Tx, transfers: Sequence[UUID]) -> dict[UUID, str]:
    """Where transfers go, as place codes."""
    sql = (
        "SELECT t.uid, p.code FROM stock_transfer t JOIN places_place p ON p.id = t.target_id"
        " WHERE t.uid = ANY(%s)"
    )
    return dict(tx.rows(sql, [list(transfers)]))


def _send_plan(transfer: NewTransfer, masters: Masters, counts: Counts) -> Posting:
    place, at = masters.places[transfer.source], transfer.occurred_at
    moves = rules.sent(
        masters.lines(transfer.lines),
        transfer=transfer.uid,
        place_id=place.id,
        occurred_at=at,
        counted=counts.get(place.id, {}),
    )
    return Posting(transfer.uid, f"transfer:{transfer.uid}", moves, at, place.day(at))


def _sent(transfer: NewTransfer, masters: Masters) -> Notice:
    source, target = masters.places[transfer.source].id, masters.places[transfer.target].id
    lines = masters.lines(transfer.lines)
    return notices.goods("StockSent", transfer.uid, source, lines, target=target)


def _received(receipt: Receipt, to: str, masters: Masters) -> Notice:
    """What was lost on the way is told beside what came."""
    return notices.goods(
        "StockReceived",
        receipt.uid,
        masters.places[to].id,
        masters.lines(receipt.lines),
        transfer=str(receipt.transfer),
        lost=[[masters.skus[item], qty, why] for item, qty, why in receipt.lost],
    )


def _receive_plan(receipt: Receipt, to: str, masters: Masters, counts: Counts) -> Posting:
    place, at = masters.places[to], receipt.occurred_at
    came = rules.received(
        masters.lines(receipt.lines),
        transfer=receipt.transfer,
        place_id=place.id,
        occurred_at=at,
        counted=counts.get(place.id, {}),
    )
    lost = rules.lost(
        [(masters.skus[item], qty, why) for item, qty, why in receipt.lost],
        transfer=receipt.transfer,
        place_id=place.id,
    )
    origin = f"transfer:{receipt.transfer}"
    return Posting(receipt.uid, origin, (*came, *lost), at, place.day(at))
