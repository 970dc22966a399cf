"""Names and addresses that goods are sent to, as given with one order; kept here and nowhere else.

Insert-only: another order brings another row. Whoever may not see names sees none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from goen.kit.actors import Viewer
from goen.kit.db import Tx


class Addressed(Protocol):
    """Where and to whom something is sent."""

    @property
    def name(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def phone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AddressShown:
    """An address as the viewer may see it; masked roles see only where it roughly goes."""

    name: str
    postcode: str
    address: str
    phone: str


def keep(tx: Tx, addresses: Sequence[Addressed], *, recorded_at: datetime) -> list[int]:
    """Keep addresses; answers their ids in the given order."""
    if not addresses:
        return []
    rows = tx.rows(
        """
        INSERT INTO customers_address (name, postcode, address, phone, recorded_at)
        SELECT name, postcode, address, phone, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
          AS given (name, postcode, address, phone, n)
        ORDER BY n RETURNING id
        """,
        [
            recorded_at,
            [a.name for a in addresses],
            [a.postcode for a in addresses],
            [a.address for a in addresses],
            [a.phone for a in addresses],
        ],
    )
    return sorted(row[0] for row in rows)


def forget(tx: Tx, ids: Sequence[int]) -> None:
    """Take back addresses kept in this transaction for what did not come about."""
    if ids:
        tx.execute("DELETE FROM customers_address WHERE id = ANY(%s)", [list(ids)])


def read(tx: Tx, ids: Sequence[int], viewer: Viewer) -> dict[int, AddressShown]:
    """Addresses by id, as the viewer may see them."""
    rows = tx.rows(
        "SELECT id, name, postcode, address, phone FROM customers_address WHERE id = ANY(%s)",
        [list(ids)],
    )
    return {id_: _shown(AddressShown(*rest), viewer) for id_, *rest in rows}


def _shown(address: AddressShown, viewer: Viewer) -> AddressShown:
    if viewer.sees_names:
        return address
    postcode = address.postcode[:3]
    return AddressShown("", postcode, "", "")
