"""What a backup is: a folder with a manifest that names every file by its size and digest.

Promises: a folder that carries a backup's name is complete, because it gets that name last; nobody
but its owner may enter it; whatever was changed or lost since is found and named before use.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from goen.kit.home import is_shop_name, write_json

FORMAT = 1
DATABASE, SECRET, SHOP, LAKE = "database.dump", "secret", "shop", "lake"
"""What stands in a backup beside the manifest: two files and two folders."""
_MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_NAME = re.compile(r"([a-z][a-z0-9-]*)-(\d{8}T\d{6}Z)")
_OF_A_RUN = {"listening.json", "rebuild", "spill"}
"""Files that say something about the programs that run now, and nothing afterwards."""
_PIECE = 1 << 20


class Unfit(Exception):  # noqa: N818  named by its reason
    """A folder cannot be used or made: a code and what it is about, worded by the door."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code, about)
        self.code, self.about = code, about


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. Counts are of the very snapshot that was written."""

    shop: str
    taken_at: str
    version: str
    postgres: int
    transactions: int
    migrations: tuple[str, ...]
    tables: Mapping[str, int]
    database_bytes: int
    folder: str
    files: Mapping[str, tuple[int, str]]
    format: int = FORMAT


def begin(into: Path, shop: str, *, at: datetime, wanted_bytes: int) -> Path:
    """An unfinished folder below `into`; refuses at once where there is no room or no right."""
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        while (into / f"{shop}-{at:%Y%m%dT%H%M%SZ}").exists():
            at += timedelta(seconds=1)
        draft = into / f"{_UNFINISHED}{shop}-{at:%Y%m%dT%H%M%SZ}"
        draft.mkdir(mode=0o700)
    except OSError as problem:
        raise Unfit("not_writable", folder=into, why=problem.strerror) from None
    free = shutil.disk_usage(into).free
    if free < wanted_bytes:
        shutil.rmtree(draft)
        raise Unfit("disk_full", folder=into, wanted=wanted_bytes, free=free)
    return draft


def finish(draft: Path, **about: Any) -> tuple[Path, Manifest]:
    """Digest what was put into the draft, write the manifest, and give the folder its name."""
    files = {
        str(path.relative_to(draft)): (path.stat().st_size, _digest(path)) for path in _files(draft)
    }
    manifest = Manifest(files=files, **about)
    write_json(draft / _MANIFEST, asdict(manifest))
    done = draft.with_name(draft.name.removeprefix(_UNFINISHED))
    draft.rename(done)
    handle = os.open(done.parent, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return done, manifest


def read(folder: Path) -> Manifest:
    """The manifest of a backup; refuses what is none, or one of a later form."""
    try:
        written = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unfit("no_backup", folder=folder) from None
    except PermissionError as problem:
        raise Unfit("not_readable", file=_MANIFEST, why=problem.strerror) from None
    except ValueError:
        raise Unfit("damaged", file=_MANIFEST) from None
    if not isinstance(written, dict) or not isinstance(written.get("format", 0), int):
        raise Unfit("damaged", file=_MANIFEST)
    if written.get("format", 0) > FORMAT:
        raise Unfit("too_new", version=written.get("version"))
    try:
        files = {name: (int(size), str(sha)) for name, (size, sha) in written["files"].items()}
        known = {name: written[name] for name in Manifest.__dataclass_fields__}
        found = Manifest(**(known | {"files": files, "migrations": tuple(written["migrations"])}))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unfit("damaged", file=_MANIFEST) from None
    if not is_shop_name(found.shop) or DATABASE not in files:
        raise Unfit("damaged", file=_MANIFEST)
    return found


def check(folder: Path, manifest: Manifest) -> None:
    """Every file is there as it was written; the first that is not is named."""
    for name, (size, digest) in manifest.files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Unfit("damaged", file=_MANIFEST)
        try:
            same = path.stat().st_size == size and _digest(path) == digest
        except FileNotFoundError:
            raise Unfit("missing", file=name) from None
        except OSError as problem:
            raise Unfit("not_readable", file=name, why=problem.strerror) from None
        if not same:
            raise Unfit("damaged", file=name)


def complete(into: Path, shop: str) -> list[Path]:
    """The backups of a shop in a folder, the oldest first."""
    found = []
    for path in into.iterdir():
        name = _NAME.fullmatch(path.name)
        if name and name[1] == shop and (path / _MANIFEST).is_file():
            found.append(path)
    return sorted(found)


def keep_newest(into: Path, shop: str, *, count: int) -> list[Path]:
    """Remove complete backups of a shop but the newest; answers which are gone."""
    gone = complete(into, shop)[:-count]
    for path in gone:
        aside = path.with_name(f"{_UNFINISHED}{path.name}")  # half removed is no backup
        path.rename(aside)
        shutil.rmtree(aside)
    return gone


def copy_files(source: Path, target: Path, *, but_not: frozenset[str] = frozenset()) -> None:
    """Copy a folder that is in use: what vanishes meanwhile is left out, SQLite is read whole.

    Called again it adds what is new and renews the rest. `but_not` names entries at the top.
    """
    target.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.name in but_not or path.name in _OF_A_RUN or path.name.startswith("."):
            continue
        if path.name.endswith((".lock", "-wal", "-shm", ".unfinished")) or path.is_symlink():
            continue
        if path.is_dir():
            copy_files(path, target / path.name)
        elif path.suffix == ".sqlite3":
            _copy_sqlite(path, target / path.name)
        elif path.is_file():
            _copy(path, target / path.name)


def _copy(path: Path, to: Path) -> None:
    try:
        shutil.copy2(path, to)
    except FileNotFoundError:
        to.unlink(missing_ok=True)


def _copy_sqlite(path: Path, to: Path) -> None:
    with closing(sqlite3.connect(path, timeout=30)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
