"""What is expected of everybody: forecast, its back-test, customer equity and how it moved.

Promises: a person is whoever the lake says they are now, at every origin; a purchase day is a day
with something bought, on which value is its gross profit; days are those up to the last business
day. Where the data carry no forecast none is shown: what is missing is stored in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from goen.insight import base, equity, forecasts_shown
from goen.insight.forecast.choosing import Choice, choose, predicting
from goen.insight.forecast.history import Floats, Ints, Purchases, purchases, seen
from goen.insight.forecast.outlook import Basis, outlook
from goen.insight.forecast.spend import fit_spend
from goen.insight.forecasts_shown import Told
from goen.insight.questions import BACKTEST, EQUITY, LTV_MODEL, Question
from goen.insight.sight import Sight, Span, rows, store
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal

HORIZON = "ltv.horizon_days"
REDONE_AFTER = timedelta(hours=20)
LEAST_DAYS = 84
"""Purchases of fewer days tell little of a year: a shop that was just begun is not foretold."""
MOVED = 0.02
"""Made again for another last day or horizon, or when what is known of people moved by this."""

COLUMNS = (
    "person_id", "alive", "purchases", "purchases_low", "purchases_high", "profit_minor",
    "profit_low_minor", "profit_high_minor", "next_on", "model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """Everybody's purchase days; `ids` are the persons' own numbers.

    `profit_day` and `profit` are of all days, those on which something only came back as well.
    """

    ids: Ints
    bought: Purchases
    profit_day: Ints
    profit: Floats

    @property
    def first(self) -> int:
        """The first day of all; 0 where there is none."""
        return int(self.profit_day.min()) if self.profit_day.size else 0

    def kept(self, origin: int) -> float:
        """The share of purchase days' value that returns left, as known at the origin."""
        positive = self.bought.value[self.bought.day <= origin]
        gained = float(np.maximum(positive, 0.0).sum())
        return float(self.profit[self.profit_day <= origin].sum()) / gained if gained > 0 else 0.0


def store_forecasts(sight: Sight) -> None:
    """Forecast, back-test and equity as of the last business day, if that is due."""
    lines = base.with_profit(sight.lines(), sight.lake)
    known = lines.person_id.notnull()
    (whole,) = rows(
        lines.aggregate(
            lines=known.sum().fill_null(0),
            people=lines.person_id.nunique(),
            profit=lines.profit_minor.sum(where=known).fill_null(0.0),
        )
    )
    mark = {
        "origin_on": sight.span.last_on.isoformat(),
        "horizon_days": int(sight.config[HORIZON]),
        **whole,
    }
    with tx() as t:
        if not _is_due(t, mark, sight):
            return
    _store_all(sight, read_days(lines), mark)


def read_days(lines: Any) -> Days:
    """Purchase days of identified people, from lines with their profit."""
    known = lines.filter(lines.person_id.notnull())
    by_day = known.group_by("person_id", "business_date").aggregate(
        is_purchase=(known.qty > 0).any(), profit=known.profit_minor.sum()
    )
    table = by_day.order_by("person_id", "business_date").to_pyarrow()
    person = table["person_id"].to_numpy().astype(np.int64)
    profit = table["profit"].to_numpy().astype(np.float64)
    day = table["business_date"].to_numpy().astype("datetime64[D]").astype(np.int64) + _EPOCH
    real = table["is_purchase"].to_numpy().astype(np.bool_)
    ids, number = np.unique(person[real], return_inverse=True)
    return Days(ids, purchases(number.ravel(), day[real], profit[real]), day, profit)


def tell(days: Days, choice: Choice, *, origin: int, horizon: int) -> Told | Refusal:
    """The forecast at an origin by the winner of the back-test, fitted to what was known then."""
    kept = days.kept(origin)
    if kept <= 0:
        return Refusal("no_profit", "profit")
    known = seen(days.bought, origin)
    until = origin + horizon
    found = predicting(choice, days.bought, known, until)
    if isinstance(found, Refusal):
        return found
    model, fit, clock = found
    spend = fit_spend(known.x, known.spend)
    if isinstance(spend, Refusal):
        return Refusal("too_few_profitable", "profit", spend.detail)
    basis = Basis(fit, clock, spend, kept)
    return Told(model, basis, known, outlook(basis, known, until))


