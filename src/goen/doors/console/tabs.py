"""The menu within a part of the console: its pages side by side, and where the reader is."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a part."""

    href: str
    name: str
    here: bool


def menu(pages: Iterable[tuple[str, str, str]], here: str) -> list[Tab]:
    """The pages, each as (code, address, name); `here` is the code of the one shown."""
    return [Tab(href, name, code == here) for code, href, name in pages]
