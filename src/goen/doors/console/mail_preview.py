"""A mail as somebody of its audience would see it, also one that is still being typed.

Promises: a preview's links lead nowhere and its picture counts nobody; it is rendered as mail is.
"""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape

from goen.doors import refusals
from goen.doors.console import mail_typed
from goen.doors.console.days import shop_today
from goen.doors.console.mailbox import framed
from goen.doors.console.shell import viewer_of
from goen.kit import clock, mail, trail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import found, messages, messages_parts, queries
from goen.marketing import rendering_people as people
from goen.marketing import rendering_shop as shop
from goen.marketing.conditions import parse
from goen.marketing.messages import MessageShown
from goen.marketing.queries import MeasureShown
from goen.marketing.rendering import Rendered, render

MADE_UP = {
    "ja": {"name": "石川 美咲 様", "family_name": "石川", "points": "1,240",
           "points_ending": "300", "points_end_on": "11月30日（月）", "store": "渋谷店"},
    "en": {"name": "Misaki Ishikawa", "family_name": "Ishikawa", "points": "1,240",
           "points_ending": "300", "points_end_on": "Mon 30 Nov 2026", "store": "Shibuya"},
}  # fmt: skip
"""Somebody who is nobody, for who may not see names and for a measure without people."""
NOWHERE = dict.fromkeys(("to_click", "to_land", "to_refuse"), "#") | {
    "to_open": "data:image/gif;base64,R0lGODlhAQABAAAAACw="
}


@login_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The mail as it holds, or, by POST, as typed."""
    with tx() as t:
        one = queries.measure(t, number)
        if one is None:
            raise Http404
        known = messages.newest(t, one.id)
        typed = mail_typed.read(request.POST) if request.method == "POST" else None
        if typed is not None:
            refused = messages_parts.refusal(typed.subject, typed.preheader, typed.parts)
            if refused is not None:
                return framed(f"<p>{escape(refusals.sentence(refused))}</p>")
            known = mail_typed.as_message(typed, one.id)
        if known is None:
            raise Http404
        done = rendered(t, request, one, known)
    if request.GET.get("as") == "text":
        return framed(f"<pre style='white-space:pre-wrap'>{escape(done.text)}</pre>")
    return framed(done.html)


def rendered(
    t: Tx,
    request: HttpRequest,
    one: MeasureShown,
    message: MessageShown,
    *,
    made_up: bool = False,
) -> Rendered:
    """The mail for one of its people, chosen by `person` in the address, or for nobody real."""
    public_url = mail.transport(t).public_url
    compiled = shop.compiled(t, message, public_url="", day=shop_today())
    values = {
        **shop.shop_values(message.language),
        **(MADE_UP[message.language] if made_up else _person(t, request, one, message)),
        **NOWHERE,
        **_coupon(t, one, message),
    }
    assert public_url
    return render(compiled, values)


def sample(t: Tx, request: HttpRequest, one: MeasureShown) -> int | None:
    """Whom the preview is for: who is asked for, else the first who fulfils the conditions."""
    asked = request.GET.get("person", "")
    if asked.isdecimal() and len(asked) < 18:
        return int(asked)
    tree = parse(one.conditions or {"all": []})
    if isinstance(tree, Refusal):
        return None
    ready = found.prepare(t, tree, at=clock.now())
    first = [] if ready.waiting else found.page(t, ready, limit=1)
    return first[0] if first else None


def _person(
    t: Tx, request: HttpRequest, one: MeasureShown, message: MessageShown
) -> Mapping[str, str]:
    viewer = viewer_of(request, "mail")
    person_id = sample(t, request, one) if viewer.sees_names else None
    if person_id is None:
        return MADE_UP[message.language]
    reader = people.readers(
        t, [person_id], language=message.language, day=shop_today(),
        with_proposals=message.has("proposal"),
    ).get(person_id)  # fmt: skip
    if reader is None or not reader.values:
        return MADE_UP[message.language]
    trail.saw(t, viewer, "person", person_id, at=clock.now())
    return reader.values


def _coupon(t: Tx, one: MeasureShown, message: MessageShown) -> Mapping[str, str]:
    if not one.coupon_kind:
        return {}
    terms = shop.coupon_values(t, one.coupon_kind, language=message.language)
    return {**terms, "coupon": shop.SAMPLE_COUPON}
