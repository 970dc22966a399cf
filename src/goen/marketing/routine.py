"""What a routine is told to be, what its verbs answer, and how it is shown. Plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.marketing.routines import Rhythm, Rules

ACTOR = Actor("system", "routines")


@dataclass(frozen=True, slots=True)
class NewRoutine:
    """A routine as it should be.

    `owner` is `staff` (`staff_id`), `role` (`role`, at `place_id` or wherever) or `places` (`role`:
    one task for each place where somebody has it). `page` is where it is done.
    """

    title: str
    rhythm: Rhythm
    owner: str
    staff_id: int | None = None
    role: str = ""
    place_id: int | None = None
    text: str = ""
    page: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The routine is kept so. `repeated` when it already was; `from_on` is the day of the first
    turn by the rule that was written."""

    uid: UUID
    repeated: bool = False
    from_on: date | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a task is: somebody's, or whoever's who has a role, at a place or wherever."""

    staff_id: int | None = None
    role: str = ""
    place_id: int | None = None


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One version of the rule, and the day from which it holds."""

    id: int
    n: int
    from_on: date
    new: NewRoutine
    written_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class RoutineShown:
    """A routine with its versions in order; there is at least one."""

    id: int
    uid: UUID
    created_at: datetime
    actor: str
    next_period_on: date
    next_asked_on: date
    paused_at: datetime | None
    paused_why: str
    ended_at: datetime | None
    rules: tuple[RuleShown, ...]

    @property
    def state(self) -> str:
        """running, paused or ended."""
        return "ended" if self.ended_at else "paused" if self.paused_at else "running"

    @property
    def newest(self) -> RuleShown:
        """The rule as it was written last, which holds now or from the next turn on."""
        return self.rules[-1]

    @property
    def rhythms(self) -> Rules:
        """As the rules of days read it."""
        return [(one.from_on, one.new.rhythm) for one in self.rules]


@dataclass(frozen=True, slots=True)
class TaskShown:
    """One turn for one owner. `state` is open, done, late, missed or excused, as of the day that
    was asked for; `figure` is what its page showed when it was done."""

    id: int
    uid: UUID
    routine_uid: UUID
    title: str
    text: str
    page: str
    period_on: date
    asked_on: date
    due_on: date
    ends_on: date
    owner: Owner
    closed_as: str
    closed_at: datetime | None
    closed_on: date | None
    closed_by: str
    note: str
    figure: int | None
    state: str
