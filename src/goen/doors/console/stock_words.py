"""What stock is called on pages: kinds of holds, reasons of moves, who did it, and the pages' menu.

Promises: a code without a word is shown as it is rather than not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from goen.customers import queries as customers
from goen.doors.console import gate
from goen.doors.console.people import name_of
from goen.doors.console.shell import viewer_of
from goen.doors.console.tabs import Tab, menu
from goen.doors.say import say, text_of
from goen.kit.db import Tx
from goen.orders import queries as orders
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import rules

Words = Mapping[str, tuple[str, str]]

HOLDS: Words = {
    "cart": ("カート", "Cart"),
    "set_aside": ("取り置き", "Set aside"),
    "preorder": ("予約", "Preorder"),
    "special_order": ("客注", "Special order"),
    "order": ("注文", "Order"),
}
REASONS: Words = {
    "sale": ("販売", "Sold"),
    "order": ("注文の出荷・お渡し", "Order sent or handed over"),
    "set_aside": ("取り置きのお渡し", "Set-aside goods handed over"),
    "preorder": ("予約のお渡し", "Preorder handed over"),
    "special_order": ("客注のお渡し", "Special order handed over"),
    "cart": ("カートの販売", "Sold from a cart"),
    "arrival": ("入荷", "Arrived"),
    "take_back": ("返品", "Taken back"),
    "count": ("棚卸の差異", "Difference of a count"),
    "sold_unbooked": ("帳簿になかった商品の販売", "Sold before it was booked"),
    "transfer_sent": ("移動で送った", "Sent to another place"),
    "transfer_received": ("移動で受け取った", "Received from another place"),
    "transfer_lost": ("移動中の紛失", "Lost on the way"),
    "transfer_damaged": ("移動中の破損", "Damaged on the way"),
    "transfer_miscounted": ("送った数の誤り", "Sent in another number"),
}
LOSSES: Words = {
    "lost": ("紛失", "Lost"),
    "damaged": ("破損", "Damaged"),
    "miscounted": ("送った数の誤り", "Miscounted when sent"),
}
SHELVES: Words = {
    "unexplained": ("差異", "unexplained"),
    "damaged": ("不良", "damaged"),
}
METHODS: Words = {
    "carry": ("持ち帰り", "Carry away"),
    "collect": ("店頭受取", "Pick up"),
    "ship": ("配送", "Delivery"),
}


def tabs(here: str) -> list[Tab]:
    """The menu of the stock pages."""
    pages = (
        ("stock", "/stock", say("在庫", "Stock")),
        ("arrivals", "/stock/arrivals", say("入荷", "Arrivals")),
        ("transfers", "/stock/transfers", say("移動", "Transfers")),
        ("counts", "/stock/counts", say("棚卸", "Counts")),
        ("holds", "/stock/holds", say("取り置き", "Holds")),
        ("safety", "/stock/safety", say("安全在庫", "Safety stock")),
    )
    return menu(pages, here)


def of(words: Words, code: str) -> str:
    """A code in words."""
    return say(*words[code]) if code in words else code


def may_write(request: HttpRequest) -> bool:
    """Whether the reader's role may change stock."""
    return gate.may(request, "stock")


def own_places(request: HttpRequest, among: Sequence[PlaceShown]) -> list[PlaceShown]:
    """Where the reader may change stock."""
    return [one for one in among if gate.works_at(request, one.id)]


def place_names(t: Tx) -> dict[int, str]:
    """Every place by id."""
    return {one.id: text_of(one.name) for one in places.places(t)}


def own_place(request: HttpRequest, among: Sequence[PlaceShown]) -> PlaceShown | None:
    """Where the reader works; head office begins with the first place."""
    mine = getattr(request.user, "place_id", None)
    found = [one for one in among if one.id == mine] or list(among)
    return found[0] if found else None


def who(t: Tx, actors: Iterable[str]) -> dict[str, str]:
    """Who did something, by the actor as it was written."""
    found = set(actors)
    codes = [one.partition(":")[2] for one in found if one.startswith("staff:")]
    rows = t.rows("SELECT code, name FROM places_staff WHERE code = ANY(%s)", [codes])
    names = {f"staff:{code}": text_of(name) for code, name in rows}
    kinds = {
        "key": say("外部システム", "Another system"),
        "import": say("ファイルの取り込み", "A loaded file"),
        "system": say("自動", "Automatic"),
    }
    return {one: names.get(one) or _otherwise(one, kinds) for one in found}


def _otherwise(actor: str, kinds: Mapping[str, str]) -> str:
    kind, _, name = actor.partition(":")
    if kind == "system" or kind not in kinds:
        return kinds.get(kind, name)
    return f"{kinds[kind]} · {name}"


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom goods are kept, with the page of that person or order."""

    name: str
    href: str = ""


def holders(t: Tx, request: HttpRequest, given: Iterable[tuple[str, str]]) -> dict[str, Holder]:
    """For whom holds are, by (holder, origin) joined by a blank; people as the reader sees them."""
    pairs = set(given)
    records = {_record(holder) for holder, _ in pairs} - {None}
    persons = customers.person_of_records(t, sorted(r for r in records if r is not None))
    shown = customers.shown(t, sorted(set(persons.values())), viewer=viewer_of(request))
    numbers = _order_numbers(t, {origin for _, origin in pairs})
    found = {}
    for holder, origin in pairs:
        record = _record(holder)
        if record in persons and record is not None:
            person = persons[record]
            one = Holder(name_of(shown.get(person), person), f"/customers/{person}")
        elif origin.startswith("order:"):
            uid = origin.removeprefix("order:")
            one = Holder(say("注文 {no}", "Order {no}", no=numbers[uid]), f"/orders/{uid}")
        elif holder.startswith("cart:"):
            one = Holder(say("カート …{end}", "Cart …{end}", end=holder[-6:]))
        else:
            one = Holder(holder or "—")
        found[f"{holder} {origin}"] = one
    return found


def _order_numbers(t: Tx, origins: Iterable[str]) -> dict[str, str]:
    """What the orders behind holds are called; one without a number goes by its id's end."""
    uids = [UUID(one.removeprefix("order:")) for one in origins if one.startswith("order:")]
    known = orders.numbers(t, uids)
    return {str(uid): known.get(uid, f"…{str(uid)[-6:]}") for uid in uids}


def _record(holder: str) -> int | None:
    kind, _, rest = holder.partition(":")
    return int(rest) if kind == "record" and rest.isdecimal() else None


def slip_href(reason: str, origin: str, request: object) -> str:
    """The page of what a movement came of."""
    kind, _, uid = origin.partition(":")
    pages = {
        "order": f"/orders/{uid}",
        "transfer": f"/stock/transfers/{uid}",
        "arrival": f"/stock/arrivals/{uid}",
        "count": f"/stock/counts/{uid}",
    }
    return pages.get(kind, "")


def kinds() -> list[tuple[str, str]]:
    """Every kind of hold with its word."""
    return [(kind, of(HOLDS, kind)) for kind in rules.KINDS]
