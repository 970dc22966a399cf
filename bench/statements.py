"""What one sale says to the database, as a pgbench script that says the same for any sale.

The statements of a real sale are recorded once. Every number that belongs to the articles, the
member or the document is recognised by its range of ids and becomes an expression of pgbench's
variables; everything else stays as it was. So pgbench does the database's part of the work, and
nothing of ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from bench import shop
from goen.kit import clock
from goen.kit.db import tx
from goen.orders.placing import place
from goen.orders.selling import sell

_MEMBER = 17
_UID = "lpad(to_hex(:n::bigint), 32, '0')::uuid"
_MADE = "lpad(to_hex(:n::bigint), 32, 'f')::uuid"
"""The lot of points that a sale makes: an id of its own, as every document has."""
Recorded = tuple[str, Any]


def write_script(path: Path) -> int:
    """Record a sale and write the script; answers how many statements it has."""
    return _write(path, *_recorded_sale(), one=f"random(0, {shop.SKUS // 2 - 1})")


def write_order_script(path: Path, *, hot: bool) -> int:
    """The same for an order; with `hot` one of its articles is everybody's."""
    one = str(shop.HOT) if hot else f"random(0, {shop.SKUS // 2 - 1})"
    return _write(path, *_recorded_order(), one=one)


def _write(path: Path, recorded: Sequence[Recorded], uid: UUID, *, one: str) -> int:
    words = _Words(uid)
    lines = [
        f"\\set one {one}",
        f"\\set two random({shop.SKUS // 2}, {shop.SKUS - 1})",
        f"\\set member random(0, {shop.MEMBERS - 1})",
        "\\set n random(1, 9000000000000000000)",
        "BEGIN;",
    ]
    for sql, params in recorded:
        statement = words.statement(sql, params)
        lines.append(statement + (" \\gset" if _GIVES_ID.search(statement) else ";"))
    path.write_text("\n".join([*lines, "COMMIT;", ""]))
    return len(recorded) + 2


_GIVES_ID = re.compile(r"(RETURNING|SELECT) uid, id( FROM placed)?$")


def _recorded_sale() -> tuple[list[Recorded], UUID]:
    sale = shop.sale_of(_articles(), _MEMBER)
    with _listening() as said, tx() as t:
        sell(t, [sale], actor=shop.ACTOR, recorded_at=clock.now())
    return said, sale.uid


def _recorded_order() -> tuple[list[Recorded], UUID]:
    order = shop.order_of(_articles(), _MEMBER)
    with tx() as t:  # the second one finds every account open
        place(t, [shop.order_of(_articles(), _MEMBER)], actor=shop.ACTOR, recorded_at=clock.now())
    with _listening() as said, tx() as t:
        place(t, [order], actor=shop.ACTOR, recorded_at=clock.now())
    return said, order.uid


@contextmanager
def _listening() -> Iterator[list[Recorded]]:
    said: list[Recorded] = []

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(maxsplit=1)[0] not in {"SAVEPOINT", "RELEASE"}:
            said.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield said


def _articles() -> tuple[int, int]:
    """The two of the recorded sale: from the lower and the upper half, as those of any sale."""
    return shop.SKUS // 3, shop.SKUS * 2 // 3


def _accounts() -> dict[int, str]:
    """Ids of the two articles' accounts, as expressions of any article's number."""
    holders = ("place:1:sellable", "place:1:unexplained", "world:sold")
    return {
        first + step * n: f"({first} + {step} * :{name})"
        for first, step in shop.accounts(*holders)
        for n, name in zip(_articles(), ("one", "two"), strict=True)
    }


class _Words:
    """Values of the recorded sale in the words of any sale."""

    def __init__(self, uid: UUID) -> None:
        first, (one, two) = shop.FIRST, _articles()
        account = f"{first['points_account']} + :member"
        lot = f"(SELECT uid FROM points_lot WHERE account_id = {account} LIMIT 1)"
        with tx() as t:
            order = t.value("SELECT id FROM orders_order WHERE uid = %s", [uid])
            lots = "SELECT uid, request = %s FROM points_lot WHERE account_id = %s"
            found = t.rows(lots, [uid, first["points_account"] + _MEMBER])
        self._uids = {uid: _UID} | {met: _MADE if new else lot for met, new in found}
        purse, step = shop.purses()
        self._numbers = {
            **_accounts(),
            purse + step * _MEMBER: f"({purse} + {step} * :member)",
            first["catalogue_sku"] + one: f"({first['catalogue_sku']} + :one)",
            first["catalogue_sku"] + two: f"({first['catalogue_sku']} + :two)",
            first["customers_record"] + _MEMBER: f"({first['customers_record']} + :member)",
            first["points_account"] + _MEMBER: f"({first['points_account']} + :member)",
            order: ":id",
        }
        self._uid = uid
        parts = [re.escape(str(uid)), *map(str, self._numbers)]
        self._known = re.compile("(" + "|".join(parts) + ")")

    def statement(self, sql: str, params: Any) -> str:
        """One statement on one line, its parameters put in."""
        given = iter(() if isinstance(params, Mapping) else params or ())

        def value(slot: re.Match[str]) -> str:
            return self._value(params[slot[1]] if slot[1] else next(given))

        text = re.sub(r"%(?:\((\w+)\))?s", value, " ".join(sql.split()))
        return text.replace("%%", "%")

    def _value(self, value: Any) -> str:
        if isinstance(value, list):
            return "ARRAY[" + ", ".join(map(self._value, value)) + "]" if value else "'{}'"
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, UUID) and value in self._uids:
            return self._uids[value]
        if isinstance(value, int) and value in self._numbers:
            return self._numbers[value]
        return _literal(value)

    def _text(self, value: str) -> str:
        pieces = [self._piece(part) for part in self._known.split(value) if part]
        return "(" + " || ".join(pieces) + ")" if len(pieces) > 1 else "".join(pieces) or "''"

    def _piece(self, part: str) -> str:
        if part == str(self._uid):
            return f"{_UID}::text"
        if part.isdigit() and int(part) in self._numbers:
            return f"{self._numbers[int(part)]}::text"
        return quoted(part)


def _literal(value: object) -> str:
    """A value that is the same in every sale."""
    if value is None or isinstance(value, int | Decimal):
        return "NULL" if value is None else str(value)
    types: dict[type, str] = {UUID: "uuid", datetime: "timestamptz", date: "date"}
    return f"{quoted(str(value))}::{types[type(value)]}"


def quoted(text: str) -> str:
    """A literal without a colon, which pgbench would take for a variable."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'" if escaped != text else f"'{text}'"
