"""Settings are saved whole or not at all, by head office, and the trail remembers."""

from decimal import Decimal

from django.test import Client

from goen.catalogue.models import Margin
from goen.kit import clock, keys, settings
from goen.kit.db import Tx
from goen.kit.models import Key, Trail
from tests.doors.console.conftest import logged_in

RULES = {
    "concentration.top1_share": "60",
    "concentration.least_units": "12",
    "cut.lowest_share": "10",
    "insight.window_days": "28",
}


def test_rules_are_saved_and_the_change_is_in_the_trail(client: Client, shop: Tx) -> None:
    answer = client.post("/settings/rules", RULES)
    assert answer.headers["Location"] == "/settings/rules?saved=rules"
    assert settings.read(shop, "concentration.top1_share") == 0.6
    assert settings.read(shop, "concentration.least_units") == 12
    assert Trail.objects.filter(kind="setting").count() == 2
    page = client.get("/settings/rules?saved=rules").content.decode()
    assert "条件を保存しました。" in page
    assert "50% → 60%" in page
    assert "佐藤 恵" in page, "who did it"


def test_one_bad_value_saves_nothing_and_keeps_what_was_typed(client: Client, shop: Tx) -> None:
    bad = RULES | {"cut.lowest_share": "90", "concentration.least_units": "たくさん"}
    answer = client.post("/settings/rules", bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert settings.read(shop, "concentration.top1_share") == 0.5
    assert "1から50までで入力してください。" in page
    assert "数字で入力してください。" in page
    assert 'value="たくさん" aria-invalid="true"' in page
    assert "<title>エラー：規則" in page


def test_full_width_digits_are_numbers(client: Client, shop: Tx) -> None:
    client.post("/settings/rules", RULES | {"concentration.least_units": "２０"})
    assert settings.read(shop, "concentration.least_units") == 20


def test_only_head_office_changes_anything(shop: Tx) -> None:
    browser = logged_in("store")
    for path, form in (
        ("/settings/rules", RULES),
        ("/settings/margin", {"rate": "30"}),
        ("/settings/keys", {"name": "x", "scope": "sales:write"}),
        ("/settings/keys/revoke", {"key": "1"}),
    ):
        assert browser.post(path, form).status_code == 403
    assert settings.read(shop, "concentration.top1_share") == 0.5
    assert not Margin.objects.exists()
    assert not Key.objects.exists()
    assert "APIキー" not in browser.get("/menu").content.decode()


def test_a_margin_is_assumed_for_the_shop_and_for_a_category(client: Client, shop: Tx) -> None:
    client.post("/settings/margin", {"category": "", "rate": "30"})
    client.post("/settings/margin", {"category": "all", "rate": "42.5"})
    assert [one.rate for one in Margin.objects.order_by("rate")] == [
        Decimal("0.3"),
        Decimal("0.425"),
    ]
    assert client.post("/settings/margin", {"rate": "100"}).status_code == 422


def test_a_key_is_shown_once_works_and_can_be_stopped(client: Client, shop: Tx) -> None:
    answer = client.post("/settings/keys", {"name": "ECサイト", "scope": "sales:write"})
    page = answer.content.decode()
    secret = page.split("<code>goen_")[1].split("</code>")[0]
    secret = f"goen_{secret}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in client.get("/settings/keys").content.decode()
    assert keys.actor_of(shop, secret, "sales:write") is not None
    assert keys.actor_of(shop, secret, "insight:read") is None
    made = Key.objects.get(name="ECサイト")
    client.post("/settings/keys/revoke", {"key": str(made.pk)})
    assert keys.actor_of(shop, secret, "sales:write") is None
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert made.revoked_at <= clock.now()


def test_a_key_needs_a_name_and_a_right(client: Client) -> None:
    assert client.post("/settings/keys", {"name": "x"}).status_code == 422
    assert client.post("/settings/keys", {"scope": "sales:write"}).status_code == 422
