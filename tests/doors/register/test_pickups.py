"""Handing over at the counter: what waits here, what lies here, and giving it once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from tests import world
from tests.doors.register.counter import clerk
from tests.orders import placed

pytestmark = pytest.mark.usefixtures("tx_db")


def _ordered(*items: tuple[str, int], **more: Any) -> UUID:
    """An order to be collected in Shibuya."""
    for item, qty in items:
        world.stocked(Tx(), item, qty + 5)
    new = placed.order(*items, to="shibuya", member=("card", "G1040002"), **more)
    return placed.one_placed(Tx(), new)


def _number(uid: UUID) -> str:
    return str(uid)[-12:].upper()


def _press(client: Any, uid: UUID, what: str, form_id: UUID | None = None) -> Any:
    return client.post(f"/register/pickups/{uid}/{what}", {"uid": str(form_id or ids.new_id())})


def test_nothing_waits() -> None:
    page = clerk().get("/register/pickups").content.decode()
    assert "この店で受け取る注文はありません" in page


def test_what_waits_here_is_listed_with_whose_it_is() -> None:
    client = clerk()
    uid = _ordered(("CHA-01", 2), ("UTSUWA-01", 1))
    page = client.get("/register/pickups").content.decode()
    for said in (_number(uid), "石川 美咲 様", "煎茶 さえみどり", "3点", "準備中"):
        assert said in page, said
    found = client.get("/register/pickups", {"q": _number(uid)})
    assert found.headers["Location"] == f"/register/pickups/{uid}"
    assert _number(uid) in client.get("/register/pickups", {"q": "石川"}).content.decode()
    none = client.get("/register/pickups", {"q": "鈴木"}).content.decode()
    assert "「鈴木」の注文は、この店の受け取りにありません" in none
    client.post("/register/where", {"till": "K1"})
    assert _number(uid) not in client.get("/register/pickups").content.decode()
    assert client.get(f"/register/pickups/{uid}").status_code == 404


def test_ready_then_handed_over_once() -> None:
    client = clerk()
    uid = _ordered(("CHA-01", 2))
    assert _press(client, uid, "ready").status_code == 302
    assert "お渡しできます" in client.get(f"/register/pickups/{uid}").content.decode()
    form_id = ids.new_id()
    for _ in range(2):
        assert _press(client, uid, "hand", form_id).status_code == 302
    page = client.get(f"/register/pickups/{uid}").content.decode()
    assert "お渡しが終わりました" in page
    assert "お渡し済み" in page
    assert Tx().rows("SELECT kind FROM orders_slip ORDER BY id") == [("ready",), ("hand_over",)]
    assert _press(client, uid, "hand").status_code == 409
    saw = Tx().value("SELECT count(*) FROM kit_trail WHERE verb = 'see' AND kind = 'person'")
    assert saw > 0


def test_what_lies_elsewhere_cannot_be_handed_over_here() -> None:
    client = clerk()
    world.stocked(Tx(), "NUNO-01", 5, "kichijoji")
    uid = _ordered(("CHA-01", 1), ("NUNO-01", 1), sources=((1, "kichijoji"),))
    page = client.get(f"/register/pickups/{uid}").content.decode()
    assert "手配中" in page
    assert "1点をお渡しする" in page
    assert "準備ができた" not in page
    assert _press(client, uid, "hand").status_code == 302
    page = client.get(f"/register/pickups/{uid}").content.decode()
    assert "残りは、店に届いたらお渡しします" in page
    assert "まだこの店に届いていません" in page


def test_goods_a_till_took_meanwhile_are_refused_in_words() -> None:
    client = clerk()
    uid = _ordered(("CHA-01", 1))
    sale = world.sale(("CHA-01", 6), at=world.NOW - timedelta(minutes=5))
    world.sold(Tx(), sale)
    answer = _press(client, uid, "hand")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
