"""A receipt by mail: to the buyer alone, no advertising, and what is proposed only with consent."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from goen.customers import consents
from goen.kit import clock, home, mailbox
from goen.kit.db import Tx
from tests import world
from tests.doors.register.counter import clerk
from tests.doors.register.test_proposing import CARD, person, proposal
from tests.marketing import posting

pytestmark = pytest.mark.usefixtures("tx_db")
ADDRESS = "ken@kaze.example"


@pytest.fixture
def box() -> Iterator[None]:
    """The mailbox of the shop runs, and is empty afterwards."""
    shop = home.current_shop_name()
    with posting.mailbox_of(shop):
        yield
    for path in mailbox.folder(shop).glob("*"):
        path.unlink()


def sold(t: Tx, mail: str = ADDRESS) -> UUID:
    t.execute(
        "UPDATE customers_detail SET mail = %s WHERE record_id IN (SELECT record_id FROM"
        " customers_credential WHERE value = %s)",
        [mail, CARD],
    )
    world.stocked(t, "CHA-01", 3)
    sale = world.sale(("CHA-01", 1), member=CARD)
    world.sold(t, sale)
    return sale.uid


def letters() -> list[mailbox.Letter]:
    with mailbox.opened(home.current_shop_name()) as store:
        found = [store.read(line.id) for line in store.find()]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("agreed", [False, True])
def test_the_buyer_gets_it_and_a_proposal_only_with_a_yes(box: None, agreed: bool) -> None:
    client, t = clerk(), Tx()
    uid = sold(t)
    proposal()
    if agreed:
        record = t.value("SELECT record_id FROM customers_credential WHERE value = %s", [CARD])
        posting.say(t, [record], granted=True)
    assert "レシートをメールで送る" in client.get(f"/register/receipts/{uid}").content.decode()
    back = client.post(f"/register/receipts/{uid}/mail", follow=True)
    assert "メールで送りました" in back.content.decode()
    [letter] = letters()
    assert letter.line.recipient == ADDRESS
    assert "List-Unsubscribe" not in dict(letter.headers)
    for text in (letter.text, letter.html):
        assert "煎茶 さえみどり" in text
        assert "¥1,296" in text
        assert "T5010401000007" in text
        assert ("飯碗 白磁" in text) is agreed


def test_nobody_s_and_barred_addresses_get_none(box: None) -> None:
    client, t = clerk(), Tx()
    uid = sold(t, mail="x12@marketplace.amazon.co.jp")
    assert client.post(f"/register/receipts/{uid}/mail").status_code == 404
    t.execute("UPDATE customers_detail SET mail = %s", [ADDRESS])
    consents.suppress(t, "mail", ADDRESS, "bounced", "5.1.1", actor=world.ACTOR, at=clock.now())
    page = client.get(f"/register/receipts/{uid}").content.decode()
    assert "レシートをメールで送る" not in page
    assert client.post(f"/register/receipts/{uid}/mail").status_code == 404
    anonymous = world.sale(("CHA-01", 1))
    world.sold(t, anonymous)
    assert client.post(f"/register/receipts/{anonymous.uid}/mail").status_code == 404
    assert person()
    assert letters() == []
