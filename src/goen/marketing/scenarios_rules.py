"""What a journey does next, and when. Pure: no database, clock or chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

TRIGGERS = (
    "first_purchase", "purchase", "late", "considered", "birth_month", "coupon_ending",
    "points_ending", "conditions",
)  # fmt: skip
AT_ONCE = ("first_purchase", "purchase", "considered")
"""Facts: looked for all the time; the others when the analyst's figures are new."""
EXITS = ("", "bought", "bought_item")
STEP_KINDS = ("wait", "mail", "coupon", "proposal", "task", "ask")
REACHING = ("mail", "coupon", "proposal", "task")
"""Steps by which somebody hears of it."""
ASKS = ("opened", "clicked", "bought")
JOURNEY_STATES = ("going", "waiting", "done", "left", "observed")
LIVE = ("going", "waiting")
UNSENT = ("footer_missing", "sender_missing", "mail_unsent")
"""Why a mail could not leave, whoever it was for."""
OUTCOMES = ("done", "skipped", "yes", "no")
CAUSES = (
    "bought", "condition", "refused", "no_consent", "no_address", "suppressed", "merged",
    "waited_too_long", "stopped", "ended", "erased", *UNSENT,
)  # fmt: skip
"""Why somebody left before the end. Other causes are those of a permission that was missing."""
WAITS = ("priority", "contacts", "hours", "mail")
RECHECK = timedelta(hours=6)
LOOK_AGAIN = timedelta(hours=1)
MAIL_AGAIN = timedelta(hours=1)
"""Mail that may not leave (no postal address, no sender) is tried again after this time."""
MAIL_FOR = timedelta(days=3)
"""For so long: a mail that comes later than that is better not sent."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a journey at the moment of its next step.

    `ahead` is the scenario that goes before it, `barred` why no mail may be sent (empty: it may).
    `full`: written to as often as is allowed.
    """

    kind: str
    is_double: bool = False
    bought: bool = False
    exits: bool = False
    ahead: int | None = None
    barred: str = ""
    reached_otherwise: bool = True
    full: bool = False
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Do the step."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Go on without it."""

    cause: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The journey is over before its end."""

    cause: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait, and look again then."""

    what_for: str
    until: datetime
    scenario: int | None = None


Move = Act | Skip | Leave | Hold


def decide(
    facts: Facts, *, at: datetime, waiting_since: datetime | None, patience_days: int
) -> Move:
    """What a journey does now. Exits come first, then who goes before it, then the step's own."""
    for holds, cause in (
        (facts.is_double, "merged"), (facts.bought, "bought"), (facts.exits, "condition"),
    ):  # fmt: skip
        if holds:
            return Leave(cause)
    move = _held(facts, at)
    is_over = waiting_since is not None and at - waiting_since >= timedelta(days=patience_days)
    if isinstance(move, Hold) and move.what_for != "hours" and is_over:
        return Leave("waited_too_long")
    return move


def _held(facts: Facts, at: datetime) -> Move:
    if facts.ahead is not None:
        return Hold("priority", at + RECHECK, facts.ahead)
    if facts.kind != "mail":
        return Act()
    if facts.barred:
        return Skip(facts.barred) if facts.reached_otherwise else Leave(facts.barred)
    if facts.full:
        return Hold("contacts", at + RECHECK)
    if facts.opens_at is not None and facts.opens_at > at:
        return Hold("hours", facts.opens_at)
    return Act()


def unsent(
    refusal: str, *, at: datetime, since: datetime | None, patience_days: int, goes_on: bool
) -> Hold | Skip | Leave:
    """What becomes of somebody whose mail may not leave, for a reason that is the shop's.

    `since` is when it was first tried, `goes_on` whether a later step still reaches them. They
    wait, then go on as if the mail had found no answer: what is asked of it later is answered
    with no.
    """
    if since is None or at - since < min(MAIL_FOR, timedelta(days=patience_days)):
        return Hold("mail", at + MAIL_AGAIN)
    cause = refusal if refusal in UNSENT else "mail_unsent"
    return Skip(cause) if goes_on else Leave(cause)


def opens_at(at: datetime, *, from_hour: int, until_hour: int, zone: tzinfo) -> datetime:
    """The next moment within the hours of the day, in the shop's own time; `at` if it is now."""
    here = at.astimezone(zone)
    if from_hour <= here.hour < until_hour:
        return at
    day = here.date() if here.hour < from_hour else here.date() + timedelta(days=1)
    return datetime.combine(day, time(from_hour), zone)


def after(wait: Mapping[str, Any], at: datetime, zone: tzinfo) -> datetime:
    """When a wait is over: so many days and hours on, then the next such weekday and hour.

    Days are days of the shop's calendar. `weekday` 0 is Monday.
    """
    here = at.astimezone(zone)
    days, hours = wait.get("days") or 0, wait.get("hours") or 0
    due = datetime.combine(here.date() + timedelta(days=days), here.time(), zone)
    due = (due.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone)
    weekday, hour = wait.get("weekday"), wait.get("hour")
    if weekday is None and hour is None:
        return due
    at_hour = due.time() if hour is None else time(hour)
    found = datetime.combine(due.date(), at_hour, zone)
    while found < due or (weekday is not None and found.weekday() != weekday):
        found = datetime.combine(found.date() + timedelta(days=1), at_hour, zone)
    return found


def following(steps: Sequence[Mapping[str, Any]], here: int, outcome: str) -> int | None:
    """The place of the step after this one; None: that was the last.

    `steps` have `uid`, `kind` and `says`. An ask goes on when the answer is the one it wants, else
    to the later step it names, or to the end.
    """
    step = steps[here]
    says = step["says"]
    if step["kind"] != "ask" or outcome == says.get("go_on", "yes"):
        return here + 1 if here + 1 < len(steps) else None
    wanted = says.get("else_to") or ""
    for place in range(here + 1, len(steps)):
        if str(steps[place]["uid"]) == wanted:
            return place
    return None


def is_before(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a scenario (priority, id) goes before another: the lower number, then the older."""
    return one < other
