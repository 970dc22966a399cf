"""The state folder and the list of shops."""

import json
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goen.kit import home


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOEN_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("GOEN_SHOP")
    return tmp_path / "state"


def _add(name: str) -> home.Shop:
    return home.add_shop(name=name, title={"ja": "店", "en": "Shop"}, kind="own", first_port=28_700)


def test_a_shop_is_read_back_as_it_was_added():
    added = home.add_shop(
        name="corner", title={"ja": "角", "en": "Corner"}, kind="data", currency="USD",
        timezone="America/New_York", loader=("goen", "load", "completejourney"), first_port=28_700,
    )  # fmt: skip
    assert home.shop("corner") == added
    assert home.shops() == [added]


def test_the_demo_stands_first_then_the_ports_order():
    names = [_add(name).name for name in ("b-shop", "demo", "a-shop")]
    assert names == ["b-shop", "demo", "a-shop"]
    assert [one.name for one in home.shops()] == ["demo", "b-shop", "a-shop"]


def test_a_shop_that_is_just_taken_away_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks after the shops looks on while one gives way to its backup."""
    stays = [_add(name) for name in ("a-shop", "b-shop", "c-shop")][::2]
    read = home._read

    def taken_away(path: Path) -> home.Shop:
        if path.parent.name == "b-shop":
            path.parent.rename(path.parents[2] / "aside")
        return read(path)

    monkeypatch.setattr(home, "_read", taken_away)
    assert home.shops() == stays


def test_adding_a_shop_twice_returns_the_first():
    first = _add("corner")
    assert _add("corner") == first


def test_shops_added_at_once_get_ports_of_their_own():
    with ThreadPoolExecutor(8) as pool:
        ports = [one.port for one in pool.map(_add, [f"shop{n}" for n in range(8)])]
    assert len(set(ports)) == 8


def test_a_port_somebody_listens_on_is_passed_over():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert home.next_free_port(first=port, but_not={port + 1}) > port + 1


@pytest.mark.parametrize("name", ["", "Demo", "1st", "../up", "a b", "a/b", "店", "a" * 40])
def test_a_name_that_would_not_do_as_a_folder_is_refused(name):
    with pytest.raises(ValueError, match="a shop is named"):
        _add(name)


def test_an_unknown_shop_names_the_known_ones():
    _add("corner")
    with pytest.raises(home.UnknownShop, match="there are: corner"):
        home.shop("other")


def test_the_demo_answers_before_it_is_registered_another_shop_does_not(monkeypatch):
    assert home.current_shop() == home.DEMO_SHOP
    monkeypatch.setenv("GOEN_SHOP", "corner")
    with pytest.raises(home.UnknownShop):
        home.current_shop()


def test_a_change_keeps_what_was_not_given():
    old = _add("corner")
    new = home.change_shop(name="corner", port=29_000)
    assert (new.port, new.title, new.kind) == (29_000, old.title, old.kind)
    assert home.shop("corner") == new


def test_the_secret_is_made_once_and_is_its_owners_alone(own_home):
    first = home.secret_key()
    assert home.secret_key() == first
    assert len(first) > 40
    assert stat.S_IMODE((own_home / "secret").stat().st_mode) == 0o600


def test_an_interrupted_write_leaves_the_old_file(own_home):
    _add("corner")
    path = home.shop_dir("corner") / "shop.json"
    with pytest.raises(TypeError):
        home.write_json(path, {"port": object()})
    assert json.loads(path.read_text())["name"] == "corner"
