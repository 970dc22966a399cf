"""Settings › API keys: what other systems may do here, given and taken away.

Promises: a key's secret is shown once, at the moment it is made; a key that is stopped stays on
the page; who runs the systems sees the keys, head office gives them.
"""

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.doors.console import settings_tabs
from goen.doors.console.entry_confirm import confirmed_lately
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.trail_page import changes_of
from goen.doors.say import say
from goen.kit import clock, keys
from goen.kit.db import tx
from goen.kit.models import Key


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The keys; a POST issues one."""
    return issue(request) if request.method == "POST" else _page(request)


@confirmed_lately
def issue(request: HttpRequest) -> HttpResponse:
    """Make an API key and show its secret, once."""
    name = request.POST.get("name", "").strip()
    scopes = tuple(scope for scope in keys.SCOPES if scope in request.POST.getlist("scope"))
    if not name or not scopes:
        error = say(
            "名前を入力し、できることを1つ以上選んでください。",
            "Enter a name and choose at least one right.",
        )
        return _page(request, name=name, error=error, status=422)
    with tx() as t:
        secret = keys.issue(t, name[:80], scopes, actor=actor_of(request), recorded_at=clock.now())
    response = _page(request, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """Stop an API key for good."""
    given = request.POST.get("key", "")
    if given.isdecimal():
        with tx() as t:
            keys.revoke(t, int(given), actor=actor_of(request), recorded_at=clock.now())
    return redirect("/settings/keys?saved=revoked")


def _page(
    request: HttpRequest, *, name: str = "", error: str = "", secret: str = "", status: int = 200
) -> HttpResponse:
    with tx() as t:
        page = {
            "tabs_of": settings_tabs.menu(request, "keys"),
            "keys": list(Key.objects.order_by(F("revoked_at").asc(nulls_first=True), "-id")),
            "scopes": _scopes(),
            "rows": changes_of(t, ("key",), viewer_of(request)),
            "name": name,
            "error": error,
            "secret": secret,
            "revoked": request.GET.get("saved") == "revoked",
        }
    return render(request, "console/settings_keys.html", page, status=status)


def _scopes() -> list[tuple[str, str]]:
    words = {
        "sales:write": say("会計を登録する", "Register sales"),
        "orders:write": say("注文を受け、進める", "Place orders and move them on"),
        "orders:read": say("注文を読む", "Read orders"),
        "people:read": say("お届け先の氏名・住所を読む", "Read to whom goods are sent"),
        "stock:write": say("在庫を動かす・取り置く", "Move and hold stock"),
        "stock:read": say("在庫を読む", "Read stock"),
        "points:write": say("ポイント・クーポンを付ける", "Give points and coupons"),
        "points:read": say("ポイント・クーポンを読む", "Read points and coupons"),
        "insight:read": say("数字を読む", "Read figures"),
        "catalogue:write": say("商品を登録する", "Register products"),
        "customers:write": say("お客様を登録する", "Register customers"),
        "events:write": say("お客様の行動を伝える", "Tell what shoppers did"),
        "events:read": say("お客様の行動を持ち出す", "Take out what shoppers did"),
        "proposals:read": say("お客様への提案を読む", "Read what is proposed to customers"),
        "proposals:write": say("提案を見せた・見送られたを伝える", "Tell what became of proposals"),
        "webhooks:write": say("知らせの送り先を決める", "Decide where notices are sent"),
        "metrics:read": say("稼働の数値を読む", "Read how the system runs"),
    }
    return [(scope, words.get(scope, scope)) for scope in keys.SCOPES]
