"""What happened around the simulated shop is on record once, before its last day."""

from datetime import date

from goen.kit import clock
from goen.kit.db import Tx
from goen.marketing import causes
from sim import load_causes, miyabido, opening


def test_outside_events_are_noted_once(tx_db: None) -> None:
    end = date(2026, 11, 19)
    world = miyabido.build(seed=1, count=50, months=1, end=end)
    opening.put_masters(Tx(), world, recorded_at=clock.now())
    load_causes.load(world)
    load_causes.load(world)
    found = causes.between(Tx(), date(2026, 1, 1), end)
    assert [one.kind for one in found] == ["competitor", "weather", "event"]
    assert [bool(one.place_id) for one in found] == [True, False, True]
    assert all(one.last_on < end for one in found)