def month_end_before(day: date) -> date:
    """The last day of the month before the day's."""
    return day.replace(day=1) - timedelta(days=1)


_EPOCH = date(1970, 1, 1).toordinal()


def _is_due(t: Tx, mark: Mapping[str, Any], sight: Sight) -> bool:
    found = t.row(
        "SELECT value, as_of FROM insight_result WHERE metric = %s AND params = %s",
        [LTV_MODEL.metric, LTV_MODEL.params],
    )
    if found is None or sight.recorded_at - found[1] > REDONE_AFTER:
        return True
    before = found[0]["mark"]
    if any(before[name] != mark[name] for name in ("origin_on", "horizon_days")):
        return True
    return any(
        abs(mark[name] - before.get(name, 0)) > MOVED * abs(before.get(name, 0))
        for name in ("lines", "people", "profit")
    )


def _store_all(sight: Sight, days: Days, mark: Mapping[str, Any]) -> None:
    origin, horizon = sight.span.last_on.toordinal(), int(mark["horizon_days"])
    choice = choose(days.bought, origin=origin, horizon=horizon)
    told = tell(days, choice, origin=origin, horizon=horizon)
    if not isinstance(told, Refusal) and not choice.trials:
        told = Refusal("nothing_to_check", "date")
    if not isinstance(told, Refusal) and origin - days.first < LEAST_DAYS:
        told = Refusal("too_short", "date")
    answers: dict[Question, Mapping[str, Any] | None] = {
        LTV_MODEL: forecasts_shown.model(told, choice, mark),
        BACKTEST: forecasts_shown.backtest(choice),
        EQUITY: None,
    }
    everybody: list[tuple[Any, ...]] = []
    if not isinstance(told, Refusal):
        everybody = _rows(days, told, sight.span.last_on)
        answers[EQUITY] = _equity(days, choice, told, sight.span, horizon)
    with tx() as t:
        t.execute("DELETE FROM insight_forecast")
        t.copy(f"COPY insight_forecast ({', '.join(COLUMNS)}) FROM STDIN", everybody)
        for question, value in answers.items():
            store(t, question, value, sight.lake.watermark, sight.recorded_at)


def _rows(days: Days, told: Told, last_on: date) -> list[tuple[Any, ...]]:
    """What the table keeps of everybody."""
    found = told.outlook
    whole = (
        found.value, found.value_range.low, found.value_range.high
    )  # fmt: skip
    values = zip(
        days.ids[found.who].tolist(),
        found.alive.tolist(),
        found.purchases.tolist(),
        found.purchase_range.low.tolist(),
        found.purchase_range.high.tolist(),
        *(np.rint(part).astype(np.int64).tolist() for part in whole),
        found.next_days.tolist(),
        strict=True,
    )
    code = told.model.code
    return [(*row[:-1], _later(last_on, row[-1]), code) for row in values]


def _later(day: date, days: float) -> date | None:
    return None if np.isnan(days) else day + timedelta(days=int(np.ceil(days)))


def _equity(days: Days, choice: Choice, now: Told, span: Span, horizon: int) -> Mapping[str, Any]:
    """Today's customer equity beside that of the last month's end, computed as of then."""
    then_on = month_end_before(span.last_on)
    before = tell(days, choice, origin=then_on.toordinal(), horizon=horizon)
    after = equity.Position(days.ids[now.known.who], now.outlook.value, now.outlook.alive)
    bridge = None
    if not isinstance(before, Refusal):
        start = equity.Position(days.ids[before.known.who], before.outlook.value,
                                before.outlook.alive)  # fmt: skip
        bridge = equity.bridge(start, after)
    return forecasts_shown.equity(now, choice, bridge, then_on, span.last_on)
