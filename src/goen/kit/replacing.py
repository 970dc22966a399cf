"""One shop's database and folder in the place of another's: both, or neither.

Promises: what stood there before is kept under another name; whoever is killed in between leaves a
note, and the next one who asks puts everything back, or to the end when the databases had changed
their names already.
"""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from goen.kit import databases
from goen.kit.home import home, write_json


@dataclass(frozen=True)
class Change:
    """What becomes what. Empty names: nothing stood there before."""

    shop: str
    database: str
    new_database: str
    old_database: str
    new_folder: str
    old_folder: str


def drafts() -> Path:
    """Where a shop's folder is prepared, unseen by whoever serves shops."""
    folder = home() / "restoring"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def aside(shop: str, stamp: str) -> Path:
    """Where the folder of a shop that gives way is kept."""
    folder = home() / "aside"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{shop}-{stamp}"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One restores at a time, and nobody settles meanwhile what is not half done but being done.

    Who is killed lets go.
    """
    with (drafts() / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def replace(change: Change, *, stopped: Callable[[], object]) -> None:
    """Carry it out. `stopped` returns when nobody works for the shop that is no more registered."""
    note = _note(change.shop)
    write_json(note, asdict(change))
    try:
        if change.old_folder:
            _place(change).rename(change.old_folder)
        stopped()
        first = [(change.database, change.old_database)] if change.old_database else []
        databases.rename(*first, (change.new_database, change.database))
    finally:
        settle(change.shop)


def settle(shop: str) -> None:
    """After a change that ended early: the old shop is back, or the new one is there whole."""
    note = _note(shop)
    if not note.is_file():
        return
    change = Change(**json.loads(note.read_text(encoding="utf-8")))
    came = change.new_folder if not databases.exists(change.new_database) else change.old_folder
    place = _place(change)
    if came and Path(came).is_dir() and not (place / "shop.json").is_file():
        # What programs wrote that were just being stopped is nobody's.
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        Path(came).rename(place)
    note.unlink()


def is_settled(shop: str) -> bool:
    """Whether no change of this shop is half done."""
    return not _note(shop).is_file()


def settle_all() -> None:
    """The same for every shop, when whoever is just restoring one has ended."""
    if not any((home() / "restoring").glob("*.json")):
        return
    with alone():
        for note in drafts().glob("*.json"):
            settle(note.stem)


def _place(change: Change) -> Path:
    return home() / "shops" / change.shop


def _note(shop: str) -> Path:
    return drafts() / f"{shop}.json"
