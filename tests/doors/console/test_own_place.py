"""Staff of a store change goods and orders of their own place alone, whatever the address."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client

from goen.customers import queries as customers
from goen.doors.console import gate_places
from goen.doors.console.gate_map import ROUTES
from goen.kit import clock, ids
from goen.kit.db import Tx
from goen.places import rights
from goen.places.models import Place, Staff
from goen.stock.holds import NewHold, hold
from goen.stock.transfers import NewTransfer, send
from tests import world
from tests.doors.console.conftest import logged_in
from tests.orders.placed import audit, one_placed, order, rerouted, ship

OVER_GOODS = {"stock", "fulfil", "sell", "give_back"}
TEA, BOWL = "CHA-01", "UTSUWA-01"


@dataclass(frozen=True, slots=True)
class Kichijoji:
    """What there is in Kichijoji, by the id of each."""

    t: Tx
    order: UUID
    collected: UUID
    hold: UUID
    transfer: UUID
    exception: int


@pytest.fixture
def there(shop: Tx) -> Kichijoji:
    """Goods in both stores; in Kichijoji orders, a hold, a parcel on its way, a broken promise."""
    for place in ("shibuya", "kichijoji"):
        world.stocked(shop, TEA, 9, place)
        world.stocked(shop, BOWL, 3, place)
    broken = one_placed(shop, order((BOWL, 2), source="kichijoji"))
    world.sold(shop, world.sale((BOWL, 3), place="kichijoji"))
    assert broken
    member = customers.find_credential(shop, "G1040002", viewer=world.VIEWER)
    assert member is not None
    now = clock.now()
    kept = NewHold(ids.new_id(), "kichijoji", "set_aside", f"record:{member.record_ids[0]}",
                   ((TEA, 1),), now)  # fmt: skip
    hold(shop, [kept], actor=world.ACTOR, recorded_at=now)
    moving = NewTransfer(ids.new_id(), "shibuya", "kichijoji", ((TEA, 2),), world.NOW)
    send(shop, [moving], actor=world.ACTOR, recorded_at=world.NOW)
    return Kichijoji(
        shop,
        one_placed(shop, order((TEA, 2), source="kichijoji")),
        one_placed(shop, order((TEA, 1), to="kichijoji")),
        kept.uid,
        moving.uid,
        int(shop.value("SELECT id FROM orders_exception")),
    )


Form = dict[str, str]
GOODS = {"item": TEA, "qty": "1", "r0.item": TEA, "r0.qty": "1", "do": "book"}
HERE = {"place": "kichijoji"} | GOODS

WRITES: dict[str, Callable[[Kichijoji], list[tuple[str, Form]]]] = {
    "orders/<uuid:uid>/<slug:code>": lambda at: [
        (f"/orders/{at.order}/ship", {"qty-1": "1", "confirm": "1"}),
        (f"/orders/{at.order}/cancel", {"qty-1": "1", "reason": "shopper", "confirm": "1"}),
        (f"/orders/{at.collected}/ready", {"confirm": "1"}),
        (f"/orders/{at.collected}/hand-over", {"qty-1": "1", "confirm": "1"}),
        (f"/orders/{at.order}/re-route", {"qty-1": "1", "place": "kichijoji", "confirm": "1"}),
        (f"/orders/{at.order}/take-back", {"qty-1": "1", "place": "kichijoji", "reason": "x"}),
    ],
    "orders/exceptions/<int:exception>": lambda at: [
        (f"/orders/exceptions/{at.exception}", {"how": how} | more)
        for how, more in (
            ("kept_again", {}),
            ("rerouted", {"place": "kichijoji"}),
            ("cancelled", {"confirm": "1"}),
            ("dismissed", {"note": "x"}),
        )
    ],
    "stock/arrivals/new": lambda _: [("/stock/arrivals/new", HERE)],
    "stock/counts/new": lambda _: [("/stock/counts/new", HERE)],
    "stock/holds/new": lambda _: [("/stock/holds/new", HERE | {"member": "G1040002"})],
    "stock/holds/<uuid:uid>/extend": lambda at: [(f"/stock/holds/{at.hold}/extend", {})],
    "stock/holds/<uuid:uid>/release": lambda at: [(f"/stock/holds/{at.hold}/release", {})],
    "stock/safety": lambda _: [
        ("/stock/safety", {"item": TEA, "place": "kichijoji", "safety": "4"}),
    ],
    "stock/transfers/new": lambda _: [
        ("/stock/transfers/new", GOODS | {"source": "kichijoji", "target": "shibuya"}),
    ],
    "stock/transfers/<uuid:uid>": lambda at: [(f"/stock/transfers/{at.transfer}", {})],
}


def of_store(code: str | None) -> Client:
    """A browser of staff of a store; of none that is theirs yet."""
    browser = logged_in("store")
    place = Place.objects.get(code=code) if code else None
    Staff.objects.update(place=place)
    return browser


def books(t: Tx) -> list[object]:
    """Everything that an act over goods writes."""
    tables = ("ledger_move", "ledger_pending", "orders_slip", "stock_hold", "stock_safety")
    return [
        *(t.value(f"SELECT count(*) FROM {table}") for table in tables),
        t.value("SELECT count(*) FROM orders_exception WHERE closed_at IS NULL"),
    ]


def test_every_address_that_writes_goods_says_whose_they_are() -> None:
    over_goods = {
        route for route, need in ROUTES.items() if need and OVER_GOODS & set(need.post.split())
    }
    under_the_till = {one for one in over_goods if one.startswith(gate_places.AT_THE_TILL)}
    assert over_goods - under_the_till == set(gate_places.PLACES)
    assert set(WRITES) == set(gate_places.PLACES), "say here how it is written to"


@pytest.mark.parametrize("own", ["shibuya", None])
def test_staff_of_another_place_are_refused_everywhere(there: Kichijoji, own: str | None) -> None:
    browser, before = of_store(own), books(there.t)
    for writes in WRITES.values():
        for address, form in writes(there):
            answer = browser.post(address, {"uid": str(ids.new_id())} | form)
            page = answer.content.decode()
            assert answer.status_code == 403, (address, form)
            assert "「吉祥寺店」の在庫や注文を変えられるのは、その場所の担当者と本部です" in page
    assert books(there.t) == before
    noted = there.t.rows("SELECT DISTINCT verb, detail->>'place' FROM kit_trail"
                         " WHERE verb = 'refused'")  # fmt: skip
    assert noted == [("refused", "kichijoji")]
    told = logged_in("hq").get("/trail", {"verb": "refused"}).content.decode()
    assert "店舗・倉庫" in told
    assert "kichijoji" in told


@pytest.mark.parametrize("role", rights.ROLES)
def test_staff_of_the_place_and_head_office_are_not(there: Kichijoji, role: str) -> None:
    browser = of_store("kichijoji") if role == "store" else logged_in(role)
    allowed = {"hq", "store"}
    for writes in WRITES.values():
        for address, form in writes(there):
            status = browser.post(address, {"uid": str(ids.new_id())} | form).status_code
            assert (status != 403) is (role in allowed), address
    assert audit(there.t) == []


def test_what_holds_everywhere_is_head_offices(there: Kichijoji) -> None:
    rule = {"item": TEA, "place": "", "safety": "4", "valid_from": "2026-11-20"}
    assert of_store("kichijoji").post("/stock/safety", rule).status_code == 403
    assert logged_in("hq").post("/stock/safety", rule).status_code == 302


def test_the_pages_offer_only_what_is_ones_own(there: Kichijoji) -> None:
    browser = of_store("shibuya")
    whole = browser.get(f"/orders/{there.order}").content.decode()
    assert f"/orders/{there.order}/ship" not in whole
    assert f"/orders/{there.order}/cancel" not in whole
    assert "「吉祥寺店」の在庫や注文" in whole
    form = browser.get(f"/orders/{there.order}/ship").content.decode()
    assert "この内容で出荷" not in form
    assert "「吉祥寺店」の在庫や注文" in form
    exceptions = browser.get("/orders/exceptions").content.decode()
    assert "渋谷店から出す" in exceptions, "their own goods may help out"
    assert "「吉祥寺店」の在庫や注文を変えられるのは" in exceptions
    assert "対応済みにする" not in exceptions
    assert "取り消して返金する" not in exceptions
    assert "/release" not in browser.get("/stock/holds").content.decode()
    theirs = of_store("kichijoji")
    kept = theirs.get("/stock/holds").content.decode()
    assert f"/stock/holds/{there.hold}/release" in kept
    whole = theirs.get(f"/orders/{there.order}").content.decode()
    assert f"/orders/{there.order}/ship" in whole
    safety = of_store("shibuya").get("/stock/safety").content.decode()
    chosen = safety.split('id="place"')[1].split("</select>")[0]
    assert [code in chosen for code in ("shibuya", "kichijoji", 'value=""')] == [True, False, False]
    assert browser.get("/stock?place=kichijoji").status_code == 200, "they may look"


def test_their_own_goods_may_help_out_an_order_of_another_place(there: Kichijoji) -> None:
    how = {"uid": str(ids.new_id()), "how": "rerouted", "place": "shibuya"}
    assert of_store("shibuya").post(f"/orders/exceptions/{there.exception}", how).status_code == 302
    assert there.t.value("SELECT resolution FROM orders_exception") == "rerouted"
    assert audit(there.t) == []


def test_of_an_order_from_two_places_each_sends_its_own(there: Kichijoji) -> None:
    uid = one_placed(there.t, order((TEA, 2), source="kichijoji", fee=550))
    rerouted(there.t, uid, "shibuya", (1, 1))
    browser = of_store("shibuya")
    asked = {"uid": str(ids.new_id()), "qty-1": "2", "confirm": "1"}
    assert browser.post(f"/orders/{uid}/ship", asked).status_code == 422, "one of them is here"
    page = browser.get(f"/orders/{uid}/ship").content.decode()
    assert 'name="qty-1"' in page
    assert 'max="1"' in page
    assert browser.post(f"/orders/{uid}/ship", asked | {"qty-1": "1"}).status_code == 302
    left = there.t.rows(
        "SELECT p.code FROM orders_slip s JOIN places_place p ON p.id = s.place_id"
        " WHERE s.kind = 'ship'"
    )
    assert left == [("shibuya",)]
    assert browser.get(f"/orders/{uid}/cancel").status_code == 200
    refused = browser.post(f"/orders/{uid}/cancel", {"qty-1": "1", "reason": "shopper"})
    assert refused.status_code == 403, "the other one is not"
    assert not isinstance(ship(there.t, uid), Exception)
    assert audit(there.t) == []


def test_at_the_till_too(there: Kichijoji) -> None:
    browser = of_store("shibuya")
    browser.post("/register/where", {"till": "K1"})
    sale = {"uid": str(ids.new_id()), "lines": [{"item": TEA, "qty": 1}], "expected_total": 1296,
            "tenders": [{"kind": "cash", "amount": 1296, "tendered": 1296}]}  # fmt: skip
    before = books(there.t)
    sold = browser.post("/register/sales", json.dumps(sale), content_type="application/json")
    assert sold.status_code == 409
    for till in ("K1", "S1"):
        browser.post("/register/where", {"till": till})
        for what in ("ready", "hand"):
            given = {"uid": str(ids.new_id())}
            browser.post(f"/register/pickups/{there.collected}/{what}", given)
    assert books(there.t) == before
