"""What a person did beside buying: days in the list, and what was considered before a purchase.

Promises: at most one entry a day and channel, so that behaviour never crowds out purchases; what
was typed is shown to who may see names; an article is told with what became of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from goen.behaviour.queries import EventShown, events_of
from goen.behaviour.reasons import NewReason, note_reason
from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console.days import shop_today
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say, text_of
from goen.insight import passed_over
from goen.insight.passed_over import Bought
from goen.kit import clock, ids
from goen.kit.db import Tx, tx
from goen.orders import queries as orders
from goen.orders.queries import Receipt
from goen.places import queries as places

MOST = 400
SHOWN = 3
"""Articles named in one entry."""
KINDS = {
    "view": ("見た", "viewed"),
    "search": ("さがした", "searched"),
    "cart": ("かごに入れた", "put in the cart"),
    "uncart": ("かごから出した", "taken out of the cart"),
    "visit": ("来た", "came"),
    "ask": ("たずねた", "asked"),
    "pick": ("手に取った", "picked up"),
    "use": ("使った", "used"),
    "opened": ("メールを開いた", "opened mail"),
    "clicked": ("メールから見に来た", "came from mail"),
    "landed": ("ご案内から来た", "came from a message"),
}


@dataclass(frozen=True, slots=True)
class Doing:
    """What a person did on one day in one place: its first moment, the ways, the articles."""

    at: datetime
    on: date
    timezone: str
    where: str
    what: str
    goods: tuple[tuple[int, str], ...]
    more: int
    typed: str


@dataclass(frozen=True, slots=True)
class Passed:
    """An article that was considered with a purchase and not bought."""

    sku_id: int
    name: str
    how: str


def doings(
    t: Tx,
    record_ids: Sequence[int],
    *,
    since: datetime | None,
    before: datetime | None,
    timezone: str,
    sees_names: bool,
) -> list[Doing]:
    """What was done between two moments, a day and channel each, the latest first."""
    found = events_of(t, record_ids, since=since, before=before, limit=MOST)
    if not found:
        return []
    zone = clock.zone(timezone)
    groups: dict[tuple[date, str], list[EventShown]] = {}
    where = _places(t)
    for one in found:
        key = (one.happened_at.astimezone(zone).date(), _where(one, where))
        groups.setdefault(key, []).append(one)
    skus = {one.sku_id for one in found if one.sku_id is not None}
    names = {
        sku: text_of(shown.name)
        for sku, shown in catalogue.skus(t, sorted(skus), on=shop_today()).items()
    }
    return [
        _doing(on, place, each, names, timezone, sees_names=sees_names)
        for (on, place), each in groups.items()
    ]


def considered(
    t: Tx, record_ids: Sequence[int], receipts: Sequence[Receipt]
) -> dict[UUID, list[Passed]]:
    """What was considered before each of these purchases and not bought."""
    bought = [
        Bought(one.uid, one.occurred_at, frozenset(line.sku_id for line in one.lines))
        for one in receipts
    ]
    found = passed_over.of_person(t, record_ids, bought)
    skus = {one.sku_id for each in found.values() for one in each}
    shown = catalogue.skus(t, sorted(skus), on=shop_today()) if skus else {}
    return {
        uid: [
            Passed(
                one.sku_id,
                text_of(shown[one.sku_id].name),
                say("・", ", ").join(say(*KINDS[kind]) for kind in one.kinds),
            )
            for one in each
            if one.sku_id in shown
        ]
        for uid, each in found.items()
    }


def window_of(
    visits: Sequence[Receipt], before: datetime | None, *, last: bool
) -> tuple[datetime | None, datetime | None]:
    """Between which moments behaviour belongs to this stretch of the list.

    From the oldest receipt shown, or for the last stretch some time before it, to where the
    stretch above began.
    """
    if not visits:
        return None, before
    oldest = visits[-1].occurred_at
    return (oldest - timedelta(days=60) if last else oldest), before


@login_required
@require_POST
def note(request: HttpRequest, person_id: int) -> HttpResponse:
    """What staff learnt of why something was bought; kept as their word, beside the shopper's."""
    code, words = request.POST.get("code", ""), request.POST.get("note", "").strip()
    try:
        document = UUID(request.POST.get("document", ""))
    except ValueError:
        raise Http404 from None
    with tx() as t:
        receipt = orders.receipt(t, document)
        whole = customers.whole(t, person_id, viewer=viewer_of(request))
        if receipt is None or whole is None or receipt.record_id not in whole.shown.record_ids:
            raise Http404
        uid = ids.import_id(source="console", document=str(document), kind=f"{code}:{words}")
        reason = NewReason(uid, document, receipt.record_id, "staff", code, words)
        refused = note_reason(t, reason, actor=actor_of(request), recorded_at=clock.now())
    if refused:
        return HttpResponse(refusals.sentence(refused), status=422)
    return HttpResponseRedirect(reverse("person", args=[person_id]) + "#thread")


def _places(t: Tx) -> dict[tuple[str, int], str]:
    found = {("place", one.id): text_of(one.name) for one in places.places(t)}
    return found | {("channel", one.id): text_of(one.name) for one in places.channels(t)}


def _where(one: EventShown, where: Mapping[tuple[str, int], str]) -> str:
    if one.kind in ("opened", "clicked", "landed"):
        return say("メール", "Mail")
    place = where.get(("place", one.place_id or 0))
    return place or where.get(("channel", one.channel_id or 0)) or say("そのほか", "Elsewhere")


def _doing(
    on: date,
    place: str,
    events: Sequence[EventShown],
    names: Mapping[int, str],
    timezone: str,
    *,
    sees_names: bool,
) -> Doing:
    counted = Counter(one.kind for one in events)
    what = say("・", ", ").join(
        say("{n}回{what}", "{what} {n} {n|time|times}", n=n, what=say(*KINDS[kind]))
        if n > 1
        else say(*KINDS[kind])
        for kind, n in counted.most_common()
    )
    goods = [one.sku_id for one in events if one.sku_id in names]
    distinct = list(dict.fromkeys(goods))
    typed = next((one.text for one in events if one.text and one.kind in ("search", "ask")), "")
    return Doing(
        at=events[0].happened_at,
        on=on,
        timezone=timezone,
        where=place,
        what=what,
        goods=tuple((sku, names[sku]) for sku in distinct[:SHOWN] if sku is not None),
        more=max(0, len(distinct) - SHOWN),
        typed=typed[:80] if sees_names else "",
    )
