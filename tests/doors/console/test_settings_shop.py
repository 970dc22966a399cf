"""Head office keeps companies, places and tills by form; the former value stays to be read."""

import pytest
from django.test import Client

from goen.kit.db import Tx
from goen.places.models import Entity, Place, Till
from sim.masters import ENTITY
from tests import world
from tests.doors.console.conftest import logged_in

COMPANY = {
    "name_ja": "株式会社みやび堂", "name_en": "Miyabido K.K.", "registration_no": "T9999901000123",
    "address": "東京都渋谷区神南1-1-1", "phone": "03-1234-5678",
}  # fmt: skip
PLACE = {
    "name_ja": "渋谷本店", "name_en": "Shibuya main", "address": "", "phone": "",
    "day_change_hour": "5", "goods_from": "2026-01-01", "payments_from": "2026-01-01",
}  # fmt: skip
SHOP = "/settings/shop"


def page(client: Client, path: str = SHOP) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_company_is_changed_and_what_it_was_is_shown(client: Client) -> None:
    assert "T5010401000007" in page(client)
    answer = client.post(f"{SHOP}/entity/miyabido", COMPANY)
    assert answer.headers["Location"] == "/settings/shop?saved=1"
    assert Entity.objects.get().registration_no == "T9999901000123"
    shown = page(client)
    assert "T5010401000007 → T9999901000123" in shown
    assert "— → 03-1234-5678" in shown
    assert "佐藤 恵" in shown


def test_what_the_form_shows_it_also_takes(client: Client) -> None:
    """A company's own number, and that of the simulated shop, have the right check digit."""
    for number in (Entity.objects.get().registration_no, ENTITY.registration_no):
        typed = COMPANY | {"registration_no": number}
        assert client.post(f"{SHOP}/entity/miyabido", typed).status_code == 302, number


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [("registration_no", "T8010401050388", "検査用の数字が合いません"),
     ("registration_no", "T8010401000007", "検査用の数字が合いません"),
     ("phone", "abc", "電話番号"), ("name_en", "", "日本語と英語の両方")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    client: Client, field: str, typed: str, said: str
) -> None:
    answer = client.post(f"{SHOP}/entity/miyabido", COMPANY | {field: typed})
    found = answer.content.decode()
    assert answer.status_code == 422
    assert said in found.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert 'value="東京都渋谷区神南1-1-1"' in found, "what was typed stays"
    assert Entity.objects.get().address == ""


def test_the_day_from_which_a_place_counts_does_not_move_over_sales(
    client: Client, shop: Tx
) -> None:
    world.stocked(shop, "CHA-01", 5)
    world.sold(shop, world.sale(("CHA-01", 1)))
    for moved in ("2026-11-01", "2025-12-01", ""):
        answer = client.post(f"{SHOP}/place/shibuya", PLACE | {"goods_from": moved})
        assert answer.status_code == 422, moved
        assert "始める日は動かせません" in answer.content.decode()
    assert client.post(f"{SHOP}/place/shibuya", PLACE).status_code == 302
    place = Place.objects.get(code="shibuya")
    assert (place.name["ja"], place.day_change_hour, place.goods_from) == (
        "渋谷本店", 5, world.OPENED,
    )  # fmt: skip
    free = PLACE | {"goods_from": "2026-12-01", "payments_from": ""}
    assert client.post(f"{SHOP}/place/kichijoji", free).status_code == 302, "nothing sold there"
    assert Place.objects.get(code="kichijoji").payments_from is None


def test_a_place_and_its_till_are_added_under_a_code_of_their_own(client: Client) -> None:
    new = PLACE | {"code": "shinjuku", "kind": "store", "entity": "miyabido"}
    assert client.post(f"{SHOP}/place", new | {"code": "web"}).status_code == 422
    assert (
        "もう使われています" in client.post(f"{SHOP}/place", new | {"code": "web"}).content.decode()
    )
    assert client.post(f"{SHOP}/place", new | {"code": "新宿"}).status_code == 422
    assert client.post(f"{SHOP}/place", new | {"kind": "castle"}).status_code == 422
    assert client.post(f"{SHOP}/place", new | {"goods_from": "soon"}).status_code == 422
    assert client.post(f"{SHOP}/place", new).status_code == 302
    till = {"code": "J1", "place": "shinjuku", "name_ja": "レジ1", "name_en": "Till 1"}
    assert client.post(f"{SHOP}/till", till | {"place": "mars"}).status_code == 422
    assert client.post(f"{SHOP}/till", till).status_code == 302
    assert Till.objects.get(code="J1").place.code == "shinjuku"
    assert client.post(f"{SHOP}/till/J1", till | {"name_ja": "入口"}).status_code == 302
    assert Till.objects.get(code="J1").name["ja"] == "入口"
    assert "レジ1 / Till 1 → 入口 / Till 1" in page(client)


def test_a_channel_is_renamed_and_what_there_is_not_is_not_found(client: Client) -> None:
    named = {"name_ja": "通販", "name_en": "Mail order"}
    assert client.post(f"{SHOP}/channel/ec", named).status_code == 302
    assert "通販" in page(client)
    for path in ("entity", "channel", "staff", "staff/sato", "place/mars"):
        assert client.get(f"{SHOP}/{path}").status_code == 404, path


def test_others_read_the_masters_and_change_none(shop: Tx) -> None:
    partner = logged_in("partner")
    found = page(partner)
    assert "渋谷店" in found
    assert f'href="{SHOP}/' not in found
    assert partner.post(f"{SHOP}/place/shibuya", PLACE).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/settings", SHOP, f"{SHOP}/place", "/settings/keys", "/settings/webhooks", "/settings/look",
     "/settings/rules"],
)  # fmt: skip
def test_every_tab_stands_in_both_languages(client: Client, path: str) -> None:
    assert "概要" in page(client, path) or "会社と店舗" in page(client, path)
    english = client.get(path, headers={"accept-language": "en"}).content.decode()
    main = english.split('<main id="main"')[1]
    assert "Company and places" in main
