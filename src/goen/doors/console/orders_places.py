"""At which places an act on an order changes goods, and how much of it one place may do alone.

A line's goods are of the place that keeps them; what nobody keeps is of the place where the order
is collected, else of the one that took it. Parcels and hand-overs take what is kept at one's own
place and leave the rest.
"""

from collections.abc import Mapping
from dataclasses import replace

from goen.doors.console.orders_forms import Form
from goen.orders.showing import LineShown, Whole

LEAVING = {"ship", "hand-over"}
NAMED = {"re-route", "take-back"}
"""Acts whose form names a place that takes goods."""


def asked(typed: Mapping[str, str]) -> dict[int, int]:
    """How many of each line a form asks for."""
    found = {}
    for key in typed:
        name, _, line = key.partition("qty-")
        qty = str(typed[key]).strip()
        if not name and line.isdecimal() and qty.isdecimal() and int(qty[:8]):
            found[int(line)] = int(qty[:8])
    return found


def touched(order: Whole, code: str, asked: Mapping[int, int], *, own: int | None) -> set[int]:
    """The places where an act changes goods, besides the one its form names.

    `asked` is how many of each line; empty for all that is open. `own` is where somebody works who
    sends only what is kept there.
    """
    if code == "take-back":
        return set()
    if code == "ready":
        return {_home(order)}
    lines = [one for one in order.lines if one.open and (not asked or one.line_no in asked)]
    found = {place for line in lines for place in _where(order, code, line)}
    return {own} if own in found and code in LEAVING and own is not None else found


def units_at(order: Whole, code: str, line: LineShown, place: int) -> int:
    """How many units of a line staff of a place may do an act on."""
    if code == "take-back":
        return line.out
    if code == "ready":
        return line.open if _home(order) == place else 0
    if code in LEAVING:
        return sum(qty for at, _, qty in line.kept if at == place)
    return line.open if _where(order, code, line) <= {place} else 0


def may_here(order: Whole, code: str, place: int) -> bool:
    """Whether staff of a place may do any of an act."""
    if code == "re-route" and not any(one.open > _kept(one) for one in order.lines):
        return False  # all of it is kept, and other places' goods are not theirs to keep
    return any(units_at(order, code, line, place) for line in order.lines)


def bounded(form: Form, order: Whole, place: int) -> Form:
    """The form of an act as staff of a place may fill it in."""
    return replace(form, mine=lambda line: units_at(order, form.code, line, place))


def places_of(order: Whole) -> set[int]:
    """Where an order's open goods are, or would have to be."""
    return {at for one in order.lines if one.open for at in _where(order, "cancel", one)}


def _kept(line: LineShown) -> int:
    return sum(qty for _, _, qty in line.kept)


def _where(order: Whole, code: str, line: LineShown) -> set[int]:
    """Where a line's open goods are: kept, or at least expected."""
    found = {place for place, _, _ in line.kept}
    return found or (set() if code == "re-route" else {_home(order)})


def _home(order: Whole) -> int:
    at = order.delivery.collect_at if order.delivery else None
    return at or order.place_id
