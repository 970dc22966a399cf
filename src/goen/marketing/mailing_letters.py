"""Letters of a sending: made for those who may be written to, with their own coupon and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from goen.customers.consents import Permission
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.mail import Mail, Transport
from goen.kit.refusals import Refusal
from goen.marketing import proposals, rendering_people, rendering_shop
from goen.marketing.messages import MessageShown
from goen.marketing.rendering import Compiled, addresses, render
from goen.points import coupons
from goen.points.coupons import Issued, NewCoupon

ACTOR = Actor("system", "mail")


@dataclass(frozen=True, slots=True)
class Run:
    """A sending at work."""

    id: int
    uid: UUID
    measure_id: int
    measure_state: str
    message_id: int
    per_minute: int
    coupon_kind: str
    day: date


@dataclass(frozen=True, slots=True)
class Letter:
    """One person's mail, taken and ready to be composed."""

    delivery_id: int
    token: str
    address: str
    to_name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A few letters of one sending, taken at one moment."""

    run: Run
    message: MessageShown
    compiled: Compiled
    letters: Sequence[Letter]


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery as it was queued, and who its person is now."""

    id: int
    person_id: int
    person_now: int
    record_id: int
    token: str
    coupon: str


def write(
    tx: Tx,
    run: Run,
    message: MessageShown,
    allowed: Sequence[tuple[Taken, Permission]],
    by: Transport,
    at: datetime,
) -> list[Letter]:
    language = message.language
    numbers = _coupons(tx, run, message, allowed, at)
    people = [permission.person_id for _, permission in allowed]
    readers = rendering_people.readers(
        tx, people, language=language, day=run.day, with_proposals=message.has("proposal")
    )
    common = rendering_shop.shop_values(language)
    terms = rendering_shop.coupon_values(tx, run.coupon_kind, language=language) if numbers else {}
    letters, claims = [], []
    for taken, permission in allowed:
        number = numbers.get(taken.id)
        if isinstance(number, Refusal):
            skip(tx, [(taken.id, number.code)], at)
            continue
        values: dict[str, str] = {**common, **readers[permission.person_id].values}
        if number:
            values |= {**terms, "coupon": number}
        name = values.get("name", "")
        values |= addresses(by.public_url, taken.token)
        letters.append(Letter(taken.id, taken.token, permission.address, name, values))
        claims.append((taken.id, permission.record_id, number or ""))
    _claim(tx, claims, at)
    for taken, permission in allowed:
        proposal = readers[permission.person_id].proposal
        if proposal is not None:
            proposals.shown(
                tx, proposal, "mail", f"delivery:{taken.id}", actor=ACTOR, recorded_at=at
            )
    return letters


def _coupons(
    tx: Tx,
    run: Run,
    message: MessageShown,
    allowed: Sequence[tuple[Taken, Permission]],
    at: datetime,
) -> dict[int, str | Refusal]:
    """Everybody's own coupon, issued once however often their mail is tried."""
    if not (run.coupon_kind and message.has("coupon")):
        return {}
    numbers: dict[int, str | Refusal] = {one.id: one.coupon for one, _ in allowed if one.coupon}
    wishes = {
        one.id: NewCoupon(
            uuid5(run.uid, f"coupon {one.person_id}"), run.coupon_kind, at,
            record_id=permission.record_id,
        )
        for one, permission in allowed
        if not one.coupon
    }  # fmt: skip
    answers = coupons.issue(tx, list(wishes.values()), actor=ACTOR, recorded_at=at)
    for id_, answer in zip(wishes, answers, strict=True):
        numbers[id_] = answer.number if isinstance(answer, Issued) else answer
    return numbers


def _claim(tx: Tx, claims: Sequence[tuple[int, int, str]], at: datetime) -> None:
    """From here on they are on their way. The record is the one whose word allows it."""
    if claims:
        tx.execute(
            """
            UPDATE marketing_delivery d SET state = 'sending', claimed_at = %s,
              record_id = given.record_id, coupon = given.coupon
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[])
              AS given (id, record_id, coupon)
            WHERE d.id = given.id
            """,
            [at, *(list(column) for column in zip(*claims, strict=True))],
        )


def compose(block: Block, letter: Letter) -> Mail:
    """The letter as it is given to the mail server, with the way to refuse in its head."""
    done = render(block.compiled, letter.values)
    refuse = letter.values["to_refuse"]
    return Mail(
        to=letter.address,
        to_name=letter.to_name,
        subject=done.subject,
        text=done.text,
        html=done.html,
        from_name=block.message.sender_name,
        token=letter.token,
        headers={
            "List-Unsubscribe": f"<{refuse}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def skip(tx: Tx, left_out: Sequence[tuple[int, str]], at: datetime) -> None:
    """Leave deliveries out, each with its cause."""
    if left_out:
        tx.execute(
            """
            UPDATE marketing_delivery d SET state = 'skipped', cause = given.cause, ended_at = %s
            FROM unnest(%s::bigint[], %s::text[]) AS given (id, cause) WHERE d.id = given.id
            """,
            [at, [id_ for id_, _ in left_out], [cause for _, cause in left_out]],
        )
