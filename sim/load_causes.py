"""What happened around the simulated shop, as its marketer noted it. Nothing of it moves a sale."""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.marketing import causes
from goen.marketing.causes import NewCause
from sim.miyabido import ZONE, World

_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/causes")
EVENTS = (
    # kind, title, note, first and last day before the shop's last, place
    ("competitor", "駅前に和菓子の店が開店", "開店の週は行列ができていた。", 96, 90, "shibuya"),
    ("event", "吉祥寺の秋祭り", "商店街の人出が多い。", 45, 44, "kichijoji"),
    ("weather", "大型の台風が通過", "", 61, 61, None),
)


def load(world: World) -> None:
    """Each event once, noted in the evening of its last day. Repeating changes nothing."""
    marketer = next(one.code for one in world.staff if one.role == "marketer")
    with tx() as t:
        for n, (kind, title, note, first, last, place) in enumerate(EVENTS):
            days = [world.end - timedelta(days=ago) for ago in (first, last)]
            new = NewCause(uuid5(_UIDS, f"{n}"), kind, title, days[0], days[1], note, place)
            at = datetime.combine(days[1], time(20), ZONE)
            answer = causes.note(t, new, actor=Actor("staff", marketer), recorded_at=at)
            assert not isinstance(answer, Refusal), answer
