"""Reads the books after the kills: which acknowledged ids are missing, doubled or wrong."""

import json
import sys
from collections import Counter
from pathlib import Path

from sim.kills.load import Log

TABLES = {
    "sale": "SELECT uid FROM orders_order WHERE kind = 'sale' AND uid = ANY(%s)",
    "order": "SELECT uid FROM orders_order WHERE kind = 'order' AND uid = ANY(%s)",
    "slip": "SELECT uid FROM orders_slip WHERE uid = ANY(%s)",
    "hold": "SELECT uid FROM stock_hold WHERE uid = ANY(%s)",
    "release": "SELECT DISTINCT closed_by FROM ledger_closed WHERE closed_by = ANY(%s)",
}
UNITS = """
SELECT o.uid, sum(l.qty)::bigint FROM orders_order o JOIN orders_line l ON l.order_id = o.id
WHERE o.uid = ANY(%s) GROUP BY 1
"""
MOVED = """
SELECT m.request, sum(m.qty)::bigint FROM ledger_move m JOIN ledger_account a ON a.id = m.target_id
WHERE a.holder = 'world:sold' AND m.request = ANY(%s) GROUP BY 1
"""


def main(path: str) -> None:
    """Print {"missing", "doubled", "wrong"}."""
    from goen.doors.cli.main import start_django

    start_django()
    from goen.kit.db import tx

    log = Log(Path(path))
    wanted: dict[str, list[str]] = {}
    units: dict[str, int] = {}
    for line in log.lines():
        wanted.setdefault(line["kind"], []).append(line["uid"])
        if "units" in line:
            units[line["uid"]] = line["units"]
    missing = doubled = wrong = 0
    with tx() as t:
        for kind, uids in wanted.items():
            found = Counter(str(row[0]) for row in t.rows(TABLES[kind], [uids]))
            missing += sum(uid not in found for uid in uids)
            doubled += sum(n > 1 for n in found.values()) + len(uids) - len(set(uids))
        booked = {str(uid): qty for uid, qty in t.rows(UNITS, [list(units)])}
        wrong += sum(booked.get(uid) != qty for uid, qty in units.items())
        sales = wanted.get("sale", [])
        moved = {str(uid): qty for uid, qty in t.rows(MOVED, [sales])}
        wrong += sum(moved.get(uid) != units[uid] for uid in sales)
    print(json.dumps({"missing": missing, "doubled": doubled, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
