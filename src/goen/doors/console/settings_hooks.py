"""Settings › webhooks: who is told what happens here, and how the deliveries fare.

Promises: who runs the systems sees every subscriber and why a delivery failed; nothing is changed
here: another system subscribes by its own key, so that its secret is told to it alone.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import settings_tabs
from goen.doors.console.shell import viewer_of
from goen.doors.console.trail_page import changes_of
from goen.kit.db import tx
from goen.links import subscribing


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The subscribers."""
    with tx() as t:
        page = {
            "tabs_of": settings_tabs.menu(request, "webhooks"),
            "hooks": subscribing.subscribers(t),
            "rows": changes_of(t, ("webhook",), viewer_of(request)),
        }
    return render(request, "console/settings_hooks.html", page)
