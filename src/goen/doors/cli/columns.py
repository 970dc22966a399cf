"""Named columns of somebody's file, for commands that compute on a file and keep nothing.

Promises: a file is read in whatever form and encoding shops have; what cannot be read ends the
command with a sentence that names the line and the column; nothing is skipped silently.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from goen.doors import load_words
from goen.doors.cli.steps import tell
from goen.kit.refusals import Refusal
from goen.links import tables, values

_PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def read(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The line's number and the cells of `columns`, for every line that is not blank."""
    layout = tables.look(file)
    if isinstance(layout, Refusal):
        raise click.ClickException(load_words.refused(layout.code, layout.detail, "file", tell))
    places = [_place(name, layout.columns) for name in columns]
    for line, cells in tables.rows(file, layout):
        yield line, tuple(cells[at] for at in places)


def number(text: str, *, line: int, column: str) -> float:
    """A cell's number as people write it: 1,234 or ¥1,234 or △540."""
    if _PLAIN.fullmatch(text):
        return float(text)
    if not text:
        raise unreadable(
            line,
            column,
            tell(
                "空です。なければ0と書いてください。", "it is empty. Write 0 where there is none."
            ),
        )
    found = values.number(text)
    if found is None:
        raise unreadable(
            line,
            column,
            tell(f"「{text}」は数として読めません。", f"“{text}” is not a number."),
        )
    return float(found)


def unreadable(line: int, column: str, why: str) -> click.ClickException:
    """What to raise when a cell cannot be taken."""
    return click.ClickException(
        tell(f"{line}行目の「{column}」: {why}", f"line {line}, column “{column}”: {why}")
    )


def _place(name: str, columns: Sequence[str]) -> int:
    if name not in columns:
        known = ", ".join(columns)
        raise click.UsageError(
            tell(
                f"「{name}」という列はありません。あるのは: {known}",
                f"There is no column “{name}”. There are: {known}",
            )
        )
    return columns.index(name)
