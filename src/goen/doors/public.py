"""Addresses as shoppers reach them: in a mail, on a receipt."""

from django.http import HttpRequest

from goen.kit import home, mail
from goen.kit.db import Tx


def address(request: HttpRequest, t: Tx, path: str) -> str:
    """A page's address as shoppers reach it: as the settings say, else as this one came."""
    by = mail.transport(t)
    configured = by.public_url != home.current_shop().url.rstrip("/")
    return f"{by.public_url}{path}" if configured else request.build_absolute_uri(path)
