"""Selling: the one verb behind the till, the API, the command line and every file.

Many independent sales at once, each answered; each whole or not at all. The same id five times
is one sale. A sale that already happened is never refused for lack of stock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from goen.kit import batches, outbox
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Move, Posted, Posting, Refused, Short, Wish
from goen.orders import booking, checking, exceptions, loyalty, reading, rules, shape
from goen.orders.booking import Document
from goen.orders.loyalty import Loyal
from goen.orders.sale import CouponShown, Quote, Sale, Sold
from goen.payments import tenders as payments
from goen.payments.tenders import NewTender
from goen.points import purses
from goen.points import queries as points
from goen.stock import queries as stock_queries
from goen.stock import rules as stock


class _Refused(Exception):  # noqa: N818  carried to the rollback, never shown
    def __init__(self, refused: dict[UUID, Short | Refusal]) -> None:
        self.refused = refused


def sell(
    tx: Tx, sales: Sequence[Sale], *, actor: Actor, recorded_at: datetime
) -> list[Sold | Refusal]:
    """Book sales; answers each in the given order. Locks nothing before its last statement."""
    unique = list(batches.first_of_each(sales).values())
    answers: dict[UUID, Sold | Refusal] = _malformed(unique, recorded_at)
    left = [s for s in unique if s.uid not in answers]
    answers |= _already(tx, left, recorded_at=recorded_at)
    fresh = [s for s in unique if s.uid not in answers]
    if fresh:
        masters = reading.read(tx, fresh)
        documents = []
        for sale in fresh:
            checked = checking.check(sale, masters)
            if isinstance(checked, Refusal):
                answers[sale.uid] = checked
            else:
                documents.append(checked)
        answers |= _book(tx, documents, actor=actor, recorded_at=recorded_at)
    return batches.in_order(sales, answers, again=lambda one: replace(one, repeated=True))


def quote(tx: Tx, sale: Sale, *, recorded_at: datetime) -> Quote | Refusal:
    """What a sale would come to, by the same rules; writes nothing, needs no tenders."""
    unpaid = replace(sale, tenders=())
    malformed = shape.refusal(unpaid, recorded_at, tender_kinds=payments.KINDS)
    if malformed is not None:
        return malformed
    checked = checking.check(unpaid, reading.read(tx, [sale]), to_be_paid=False)
    if isinstance(checked, Refusal):
        return checked
    refusal = loyalty.used_up(tx, checked)
    if refusal is not None:
        return refusal
    earned, free = loyalty.foreseen(tx, checked, spent=loyalty.spends(sale))
    return Quote(
        checked.total_minor,
        checked.currency,
        checked.business_date,
        checked.lines,
        checked.taxes,
        tuple(CouponShown(one.terms.number, one.amount_minor) for one in checked.coupons),
        earned,
        free,
    )


def _malformed(sales: Sequence[Sale], recorded_at: datetime) -> dict[UUID, Sold | Refusal]:
    """Answers to sales that no reading could make sense of."""
    found = {s.uid: shape.refusal(s, recorded_at, tender_kinds=payments.KINDS) for s in sales}
    return {uid: refusal for uid, refusal in found.items() if refusal is not None}


_KNOWN = """
SELECT o.uid, o.id, o.total_minor, o.fingerprint,
  coalesce((SELECT sum(t.tendered_minor - t.amount_minor)::bigint FROM payments_tender t
            WHERE t.document = o.uid), 0),
  o.record_id, o.currency, o.history
