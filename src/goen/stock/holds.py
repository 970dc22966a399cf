"""Goods kept for somebody: a cart, goods set aside, a preorder, a special order, an order.

What is held can be sold to nobody else until it is released, settled by a sale, or over. Who it
is for is an opaque reference (`record:12`, `cart:…`). A till that has the goods in the hand
breaks the weakest hold. Holds are known by their `uid`; `held.live` says under which names the
ledger holds them now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import clock, outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.reading import known
from goen.ledger.rules import Gone, Posted, Posting, Short, Wish
from goen.stock import held, notices, rules, shape
from goen.stock.held import Live
from goen.stock.shape import Masters


@dataclass(frozen=True, slots=True)
class NewHold:
    """A wish to keep goods at a place for `holder`; `lines` are (SKU code or barcode, quantity).

    Without `expires_at` and `strength` the kind decides (`rules.KINDS`).
    """

    uid: UUID
    place: str
    kind: str
    holder: str
    lines: shape.Lines
    occurred_at: datetime
    expires_at: datetime | None = None
    strength: int | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it is over, as asked or by its kind."""
        lasts = rules.KINDS[self.kind].lasts
        by_kind = None if lasts is None else self.occurred_at + lasts
        return by_kind if self.expires_at is None else self.expires_at

    @property
    def weight(self) -> int:
        """Its strength, as asked or by its kind."""
        return rules.KINDS[self.kind].strength if self.strength is None else self.strength


