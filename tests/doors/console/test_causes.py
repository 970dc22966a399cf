"""Why the line of lifetime value moved (R-084a): marks, words, and the month nobody explained."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from goen.doors.console import charts_causes
from goen.insight import queries as insight
from goen.insight.answers import MonthValue, SkuRow, WhoBought
from goen.kit import clock, ids
from goen.kit.db import Tx
from goen.marketing import causes, clashes, measures
from goen.marketing.causes import CauseShown, NewCause
from tests import world
from tests.doors.console.test_points import text_of
from tests.marketing.measuring import axis, measure, placement

TODAY = clock.now().date()


def months(*means: float) -> list[MonthValue]:
    return [
        MonthValue(date(2025 + n // 12, n % 12 + 1, 1), mean, mean - 10, mean + 10, 300)
        for n, mean in enumerate(means)
    ]


def cause(first: date, last: date) -> CauseShown:
    return CauseShown("weather", "大雪", first, last, UUID(int=1))


STEADY = (100.0, 110, 121, 130, 141, 150, 161, 170, 181, 250, 260, 271)


def test_a_jump_that_nobody_explained_is_asked_about() -> None:
    assert charts_causes.unexplained(months(*STEADY), []) == date(2025, 10, 1)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2025, 10, 31), date(2025, 11, 9)), (date(2025, 9, 1), date(2025, 10, 1))],
)
def test_a_cause_in_that_month_explains_it(first: date, last: date) -> None:
    assert charts_causes.unexplained(months(*STEADY), [cause(first, last)]) is None


def test_a_cause_beside_it_does_not_and_calm_months_need_none() -> None:
    beside = cause(date(2025, 8, 1), date(2025, 9, 30))
    assert charts_causes.unexplained(months(*STEADY), [beside]) == date(2025, 10, 1)
    assert charts_causes.unexplained(months(*range(100, 220, 10)), []) is None
    assert charts_causes.unexplained(months(1, 2, 99), []) is None  # too few to say


def test_home_marks_what_moved_the_line_and_asks_about_contradictions(
    client: Client, shop: Tx, told: tuple[SkuRow, WhoBought], monkeypatch: pytest.MonkeyPatch
) -> None:
    by: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": clock.now()}
    value = insight.ltv(shop)
    assert value is not None
    months = tuple(
        replace(one, month=(TODAY.replace(day=1) - timedelta(days=30 * n)).replace(day=1))
        for n, one in enumerate(reversed(value.months), 1)
    )[::-1]
    monkeypatch.setattr(insight, "ltv", lambda *_: replace(value, months=months))
    assert "外のできごとを記録する" in text_of(client, "/")
    snow = NewCause(ids.new_id(), "weather", "大雪", months[3].month, months[3].month)
    causes.note(shop, snow, **by)
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=9)}
    axis(shop, "A", "軽い")
    axis(shop, "B", "丈夫")
    for channel, point, title in (("sns", "A", "秋の便り"), ("ad", "B", "広告")):
        new = measure(placement(channel, point), title=title, **days)
        measures.draft(shop, new, **by)
        measures.launch(shop, new.uid, **by)
        finding = shop.value("SELECT id FROM marketing_finding")
        if finding is not None:
            clashes.accept(shop, finding, why="年代別", until=TODAY + timedelta(days=30), **by)
            measures.launch(shop, new.uid, **by)
    page = text_of(client, "/")
    assert "<b>1</b> 天候：大雪" in page
    assert '施策：<a href="/measures/1">秋の便り</a>' in page
    assert ">2·3</text>" in page
    assert "わかりにくい施策" not in page
    shop.execute("UPDATE marketing_finding SET accepted_until = %s", [TODAY - timedelta(days=1)])
    assert "わかりにくい施策" in text_of(client, "/")
