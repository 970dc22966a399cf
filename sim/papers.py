"""Codes on paper: what a flyer or a card by post says at the till, so that its sales are known.

A code is printed on all copies and may be used by whoever has it, known or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Paper:
    """A coupon kind with its one number. Days count back from the shop's last day.

    `redeems` is the share of the sales in `places` that show it, of those worth `least_minor`:
    they would have been made without it. 0: those who come because of it show it, nobody else.
    """

    kind: str
    number: str
    name: Mapping[str, str]
    off_minor: int
    least_minor: int
    starts: int
    ends: int
    places: tuple[str, ...] = ()
    redeems: float = 0.0

    def days(self, end: date) -> tuple[date, date]:
        """From when to when it may be used."""
        return end - timedelta(days=self.starts), end - timedelta(days=self.ends)


FLYER = Paper(
    "autumn-flyer", "AKINO-KAZE",
    {"ja": "秋の折込チラシ 200円引き", "en": "Autumn flyer, 200 yen off"},
    200, 1_500, starts=20, ends=-6, places=("motomachi", "kamakura"), redeems=0.07,
)  # fmt: skip
POSTCARD = Paper(
    "winter-card", "FUYU-JITAKU",
    {"ja": "冬じたくのはがき 300円引き", "en": "Winter card, 300 yen off"},
    300, 2_000, starts=14, ends=-10,
)  # fmt: skip
PAPERS = (FLYER, POSTCARD)
