"""A task of a routine is done, excused or taken back, from wherever it is listed."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import routines_doing

_SAID = {
    "do": ("済みにしました。", "It is done."),
    "excuse": ("「今回は不要」にしました。", "Noted as not needed this time."),
    "undo": ("取り消しました。", "It is open again."),
}


@login_required
@require_POST
def tick(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was pressed, and back to the page it was pressed on."""
    do, words = typed_in(request.POST, "do"), typed_in(request.POST, "note")
    do = do if do in _SAID else "do"
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        if do == "excuse":
            refused = routines_doing.excuse(t, uid, why=words, **by)
        elif do == "undo":
            refused = routines_doing.undo(t, uid, **by)
        else:
            refused = routines_doing.do(t, uid, note=words, **by)
    if refused is not None:
        request.session["routines-wrong"] = refusals.sentence(refused)
    else:
        request.session["routines-said"] = say(*_SAID[do])
    back = typed_in(request.POST, "back")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return HttpResponseRedirect(back if safe else "/routines")
