"""Products, each with who stands behind its sales: the list that ends in a person.

Promises: item sales never stand alone; the address holds every filter, so a list can be sent to a
colleague; the CSV holds the same rows in the same order, all pages of it.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.doors.console import segment_link
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.people import counts_households
from goen.doors.console.windows import WINDOWS, window_choices, window_name
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.insight.answers import SkuList, SkuRow
from goen.kit import settings
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.marketing.conditions import MOST_LEAVES

PAGE = 50
EVERY_ROW = 1_000_000
ORDERS = ("rank", "top1", "buyers", "spend")
ONLY = ("", "flagged", "cut", "spared")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked to see."""

    text: str
    window: str
    only: str
    order: str
    page: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: the SKU and its figures."""

    sku: SkuShown | None
    row: SkuRow

    @property
    def bought(self) -> dict[str, Any]:
        """Who bought it, as a condition; the window is the list's."""
        return {"field": "bought_sku", "sku_id": self.row.sku_id, "least": 1}

    @property
    def without(self) -> int:
        """Units without the top buyer."""
        return self.row.units - self.row.top1_units


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The list, or with `.csv` in the address all of it as a file."""
    asked = _asked(request)
    if request.path.endswith(".csv"):
        return _csv(asked)
    with tx() as t:
        found = _found(t, asked, limit=PAGE)
        listed = _listed(t, found)
        currency = settings.read(t, "shop.currency")
        household = counts_households(t)
    page: dict[str, Any] = {
        "segments": _segments(request, asked, listed),
        "asked": asked,
        "found": found,
        "measured": any(one.sku and one.sku.unit != "piece" for one in listed),
        "listed": listed,
        "currency": currency,
        "household": household,
        "windows": window_choices(),
        "window_name": window_name(asked.window),
        "choices": _choices(household),
        "chosen": dict(_choices(household))[asked.only],
        "first": (asked.page - 1) * PAGE + 1,
        "last": (asked.page - 1) * PAGE + len(listed),
        "more": bool(found and found.total > asked.page * PAGE),
        "previous": asked.page - 1,
        "following": asked.page + 1,
        "sorts": _sorts(asked),
    }
    return render(request, "console/products.html", page)


def _segments(request: HttpRequest, asked: Filter, listed: list[Listed]) -> dict[int | str, str]:
    """Where the buyers of each product are a segment; of all shown, where they are few enough."""
    here = request.get_full_path()
    bought = {one.row.sku_id: {**one.bought, "window": asked.window} for one in listed}
    links: dict[int | str, str] = {
        sku: segment_link.href([condition], made_from=here) for sku, condition in bought.items()
    }
    if (asked.text or asked.only) and 1 < len(bought) <= MOST_LEAVES:
        links["all"] = segment_link.href([{"any": list(bought.values())}], made_from=here)
    return links


def _asked(request: HttpRequest) -> Filter:
    get = request.GET.get
    page = get("page", "1")
    return Filter(
        text=get("q", "").strip(),
        window=get("window", "") if get("window", "") in WINDOWS else "4w",
        only=get("only", "") if get("only", "") in ONLY else "",
        order=get("order", "") if get("order", "") in ORDERS else "rank",
        page=max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
    )


def _found(t: Tx, asked: Filter, *, limit: int) -> SkuList | None:
    ids = catalogue.search_ids(t, asked.text) if asked.text else None
    return insight.products(
        t,
        window=asked.window,
        order=asked.order,
        only=asked.only,
        limit=limit,
        offset=(asked.page - 1) * PAGE,
        sku_ids=ids,
    )


def _listed(t: Tx, found: SkuList | None) -> list[Listed]:
    if found is None:
        return []
    skus = catalogue.skus(t, [row.sku_id for row in found.rows], on=shop_today())
    return [Listed(skus.get(row.sku_id), row) for row in found.rows]


def _choices(household: bool) -> list[tuple[str, str]]:
    person = say("1人に集中", "Rests on one person")
    several = say("1世帯に集中", "Rests on one household")
    return [
        ("", say("すべて", "All")),
        ("flagged", several if household else person),
        ("cut", say("見直しの候補", "Cut candidates")),
        ("spared", say("点数は少ないが残す", "Few units, but keep")),
    ]


def _sorts(asked: Filter) -> dict[str, str]:
    """What each sortable column says of itself to a screen reader."""
    return {order: "descending" if asked.order == order else "none" for order in ORDERS}


def _csv(asked: Filter) -> HttpResponse:
    whole = Filter(asked.text, asked.window, asked.only, asked.order, 1)
    with tx() as t:
        listed = _listed(t, _found(t, whole, limit=EVERY_ROW))
        currency = settings.read(t, "shop.currency")
    head = [
        say("商品コード", "SKU"),
        say("商品名", "Product"),
        say("順位", "Rank"),
        say("点数", "Units"),
        say("買った人（わかる方）", "Identified buyers"),
        say("最多の方の割合", "Top buyer's share"),
        say("識別率", "Identified share"),
        say("最多の方を除く点数", "Units without the top buyer"),
        say("買った方の全店での購入額", "Buyers' spend in the whole shop"),
        say("しるし", "Mark"),
    ]
    places = 10 ** exponent(currency)
    rows = (
        [
            one.sku.code if one.sku else one.row.sku_id,
            text_of(one.sku.name) if one.sku else "",
            one.row.rank,
            one.row.units,
            one.row.buyers,
            _share(one.row.top1_share),
            _share(one.row.identified_share),
            one.without,
            one.row.buyers_spend_minor / places if places > 1 else one.row.buyers_spend_minor,
            _mark(one.row),
        ]
        for one in listed
    )
    return as_csv(f"products-{asked.window}", head, rows)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def _mark(row: SkuRow) -> str:
    marks = [
        (row.flagged, say("1人に集中", "Rests on one person")),
        (row.cut_candidate, say("見直しの候補", "Cut candidate")),
        (row.spared, say("点数は少ないが残す", "Few units, but keep")),
    ]
    return " ".join(word for is_so, word in marks if is_so)
