"""The segments that the simulated shop keeps are kept once, and can be read again."""

from datetime import date

from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.marketing import segments
from sim import load_segments, miyabido, opening


def test_segments_are_kept_once(tx_db: None) -> None:
    world = miyabido.build(seed=1, count=50, months=1, end=date(2026, 11, 19))
    opening.put_masters(Tx(), world, recorded_at=clock.now())
    load_segments.load(world)
    load_segments.load(world)
    found, count = segments.listed(Tx(), actor=Actor("staff", "somebody"))
    assert count == len(load_segments.KEPT)
    assert {one.name for one in found} == {name for name, *_ in load_segments.KEPT}
