"""The register of measures over the API (R-120): what is said where, why and of what."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goen.kit import clock, keys
from goen.kit.db import Tx
from goen.marketing import measures
from tests import world
from tests.marketing.measuring import axis, measure, placement

TODAY = clock.now().astimezone(clock.zone("Asia/Tokyo")).date()


@pytest.fixture
def api(tx_db: None) -> Client:
    world.open_shop(Tx())
    key = keys.issue(Tx(), "agency", ("insight:read",), actor=world.ACTOR, recorded_at=clock.now())
    return Client(headers={"Authorization": f"Bearer {key}", "Host": "127.0.0.1"})


def test_programs_read_what_is_said_where_and_why(api: Client) -> None:
    t = Tx()
    by: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": clock.now()}
    axis(t, "gentle", "毎日飲める軽さ")
    sku = int(t.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'"))
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=13)}
    new = measure(
        placement("sns", "gentle", says="朝の一杯に。", cost_minor=5_000), skus=(sku,), **days
    )
    measures.draft(t, new, **by)
    measures.draft(t, measure(title="下書き", **days), **by)
    measures.launch(t, new.uid, **by)
    answer = api.get("/v1/measures?state=live").json()
    assert answer["total"] == 1
    (one,) = answer["measures"]
    assert (one["number"], one["state"], one["items"], one["cost_minor"]) == (
        1, "live", ["CHA-01"], 5_000,
    )  # fmt: skip
    assert (one["reason"], one["evidence"]) == (new.reason, new.evidence)
    (place,) = one["placements"]
    assert (place["channel"], place["axis"], place["says"]) == ("sns", "gentle", "朝の一杯に。")
    assert api.get("/v1/measures").json()["total"] == 2
    after = TODAY + timedelta(days=14)
    assert api.get(f"/v1/measures?from={after}").json() == {"measures": [], "total": 0}
    assert api.get("/v1/measures?channel=mail").json()["total"] == 0
    assert api.get("/v1/measures?state=odd").status_code == 422


def test_many_measures_are_read_as_one_is(api: Client) -> None:
    """How often the database is asked does not grow with the register."""
    t = Tx()
    by: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": clock.now()}
    axis(t, "gentle", "毎日飲める軽さ")
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=13)}
    asked = []
    for many in (1, 6):
        for _ in range(many):
            measures.draft(t, measure(placement("sns", "gentle"), **days), **by)
        with CaptureQueriesContext(connection) as queries:
            found = api.get("/v1/measures").json()["measures"]
        assert all(len(one["placements"]) == 1 for one in found)
        asked.append(len(queries))
    assert len(found) == 7
    assert asked[0] == asked[1]
