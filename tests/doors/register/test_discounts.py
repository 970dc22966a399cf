"""Discounts, coupons and points at the till: quoted with what they come to, and kept so."""

from typing import Any

import pytest

from goen.kit import clock, ids
from goen.kit.db import Tx
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.doors.register.counter import basket, clerk, send
from tests.points import wallet

pytestmark = pytest.mark.usefixtures("tx_db")
BOWL, TEA = "UTSUWA-01", "CHA-01"


def _coupon() -> None:
    by = {"actor": world.ACTOR, "recorded_at": clock.now()}
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 200)
    coupons.put_kind(Tx(), kind, **by)
    wish = NewCoupon(ids.new_id(), "welcome", clock.now(), "WELCOME-1", None, 5)
    coupons.issue(Tx(), [wish], **by)


def _line(item: str, qty: int, **more: Any) -> dict[str, Any]:
    return {"item": item, "qty": qty} | more


def test_percentages_become_amounts_rounded_down() -> None:
    client = clerk()
    lines = [_line(TEA, 2, percent_bp=1_000, discount_code="markdown"), _line(BOWL, 1)]
    body = basket(lines=lines, percent_bp=500, discount_code="goodwill")
    seen = send(client, "quote", body).json()
    assert seen["discounts"] == [259, 0]
    assert seen["discount"] == (2_592 - 259 + 4_400) * 5 // 100
    assert seen["total"] == 2_592 - 259 + 4_400 - seen["discount"]
    lines = [_line(TEA, 2, discount=259, discount_code="markdown"), _line(BOWL, 1)]
    total, off = seen["total"], seen["discount"]
    sold = basket(total=total, lines=lines, discount=off, discount_code="goodwill")
    assert send(client, "sales", sold).json()["total"] == total
    assert Tx().rows("SELECT discount_minor, discount_code FROM orders_line ORDER BY line_no") == [
        (259, "markdown"),
        (0, ""),
    ]
    assert send(client, "sales", sold).json()["repeated"] is True


def test_more_than_it_costs_is_refused() -> None:
    client = clerk()
    lines = [_line(TEA, 1, discount=2_000, discount_code="markdown")]
    answer = send(client, "quote", basket(lines=lines))
    assert (answer.status_code, answer.json()["code"]) == (409, "discount_too_large")


def test_a_coupon_is_read_quoted_used_and_printed() -> None:
    client = clerk()
    _coupon()
    assert client.get("/register/read", {"q": "WELCOME-1"}).json() == {"coupon": "WELCOME-1"}
    body = basket(lines=[_line(BOWL, 1)], coupons=["WELCOME-1"])
    seen = send(client, "quote", body).json()
    assert seen["coupons"] == [{"number": "WELCOME-1", "amount": 200}]
    assert seen["total"] == 4_200
    sold = basket(total=4_200, lines=[_line(BOWL, 1)], coupons=["WELCOME-1"])
    done = send(client, "sales", sold).json()
    assert done["total"] == 4_200
    assert send(client, "sales", sold).json()["repeated"] is True
    paper = client.get(done["receipt"]).content.decode()
    assert "クーポン WELCOME-1" in paper
    assert "−¥200" in paper
    unknown = basket(lines=[_line(BOWL, 1)], coupons=["NOPE"])
    assert send(client, "quote", unknown).json()["code"] == "unknown_coupon"


def test_points_pay_a_part_and_the_receipt_says_what_is_left() -> None:
    client = clerk()
    wallet.programme(Tx())
    wallet.given(Tx(), 1_240, "M-002")
    member = {"value": "G1040002"}
    seen = send(client, "quote", basket(lines=[_line(BOWL, 1)], member=member)).json()
    assert (seen["points_free"], seen["points_earned"]) == (1_240, 44)
    tenders = [{"kind": "points", "amount": 1_000}, {"kind": "card", "amount": 3_400}]
    sold = basket(lines=[_line(BOWL, 1)], member=member, tenders=tenders, expected_total=4_400)
    done = send(client, "sales", sold).json()
    assert (done["points_earned"], done["points_left"]) == (34, 274)
    paper = client.get(done["receipt"]).content.decode()
    for said in (
        "今回たまったポイント",
        "今回使ったポイント",
        "1,000",
        "いま使えるポイント",
        "274",
    ):
        assert said in paper, said
    wish = {"uid": str(ids.new_id()), "parts": [{"line": 1, "qty": 1}], "reason": "other"}
    back = send(client, f"returns/of/{done['uid']}/take", wish).json()
    note = client.get(back["document"]).content.decode()
    for said in ("ポイントでお返し", "獲得ポイントの取り消し", "−34", "¥3,400"):
        assert said in note, said
    again = send(client, "quote", basket(lines=[_line(BOWL, 1)], member=member)).json()
    assert again["points_free"] == 1_240
