"""docs/data-dictionary.md: every table, column and type from the models, with its meaning.

Promises: a column without a meaning in `meanings.toml` is an error, and so is a meaning without a
column; what a table is comes from its model's own words.
"""

import inspect
import tomllib
from pathlib import Path
from typing import Any

import generated

INTRO = """# Data dictionary

Made from the models by `python tools/dictionary.py`; the meanings stand in `tools/meanings.toml`.
A table is called `<package>_<noun>` and is written by its own package only. One database is one
shop, so no table has a column for it.

Read everywhere: `…_minor` is an integer of the currency's smallest unit; a `qty` is an integer of
the SKU's smallest unit; `…_at` is an instant, `…_on` and `…_date` a day; rates in `…_bp` are basis
points (8 % is 800); jsonb names are `{"ja": …, "en": …}`. `→` says which table an id points to;
`?` that a column may be empty.
"""
SHORT = {"timestamp with time zone": "timestamptz"}


def main() -> None:
    generated.start_django()
    known = tomllib.loads((Path(__file__).parent / "meanings.toml").read_text(encoding="utf-8"))
    words = Meanings(known)
    packages = [_package(app, words) for app in _apps()]
    parts = [INTRO, *packages, _views(known["views"])]
    words.must_all_be_used()
    generated.settle({"data-dictionary.md": "\n".join(parts)})


class Meanings:
    """What columns mean: `[table]` first, then the words that hold in every table."""

    def __init__(self, known: dict[str, dict[str, Any]]) -> None:
        self._known = {name: words for name, words in known.items() if name != "views"}
        self._used: set[tuple[str, str]] = set()

    def of(self, table: str, column: str) -> str:
        for place in (table, "everywhere"):
            if column in self._known.get(place, {}):
                self._used.add((place, column))
                return str(self._known[place][column])
        raise SystemExit(f"meanings.toml does not say what {table}.{column} is")

    def must_all_be_used(self) -> None:
        given = {(table, column) for table, words in self._known.items() for column in words}
        if given - self._used:
            raise SystemExit(f"meanings.toml speaks of what is not there: {given - self._used}")


def _apps() -> list[Any]:
    from django.apps import apps

    return [
        app
        for app in apps.get_app_configs()
        if app.name.startswith("goen.") and any(app.get_models())
    ]


def _package(app: Any, words: Meanings) -> str:
    promise = (inspect.getdoc(app.module) or "").splitlines()[0]
    tables = "\n".join(_table(model, words) for model in app.get_models())
    return f"## {app.label}\n\n{promise}\n\n{tables}"


def _table(model: Any, words: Meanings) -> str:
    meta = model._meta
    rows = [_row(meta.db_table, field, words) for field in meta.local_fields]
    head = ["| column | type | meaning |", "|---|---|---|"]
    told = " ".join((inspect.getdoc(model) or "").split())
    return "\n".join([f"### {meta.db_table}", "", told, "", *head, *rows, *_rules(meta), ""])


def _row(table: str, field: Any, words: Meanings) -> str:
    from django.db import connection

    kind = field.db_type(connection)
    kind = SHORT.get(kind, kind).replace("numeric(18, 4)", "numeric(18,4)")
    points = f" → {field.related_model._meta.db_table}" if field.is_relation else ""
    empty = "?" if field.null else ""
    meaning = generated.cell(words.of(table, field.column))
    return f"| `{field.column}` | {kind}{empty}{points} | {meaning} |"


def _rules(meta: Any) -> list[str]:
    """What may be there once only."""
    from django.db.models import UniqueConstraint

    once = [
        " + ".join(f"`{meta.get_field(name).column}`" for name in constraint.fields)
        for constraint in meta.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    once += [f"`{f.column}`" for f in meta.local_fields if f.unique and not f.primary_key]
    return ["", "Once only: " + "; ".join(once) + "."] if once else []


def _views(views: dict[str, dict[str, Any]]) -> str:
    head = "## Views\n\nWhat other packages may read of a package, besides its verbs.\n"
    parts = []
    for name, view in views.items():
        columns = ", ".join(f"`{column}`" for column in view["columns"])
        parts.append(f"### {name}\n\n{view['meaning']} Columns: {columns}.\n")
    return "\n".join([head, *parts])


if __name__ == "__main__":
    main()
