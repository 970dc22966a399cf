"""Which till this browser is: chosen once, kept in a cookie, checked against the masters each time.

Promises: the cookie carries a till's code and nothing else; one shop's cookie is not another's,
although all shops live on one host.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from goen.doors import cookies
from goen.doors.console import gate
from goen.kit.db import Tx
from goen.places import queries
from goen.places.queries import ChannelShown, PlaceShown, TillShown

_COOKIE = f"goen_{settings.SHOP}_till"


@dataclass(frozen=True, slots=True)
class Counter:
    """Where this browser stands: a till of a place, selling through a channel."""

    place: PlaceShown
    till: TillShown
    channel: ChannelShown


@dataclass(frozen=True, slots=True)
class Choice:
    """A place with the tills it has."""

    place: PlaceShown
    tills: tuple[TillShown, ...]


def counter(tx: Tx, request: HttpRequest) -> Counter | None:
    """The till this browser stands at, or None before one was chosen (or after it was removed)."""
    code = cookies.read(request, _COOKIE)
    found = find(tx, code) if code else None
    return found if found and gate.works_at(request, found.place.id) else None


def find(tx: Tx, till_code: str) -> Counter | None:
    """The counter of a till's code."""
    channel = next((one for one in queries.channels(tx) if one.kind == "store"), None)
    for choice in choices(tx):
        for till in choice.tills:
            if till.code == till_code and channel:
                return Counter(choice.place, till, channel)
    return None


def own_choices(tx: Tx, request: HttpRequest) -> list[Choice]:
    """The places whose tills the reader may stand at."""
    return [choice for choice in choices(tx) if gate.works_at(request, choice.place.id)]


def choices(tx: Tx) -> list[Choice]:
    """Every place that has tills."""
    found = [Choice(place, tuple(queries.tills(tx, place.id))) for place in queries.places(tx)]
    return [choice for choice in found if choice.tills]


def remember(response: HttpResponse, till_code: str) -> None:
    """Keep the choice in this browser."""
    cookies.keep(response, _COOKIE, till_code)
