"""Numbers of coupons: found, filtered, as a file; and one of them with where it was used.

Promises: names are masked by role; a look at somebody's coupon and every file leave a line in the
trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.doors.console import coupons_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.orders_words import STATES as ORDER_STATES
from goen.doors.console.orders_words import names_of_records, number_of, word
from goen.doors.console.points_words import known_id, may_write, of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import viewer_of
from goen.doors.console.stock_words import who
from goen.doors.say import say, text_of
from goen.kit import clock, trail
from goen.kit.db import Tx, tx
from goen.orders import couponed
from goen.orders.couponed import UseShown
from goen.points import issued
from goen.points.issued import STATES, CouponsAsked, CouponShown, KindShown

PAGE = 50
EVERY_ROW = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A coupon with its kind, whose it is and what state it is in."""

    one: CouponShown
    kind: KindShown
    person: tuple[int, str] | None
    state: str
    chip: str


@dataclass(frozen=True, slots=True)
class Used:
    """A document with the coupon on it."""

    use: UseShown
    number: str
    state: str
    person: tuple[int, str] | None


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or all of it as a file."""
    at, viewer, get = clock.now(), viewer_of(request), request.GET.get
    exporting = request.path.endswith(".csv")
    text = typed_in(request.GET, "q")
    state = get("state", "") if get("state", "") in STATES else ""
    typed, kind_id = get("page", "1"), get("kind", "")
    number = max(1, int(typed)) if typed.isdecimal() and len(typed) < 6 else 1
    limit, start = (EVERY_ROW, 0) if exporting else (PAGE, (number - 1) * PAGE)
    with tx() as t:
        kinds = issued.kinds(t)
        kind = next((one for one in kinds if f"{one.kind_id}" == kind_id), None)
        people = customers.search(t, text, viewer=viewer, limit=PAGE) if text else []
        records = [record for one in people for record in one.record_ids] or None
        asked = CouponsAsked(kind.kind_id if kind else None, text, state, records)
        found, total = issued.coupons(
            t, asked, day=shop_today(), viewer=viewer, limit=limit, start=start
        )
        rows = rows_of(t, request, found, kinds)
        if exporting:
            trail.saw(t, viewer, "export", "coupons", at=at)
            return _csv(rows)
    page: dict[str, Any] = {
        "pages": words.tabs("numbers"),
        "rows": rows,
        "kinds": kinds,
        "kind": kind,
        "states": [(code, of(words.STATES, code)) for code in STATES],
        "state": state,
        "text": text,
        "total": total,
        "first": start + 1,
        "last": start + len(rows),
        "previous": number - 1,
        "following": number + 1 if total > number * PAGE else None,
        "may_write": may_write(request),
        "said": request.session.pop("coupons-said", ""),
        "as_of": at,
    }
    return render(request, "console/coupon_numbers.html", page)


def rows_of(
    t: Tx, request: HttpRequest, found: Sequence[CouponShown], kinds: Sequence[KindShown]
) -> list[Row]:
    """Coupons in words."""
    known = {one.kind_id: one for one in kinds}
    records = [one.record_id for one in found if one.record_id is not None]
    people = names_of_records(t, records, viewer_of(request))
    return [
        Row(
            one,
            known[one.kind_id],
            people.get(one.record_id or 0),
            of(words.STATES, one.state),
            words.CHIPS[one.state],
        )
        for one in found
    ]


def _csv(rows: Sequence[Row]) -> HttpResponse:
    head = [
        say("番号", "Number"), say("種類", "Kind"), say("どなたの", "For whom"),
        say("使える回数", "Uses"), say("使われた", "Used"), say("注文で確保中", "Kept for orders"),
        say("残り", "Left"), say("状態", "State"), say("終わりの日", "Last day"),
        say("発行した日時", "Issued at"),
    ]  # fmt: skip
    lines = [
        [
            row.one.number,
            text_of(row.kind.name),
            row.person[1].removesuffix(" 様") if row.person else "",
            row.one.uses,
            row.one.used,
            row.one.kept,
            row.one.left,
            row.state,
            row.kind.valid_to,
            row.one.issued_at.isoformat(timespec="minutes"),
        ]
        for row in rows
    ]
    return as_csv("coupon-numbers", head, lines)


@login_required
@require_GET
def show(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """One coupon: its terms, what it is still good for, and where it was used."""
    at, viewer = clock.now(), viewer_of(request)
    with tx() as t:
        one = issued.coupon(t, known_id(coupon_id), day=shop_today(), viewer=viewer)
        if one is None:
            raise Http404
        [row] = rows_of(t, request, [one], issued.kinds(t, one.kind_id))
        uses = couponed.uses_of(t, coupon_id)
        buyers = [use.record_id for use in uses if use.record_id is not None]
        people = names_of_records(t, buyers, viewer)
        if row.person or people:
            trail.saw(t, viewer, "coupon", coupon_id, at=at)
        page = {
            "row": row,
            "terms": words.terms(row.kind),
            "period": words.period(row.kind.valid_from, row.kind.valid_to),
            "who": who(t, [one.actor])[one.actor],
            "uses": [
                Used(
                    use,
                    number_of(use.source_no, use.uid),
                    word(ORDER_STATES, use.state),
                    people.get(use.record_id or 0),
                )
                for use in uses
            ],
            "as_of": at,
        }
    return render(request, "console/coupon.html", page)
