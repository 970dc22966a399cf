"""A broken promise is named once, with a way out, and its order says what is no longer kept."""

from uuid import UUID

import pytest

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.orders import exceptions
from goen.orders.counting import count
from goen.orders.exceptions import NewException, Resolution, Resolved
from goen.stock import rules as stock
from goen.stock.counts import Counted
from tests import world
from tests.orders.afar import DAY, kept, place_id, sku_id
from tests.stock.shelf import counting, held, wish

pytestmark = pytest.mark.usefixtures("tx_db")
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
BOWL, BAR, BITTER = "UTSUWA-01", "KASHI-01", "KASHI-02"


@pytest.fixture
def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def taken(t: Tx, uid: UUID, item: str, qty: int, at: str = "shibuya") -> Posted:
    """A till hands goods over, whoever they were promised to."""
    moves = stock.taken([(sku_id(t, item), qty)], place_id=place_id(t, at), handed_over=True)
    (answer,) = posting.post(
        t, [Posting(uid, f"order:{uid}", moves, world.NOW, DAY)], actor=world.ACTOR,
        recorded_at=world.NOW,
    )  # fmt: skip
    assert isinstance(answer, Posted), answer
    return answer


def opened(t: Tx) -> list[tuple]:
    return t.rows(
        "SELECT o.uid, e.code, e.line_no, s.code, p.code, e.qty, e.detail, e.proposal"
        " FROM orders_exception e LEFT JOIN orders_order o ON o.id = e.order_id"
        " JOIN catalogue_sku s ON s.id = e.sku_id JOIN places_place p ON p.id = e.place_id"
        " ORDER BY e.request, e.n"
    )


def slips(t: Tx) -> list[tuple]:
    return t.rows(
        "SELECT o.uid, s.kind, s.reason, x.line_no, x.qty, p.code FROM orders_slip s"
        " JOIN orders_order o ON o.id = s.order_id JOIN orders_slipline x ON x.slip_id = s.id"
        " JOIN places_place p ON p.id = x.place_id ORDER BY s.id, x.n"
    )


def test_a_till_takes_what_an_order_was_promised(shop: Tx) -> None:
    world.stocked(shop, BOWL, 1)
    world.stocked(shop, BOWL, 3, "kichijoji")
    world.stocked(shop, BAR, 1)
    order = kept(shop, (BAR, 1), (BOWL, 1), at="shibuya")
    till = UUID(int=7)
    answer = taken(shop, till, BOWL, 1)
    assert answer.broken == ((order, 1),)
    for _ in range(2):
        exceptions.open_broken(shop, [(till, answer.broken)], recorded_at=world.NOW)
    ways = [{"way": "reroute", "place": "kichijoji", "free": 3}, {"way": "cancel"}]
    detail = {"taken_by": f"order:{till}", "cause": "order"}
    assert opened(shop) == [
        (order, "promise_broken", 2, BOWL, "shibuya", 1, detail, {"ways": ways})
    ]
    assert slips(shop) == [(order, "break", "order", 2, 1, "shibuya")]
    told = shop.rows("SELECT kind, key, body->>'uid' FROM kit_notice WHERE kind = 'PromiseBroken'")
    assert told == [("PromiseBroken", f"place:{place_id(shop, 'shibuya')}", str(order))]


def test_several_promises_of_several_orders_break_at_once(shop: Tx) -> None:
    world.stocked(shop, BAR, 4)
    first, second = kept(shop, (BAR, 1), (BAR, 1), at="shibuya"), kept(shop, (BAR, 2), at="shibuya")
    till = UUID(int=7)
    answer = taken(shop, till, BAR, 4)
    exceptions.open_broken(shop, [(till, answer.broken)], recorded_at=world.NOW)
    assert sorted((e[0], e[2], e[5]) for e in opened(shop)) == [
        (first, 1, 1),
        (first, 2, 1),
        (second, 1, 2),
    ]
    assert sorted((s[0], s[3]) for s in slips(shop)) == [(first, 1), (first, 2), (second, 1)]
    assert shop.value("SELECT count(*) FROM orders_slip") == 2


