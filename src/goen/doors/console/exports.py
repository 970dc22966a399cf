"""A list as a CSV file that spreadsheet programs in Japan open with a double click.

Promises: UTF-8 with a byte order mark, comma, CRLF; a text that a spreadsheet would take for a
formula is made harmless; numbers come raw, without separators or units; a long list can be sent as
it is read, so that none has to be cut short.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language, override

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """The rows as a download called `name`.csv."""
    response = HttpResponse(
        b"\xef\xbb\xbf" + _lines([head]) + _lines(rows), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def streamed(
    name: str, head: Sequence[str], blocks: Iterable[Iterable[Sequence[object]]]
) -> StreamingHttpResponse:
    """The rows as a download called `name`.csv, however many: block by block as they are read.

    Blocks are made while the reader waits, in the language that they asked in.
    """
    response = StreamingHttpResponse(
        _parts(head, blocks, get_language()), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _parts(
    head: Sequence[str], blocks: Iterable[Iterable[Sequence[object]]], reader: str | None
) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _lines([head])
    rest = iter(blocks)
    while True:
        with override(reader):
            block = next(rest, None)
            part = None if block is None else _lines(block)
        if part is None:
            return
        yield part


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
