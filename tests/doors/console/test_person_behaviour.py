"""A person's page tells what they did beside buying, what they passed over, what is proposed."""

from datetime import timedelta

import pytest
from django.test import Client

from goen.behaviour.events import NewEvent, keep
from goen.kit import ids
from goen.kit.db import Tx
from tests.doors.register.counter import clerk
from tests.doors.register.test_proposing import person, proposal
from tests.world import ACTOR, NOW, sale, sold

pytestmark = pytest.mark.usefixtures("tx_db")
CARD = "G1040001"


def page(client: Client, **query: str) -> str:
    response = client.get(f"/customers/{person()}", query)
    assert response.status_code == 200
    return response.content.decode()


def did(kind: str, code: str, hours: float, **more: object) -> None:
    t = Tx()
    record = t.value("SELECT id FROM customers_record WHERE source_key = 'M-001'")
    sku = t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])
    at = NOW - timedelta(hours=hours)
    event = NewEvent("ec", str(ids.new_id()), kind, at, record_id=record, sku_id=sku, **more)  # type: ignore[arg-type]
    (answer,) = keep(t, [event], actor=ACTOR, recorded_at=NOW)
    assert hasattr(answer, "repeated"), answer


def test_what_was_looked_at_and_passed_over_stands_with_the_purchase() -> None:
    client = clerk()
    did("view", "NUNO-01", 5)
    did("cart", "NUNO-01", 4.9)
    did("view", "CHA-01", 4.8)
    sold(Tx(), sale(("CHA-01", 1), member=CARD, at=NOW - timedelta(hours=2)))
    found = page(client)
    assert "迷った商品：" in found
    assert found.index("煎茶 さえみどり") > 0
    assert "2回見た" in found
    assert "かごに入れた" in found
    assert 'title="見た・かごに入れた"' in found


def test_a_hundred_looks_are_one_line_a_day() -> None:
    client = clerk()
    for n in range(30):
        did("view", "NUNO-01", 30 + n / 60)
    sold(Tx(), sale(("CHA-01", 1), member=CARD, at=NOW - timedelta(hours=2)))
    assert page(client).count("contact-did") == 1


def test_what_staff_learnt_is_kept_as_their_word() -> None:
    """R-035: beside what the shopper says and what is inferred, in the same place."""
    client = clerk()
    bought = sale(("CHA-01", 1), member=CARD, at=NOW - timedelta(hours=2))
    sold(Tx(), bought)
    path = f"/customers/{person()}/reasons"
    assert client.post(path, {"document": bought.uid, "code": "gift"}).status_code == 302
    assert "贈り物（スタッフ記録）" in page(client)
    assert client.post(path, {"document": bought.uid, "code": "because"}).status_code == 422
    other = f"/customers/{person('G1040002')}/reasons"
    assert client.post(other, {"document": bought.uid, "code": "gift"}).status_code == 404
    assert client.post(path, {"document": "x", "code": "gift"}).status_code == 404


def test_the_proposal_is_the_next_step_and_is_put_aside_in_one_tap() -> None:
    client = clerk()
    uid = proposal(kind="due")
    found = page(client)
    assert "8642日ごと" in found
    assert "対象群" in found
    assert "「飯碗 白磁」をご案内する。" in found
    path = f"/customers/{person()}/proposals/{uid}"
    assert client.post(path, {"why": "because"}).status_code == 422
    done = client.post(path, {"why": "has_it"}, follow=True).content.decode()
    assert "提案を見送りました" in done
    assert "見送り（もうお持ち）" in done
    back = client.post(path, {"back": "1"}, follow=True).content.decode()
    assert "「飯碗 白磁」をご案内する。" in back
    assert client.post(f"/customers/{person('G1040002')}/proposals/{uid}").status_code == 404


def test_for_who_is_held_out_the_page_says_so_and_proposes_nothing() -> None:
    client = clerk()
    proposal(arm="holdout")
    found = page(client)
    assert "保留群" in found
    assert "をご案内する" not in found
