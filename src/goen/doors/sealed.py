"""Addresses of one document that cannot be made by guessing: its id with a seal of the shop's.

Promises: each purpose has a seal of its own, so an address of one is none of another; nothing about
the document or its buyer stands in it.
"""

import base64
import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

_SEAL = 11
"""Bytes of the seal: nobody guesses 88 bits, and the code stays coarse enough for thermal paper."""


def token(document: UUID, purpose: str) -> str:
    """The part of an address that names a document for a purpose."""
    raw = document.bytes + _seal(document, purpose)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(given: str, purpose: str) -> UUID | None:
    """The document of a token; None if the shop did not make it for this purpose."""
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + _SEAL:
        return None
    document = UUID(bytes=raw[:16])
    return document if hmac.compare_digest(raw[16:], _seal(document, purpose)) else None


def _seal(document: UUID, purpose: str) -> bytes:
    return salted_hmac(purpose, document.bytes, algorithm="sha256").digest()[:_SEAL]
