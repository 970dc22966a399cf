"""The signed address on a receipt by which whoever holds the paper claims the sale, as a QR code.

Promises: an address is of one sale and cannot be made by guessing; it says nothing of who bought
what; whether it can still be claimed is asked when it is used.
"""

from uuid import UUID

import segno
from django.utils.safestring import SafeString, mark_safe

from goen.doors import sealed

_PURPOSE = "goen.claim"


def path_of(order: UUID) -> str:
    """Where a sale is claimed."""
    return f"/m/r/{sealed.token(order, _PURPOSE)}"


def read(token: str) -> UUID | None:
    """The sale that an address is of; None if the shop did not make it."""
    return sealed.read(token, _PURPOSE)


def qr(address: str) -> SafeString:
    """An address as a QR code: black squares on no ground, to be put on white."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    return mark_safe(drawn)  # noqa: S308  drawn from squares alone, nothing of the address in it
