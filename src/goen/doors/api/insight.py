"""`GET /v1/insight/who-bought` and `/v1/insight/ltv`: the console's figures for programs."""

from datetime import date

from django.http import HttpRequest, HttpResponse

from goen.catalogue.queries import ids_by_code
from goen.doors.answers import plain
from goen.doors.api.door import Refused, answer, guarded
from goen.insight import queries
from goen.insight.answers import Period
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places.queries import places


@guarded("insight:read")
def who_bought(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who bought `sku`, optionally `from`, `to` and at `place`."""
    code, place = request.GET.get("sku", ""), request.GET.get("place")
    with tx() as t:
        period = _period(t, request)
        sku_id = ids_by_code(t, [code]).get(code)
        if sku_id is None:
            raise Refused(Refusal("unknown_item", "sku", {"given": code}), 404)
        known = {p.code: p.id for p in places(t)}
        if place is not None and place not in known:
            raise Refused(Refusal("unknown_place", "place", {"given": place}), 404)
        place_id = known[place] if place else None
        result = queries.who_bought(t, sku_id=sku_id, period=period, place_id=place_id)
    return answer(plain(result)) if result else answer({"code": "not_yet"}, 503)


@guarded("insight:read")
def ltv(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Realised lifetime value as last computed."""
    with tx() as t:
        result = queries.ltv(t)
    return answer(plain(result)) if result else answer({"code": "not_yet"}, 503)


def _period(t: Tx, request: HttpRequest) -> Period | None:
    first, last = _day(request, "from"), _day(request, "to")
    if first is None and last is None:
        return None
    return Period(first or date(1990, 1, 1), last or queries.today(t))


def _day(request: HttpRequest, name: str) -> date | None:
    given = request.GET.get(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise Refused(Refusal("bad_day", name, {"given": given}), 422) from error
