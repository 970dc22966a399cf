"""Which voices contradict each other: pure, no database, no clock.

A voice is one placement: on some days, in one channel, it says one appeal point of some products
to some people. Two voices are unclear to the shopper when they speak of the same product on the
same day and one makes a point that the other never makes: the first channel says A, the other only
B. Points that are known to contradict each other are unclear even beside a shared one, and even
where one voice speaks of the whole shop and the other of a product: these two else go together.
Two stores that write to the same people make offers that do not know of each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from goen.marketing.rules import DIRECT


@dataclass(frozen=True, slots=True)
class Voice:
    """One placement. `skus` are the products it speaks of; None: the whole shop."""

    measure_id: int
    channel: str
    axis_id: int
    skus: frozenset[int] | None
    first_on: date
    last_on: date
    place_id: int | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it speaks to people one by one."""
        return self.channel in DIRECT


@dataclass(frozen=True, slots=True)
class Clash:
    """What two measures (or two channels of one) say that does not go together.

    `overlap` counts the people both speak to; None: it may be everybody, since one of them speaks
    to whoever passes by. `skus` None: both speak of the whole shop.
    """

    kind: str
    measure_a: int
    measure_b: int
    axis_a: int
    axis_b: int
    channels_a: tuple[str, ...]
    channels_b: tuple[str, ...]
    skus: frozenset[int] | None
    opposed: bool
    starts_on: date
    ends_on: date
    is_direct: bool
    overlap: int | None = None

    @property
    def key(self) -> tuple[str, int, int, int, int]:
        """What makes two of them the same finding."""
        return (self.kind, self.measure_a, self.measure_b, self.axis_a, self.axis_b)


Channels = Mapping[tuple[int, str], Sequence[Voice]]
"""All voices of each channel of each measure."""


def clashes(
    voices: Sequence[Voice], opposed: Iterable[tuple[int, int]], *, of: int | None = None
) -> list[Clash]:
    """Every contradiction among voices (`of` one measure), once per pair of measures and points."""
    against = {frozenset(pair) for pair in opposed}
    channels: dict[tuple[int, str], list[Voice]] = {}
    for voice in voices:
        channels.setdefault((voice.measure_id, voice.channel), []).append(voice)
    found: dict[tuple[str, int, int, int, int], Clash] = {}
    for one, other in combinations(voices, 2):
        if of is not None and of not in (one.measure_id, other.measure_id):
            continue
        for clash in _between(one, other, channels, against):
            known = found.get(clash.key)
            found[clash.key] = clash if known is None else _together(known, clash)
    return [found[key] for key in sorted(found)]


def shared(a: frozenset[int] | None, b: frozenset[int] | None) -> frozenset[int] | None:
    """The products both speak of: the whole shop holds every product; empty: none."""
    if a is None:
        return b
    return a if b is None else a & b


def _between(
    one: Voice, other: Voice, channels: Channels, against: set[frozenset[int]]
) -> list[Clash]:
    if (one.measure_id, one.axis_id) > (other.measure_id, other.axis_id):
        one, other = other, one
    first, last = max(one.first_on, other.first_on), min(one.last_on, other.last_on)
    skus = shared(one.skus, other.skus)
    if first > last or skus == frozenset():
        return []
    is_opposed = frozenset((one.axis_id, other.axis_id)) in against
    clash = Clash(
        "axes", one.measure_id, other.measure_id, one.axis_id, other.axis_id, (one.channel,),
        (other.channel,), skus, is_opposed, first, last, one.is_direct and other.is_direct,
    )  # fmt: skip
    found = []
    alike = (one.skus is None) == (other.skus is None)
    if one.axis_id != other.axis_id and (
        is_opposed or (alike and not _share_a_point(one, other, channels, first, last))
    ):
        found.append(clash)
    if _are_two_offers(one, other):
        found.append(replace(clash, kind="offers"))
    return found


def _share_a_point(one: Voice, other: Voice, channels: Channels, first: date, last: date) -> bool:
    """Whether the two channels of the two measures make one point alike on these days.

    Two channels of different measures, or of one. In one channel of one measure every point is
    said together, so nobody hears only one of them.
    """
    points = [
        {
            voice.axis_id
            for voice in channels[side.measure_id, side.channel]
            if voice.first_on <= last
            and voice.last_on >= first
            and shared(voice.skus, side.skus) != frozenset()
        }
        for side in (one, other)
    ]
    return bool(points[0] & points[1])


def _are_two_offers(one: Voice, other: Voice) -> bool:
    """Two stores that write to people of theirs."""
    if one.measure_id == other.measure_id or not (one.is_direct and other.is_direct):
        return False
    return None not in (one.place_id, other.place_id) and one.place_id != other.place_id


def _together(a: Clash, b: Clash) -> Clash:
    """Two clashes of the same measures and points as one."""
    return replace(
        a,
        channels_a=tuple(sorted({*a.channels_a, *b.channels_a})),
        channels_b=tuple(sorted({*a.channels_b, *b.channels_b})),
        skus=None if a.skus is None or b.skus is None else a.skus | b.skus,
        opposed=a.opposed or b.opposed,
        starts_on=min(a.starts_on, b.starts_on),
        ends_on=max(a.ends_on, b.ends_on),
        is_direct=a.is_direct and b.is_direct,
    )


def counted(clash: Clash, people: Mapping[int, frozenset[int] | None]) -> Clash | None:
    """The clash with its people; None where both write to people, and to nobody alike.

    `people` are whom a measure writes to, where that is known.
    """
    if not clash.is_direct:
        return clash
    a, b = people.get(clash.measure_a), people.get(clash.measure_b)
    if a is None or b is None:
        return clash
    both = len(a & b)
    return replace(clash, overlap=both) if both else None
