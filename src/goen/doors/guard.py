"""What every answer carries: a strict content policy, and the reader's language.

And what no page is asked: texts with a zero byte, which no column can hold.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import translation

from goen.doors import cookies
from goen.doors.say import say

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
    """Sets the content policy on every answer, and that no cache keeps a page of ours."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")  # static files say otherwise
        return response


class Language:
    """Japanese, unless the reader chose English or their browser asks for nothing else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        accepted = request.headers.get("Accept-Language", "")
        language = language_of(cookies.read(request, "goen_language"), accepted)
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


class NoZeroBytes:
    """Refuses pages and forms with a zero byte in them. The API says it in its own words."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/v1/") and _has_zero_byte(request):
            return HttpResponseBadRequest(
                say(
                    "使えない文字（U+0000）が入っています。",
                    "There is a character (U+0000) in it that nothing can hold.",
                )
            )
        return self.get_response(request)


def _has_zero_byte(request: HttpRequest) -> bool:
    if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
        return True
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return is_form and b"%00" in request.body
