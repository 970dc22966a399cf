"""Each way out of a broken promise is one step: the act on the order, and the exception closed."""

from uuid import UUID

import pytest

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import exceptions, resolving, to_decide
from goen.orders.resolving import Fix, Fixed
from tests import world
from tests.orders.afar import kept
from tests.orders.placed import cancelled, rerouted, slipped

pytestmark = pytest.mark.usefixtures("tx_db")
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
BOWL, BAR = "UTSUWA-01", "KASHI-01"


@pytest.fixture
def shop() -> Tx:
    """An order of two bowls at Shibuya; a till took one of them. Kichijoji has three."""
    t = Tx()
    world.open_shop(t)
    world.stocked(t, BOWL, 2)
    world.stocked(t, BOWL, 3, "kichijoji")
    kept(t, (BOWL, 2), at="shibuya", uid=UUID(int=1))
    (answer,) = world.sold(t, world.sale((BOWL, 1), uid=UUID(int=2)))
    assert hasattr(answer, "order_id"), answer
    return t


def fix(t: Tx, how: str, **more: object) -> Fixed | Refusal:
    exception = t.value("SELECT max(id) FROM orders_exception")
    values = {"uid": ids.new_id(), "exception": exception, "occurred_at": world.NOW}
    return resolving.fix(t, how, Fix(**(values | more)), **BY)


def holds(t: Tx) -> list[tuple[str, int]]:
    return t.rows(
        "SELECT pl.code, p.qty FROM ledger_pending p JOIN ledger_account a ON a.id = p.source_id"
        " JOIN places_place pl ON a.holder = 'place:' || pl.id || ':sellable' ORDER BY 1, 2"
    )


def test_goods_come_from_another_place(shop: Tx) -> None:
    assert audited(shop)["broken"] == []
    (waits,) = to_decide.waiting(shop)
    assert (waits.qty, waits.ways[0]) == (2, {"way": "reroute", "place": "kichijoji", "free": 3})
    uid = ids.new_id()
    first = fix(shop, "rerouted", uid=uid, to_place="kichijoji")
    assert isinstance(first, Fixed), first
    assert first.slip is not None
    assert (first.slip.state, first.resolved.how) == ("placed", "rerouted")
    assert holds(shop) == [("kichijoji", 2)]
    again = fix(shop, "rerouted", uid=uid, to_place="kichijoji")
    assert isinstance(again, Fixed), again
    assert again.slip is not None
    assert again.slip.repeated
    assert again.resolved.repeated
    assert to_decide.waiting(shop) == []
    assert [one.resolution for one in to_decide.decided(shop)] == ["rerouted"]
    assert audited(shop)["broken"] == []


def test_a_second_person_is_too_late(shop: Tx) -> None:
    fix(shop, "rerouted", to_place="kichijoji")
    for how, more in (
        ("rerouted", {"to_place": "kichijoji"}),
        ("cancelled", {}),
        ("dismissed", {}),
    ):
        answer = fix(shop, how, **more)
        assert isinstance(answer, Refusal), how
        assert answer.code == "already_resolved"
    assert holds(shop) == [("kichijoji", 2)]


def test_what_the_place_got_in_meanwhile_is_kept_again(shop: Tx) -> None:
    refused = fix(shop, "kept_again")
    assert isinstance(refused, Refusal)
    assert refused.code == "short"
    world.stocked(shop, BOWL, 1)
    assert to_decide.waiting(shop)[0].ways[0]["way"] == "keep_again"
    assert isinstance(fix(shop, "kept_again"), Fixed)
    assert holds(shop) == [("shibuya", 2)]
    assert audited(shop)["broken"] == []


def test_the_missing_units_are_given_up_with_their_money(shop: Tx) -> None:
    done = fix(shop, "cancelled", note="told by telephone")
    assert isinstance(done, Fixed), done
    assert done.slip is not None
    assert (done.slip.state, done.slip.total_minor) == ("cancelled", 8_800)
    assert shop.value("SELECT count(*) FROM ledger_pending") == 0
    assert to_decide.one(shop, done.resolved.exception).detail["note"] == "told by telephone"
    assert audited(shop)["broken"] == []


def test_a_place_without_goods_refuses_and_nothing_is_closed(shop: Tx) -> None:
    refused = fix(shop, "rerouted", to_place="web")
    assert isinstance(refused, Refusal)
    assert refused.code == "short"
    assert to_decide.count_waiting(shop) == 1
    assert fix(shop, "rerouted", to_place="kichijoji", exception=0) == Refusal(
        "unknown_exception", "exception", {"given": 0}
    )
    assert getattr(fix(shop, "burnt"), "code", "") == "unknown_resolution"


def test_what_was_put_right_otherwise_is_only_dismissed(shop: Tx) -> None:
    exception = shop.value("SELECT id FROM orders_exception")
    shop.execute(
        "UPDATE orders_exception SET resolution = '', closed_at = NULL WHERE id = %s", [exception]
    )
    world.stocked(shop, BOWL, 5)
    assert isinstance(fix(shop, "kept_again"), Fixed)
    shop.execute("UPDATE orders_exception SET resolution = '', closed_at = NULL")
    refused = fix(shop, "rerouted", to_place="kichijoji")
    assert isinstance(refused, Refusal)
    assert refused.code == "nothing_missing"
    assert isinstance(fix(shop, "dismissed"), Fixed)


def test_a_hold_that_is_no_order_is_only_dismissed(shop: Tx) -> None:
    (id_,) = exceptions.open_for(
        shop, [exceptions.NewException("promise_broken", UUID(int=9))], recorded_at=world.NOW
    )
    assert getattr(fix(shop, "cancelled", exception=id_), "code", "") == "not_of_an_order"
    assert isinstance(fix(shop, "dismissed", exception=id_), Fixed)


def test_an_act_on_the_order_s_own_page_closes_what_it_put_right(shop: Tx) -> None:
    order = UUID(int=1)
    slipped(rerouted(shop, order, "kichijoji", (1, 1)), "placed")
    assert to_decide.count_waiting(shop) == 1
    slipped(rerouted(shop, order, "kichijoji"), "placed")
    assert [one.resolution for one in to_decide.decided(shop)] == ["rerouted"]
    assert audited(shop)["broken"] == []


def test_a_cancelled_order_has_nothing_left_to_decide(shop: Tx) -> None:
    slipped(cancelled(shop, UUID(int=1)), "cancelled")
    assert [one.resolution for one in to_decide.decided(shop)] == ["cancelled"]


def test_of_what_is_put_right_in_part_only_the_rest_is_decided(shop: Tx) -> None:
    slipped(rerouted(shop, UUID(int=1), "kichijoji", (1, 1)), "placed")
    uid = ids.new_id()
    for repeated in (False, True):
        done = fix(shop, "cancelled", uid=uid)
        assert isinstance(done, Fixed), done
        assert done.slip is not None
        assert (done.slip.total_minor, done.slip.repeated) == (4_400, repeated)
    assert holds(shop) == [("kichijoji", 1)]
    assert audited(shop)["broken"] == []
