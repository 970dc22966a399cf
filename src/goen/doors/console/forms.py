"""What forms of the console share: where a list goes on, and the id of what one makes.

Sent twice, it makes it once.
"""

from uuid import UUID

from goen.kit import ids


def number_of(typed: str) -> int:
    """Where a list goes on; its beginning for what is no number that a list could have."""
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def uid_of(typed: str) -> UUID:
    """The id a form carries; a new one where it carries none."""
    try:
        return UUID(typed)
    except ValueError:
        return ids.new_id()
