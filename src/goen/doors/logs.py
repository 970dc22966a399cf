"""What programs say of requests that failed, without what opens a door.

Promises: a link's token, which is the last part of its address, is in no log; a document's id is.
"""

import logging
import re

LOGGERS = ("django.request", "django.security.csrf")
_PART = re.compile(r"(?<=/)[\w.:=~-]{20,}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class WithoutTokens(logging.Filter):
    """Puts three dots where an address has a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The line stays; what it says of addresses is shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(without(one) for one in record.args)
        return True


def without(value: object) -> object:
    """An address without what is long and no id; anything else as it is."""
    if not isinstance(value, str) or "/" not in value:
        return value
    return _PART.sub(lambda part: part[0] if _ID.fullmatch(part[0]) else "…", value)


def quiet() -> None:
    """Have it done wherever requests are logged."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(WithoutTokens())
