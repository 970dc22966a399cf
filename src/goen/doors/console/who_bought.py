"""Who bought it: the people behind one product's sales.

Promises: unknown buyers are shown as unknown and never counted as people; the top buyer's part is
always beside the total; the period, the place and the moment it is true of are on the page; the
CSV holds every buyer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors.console import charts, compared, segment_link
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.people import (
    counted_as,
    counts_households,
    name_of,
    second_mark_of,
    short_name_of,
)
from goen.doors.console.shell import viewer_of
from goen.doors.console.templatetags import goen as words
from goen.doors.console.windows import Asked, asked_for, window_choices, window_name
from goen.doors.say import say, text_of
from goen.insight import promoted
from goen.insight import queries as insight
from goen.insight.answers import Buyer, SkuRow, Week, WhoBought
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.places import queries as places

SHOWN_BUYERS = 20
MOST_BARS = 30
TOP_SELLERS = 10


@dataclass(frozen=True, slots=True)
class BuyerLine:
    """One line of the table: a person, with how they are called and told apart."""

    buyer: Buyer
    name: str
    second_mark: str
    share: float
    width: float
    is_top: bool


@login_required
def show(request: HttpRequest, sku_id: int) -> HttpResponse:
    """The page, or with `.csv` in the address every buyer as a file."""
    asked = asked_for(request.GET)
    place_id = _place(request)
    with tx() as t:
        sku = catalogue.skus(t, [sku_id], on=shop_today()).get(sku_id)
        if sku is None:
            raise Http404
        found = insight.who_bought(
            t,
            sku_id=sku_id,
            window=asked.window or "4w",
            period=asked.period,
            place_id=place_id,
        )
        row = _row(t, sku_id, asked)
        people = _people(t, request, found)
        household = counts_households(t)
        counted = sku.unit == "piece"
        beside = compared.of_product(
            t, sku_id, text_of(sku.name), made_from=request.get_full_path()
        )
        shops = [place for place in places.places(t) if place.kind != "warehouse"]
    if request.path.endswith(".csv"):
        return _csv(sku, found, people)
    page: dict[str, Any] = {
        "sku": sku,
        "asked": asked,
        "found": found,
        "row": row,
        "household": household,
        "unit_ja": counted_as("household" if household else "person")[0],
        "pieces": "点" if counted else "",
        "known_ja": "わかる世帯" if household else "わかる方",
        "is_top_seller": bool(row and row.rank <= TOP_SELLERS and row.units and counted),
        "places": shops,
        "place_id": place_id,
        "place": next((place for place in shops if place.id == place_id), None),
        "windows": window_choices(),
        "window_name": window_name(asked.window),
        "promoted": promoted.is_told(),
        "rate": _rate(sku),
        "compared": beside,
    }
    if found is not None and found.units > 0:
        page |= _figures(found, people, sku)
        page |= _onward(request, sku, found, asked)
    return render(request, "console/who_bought.html", page)


def _onward(request: HttpRequest, sku: SkuShown, found: WhoBought, asked: Asked) -> dict[str, str]:
    """Where the buyers are a segment, and where a measure for them begins."""
    bought: dict[str, Any] = {"field": "bought_sku", "sku_id": sku.sku_id, "least": 1}
    if asked.period is None:
        bought["window"] = asked.window
    else:
        bought["first_on"] = asked.period.first_on.isoformat()
        bought["last_on"] = asked.period.last_on.isoformat()
    if found.place_id is not None:
        bought["place_id"] = found.place_id
    here = request.get_full_path()
    return {
        "segment": segment_link.href([bought], made_from=here),
        "measure": segment_link.measure_href(
            [bought], made_from=here, evidence=_evidence(sku, found)
        ),
    }


def _evidence(sku: SkuShown, found: WhoBought) -> str:
    """The page's figures in a sentence."""
    return say(
        "「{name}」は{first}〜{last}に{units}（{receipts}レシート）。わかる購入者{buyers}、"
        "最多の方の割合{top}%、識別率{known}%。",
        "“{name}” sold {units} from {first} to {last} ({receipts} {receipts|receipt|receipts}):"
        " {buyers} known {buyers|buyer|buyers}, the top buyer's share {top}%, identified {known}%.",
        name=text_of(sku.name),
        first=words.full_date(found.period.first_on),
        last=words.full_date(found.period.last_on),
        units=words.qty(found.units, sku.unit) + (say("点", "") if sku.unit == "piece" else ""),
        receipts=words.num(found.receipts),
        buyers=words.num(found.buyers),
        top=words.pct(found.top1_share),
        known=words.pct(found.identified_share),
    )


