"""Stock: how much of what is where, where it runs low and what to do about it.

Promises: the address holds every filter; the group's figure is the sum of its places and of what is
on its way; a figure below its safety stock says so in a word; the file holds all pages.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.catalogue.models import Category
from goen.catalogue.queries import SkuShown
from goen.doors.console import gate
from goen.doors.console import stock_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.say import language, say, text_of
from goen.kit import clock, settings
from goen.kit.db import Tx, tx
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import journeys, listing, proposals
from goen.stock.availability import Share, shares
from goen.stock.listing import Asked
from goen.stock.proposals import Proposal

PAGE = 50
EVERY_ROW = 100_000
URGENT = 6
"""Proposals shown above the list; the rest has a page of its own."""
MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """An SKU at one place; None where it never was."""

    place: PlaceShown
    share: Share | None
    on_way: int
    is_low: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    sku: SkuShown
    cells: list[Cell]
    on_way: int

    @property
    def shares(self) -> list[Share]:
        return [cell.share for cell in self.cells if cell.share is not None]

    @property
    def free(self) -> int:
        return sum(one.free for one in self.shares)

    @property
    def posted(self) -> int:
        return sum(one.posted for one in self.shares)

    @property
    def pending(self) -> int:
        return sum(one.pending for one in self.shares)

    @property
    def kept(self) -> int:
        return sum(one.safety + one.buffer for one in self.shares)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with names, and where its button leads."""

    proposal: Proposal
    sku: SkuShown | None
    place: str
    source: str
    href: str
    lasts: int | None = field(default=None)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or with `.csv` in the address all of it as a file."""
    get = request.GET.get
    at = clock.now()
    with tx() as t:
        known = places.places(t)
        chosen = next((one for one in known if one.code == get("place")), None)
        only = get("only", "") if get("only", "") in {"low", "held", "way"} else ""
        low = proposals.low(t, as_of=at, place_id=chosen.id if chosen else None)
        asked = Asked(
            text=get("q", "").strip(),
            category=get("category", ""),
            place_id=chosen.id if chosen else None,
            only=_only(t, only, low),
            order=get("order", "") if get("order", "") in listing.ORDERS else "name",
            language=language(),
        )
        page = get("page", "1")
        number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
        exporting = request.path.endswith(".csv")
        limit, start = (EVERY_ROW, 0) if exporting else (PAGE, (number - 1) * PAGE)
        ids, total = listing.page(t, asked, limit=limit, start=start)
        rows = _rows(t, ids, [chosen] if chosen else known, low, at)
        if exporting:
            return _csv(rows)
        context = {
            "pages": words.tabs("stock"),
            "rows": rows,
            "total": total,
            "totals": listing.totals(t, asked),
            "low": named(t, request, low[:URGENT], known),
            "low_total": len(low),
            "low_days": settings.read(t, "stock.low_days"),
            "open_transfers": len(journeys.on_the_way(t)),
        }
    context |= _filters(asked, only, chosen, known) | {
        "may_write": words.may_write(request),
        "as_of": at,
        "first": start + 1,
        "last": start + len(rows),
        "previous": number - 1,
        "following": number + 1 if total > number * PAGE else None,
        "columns": [] if len(known) > MOST_COLUMNS and not chosen else known,
    }
    return render(request, "console/stock.html", context)


def _only(t: Tx, only: str, low: list[Proposal]) -> tuple[int, ...] | None:
    """The SKUs a filter leaves: those that run low, that are held, that are on their way."""
    if only == "low":
        return tuple(dict.fromkeys(one.level.sku_id for one in low))
    sql = {
        "held": "SELECT DISTINCT a.unit FROM ledger_account a JOIN ledger_balance b"
        " ON b.account_id = a.id AND b.pending > 0 WHERE a.holder LIKE 'place:%%:sellable'",
        "way": "SELECT DISTINCT a.unit FROM ledger_account a JOIN ledger_balance b"
        " ON b.account_id = a.id AND b.posted > 0 WHERE a.holder LIKE 'transfer:%%'",
    }.get(only)
    return None if sql is None else tuple(int(unit[6:]) for (unit,) in t.rows(sql))


def _rows(
    t: Tx, ids: list[int], shown_places: list[PlaceShown], low: list[Proposal], at: Any
) -> list[Row]:
    skus = catalogue.skus(t, ids, on=at.date())
    have = shares(t, ids, as_of=at)
    way = listing.on_the_way(t, ids)
    short = {(one.level.sku_id, one.level.place_id) for one in low}
    rows = []
    for sku_id in ids:
        by_place = {share.place_id: share for share in have[sku_id]}
        cells = [
            Cell(
                place,
                by_place.get(place.id),
                way.get((sku_id, place.id), 0),
                (sku_id, place.id) in short,
            )
            for place in shown_places
        ]
        moving = sum(qty for (sku, _), qty in way.items() if sku == sku_id)
        rows.append(Row(skus[sku_id], cells, moving))
    return rows


def named(
    t: Tx, request: HttpRequest, found: list[Proposal], known: list[PlaceShown]
) -> list[Proposed]:
    """What is proposed, in words; with the form's address where the reader may fill it in."""
    skus = catalogue.skus(t, [one.level.sku_id for one in found], on=shop_today())
    codes = {one.id: one.code for one in known}
    names = {one.id: text_of(one.name) for one in known}
    named = []
    for one in found:
        sku = skus.get(one.level.sku_id)
        place_id = one.level.place_id
        query: dict[str, str | int] = {"item": sku.code if sku else "", "qty": one.qty}
        if one.source_id is None:
            href = "/stock/arrivals/new?" + urlencode({"place": codes[place_id], **query})
        else:
            ends = {"source": codes[one.source_id], "target": codes[place_id]}
            href = "/stock/transfers/new?" + urlencode({**ends, **query})
        giver = place_id if one.source_id is None else one.source_id
        lasts = one.level.lasts_days
        named.append(
            Proposed(
                one,
                sku,
                names[place_id],
                names[one.source_id] if one.source_id else "",
                href if gate.works_at(request, giver) else "",
                None if lasts is None else int(lasts),
            )
        )
    return named


