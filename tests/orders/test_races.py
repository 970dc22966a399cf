"""The last unit: two doors, many threads, one winner (R-099, G-06); a retry storm is one sale."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from goen.doors.cli.audit import audited
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.orders.sale import Sale, Sold
from goen.orders.selling import sell
from goen.stock import queries as stock
from tests import asking, world
from tests.conftest import FreshDatabase

ITEM = "UTSUWA-01"
Answer = dict[str, object]


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t)
    return fresh_db


def over_http(address: str, secret: str) -> Callable[[Sale], Answer]:
    """The door of other systems."""

    def ask(sale: Sale) -> Answer:
        with asking.Caller(address, secret) as caller:
            status, body = caller.sell(sale)
        assert status in {200, 201, 409}, body
        return body

    return ask


def in_process(sale: Sale) -> Answer:
    """The door of the till and of the command line: the verb itself."""
    try:
        with tx() as t:
            (answer,) = sell(t, [sale], actor=world.ACTOR, recorded_at=clock.now())
    finally:
        connection.close()
    if isinstance(answer, Sold):
        return {"uid": str(answer.uid), "repeated": answer.repeated}
    return {"code": answer.code, "field": answer.field, "detail": answer.detail}


def at_once(doors: Sequence[Callable[[Sale], Answer]], sales: Sequence[Sale]) -> list[Answer]:
    """Every sale through the door of its turn, from 16 threads."""
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(doors[n % len(doors)], sale) for n, sale in enumerate(sales)]
        return [one.result(timeout=120) for one in asked]


def sellable() -> int:
    with tx() as t:
        sku, place = ids()
        return stock.available(t, [sku], place)[sku]


def ids() -> tuple[int, int]:
    with tx() as t:
        sku = t.value("SELECT id FROM catalogue_sku WHERE code = %s", [ITEM])
        return sku, t.value("SELECT id FROM places_place WHERE code = 'shibuya'")


def written_of(sale: Sale) -> list[int]:
    """How many rows of a sale are in the books."""
    of = {
        "orders_order": "uid", "payments_tender": "document", "ledger_move": "request",
        "orders_line": "(SELECT uid FROM orders_order o WHERE o.id = order_id)",
        "kit_notice": "(body ->> 'uid')::uuid",
    }  # fmt: skip
    with tx() as t:
        return [
            t.value(f"SELECT count(*) FROM {table} WHERE {column} = %s", [sale.uid])
            for table, column in of.items()
        ]


class Gate:
    """Holds the row of the last unit, so that every buyer comes as far as the lock, and waits."""

    def __init__(self, shop: FreshDatabase) -> None:
        self._holding = psycopg.connect(shop.conninfo)
        self._looking = shop.connect()

    def __enter__(self) -> "Gate":
        return self

    def close(self) -> None:
        """Hold the last unit."""
        self._holding.execute(
            "SELECT FROM ledger_balance WHERE account_id = (SELECT id FROM ledger_account"
            " WHERE unit = %s AND holder = %s) FOR UPDATE",
            (f"goods:{ids()[0]}", f"place:{ids()[1]}:sellable"),
        )

    def wait_for(self, count: int) -> None:
        """Until so many transactions stand at the lock."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            waiting = self._looking.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if waiting == (count,):
                return
            time.sleep(0.01)
        pytest.fail(f"not {count} buyers at the lock but {waiting}")

    def open(self) -> None:
        """Let go."""
        self._holding.commit()

    def __exit__(self, *_: object) -> None:
        self._holding.close()
        self._looking.close()


@pytest.mark.parametrize("first", ["api", "till"])
def test_two_doors_past_every_check_and_one_unit(
    shop: FreshDatabase, serving: str, first: str
) -> None:
    """G-06: both saw the unit, both wrote their document; the lock is opened; one has sold."""
    with tx() as t:
        world.stocked(t, ITEM, 1)
        world.stocked(t, ITEM, 2, place="kichijoji")
    sales = [world.sale((ITEM, 1), handed_over=False) for _ in range(2)]
    doors = [over_http(serving, asking.new_key()), in_process]
    order = [0, 1] if first == "api" else [1, 0]
    with Gate(shop) as gate, ThreadPoolExecutor(2) as pool:
        gate.close()
        asked = {}
        for count, n in enumerate(order, start=1):
            asked[n] = pool.submit(doors[n], sales[n])
            gate.wait_for(count)
        gate.open()
        answers = [asked[n].result(timeout=30) for n in range(2)]
    won, lost = order
    assert "code" not in answers[won]
    assert answers[lost]["code"] == "short"
    assert answers[lost]["field"] == "lines[0].qty"
    detail = answers[lost]["detail"]
    assert (detail["wanted"], detail["free"]) == (1, 0)
    assert [a["place"] for a in detail["alternatives"]] == ["kichijoji"]
    assert written_of(sales[won]) == [1, 1, 2, 1, 1]
    assert written_of(sales[lost]) == [0, 0, 0, 0, 0]
    assert sellable() == 0
    with tx() as t:
        assert audited(t)["ok"]


