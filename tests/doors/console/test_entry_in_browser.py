"""An invitation, a passkey and a sign-in without a password, in a real browser."""

from typing import Any

import pytest

from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.places import staffing
from goen.places.invitations import Link
from goen.places.staffing import Entry
from tests.conftest import FreshDatabase
from tests.world import open_shop

pytestmark = pytest.mark.browser
GOOD = "しずかな海 と まるい月"


def invited() -> str:
    """The path of somebody's invitation."""
    with tx() as t:
        open_shop(t)
        link = staffing.invite(
            t, "hanada", "", Entry({"ja": "花田 春"}, "hq"), actor=Actor("system", "test"),
            recorded_at=clock.now(),
        )  # fmt: skip
    assert isinstance(link, Link)
    return f"/invite/{link.token}"


def test_a_passkey_is_made_and_lets_in(fresh_db: FreshDatabase, serving: str, browser: Any) -> None:
    path, home = invited(), serving.replace("127.0.0.1", "localhost")
    page = browser.new_page(locale="ja-JP")
    page.set_default_timeout(20_000)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True,
               "automaticPresenceSimulation": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    page.goto(home + path)
    page.click("[data-reveal]")
    assert page.get_attribute("#password", "type") == "text"
    page.fill("#password", GOOD)
    page.fill("#again", GOOD)
    page.click("form.form button.btn-primary")
    page.wait_for_url(home + "/")

    page.goto(home + "/me")
    page.fill("#pk-name", "事務所のパソコン")
    page.click("[data-passkey=create] [data-passkey-go]")
    page.wait_for_url("**/me?saved=passkey")
    assert page.input_value("input[id^=pk]:not(#pk-name)") == "事務所のパソコン"

    page.context.clear_cookies()
    page.goto(home + "/login?next=/me")
    page.click("[data-passkey=get] [data-passkey-go]")
    page.wait_for_url(home + "/me")
    assert "パスキー" in page.inner_text("#h-sessions >> xpath=ancestor::section")
    how = Tx().rows("SELECT how, agent <> '' FROM places_session WHERE ended_at IS NULL")
    assert ("passkey", True) in how
    assert Tx().value("SELECT count(*) FROM places_passkey WHERE used_at IS NOT NULL") == 1

    bare = browser.new_page(locale="ja-JP")
    bare.goto(serving + "/login")
    assert bare.get_attribute("[data-passkey-not] a", "href") == home + "/login"
