"""The one gate before every page of the console and the register: which right an address needs.

Promises: an address that is in no table is head office's alone; nothing is read or written before
the right is known, and before goods or an order change, whose they are (`gate_places`); who is
refused reads which right or place is missing and who has it. The API, members'
pages and addresses in mails have locks of their own and do not pass here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from goen.doors import refusals
from goen.doors.console import gate_places
from goen.doors.console.gate_map import OWN_LOCKS, ROUTES, Need
from goen.doors.say import language, say, text_of
from goen.kit import clock, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places import rights
from goen.places.queries import PlaceShown

_HEAD_OFFICE = Need("settings", "settings")
NOWHERE = PlaceShown(0, "", "", {}, "", 0, "", "")
"""Where staff of a store are before one is theirs."""

_SAFE = {"GET", "HEAD", "OPTIONS"}


class Gate:
    """Lets a request through when its reader has the right that its address needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Refuse here, or let the page answer."""
        assert request.resolver_match is not None
        need = need_of(request.resolver_match.route)
        if need is None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        role, halts = role_of(request), is_halting(request, need)
        missing = refused(need, role, request.method or "", is_file(request), halts)
        if missing:
            return forbidden(request, missing)
        theirs = [] if request.method in _SAFE else gate_places.others(request)
        return elsewhere(request, theirs) if theirs else None


@dataclass(frozen=True, slots=True)
class May:
    """What the reader may do, for templates: `{% if may.export %}`."""

    role: str

    def __getitem__(self, right: str) -> bool:
        assert right in rights.RIGHTS, right
        return rights.may(self.role, right)


def need_of(route: str) -> Need | None:
    """What an address needs; None where no login of staff is asked for."""
    if route in ROUTES:
        return ROUTES[route]
    return None if route.startswith(OWN_LOCKS) else _HEAD_OFFICE


def refused(need: Need, role: str, method: str, to_file: bool = False, halts: bool = False) -> str:
    """The first right a role lacks for an address; empty when it may go on."""
    asked = need.get if method in _SAFE else "halt" if halts else need.post
    if to_file and need.csv:
        asked = f"{asked} {need.csv}"
    return next((right for right in asked.split() if not rights.may(role, right)), "")


def may(request: HttpRequest, right: str) -> bool:
    """Whether the reader has a right."""
    return rights.may(role_of(request), right)


def works_at(request: HttpRequest, place_id: int) -> bool:
    """Whether the reader may sell and move goods at a place: staff of a store at their own."""
    return rights.works_at(role_of(request), getattr(request.user, "place_id", None), place_id)


def bound_to(request: HttpRequest) -> PlaceShown | None:
    """The place outside which the reader changes no goods; None for who may change all."""
    if role_of(request) not in rights.BOUND:
        return None
    own = getattr(request.user, "place_id", None)
    with tx() as t:
        found = next((one for one in places.places(t) if one.id == own), None)
    return found or NOWHERE


def own_codes(t: Tx, request: HttpRequest) -> frozenset[str]:
    """The places, by code, where the reader may change goods."""
    return frozenset(one.code for one in places.places(t) if works_at(request, one.id))


def role_of(request: HttpRequest) -> str:
    """The reader's role; empty for nobody."""
    user: Any = getattr(request, "user", None)
    return str(getattr(user, "role", ""))


def is_file(request: HttpRequest) -> bool:
    """Whether the page is asked for as a file to take away."""
    return request.GET.get("format") == "csv" or request.path_info.endswith(".csv")


def is_halting(request: HttpRequest, need: Need) -> bool:
    """Whether a form only stops something."""
    wanted = (one.partition("=") for one in need.halting)
    return any(request.POST.get(name) == value for name, _, value in wanted)


def who_has(right: str) -> str:
    """The roles that have a right, in words."""
    names = [say(*rights.ROLES[role]) for role in rights.roles_with(right)]
    return ("・" if language() == "ja" else ", ").join(names)


def _note(request: HttpRequest, detail: Mapping[str, str]) -> None:
    """Who is refused is written down: by the address's pattern, which names nobody."""
    staff: Any = request.user
    assert request.resolver_match is not None
    actor = Actor("staff", str(staff.code), staff.pk)
    route = f"/{request.resolver_match.route}"
    told = {**detail, "method": request.method}
    with tx() as t:
        trail.note(t, actor, "refused", "page", route, at=clock.now(), detail=told)


def forbidden(request: HttpRequest, right: str) -> HttpResponse:
    """The page that says which right is missing, and who has it; a program is told the same."""
    known = rights.RIGHTS[right]
    _note(request, {"right": right})
    page = {"right": say(known.ja, known.en), "who_has": who_has(right)}
    if request.content_type == "application/json":
        refusal = Refusal("no_right", "", {"right": page["right"], "who": page["who_has"]})
        return JsonResponse(refusals.as_json(refusal), status=403)
    return render(request, "console/forbidden.html", page, status=403)


def elsewhere(request: HttpRequest, theirs: Sequence[PlaceShown]) -> HttpResponse:
    """The page that says whose goods they are, and whom to ask."""
    _note(request, {"place": " ".join(one.code for one in theirs)})
    page = {"theirs": not_yours(theirs)}
    return render(request, "console/forbidden.html", page, status=403)


def not_yours(theirs: Sequence[PlaceShown]) -> str:
    """What staff of a store are told about goods and orders of other places."""
    names = ("・" if language() == "ja" else ", ").join(text_of(one.name) for one in theirs)
    return refusals.sentence(Refusal("not_your_place", "place", {"place": names}))
