"""The signed address on a receipt by which whoever holds the paper claims the sale, as a QR code.

Promises: an address is of one sale and cannot be made by guessing; it says nothing of who bought
what; whether it can still be claimed is asked when it is used.
"""

import base64
import hmac
from uuid import UUID

import segno
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe

_SALT = "goen.claim"
_SEAL = 11
"""Bytes of the seal: nobody guesses 88 bits, and the code stays coarse enough for thermal paper."""


def path_of(order: UUID) -> str:
    """Where a sale is claimed."""
    return f"/m/r/{_text(order.bytes + _seal(order))}"


def read(token: str) -> UUID | None:
    """The sale that an address is of; None if the shop did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + _SEAL:
        return None
    order = UUID(bytes=raw[:16])
    return order if hmac.compare_digest(raw[16:], _seal(order)) else None


def qr(address: str) -> SafeString:
    """An address as a QR code: black squares on no ground, to be put on white."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    return mark_safe(drawn)  # noqa: S308  drawn from squares alone, nothing of the address in it


def _seal(order: UUID) -> bytes:
    return salted_hmac(_SALT, order.bytes, algorithm="sha256").digest()[:_SEAL]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
