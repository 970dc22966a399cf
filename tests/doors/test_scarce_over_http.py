"""Nothing is sold twice over HTTP, whoever asks and however many (R-099, R-070, R-093).

Every client has a connection of its own to a served shop. What is refused says where it can be
had, and that can then be ordered as it stands.
"""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from goen.doors.cli.audit import audited
from goen.kit.db import tx
from goen.places import masters
from tests import asking, world
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.slow
ITEM, PRICE = "KASHI-01", 162
ADDRESS = {"name": "架空 花子", "postcode": "1000000", "address": "東京都千代田区0-0-0"}
Answer = tuple[int, dict[str, Any]]


class Api:
    """The API of a served shop, a connection for each thread."""

    def __init__(self, address: str, key: str) -> None:
        self.host = address.removeprefix("http://")
        self.key = key
        self._own = threading.local()

    def post(self, path: str, body: object) -> Answer:
        if not hasattr(self._own, "line"):
            self._own.line = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self._own.line.request("POST", path, json.dumps(body), headers)
        answer = self._own.line.getresponse()
        return answer.status, json.loads(answer.read())

    def all_at_once(self, clients: int, asks: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """Every client waits until all are there, then asks one after the other."""
        ready = threading.Barrier(clients)

        def ask(mine: Sequence[Callable[[], Answer]]) -> list[Answer]:
            ready.wait(30)
            return [one() for one in mine]

        with ThreadPoolExecutor(clients) as pool:
            parts = list(pool.map(ask, [asks[n::clients] for n in range(clients)]))
        return [answer for part in parts for answer in part]


@pytest.fixture
def api(fresh_db: FreshDatabase, serving: str) -> Api:
    with tx() as t:
        world.open_shop(t)
    return Api(serving, asking.new_key("orders:write", "sales:write", "stock:write"))


def stocked(qty: int, place: str) -> None:
    with tx() as t:
        world.stocked(t, ITEM, qty, place)


def an_order(place: str = "web", channel: str = "ec", item: str = ITEM) -> dict[str, Any]:
    return {
        "uid": str(uuid4()), "place": place, "channel": channel,
        "occurred_at": datetime.now(UTC).isoformat(), "lines": [{"item": item, "qty": 1}],
        "delivery": {"method": "ship", "address": ADDRESS},
        "tenders": [{"kind": "card", "amount_minor": PRICE}],
    }  # fmt: skip


def test_one_unit_twenty_orders_three_channels(api: Api) -> None:
    stocked(1, "web")
    with tx() as t:
        by = {"actor": world.ACTOR, "recorded_at": world.NOW}
        for code in ("mall", "sns"):
            masters.put_channel(t, code=code, kind=code, name={"ja": code, "en": code}, **by)
    channels = ("ec", "mall", "sns")
    orders = [an_order(channel=channels[n % 3]) for n in range(20)]
    answers = api.all_at_once(20, [lambda o=o: api.post("/v1/orders", o) for o in orders])
    assert Counter(status for status, _ in answers) == {201: 1, 409: 19}
    assert {body["code"] for status, body in answers if status == 409} == {"short"}
    _is_sound(left={"web": 0}, orders=1)


@pytest.mark.parametrize("clients", [16, 64])
def test_two_hundred_units_four_hundred_buyers(api: Api, clients: int) -> None:
    stocked(200, "web")
    stocked(5, "kichijoji")
    orders = [an_order() for _ in range(400)]
    answers = api.all_at_once(clients, [lambda o=o: api.post("/v1/orders", o) for o in orders])
    assert Counter(status for status, _ in answers) == {201: 200, 409: 200}
    refused = next(body for status, body in answers if status == 409)
    assert refused["code"] == "short"
    elsewhere = refused["detail"]["alternatives"][0]
    assert elsewhere["place"] == "kichijoji"
    instead = an_order()
    instead["delivery"]["from_place"] = elsewhere["place"]
    status, body = api.post("/v1/orders", instead)
    assert (status, body.get("repeated")) == (201, False), body
    _is_sound(left={"web": 0, "kichijoji": 4}, orders=201)


def test_the_same_orders_sent_five_times_are_one_each(api: Api) -> None:
    stocked(30, "web")
    orders = [an_order() for _ in range(20)] * 5
    answers = api.all_at_once(16, [lambda o=o: api.post("/v1/orders", o) for o in orders])
    assert Counter(status for status, _ in answers) == {201: 20, 200: 80}
    _is_sound(left={"web": 10}, orders=20)


def test_carts_orders_and_tills_at_once(api: Api) -> None:
    """Carts and orders share what is there; tills sell what they hold, and break promises."""
    stocked(60, "shibuya")
    now = datetime.now(UTC).isoformat()

    def cart() -> Answer:
        uid = str(uuid4())
        wish = {"uid": uid, "place": "shibuya", "kind": "cart", "holder": f"cart:{uid}",
                "lines": [{"item": ITEM, "qty": 1}], "occurred_at": now}  # fmt: skip
        return api.post("/v1/holds", wish)

    def order() -> Answer:
        return api.post("/v1/orders", an_order("shibuya"))

    def sale() -> Answer:
        sold = {"uid": str(uuid4()), "place": "shibuya", "channel": "store", "occurred_at": now,
                "lines": [{"item": ITEM, "qty": 1}],
                "tenders": [{"kind": "card", "amount_minor": PRICE}]}  # fmt: skip
        return api.post("/v1/sales", sold)

    answers = api.all_at_once(24, [one for _ in range(40) for one in (cart, order, sale)])
    done = Counter(status for status, _ in answers)
    assert done[201] + done[409] == 120
    assert done[201] >= 60, "whatever was there found somebody"
    with tx() as t:
        assert t.value("SELECT count(*) FROM orders_order WHERE kind = 'sale'") == 40
        posted, pending = t.row(
            "SELECT b.posted, b.pending FROM ledger_balance b JOIN ledger_account a"
            " ON a.id = b.account_id WHERE a.holder LIKE '%%:sellable'"
        )
        assert (posted, pending) == (20, 20)
        assert audited(t)["broken"] == []


def _is_sound(*, left: dict[str, int], orders: int) -> None:
    with tx() as t:
        assert t.value("SELECT count(*) FROM orders_order") == orders
        free = dict(
            t.rows(
                "SELECT p.code, (b.posted - b.pending)::int FROM ledger_balance b"
                " JOIN ledger_account a ON a.id = b.account_id"
                " JOIN places_place p ON a.holder = 'place:' || p.id || ':sellable'"
            )
        )
        assert free == left
        assert audited(t)["broken"] == []
