"""`goen load completejourney --check`: what is in the books, counted against the data again.

Promises: nothing is loaded; every subject is shown with its reasons; a difference that has none
ends the command with 1.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goen.doors.cli.steps import padded, tell

if TYPE_CHECKING:
    from goen.links.reconciling import Compared


def check(folder: Path, as_json: bool) -> int:
    """Count, keep and show it; answers 0, or 1 where something is unexplained."""
    from goen.kit.db import tx
    from goen.links import completejourney, queries

    with tx() as t:
        load = next((one for one in queries.loads(t) if one.state == "done"), None)
    if load is None:
        print(tell("まだ取り込んでいません", "Nothing was loaded yet"), file=sys.stderr)
        return 2
    rows = completejourney.reconcile(load, folder)
    if as_json:
        print(json.dumps([_plain(row) for row in rows], ensure_ascii=False))
    else:
        show(rows)
    return 1 if any(row.unexplained for row in rows) else 0


def show(rows: "Sequence[Compared]") -> None:
    """Every subject in a line, its reasons below it."""
    from goen.doors import reconciled_words as words

    for row in rows:
        mark = "✗" if row.unexplained else "✓"
        name = padded(words.subject(row, tell), 46)
        print(f"  {mark} {name} {_shown(row, row.of_source):>14} {_shown(row, row.ours):>14}")
        for code, count in row.apart:
            print(f"      {_shown(row, count):>12}  {words.reason(code, tell)}")
        if row.unexplained:
            said = tell("説明のない差", "unexplained")
            print(f"      {_shown(row, row.unexplained):>12}  {said}")


def _shown(row: "Compared", count: int) -> str:
    """A count; an amount in whole dollars and cents."""
    return f"${count / 100:,.2f}" if row.subject == "amount" else f"{count:,}"


def _plain(row: "Compared") -> dict[str, object]:
    return {
        "subject": row.subject,
        "of_source": row.of_source,
        "ours": row.ours,
        "apart": dict(row.apart),
        "unexplained": row.unexplained,
    }
