"""What a person must decide about an order, each thing once, with a proposed way out.

A promise that a till, a count or a transfer broke becomes one exception per broken hold, and a
`break` slip on its order that says which units are no longer kept. Whoever breaks promises hands
over what the ledger answered, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Ref

Broken = tuple[UUID, Sequence[Ref]]
"""The request that took the goods, and the holds it broke."""


@dataclass(frozen=True, slots=True)
class NewException:
    """A thing to decide. (`request`, `n`) names what it came of: the same is opened once."""

    code: str
    request: UUID
    n: int = 0
    order_id: int | None = None
    line_no: int | None = None
    sku_id: int | None = None
    place_id: int | None = None
    qty: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    proposal: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was decided about an exception: `how` is one of `HOWS`."""

    exception: int
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The exception is closed. `repeated` when it already was, in the same way."""

    exception: int
    how: str
    repeated: bool = False


HOWS = ("rerouted", "cancelled", "kept_again", "dismissed")


def open_for(tx: Tx, new: Sequence[NewException], *, recorded_at: datetime) -> list[int]:
    """Open exceptions; answers the ids of those that were not there before."""
    raise NotImplementedError


def open_broken(tx: Tx, broken: Sequence[Broken], *, recorded_at: datetime) -> None:
    """One exception per broken promise, and a `break` slip on its order; repeatable.

    Call it after the posting that broke them, in the same transaction; without any it costs
    nothing.
    """
    if not any(refs for _, refs in broken):
        return
    raise NotImplementedError


def resolve(
    tx: Tx, wishes: Sequence[Resolution], *, actor: Actor, recorded_at: datetime
) -> list[Resolved | Refusal]:
    """Close exceptions, each once; the same again changes nothing, another way is refused."""
    raise NotImplementedError
