"""What a scenario is told to be, and what its verbs answer. Plain values.

A scenario is a measure that goes on by itself: whoever enters goes through its steps, one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.actors import Actor

ACTOR = Actor("system", "scenario")
RULE = "scenario-1"


@dataclass(frozen=True, slots=True)
class NewScenario:
    """How a measure goes on by itself. Whom it is for stands in the measure's conditions.

    `trigger` is what somebody enters on and `days` belongs to it; `exit_when` and the conditions
    `exits` end a journey before any step. Of two scenarios for one person the one with the lower
    `priority` goes first. `reentry_days` None: once in a life. Hours are the shop's own time.
    """

    trigger: str
    days: int = 7
    exit_when: str = "bought"
    exits: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 50
    reentry_days: int | None = None
    patience_days: int = 14
    from_hour: int = 9
    until_hour: int = 20


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step as it should be. `says` depends on its kind.

    wait: `days`, `hours`, `weekday` (0 Monday), `hour`; mail: `subject`, `preheader`, `text`,
    `coupon`, `proposal`, `button`, `href`; coupon: `kind`; proposal: `sku_id`, `days`; task:
    `title`, `text`, `days`; ask: `test`, `go_on` (yes, no), `else_to` (a later step's uid, or empty
    for the end). `name` is what it is called on pages.
    """

    uid: UUID
    kind: str
    says: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """The scenario is kept so. `repeated` when it already was."""

    measure_uid: UUID
    number: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The scenario goes on by itself, from then on."""

    measure_uid: UUID
    number: int
    begun_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as it is kept; `message_id` is the mail it sends."""

    id: int
    uid: UUID
    n: int
    kind: str
    says: Mapping[str, Any]
    message_id: int | None

    @property
    def plain(self) -> dict[str, Any]:
        """As the rules read it."""
        return {"uid": str(self.uid), "kind": self.kind, "says": self.says}


@dataclass(frozen=True, slots=True)
class ScenarioShown:
    """A scenario with its measure and its steps in order."""

    id: int
    measure_id: int
    measure_uid: UUID
    number: int
    title: str
    measure_state: str
    conditions: Mapping[str, Any]
    skus: tuple[int, ...]
    coupon_kind: str
    control_share: float
    trigger: str
    days: int
    exit_when: str
    exits: Mapping[str, Any]
    priority: int
    reentry_days: int | None
    patience_days: int
    from_hour: int
    until_hour: int
    begun_at: datetime | None
    paused_at: datetime | None
    paused_why: str
    looked_at: datetime | None
    seen_as_of: datetime | None
    launched_at: datetime | None
    steps: tuple[StepShown, ...]

    @property
    def state(self) -> str:
        """draft, running, paused, ended, stopped or dropped."""
        if self.measure_state in ("ended", "stopped", "dropped"):
            return self.measure_state
        if self.begun_at is None or self.measure_state != "live":
            return "draft"
        return "paused" if self.paused_at else "running"

    @property
    def mails_only(self) -> bool:
        """Whether nobody hears of it but by mail."""
        return {one.kind for one in self.steps} & {"mail", "coupon", "proposal", "task"} == {"mail"}
