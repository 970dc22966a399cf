"""The one way an order goes, as data: versioned, and with every deviation declared.

A flow is a list of steps: the states it leads from and to, who does it, by which verb, how long an
order may wait for it, and what to do in words. A route (a kind of channel, or `collect` for goods
fetched in a store) deviates only by replacing steps, for a stated reason. An order keeps the
version it began with; another step or limit is a new version beside the old one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

BEGINNING = ""
"""The state of an order that is not there yet."""

ROUTES = ("ec", "mall", "sns", "phone", "paper", "collect")
"""The routes of orders from afar. What is sold at once goes the route `store`."""

Texts = Mapping[str, str]
Way = tuple[str, str]
"""The state before and the state after."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `code` is the kind of slip it writes; `place` and `sell` write the order itself.

    `limit` is how long an order may wait for it in the states `waits_in`. A step that never waits
    is not a part of the straight way: it is taken when something goes wrong.
    """

    code: str
    name: Texts
    who: Texts
    verb: str
    ways: tuple[Way, ...]
    instruction: Texts
    waits_in: tuple[str, ...] = ()
    limit: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """A route goes another way: the steps with these codes are replaced, for a reason."""

    route: str
    steps: tuple[str, ...]
    instead: tuple[Step, ...]
    reason: Texts


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of the way orders go."""

    version: int
    steps: tuple[Step, ...]
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A step as one route does it beside the other's; None where a route has no such step."""

    code: str
    a: Step | None
    b: Step | None
    reasons: tuple[Texts, ...]

    @property
    def same(self) -> bool:
        """Whether both routes do it alike."""
        return self.a == self.b


def route_of(*, kind: str, channel_kind: str, method: str | None) -> str:
    """The route of a document. Sold at once is the store's way, whatever the channel.

    Of an order, how it reaches the shopper comes before where it was ordered; one that a store
    took goes the straight way.
    """
    if kind == "sale":
        return "store"
    if method == "collect":
        return "collect"
    return "ec" if channel_kind == "store" else channel_kind


def routes(flow: Flow) -> tuple[str, ...]:
    """The routes that deviate; every other one goes the straight way."""
    return tuple(dict.fromkeys(d.route for d in flow.deviations))


def steps_of(flow: Flow, route: str) -> tuple[Step, ...]:
    """The steps of a route, in order: what replaces steps stands where the first of them stood."""
    steps: list[Step] = list(flow.steps)
    for deviation in _of(flow, route):
        at = next(n for n, step in enumerate(steps) if step.code in deviation.steps)
        left = [step for step in steps if step.code not in deviation.steps]
        steps = [*left[:at], *deviation.instead, *left[at:]]
    return tuple(steps)


def deviations(flow: Flow, route: str | None = None) -> int:
    """How often a route leaves the straight way, or all routes together."""
    return len(flow.deviations if route is None else _of(flow, route))


def diff(flow: Flow, route_a: str, route_b: str) -> tuple[Difference, ...]:
    """Two routes side by side, step by step, with the reasons for what is not the same."""
    a, b = _by_code(steps_of(flow, route_a)), _by_code(steps_of(flow, route_b))
    reasons = [d for route in (route_a, route_b) for d in _of(flow, route)]
    return tuple(
        Difference(
            code,
            a.get(code),
            b.get(code),
            tuple(
                d.reason
                for d in reasons
                if code in d.steps or code in _by_code(d.instead)
            ),
        )
        for code in dict.fromkeys([*a, *b])
    )  # fmt: skip


def transitions(flow: Flow, route: str) -> frozenset[tuple[str, str, str]]:
    """Every (state before, step, state after) that a route allows."""
    return frozenset(
        (before, step.code, after) for step in steps_of(flow, route) for before, after in step.ways
    )


def is_path(flow: Flow, route: str, history: Sequence[tuple[str, str]]) -> bool:
    """Whether a history, as (step, state after) from the beginning, is a way the route allows."""
    allowed = transitions(flow, route)
    state = BEGINNING
    for step, after in history:
        if (state, step, after) not in allowed:
            return False
        state = after
    return True


def next_step(flow: Flow, route: str, state: str) -> Step | None:
    """What an order in a state waits for; None where it waits for nothing."""
    return next((s for s in steps_of(flow, route) if state in s.waits_in), None)


def _of(flow: Flow, route: str) -> tuple[Deviation, ...]:
    return tuple(d for d in flow.deviations if d.route == route)


def _by_code(steps: Iterable[Step]) -> dict[str, Step]:
    return {step.code: step for step in steps}
