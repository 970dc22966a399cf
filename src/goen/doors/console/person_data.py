"""What is kept of a customer as one file, for head office to hand to whoever asked for it (L-07).

Promises: the file is the one that members take by themselves; the trail says that it was taken.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.doors import disclosing
from goen.doors.console.days import shop_day
from goen.doors.console.shell import viewer_of
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import tx


@login_required
@require_GET
def show(request: HttpRequest, person_id: int) -> HttpResponse:
    """The file of one person, now."""
    viewer, at = viewer_of(request), clock.now()
    with tx() as t:
        whole = customers.whole(t, person_id, viewer=viewer)
        if whole is None:
            raise Http404
        told = Viewer(viewer.name, viewer.role, "authority")
        trail.saw(t, told, "person", whole.person_id, at=at)
        content = disclosing.everything(t, whole.person_id, at=at, today=shop_day(at))
    return disclosing.as_file(content)
