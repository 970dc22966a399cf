"""Reading balances: of floored accounts from the checked cache, of any account from its moves."""

from collections.abc import Sequence

from goen.kit.db import Tx


def balance(tx: Tx, unit: str, holder: str, lot: str = "") -> int:
    """Σ moves of an account; 0 for one that was never opened."""
    return int(
        tx.value(
            """
            SELECT coalesce((SELECT sum(qty) FROM ledger_move WHERE target_id = a.id), 0)
                 - coalesce((SELECT sum(qty) FROM ledger_move WHERE source_id = a.id), 0)
            FROM ledger_account a WHERE unit = %s AND holder = %s AND lot = %s
            """,
            [unit, holder, lot],
        )
        or 0
    )


def free(tx: Tx, units: Sequence[str], holder: str) -> dict[str, int]:
    """What a holder's floored accounts can still give, by unit."""
    found = tx.rows(
        """
        SELECT a.unit, sum(b.posted - b.pending - b.floor)::bigint
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.unit = ANY(%s) AND a.holder = %s GROUP BY a.unit
        """,
        [list(units), holder],
    )
    return dict(found)