def test_goods_to_be_collected_are_brought_there_before_the_shopper_is_sent_away(shop: Tx) -> None:
    world.stocked(shop, BAR, 2)
    world.stocked(shop, BAR, 5, "kichijoji")
    world.stocked(shop, BAR, 9, "web")
    kept(shop, (BAR, 2), at="shibuya", method="collect")
    answer = taken(shop, UUID(int=7), BAR, 2)
    exceptions.open_broken(shop, [(UUID(int=7), answer.broken)], recorded_at=world.NOW)
    assert opened(shop)[0][-1]["ways"] == [
        {"way": "transfer", "from": "web", "to": "shibuya", "free": 9},
        {"way": "transfer", "from": "kichijoji", "to": "shibuya", "free": 5},
        {"way": "reroute", "place": "kichijoji", "free": 5},
        {"way": "cancel"},
    ]


def test_another_sku_of_the_style_is_offered_when_no_place_has_it(shop: Tx) -> None:
    bitter, bar = sku_id(shop, BITTER), sku_id(shop, BAR)
    shop.execute(
        "UPDATE catalogue_sku SET product_id = (SELECT product_id FROM catalogue_sku WHERE id = %s)"
        " WHERE id = %s",
        [bar, bitter],
    )
    world.stocked(shop, BAR, 1)
    world.stocked(shop, BITTER, 2)
    kept(shop, (BAR, 1), at="shibuya")
    answer = taken(shop, UUID(int=7), BAR, 1)
    exceptions.open_broken(shop, [(UUID(int=7), answer.broken)], recorded_at=world.NOW)
    first, last = opened(shop)[0][-1]["ways"]
    assert (first["way"], first["item"], first["place"]) == ("substitute", BITTER, "shibuya")
    assert last == {"way": "cancel"}


def test_goods_set_aside_are_nobody_s_order(shop: Tx) -> None:
    world.stocked(shop, BAR, 1)
    aside = wish((BAR, 1), holder="record:9")
    held(shop, aside)
    answer = taken(shop, UUID(int=7), BAR, 1)
    exceptions.open_broken(shop, [(UUID(int=7), answer.broken)], recorded_at=world.NOW)
    ((order, _, line, _, _, _, detail, _),) = opened(shop)
    assert (order, line) == (None, None)
    assert (detail["hold"], detail["kind"]) == (str(aside.uid), "set_aside")
    assert slips(shop) == []


def test_a_count_that_finds_too_little_opens_what_it_broke(shop: Tx) -> None:
    world.stocked(shop, BAR, 3)
    order = kept(shop, (BAR, 2), at="shibuya")
    found = counting((BAR, 1))
    (answer,) = count(shop, [found], **BY)
    assert isinstance(answer, Counted)
    assert [(e[0], e[5], e[6]["cause"]) for e in opened(shop)] == [(order, 2, "count")]
    (again,) = count(shop, [found], **BY)
    assert isinstance(again, Counted)
    assert again.repeated
    assert len(opened(shop)) == 1


def test_an_exception_is_opened_once_and_closed_once(shop: Tx) -> None:
    new = NewException("payment_failed", UUID(int=3), detail={"why": "card"})
    (first,) = exceptions.open_for(shop, [new], recorded_at=world.NOW)
    assert exceptions.open_for(shop, [new], recorded_at=world.NOW) == []
    done = Resolution(first, "dismissed", "paid in the store")
    for repeated in (False, True):
        (answer,) = exceptions.resolve(shop, [done], **BY)
        assert answer == Resolved(first, "dismissed", repeated)
    row = shop.row(
        "SELECT closed_by, resolution, detail->>'note' FROM orders_exception WHERE id = %s", [first]
    )
    assert row == ("system:test", "dismissed", "paid in the store")
    refused = exceptions.resolve(
        shop,
        [Resolution(first, "cancelled"), Resolution(first, "burnt"), Resolution(0, "dismissed")],
        **BY,
    )
    assert [r.code for r in refused if isinstance(r, Refusal)] == [
        "already_resolved",
        "unknown_resolution",
        "unknown_exception",
    ]
