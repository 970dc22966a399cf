"""Open units come from another place; what it does not have is refused with what can be had."""

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.order import Reroute
from goen.orders.rerouting import reroute
from tests import world
from tests.orders.placed import (
    AT,
    BY,
    audit,
    cancelled,
    free,
    laid_ready,
    one_placed,
    order,
    refused,
    rerouted,
    ship,
    slipped,
)


def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "CHA-01", 10)
    world.stocked(t, "CHA-01", 3, "kichijoji")
    return t


def test_goods_are_kept_at_the_new_place_instead(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2)))
    slipped(rerouted(t, uid, "kichijoji"), "placed", 0)
    assert (free(t, "CHA-01"), free(t, "CHA-01", "kichijoji")) == (10, 1)
    refused(rerouted(t, uid, "kichijoji"), "kept_there_already")
    told = t.rows("SELECT kind FROM kit_notice WHERE body ? 'skus' ORDER BY id DESC LIMIT 2")
    assert told == [("StockChanged",), ("OrderChanged",)]
    slipped(rerouted(t, uid, "shibuya", (1, 1)), "placed")
    slipped(ship(t, uid, place="kichijoji"), "part", 1_296)
    slipped(cancelled(t, uid), "done", 1_296)
    assert (free(t, "CHA-01"), free(t, "CHA-01", "kichijoji"), audit(t)) == (10, 2, [])


def test_what_is_not_there_is_refused_with_alternatives(tx_db: None) -> None:
    t = shop()
    world.stocked(t, "CHA-01", 8, "web")
    uid = one_placed(t, order(("CHA-01", 4)))
    detail = refused(rerouted(t, uid, "kichijoji"), "short").detail
    assert (detail["item"], detail["wanted"], detail["free"]) == ("CHA-01", 4, 3)
    assert [a["place"] for a in detail["alternatives"]] == ["web", "shibuya"]  # type: ignore[attr-defined]
    assert (free(t, "CHA-01"), audit(t)) == (6, [])
    refused(rerouted(t, uid, "nowhere"), "unknown_place")


def test_goods_that_a_till_took_are_kept_again_where_they_were(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), to="shibuya"))
    slipped(laid_ready(t, uid), "ready")
    world.sold(t, world.sale(("CHA-01", 9)))
    refused(rerouted(t, uid, "shibuya"), "short")
    world.stocked(t, "CHA-01", 5)
    slipped(rerouted(t, uid, "shibuya"), "placed")
    slipped(ship(t, uid, how="hand_over"), "done", 2_592)


def test_the_same_reroute_again_is_the_same(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2)))
    wish = Reroute(ids.new_id(), uid, "kichijoji", AT)
    for _ in range(3):
        slipped(reroute(t, [wish], **BY)[0])
    assert (free(t, "CHA-01", "kichijoji"), audit(t)) == (1, [])
