"""Sendings as they are read: how far they are, and what became of each mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from goen.kit.db import Row, Tx

STATES = ("queued", "sending", "sent", "skipped", "refused", "bounced", "unclear")
LIVE = frozenset({"waiting", "sending", "paused"})


@dataclass(frozen=True, slots=True)
class RunShown:
    """A sending: its mails by state, and by the cause where they were not sent."""

    id: int
    uid: UUID
    list_uid: UUID
    message_n: int
    state: str
    cause: str
    starts_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    per_minute: int
    actor: str
    counts: Mapping[str, int]
    causes: Mapping[tuple[str, str], int]
    opened: int
    clicked: int

    @property
    def people(self) -> int:
        """All who were to be written to."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Those whose mail will not be touched any more."""
        return self.people - self.counts.get("queued", 0) - self.counts.get("sending", 0)

    @property
    def percent(self) -> int:
        """How far it is, in whole percent."""
        return 100 * self.done // self.people if self.people else 100

    @property
    def is_live(self) -> bool:
        """Whether anything may still leave."""
        return self.state in LIVE

    @property
    def left(self) -> timedelta:
        """How long the rest takes at its pace."""
        return timedelta(minutes=(self.people - self.done) / self.per_minute)


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One mail. `person_now` is who they are today."""

    id: int
    person_id: int
    person_now: int
    state: str
    cause: str
    answer: str
    coupon: str
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    tries: int


_RUNS = """
SELECT r.id, r.uid, l.uid, m.n, r.state, r.cause, r.starts_at, r.started_at, r.ended_at,
       r.per_minute, r.actor
FROM marketing_run r JOIN marketing_targetlist l ON l.id = r.target_list_id
JOIN marketing_message m ON m.id = r.message_id
"""


def of_measure(tx: Tx, measure_id: int) -> list[RunShown]:
    """The sendings of a measure, the newest first."""
    rows = tx.rows(f"{_RUNS} WHERE r.measure_id = %s ORDER BY r.id DESC", [measure_id])
    return [_run(tx, row) for row in rows]


def read(tx: Tx, uid: UUID) -> RunShown | None:
    """One sending."""
    row = tx.row(f"{_RUNS} WHERE r.uid = %s", [uid])
    return None if row is None else _run(tx, row)


def deliveries(
    tx: Tx, run_id: int, *, state: str = "", limit: int = 50, start: int = 0
) -> list[DeliveryShown]:
    """Mails of a sending, those that need somebody's eye first."""
    rows = tx.rows(
        """
        SELECT d.id, d.person_id, p.person_id, d.state, d.cause, d.answer, d.coupon, d.sent_at,
               d.opened_at, d.clicked_at, d.tries
        FROM marketing_delivery d JOIN customers_personof p ON p.record_id = d.record_id
        WHERE d.run_id = %s AND (%s = '' OR d.state = %s)
        ORDER BY array_position(
          ARRAY['unclear','bounced','refused','sending','queued','skipped','sent'], d.state
        ), d.id LIMIT %s OFFSET %s
        """,
        [run_id, state, state, limit, start],
    )
    return [DeliveryShown(*row) for row in rows]


def unclear(tx: Tx, run_id: int) -> Sequence[int]:
    """The mails of unclear fate that nobody decided on yet."""
    rows = tx.rows(
        "SELECT id FROM marketing_delivery WHERE run_id = %s AND state = 'unclear'"
        " AND cause <> 'left' ORDER BY id",
        [run_id],
    )
    return [row[0] for row in rows]


def _run(tx: Tx, row: Row) -> RunShown:
    counts: dict[str, int] = {}
    causes: dict[tuple[str, str], int] = {}
    opened = clicked = 0
    for state, cause, many, seen, followed in tx.rows(
        "SELECT state, cause, count(*), count(opened_at), count(clicked_at)"
        " FROM marketing_delivery WHERE run_id = %s GROUP BY 1, 2",
        [row[0]],
    ):
        counts[state] = counts.get(state, 0) + many
        if cause:
            causes[state, cause] = many
        opened, clicked = opened + seen, clicked + followed
    return RunShown(*(*row, counts, causes, opened, clicked))
