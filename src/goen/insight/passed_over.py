"""One person's purchases with what they considered and passed over: for the customer page.

The same definition as `insight.considered`, from the same facts, for one person.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from goen.behaviour.queries import EventShown, events_of
from goen.behaviour.rules import CONSIDERED
from goen.kit import settings
from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase: what, when, by which document."""

    document: UUID
    at: datetime
    sku_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An article that was considered and not bought: in which ways, and when last."""

    sku_id: int
    kinds: tuple[str, ...]
    last_at: datetime


def of_person(
    tx: Tx, record_ids: Sequence[int], purchases: Sequence[Bought]
) -> dict[UUID, list[PassedOver]]:
    """What was considered before each purchase and not bought; the most looked at first.

    `purchases` are all of the person's in the time that is looked at.
    """
    if not purchases:
        return {}
    days = int(settings.read(tx, "insight.considered_days"))
    since = min(one.at for one in purchases) - timedelta(days=days)
    events = events_of(tx, record_ids, since=since, kinds=CONSIDERED, limit=2_000)
    return passed_over(purchases, events, days=days)


def passed_over(
    purchases: Sequence[Bought], events: Iterable[EventShown], *, days: int
) -> dict[UUID, list[PassedOver]]:
    """The losers of each purchase. Pure."""
    looks = [one for one in events if one.sku_id is not None and one.kind in CONSIDERED]
    times = _times(purchases)
    found: dict[UUID, list[PassedOver]] = {}
    for one in purchases:
        near: dict[int, list[EventShown]] = defaultdict(list)
        for look in looks:
            if one.at - timedelta(days=days) < look.happened_at <= one.at:
                assert look.sku_id is not None
                near[look.sku_id].append(look)
        open_ = {
            sku_id: _not_bought_since(theirs, times.get(sku_id, ()), one.at)
            for sku_id, theirs in near.items()
            if sku_id not in one.sku_ids
        }
        losers = [_shown(sku_id, theirs) for sku_id, theirs in open_.items() if theirs]
        if losers:
            found[one.document] = sorted(
                losers, key=lambda p: (-len(p.kinds), -p.last_at.timestamp())
            )
    return found


def _times(purchases: Sequence[Bought]) -> Mapping[int, Sequence[datetime]]:
    times: dict[int, list[datetime]] = defaultdict(list)
    for one in purchases:
        for sku_id in one.sku_ids:
            times[sku_id].append(one.at)
    return times


def _not_bought_since(
    looks: Sequence[EventShown], bought: Sequence[datetime], until: datetime
) -> list[EventShown]:
    return [look for look in looks if not any(look.happened_at <= at <= until for at in bought)]


def _shown(sku_id: int, looks: Sequence[EventShown]) -> PassedOver:
    kinds = tuple(sorted({one.kind for one in looks}, key=CONSIDERED.index))
    return PassedOver(sku_id, kinds, max(one.happened_at for one in looks))
