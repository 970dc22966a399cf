"""A member's own data: seen, taken away as a file, changed, and asked to be stopped or erased.

Promises: the file has everything that is kept of the person; a new mail address counts once the
link sent there was opened, and the link counts once; a request waits for staff and says so.
"""

from datetime import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goen.customers import consent_rules, entering, requests, telling
from goen.customers.telling import SOURCE, Contact
from goen.doors import disclosing, public, refusals
from goen.doors.callers import client_of
from goen.doors.console.consents_words import REQUESTS, worded
from goen.doors.console.days import shop_day
from goen.doors.member import letters
from goen.doors.member.entry import name
from goen.doors.member.shopper import ROOT, Shopper, signed_in, uncached
from goen.doors.say import say
from goen.kit import clock, ids, mail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import masters as places

_SALT = "goen.member.mail"
_DAY_S = 24 * 3600
_DONE = {
    "changed": ("登録しました。", "It is saved."),
    "mailed": (
        "新しいアドレスに確認のメールを送りました。リンクを開くと変わります。",
        "We sent a mail to the new address. It counts when you open the link.",
    ),
    "confirmed": ("メールアドレスを変えました。", "Your mail address is changed."),
    "asked": (
        "お申し出を受け付けました。担当者がご連絡します。",
        "Your request is with our staff. They will be in touch.",
    ),
}


@require_GET
@signed_in
def show(request: HttpRequest, known: Shopper) -> HttpResponse:
    """What we have, and what can be done about it."""
    return _page(request, known)


def _page(
    request: HttpRequest, known: Shopper, refused: Refusal | None = None, status: int = 200
) -> HttpResponse:
    done = request.GET.get("done", "")
    with tx() as t:
        asked = requests.of_people(t, [known.person_id])
    page = {
        "name": name(known),
        "shown": known.shown,
        "asked": [(one, worded(REQUESTS, one.kind)) for one in asked],
        "kinds": [(code, say(*words)) for code, words in REQUESTS.items()],
        "done": say(*_DONE[done]) if done in _DONE else "",
        "wrong": refusals.sentence(refused) if refused else "",
        "typed": request.POST if refused else {},
        "face": "data",
    }
    return render(request, "member/data.html", page, status=status)


@require_POST
@signed_in
def change(request: HttpRequest, known: Shopper) -> HttpResponseBase:
    """Say where they are reached from now on."""
    given, at = request.POST, clock.now()
    contact = Contact(*(given.get(field, "") for field in Contact.__slots__))
    with tx() as t:
        _member_source(t, known, at)
        refused = telling.change(t, known.record_id, contact, actor=known.actor, recorded_at=at)
    return _page(request, known, refused, 422) if refused else _back("changed")


@require_POST
@signed_in
def change_mail(request: HttpRequest, known: Shopper) -> HttpResponseBase:
    """Send a link to the new address; until it is opened nothing changes."""
    new = request.POST.get("mail", "").strip()
    if not consent_rules.is_usable("mail", new) or len(new) > telling.LONGEST:
        return _page(request, known, Refusal("bad_contact", "mail", {"given": new}), 422)
    client = client_of(request)
    with tx() as t:
        told = telling.last_told(t, known.record_id)
        token = signing.dumps([known.record_id, new, told], salt=_SALT)
        often = entering.ask_proof(t, new, client=client, at=clock.now())
        by = mail.transport(t)
        address = public.address(request, t, f"{ROOT}mail/{token}")
    if often is not None:
        return _page(request, known, often, 429)
    letters.send_aside(by, letters.new_address(by, new, address))
    return _back("mailed")


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_mail(request: HttpRequest, known: Shopper, token: str) -> HttpResponseBase:
    """The link in that letter: opened by the same person, the press makes the address theirs."""
    try:
        record, new, told = signing.loads(token, salt=_SALT, max_age=_DAY_S)
    except signing.BadSignature:
        return _page(request, known, Refusal("link_over", "mail"), 410)
    if record not in known.records:
        return _page(request, known, Refusal("link_over", "mail"), 410)
    if request.method == "GET":
        return uncached(render(request, "member/mail.html", {"mail": new, "face": "data"}))
    at = clock.now()
    with tx() as t:
        _member_source(t, known, at)
        if telling.last_told(t, record) != told:
            return _page(request, known, Refusal("link_over", "mail"), 410)
        refused = telling.confirm_mail(t, record, new, actor=known.actor, recorded_at=at)
    return _page(request, known, refused, 422) if refused else _back("confirmed")


@require_POST
@signed_in
def ask(request: HttpRequest, known: Shopper) -> HttpResponseBase:
    """Ask staff to show, correct, stop using or erase."""
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "")
    with tx() as t:
        answer = requests.ask(
            t,
            ids.new_id(),
            known.record_id,
            kind,
            note,
            actor=known.actor,
            recorded_at=clock.now(),
        )
    if isinstance(answer, Refusal):
        return _page(request, known, answer, 422)
    return _back("asked")


@require_GET
@signed_in
def export(request: HttpRequest, known: Shopper) -> HttpResponse:
    """Everything, as one file."""
    with tx() as t:
        at = clock.now()
        told = disclosing.everything(t, known.person_id, at=at, today=shop_day(at))
    return disclosing.as_file(told)


def _member_source(t: Tx, known: Shopper, at: datetime) -> None:
    """What shoppers say of themselves is a system of its own, believed first."""
    title = {"ja": "会員ページ", "en": "Member page"}
    places.put_source(t, code=SOURCE, name=title, trust=100, actor=known.actor, recorded_at=at)


def _back(done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{ROOT}data?done={done}")
