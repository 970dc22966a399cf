"""Whose goods a request would change: for every address that writes goods, the places it touches.

Promises: each address that asks for a right over goods stands here or under the till, which
`register.where` holds to the reader's place (a test walks them all); staff of a store change what
lies at their own place; what is said of every place at once is nobody's of a store.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from goen.doors.console import orders_places
from goen.kit.db import Tx, tx
from goen.orders import showing, to_decide
from goen.places import queries as places
from goen.places import rights
from goen.places.queries import PlaceShown
from goen.stock import journeys, kept

AT_THE_TILL = "register/"
"""Addresses under which the till is chosen among those of the reader's place."""

Finder = Callable[[Tx, HttpRequest, Mapping[str, Any]], set[int]]
"""The ids of the places whose goods a request would change."""


def others(request: HttpRequest) -> list[PlaceShown]:
    """The places of somebody else whose goods a request would change."""
    assert request.resolver_match is not None
    match, user = request.resolver_match, request.user
    find = PLACES.get(match.route)
    role, own = getattr(user, "role", ""), getattr(user, "place_id", None)
    if find is None or role not in rights.BOUND:
        return []
    with tx() as t:
        touched = find(t, request, match.kwargs)
        known = places.places(t)
    return [one for one in known if one.id in touched and not rights.works_at(role, own, one.id)]


def _by_code(t: Tx, code: str) -> set[int]:
    return {one.id for one in places.places(t) if one.code == code}


def _typed(name: str) -> Finder:
    """The place that the form names; without one the form itself refuses."""
    return lambda t, request, _: _by_code(t, request.POST.get(name, ""))


def _kept_back(t: Tx, request: HttpRequest, _: Mapping[str, Any]) -> set[int]:
    """A rule without a place is one for all of them."""
    code = request.POST.get("place", "").strip()
    return _by_code(t, code) if code else {one.id for one in places.places(t)}


def _target(t: Tx, _: HttpRequest, given: Mapping[str, Any]) -> set[int]:
    found = journeys.transfer(t, given["uid"])
    return {found.target_id} if found else set()


def _hold(t: Tx, _: HttpRequest, given: Mapping[str, Any]) -> set[int]:
    found = kept.kept_at(t, given["uid"])
    return set() if found is None else {found}


def _order(t: Tx, request: HttpRequest, given: Mapping[str, Any]) -> set[int]:
    """Where the goods are that the act moves, keeps or frees."""
    order = showing.whole(t, given["uid"])
    if order is None:
        return set()
    asked = orders_places.asked(request.POST)
    own = getattr(request.user, "place_id", None)
    found = orders_places.touched(order, given["code"], asked, own=own)
    named = request.POST.get("place", "").strip()
    return found | (_by_code(t, named) if given["code"] in orders_places.NAMED else set())


def _exception(t: Tx, request: HttpRequest, given: Mapping[str, Any]) -> set[int]:
    """Goods kept elsewhere are of the place that keeps them; all else is of where they lack."""
    one = to_decide.one(t, given["exception"])
    if one is None:
        return set()
    rerouted = request.POST.get("how") == "rerouted"
    return _by_code(t, request.POST.get("place", "") if rerouted else one.place_code or "")


PLACES: dict[str, Finder] = {
    "orders/<uuid:uid>/<slug:code>": _order,
    "orders/exceptions/<int:exception>": _exception,
    "stock/arrivals/new": _typed("place"),
    "stock/counts/new": _typed("place"),
    "stock/holds/new": _typed("place"),
    "stock/holds/<uuid:uid>/extend": _hold,
    "stock/holds/<uuid:uid>/release": _hold,
    "stock/safety": _kept_back,
    "stock/transfers/new": _typed("source"),
    "stock/transfers/<uuid:uid>": _target,
}
