"""The mailbox of this machine: what was sent without a mail server, as its readers would see it.

Promises: a letter's HTML is shown in a frame of its own that runs no script and opens nothing;
only who may see customers' addresses sees letters, and each look leaves a line; what is searched
stands in the address.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console.shell import viewer_of
from goen.doors.say import say
from goen.kit import clock, home, mail, mailbox, trail
from goen.kit.db import tx

PAGE = 50
FRAMED = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)
"""What the HTML of a mail may do in our pages: look like itself, and nothing else."""


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The letters, newest first."""
    text = request.GET.get("q", "").strip()[:100]
    before = request.GET.get("before", "")
    at = int(before) if before.isdecimal() and len(before) < 12 else 0
    sees = viewer_of(request).sees_names
    lines, total = [], 0
    if sees:
        with mailbox.opened(home.current_shop_name()) as store:
            lines, total = store.find(text, before=at, limit=PAGE + 1), store.count(text)
    with tx() as t:
        built_in = mail.transport(t).is_built_in
        if lines:
            trail.saw(t, viewer_of(request, "mail"), "letter", "many", at=clock.now())
    page = {
        "lines": lines[:PAGE],
        "total": total,
        "q": text,
        "after": lines[PAGE - 1].id if len(lines) > PAGE else None,
        "is_first": not at,
        "sees": sees,
        "built_in": built_in,
    }
    return render(request, "console/mailbox.html", page)


@login_required
@require_GET
def show(request: HttpRequest, id_: int) -> HttpResponse:
    """One letter with its headers, its text, and its HTML in a frame."""
    letter = _letter(request, id_)
    return render(request, "console/mailbox_letter.html", {"letter": letter})


@login_required
@require_GET
def html(request: HttpRequest, id_: int) -> HttpResponse:
    """The HTML of a letter, for the frame."""
    return framed(_letter(request, id_).html)


def framed(content: str) -> HttpResponse:
    """HTML of a mail: shown, never trusted."""
    response = HttpResponse(content, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _letter(request: HttpRequest, id_: int) -> mailbox.Letter:
    if not viewer_of(request).sees_names:
        raise Http404(say("ありません", "Not found"))
    with mailbox.opened(home.current_shop_name()) as store:
        letter = store.read(id_) if id_ < 2**62 else None
    if letter is None:
        raise Http404
    with tx() as t:
        trail.saw(t, viewer_of(request, "mail"), "letter", id_, at=clock.now())
    return letter
