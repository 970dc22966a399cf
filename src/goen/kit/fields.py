"""Column types PostgreSQL has and Django lacks."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Func

if TYPE_CHECKING:
    _Field = models.Field[int, int]
    _Decimal = models.DecimalField[Any, Any]
else:  # Django's fields take no type parameters while running
    _Field = models.Field
    _Decimal = models.DecimalField


class CurrentTransaction(Func):
    """`pg_current_xact_id()`: the id of the writing transaction."""

    function = "pg_current_xact_id"
    output_field = models.TextField()


class Xid8Field(_Field):
    """The id of the transaction that wrote the row (`xid8`).

    Ids of rows commit out of order; a reader that must not miss a row reads only rows
    whose transaction lies below `pg_snapshot_xmin(pg_current_snapshot())`.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("db_default", CurrentTransaction())
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)

    def db_type(self, connection: Any) -> str:
        return "xid8"


class Numeric(_Decimal):
    """A decimal with four places: unit costs and rates, never money that was paid."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(**kwargs)
