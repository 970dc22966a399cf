"""Coming in by a mailed link or by card, and going out.

Promises: the answer to an address is the same whether it is known or not; a link is used by a
press, so that a program that looks into mails does not use it up; a session begins with a new
token.
"""

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goen.customers import entering
from goen.customers import queries as customers
from goen.doors import public, refusals
from goen.doors.callers import client_of
from goen.doors.console.people import name_of
from goen.doors.member import letters, shopper
from goen.doors.member.shopper import ROOT, Shopper, signed_in, uncached
from goen.insight import queries as insight
from goen.kit import clock, home, mail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal

SAMPLES = 50
"""How many of the sample shop's latest shoppers are looked through for one with a card."""


@require_GET
def enter(request: HttpRequest) -> HttpResponseBase:
    """The page to sign in."""
    with tx() as t:
        known = shopper.of(t, request)
    if known is not None:
        return HttpResponseRedirect(shopper.onward(request))
    return _page(request)


@require_POST
def by_mail(request: HttpRequest) -> HttpResponseBase:
    """Send a link to the address, if it is somebody's."""
    typed = request.POST.get("mail", "").strip()[:300]
    at = clock.now()
    with tx() as t:
        found = entering.ask_link(t, typed, client=client_of(request), at=at)
        by = mail.transport(t)
        address = ""
        if isinstance(found, entering.Link):
            query = urlencode({"next": shopper.onward(request)})
            address = public.address(request, t, f"{ROOT}enter/{found.token}?{query}")
    if isinstance(found, Refusal):
        return _page(request, refused=found, status=429)
    if found is not None:
        letters.send_aside(by, letters.sign_in(by, found.address, address))
    return _page(request, sent=typed)


@require_POST
def by_card(request: HttpRequest) -> HttpResponseBase:
    """Sign in by the card's number and the day of birth."""
    number = request.POST.get("card", "").strip()[:100]
    at, token = clock.now(), ""
    with tx() as t:
        found = entering.by_card(
            t,
            number,
            _day(request.POST.get("born", "")),
            client=client_of(request),
            at=at,
        )
        if not isinstance(found, Refusal):
            token = entering.begin(t, found, "card", at=at)
    if isinstance(found, Refusal):
        status = 429 if found.code == "tried_too_often" else 401
        return _page(request, refused=found, status=status)
    return _come_in(request, token)


@require_POST
def as_sample(request: HttpRequest) -> HttpResponseBase:
    """The sample shop only: come in as one of its made-up members, by one press."""
    at = clock.now()
    with tx() as t:
        record = _sample(t) if _is_demo() else None
        token = "" if record is None else entering.begin(t, record, "card", at=at)
    return _come_in(request, token) if token else HttpResponseRedirect(f"{ROOT}enter")


def _sample(t: Tx) -> int | None:
    """A record of somebody with a card who was here lately."""
    lately = insight.best_persons(t, order="recent", limit=SAMPLES, offset=0)[0]
    people = [one.person_id for one in lately]
    shown = customers.shown(t, people, viewer=Viewer("sample", "member", "demo"))
    return next((shown[p].record_ids[0] for p in people if p in shown and shown[p].cards), None)


@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page that the mailed link opens; the press on it signs in."""
    at, session = clock.now(), ""
    with tx() as t:
        if request.method == "POST":
            record = entering.use_link(t, token, at=at)
            session = "" if record is None else entering.begin(t, record, "mail", at=at)
        is_open = bool(session) or entering.is_open(t, token, at=at)
    if session:
        return _come_in(request, session)
    if not is_open:
        return _page(request, refused=Refusal("link_over", "mail"), status=410)
    page = {"next": shopper.onward(request)}
    return uncached(render(request, "member/link.html", page))


@require_POST
@signed_in
def leave(request: HttpRequest, known: Shopper) -> HttpResponse:
    """Sign out, here or everywhere."""
    with tx() as t:
        entering.end(t, shopper.token_of(request), at=clock.now())
        if request.POST.get("all"):
            entering.end_all(t, known.person_id, at=clock.now())
    response = HttpResponseRedirect(f"{ROOT}enter")
    shopper.forget(response)
    return response


def name(known: Shopper) -> str:
    """The shopper as their pages call them."""
    return name_of(known.shown, known.person_id)


def _come_in(request: HttpRequest, token: str) -> HttpResponse:
    response = HttpResponseRedirect(shopper.onward(request))
    shopper.keep(response, token)
    return response


def _page(
    request: HttpRequest, *, refused: Refusal | None = None, sent: str = "", status: int = 200
) -> HttpResponseBase:
    page = {
        "next": shopper.onward(request),
        "error": refusals.sentence(refused) if refused else "",
        "where": refused.field if refused else "",
        "sent": sent,
        "typed": request.POST,
        "demo": _is_demo(),
    }
    return uncached(render(request, "member/enter.html", page, status=status))


def _is_demo() -> bool:
    return home.current_shop().kind == "demo"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