def test_twenty_orders_on_three_channels_for_one_unit(shop: FreshDatabase, serving: str) -> None:
    """R-099 to the letter: one succeeds, the others are told who has it, nothing goes below 0."""
    with tx() as t:
        mall = {"ja": "モール", "en": "Mall"}
        world.places.put_channel(
            t, code="mall", kind="mall", name=mall, actor=world.ACTOR, recorded_at=world.NOW
        )
        world.stocked(t, ITEM, 1)
        world.stocked(t, ITEM, 5, place="web")
    channels = ("store", "ec", "mall")
    orders = [world.sale((ITEM, 1), handed_over=False, channel=channels[n % 3]) for n in range(20)]
    answers = at_once([over_http(serving, asking.new_key()), in_process], orders)
    refused = [a for a in answers if "code" in a]
    assert {a["code"] for a in refused} == {"short"}
    assert len(refused) == 19
    assert {p["place"] for a in refused for p in a["detail"]["alternatives"]} == {"web"}
    assert sellable() == 0
    with tx() as t:
        assert audited(t)["ok"]


def test_sixty_wishes_for_twenty_units_over_two_doors(shop: FreshDatabase, serving: str) -> None:
    """R-099: promised goods are promised once."""
    with tx() as t:
        world.stocked(t, ITEM, 20)
    wishes = [world.sale((ITEM, 1), ("KASHI-01", 1), handed_over=False) for _ in range(60)]
    with tx() as t:
        world.stocked(t, "KASHI-01", 60)
    answers = at_once([over_http(serving, asking.new_key()), in_process], wishes)
    assert Counter(a.get("code", "sold") for a in answers) == Counter(sold=20, short=40)
    assert sellable() == 0
    for wish, answer in zip(wishes, answers, strict=True):
        assert written_of(wish)[0] == (0 if "code" in answer else 1)
    with tx() as t:
        assert audited(t)["ok"], audited(t)
        units = "SELECT sum(posted) FROM ledger_balance b JOIN ledger_account a"
        units += " ON a.id = b.account_id WHERE a.holder LIKE 'place:%%:sellable'"
        assert t.value(units) == 40


def test_what_was_handed_over_is_sold_and_the_difference_is_named(
    shop: FreshDatabase, serving: str
) -> None:
    """A till never refuses goods in the hand: what the books lacked stands in `unexplained`."""
    with tx() as t:
        world.stocked(t, ITEM, 20)
    sales = [world.sale((ITEM, 1)) for _ in range(60)]
    answers = at_once([over_http(serving, asking.new_key()), in_process], sales)
    assert not [a for a in answers if "code" in a]
    sku, place = ids()
    with tx() as t:
        assert ledger.balance(t, f"goods:{sku}", f"place:{place}:unexplained") == -40
        assert ledger.balance(t, f"goods:{sku}", "world:sold") == 60
        assert audited(t)["ok"], audited(t)
    assert sellable() == 0


def test_the_same_sale_from_eight_threads_is_one(shop: FreshDatabase, serving: str) -> None:
    sale = world.sale((ITEM, 1), member="G1040001")
    answers = at_once([over_http(serving, asking.new_key()), in_process], [sale] * 8)
    assert {a["uid"] for a in answers} == {str(sale.uid)}
    assert sorted(bool(a["repeated"]) for a in answers) == [False] + [True] * 7
    assert written_of(sale) == [1, 1, 3, 1, 1]


def test_a_till_number_raced_by_two_is_one_sale_and_one_refusal(shop: FreshDatabase) -> None:
    together = threading.Barrier(2)

    def ring_up(sale: Sale) -> Answer:
        together.wait(timeout=20)
        return in_process(sale)

    for seq in range(1, 11):
        sales = [world.sale((ITEM, 1), till="S1", till_seq=seq) for _ in range(2)]
        answers = at_once([ring_up], sales)
        assert Counter(a.get("code", "sold") for a in answers) == Counter(sold=1, till_seq_taken=1)


def test_the_same_batch_twice_in_opposite_order_is_answered_twice(shop: FreshDatabase) -> None:
    """Documents are written in one order, so that two retries never wait for each other.

    Both come as far as the middle document, which a third is writing and then gives up.
    """
    batch = [world.sale((ITEM, 1)) for _ in range(3)]

    def send(sales: Sequence[Sale]) -> list[Sold | Refusal]:
        try:
            with tx() as t:
                return sell(t, sales, actor=world.ACTOR, recorded_at=clock.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool, Gate(shop) as gate:
        with transaction.atomic():
            sell(Tx(), [batch[1]], actor=world.ACTOR, recorded_at=clock.now())
            one = pool.submit(send, batch)
            gate.wait_for(1)
            two = pool.submit(send, batch[::-1])
            gate.wait_for(2)
            transaction.set_rollback(True)
        answers = [one.result(timeout=30), two.result(timeout=30)]
    assert all(isinstance(a, Sold) for given in answers for a in given)
    assert [a.repeated for given in answers for a in given] == [False] * 3 + [True] * 3