FROM orders_order o
"""


def _already(tx: Tx, sales: Sequence[Sale], *, recorded_at: datetime) -> dict[UUID, Sold | Refusal]:
    """Answers to sales whose id is in the books. Another content under the same id is refused."""
    rows = tx.rows(_KNOWN + "WHERE o.uid = ANY(%s)", [[s.uid for s in sales]])
    known = {row[0]: row for row in rows}
    found = {s.uid: _same_answer(s, known[s.uid]) for s in sales if s.uid in known}
    return _with_points(tx, found, rows, recorded_at=recorded_at)


def _with_points(
    tx: Tx, answers: dict[UUID, Sold | Refusal], rows: Sequence[Row], *, recorded_at: datetime
) -> dict[UUID, Sold | Refusal]:
    """Repeated answers with the points of then, and what their accounts have now."""
    asked = [(row[0], *row[5:7]) for row in rows if row[5] is not None and not row[7]]
    points_of = points.of_documents(tx, asked, at=recorded_at)
    done = dict(answers)
    for key, answer in answers.items():
        if isinstance(answer, Sold) and answer.uid in points_of:
            earned, spent, left = points_of[answer.uid]
            done[key] = replace(answer, points_earned=earned, points_spent=spent, points_left=left)
    return done


def _same_answer(sale: Sale, row: Row) -> Sold | Refusal:
    uid, order_id, total, fingerprint, change = row[:5]
    if fingerprint != checking.fingerprint(sale):
        return batches.id_reused(sale.uid)
    return Sold(uid, order_id, total, int(change), repeated=True)


def _book(
    tx: Tx, documents: Sequence[Document], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Sold | Refusal]:
    """Write documents and post their moves; those that are short are taken out and refused."""
    answers: dict[UUID, Sold | Refusal] = {}
    remaining = list(documents)
    while remaining:
        try:
            if all(_is_certain(d) for d in remaining):
                return answers | _write(tx, remaining, actor=actor, recorded_at=recorded_at)
            with savepoint():
                return answers | _write(tx, remaining, actor=actor, recorded_at=recorded_at)
        except _Refused as back:
            for document in remaining:
                why = back.refused.get(document.sale.uid)
                if why is not None:
                    refusal = why if isinstance(why, Refusal) else _short(tx, document, why)
                    answers[document.sale.uid] = refusal
            remaining = [d for d in remaining if d.sale.uid not in back.refused]
    return answers


def _is_certain(d: Document) -> bool:
    """Whether a document, once written, can only be refused for having something else's id."""
    promised = not (d.sale.handed_over or d.history)
    return not (promised or d.coupons or loyalty.spends(d.sale))


def _write(
    tx: Tx, documents: Sequence[Document], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Sold | Refusal]:
    ids = booking.write_orders(tx, documents, actor=actor, recorded_at=recorded_at)
    new = [d for d in documents if d.sale.uid in ids]
    answers: dict[UUID, Sold | Refusal] = {}
    for d in documents:
        if d.sale.uid not in ids:
            answers |= _met(tx, d, recorded_at=recorded_at)
    if not new:
        return answers
    booking.write_lines(tx, new, ids)
    booking.write_coupons(tx, new, ids)
    payments.record(tx, _tenders(new))
    told = {d.sale.uid: _notice(d, ids) for d in new if not d.history}
    outbox.write(tx, list(told.values()), recorded_at=recorded_at)
    counts = stock_queries.last_counted(tx, _taken_away(new))
    loyal = loyalty.plan(tx, new)
    if loyal.refused:
        raise _Refused(dict(loyal.refused))
    plans = [
        p
        for p in (_plan(d, counts.get(d.place_id, {}), loyal.wishes(d.sale.uid)) for d in new)
        if p.moves
    ]
    posted = posting.post(tx, plans, actor=actor, recorded_at=recorded_at)
    refused = _refusals(posted)
    if refused and not all(_is_certain(d) for d in documents):
        raise _Refused(refused)
    _undo(tx, refused, ids, told)
    _keep(tx, posted, loyal, but=refused, recorded_at=recorded_at)
    done: dict[UUID, Sold | Refusal] = {
        d.sale.uid: _sold(d, ids, loyal) for d in new if d.sale.uid not in refused
    }
    if refused:  # nobody is told of the points of a sale that is not there
        rows = tx.rows(_KNOWN + "WHERE o.uid = ANY(%s)", [list(done)])
        done = _with_points(tx, done, rows, recorded_at=recorded_at)
    return answers | done | {uid: batches.id_reused(uid) for uid in refused}


def _refusals(posted: Sequence[Posted | Refused]) -> dict[UUID, Short | Refusal]:
    """What came short, and whose id is that of something else in the ledger."""
    found: dict[UUID, Short | Refusal] = {}
    for one in posted:
        if isinstance(one, Short):
            found[one.request] = one
        elif isinstance(one, Posted) and one.repeated:
            found[one.request] = batches.id_reused(one.request)
    return found


def _undo(
    tx: Tx,
    uids: Collection[UUID],
    ids: Mapping[UUID, int],
    told: Mapping[UUID, outbox.Notice],
) -> None:
    """Take sales out again whose id was something else's; nothing of them was posted."""
    if uids:
        payments.forget(tx, list(uids))
        booking.unwrite(tx, [ids[uid] for uid in uids])
        outbox.take_back(tx, [told[uid] for uid in uids if uid in told])


