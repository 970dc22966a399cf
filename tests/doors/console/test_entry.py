"""Coming in: who may, how often one may try, and what the reader's choices do."""

import pytest
from django.test import Client

from goen.kit import home
from goen.kit.db import Tx


def _browser() -> Client:
    return Client(headers={"accept-language": "ja"}, SERVER_NAME="127.0.0.1")


def test_every_page_asks_for_a_login_first(shop: Tx) -> None:
    for path in ("/", "/products", "/products/1", "/settings", "/metrics-help", "/work", "/menu"):
        answer = _browser().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=")


def test_the_right_password_comes_in(shop: Tx) -> None:
    browser = _browser()
    answer = browser.post("/login", {"login": "sato", "password": "long enough", "next": "/menu"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/menu")


def test_a_wrong_password_says_what_to_do_and_nothing_more(shop: Tx) -> None:
    browser = _browser()
    known = browser.post("/login", {"login": "sato", "password": "x"})
    unknown = browser.post("/login", {"login": "nobody", "password": "x"})
    assert known.status_code == unknown.status_code == 401
    words = "ログインIDかパスワードが違います。"
    assert words in known.content.decode()
    assert words in unknown.content.decode()


def test_five_wrong_passwords_lock_the_login(shop: Tx) -> None:
    browser = _browser()
    for _ in range(5):
        last = browser.post("/login", {"login": "sato", "password": "x"})
    assert last.status_code == 429
    right = browser.post("/login", {"login": "sato", "password": "long enough"})
    assert right.status_code == 429
    assert "15分" in right.content.decode()
    failed = shop.rows("SELECT subject FROM kit_trail WHERE verb = 'sign_in_failed'")
    assert failed == [("st01",)] * 6, "the ones that lock it are in the trail too"


def test_the_demo_lets_in_by_role(shop: Tx) -> None:
    browser = _browser()
    assert 'name="role" value="hq"' in browser.get("/login").content.decode()
    assert browser.post("/login/as", {"role": "hq"}).headers["Location"] == "/"
    assert browser.get("/menu").status_code == 200


def test_a_real_shop_never_lets_in_without_a_password(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = home.Shop(name="own", title={"ja": "自分の店", "en": "My shop"}, kind="own")
    monkeypatch.setattr(home, "current_shop", lambda: own)
    browser = _browser()
    assert "/login/as" not in browser.get("/login").content.decode()
    assert browser.post("/login/as", {"role": "hq"}).headers["Location"] == "/login"
    assert browser.get("/menu").status_code == 302


def test_no_address_outside_the_shop_is_followed(shop: Tx) -> None:
    browser = _browser()
    for elsewhere in ("https://example.com/", "//example.com/", "javascript:alert(1)"):
        answer = browser.post("/login/as", {"role": "hq", "next": elsewhere})
        assert answer.headers["Location"] == "/"


def test_language_and_theme_are_kept(client: Client) -> None:
    client.post("/look", {"language": "en", "theme": "dark", "next": "/menu"})
    page = client.get("/menu").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    client.post("/look", {"theme": "auto"})
    assert "data-theme" not in client.get("/menu").content.decode()


def test_leaving_ends_the_session(client: Client) -> None:
    client.post("/logout")
    assert client.get("/menu").status_code == 302


@pytest.mark.parametrize(
    "path", ["/customers?q=a%00b", "/search?q=%00", "/stock?q=%00", "/login?x=%00"]
)
def test_a_zero_byte_is_refused_in_words(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "U+0000" in answer.content.decode()
    form = "application/x-www-form-urlencoded"
    assert client.post("/login", "login=a%00&password=x", content_type=form).status_code == 400
