"""Names and addresses that goods are sent to: kept in order, seen only by who may see names."""

from dataclasses import dataclass

from goen.customers import addresses
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from tests import world


@dataclass(frozen=True)
class To:
    name: str
    postcode: str = "150-0002"
    address: str = "東京都渋谷区渋谷1-1-1"
    phone: str = ""


def test_addresses_are_kept_in_the_given_order_and_can_be_taken_back(tx_db: None) -> None:
    t = Tx()
    people = [To("高橋 健"), To("石川 美咲", phone="09000000000"), To("中村 由紀")]
    ids = addresses.keep(t, people, recorded_at=world.NOW)
    seen = addresses.read(t, ids, world.VIEWER)
    assert [(seen[id_].name, seen[id_].phone) for id_ in ids] == [
        (one.name, one.phone) for one in people
    ]
    addresses.forget(t, ids[1:])
    assert list(addresses.read(t, ids, world.VIEWER)) == ids[:1]
    assert addresses.keep(t, [], recorded_at=world.NOW) == []


def test_who_may_not_see_names_sees_only_where_it_roughly_goes(tx_db: None) -> None:
    t = Tx()
    (id_,) = addresses.keep(t, [To("高橋 健", phone="09000000000")], recorded_at=world.NOW)
    seen = addresses.read(t, [id_], Viewer("test", "viewer", sees_names=False))[id_]
    assert (seen.name, seen.postcode, seen.address, seen.phone) == ("", "150", "", "")
