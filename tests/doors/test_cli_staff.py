"""`goen staff`: the first of head office, and helping out from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goen.doors.cli import load
from goen.doors.cli import staff as command
from goen.kit import clock, home
from goen.kit.db import Tx
from goen.places import invitations, staff_queries
from tests.world import open_shop


def said(*arguments: str) -> Result:
    return CliRunner().invoke(command.staff, arguments)


def token(result: Result, kind: str) -> str:
    assert result.exit_code == 0, result.output
    (line,) = [one for one in result.stdout.splitlines() if f"/{kind}/" in one]
    return line.rsplit("/", 1)[1]


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    open_shop(t)
    return t


def test_an_empty_shop_gets_its_first_login_and_then_no_other(tx_db: None) -> None:
    t = Tx()
    first = token(said("first"), "invite")
    second = token(said("first"), "invite")
    assert invitations.look(t, first, at=clock.now()) is None
    found = invitations.look(t, second, at=clock.now())
    assert found is not None
    assert (found.login, found.role) == ("honbu", "hq")
    assert t.value("SELECT count(*) FROM places_entity") == 1


def test_where_head_office_can_sign_in_no_first_link_is_made(shop: Tx) -> None:
    assert said("first").stdout == ""
    assert shop.value("SELECT count(*) FROM places_invitation") == 0


def test_somebody_is_invited_listed_and_switched_off(shop: Tx) -> None:
    made = token(said("invite", "hanada", "--role", "store", "--place", "shibuya"), "invite")
    assert invitations.look(shop, made, at=clock.now())
    listed = {one["login"]: one for one in json.loads(said("list", "--json").stdout)}
    assert (listed["hanada"]["state"], listed["sato"]["state"]) == ("invited", "on")
    assert "hanada\thanada\tstore\tinvited" in said("list").stdout
    assert said("off", "hanada").exit_code == 0
    staff_id = staff_queries.by_login(shop, "hanada")
    assert staff_id is not None
    shown = staff_queries.one(shop, staff_id, at=clock.now())
    assert shown is not None
    assert shown.state == "off"
    assert invitations.look(shop, made, at=clock.now()) is None


def test_a_reset_takes_the_factors_away_where_asked(shop: Tx) -> None:
    token(said("reset", "sato", "--factors"), "reset")
    assert said("reset", "nobody").exit_code == 1
    assert said("off", "sato").exit_code == 1  # the last of head office


def test_loading_a_file_gives_a_shop_with_head_office_no_second_owner(
    shop: Tx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "shop_dir", lambda _name: tmp_path)
    load._give_owner("demo")
    assert staff_queries.by_login(shop, "owner") is None
    assert not (tmp_path / "welcome.json").exists()
    shop.execute("UPDATE places_staff SET is_active = false")
    load._give_owner("demo")
    assert staff_queries.by_login(shop, "owner") is not None
