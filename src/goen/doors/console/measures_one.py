"""One measure: why first, then for whom, what is said where, what it costs, what came of it.

Promises: there is one next step, and the page says what it still lacks; what others know of the
measure (list, mail, result) is linked where it stands.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.measures_form import audience
from goen.doors.console.measures_next import lack_of, next_step
from goen.doors.console.templatetags.goen import money
from goen.kit import clock, home, ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    axes_listing,
    clashes_listing,
    lists_reading,
    measures,
    queries,
    scenarios_loading,
)
from goen.marketing.clashes_listing import FindingShown
from goen.marketing.conditions import parse
from goen.marketing.queries import MeasureShown
from goen.marketing.rules import DIRECT
from goen.orders import couponed
from goen.places import queries as places
from goen.points import issued


@login_required
@require_GET
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The measure."""
    with tx() as t:
        one = queries.measure(t, number)
        if one is None:
            raise Http404
        page = {**parts(t, one), **said(t, one), **around(t, one)}
    page |= {
        "may_write": words.may_write(request),
        "said": request.session.pop("measures-said", ""),
        "wrong": request.session.pop("measures-wrong", ""),
        "remark_uid": ids.new_id(),
        "placement_uid": ids.new_id(),
        "today": shop_today(),
    }
    return render(request, "console/measure.html", page)


def parts(t: Tx, one: MeasureShown, *, here: str = "measure") -> dict[str, Any]:
    """What every page of one measure shows in its head: name, state, days and the two menus."""
    day = shop_today()
    state, goes_on = shown_state(one), scenarios_loading.is_one(t, one.id)
    return {
        "one": one,
        "state": words.of(words.STATES, state),
        "chip": words.CHIPS.get(state, ""),
        "kind": words.of(words.KINDS, one.kind),
        "period": words.period(one.starts_on, one.ends_on),
        "pages": measure_tabs.menu("measures"),
        "inner": measure_tabs.of_measure(
            one.number,
            here,
            with_mail="mail" in one.channels and not goes_on,
            with_list=any(channel in DIRECT for channel in one.channels) and not goes_on,
        ),
        "goes_on": goes_on,
        "owner": words.names_of(t, [one.actor])[one.actor],
        "currency": home.current_shop().currency,
        "day": day,
        "as_of": clock.now(),
    }


def shown_state(one: MeasureShown) -> str:
    """Its state today: live in the future is waiting, past its last day ended."""
    day = shop_today()
    if one.state == "live" and one.starts_on is not None and one.starts_on > day:
        return "waiting"
    if one.state == "live" and one.ends_on is not None and one.ends_on < day:
        return "ended"
    return one.state


def said(t: Tx, one: MeasureShown) -> dict[str, Any]:
    """Why, for whom, about what, where."""
    conditions = parse(one.conditions or {"all": []})
    is_scenario = scenarios_loading.is_one(t, one.id)  # it makes a list for every sending
    lists = [] if is_scenario else lists_reading.of_measure(t, one.uid)
    named = words.names_of(t, [remark.actor for remark in one.remarks])
    titles = queries.titles(t, list(one.builds_on))
    return {
        "audience": None if isinstance(conditions, Refusal) else audience(t, conditions),
        "skus": skus_of(t, one),
        "lists": lists,
        "placements": [
            (place, words.of(words.CHANNELS, place.channel), place.channel in DIRECT)
            for place in one.placements
        ],
        "remarks": [
            (remark, words.of(words.REMARKS, remark.kind), named[remark.actor])
            for remark in reversed(one.remarks)
        ],
        "builds_on": sorted(titles.items()),
        "built_upon": _built_upon(t, one.number),
        "coupon": _coupon(t, one),
        "made_from": one.made_from if _is_ours(one.made_from) else "",
    }


def around(t: Tx, one: MeasureShown) -> dict[str, Any]:
    """What it lacks, what contradicts it, what comes next; and what its forms offer."""
    day, at = shop_today(), clock.now()
    found = clashes_listing.findings(t, today=day, number=one.number)
    lacking = measures.lacks(t, one.uid, at=at) if one.state == "draft" else []
    lacks = [lack_of(one, refusal) for refusal in lacking]
    return {
        "lacks": lacks,
        "until": day + timedelta(days=30),
        "findings": [_finding(f) for f in found if f.shown == "open"],
        "accepted": [(f, words.told(f)) for f in found if f.shown == "accepted"],
        "next": next_step(one, lacks, any(f.shown == "open" for f in found)),
        "axes": axes_listing.usable(t, day=day, sku_ids=one.skus),
        "channels": words.choices(words.CHANNELS),
        "places": places.places(t),
        "kinds": words.choices(words.REMARKS),
        "judged_on": one.ends_on + timedelta(days=one.window_days) if one.ends_on else None,
    }


def _finding(f: FindingShown) -> tuple[FindingShown, str, str, str]:
    """A contradiction as its card shows it; what it is about is the page's own matter."""
    return f, words.told(f), "", words.period(f.starts_on, f.ends_on)


def skus_of(t: Tx, one: MeasureShown) -> list[SkuShown]:
    found = catalogue.skus(t, list(one.skus), on=shop_today()) if one.skus else {}
    return [found[sku_id] for sku_id in one.skus if sku_id in found]


def _coupon(t: Tx, one: MeasureShown) -> dict[str, Any] | None:
    """The kind of coupon people get, how many were issued and used, and what they took off."""
    if not one.coupon_kind:
        return None
    kind = next((k for k in issued.kinds(t) if k.code == one.coupon_kind), None)
    if kind is None:
        return None
    given = couponed.taken_off(t).get(kind.kind_id, {})
    amounts = [money(minor, currency) for currency, minor in sorted(given.items())]
    return {"kind": kind, "given": amounts}


def _built_upon(t: Tx, number: int) -> list[tuple[int, str]]:
    """The measures that rest on what was learnt from this one."""
    rows = t.rows(
        """
        SELECT m.number, v.title FROM marketing_measure m JOIN LATERAL (
          SELECT title, builds_on FROM marketing_version WHERE measure_id = m.id
          ORDER BY n DESC LIMIT 1
        ) v ON true
        WHERE v.builds_on @> to_jsonb(%s::int) AND m.state <> 'dropped' ORDER BY m.number
        """,
        [number],
    )
    return [(row[0], row[1]) for row in rows]


def _is_ours(address: str) -> bool:
    """Whether an address leads to a page of this console; only those become links."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
