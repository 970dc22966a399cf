"""Where a buyer's receipt may be mailed to."""

from goen.customers import queries as customers
from goen.customers import rules, suppressions
from goen.kit.actors import Viewer
from goen.kit.db import Tx

BARS = frozenset({"bounced", "erased"})
"""What bars a receipt, too. Who refused advertising may still have their receipt."""
SENDER = Viewer("mail", "system", "receipt")


def address_of(t: Tx, person_id: int | None) -> str:
    """Where a person's receipt may go; nowhere where there is no address of their own."""
    if person_id is None:
        return ""
    shown = customers.shown(t, [person_id], viewer=SENDER).get(person_id)
    address = shown.mail if shown is not None else ""
    if not address or rules.is_lent_out(address):
        return ""
    folded = rules.fold_mail(address)
    barred = suppressions.bars(t, "mail", [folded]).get(folded, set())
    return "" if barred & BARS else address
