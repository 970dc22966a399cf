"""The whole API against its own description: whatever is sent, what comes back was promised.

Once with anything that the description allows or forbids, which seldom gets further than the
masters; and once with the names that the shop knows, so that verbs are reached and meet each other.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from goen.doors.api import openapi
from goen.doors.api.routes import ROUTES
from goen.doors.cli.audit import audited
from goen.kit import clock
from goen.kit.db import tx
from goen.orders import exceptions
from goen.orders.exceptions import NewException
from tests import asking, world
from tests.doors.calling import AT, fact, goods
from tests.doors.test_api_points import KIND, PROGRAMME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PROMISED = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
)
HOLD, TRANSFER = (str(UUID(int=n)) for n in (1, 2))
ACTS = ("", "address", "fulfilments", "ready", "reroutes", "cancellations", "take-backs")
ORDERS = {act: str(UUID(int=n)) for n, act in enumerate(ACTS, start=3)}
"""One for each act, so that none is over before another was tried."""
SOLD = str(UUID(int=99))
"""A sale of this moment to nobody known: a receipt is claimed while it is young."""
COLLECTED = {"method": "collect", "collect_at": "shibuya"}
SENT = {
    "method": "ship", "from_place": "shibuya",
    "address": {"name": "高橋 健", "postcode": "1500001", "address": "東京都渋谷区神宮前0-0-0"},
}  # fmt: skip
COUPON = "WELCOME-1"
KNOWN: dict[str, list[Any]] = {
    "place": ["shibuya", "web", "kichijoji"],
    "source": ["pos", "ec", "shibuya"],
    "target": ["kichijoji", "shibuya"],
    "collect_at": ["shibuya"],
    "from_place": ["web"],
    "to_place": ["shibuya", "web"],
    "channel": ["store", "ec", "mail"],
    "purpose": ["marketing"],
    "way": ["api", "form"],
    "item": ["KASHI-01", "CHA-01"],
    "sku": ["KASHI-01"],
    "qty": [1, 2, 3],
    "hold": [HOLD],
    "transfer": [TRANSFER],
    "occurred_at": [AT],
    "counted_at": [AT],
    "expires_at": ["2098-12-31T00:00:00Z"],
    "key": ["M-001", "M-002"],
    "value": ["G1040001", 100],
    "member": ["G1040001"],
    "staff": ["st01"],
    "how": ["ship", "dismissed"],
    "reason": ["manual", "customer"],
    "why": ["lost", "damaged"],
    "line_no": [1],
    "tender": [1],
    "line": [0],
    "programme": ["miyabi"],
    "currency": ["JPY"],
    "price_tax": ["included"],
    "tax_class": ["reduced"],
    "fee_tax_class": ["standard"],
    "timezone": ["Asia/Tokyo"],
    "account": [1],
    "to": ["sellable", "damaged"],
    "id": [1],
    "number": [COUPON],
    "amount_minor": [486],
    "expected_total_minor": [None],
    "fee_minor": [0],
    "discount_minor": [0],
    "discount_code": [""],
    "source_no": [None],
    "till": [None],
    "till_seq": [None],
    "address": ["東京都渋谷区神宮前0-0-0", "https://shop.example/hooks", ""],
}
"""What is put for a field, where a name of its own is wanted. An id met twice is a repetition."""


def described() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(openapi.document(ROUTES))
    return told


def narrowed(told: dict[str, Any], webhook: str) -> dict[str, Any]:
    """The same description, allowing only names that the shop knows."""
    for n, schema in enumerate(told["components"]["schemas"].values()):
        if schema.get("title", "").endswith(("In", "Buyer")):
            for name, one in schema.get("properties", {}).items():
                if name == "uid":
                    one["enum"] = [str(UUID(int=1000 * n + m)) for m in range(1, 30)]
                elif name in KNOWN and "$ref" not in str(one):
                    one.clear()
                    one["enum"] = KNOWN[name]
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                name, schema = parameter["name"], parameter["schema"]
                known = [there(path, webhook)] if name == "uid" else KNOWN.get(name)
                if known is not None and schema.get("type") == "array":
                    schema["items"] = {"enum": known}
                elif known is not None:
                    parameter["schema"] = {"enum": known}
    return told


def there(path: str, webhook: str) -> str:
    """An id that an address may name."""
    _, _, noun, _, *act = path.split("/")
    if act == ["claims"]:
        return SOLD
    return {"holds": HOLD, "webhooks": webhook}.get(noun) or ORDERS.get(act[0] if act else "", SOLD)


@pytest.fixture
def calling(fresh_db: object, serving: str) -> Iterator[requests.Session]:
    """A system with every scope, and a shop with something of everything in it."""
    with tx() as t:
        world.open_shop(t)
        for place in ("shibuya", "kichijoji", "web"):
            world.stocked(t, "KASHI-01", 500, place)
            world.stocked(t, "CHA-01", 500, place)
        exceptions.open_for(t, [NewException("other", uuid4())], recorded_at=world.NOW)
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {asking.new_key()}"
        sold = fact(
            uid=SOLD, occurred_at=clock.now().isoformat(), place="web", channel="ec",
            lines=goods(("KASHI-01", 1)), tenders=[{"kind": "card", "amount_minor": 162}],
        )  # fmt: skip
        for path, body in (*BEFORE, ("sales", sold)):
            answer = session.post(f"{serving}/v1/{path}", json=body)
            assert answer.status_code in {200, 201}, answer.text
        yield session


BEFORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("points/programmes", PROGRAMME),
    ("coupons/kinds", KIND),
    ("points/accounts", {"programme": "miyabi", "record": {"source": "pos", "key": "M-001"}}),
    ("coupons", fact(kind="welcome", number=COUPON, uses=100)),
    *(("orders", fact(
        uid=uid, place="web", channel="ec", record={"source": "pos", "key": "M-001"},
        lines=goods(("KASHI-01", 40)), delivery=SENT if act == "address" else COLLECTED,
        tenders=[{"kind": "card", "amount_minor": 40 * 162}],
    )) for act, uid in ORDERS.items()),
    ("orders/" + ORDERS["take-backs"] + "/fulfilments", fact(how="hand_over")),
    ("holds", fact(
        uid=HOLD, place="web", kind="cart", holder="cart:1", lines=goods(("CHA-01", 1)),
        expires_at="2098-01-01T00:00:00Z",
    )),
    ("transfers/send", fact(
        uid=TRANSFER, source="web", target="shibuya", lines=goods(("KASHI-01", 90)),
    )),
    ("webhooks", {"address": "https://shop.example/first", "kinds": ["StockChanged"]}),
)  # fmt: skip


def test_whatever_is_sent_the_answer_was_described(calling: requests.Session, serving: str) -> None:
    load_all_checks()
    (webhook,) = calling.get(f"{serving}/v1/webhooks").json()["webhooks"]
    met: dict[str, set[int]] = {}
    broken: list[str] = []
    for told, mode, examples in (
        (described(), GenerationMode.POSITIVE, 3),
        (described(), GenerationMode.NEGATIVE, 5),
        (narrowed(described(), webhook["id"]), GenerationMode.POSITIVE, 12),
        (narrowed(described(), webhook["id"]), GenerationMode.POSITIVE, MORE),
    ):
        for found in schemathesis.openapi.from_dict(told).get_all_operations():
            operation = found.ok()
            cases = operation.as_strategy(generation_mode=mode)
            statuses = met.setdefault(operation.label, set())
            if examples == MORE and statuses & DONE:
                continue
            # An address that takes nothing cannot be asked wrongly.
            try:
                exercised(cases, examples, serving, calling, statuses)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label
            except (AssertionError, schemathesis.errors.FailureGroup) as problem:
                broken.append(f"{operation.label} ({mode.value}): {problem}")
    assert not broken, "\n\n".join(broken)
    with tx() as t:
        assert audited(t)["broken"] == []
    done = {label for label, statuses in met.items() if statuses & DONE}
    assert met.keys() - done == NEVER_DONE


def exercised(
    cases: SearchStrategy[schemathesis.Case],
    examples: int,
    serving: str,
    calling: requests.Session,
    statuses: set[int],
) -> None:
    """Send so many requests; whatever comes back was described."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=serving, session=calling)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        case.validate_response(answer, checks=PROMISED)
        statuses.add(answer.status_code)

    ask()


DONE = {200, 201, 204}
MORE = 80
"""What is sent is drawn by chance: an address that did nothing yet is asked so many times more."""
NEVER_DONE = {
    "GET /v1/insight/who-bought",
    "GET /v1/insight/ltv",
    "POST /v1/proposals/{uid}/answers",
}
"""There are no figures yet: 503; and nothing is proposed to anybody."""
