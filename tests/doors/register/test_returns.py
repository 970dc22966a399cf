"""Taking back at the till: finding the document, what goes back, the paper, and who may."""

from typing import Any
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.order import NewOrder
from goen.orders.sale import SaleTender, Sold
from tests import world
from tests.doors.register.counter import clerk, send
from tests.orders import placed

pytestmark = pytest.mark.usefixtures("tx_db")


def _sold(**more: Any) -> UUID:
    """Three bowls and two teas, in cash and by card."""
    tenders = (SaleTender("cash", 5_000, 5_000), SaleTender("card", 10_792))
    goods = (("UTSUWA-01", 3), ("CHA-01", 2))
    sale = world.sale(*goods, tenders=tenders, source_no="S1-0000007", **more)
    (answer,) = world.sold(Tx(), sale)
    assert isinstance(answer, Sold), answer
    return answer.uid


def _wish(*parts: tuple[int, int], **more: Any) -> dict[str, Any]:
    body = {
        "uid": str(ids.new_id()),
        "parts": [{"line": line, "qty": qty} for line, qty in parts],
        "reason": "defective",
    }
    return body | more


def test_a_number_opens_its_document_whatever_its_case() -> None:
    client = clerk()
    uid = _sold()
    for typed in ("S1-0000007", "s1-0000007", "Ｓ１-0000007"):
        answer = client.get("/register/returns", {"q": typed})
        assert answer.headers["Location"] == f"/register/returns/of/{uid}"
    page = client.get("/register/returns", {"q": "S1-9"}).content.decode()
    assert "「S1-9」の会計は見つかりません" in page


def test_an_order_without_a_number_is_found_by_the_end_of_its_id() -> None:
    client = clerk()
    world.stocked(Tx(), "CHA-01", 5)
    uid = placed.one_placed(Tx(), placed.order(("CHA-01", 1)))
    answer = client.get("/register/returns", {"q": str(uid)[-12:].upper()})
    assert answer.headers["Location"] == f"/register/returns/of/{uid}"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "まだお渡ししていない注文です" in page


def test_what_goes_back_is_shown_before_and_then_given_back() -> None:
    client = clerk()
    uid = _sold()
    wish = _wish((1, 1), (2, 2))
    seen = send(client, f"returns/of/{uid}/preview", wish).json()
    assert (seen["total"], seen["kept"]) == (6_992, 0)
    assert seen["tenders"] == [{"tender": 1, "kind": "card", "label": "カード", "amount": 6_992}]
    assert [tax["tax"] for tax in seen["taxes"]] == [400, 192]
    assert seen["lines"] == {"1": 4_400, "2": 2_592}
    assert Tx().value("SELECT count(*) FROM orders_slip") == 0
    done = send(client, f"returns/of/{uid}/take", wish | {"expected_total": 6_992})
    assert done.status_code == 200
    again = send(client, f"returns/of/{uid}/take", wish | {"expected_total": 6_992})
    assert again.json() == done.json()
    assert Tx().value("SELECT count(*) FROM orders_slip") == 1
    other = _wish((1, 2), uid=wish["uid"])
    assert send(client, f"returns/of/{uid}/take", other).json()["code"] == "id_reused"


def test_the_paper_is_a_return_invoice_with_both_dates() -> None:
    """L-23: issuer, registration number, both dates, what came back, amounts and tax per rate."""
    client = clerk()
    uid = _sold()
    done = send(client, f"returns/of/{uid}/take", _wish((1, 3))).json()
    paper = client.get(done["document"]).content.decode()
    for said in ("適格返還請求書", "T5010401000007", "S1-0000007", "−¥13,200", "（うち消費税",
                 "−¥1,200", "不良・傷", "税込1万円以上"):  # fmt: skip
        assert said in paper, said
    assert "再発行" not in paper
    client.session.flush()
    small = send(clerk(opened=False), f"returns/of/{uid}/take", _wish((2, 1))).json()
    other = clerk(opened=False).get(small["document"]).content.decode()
    assert "再発行" in other
    assert "税込1万円未満" in other
    row = Tx().row("SELECT verb, kind FROM kit_trail WHERE kind = 'return'")
    assert row == ("reissue", "return")


def test_another_amount_than_on_the_screen_is_refused() -> None:
    client = clerk()
    uid = _sold()
    answer = send(client, f"returns/of/{uid}/take", _wish((1, 1), expected_total=1))
    assert (answer.status_code, answer.json()["code"]) == (409, "total_changed")
    assert Tx().value("SELECT count(*) FROM orders_slip") == 0


def test_no_money_without_a_reason_or_the_right() -> None:
    client = clerk()
    uid = _sold()
    answer = send(client, f"returns/of/{uid}/take", _wish((1, 1), reason=""))
    assert answer.json()["code"] == "reason_missing"
    marketer = clerk(role="marketer", opened=False)
    answer = send(marketer, f"returns/of/{uid}/take", _wish((1, 1)))
    assert answer.status_code == 403
    assert answer.json()["code"] == "no_right"
    page = marketer.get(f"/register/returns/of/{uid}").content.decode()
    assert "この操作の権利がありません" in page
    assert Tx().value("SELECT count(*) FROM orders_slip") == 0


def test_the_clerk_says_by_which_way_the_money_goes() -> None:
    client = clerk()
    uid = _sold()
    wish = _wish((1, 1), tenders=[[0, 4_400]])
    assert send(client, f"returns/of/{uid}/take", wish).status_code == 200
    assert Tx().rows("SELECT kind, amount_minor FROM payments_refund") == [("cash", 4_400)]


def test_today_s_returns_and_the_way_back_stand_on_the_page() -> None:
    client = clerk()
    uid = _sold()
    empty = client.get("/register/returns").content.decode()
    assert "きょうの返品はまだありません" in empty
    send(client, f"returns/of/{uid}/take", _wish((2, 1)))
    page = client.get("/register/returns").content.decode()
    assert "S1-0000007" in page
    assert "¥1,296" in page
    again = client.get(f"/register/returns/of/{uid}").content.decode()
    assert "この会計は前にも返品があります" in again


def test_a_delivery_fee_stands_on_the_receipt_and_comes_back_when_chosen() -> None:
    client = clerk()
    world.stocked(Tx(), "CHA-01", 5)
    new: NewOrder = placed.order(("CHA-01", 1), fee=550)
    uid = placed.one_placed(Tx(), new)
    placed.slipped(placed.ship(Tx(), uid))
    receipt = client.get(f"/register/receipts/{uid}").content.decode()
    assert "送料" in receipt
    assert "¥550" in receipt
    seen = send(client, f"returns/of/{uid}/preview", _wish((0, 1))).json()
    assert (seen["total"], seen["lines"]) == (550, {"0": 550})


def test_english_says_the_same() -> None:
    client = clerk()
    uid = _sold()
    client.cookies["goen_language"] = "en"
    page = client.get(f"/register/returns/of/{uid}").content.decode()
    assert "Choose what comes back" in page
    assert "Faulty or damaged" in page
