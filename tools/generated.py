"""Pages of docs/ that are made from the code: write them, or with --check say which are old."""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "src"))


def start_django() -> None:
    """Django without a shop: models can be asked, no database is touched."""
    if "GOEN_HOME" not in os.environ:
        os.environ["GOEN_HOME"] = tempfile.mkdtemp(prefix="goen-docs-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")
    import django

    django.setup()


def settle(pages: Mapping[str, str]) -> None:
    """Write the pages (name -> text); with --check leave them and exit 1 when one differs."""
    asked = argparse.ArgumentParser(description="Write the page, or only look at it.")
    asked.add_argument("--check", action="store_true", help="write nothing; 1 when a page is old")
    check = asked.parse_args().check
    old = [name for name, text in pages.items() if _differs(DOCS / name, text)]
    for name in old:
        if check:
            print(f"docs/{name} is old: make docs", file=sys.stderr)
        else:
            (DOCS / name).write_text(pages[name], encoding="utf-8")
            print(f"docs/{name}")
    sys.exit(1 if old and check else 0)


def cell(text: str) -> str:
    """Text that does not break a table of Markdown."""
    return " ".join(text.split()).replace("|", "\\|")


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text
