"""The picture, the links and the page of a mail.

Promises: a token that nobody has gets the same answers as one that somebody has, as far as that
can be; a link goes where the mail itself says, whatever is asked for; nothing of this is cached.
"""

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from goen.doors.callers import client_of
from goen.doors.register import barcode
from goen.kit import clock, home
from goen.kit.clock import business_date
from goen.kit.db import tx
from goen.marketing import messages_pictures, tracking, tracking_redeemed
from goen.marketing.messages_parts import LANDING
from goen.marketing.tracking import Asking

_DOT = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """One clear dot, for everybody."""
    with tx() as t:
        tracking.opened(t, token, asking(request), at=clock.now())
    return uncached(HttpResponse(_DOT, content_type="image/gif"))


@require_safe
def clicked(request: HttpRequest, token: str, link: int) -> HttpResponse:
    """On to where the mail's link leads."""
    with tx() as t:
        leads = tracking.clicked(t, token, link, asking(request), at=clock.now())
    if leads is None:
        return uncached(render(request, "mail/gone.html", status=404))
    return uncached(HttpResponseRedirect(f"/t/l/{token}" if leads == LANDING else leads))


@require_safe
def landed(request: HttpRequest, token: str) -> HttpResponse:
    """What the mail offers, to show at the till."""
    at, shop = clock.now(), home.current_shop()
    with tx() as t:
        one = tracking.landed(t, token, asking(request), at=at)
        day = business_date(at, timezone=shop.timezone, day_change_hour=0)
        offer = None if one is None else tracking_redeemed.offer(t, one, day=day)
    if offer is None:
        return uncached(render(request, "mail/gone.html", status=404))
    page = {"offer": offer, "bars": barcode.bars(offer.number), "token": token}
    with translation.override(offer.language):  # what the mail says is in its language
        return uncached(render(request, "mail/landing.html", page))


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A picture of the shop's own."""
    path = messages_pictures.path_of(home.current_shop_name(), name)
    if path is None:
        return HttpResponse(status=404)
    kind = messages_pictures.TYPES[path.suffix.removeprefix(".")]
    response = FileResponse(path.open("rb"), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def asking(request: HttpRequest) -> Asking:
    """How somebody asks."""
    return Asking(
        agent=request.headers.get("User-Agent", "")[:500],
        method=request.method or "",
        ip=client_of(request),
    )


def uncached(response: HttpResponse) -> HttpResponse:
    """An answer that nobody keeps, and that tells no other site where it was read."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # a mail is read elsewhere
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
