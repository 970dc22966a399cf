"""What the how-to pages name is there."""

import re
from pathlib import Path

import pytest

from tests.test_docs import DOCS, ROOT, resolves

PAGES = sorted((DOCS / "how-to").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_how_to_names_files_and_functions_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = set(re.findall(r"`((?:src|tests|tools|docs)/[^`]+\.\w+)`", text))
    functions = set(re.findall(r"`(goen\.[a-z_.]+\.\w+)`", text))
    assert len(files) >= 5
    assert len(functions) >= 3
    assert [one for one in files if not (ROOT / one).is_file()] == []
    assert [one for one in functions if not resolves(one)] == []


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    told = set(re.findall(r"\]\(([^)#]+)\)", index))
    assert {p for p in pages if not p.startswith("decisions/")} - told == {"README.md"}
