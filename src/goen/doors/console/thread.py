"""ご縁の線: one person's contacts over channels, drawn as one line. Pure geometry, no database.

Promises: a ring per contact (filled: a purchase), one lane per channel, time from left to right;
the line is solid where the record is verified to be this person and dashed where it is not;
amounts are written only where they do not run into each other; every text stays inside the
picture. The list beside the picture says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

LANE = 58
HEAD = 34
FOOT = 30
_CHARACTER = 8.2
_LABEL_EVERY = 120


@dataclass(frozen=True, slots=True)
class Contact:
    """Something between the shop and this person: when, on which lane, worth how much."""

    on: date
    moment: float
    """Days since 1970 with the time of day as a fraction."""
    lane: int
    label: str
    weight: int
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a point; `anchor` is start, middle or end."""

    x: float
    y: float
    words: str
    anchor: str = "middle"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """A contact's mark."""

    x: float
    y: float
    r: float
    verified: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A channel's row."""

    y: float
    top: float
    name: str
    shaded: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The days on which this person usually comes again."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn, in units of the view box."""

    width: int
    height: int
    left: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Text, ...]
    solid: str
    dashed: str
    rings: tuple[Ring, ...]
    labels: tuple[Text, ...]
    today: float
    today_label: Text
    band: Band | None
    band_label: Text | None
    top: int = HEAD

    @property
    def rows(self) -> int:
        """Height of all lanes."""
        return self.height - HEAD - FOOT

    @property
    def plot(self) -> int:
        """Width of the lanes."""
        return self.width - self.left

    @property
    def gutter(self) -> int:
        """Where the lanes' names end."""
        return self.left - 12


@dataclass(frozen=True, slots=True)
class Frame:
    """What the picture shows: the days, the lanes' names, and its words."""

    first: date
    today: date
    lanes: tuple[str, ...]
    usual: tuple[date, date] | None
    today_words: str
    usual_words: str
    month_words: tuple[tuple[date, str], ...]


