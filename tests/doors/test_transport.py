"""What every answer carries, and what changes when a proxy that speaks https stands before us."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from goen.doors import throttle
from goen.doors.member import letters
from goen.kit.db import Tx
from goen.kit.limits import Limiter
from goen.kit.mail import Mail
from tests import world
from tests.doors.console.conftest import logged_in

ASKED = """
import json
from django.conf import settings
import django; django.setup()
from django.http import HttpResponse
from django.test import RequestFactory
from django.middleware.security import SecurityMiddleware
from goen.doors import cookies
from goen.doors.callers import client_of
ask = RequestFactory(REMOTE_ADDR="127.0.0.1", SERVER_NAME="127.0.0.1")
page = SecurityMiddleware(lambda _: HttpResponse("x"))
kept = HttpResponse(); cookies.keep(kept, "goen_demo_member", "t", path="/m/")
behind = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "9.9.9.9, 203.0.113.7"}
print(json.dumps({
    "session": settings.SESSION_COOKIE_NAME, "csrf": settings.CSRF_COOKIE_NAME,
    "secure": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE],
    "plain": [page(ask.get("/x")).status_code, page(ask.get("/v1/skus")).status_code],
    "hsts": page(ask.get("/", **behind)).headers.get("Strict-Transport-Security", ""),
    "cookie": kept.cookies.output(header=""), "client": client_of(ask.get("/", **behind)),
}))
"""


def asked(**environment: str) -> dict[str, object]:
    """What a process with this environment answers."""
    env = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", ASKED], env=env, capture_output=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_over_https_cookies_are_secure_and_the_browser_stays_there() -> None:
    told = asked(GOEN_HTTPS="1")
    assert told["session"] == "__Host-goen_demo_session"
    assert told["csrf"] == "__Host-goen_demo_csrf"
    assert told["secure"] == [True, True]
    assert told["plain"] == [301, 200], "people are led on, programs are not"
    assert told["hsts"] == "max-age=31536000; includeSubDomains"
    cookie = str(told["cookie"])
    assert cookie.strip().startswith("__Host-goen_demo_member=t;")
    for part in ("Path=/;", "Secure", "HttpOnly", "SameSite=Lax"):
        assert part in f"{cookie};"
    assert told["client"] == "203.0.113.7", "the proxy's last word"


def test_without_a_proxy_nobody_says_where_they_come_from() -> None:
    told = asked(GOEN_HTTPS="")
    assert told["session"] == "goen_demo_session"
    assert (told["plain"], told["hsts"], told["client"]) == ([200, 200], "", "127.0.0.1")


def test_no_page_is_kept_by_a_cache_and_none_is_framed(shop: Tx) -> None:
    browser = logged_in("hq")
    for path in ("/", "/customers", "/settings", "/orders.csv", "/register/where", "/m/enter",
                 "/login", "/nowhere"):  # fmt: skip
        headers = browser.get(path).headers
        assert "no-store" in headers["Cache-Control"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
    static = browser.get("/static/goen.css")
    assert "max-age=31536000" in static.headers["Cache-Control"]


def test_what_a_mail_shows_may_be_shown_elsewhere(shop: Tx) -> None:
    assert Client().get("/t/o/x").headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_who_presses_too_often_waits(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(throttle, "LIMITER", Limiter(lambda: clock[0]))
    here = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR="198.51.100.1")
    answers = [here.post("/q/x").status_code for _ in range(int(throttle.BURST) + 2)]
    assert answers.count(429) == 2
    refused = here.post("/q/x")
    assert refused.headers["Retry-After"] == "1"
    assert here.get("/q/x").status_code == 404, "looking is not limited"
    elsewhere = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR="198.51.100.2")
    assert elsewhere.post("/q/x").status_code == 404
    assert here.post("/login", {"login": "x"}).status_code != 429, "another door"
    clock[0] = 1.0
    assert here.post("/q/x").status_code == 404


def test_a_limiter_keeps_no_more_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limiter, "MOST", 100)
    clock = [0.0]
    limiter = Limiter(lambda: clock[0])
    for n in range(1_000):
        clock[0] += 0.001
        limiter.take(f"caller {n}", rate=1, burst=2)
        assert len(limiter._buckets) <= 100
    for _ in range(2):
        limiter.take("one", rate=1, burst=2)
    assert limiter.take("one", rate=1, burst=2) > 0


def test_a_link_to_a_new_mail_address_counts_once(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Mail] = []
    monkeypatch.setattr(letters, "send_aside", lambda _, letter: sent.append(letter))
    monkeypatch.setattr(letters, "new_address", lambda _by, to, href: Mail(to, "s", href))
    from goen.customers import entering
    from goen.kit import clock as now

    record = shop.value("SELECT id FROM customers_record WHERE source_key = 'M-002'")
    phone = Client(SERVER_NAME="127.0.0.1")
    phone.cookies["goen_demo_member"] = entering.begin(shop, record, "card", at=now.now())
    for mail in ("first@kaze.example", "second@kaze.example"):
        assert phone.post("/m/data/mail", {"mail": mail}).status_code == 302
    first, second = (re.search(r"/m/mail/.+", one.text)[0] for one in sent)  # type: ignore[index]
    assert phone.post(first).headers["Location"] == "/m/data?done=confirmed"
    assert phone.post(first).status_code == 410, "used"
    assert phone.post(second).status_code == 410, "asked for before the change"
    told = shop.value("SELECT mail FROM customers_detail ORDER BY id DESC LIMIT 1")
    assert told == "first@kaze.example"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    """The world's shop."""
    t = Tx()
    world.open_shop(t)
    return t
