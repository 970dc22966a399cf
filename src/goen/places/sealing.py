"""Secrets that must be read again: sealed at rest with a key of the installation's secret.

Promises: whoever holds the database alone reads none of them; each says whose it is, so that one
moved to somebody else's row does not open there.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from goen.kit import home


def seal(staff_id: int, secret: str) -> str:
    """The secret as it is kept."""
    return _box().encrypt(f"{staff_id}:{secret}".encode()).decode()


def unseal(staff_id: int, sealed: str) -> str | None:
    """The secret; None where it is another's or was sealed with another installation's key."""
    try:
        whose, _, secret = _box().decrypt(sealed.encode()).decode().partition(":")
    except InvalidToken:
        return None
    return secret if whose == str(staff_id) else None


def _box() -> Fernet:
    """A key for this purpose alone, by HKDF (RFC 5869) from the installation's secret."""
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"goen staff secrets")
    return Fernet(base64.urlsafe_b64encode(derive.derive(home.secret_key().encode())))
