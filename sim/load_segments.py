"""Segments that the marketer of the simulated shop keeps for the next measure."""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.marketing import segments
from goen.marketing.segments import NewSegment
from sim.miyabido import ZONE, World

_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/segments")
KEPT = (
    # name, all of these conditions, made on, days before the shop's last
    ("間があいている、大切な方", [{"field": "late", "is": True},
      {"field": "decile", "in": [1, 2, 3]}], "/analysis/lapsing", 18),
    ("2回目をお待ちしている方", [{"field": "purchases", "least": 1, "most": 1},
      {"field": "days_away", "least": 14, "most": 60}], "/analysis/second", 25),
    ("お店とオンラインの両方で買う方", [
      {"field": "bought_via", "channel_id": "store", "window": "12m"},
      {"field": "bought_via", "channel_id": "ec", "window": "12m"}], "", 40),
)  # fmt: skip


def load(world: World) -> None:
    """Each segment once, on the evening it was thought of. Repeating changes nothing."""
    marketer = next(one.code for one in world.staff if one.role == "marketer")
    with tx() as t:
        channels = dict(t.rows("SELECT code, id FROM places_channel"))
        for n, (name, conditions, made_from, ago) in enumerate(KEPT):
            tree = [
                {**one, "channel_id": channels[one["channel_id"]]} if "channel_id" in one else one
                for one in conditions
            ]
            new = NewSegment(uuid5(_UIDS, f"{n}"), name, {"all": tree}, made_from)
            at = datetime.combine(world.end - timedelta(days=ago), time(18, 10 * n), ZONE)
            answer = segments.save(t, new, actor=Actor("staff", marketer), recorded_at=at)
            assert not isinstance(answer, Refusal), answer