def _place(request: HttpRequest) -> int | None:
    given = request.GET.get("place", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _row(t: Tx, sku_id: int, asked: Asked) -> SkuRow | None:
    """The SKU's line in the list of products: its rank, and whether to keep it."""
    listed = insight.products(t, window=asked.window or "4w", sku_ids=[sku_id], limit=1)
    return listed.rows[0] if listed and listed.rows else None


def _people(t: Tx, request: HttpRequest, found: WhoBought | None) -> dict[int, Shown]:
    if found is None:
        return {}
    ids = [buyer.person_id for buyer in found.top]
    return customers.shown(t, ids, viewer=viewer_of(request, "who_bought"))


def _figures(found: WhoBought, people: dict[int, Shown], sku: SkuShown) -> dict[str, Any]:
    weeks = max(1.0, found.period.days / 7)
    shown = found.top[:SHOWN_BUYERS]
    top = shown[0] if shown else None
    rest_units = found.identified_units - sum(buyer.units for buyer in shown)
    most = max([buyer.units for buyer in shown] + [rest_units, found.anonymous_units, 1])
    return {
        "lines": _lines(found, shown, people, most),
        "top_name": name_of(people.get(top.person_id), top.person_id) if top else "",
        "top_short": short_name_of(people.get(top.person_id), top.person_id) if top else "",
        "rest_people": found.buyers - len(shown),
        "rest_units": rest_units,
        "rest_share": rest_units / found.units,
        "rest_width": max(0.0, 100 * rest_units / most),
        "unknown_width": max(0.0, 100 * found.anonymous_units / most),
        "weekly": _weekly(found.units / weeks, sku.unit),
        "weekly_without": _weekly(found.units_without_top / weeks, sku.unit),
        "top_spend": top.whole_shop_minor if top else 0,
        "chart": _chart(found, people, sku.unit),
        "chart_step": _step(found.weeks),
    }


def _weekly(units: float, unit: str) -> str:
    return words.num(units, 1) if unit == "piece" else words.qty(round(units), unit)


def _lines(
    found: WhoBought, shown: Sequence[Buyer], people: dict[int, Shown], most: int
) -> list[BuyerLine]:
    second = shown[1].units if len(shown) > 1 else 0
    return [
        BuyerLine(
            buyer=buyer,
            name=name_of(people.get(buyer.person_id), buyer.person_id),
            second_mark=second_mark_of(people.get(buyer.person_id)),
            share=buyer.units / found.units,
            width=max(0.0, 100 * buyer.units / most),
            is_top=i == 0 and buyer.units > second,
        )
        for i, buyer in enumerate(shown)
    ]


def _chart(found: WhoBought, people: dict[int, Shown], unit: str) -> SafeString | None:
    if not found.weeks:
        return None
    step = _step(found.weeks)
    part = len(found.weeks) % step  # an incomplete group stands first: the last bar is whole
    edges = [*([0] if part else []), *range(part, len(found.weeks), step)]
    groups = [found.weeks[a:b] for a, b in zip(edges, [*edges[1:], len(found.weeks)], strict=True)]
    bars = [
        charts.Bar(
            _since(group[0]),
            int(words.in_measure(sum(week.top_units for week in group), unit)),
            int(words.in_measure(sum(week.other_units for week in group), unit)),
            int(words.in_measure(sum(week.anonymous_units for week in group), unit)),
        )
        for group in groups
    ]
    return charts.stacked(bars, _finding(found, people))


def _step(weeks: Sequence[Week]) -> int:
    """How many weeks one bar holds, so that bars stay wide enough to see."""
    return 1 if len(weeks) <= MOST_BARS else 4


def _since(week: Week) -> str:
    first_on = week.first_on
    return say(f"{first_on.month}/{first_on.day}〜", f"{first_on.day} {first_on:%b}")


def _finding(found: WhoBought, people: dict[int, Shown]) -> str:
    if not found.top:
        return say(
            "{units}点すべてについて、どなたの購入かわかっていません。",
            "Nobody knows who bought any of the {units} {units|unit|units}.",
            units=words.num(found.units),
        )
    top = found.top[0]
    return say(
        "{units}点のうち{top}点（{share}%）を{name}が購入。",
        "{name} bought {top} of {units} {units|unit|units} ({share}%).",
        units=words.num(found.units),
        top=words.num(top.units),
        share=words.pct(found.top1_share),
        name=name_of(people.get(top.person_id), top.person_id),
    )


def _rate(sku: SkuShown) -> str:
    """The tax rate in words, as it stands behind a price."""
    if sku.rate_bp is None:
        return ""
    percent = f"{sku.rate_bp / 100:g}"
    if sku.tax_class == "reduced":
        return say("軽減税率{n}%", "reduced rate {n}%", n=percent)
    if sku.tax_class in {"exempt", "outside"}:
        return say("非課税", "not taxable")
    return say("税率{n}%", "tax {n}%", n=percent)


def _csv(sku: SkuShown, found: WhoBought | None, people: dict[int, Shown]) -> HttpResponse:
    head = [
        say("お客様番号", "Person"),
        say("お名前", "Name"),
        say("点数", "Units"),
        say("割合", "Share"),
        say("レシート", "Receipts"),
        say("購入額", "Amount"),
        say("最初の購入", "First"),
        say("最終購入", "Last"),
        say("全店での購入額", "Spend in the whole shop"),
    ]
    rows: list[list[object]] = []
    if found is not None:
        places_ = 10 ** exponent(found.currency)
        for buyer in found.top:
            shown = people.get(buyer.person_id)
            name = f"{shown.family_name} {shown.given_name}".strip() if shown else ""
            rows.append(
                [
                    buyer.person_id,
                    name,
                    buyer.units,
                    f"{buyer.units / found.units:.4f}" if found.units else "",
                    buyer.receipts,
                    buyer.amount_minor / places_ if places_ > 1 else buyer.amount_minor,
                    buyer.first_on.isoformat(),
                    buyer.last_on.isoformat(),
                    buyer.whole_shop_minor / places_ if places_ > 1 else buyer.whole_shop_minor,
                ]
            )
        listed = sum(buyer.units for buyer in found.top)
        if found.identified_units > listed:
            rest = found.identified_units - listed
            rows.append(["", say("その他のわかる方", "Other known people"), rest, *[""] * 6])
        rows.append(["", say("不明", "Unknown"), found.anonymous_units, *[""] * 6])
    return as_csv(f"who-bought-{sku.code}", head, rows)
