"""`GET /v1/openapi.json`: the contract, made of the table of routes and its values.

Whoever decodes a body and whoever describes it use the same msgspec types, so a description
cannot differ from what is taken. OpenAPI 3.1, whose schemas are JSON Schema as msgspec writes it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from goen import __version__
from goen.doors.api.door import RefusalOut, Route

Schema = dict[str, Any]
_REF = "#/components/schemas/{name}"
_REFUSALS = {
    400: "The body is not JSON.",
    401: "No key, an unknown or ended one, or one without the scope.",
    404: "What the address or the query names does not exist.",
    409: "It cannot be booked as it stands; nothing of it was.",
    413: "The body is too large.",
    422: "A field or parameter is missing, misspelt or of the wrong kind, or there are too many.",
    429: "Too many requests with this key; `Retry-After` says how many seconds to wait.",
    503: "Not computed yet; `Retry-After` says how many seconds to wait.",
}
_DONE = {200: "Done, or done before.", 201: "Done.", 204: "Done."}
_ABOUT = """Goods, money and people of one shop. Every fact carries a `uid` that its caller makes
(UUIDv7 if it can): the same fact sent again with the same `uid` is answered and not done again.
Amounts are integers of the currency's smallest unit. A refusal has a code, the field it is about,
values, and a sentence in the language of `Accept-Language` (ja, en)."""


def document(routes: Sequence[Route]) -> bytes:
    """The whole document, as it is sent."""
    types = _types(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    refs = dict(zip(types, schemas, strict=True))
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "openapi": "3.1.0",
                "info": {"title": "Goen", "version": __version__, "description": _ABOUT},
                "security": [{"key": []}],
                "paths": paths,
                "components": {
                    "schemas": components,
                    "responses": _refusal_responses(refs),
                    "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                },
            }
        )
    )


def statuses(route: Route) -> list[int]:
    """Every status that an address may answer."""
    found = {*route.done, *route.refused}
    if route.scope is not None:
        found |= {401, 413, 429}
    if route.takes is not None:
        found |= {400, 409, 422}
    if route.asks is not None:
        found |= {422}
    if "{" in route.path:
        found |= {404}
    return sorted(found)


def _types(routes: Sequence[Route]) -> list[type]:
    found: list[type] = [RefusalOut]
    for route in routes:
        found += [
            kind for kind in (route.takes, route.asks, route.gives) if kind not in {None, Struct}
        ]
        if route.many:
            found.append(route.many_type)
    return list(dict.fromkeys(found))


def _operation(route: Route, refs: dict[type, Schema]) -> Schema:
    told: Schema = {
        "operationId": f"{route.view.__module__.rpartition('.')[2]}.{route.view.__name__}",
        "tags": [route.tag],
        "summary": route.en,
        "responses": {str(status): _response(route, status, refs) for status in statuses(route)},
    }
    if route.scope is None:
        told["security"] = []
    else:
        told["description"] = f"Needs a key with the scope `{route.scope}`."
    parameters = [*_path_parameters(route), *_query_parameters(route)]
    if parameters:
        told["parameters"] = parameters
    if route.takes is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": _body(route, refs)},
        }
    return told


def _body(route: Route, refs: dict[type, Schema]) -> Schema:
    assert route.takes is not None
    one = refs[route.takes]
    if route.many:
        one = {"oneOf": [one, refs[route.many_type]]}
    return {"schema": one} | ({"example": route.sent} if route.sent else {})


def _path_parameters(route: Route) -> list[Schema]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]}
        for name in names
    ]


_PATH_SCHEMAS: dict[str, Schema] = {
    "uid": {"type": "string", "format": "uuid"},
    "id": {"type": "integer", "minimum": 1},
    "number": {"type": "string", "minLength": 1, "maxLength": 200},
}


def _query_parameters(route: Route) -> list[Schema]:
    if route.asks is None:
        return []
    _, components = msgspec.json.schema_components([route.asks])
    schema = components[route.asks.__name__]
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _without_null(one),
            **({"example": route.sent[name]} if name in route.sent else {}),
        }
        for name, one in schema["properties"].items()
    ]


def _without_null(schema: Schema) -> Schema:
    """A parameter is there or is not; it cannot say null."""
    left = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if not left:
        return schema
    return left[0] if len(left) == 1 else {"anyOf": left}


def _response(route: Route, status: int, refs: dict[type, Schema]) -> Schema:
    if status not in route.done:
        return {"$ref": f"#/components/responses/{status}"}
    told: Schema = {"description": _DONE[status]}
    if route.gives is not None:
        schema = {"type": "object"} if route.gives is Struct else refs[route.gives]
        if route.many and status == 200:
            either = {"type": "array", "items": {"anyOf": [schema, refs[RefusalOut]]}}
            many = {"type": "object", "properties": {"answers": either}, "required": ["answers"]}
            schema = {"anyOf": [schema, many]}
        told["content"] = {"application/json": {"schema": schema}}
    return told


def _refusal_responses(refs: dict[type, Schema]) -> Schema:
    content = {"application/json": {"schema": refs[RefusalOut]}}
    wait = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return {
        str(status): {"description": words, "content": content}
        | ({"headers": wait} if status in {429, 503} else {})
        for status, words in _REFUSALS.items()
    }
