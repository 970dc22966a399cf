"""The months that events are filed under: one partition each, made when the first event needs it.

Promises: several writers may need a new month at once and one of them makes it; a writer who
needs none takes no lock.
"""

from collections.abc import Iterable
from datetime import date

from goen.behaviour.rules import next_month
from goen.kit.db import Tx

_HAVE = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'behaviour_event'::regclass
"""


def make(tx: Tx, wanted: Iterable[date]) -> list[date]:
    """Make the partitions of these months that are not there; answers which were made."""
    months = sorted(set(wanted))
    have = {row[0] for row in tx.rows(_HAVE)}
    if all(_name(month) in have for month in months):
        return []
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('behaviour.months'))")
    have = {row[0] for row in tx.rows(_HAVE)}
    made = [month for month in months if _name(month) not in have]
    for month in made:
        _make(tx, month)
    return made


def _make(tx: Tx, month: date) -> None:
    """Attached, not declared: attaching does not stop those who write into other months."""
    name = _name(month)
    tx.execute(
        f"CREATE TABLE {name} (LIKE behaviour_event"
        " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"
    )
    tx.execute(
        f"ALTER TABLE behaviour_event ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{month:%Y-%m-%d}') TO ('{next_month(month):%Y-%m-%d}')"
    )


def _name(month: date) -> str:
    return f"behaviour_event_{month:%Y_%m}"
