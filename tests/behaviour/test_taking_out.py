"""R-036: what was kept leaves as it was told, and makes the same elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goen.behaviour.events import NewEvent, keep
from goen.behaviour.queries import exported
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW

SEEN = NewEvent("ec", "m-0", "view", NOW - timedelta(days=40), visitor="v", text="茶 ", sku_id=None)


def test_read_page_by_page_every_settled_event_is_there_once(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t, live=False)
    for batch in range(3):
        new = [
            replace(SEEN, message_id=f"m-{batch}-{n}", occurred_at=NOW - timedelta(days=20 * n))
            for n in range(4)
        ]
        with tx() as t:
            keep(t, new, actor=ACTOR, recorded_at=NOW)
    with fresh_db.connect() as other, other.transaction():
        other.execute(
            "INSERT INTO behaviour_event SELECT * FROM behaviour_event WHERE false RETURNING id"
        )
        other.execute("SELECT pg_current_xact_id()")
        with tx() as t:
            keep(t, [replace(SEEN, message_id="later")], actor=ACTOR, recorded_at=NOW)
        seen, after = [], (0, 0)
        while page := _page(after):
            seen += [row[3] for row in page]
            after = (page[-1][0], page[-1][1])
        assert sorted(seen) == sorted(f"m-{b}-{n}" for b in range(3) for n in range(4))
    assert [row[3] for row in _page(after)] == ["later"]


def _page(after: tuple[int, int]) -> list[tuple[object, ...]]:
    with tx() as t:
        return exported(t, after=after, limit=5)


@pytest.mark.usefixtures("tx_db")
def test_a_text_and_a_device_leave_as_they_came() -> None:
    t = Tx()
    world.open_shop(t, live=False)
    keep(t, [replace(SEEN, detail={"page": [1, {"a": None}]})], actor=ACTOR, recorded_at=NOW)
    t.execute("UPDATE behaviour_event SET xid = '1'")  # as if it were settled
    (row,) = exported(t)
    assert row[2:6] == ("ec", "m-0", "view", SEEN.occurred_at)
    assert row[-2:] == ("茶 ", {"page": [1, {"a": None}]})
