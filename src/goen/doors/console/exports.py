"""A list as a CSV file that spreadsheet programs in Japan open with a double click.

Promises: UTF-8 with a byte order mark, comma, CRLF; a text that a spreadsheet would take for a
formula is made harmless; numbers come raw, without separators or units.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """The rows as a download called `name`.csv."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    response = HttpResponse(
        b"\xef\xbb\xbf" + buffer.getvalue().encode(), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
