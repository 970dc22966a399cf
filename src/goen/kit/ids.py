"""Ids come from the caller, so that a repeated request is recognised.

New facts carry UUIDv7 (time-ordered, kind to B-trees); facts from another system carry a
UUIDv5 of where they came from, so that the same document is the same id on every import.
"""

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

GOEN = UUID("6f3f2d52-60e1-5c7e-9c3c-0a7e0e5a1b0e")


def new_id() -> UUID:
    """A fresh time-ordered id."""
    return uuid7()


def import_id(*, source: str, document: str, kind: str, line: int = 0) -> UUID:
    """The id of a fact in another system's document, the same on every import."""
    return uuid5(GOEN, f"{source}\x1f{document}\x1f{line}\x1f{kind}")
