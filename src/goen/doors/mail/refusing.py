"""No more mail: by one press on a page, or by the mail program itself (RFC 8058).

Promises: needs no session, no cookie and no form of ours, works as often and as late as somebody
likes; looking at the page refuses nothing, for programs that look into mails look at it, too.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goen.doors.mail.leads import asking, uncached
from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.marketing import tracking

ONE_CLICK = "One-Click"


@csrf_exempt  # the token is the secret; a mail program has no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """The page with its one button; a POST refuses."""
    with tx() as t:
        one = tracking.delivered(t, token)
        if one is None:
            return uncached(render(request, "mail/gone.html", status=404))
        if request.method == "POST":
            by_program = request.POST.get("List-Unsubscribe") == ONE_CLICK
            way = "one_click" if by_program else "page"
            done = tracking.refused(t, token, asking(request), way=way, at=clock.now())
            if isinstance(done, Refusal):
                return uncached(render(request, "mail/gone.html", status=404))
            if by_program:
                return uncached(HttpResponse(status=200, content_type="text/plain"))
            return uncached(render(request, "mail/refused.html"))
    return uncached(render(request, "mail/refuse.html", {"token": token}))
