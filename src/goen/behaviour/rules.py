"""What may be told of a shopper's behaviour, and when a claimed moment is believed. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from goen.kit import clock
from goen.kit.refusals import Refusal

KINDS = (
    "view",
    "search",
    "cart",
    "uncart",
    "visit",
    "ask",
    "pick",
    "use",
    "opened",
    "clicked",
    "landed",
)
CONSIDERED = ("view", "cart", "uncart", "ask", "pick")
"""What says that an article was looked at as something to buy."""
LONGEST_ID = 200
LONGEST_TEXT = 500
LONGEST_DETAIL = 8_000
SKEW_S = 120
"""A sender's clock that is further off than this is corrected for."""


@dataclass(frozen=True, slots=True)
class Told:
    """The parts of an event that can be judged without looking anything up."""

    message_id: str
    kind: str
    occurred_at: datetime
    sent_at: datetime | None
    visitor: str
    text: str
    origin: str
    detail: Mapping[str, object]


def refusal_of(told: Told, *, recorded_at: datetime, oldest_days: int) -> Refusal | None:
    """Why an event cannot be kept; None when it can."""
    if not told.message_id:
        return Refusal("message_id_missing", "message_id")
    if told.kind not in KINDS:
        return Refusal("unknown_event", "kind", {"given": told.kind, "known": ", ".join(KINDS)})
    for name, most in (
        ("message_id", LONGEST_ID),
        ("visitor", LONGEST_ID),
        ("origin", LONGEST_ID),
        ("text", LONGEST_TEXT),
    ):
        if len(getattr(told, name)) > most:
            return Refusal("too_long", name, {"most": most})
    if told.detail and len(json.dumps(told.detail, ensure_ascii=False)) > LONGEST_DETAIL:
        return Refusal("too_long", "detail", {"most": LONGEST_DETAIL})
    moment = corrected(told.occurred_at, sent_at=told.sent_at, recorded_at=recorded_at)
    earliest = recorded_at - timedelta(days=oldest_days)
    for claimed in (told.occurred_at, moment or told.occurred_at):
        if not earliest <= claimed <= recorded_at + _ahead(moment, claimed):
            detail = {"given": told.occurred_at.isoformat(), "earliest": earliest.isoformat()}
            return Refusal("implausible_event_time", "occurred_at", detail)
    return None


def corrected(
    occurred_at: datetime, *, sent_at: datetime | None, recorded_at: datetime
) -> datetime | None:
    """The moment by our clock, where the sender's is known to be wrong; None where it is not.

    A sender that also says when it sent shows how far off its clock is: received − sent.
    """
    if sent_at is None:
        return None
    skew = recorded_at - sent_at
    if abs(skew.total_seconds()) <= SKEW_S:
        return None
    try:
        return occurred_at + skew
    except OverflowError:  # beyond the calendar: the claimed moment is refused as it is
        return None


def month_of(occurred_at: datetime) -> date:
    """The month an event is filed under: of the sender's own clock, in UTC."""
    return occurred_at.astimezone(UTC).date().replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def _ahead(moment: datetime | None, claimed: datetime) -> timedelta:
    """A clock that is known to run ahead may be a year off: the corrected moment is judged."""
    known_wrong = moment is not None and claimed != moment
    return timedelta(days=366) if known_wrong else clock.AHEAD