def draw(contacts: Sequence[Contact], frame: Frame, *, width: int) -> Picture:
    """The picture at a width. Contacts come oldest first and lie within the frame's days."""
    left = min(int(max(map(_room, frame.lanes), default=0)) + 24, width // 3)
    last = max(frame.today, frame.usual[1] if frame.usual else frame.today)
    scale = _Scale(frame.first, last, left + 14, width - 26)
    radius = _radius(len(contacts), width)
    points = [(scale.at(c.moment), _lane_y(c.lane)) for c in contacts]
    height = HEAD + LANE * len(frame.lanes) + FOOT
    solid, dashed = _line(contacts, points)
    rings = tuple(
        Ring(round(x, 1), y, radius, c.verified) for c, (x, y) in zip(contacts, points, strict=True)
    )
    today = scale.of(frame.today)
    return Picture(
        width=width,
        height=height,
        left=left,
        lanes=tuple(
            Lane(_lane_y(i), HEAD + LANE * i, name, i % 2 == 0)
            for i, name in enumerate(frame.lanes)
        ),
        ticks=_ticks(frame, scale, today),
        solid=solid,
        dashed=dashed,
        rings=rings,
        labels=_labels(contacts, points, left, width, today),
        today=today,
        today_label=_inside(today, 16, frame.today_words, width, "today"),
        band=_band(frame, scale),
        band_label=_band_label(frame, scale, height, width),
    )


def _radius(contacts: int, width: int) -> float:
    """Rings shrink before they hide one another."""
    room = width / max(1, contacts)
    return 7 if room > 24 else 5.5 if room > 14 else 3.5


def usual_gap(days: Sequence[date]) -> tuple[int, int] | None:
    """Between how many days this person usually comes again: the middle half of their gaps.

    None below five visits, because three gaps are no habit.
    """
    gaps = sorted((b - a).days for a, b in pairwise(sorted(set(days))))
    if len(gaps) < 4:
        return None
    quarter = len(gaps) // 4
    return max(1, gaps[quarter]), max(1, gaps[-1 - quarter])


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date
    left: float
    right: float

    def at(self, moment: float) -> float:
        start = _days(self.first)
        whole = max(1.0, _days(self.last) + 1 - start)
        return self.left + (self.right - self.left) * (moment - start) / whole

    def of(self, day: date) -> float:
        return round(self.at(_days(day) + 0.5), 1)


def _days(day: date) -> float:
    return float(day.toordinal() - date(1970, 1, 1).toordinal())


def _lane_y(lane: int) -> float:
    return HEAD + LANE * lane + LANE / 2 + 6


def _room(words: str) -> float:
    """About how wide a text is at 13 px: full-width characters count double."""
    return sum(_CHARACTER * (1.62 if ord(c) > 0x2E7F else 1) for c in words)


def _line(contacts: Sequence[Contact], points: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """The thread as two paths: verified stretches and the others."""
    solid: list[str] = []
    dashed: list[str] = []
    for (a, b), ((x1, y1), (x2, y2)) in zip(pairwise(contacts), pairwise(points), strict=True):
        bend = max((x2 - x1) * 0.5, min(14.0, x2 - x1))
        curve = (
            f"M{x1:.1f} {y1:.0f}C{x1 + bend:.1f} {y1:.0f} {x2 - bend:.1f} {y2:.0f}"
            f" {x2:.1f} {y2:.0f}"
        )
        (solid if a.verified and b.verified else dashed).append(curve)
    return "".join(solid), "".join(dashed)


def _labels(
    contacts: Sequence[Contact],
    points: Sequence[tuple[float, float]],
    left: int,
    width: int,
    today: float,
) -> tuple[Text, ...]:
    """Amounts above their rings: the latest first, then the largest, as long as there is room.

    The same amount is written once, none across today's line, and no more than the eye takes in.
    """
    last = len(contacts) - 1
    order = sorted(range(len(contacts)), key=lambda i: (i != last, -contacts[i].weight))
    taken: list[tuple[float, float, float]] = []
    found: list[Text] = []
    written: set[str] = set()
    for i in order:
        if contacts[i].label in written or len(found) >= width // _LABEL_EVERY:
            continue
        half = _room(contacts[i].label) / 2 + 4
        x, y = points[i]
        if abs(x - today) < half:
            x = today - half
        x = min(max(x, left + half), width - half)
        if all(abs(x - other) > half + room or y != lane for other, room, lane in taken):
            taken.append((x, half, y))
            found.append(Text(round(x, 1), y - 14, contacts[i].label))
            written.add(contacts[i].label)
    return tuple(found)


def _ticks(frame: Frame, scale: _Scale, today: float) -> tuple[Text, ...]:
    found: list[Text] = []
    clear = _room(frame.today_words) / 2 + 8
    edge = -1e9
    for day, words in frame.month_words:
        x = round(scale.at(_days(day)), 1)
        room = _room(words)
        written = x > edge and (x + room + 6 < today - clear or x > today + clear)
        if x + room > scale.right + 20:
            written = False
        found.append(Text(x, 16, words if written else "", "start"))
        if written:
            edge = x + room + 12
    return tuple(found)


def _band(frame: Frame, scale: _Scale) -> Band | None:
    if frame.usual is None:
        return None
    first, last = (scale.of(max(day, frame.first)) for day in frame.usual)
    return Band(first, round(max(6.0, last - first), 1))


def _band_label(frame: Frame, scale: _Scale, height: int, width: int) -> Text | None:
    if frame.usual is None:
        return None
    middle = (scale.of(frame.usual[0]) + scale.of(frame.usual[1])) / 2
    return _inside(middle, height - 10, frame.usual_words, width, "usual")


def _inside(x: float, y: float, words: str, width: int, kind: str) -> Text:
    half = _room(words) / 2
    return Text(round(min(max(x, half + 2), width - half - 2), 1), y, words, "middle", kind)


def month_starts(first: date, last: date, *, most: int) -> list[date]:
    """First days of months between two days, thinned out to whole quarters, halves or years."""
    day = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    months = []
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    for step in (1, 3, 6, 12):
        kept = [m for m in months if (m.month - 1) % step == 0]
        if len(kept) <= most:
            return kept
    return [m for m in months if m.month == 1][:most]
