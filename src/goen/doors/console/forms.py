"""What forms of the console share: the id of what one makes. Sent twice, it makes it once."""

from uuid import UUID

from goen.kit import ids


def uid_of(typed: str) -> UUID:
    """The id a form carries; a new one where it carries none."""
    try:
        return UUID(typed)
    except ValueError:
        return ids.new_id()
