"""`GET /api`: the table of routes for people who write programs, with fields and examples.

Made of the same values as `/v1/openapi.json`. Needs no login: it says what could be asked, and
nothing about the shop.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from msgspec import NODEFAULT, Struct, inspect
from msgspec import json as encoded

from goen.doors.api.door import Route
from goen.doors.api.openapi import statuses
from goen.doors.say import say

_TAGS = {
    "sales": ("会計", "Sales"),
    "orders": ("注文", "Orders"),
    "stock": ("在庫", "Stock"),
    "points": ("ポイント・クーポン", "Points and coupons"),
    "masters": ("商品・お客様", "Goods and customers"),
    "events": ("お客様の行動・提案", "Behaviour and proposals"),
    "insight": ("分析", "Figures"),
    "webhooks": ("知らせ", "Webhooks"),
    "about": ("この仕様", "About this"),
}
_TYPES: tuple[tuple[type, tuple[str, str]], ...] = (
    (inspect.BoolType, ("真偽", "true or false")),
    (inspect.IntType, ("整数", "integer")),
    (inspect.FloatType, ("数", "number")),
    (inspect.DecimalType, ("小数（文字）", "decimal, as text")),
    (inspect.UUIDType, ("UUID", "UUID")),
    (inspect.DateTimeType, ("日時", "instant")),
    (inspect.DateType, ("日付", "day")),
    (inspect.StrType, ("文字", "text")),
    (inspect.DictType, ("項目と値", "names and values")),
)


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field by its path, such as `lines[].item`."""

    path: str
    kind: str
    required: bool
    default: str


@dataclass(frozen=True, slots=True)
class RouteShown:
    """One address with all that is to be said of it."""

    route: Route
    anchor: str
    summary: str
    sent: str
    takes: tuple[FieldShown, ...]
    asks: tuple[FieldShown, ...]
    gives: tuple[FieldShown, ...]
    statuses: tuple[int, ...]


def page(request: HttpRequest) -> HttpResponse:
    """Every address, by what it is about."""
    from goen.doors.api.routes import ROUTES

    shown = [
        (say(*_TAGS[tag]), [_shown(route) for route in routes])
        for tag, routes in groupby(ROUTES, key=lambda route: route.tag)
    ]
    return render(request, "console/api.html", {"groups": shown})


def _shown(route: Route) -> RouteShown:
    path = route.path.strip("/").replace("/", "-").replace("{", "").replace("}", "")
    sent = json.dumps(route.sent, ensure_ascii=False, indent=2) if route.takes else _query(route)
    return RouteShown(
        route,
        f"{route.method.lower()}-{path}",
        say(route.ja, route.en),
        sent,
        _fields(route.takes),
        _fields(route.asks),
        () if route.gives is Struct else _fields(route.gives),
        tuple(statuses(route)),
    )


def _query(route: Route) -> str:
    given = "&".join(f"{name}={value}" for name, value in route.sent.items())
    return f"{route.path}?{given}" if given else ""


def _fields(kind: type[Struct] | None) -> tuple[FieldShown, ...]:
    if kind is None:
        return ()
    return tuple(
        FieldShown(path, _words(type_), required, default)
        for path, type_, required, default in _flat(kind)
    )


_Flat = tuple[str, inspect.Type, bool, str]


@cache
def _flat(kind: type[Struct]) -> tuple[_Flat, ...]:
    return tuple(_walk(inspect.type_info(kind), "", required=True))


def _walk(type_: inspect.Type, before: str, *, required: bool) -> Iterator[_Flat]:
    """Fields, and fields of fields, down to plain values."""
    assert isinstance(type_, inspect.StructType | inspect.DataclassType)
    for one in type_.fields:
        path, inner = before + one.encode_name, _bare(one.type)
        needed = required and one.required
        yield path, inner, needed, _default(one)
        while isinstance(inner, inspect.ListType | inspect.VarTupleType):
            path, inner = f"{path}[]", _bare(inner.item_type)
        if isinstance(inner, inspect.StructType | inspect.DataclassType):
            yield from _walk(inner, f"{path}.", required=needed)


def _bare(type_: inspect.Type) -> inspect.Type:
    """Without what is only said about it, and without that it may be null."""
    if isinstance(type_, inspect.Metadata):
        return _bare(type_.type)
    if isinstance(type_, inspect.UnionType):
        rest = [one for one in type_.types if not isinstance(one, inspect.NoneType)]
        return _bare(rest[0])
    return type_


def _default(one: inspect.Field) -> str:
    if one.default is NODEFAULT or one.default is None or one.default == "":
        return ""
    return encoded.encode(one.default).decode().strip('"')


def _words(type_: inspect.Type) -> str:
    if isinstance(type_, inspect.LiteralType):
        return " | ".join(map(str, type_.values))
    if isinstance(type_, inspect.ListType | inspect.VarTupleType):
        inner = _bare(type_.item_type)
        if isinstance(inner, inspect.StructType | inspect.DataclassType):
            return say("一覧", "list")
        return say("{of}の一覧", "list of {of}", of=_words(inner))
    for kind, (ja, en) in _TYPES:
        if isinstance(type_, kind):
            return say(ja, en)
    return say("項目", "fields")
