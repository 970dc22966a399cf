"""Conditions that people fulfil or not: a closed vocabulary, parsed strictly.

A tree of `{"all": […]}`, `{"any": […]}`, `{"not": …}` over leaves `{"field": …, …}`. Promises:
what is not in the vocabulary is refused with the path of what is wrong; parsed conditions are
always written the same way; nothing here looks at data.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goen.kit.refusals import Refusal
from goen.marketing.conditions_words import FIELDS, Wrong, read

DEEPEST = 5
MOST_LEAVES = 40

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition: its field, its values, and where it stands in the tree."""

    field: str
    values: Mapping[str, Any]
    path: str

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    @property
    def tree(self) -> Tree:
        """The leaf as it is written."""
        return {"field": self.field, **self.values}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Parsed conditions. Without any leaf everybody fulfils them."""

    tree: Tree

    @property
    def text(self) -> str:
        """As JSON, always the same for the same conditions."""
        return json.dumps(self.tree, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def leaves(self) -> list[Leaf]:
        """Every condition, in the order of reading."""
        return list(_leaves(self.tree, ""))


EVERYBODY = Conditions({"all": []})


def parse(given: object) -> Conditions | Refusal:
    """Conditions as somebody wrote them: JSON text or its values.

    Refused: no JSON, an unknown field, a value missing, unknown or out of bounds, too much.
    """
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return Refusal("conditions_unreadable", "conditions")
    try:
        tree = _group(given, "", 0)
    except _Wrong as wrong:
        return wrong.refusal
    conditions = Conditions(tree)
    if len(conditions.leaves()) > MOST_LEAVES:
        return Refusal("conditions_too_many", "conditions", {"most": MOST_LEAVES})
    return conditions


class _Wrong(Exception):  # noqa: N818  carries a refusal up the tree
    def __init__(self, code: str, path: str, detail: Mapping[str, object] | None = None) -> None:
        self.code, self.path, self.detail = code, path or "conditions", detail or {}

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.code, self.path, self.detail)


def _group(given: object, path: str, depth: int) -> Tree:
    """A tree whose top is always a group, so that one may be added to."""
    tree = _node(given, path, depth)
    return tree if "all" in tree else {"all": [tree]}


def _node(given: object, path: str, depth: int) -> Tree:
    if depth > DEEPEST:
        raise _Wrong("conditions_too_deep", path, {"most": DEEPEST})
    if not isinstance(given, Mapping):
        raise _Wrong("conditions_unreadable", path)
    for name in ("all", "any"):
        if set(given) == {name}:
            if not isinstance(given[name], list):
                raise _Wrong("conditions_unreadable", _at(path, name))
            inner = [
                _node(one, f"{_at(path, name)}[{n}]", depth + 1)
                for n, one in enumerate(given[name])
            ]
            if name == "any" and not inner:
                raise _Wrong("conditions_unreadable", _at(path, name))
            return {name: inner}
    if set(given) == {"not"}:
        return {"not": _node(given["not"], _at(path, "not"), depth + 1)}
    return _leaf(given, path)


def _leaf(given: Mapping[str, Any], path: str) -> Tree:
    name = given.get("field")
    spec = FIELDS.get(name) if isinstance(name, str) else None
    if spec is None:
        raise _Wrong("condition_unknown", _at(path, "field"), {"given": str(name)[:60]})
    values = {key: value for key, value in given.items() if key != "field"}
    try:
        return {"field": name, **read(spec, values)}
    except Wrong as wrong:
        detail = {"given": wrong.given, "name": wrong.name}
        raise _Wrong(wrong.code, _at(path, wrong.name), detail) from None


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _leaves(tree: Tree, path: str) -> Iterator[Leaf]:
    for name in ("all", "any"):
        if name in tree:
            for n, one in enumerate(tree[name]):
                yield from _leaves(one, f"{_at(path, name)}[{n}]")
            return
    if "not" in tree:
        yield from _leaves(tree["not"], _at(path, "not"))
        return
    yield Leaf(tree["field"], {k: v for k, v in tree.items() if k != "field"}, path)
