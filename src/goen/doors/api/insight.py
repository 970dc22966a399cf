"""`GET /v1/insight/who-bought` and `/v1/insight/ltv`: the console's figures for programs."""

import dataclasses
from datetime import date
from typing import Any, get_type_hints

import msgspec
from django.http import HttpResponse
from msgspec import Struct

from goen.catalogue.queries import ids_by_code
from goen.doors.answers import SHARES, plain
from goen.doors.api.door import Call, Code, Refused, answer
from goen.insight import queries
from goen.insight.answers import Ltv, Period, WhoBought
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places.queries import places

EARLIEST = date(1990, 1, 1)


class WhoBoughtQuery(Struct, forbid_unknown_fields=True):
    """Of which SKU, between which days (four weeks if left out), at which place (or all)."""

    sku: Code
    first_on: date | None = msgspec.field(name="from", default=None)
    last_on: date | None = msgspec.field(name="to", default=None)
    place: Code | None = None


def _out(kind: type, shares: tuple[str, ...]) -> type[Struct]:
    """An answer of insight as a contract: its fields and the shares made of them."""
    hints = get_type_hints(kind)
    own: list[Any] = [(f.name, hints[f.name]) for f in dataclasses.fields(kind)]
    derived = [(name, int if name.startswith("units_") else float | None) for name in shares]
    made = msgspec.defstruct(f"{kind.__name__}Out", own + derived)
    made.__doc__ = kind.__doc__
    return made


WhoBoughtOut = _out(WhoBought, SHARES)
LtvOut = _out(Ltv, ("identified_share",))


def who_bought(call: Call) -> HttpResponse:
    """Who bought an SKU."""
    asked = call.query(WhoBoughtQuery)
    with tx() as t:
        sku_id = ids_by_code(t, [asked.sku]).get(asked.sku)
        if sku_id is None:
            raise Refused(Refusal("unknown_item", "sku", {"given": asked.sku}), 404)
        known = {p.code: p.id for p in places(t)}
        if asked.place is not None and asked.place not in known:
            raise Refused(Refusal("unknown_place", "place", {"given": asked.place}), 404)
        place_id = known[asked.place] if asked.place else None
        result = queries.who_bought(t, sku_id=sku_id, period=_period(t, asked), place_id=place_id)
    return _answered(result)


def ltv(call: Call) -> HttpResponse:
    """Realised lifetime value as last computed."""
    with tx() as t:
        result = queries.ltv(t)
    return _answered(result)


def _answered(result: WhoBought | Ltv | None) -> HttpResponse:
    if result is None:
        raise Refused(Refusal("not_yet"), 503, {"Retry-After": "30"})
    return answer(plain(result))


def _period(t: Tx, asked: WhoBoughtQuery) -> Period | None:
    """The days asked, within those that can have sales."""
    if asked.first_on is None and asked.last_on is None:
        return None
    today = queries.today(t)
    last = min(asked.last_on or today, today)
    first = max(asked.first_on or EARLIEST, EARLIEST)
    if first > last:
        raise Refused(Refusal("bad_period", "from", {"given": f"{first}–{last}"}), 422)
    return Period(first, last)
