"""What every answer carries: a strict content policy, and the reader's language."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

Answer = Callable[[HttpRequest], HttpResponse]

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS = "camera=(), microphone=(), geolocation=()"


class SecurityHeaders:
    """Sets the content policy on every answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class Language:
    """Japanese, unless the reader chose English or their browser asks for nothing else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        accepted = request.headers.get("Accept-Language", "")
        language = language_of(request.COOKIES.get("goen_language"), accepted)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "ja")
        return response


def language_of(chosen: str | None, accepted: str) -> str:
    """The language for somebody who chose one or none, and whose browser accepts some."""
    if chosen:
        return "en" if chosen == "en" else "ja"
    wanted = accepted.lower()
    return "en" if wanted.startswith("en") and "ja" not in wanted else "ja"
