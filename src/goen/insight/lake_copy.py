"""A copy of the lake as one publication left it, taken while the analyst may publish the next.

What a manifest names is never changed afterwards, only swept away later; so a copy is whole when
every file that its manifest names was still there. Taken before a dump of the database, it holds
nothing that the dump lacks, and the next publication goes on from its watermark.
"""

import shutil
from pathlib import Path

from goen.insight import lake
from goen.kit import home

_TRIES = 3


def copy(folder: Path, to: Path) -> bool:
    """Copy a lake; False when there is none yet, or none that stood still for long enough.

    What no database holds is copied in any case.
    """
    whole = _copied(folder, to)
    brought = folder / lake.BROUGHT
    if brought.is_dir():
        unfinished = shutil.ignore_patterns("*.unfinished")
        shutil.copytree(brought, to / lake.BROUGHT, ignore=unfinished)
    return whole


def _copied(folder: Path, to: Path) -> bool:
    for _ in range(_TRIES):
        published = lake.manifest(folder)
        if not published.version:
            return False
        try:
            _copy(folder, published, to)
        except FileNotFoundError:
            shutil.rmtree(to)
            continue
        return True
    return False


def _copy(folder: Path, published: lake.Manifest, to: Path) -> None:
    to.mkdir(mode=0o700)
    feeds = (published.files, *published.beside.values())
    named = [name for files in feeds for names in files.values() for name in names]
    for name in [*(path.name for path in folder.glob("*.parquet")), *named]:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, to / name)
    home.write_json(to / "manifest.json", lake.written(published))