@dataclass(frozen=True, slots=True)
class Held:
    """The goods are kept. `repeated` when they already were."""

    uid: UUID
    expires_at: datetime | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A wish to give up what is still held."""

    uid: UUID
    hold: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """A wish to keep what is still held until another instant, or with None until released."""

    uid: UUID
    hold: UUID
    expires_at: datetime | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """The hold was released or extended. `repeated` when it already was."""

    uid: UUID
    hold: UUID
    repeated: bool = False


def hold(
    tx: Tx, wishes: Sequence[NewHold], *, actor: Actor, recorded_at: datetime
) -> list[Held | Refusal]:
    """Keep goods, each wish whole or not at all; the same id again changes nothing."""
    masters = shape.read(tx, [w.place for w in wishes], [c for w in wishes for c, _ in w.lines])
    refused: dict[UUID, Refusal] = {}
    asked: dict[UUID, NewHold] = {}
    for wish in wishes:
        if wish.uid in asked or wish.uid in refused:
            continue  # its first mention decides
        refusal = _refusal(wish, masters, recorded_at)
        if refusal is None:
            asked[wish.uid] = wish
        else:
            refused[wish.uid] = refusal
    new = _write(tx, list(asked.values()), masters, actor=actor, recorded_at=recorded_at)
    there = _there(tx, [uid for uid in asked if uid not in new])
    plans = [_plan(wish, masters) for uid, wish in asked.items() if uid in new]
    told = {uid: _told(wish, masters) for uid, wish in asked.items() if uid in new}
    outbox.write(tx, list(told.values()), recorded_at=recorded_at)
    for answer in posting.post(tx, plans, actor=actor, recorded_at=recorded_at):
        if isinstance(answer, Short):
            refused[answer.request] = shape.short(answer, asked[answer.request].lines, masters)
        elif isinstance(answer, Posted) and answer.repeated:
            refused[answer.request] = shape.id_reused(answer.request)
    # Who is refused leaves no trace; who is not never comes here, so that locks stay short.
    _forget(tx, [uid for uid in new if uid in refused])
    outbox.take_back(tx, [told[uid] for uid in new if uid in refused])
    there |= {uid: (shape.fingerprint(asked[uid]), asked[uid].ends_at) for uid in new}
    return _in_order(wishes, refused, there, new)


def _refusal(wish: NewHold, masters: Masters, recorded_at: datetime) -> Refusal | None:
    if wish.kind not in rules.KINDS:
        known_kinds = ", ".join(rules.KINDS)
        return Refusal("unknown_hold_kind", "kind", {"given": wish.kind, "known": known_kinds})
    if not wish.holder:
        return Refusal("holder_missing", "holder")
    refusal = shape.refusal(
        masters,
        wish.lines,
        occurred_at=wish.occurred_at,
        recorded_at=recorded_at,
        places=[("place", wish.place)],
    )
    if refusal is None and wish.ends_at is not None and wish.ends_at <= recorded_at:
        return Refusal("already_over", "expires_at", {"given": str(wish.ends_at)})
    return refusal


def _write(
    tx: Tx, wishes: Sequence[NewHold], masters: Masters, *, actor: Actor, recorded_at: datetime
) -> set[UUID]:
    """Write who holds; answers the ids that were new. Sorted, so that two retries never cross."""
    if not wishes:
        return set()
    rows = [
        (
            w.uid, masters.places[w.place].id, w.kind, w.holder, w.uid, w.ends_at, w.weight,
            shape.fingerprint(w), w.occurred_at,
        )
        for w in sorted(wishes, key=lambda w: w.uid)
    ]  # fmt: skip
    found = tx.rows(
        """
        INSERT INTO stock_hold (uid, place_id, kind, holder, request, expires_at, strength,
                                fingerprint, occurred_at, recorded_at, actor)
        SELECT given.*, %s, %s
        FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[],
                    %s::timestamptz[], %s::smallint[], %s::text[], %s::timestamptz[]) AS given
        ON CONFLICT DO NOTHING RETURNING uid
        """,
        [recorded_at, str(actor), *[list(column) for column in zip(*rows, strict=True)]],
    )
    return {row[0] for row in found}


def _plan(wish: NewHold, masters: Masters) -> Posting:
    place = masters.places[wish.place]
    wished = rules.promised(
        masters.lines(wish.lines),
        place_id=place.id,
        expires_at=wish.ends_at,
        strength=wish.weight,
        reason=wish.kind,
    )
    day = place.day(wish.occurred_at)
    return Posting(wish.uid, f"hold:{wish.uid}", wished, wish.occurred_at, day)


def _told(wish: NewHold, masters: Masters) -> Notice:
    skus = [masters.skus[code] for code, _ in wish.lines]
    place_id = masters.places[wish.place].id
    return notices.held(wish.uid, wish.kind, place_id, skus, wish.ends_at)


def _forget(tx: Tx, uids: Sequence[UUID]) -> None:
    if uids:
        tx.execute("DELETE FROM stock_hold WHERE uid = ANY(%s)", [list(uids)])


_Kept = dict[UUID, tuple[str, datetime | None]]
"""What holds said when they were made, and when they end."""


def _there(tx: Tx, uids: Sequence[UUID]) -> _Kept:
    if not uids:
        return {}
    sql = "SELECT uid, fingerprint, expires_at FROM stock_hold WHERE uid = ANY(%s)"
    return {uid: (said, ends) for uid, said, ends in tx.rows(sql, [list(uids)])}


def _in_order(
    wishes: Sequence[NewHold], refused: dict[UUID, Refusal], there: _Kept, new: set[UUID]
) -> list[Held | Refusal]:
    """The answers as asked. An id seen before is a repetition, or refused with other content."""
    answers: list[Held | Refusal] = []
    first = set(new)
    for wish in wishes:
        if wish.uid in refused:
            answers.append(refused[wish.uid])
            continue
        said, ends = there[wish.uid]
        if said == shape.fingerprint(wish):
            answers.append(Held(wish.uid, ends, repeated=wish.uid not in first))
        else:
            answers.append(shape.id_reused(wish.uid))
        first.discard(wish.uid)
    return answers


def release(
    tx: Tx, releases: Sequence[NewRelease], *, actor: Actor, recorded_at: datetime
) -> list[Changed | Refusal]:
    """Give up holds, each whole; the same id again changes nothing."""
    return _change(tx, releases, actor=actor, recorded_at=recorded_at)


def extend(
    tx: Tx, extensions: Sequence[Extension], *, actor: Actor, recorded_at: datetime
) -> list[Changed | Refusal]:
    """Keep what is still held until another instant; the same id again changes nothing.

    In the ledger the old hold is released and a new one made in the same posting, so nobody can
    come in between. Of two extensions of one hold in a batch the first counts.
    """
    answers = _change(tx, extensions, actor=actor, recorded_at=recorded_at)
    done = {a.uid for a in answers if isinstance(a, Changed) and not a.repeated}
    rows = [(e.hold, e.uid, e.expires_at) for e in extensions if e.uid in done]
    if rows:
        tx.execute(
            """
            UPDATE stock_hold h SET request = given.request, expires_at = given.expires_at
            FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[])
              AS given (uid, request, expires_at)
            WHERE h.uid = given.uid
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
    return answers


