"""How often one address may press where no login stands before: signing in, claiming, surveys.

Promises: whoever is over the limit is answered 429 with the seconds to wait, and nothing is read or
written; looking is never limited here; the shop's own limits on wrong passwords and links stand
besides, in the database.
"""

from collections.abc import Callable
from math import ceil

from django.http import HttpRequest, HttpResponse

from goen.doors.callers import client_of
from goen.doors.say import say
from goen.kit.limits import Limiter

GUARDED = (
    "/login", "/invite/", "/reset/", "/me/confirm", "/m/enter", "/m/r/", "/m/data", "/q/", "/u/",
)  # fmt: skip
RATE, BURST = 2.0, 120.0
"""Presses a second and at once: far above people, also above a shop's tills behind one address."""
LIMITER = Limiter()


class Throttle:
    """Counts presses by the address they come from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        group = next((one for one in GUARDED if request.path_info.startswith(one)), "")
        if request.method == "POST" and group:
            wait_s = LIMITER.take((group, client_of(request)), rate=RATE, burst=BURST)
            if wait_s:
                return _too_often(ceil(wait_s))
        return self.get_response(request)


def _too_often(seconds: int) -> HttpResponse:
    text = say(
        "短いあいだに何度も送られました。{n}秒待ってから、もう一度お試しください。",
        "Too many tries in a short time. Wait {n} seconds and try again.",
        n=seconds,
    )
    response = HttpResponse(text, status=429, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(seconds)
    return response
