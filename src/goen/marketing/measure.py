"""What a measure is told to be, and what its verbs answer. Plain values.

A measure is something that is done so that people come back: why, for whom, about what, from when
to when. It speaks in *placements*: one medium each, with its appeal point and its cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewPlacement:
    """Where a measure is to speak. `axis` is the appeal point's code; it may come later.

    `place` is the code of the place it speaks for; without one, the whole company. The days may
    be left out: then they are the measure's.
    """

    uid: UUID
    channel: str
    axis: str | None = None
    medium: str = ""
    says: str = ""
    material: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    cost_minor: int = 0
    place: str | None = None


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A measure as it should be. Everything but the title may come later, before its launch.

    `skus` are ids of the products it is about (none: the shop), `builds_on` numbers of measures
    whose learning it rests on, `conditions` who it is for; of a `segment` they are taken as it
    says now. `expected_minor` is gross profit. `window_days` is how long after its last day its
    effect is counted, `control_share` the part of its list that is left alone. `made_from` is the
    address of the page it was begun on. `placements` are for a new draft only.
    """

    uid: UUID
    title: str
    kind: str = "initiative"
    trigger: str = ""
    reason: str = ""
    evidence: str = ""
    expected: str = ""
    expected_minor: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    window_days: int = 28
    control_share: float = 0.1
    skus: tuple[int, ...] = ()
    builds_on: tuple[int, ...] = ()
    segment: UUID | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    made_from: str = ""
    coupon_kind: str = ""
    placements: tuple[NewPlacement, ...] = ()


@dataclass(frozen=True, slots=True)
class NewRemark:
    """Something added to a measure: evidence, a cost, a note, a learning or a decision."""

    uid: UUID
    kind: str
    text: str
    cost_minor: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drafted:
    """The measure is there; `n` is the version that was written (the same, if nothing changed)."""

    uid: UUID
    number: int
    n: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Launched:
    """The measure is live, from its first day on."""

    uid: UUID
    number: int
    launched_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The measure is over (`stopped`), or was given up as a draft (`dropped`)."""

    uid: UUID
    number: int
    state: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A placement, an axis, a remark or a cause is in the books, or taken out of them."""

    id: int
    repeated: bool = False
