"""Who is signed in on this device: a shopper, never a member of staff.

Promises: the cookie is another than that of staff and is sent to the member's pages only; what it
holds is a token that the shop can end; a page of a member is kept by no cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from goen.customers import entering
from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors import cookies
from goen.kit import clock, home
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx, tx

P = ParamSpec("P")
ROOT = "/m/"


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person at this device. `record_id` is the record they proved to be."""

    record_id: int
    shown: Shown

    @property
    def person_id(self) -> int:
        return self.shown.person_id

    @property
    def records(self) -> tuple[int, ...]:
        """All of their records."""
        return self.shown.record_ids

    @property
    def actor(self) -> Actor:
        return Actor("member", str(self.record_id))

    @property
    def viewer(self) -> Viewer:
        """They see their own data whole."""
        return Viewer(f"record:{self.record_id}", "member", "own")


View = Callable[Concatenate[HttpRequest, Shopper, P], HttpResponseBase]


def signed_in(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A page of a shopper; whoever is not signed in is asked to, and comes back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        with tx() as t:
            shopper = of(t, request)
        if shopper is None:
            onward = request.get_full_path() if request.method == "GET" else ROOT
            return HttpResponseRedirect(f"{ROOT}enter?next={quote(onward)}")
        return uncached(view(request, shopper, *args, **kwargs))

    return guarded


def uncached(response: HttpResponseBase) -> HttpResponseBase:
    """An answer that no cache keeps."""
    response.headers["Cache-Control"] = "no-store, private"
    return response


def of(t: Tx, request: HttpRequest) -> Shopper | None:
    """Who is signed in here, as they are known now."""
    token = token_of(request)
    record = entering.record_of(t, token, at=clock.now()) if token else None
    if record is None:
        return None
    person = customers.person_of_records(t, [record])[record]
    viewer = Viewer(f"record:{record}", "member", "own")
    return Shopper(record, customers.shown(t, [person], viewer=viewer)[person])


def keep(response: HttpResponse, token: str) -> None:
    """Let this device hold the token."""
    lives_s = int(entering.SESSION_LIVES.total_seconds())
    cookies.keep(response, _cookie(), token, max_age_s=lives_s, path=ROOT)


def token_of(request: HttpRequest) -> str:
    """The token that this device holds."""
    return cookies.read(request, _cookie())


def forget(response: HttpResponse) -> None:
    """Take the token from this device."""
    cookies.forget(response, _cookie(), path=ROOT)


def onward(request: HttpRequest) -> str:
    """Where the shopper wanted to go, if that is a member's page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ROOT
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if ours and wanted.startswith(ROOT) else ROOT


def _cookie() -> str:
    return f"goen_{home.current_shop_name()}_member"
