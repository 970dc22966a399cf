"""`goen audit`: prove that the books add up, and name what does not.

Every check is one statement over the whole shop, so that trade may go on meanwhile.
"""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import click

from goen.customers import checks as customers
from goen.doors.cli.status import works
from goen.insight import checks as insight
from goen.insight import lake
from goen.kit import clock, home, outbox
from goen.kit.db import Tx, tx
from goen.ledger import checks as ledger
from goen.orders import checks as orders
from goen.points import checks as points
from goen.stock import checks as stock

TOLD_WITHIN = timedelta(minutes=1)
"""A notice that a working relay has not told by then is stuck."""


def audited(
    t: Tx, *, told_by: datetime | None = None, folder: Path | None = None
) -> dict[str, object]:
    """Everything that must hold: {"ok", "moves", "broken"}.

    `told_by` is when notices were written that must be told by now; None while nobody tells them.
    `folder` is a lake that does not lie in the shop's own place (yet).
    """
    checked = (ledger, stock, points, orders, customers)
    broken = [sentence for one in checked for sentence in one.broken(t)]
    broken += insight.broken(t, folder or lake.folder_of(home.current_shop_name()))
    broken += _untold(t, told_by)
    return {"ok": not broken, "moves": ledger.count_moves(t), "broken": broken}


def _untold(t: Tx, told_by: datetime | None) -> list[str]:
    """What the relay has not told, or could not."""
    late = {} if told_by is None else outbox.behind(t, since=told_by)
    return [
        *(f"{count} notices wait for {consumer}" for consumer, count in late.items()),
        *(
            f"notice {notice} ({kind}) is parked for {consumer}: {error}"
            for consumer, notice, kind, error in outbox.parked(t)
        ),
    ]


@click.command()
@click.option("--json", "as_json", is_flag=True, help='{"ok", "moves", "broken"} for programs.')
def audit(as_json: bool) -> None:
    """Prove the books: goods, money, points, documents, people, notices. Exit code 1 when broken.

    Notices count while the shop's worker runs: what it has not told a minute later is stuck.
    """
    began = time.monotonic()
    told_by = clock.now() - TOLD_WITHIN if works(home.current_shop_name(), "worker") else None
    with tx() as t:
        result = audited(t, told_by=told_by)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    elif result["ok"]:
        took = time.monotonic() - began
        click.echo(f"ok: {result['moves']:,} moves add up ({took:.1f} s)")
    else:
        broken = result["broken"]
        assert isinstance(broken, list)
        for sentence in broken:
            click.echo(f"broken: {sentence}")
    raise SystemExit(0 if result["ok"] else 1)
