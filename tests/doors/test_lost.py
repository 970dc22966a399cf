"""What stands where nothing else can: in the reader's language, with a way on."""

import json

import pytest
from django.test import Client, RequestFactory

from goen.doors import lost
from goen.doors.api import reference


@pytest.mark.parametrize(
    ("language", "title", "way"),
    [("ja", "このページはありません", "ホームへ"), ("en", "There is no such page", "Go to Home")],
)
def test_an_unknown_address_has_a_page_for_anybody(
    tx_db: None, language: str, title: str, way: str
) -> None:
    answer = Client(SERVER_NAME="127.0.0.1").get("/nowhere", headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert f"<h1>{title}</h1>" in page
    assert f'href="/">{way}</a>' in page
    assert "nowhere" not in page.replace('value="/nowhere"', ""), "only to come back to"


def test_a_shopper_is_led_back_to_the_member_page(tx_db: None) -> None:
    page = Client(SERVER_NAME="127.0.0.1").get("/m/nowhere").content.decode()
    assert 'href="/m/">会員ページへ</a>' in page


def test_a_form_without_its_proof_changes_nothing_and_says_so(tx_db: None) -> None:
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    answer = strict.post("/look", {"language": "en"})
    assert answer.status_code == 403
    assert "画面が古くなっています" in answer.content.decode()
    assert "goen_language" not in answer.cookies


def test_a_mistake_of_ours_is_a_sentence_and_asks_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No database is there in this test; nothing of the mistake is shown."""
    monkeypatch.setattr(reference, "_shown", lambda _: 1 / 0)
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    answer = client.get("/api")
    assert answer.status_code == 500
    assert "<h1>うまくいきませんでした</h1>" in answer.content.decode()
    assert "ZeroDivision" not in answer.content.decode()


def test_a_mistake_of_ours_is_told_to_a_program_in_json() -> None:
    answer = lost.broken(RequestFactory().get("/v1/sales"))
    assert answer.status_code == 500
    assert json.loads(answer.content)["code"] == "broken"
