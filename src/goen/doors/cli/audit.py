"""`goen audit`: prove that the books add up, and name what does not."""

import json

import click

from goen.customers import checks as customers
from goen.kit.db import Tx, tx
from goen.ledger import checks as ledger
from goen.orders import checks as orders
from goen.points import checks as points
from goen.stock import checks as stock


def audited(t: Tx) -> dict[str, object]:
    """Everything that must hold: {"ok", "moves", "broken"}."""
    checked = (ledger, stock, points, orders, customers)
    broken = [sentence for one in checked for sentence in one.broken(t)]
    return {"ok": not broken, "moves": ledger.count_moves(t), "broken": broken}


@click.command()
@click.option("--json", "as_json", is_flag=True, help='{"ok", "moves", "broken"} for programs.')
def audit(as_json: bool) -> None:
    """Prove the ledger: balances, documents, money, people. Exit code 1 when broken."""
    with tx() as t:
        result = audited(t)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    elif result["ok"]:
        click.echo(f"ok: {result['moves']:,} moves add up")
    else:
        broken = result["broken"]
        assert isinstance(broken, list)
        for sentence in broken:
            click.echo(f"broken: {sentence}")
    raise SystemExit(0 if result["ok"] else 1)
