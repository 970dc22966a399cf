"""`GET /healthz`: the shop answers and its database does."""

from django.http import HttpRequest, JsonResponse

from goen import __version__
from goen.kit.db import tx


def healthz(request: HttpRequest) -> JsonResponse:
    """200 with the version while the database answers."""
    with tx() as t:
        t.value("SELECT 1")
    return JsonResponse({"ok": True, "version": __version__})
