"""One question after a purchase: from the receipt, without a login, answered once."""

from uuid import UUID

import pytest
from django.test import Client

from goen.doors import survey
from goen.kit import ids
from goen.kit.db import Tx
from goen.places.models import Staff
from tests.doors.register.counter import BACKEND, clerk
from tests.doors.register.test_proposing import proposal
from tests.world import sale, sold

pytestmark = pytest.mark.usefixtures("tx_db")
CARD = "G1040001"


def visitor() -> Client:
    return Client(SERVER_NAME="localhost", headers={"accept-language": "ja"})


def bought(code: str = "CHA-01", member: str | None = CARD) -> UUID:
    clerk()
    one = sale((code, 1), member=member)
    sold(Tx(), one)
    return one.uid


def kept() -> list[tuple[object, ...]]:
    return Tx().rows("SELECT document, basis, code FROM behaviour_reason")


def test_the_first_answer_holds() -> None:
    document = bought()
    shopper, path = visitor(), survey.path_of(document)
    assert "どうしてお求めに" in shopper.get(path).content.decode()
    done = shopper.post(path, {"code": "gift"}).content.decode()
    assert "ありがとうございました" in done
    assert kept() == [(document, "stated", "gift")]
    shopper.post(path, {"code": "refill"})
    assert kept() == [(document, "stated", "gift")]
    assert "ありがとうございました" in shopper.get(path).content.decode()


def test_what_is_not_on_the_list_is_not_kept() -> None:
    document = bought()
    assert "どうして" in visitor().post(
        survey.path_of(document), {"code": "inferred"}
    ).content.decode()  # fmt: skip
    assert kept() == []


@pytest.mark.parametrize("token", ["x", "é", "A" * 36, "A" * 500])
def test_an_address_the_shop_did_not_make_opens_nothing(token: str) -> None:
    clerk()
    assert visitor().get(f"/q/{token}").status_code == 404
    assert visitor().get(survey.path_of(ids.new_id())).status_code == 404


def test_the_receipt_carries_the_question_and_what_is_proposed() -> None:
    """The same proposal as at the till; not the article that was just bought."""
    document = bought()
    proposal("UTSUWA-01")
    page = _receipt(document)
    assert "今回お求めになった理由をひとつだけ" in page
    assert "「飯碗 白磁」をお探しでしたら" in page
    assert Tx().rows('SELECT "where", subject FROM marketing_showing') == [
        ("receipt", str(document))
    ]


def test_what_was_just_bought_is_not_proposed_on_its_receipt() -> None:
    document = bought("UTSUWA-01")
    proposal("UTSUWA-01")
    assert "お探しでしたら" not in _receipt(document)


def _receipt(document: UUID) -> str:
    client = visitor()
    client.force_login(Staff.objects.get(login="sato"), backend=BACKEND)
    response = client.get(f"/register/receipts/{document}")
    assert response.status_code == 200
    return response.content.decode()
