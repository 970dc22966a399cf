"""One transaction per request, opened by the door, on Django's own connection.

READ COMMITTED; rows are locked in sorted order by the verb that changes them. `Tx` is a thin
handle for plain SQL: a verb takes it to say that it runs inside somebody's transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections, transaction
from psycopg.types.json import JsonbLoader

from goen.kit.arrays import ArrayDumper

Row = tuple[Any, ...]
Params = Sequence[Any] | Mapping[str, Any]


class Tx:
    """An open transaction. Lives as long as the `with tx()` block that made it."""

    __slots__ = ()

    def execute(self, sql: str, params: Params = ()) -> int:
        """Run a statement; answers the number of rows it touched."""
        with _cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of a query."""
        with _cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Row] = cursor.fetchall()
            return rows

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of a query, or None."""
        with _cursor() as cursor:
            cursor.execute(sql, params)
            row: Row | None = cursor.fetchone()
            return row

    def value(self, sql: str, params: Params = ()) -> Any:
        """The single value of a query, or None without a row."""
        row = self.row(sql, params)
        return row[0] if row else None

    def plan_afresh(self) -> None:
        """From here to the end, plan each statement for the values it is asked with.

        A plan for any values, as made of what is asked often, misjudges statements of many parts
        over a large shop. For reading; what writes a few rows is quicker with the kept plan.
        """
        self.execute("SET LOCAL plan_cache_mode = force_custom_plan")

    def copy(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Stream rows by COPY; `sql` is the whole `COPY … FROM STDIN` statement."""
        with _cursor() as cursor, cursor.cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def copy_csv(self, sql: str, blocks: Iterable[bytes]) -> None:
        """Stream text by COPY; `sql` is the whole `COPY … FROM STDIN (FORMAT csv)` statement."""
        with _cursor() as cursor, cursor.cursor.copy(sql) as copy:
            for block in blocks:
                copy.write(block)


@contextmanager
def _cursor() -> Iterator[Any]:
    """Django's cursor, answering jsonb as Python values (the ORM wants text and keeps it).

    Lists are written by `kit.arrays`.
    """
    try:
        with connection.cursor() as cursor:
            adapters = cursor.cursor.adapters
            adapters.register_loader("jsonb", JsonbLoader)
            adapters.register_dumper(list, ArrayDumper)
            yield cursor
    except DatabaseError as error:
        _shorten(error)
        raise


def _shorten(error: BaseException) -> None:
    """Keep what went wrong, not the row it went wrong with: logs and pages repeat the words."""
    for one in (error, error.__cause__):
        if isinstance(one, DatabaseError | psycopg.Error):
            one.args = tuple(str(arg).partition("\n")[0] for arg in one.args)


@contextmanager
def tx() -> Iterator[Tx]:
    """Open the one transaction of a request; commits at the end, rolls back on an exception."""
    with transaction.atomic():
        yield Tx()


@contextmanager
def savepoint() -> Iterator[None]:
    """A part that may be undone alone, inside an open transaction."""
    with transaction.atomic():
        yield


_STEADY = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"


@contextmanager
def own_connection() -> Iterator[None]:
    """A connection of this thread's own, beside the pool, open until the block ends.

    For a thread that says the same few statements without a pause. Their plans are made once and
    go by indexes, so that a shop which opens with empty tables is as fast an hour later.
    """
    mine = connections[connection.alias]
    shared = mine.settings_dict
    options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
    options["options"] = f"{options.get('options', '')} {_STEADY}".strip()
    mine.close()
    mine.settings_dict = {**shared, "OPTIONS": options}
    try:
        yield
    finally:
        mine.close()
        mine.settings_dict = shared


def aside(sql: str, params: Params = ()) -> None:
    """Run and commit one statement on another connection, beside the caller's transaction.

    For what others must see while the caller waits; never for a fact of the caller's own.
    """
    with psycopg.connect(**_connection_params(), autocommit=True) as other:
        other.execute(sql, params)


def _connection_params() -> dict[str, Any]:
    names = ("dbname", "user", "password", "host", "port")
    given = connection.get_connection_params()
    return {name: given[name] for name in names if given.get(name)}
