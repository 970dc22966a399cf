"""What every page shows around its content: the faces that work, the shops, the reader's choices.

Promises: no query of its own beyond the logged-in user; a page that stands alone (login, an
error) gets the same words without a user.
"""

import socket
from dataclasses import dataclass, replace
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from goen.doors import cookies
from goen.doors.console import gate
from goen.doors.say import language, say, text_of
from goen.kit import clock, home
from goen.kit.actors import Actor, Viewer
from goen.places import rights

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Face:
    """One entry of the side bar."""

    href: str
    icon: str
    name: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class OtherShop:
    """A shop that answers on this machine, at its own address."""

    title: dict[str, str]
    href: str
    address: str


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of every template."""
    shop = home.current_shop()
    role = gate.role_of(request)
    faces = _faces(request.path, role)
    return {
        "shop": shop,
        "timezone": shop.timezone,
        "language": language(),
        "theme": theme_of(request),
        "faces": faces,
        "tabs": [*faces[:4], _face("/menu", "menu", say("メニュー", "Menu"), request.path)],
        "other_shops": other_shops(request),
        "who": _name(request),
        "role_name": role_name(request),
        "may": gate.May(role),
        "here": request.get_full_path() if request.method == "GET" else "/",
        "now": clock.now(),
    }


def theme_of(request: HttpRequest) -> str:
    """The theme the reader chose, or empty for what their device says."""
    chosen = cookies.read(request, "goen_theme")
    return chosen if chosen in THEMES else ""


def viewer_of(request: HttpRequest, purpose: str = "service") -> Viewer:
    """The member of staff who looks at people on this page, and what for."""
    staff: Any = request.user
    sees = gate.may(request, "names")
    return Viewer(name=staff.code, role=staff.role, purpose=purpose, sees_names=sees)


def actor_of(request: HttpRequest) -> Actor:
    """The member of staff who writes from this page."""
    staff: Any = request.user
    return Actor("staff", staff.code, staff.pk)


def role_name(request: HttpRequest) -> str:
    """The reader's role in words."""
    user: Any = getattr(request, "user", None)
    return say(*rights.ROLES[user.role]) if user is not None and user.is_authenticated else ""


def other_shops(request: HttpRequest) -> list[OtherShop]:
    """The other registered shops that answer now, at the host name this reader used."""
    host = request.get_host().rsplit(":", 1)[0]
    mine = home.current_shop_name()
    return [
        OtherShop(dict(shop.title), f"http://{host}:{shop.port}/", f"{host}:{shop.port}")
        for shop in home.shops()
        if shop.name != mine and _answers(shop.port)
    ]


def _answers(port: int) -> bool:
    """Whether somebody listens on a port; remembered for a few seconds."""
    known = cache.get(f"answers-{port}")
    if known is None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.05)
            known = probe.connect_ex(("127.0.0.1", port)) == 0
        cache.set(f"answers-{port}", known, 5)
    return bool(known)


_FACES = (
    ("/", "home", "ホーム", "Home", "look"),
    ("/customers", "user", "顧客", "Customers", "people"),
    ("/products", "tag", "商品", "Products", "look"),
    ("/orders", "order", "注文", "Orders", "people"),
    ("/stock", "box", "在庫", "Stock", "look"),
    ("/points", "coin", "ポイント", "Points", "look"),
    ("/coupons", "ticket", "クーポン", "Coupons", "look"),
    ("/measures", "speak", "施策", "Measures", "look"),
    ("/analysis", "bars", "分析", "Analyses", "look"),
    ("/register/", "till", "レジ", "Register", "sell"),
    ("/loads", "inbox", "取り込み", "Load a file", "links"),
    ("/settings", "sliders", "設定", "Settings", "settings_look"),
)
"""The side bar: address, icon, words, and the right that its page needs."""


def _faces(path: str, role: str) -> list[Face]:
    shown = [face for face in _FACES if rights.may(role, face[-1])]
    return [_with(_face(href, icon, say(ja, en), path), path) for href, icon, ja, en, _ in shown]


_ALSO = {
    "/measures": ("/segments", "/lists", "/mailbox", "/automation", "/routines"),
    "/settings": ("/staff", "/trail", "/consents"),
}
"""Pages that stand under other words than the face they belong to."""


def _with(face: Face, path: str) -> Face:
    also = _ALSO.get(face.href, ())
    return replace(face, here=face.here or bool(also and path.startswith(also)))


def _face(href: str, icon: str, name: str, path: str) -> Face:
    root = href.rstrip("/")
    here = path == href if href == "/" else path == root or path.startswith(f"{root}/")
    return Face(href, icon, name, here)


def _name(request: HttpRequest) -> str:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return text_of(user.name) or str(user.login)