def _keep(
    tx: Tx,
    posted: Sequence[Posted | Refused],
    loyal: Loyal,
    *,
    but: Collection[UUID],
    recorded_at: datetime,
) -> None:
    """What came of the posting: points, and promises that were broken."""
    planned = [p for uid, ps in loyal.planned.items() if uid not in but for p in ps]
    if planned:
        purses.write(tx, planned, recorded_at=recorded_at)
    broken = [(p.request, p.broken) for p in posted if isinstance(p, Posted) and p.broken]
    if broken:
        exceptions.open_broken(tx, broken, recorded_at=recorded_at)


def _sold(d: Document, ids: dict[UUID, int], loyal: Loyal) -> Sold:
    uid = d.sale.uid
    earned, spent, left = loyal.of(uid)
    return Sold(
        uid,
        ids[uid],
        d.total_minor,
        rules.change(d.sale.tenders),
        points_earned=earned,
        points_spent=spent,
        points_left=left,
    )


def _met(tx: Tx, document: Document, *, recorded_at: datetime) -> dict[UUID, Sold | Refusal]:
    """The answer to a document that met one already in the books."""
    sale = document.sale
    found = tx.row(
        _KNOWN + "WHERE o.uid = %s OR (o.source_id = %s AND o.source_no = %s)"
        " ORDER BY o.uid = %s DESC LIMIT 1",
        [sale.uid, document.source_id, sale.source_no or str(sale.uid), sale.uid],
    )
    if found is None:
        given = {"given": sale.till_seq, "till": sale.till}
        return {sale.uid: Refusal("till_seq_taken", "till_seq", given)}
    if found[0] == sale.uid:
        answer = _same_answer(sale, found)
    else:
        answer = Sold(found[0], found[1], found[2], int(found[4]), repeated=True)
    return _with_points(tx, {sale.uid: answer}, [found], recorded_at=recorded_at)


def _taken_away(documents: Sequence[Document]) -> list[tuple[int, int]]:
    """(place, SKU) of goods that left the shelf: a count from since then has that in it."""
    return [
        (d.place_id, line.sku_id)
        for d in documents
        if d.sale.handed_over and not d.history
        for line in d.lines
    ]


def _plan(d: Document, counted: stock.LastCounts, of_points: tuple[Wish, ...]) -> Posting:
    """The moves of a document: goods and money, as far as the place's cut-over days allow.

    Then coupons and points.
    """
    goods: tuple[Move, ...] = () if d.history else _goods(d, counted)
    money: tuple[Move, ...] = ()
    if d.paid:
        parts = [(t.kind, t.amount_minor) for t in d.sale.tenders]
        money = payments.paid(parts, place_id=d.place_id, currency=d.currency)
    uid = d.sale.uid
    moves = (*goods, *money, *loyalty.used(d), *of_points)
    return Posting(uid, f"order:{uid}", moves, d.sale.occurred_at, d.business_date)


def _goods(d: Document, counted: stock.LastCounts) -> tuple[Move, ...]:
    return stock.taken(
        [(line.sku_id, line.qty) for line in d.lines],
        place_id=d.place_id,
        handed_over=d.sale.handed_over,
        occurred_at=d.sale.occurred_at,
        counted=counted,
    )


def _tenders(documents: Sequence[Document]) -> list[NewTender]:
    return [
        NewTender(d.sale.uid, n, t.kind, t.amount_minor, rules.given(t), d.currency)
        for d in documents
        for n, t in enumerate(d.sale.tenders)
    ]


def _notice(d: Document, ids: dict[UUID, int]) -> outbox.Notice:
    body = {
        "order": ids[d.sale.uid],
        "uid": str(d.sale.uid),
        "place": d.place_id,
        "channel": d.channel_id,
        "record": d.record_id,
        "skus": [line.sku_id for line in d.lines],
    }
    return outbox.Notice("SaleBooked", f"place:{d.place_id}", body)


def _short(tx: Tx, document: Document, short: Short) -> Refusal:
    """Why goods cannot be promised, with the places that have them; or a coupon not used."""
    of_coupon = loyalty.short_of(document, short)
    if of_coupon is not None:
        return of_coupon
    sku_id = int(short.account.unit.removeprefix("goods:"))
    n = next(i for i, line in enumerate(document.lines) if line.sku_id == sku_id)
    detail = {
        "item": document.sale.lines[n].item,
        "wanted": short.wanted,
        "free": short.free,
        "alternatives": stock_queries.elsewhere(tx, sku_id, but_not=document.place_id),
    }
    return Refusal("short", f"lines[{n}].qty", detail)
