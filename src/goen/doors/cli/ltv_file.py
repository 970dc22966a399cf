"""Somebody's file of purchases as purchase days: who, when and, if asked, how much.

Promises: a row without a customer is nobody's, counted and left out; an amount below zero is off
its day's purchases and by itself no purchase; a cell that is not understood ends the command with
its line and column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np

from goen.doors.cli import columns
from goen.doors.cli.steps import tell
from goen.insight.forecast.history import Ints, Purchases, purchases
from goen.links import guessing, values

_LOOKED_AT = 5_000
"""So many dates decide in which order day, month and year are written."""


@dataclass(frozen=True, slots=True)
class Read:
    """The purchases of a file; `anonymous` rows had no customer, `returns` an amount below zero."""

    bought: Purchases
    rows: int
    anonymous: int
    returns: int
    last_on: date | None


def read(file: Path, names: Sequence[str], *, date_order: str = "") -> Read:
    """Read a whole file. `names` are the columns customer, date and, if wanted, amount."""
    order = date_order or _order(file, names)
    numbers: dict[str, int] = {}
    person, day, value = [], [], []
    rows = anonymous = 0
    for line, cells in columns.read(file, names):
        rows += 1
        who = values.folded(cells[0])
        if who.casefold() in values.NOBODY:
            anonymous += 1
            continue
        person.append(numbers.setdefault(who, len(numbers)))
        day.append(_day(cells[1], order, line, names[1]))
        value.append(columns.number(cells[2], line=line, column=names[2]) if len(cells) > 2 else 0)
    last_on = date.fromordinal(max(day)) if day else None
    bought, returns = _kept(np.array(person, np.int64), np.array(day, np.int64), value)
    return Read(bought, rows, anonymous, returns, last_on)


def _order(file: Path, names: Sequence[str]) -> str:
    return guessing.date_order([cells[1] for _, cells in _head(file, names) if cells[1]])


def _head(file: Path, names: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    return islice(columns.read(file, names), _LOOKED_AT)


def _day(text: str, order: str, line: int, column: str) -> int:
    found = values.moment(text, order=order)
    if found is None:
        why = tell(f"「{text}」は日付として読めません。", f"“{text}” is not a date.")
        raise columns.unreadable(line, column, why)
    return found.day.toordinal()


def _kept(person: Ints, day: Ints, given: Sequence[float]) -> tuple[Purchases, int]:
    value = np.array(given, np.float64)
    back = value < 0
    if not back.any():
        return purchases(person, day, value), 0
    key = person * (int(day.max()) + 1) + day
    kept = ~back | np.isin(key, key[~back])
    numbers = np.unique(person[kept], return_inverse=True)[1].ravel()
    return purchases(numbers, day[kept], value[kept]), int(back.sum())
