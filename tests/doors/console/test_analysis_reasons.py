"""Why they buy: whose word it is stays apart, with its coverage."""

import pytest

from goen.insight.reasons import KNOWING
from goen.insight.sight import store
from goen.kit import clock
from goen.kit.db import Tx
from tests.doors.register.counter import clerk

pytestmark = pytest.mark.usefixtures("tx_db")


def test_forty_percent_said_and_thirty_inferred() -> None:
    client = clerk()
    value = {
        "documents": 10,
        "by_basis": {"stated": 4, "inferred": 3},
        "by_code": {"stated": {"gift": 3, "refill": 1}, "inferred": {"refill": 3}},
        "compared": 2,
        "agreed": 1,
    }
    store(Tx(), KNOWING, value, 1, clock.now())
    page = client.get("/analysis/reasons").content.decode()
    for part in ("40.0", "30.0", "4件／10件", "推定の50.0%が一致", "贈り物"):
        assert part in page, part
    file = client.get("/analysis/reasons", {"format": "csv"}).content.decode("utf-8-sig")
    assert file.splitlines()[1:] == ["贈り物,3,0,0", "いつもの買い足し,1,0,3"]


def test_before_the_first_result_it_says_what_to_do() -> None:
    assert clerk().get("/analysis/reasons").status_code == 200
