"""What must hold between the lake and the database, named where it does not."""

from pathlib import Path

from goen.insight import lake
from goen.kit.db import Tx


def broken(tx: Tx, folder: Path) -> list[str]:
    """A sentence when the lake has other lines than the database had at its watermark."""
    published = lake.manifest(folder)
    lines = int(
        tx.value(
            "SELECT count(*) FROM report_sale_line WHERE xid < %s::text::xid8",
            [str(published.watermark)],
        )
        or 0
    )
    if lines == published.rows:
        return []
    return [
        f"the lake has {published.rows} lines, the database had {lines} by then:"
        " `goen insight rebuild` publishes it anew"
    ]
