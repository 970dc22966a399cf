"""What the worker does by itself for customers: infers reasons, makes proposals, sees them taken.

Promises: the switch is asked in every turn, so that it halts all of this within one (that a
proposal was taken is a fact and is still heard); what was bought is heard before anything new is
proposed; a round over everybody begins when the analyst has
something new to say, and goes on a few hundred people at a time.
"""

from datetime import datetime
from uuid import UUID

from goen.insight import queries, reasons, tastes
from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.outbox import Notice
from goen.marketing import automation, proposals_making, proposals_taking

PEOPLE_AT_ONCE = 300
HEARD_AT_ONCE = 200
RECENT_DAYS = 60
"""Documents older than this when they come in are history: nobody infers why they were bought."""
REASONS = "reasons"
ACTOR = Actor("system", "automatic")


class Automatic:
    """Where the round over everybody is. For one thread."""

    def __init__(self) -> None:
        self._round: datetime | None = None
        self._after = 0
        self._done = False

    def turn(self, *, at: datetime) -> int:
        """One cycle of everything; answers how much there was to do."""
        with tx() as t:
            on = automation.is_on(t)
        heard = outbox.relay(proposals_taking.CONSUMER, proposals_taking.hear, limit=HEARD_AT_ONCE)
        inferred = outbox.relay(REASONS, _infer(at) if on else _pass_by, limit=HEARD_AT_ONCE)
        made = self._make(at) if on and heard < HEARD_AT_ONCE else 0
        return heard + inferred + made

    def _make(self, at: datetime) -> int:
        """The next people of the round; a new round when the analyst's figures are new."""
        with tx() as t:
            newest = tastes.as_of(t)
            if newest is None or (self._round == newest and self._done):
                return 0
            if self._round != newest:
                self._round, self._after, self._done = newest, 0, False
            on = queries.today(t)
            people = tastes.people_with_candidates(t, after=self._after, limit=PEOPLE_AT_ONCE)
            if people:
                self._after = people[-1]
                proposals_making.make(t, people, on=on, recorded_at=at)
                return len(people)
            gone = proposals_making.end_gone(t, on=on, recorded_at=at, limit=PEOPLE_AT_ONCE)
            self._done = gone == 0
            return gone


def _infer(at: datetime) -> outbox.Handler:
    """Why it was bought, for whoever is known and bought lately."""

    def hear(t: Tx, notice: Notice) -> None:
        known = notice.body.get("record") is not None
        if notice.kind in proposals_taking.BOUGHT and known and _is_recent(t, notice, at):
            reasons.infer(t, [UUID(str(notice.body["uid"]))], actor=ACTOR, recorded_at=at)

    return hear


def _pass_by(t: Tx, notice: Notice) -> None:
    """Stopped: what happens meanwhile is not looked at, and no notice is left waiting."""


def _is_recent(t: Tx, notice: Notice, at: datetime) -> bool:
    sql = "SELECT occurred_at FROM report_document WHERE document = %s"
    occurred_at = t.value(sql, [UUID(str(notice.body["uid"]))])
    return occurred_at is not None and (at - occurred_at).days <= RECENT_DAYS
