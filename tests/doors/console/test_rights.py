"""Every address of the shop asks for a right, and really refuses whoever lacks it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from goen.doors.console import gate
from goen.doors.console.gate_map import OWN_LOCKS, ROUTES
from goen.kit.db import Tx
from goen.places import rights
from goen.places.models import Place, Staff
from tests.doors.console.conftest import logged_in

_SAMPLE = {
    "int": "987654", "uuid": str(UUID(int=7)), "str": "nothing", "slug": "cancel", "path": "x",
}  # fmt: skip
_NO_PAGE_OF_STAFF = {"healthz", "metrics", "api", "login", "logout", "look"}


def _routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        else:
            assert isinstance(one, URLPattern)
            yield route


def _address(route: str) -> str:
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: _SAMPLE[m[1] or "str"], route)


GATED = sorted(route for route in set(_routes()) if gate.need_of(route) is not None)


def test_every_address_is_in_the_map_or_has_a_lock_of_its_own() -> None:
    missing = [r for r in _routes() if r not in ROUTES and not r.startswith(OWN_LOCKS)]
    assert missing == [], "add it to goen/doors/console/gate_map.py"


def test_the_map_names_no_address_that_is_gone() -> None:
    assert sorted(set(ROUTES) - set(_routes())) == []


def test_only_the_way_in_is_open() -> None:
    assert {route for route, need in ROUTES.items() if need is None} == _NO_PAGE_OF_STAFF


def test_every_right_that_is_asked_for_is_in_the_table() -> None:
    asked = {one for need in ROUTES.values() if need for part in need[:3] for one in part.split()}
    assert asked <= set(rights.RIGHTS)


@pytest.mark.parametrize("role", rights.ROLES)
def test_who_lacks_the_right_is_refused_and_who_has_it_is_not(shop: Tx, role: str) -> None:
    browser = logged_in(role)
    wrong = []
    for route in GATED:
        need = gate.need_of(route)
        assert need is not None
        address = _address(route)
        missing = gate.refused(need, role, "GET", address.endswith(".csv"))
        status = browser.get(address).status_code
        if (status == 403) != bool(missing) or status >= 500:
            wrong.append(("GET", address, status, missing))
        missing = gate.refused(need, role, "POST")
        if missing and browser.post(address).status_code != 403:
            wrong.append(("POST", address, 200, missing))
        if need.csv and gate.refused(need, role, "GET", to_file=True):
            status = browser.get(address, {"format": "csv"}).status_code
            if status != 403:
                wrong.append(("CSV", address, status, need.csv))
    assert wrong == []


def test_nobody_passes_without_a_login(shop: Tx) -> None:
    browser = Client(SERVER_NAME="127.0.0.1")
    for route in GATED:
        answer = browser.get(_address(route))
        assert (answer.status_code, answer.headers["Location"][:12]) == (302, "/login?next=")


def test_a_post_without_a_right_writes_nothing_but_that_it_was_refused(shop: Tx) -> None:
    shop.execute("DELETE FROM kit_trail")
    browser = logged_in("partner")
    assert browser.post("/settings/keys", {"name": "x", "scope": "sales:write"}).status_code == 403
    assert browser.post("/register/sales", "{}", content_type="application/json").status_code == 403
    noted = shop.rows("SELECT verb, subject, detail->>'right' FROM kit_trail ORDER BY id")
    assert noted == [("refused", "/settings/keys", "keys"), ("refused", "/register/sales", "sell")]
    assert shop.value("SELECT count(*) FROM kit_key") == 0
    told = logged_in("hq").get("/trail").content.decode()
    assert "足りない権利" in told
    assert "レジで会計する" in told, "the right in words"


def test_the_refusal_says_which_right_is_missing_and_who_has_it(shop: Tx) -> None:
    page = logged_in("store").get("/segments/people.csv").content.decode()
    assert "「お客様の一覧を書き出す」の権利が必要です" in page
    assert "本部・販促担当・運用担当" in page
    english = Client(headers={"accept-language": "en"}, SERVER_NAME="127.0.0.1")
    english.force_login(Staff.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    page = english.get("/segments/people.csv").content.decode()
    assert "Take lists of customers out as files" in page
    assert "Head office, Marketing, Operations" in page


def test_the_side_bar_has_only_pages_one_may_open(shop: Tx) -> None:
    for role in rights.ROLES:
        browser = logged_in(role)
        page = browser.get("/menu").content.decode()
        side = page.split('<div class="nav">')[1].split("</div>")[0]
        for href in re.findall(r'href="([^"]+)"', side):
            assert browser.get(href).status_code in {200, 302}, (role, href)
        assert ('href="/register/"' in side) is rights.may(role, "sell")
        assert ('href="/settings"' in side) is rights.may(role, "settings_look")


def test_staff_of_a_store_sell_and_move_goods_at_their_own(shop: Tx) -> None:
    browser = logged_in("store")
    staff = Staff.objects.get()
    staff.place = Place.objects.get(code="kichijoji")
    staff.save()
    tills = browser.get("/register/?where").content.decode()
    assert ('value="K1"' in tills, 'value="S1"' in tills) == (True, False)
    assert browser.post("/register/where", {"till": "S1"}).status_code == 302
    assert "どのレジですか" in browser.get("/register/").content.decode(), "not theirs to stand at"
    browser.post("/register/where", {"till": "K1"})
    assert "どのレジですか" not in browser.get("/register/").content.decode()
    form = {"item": "CHA-01", "qty": "5", "r0.item": "CHA-01", "r0.qty": "5", "do": "book"}
    count = "SELECT count(*) FROM ledger_move"
    before = shop.value(count)
    assert browser.post("/stock/arrivals/new", form | {"place": "shibuya"}).status_code == 403
    sheet = browser.get("/stock/counts/new", {"place": "shibuya"})
    assert sheet.headers["Location"] == "/stock/counts"
    assert shop.value(count) == before
    source = browser.get("/stock/transfers/new").content.decode()
    source = source.split('id="source"')[1].split("</select>")[0]
    assert re.findall(r'value="(\w+)"', source) == ["kichijoji"]
    assert "渋谷店" in browser.get("/stock?place=shibuya").content.decode(), "they may look"


_STARTS = [
    ("/measures/9/launch", {}),
    ("/measures/9/send", {}),
    ("/measures/9/mail/test", {"to": "a@example.com"}),
    ("/measures/9/send/act", {"do": "resume"}),
    ("/measures/9/send/act", {"do": "again"}),
    ("/measures/scenarios/9/act", {"do": "begin"}),
    ("/measures/scenarios/9/act", {"do": "resume"}),
    ("/automation/switch", {"on": "1"}),
]
_STOPS = [
    ("/measures/9/stop", {"why": "x"}),
    *(("/measures/9/send/act", {"do": do}) for do in ("recall", "pause", "stop", "leave")),
    *(("/measures/scenarios/9/act", {"do": do}) for do in ("pause", "stop")),
    ("/automation/switch", {"on": "0"}),
]


@pytest.mark.parametrize("role", rights.ROLES)
def test_who_may_stop_what_goes_wrong_may_not_therefore_start_it(shop: Tx, role: str) -> None:
    browser = logged_in(role)
    starts = {(a, *form.values()): browser.post(a, form).status_code != 403 for a, form in _STARTS}
    stops = {(a, *form.values()): browser.post(a, form).status_code != 403 for a, form in _STOPS}
    assert set(starts.values()) == {role in {"hq", "marketer"}}, starts
    assert set(stops.values()) == {role in {"hq", "marketer", "operations"}}, stops


def test_a_refund_is_refused_at_the_gate(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing behind it asks again: without the right nobody comes to the page or the verb."""
    only_head_office = replace(rights.RIGHTS["give_back"], roles=frozenset({"hq"}))
    monkeypatch.setitem(rights.RIGHTS, "give_back", only_head_office)
    sale, before = UUID(int=7), "SELECT count(*) FROM ledger_move"
    moved = shop.value(before)
    for role in ("store", "marketer"):
        browser = logged_in(role)
        assert browser.get(f"/register/returns/of/{sale}").status_code == 403
        for what in ("preview", "take"):
            path = f"/register/returns/of/{sale}/{what}"
            answer = browser.post(path, "{}", content_type="application/json")
            assert answer.status_code == 403
            told = answer.json()
            assert told["code"] == "no_right"
    assert "本部" in told["message"]
    assert shop.value(before) == moved
