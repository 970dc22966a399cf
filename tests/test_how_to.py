"""What the how-to pages name is there."""

import re
from pathlib import Path

import pytest

from tests.test_docs import DOCS, ROOT, pages, resolves

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


def test_every_page_is_linked_from_another() -> None:
    """Whoever begins at the index finds everything."""
    linked = set()
    for page in pages():
        for target in re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and (found := (page.parent / target).resolve()) != page:
                linked |= {found, *found.glob("*.md")}
    assert [page for page in DOCS.rglob("*.md") if page.resolve() not in linked] == []
