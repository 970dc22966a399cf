"""What people did with a mail: opened, clicked, landed, refused, and used its coupon.

Promises: a link leads only where the mail itself says, never to an address in the request; what a
machine did is kept as nobody's and counts as no person's; each thing is kept once; to refuse takes
no session, works for ever, and is kept with its proof as a refusal of the person's own.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from goen.behaviour import events
from goen.behaviour.events import NewEvent
from goen.customers import consents
from goen.customers.consents import NewConsent
from goen.kit import ids
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.marketing import messages, tracking_source
from goen.marketing.tracking_machines import TOGETHER, why_machine

READER = Actor("system", "mail")
_KNOWN = """
SELECT d.id, d.token, d.person_id, d.record_id, d.state, d.coupon, d.sent_at, d.claimed_at,
       r.message_id, m.uid, m.number, l.uid
FROM marketing_delivery d
JOIN marketing_run r ON r.id = d.run_id
JOIN marketing_measure m ON m.id = r.measure_id
JOIN marketing_targetlist l ON l.id = r.target_list_id
WHERE d.token = %s
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One person's mail, known by its token."""

    id: int
    token: str
    person_id: int
    record_id: int
    state: str
    coupon: str
    sent_at: datetime | None
    claimed_at: datetime | None
    message_id: int
    measure_uid: UUID
    measure_number: int
    list_uid: UUID


@dataclass(frozen=True, slots=True)
class Asking:
    """How somebody asked: what their program calls itself, and how it asked."""

    agent: str = ""
    method: str = "GET"
    ip: str = ""


def delivered(tx: Tx, token: str) -> Delivered | None:
    """The mail that a token belongs to. Tokens are 32 letters of chance."""
    if len(token) != 32 or not token.isalnum():
        return None
    row: Row | None = tx.row(_KNOWN, [token])
    return None if row is None else Delivered(*row)


def opened(tx: Tx, token: str, by: Asking, *, at: datetime) -> bool:
    """Its picture was asked for; whether a person opened it."""
    one = delivered(tx, token)
    return one is not None and _keep(tx, one, "opened", "o", by, at)


def clicked(tx: Tx, token: str, link: int, by: Asking, *, at: datetime) -> str | None:
    """Where a link of a mail leads, its own page being `messages_parts.LANDING`; None: nowhere."""
    one = delivered(tx, token)
    if one is None:
        return None
    message = messages.read(tx, one.message_id)
    links = message.links if message is not None else ()
    if not 0 <= link < len(links):
        return None
    _keep(tx, one, "clicked", f"c{link}", by, at, link=link, leads=links[link])
    return links[link]


def landed(tx: Tx, token: str, by: Asking, *, at: datetime) -> Delivered | None:
    """The mail's own page was opened."""
    one = delivered(tx, token)
    if one is not None:
        _keep(tx, one, "landed", "l", by, at)
    return one


def refused(tx: Tx, token: str, by: Asking, *, way: str, at: datetime) -> Delivered | Refusal:
    """Somebody wants no more mail: kept as their refusal, with the mail it was said in.

    `way` is `one_click` (their mail program) or `page`. Said again, nothing changes.
    """
    one = delivered(tx, token)
    if one is None:
        return Refusal("unknown_mail", "token")
    evidence = {"mail": one.id, "measure": one.measure_number, "way": way,
                "agent": by.agent[:200], "ip": by.ip}  # fmt: skip
    word = NewConsent(
        uid=uuid5(ids.GOEN, f"refused {token} {at:%Y-%m-%dT%H:%M:%S}"),
        record_id=one.record_id,
        channel="mail",
        granted=False,
        way="link",
        occurred_at=at,
        evidence=evidence,
    )
    [answer] = consents.note(tx, [word], actor=READER, recorded_at=at)
    if isinstance(answer, Refusal) and answer.code != "id_reused":
        return answer
    return one


def _keep(
    tx: Tx,
    one: Delivered,
    kind: str,
    suffix: str,
    by: Asking,
    at: datetime,
    *,
    link: int = -1,
    leads: str = "",
) -> bool:
    """Keep what was done; a machine's is nobody's. Whether it was a person's."""
    machine = why_machine(
        agent=by.agent, method=by.method, sent_at=one.sent_at or one.claimed_at, at=at,
        others=_others(tx, one, at) if kind == "clicked" else (), link=link,
    )  # fmt: skip
    detail: dict[str, object] = {"measure": one.measure_number}
    if kind == "clicked":
        detail |= {"link": link, "leads": leads[:300]}
    if machine:
        detail["machine"] = machine
    event = NewEvent(
        source=tracking_source.CODE,
        message_id=f"{one.token}-{suffix}{'-m' if machine else ''}",
        kind=kind,
        occurred_at=at,
        record_id=None if machine else one.record_id,
        visitor="machine" if machine else "",
        origin=f"delivery:{one.id}",
        detail=detail,
    )
    events.keep(tx, [event], actor=READER, recorded_at=at)
    if machine:
        return False
    if kind in {"opened", "clicked"}:
        column = f"{kind}_at"
        tx.execute(
            f"UPDATE marketing_delivery SET {column} = coalesce({column}, %s)"
            " WHERE id = %s AND state IN ('sent', 'sending', 'unclear', 'bounced')",
            [at, one.id],
        )
    return True


def _others(tx: Tx, one: Delivered, at: datetime) -> list[tuple[int, datetime]]:
    """Links of the same mail that were followed just before."""
    rows = tx.rows(
        """
        SELECT (e.detail ->> 'link')::int, e.occurred_at FROM behaviour_event e
        WHERE e.record_id = %s AND e.occurred_at > %s AND e.origin = %s AND e.kind = 'clicked'
        """,
        [one.record_id, at - TOGETHER, f"delivery:{one.id}"],
    )
    return [(link, moment) for link, moment in rows]