def _change(
    tx: Tx,
    changes: Sequence[NewRelease | Extension],
    *,
    actor: Actor,
    recorded_at: datetime,
) -> list[Changed | Refusal]:
    found = held.live(tx, [c.hold for c in changes])
    seen = known(tx, [c.uid for c in changes])
    refused: dict[UUID, Refusal] = {}
    plans = []
    planned: set[UUID] = set()
    told: dict[UUID, Notice] = {}
    for change in changes:
        if change.uid in seen or change.uid in refused or change.uid in planned:
            continue  # its first mention decides
        refusal = _change_refusal(change, found, recorded_at)
        if refusal is None:
            kept = found[change.hold]
            plans.append(_change_plan(change, kept))
            planned.add(change.uid)
            if isinstance(change, NewRelease):
                skus = [part.sku_id for part in kept.parts]
                told[change.uid] = notices.released(
                    change.uid, change.hold, kept.kind, kept.place_id, skus
                )
        else:
            refused[change.uid] = refusal
    again = set(seen)
    of = {change.uid: change.hold for change in changes}
    outbox.write(tx, list(told.values()), recorded_at=recorded_at)
    for answer in posting.post(tx, plans, actor=actor, recorded_at=recorded_at):
        if isinstance(answer, Gone):
            # It was live when it was locked: what the ledger does not know ended in this batch.
            how = "voided" if answer.how == "unknown" else answer.how
            refused[answer.request] = _gone(of[answer.request], how)
    outbox.take_back(tx, [told[uid] for uid in told if uid in refused])
    answers: list[Changed | Refusal] = []
    for change in changes:
        uid = change.uid
        answers.append(refused.get(uid) or Changed(uid, change.hold, repeated=uid in again))
        again.add(uid)
    return answers


def _change_refusal(
    change: NewRelease | Extension, found: dict[UUID, Live], recorded_at: datetime
) -> Refusal | None:
    if not clock.is_plausible(change.occurred_at, recorded_at):
        return Refusal("implausible_time", "occurred_at", {"given": str(change.occurred_at)})
    ends = change.expires_at if isinstance(change, Extension) else None
    if ends is not None and ends <= recorded_at:
        return Refusal("already_over", "expires_at", {"given": str(ends)})
    if change.hold not in found:
        return Refusal("unknown_hold", "hold", {"given": str(change.hold)})
    kept = found[change.hold]
    if not kept.parts:
        return _gone(change.hold, kept.how or "unknown")
    over = kept.expires_at is not None and kept.expires_at <= recorded_at
    return _gone(change.hold, "expired") if over else None


def _gone(hold: UUID, how: str) -> Refusal:
    return Refusal("hold_gone", "hold", {"given": str(hold), "how": how})


def _change_plan(change: NewRelease | Extension, kept: Live) -> Posting:
    wishes: tuple[Wish, ...] = rules.released(kept.refs)
    if isinstance(change, Extension):
        wishes += rules.promised(
            [(part.sku_id, part.qty) for part in kept.parts],
            place_id=kept.place_id,
            expires_at=change.expires_at,
            strength=kept.strength,
            reason=kept.kind,
        )
    day = kept.place.day(change.occurred_at)
    return Posting(change.uid, f"hold:{change.hold}", wishes, change.occurred_at, day)
