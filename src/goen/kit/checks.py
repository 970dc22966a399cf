"""How the books are proved: a query that finds what is broken, and the sentence that names it."""

from collections.abc import Iterable
from dataclasses import dataclass

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` answers a row for each thing that is broken; its columns fill the slots of `says`."""

    sql: str
    says: str


def sentences(tx: Tx, checks: Iterable[Check]) -> list[str]:
    """What is broken, named; empty when all is well."""
    return [check.says.format(*row) for check in checks for row in tx.rows(check.sql)]
