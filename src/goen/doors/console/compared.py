"""Beside who bought it: who only looked, what it was compared with, what goes with it.

Promises: counts of comparisons are of known people in a year and say so; every line leads to the
other article, and those who looked lead to a segment and a measure.
"""

from dataclasses import dataclass
from typing import Any

from goen.catalogue import queries as catalogue
from goen.doors.console import segment_link
from goen.doors.console.days import shop_today
from goen.doors.say import say, text_of
from goen.insight import tastes
from goen.kit import settings
from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Rival:
    """An article this one is compared with: how often it won and lost, and the lost part."""

    sku_id: int
    name: str
    lost: int
    won: int
    people: int
    width: float


@dataclass(frozen=True, slots=True)
class Companion:
    """An article that goes with this one."""

    sku_id: int
    name: str
    documents: int
    people: int
    confidence: float
    lift: float


def of_product(t: Tx, sku_id: int, name: str, *, made_from: str) -> dict[str, Any]:
    """What the page shows, each part empty where nothing is known."""
    rivals = tastes.compared_with(t, sku_id)
    beside = tastes.goes_with(t, sku_id)
    ids = {one.sku_id for one in rivals} | {one.sku_id for one in beside}
    shown = catalogue.skus(t, sorted(ids), on=shop_today()) if ids else {}
    names = {sku: text_of(one.name) for sku, one in shown.items()}
    looked = tastes.interest(t, sku_id)
    days = int(settings.read(t, "insight.considered_days"))
    considered = [{"field": "considered", "sku_id": sku_id, "days": days}]
    return {
        "rivals": [
            Rival(
                one.sku_id,
                names[one.sku_id],
                one.lost,
                one.won,
                one.people,
                round(100 * one.lost_share, 1),
            )
            for one in rivals
            if one.sku_id in names
        ],
        "beside": [
            Companion(
                one.sku_id,
                names[one.sku_id],
                one.documents,
                one.people,
                one.confidence,
                one.lift,
            )
            for one in beside
            if one.sku_id in names
        ],
        "looked": looked,
        "looked_share": looked.buyers / looked.lookers if looked and looked.lookers else None,
        "considering": tastes.considering(t),
        "looked_segment": segment_link.href(considered, made_from=made_from),
        "looked_measure": segment_link.measure_href(
            considered, made_from=made_from, evidence=_evidence(name, looked, days)
        ),
    }


def _evidence(name: str, looked: tastes.Interest | None, days: int) -> str:
    if looked is None:
        return ""
    return say(
        "「{name}」を12か月に{n}人が検討し、{days}日のうちに求めたのは{m}人。",
        "{n} {n|person|people} considered “{name}” in 12 months; {m} bought it within {days} days.",
        name=name,
        n=looked.lookers,
        m=looked.buyers,
        days=days,
    )