def _filters(
    asked: Asked, only: str, chosen: PlaceShown | None, known: list[PlaceShown]
) -> dict[str, Any]:
    categories = list(Category.objects.order_by("id"))
    only_words = {
        "": say("すべて", "All"),
        "low": say("足りなくなりそう", "Running low"),
        "held": say("取り置き・引当あり", "With holds"),
        "way": say("移動中あり", "On the way"),
    }
    orders = {
        "name": say("商品名順", "By name"),
        "free": say("少ない順", "Fewest first"),
        "held": say("取り置きの多い順", "Most held first"),
    }
    return {
        "asked": asked,
        "only": only,
        "only_word": only_words[only],
        "only_choices": list(only_words.items()),
        "orders": list(orders.items()),
        "place": chosen,
        "places": known,
        "categories": categories,
        "category": next((one for one in categories if one.code == asked.category), None),
        "is_filtered": bool(asked.text or asked.category or only or chosen),
    }


@login_required
@require_GET
def low(request: HttpRequest) -> HttpResponse:
    """Everything that runs low with what is proposed, as a page or as a file to order from."""
    at = clock.now()
    with tx() as t:
        known = places.places(t)
        chosen = next((one for one in known if one.code == request.GET.get("place")), None)
        found = proposals.low(t, as_of=at, place_id=chosen.id if chosen else None)
        how = request.GET.get("how", "")
        how = how if how in {"move", "order"} else ""
        shown = [one for one in found if not how or (how == "move") == bool(one.source_id)]
        rows = named(t, request, shown, known)
        days = settings.read(t, "stock.low_days"), settings.read(t, "stock.fill_days")
    if request.path.endswith(".csv"):
        return _low_csv(rows)
    page = {
        "pages": words.tabs("stock"),
        "low": rows,
        "places": known,
        "place": chosen,
        "how": how,
        "hows": [
            ("", say("すべて", "All"), len(found)),
            ("move", say("移動", "Transfer"), sum(1 for one in found if one.source_id)),
            ("order", say("発注", "Order"), sum(1 for one in found if not one.source_id)),
        ],
        "low_days": days[0],
        "fill_days": days[1],
        "as_of": at,
        "may_write": words.may_write(request),
    }
    return render(request, "console/stock_low.html", page)


def _low_csv(found: list[Proposed]) -> HttpResponse:
    head = [
        say("商品コード", "SKU"), say("商品名", "Product"), say("場所", "Place"),
        say("いまの数", "On the shelf"), say("取り置き・引当", "Held"), say("安全在庫", "Safety"),
        say("移動中", "On the way"), say("直近28日の販売", "Sold in 28 days"),
        say("提案", "Proposal"), say("数量", "Quantity"), say("どこから", "From"),
    ]  # fmt: skip
    rows = (
        [
            one.sku.code if one.sku else one.proposal.level.sku_id,
            text_of(one.sku.name) if one.sku else "",
            one.place,
            one.proposal.level.posted,
            one.proposal.level.pending,
            one.proposal.level.safety,
            one.proposal.level.on_way,
            one.proposal.level.sold,
            say("移動", "Transfer") if one.source else say("発注", "Order"),
            one.proposal.qty,
            one.source,
        ]
        for one in found
    )
    return as_csv("stock-low", head, rows)


def _csv(rows: list[Row]) -> HttpResponse:
    head = [
        say("商品コード", "SKU"), say("商品名", "Product"), say("部門", "Category"),
        say("場所", "Place"), say("帳簿", "Posted"), say("取り置き・引当", "Held"),
        say("安全在庫", "Safety"), say("バッファ", "Buffer"), say("売れる数", "Free"),
        say("ここへ移動中", "On the way here"),
    ]  # fmt: skip
    lines = (
        [
            row.sku.code,
            text_of(row.sku.name),
            text_of(row.sku.category_name),
            text_of(cell.place.name),
            cell.share.posted,
            cell.share.pending,
            cell.share.safety,
            cell.share.buffer,
            cell.share.free,
            cell.on_way,
        ]
        for row in rows
        for cell in row.cells
        if cell.share is not None
    )
    return as_csv("stock", head, lines)
