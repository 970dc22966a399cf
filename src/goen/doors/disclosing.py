"""Everything that is kept of a person, for themselves: as one value, and as a file.

Promises: what is told is what is stored, with our numbers put into words; what opens a door, what
staff are called, what goods cost us and what is somebody else's is not in it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse

from goen.customers import requests, suppressions, telling
from goen.customers.erasing import Names, names_of
from goen.customers.requests import RequestShown
from goen.doors.disclosing_tables import NAMED, OURS, SECTIONS, Section
from goen.kit import home
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.links import parked
from goen.orders import queries as orders
from goen.orders.queries import Receipt
from goen.points import queries as points
from goen.points.queries import AccountShown

MOST = 100_000
"""Purchases in the summary; the tables below it have all."""


def everything(tx: Tx, person_id: int, *, at: datetime, today: date) -> dict[str, Any]:
    """All that the shop keeps of a person: a summary to read, then every table that has them."""
    viewer = Viewer(f"person:{person_id}", "member", "disclosure")
    records = sorted(_records(tx, person_id))
    balance = points.balance_of_records(tx, records, day=today, viewer=viewer)
    names = names_of(tx, person_id)
    return {
        "shop": home.current_shop().title,
        "made_at": at,
        **telling.everything(tx, person_id),
        "purchases": [_purchase(one) for one in orders.receipts_of(tx, records, limit=MOST)],
        "points": [_points(one) for one in balance.accounts],
        "requests": [_request(one) for one in requests.of_people(tx, [person_id])],
        "everything": tables(tx, person_id, records),
        "barred": _barred(tx, names),
        "rows_not_loaded": parked.rows_of(tx, names),
    }


def tables(tx: Tx, person_id: int, records: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each section, as they are stored."""
    persons = {person_id, *_persons(tx, records)}
    subjects = [f"person:{one}" for one in sorted(persons)]
    given = {"records": list(records), "persons": sorted(persons), "subjects": subjects}
    found = {section.name: _rows(tx, section, given) for section in SECTIONS}
    return _in_words(tx, found)


def _rows(tx: Tx, section: Section, given: Mapping[str, object]) -> list[dict[str, Any]]:
    sql = (
        f"SELECT to_jsonb(x), jsonb_build_object({section.also}) FROM {section.table} x"
        f" {section.joins} WHERE {section.of}"
    )
    used = {name: value for name, value in given.items() if f"%({name})s" in sql}
    rows = []
    for row, also in tx.rows(sql, used):
        kept = {name: row[name] for name in section.only} if section.only else _theirs(row)
        rows.append({**kept, **also})
    return sorted(rows, key=lambda row: str(next((row[n] for n in _WHEN if row.get(n)), "")))


_WHEN = ("occurred_at", "recorded_at", "at", "made_at", "earned_on", "document", "name")


def _theirs(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name in NAMED or not (name in OURS or name.endswith(("_id", "_hash", "_by")))
    }


def _in_words(tx: Tx, found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Our numbers of articles, places and so on, as what they are called."""
    wanted: dict[tuple[str, str], set[int]] = {}
    for row in (row for rows in found.values() for row in rows):
        for column in row.keys() & NAMED.keys():
            if row[column]:
                wanted.setdefault(NAMED[column][1:], set()).add(row[column])
    words = {
        (table, number): text
        for (table, column), numbers in wanted.items()
        for number, text in tx.rows(
            f"SELECT id, {column} FROM {table} WHERE id = ANY(%s)", [sorted(numbers)]
        )
    }

    def worded(row: dict[str, Any]) -> dict[str, Any]:
        return {
            NAMED[name][0] if name in NAMED else name: (
                words.get((NAMED[name][1], value)) if name in NAMED else value
            )
            for name, value in row.items()
        }

    return {name: [worded(row) for row in rows] for name, rows in found.items()}


def _records(tx: Tx, person_id: int) -> list[int]:
    sql = "SELECT record_id FROM customers_personof WHERE person_id = %s"
    return [record for (record,) in tx.rows(sql, [person_id])]


def _persons(tx: Tx, records: Sequence[int]) -> list[int]:
    """Who the records were by themselves: facts written then stand under that number."""
    sql = "SELECT own_id FROM customers_personof WHERE record_id = ANY(%s) AND own_id IS NOT NULL"
    return [person for (person,) in tx.rows(sql, [list(records)])]


def _barred(tx: Tx, names: Names) -> list[dict[str, Any]]:
    """Addresses of theirs that nothing is sent to, and why."""
    by = {"mail": [one for one in names.words if "@" in one]}
    phones = [one for one in names.words if one.startswith("+")]
    by |= {"sms": phones, "phone": phones}
    return [
        {"channel": channel, "address": address, "causes": sorted(causes)}
        for channel, addresses in by.items()
        for address, causes in sorted(suppressions.bars(tx, channel, addresses).items())
    ]


def _purchase(one: Receipt) -> dict[str, Any]:
    return {
        "number": one.source_no,
        "place": one.place_name,
        "channel": one.channel_name,
        "occurred_at": one.occurred_at,
        "currency": one.currency,
        "total_minor": one.total_minor,
        "lines": [
            {"name": line.name, "qty": line.qty, "amount_minor": line.amount_minor}
            for line in one.lines
        ],
    }


def _points(one: AccountShown) -> dict[str, Any]:
    return {
        "programme": one.name,
        "spendable": one.spendable,
        "pending": one.pending,
        "ends_on": one.ends_on,
        "ending": one.ending,
    }


def _request(one: RequestShown) -> dict[str, Any]:
    return {"kind": one.kind, "note": one.note, "asked_at": one.asked_at, "outcome": one.outcome}


def as_file(content: Mapping[str, Any]) -> HttpResponse:
    """The answer that a browser keeps as a file."""
    text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
