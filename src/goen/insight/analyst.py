"""The analyst: keeps the lake published, the stored results fresh, and answers questions.

It is the only process that runs DuckDB. One analyst works on a shop's lake at a time (a file
lock); others wait or ask it. Everything it stores can be computed again from the lake.
"""

import fcntl
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import structlog

from goen.insight import base, lake, ltv, parts, who_bought
from goen.insight.questions import WINDOWS, LtvQuestion, Question, WhoBoughtQuestion
from goen.insight.sight import Sight, Span, first_of, put, rows, store
from goen.kit import clock, settings
from goen.kit.db import Tx, tx

log = structlog.get_logger(__name__)

MEMORY_LIMIT = "2GB"
SPILL_SHARE = 0.25
"""Of the disk that is free when the analyst starts, what its engine may fill for a while."""
FAILED_REST_S = 600.0
"""How long a part rests that could not be computed; the others go on."""


class Busy(RuntimeError):  # noqa: N818  named by its reason
    """Another analyst works on this lake."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lake's lock; raises `Busy` when another process has it."""
    with (folder / lake.LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise Busy(str(folder)) from taken
        yield


class Analyst:
    """Works on one shop's lake. Not thread-safe: one thread owns it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        spill = int(shutil.disk_usage(folder).free * SPILL_SHARE)
        self.engine: Any = ibis.duckdb.connect(
            memory_limit=MEMORY_LIMIT,
            threads=2,
            temp_directory=str(folder / "spill"),
            max_temp_directory_size=f"{spill}B",
        )
        self._stored = ""
        self._parts: dict[str, tuple[str, float]] = {}
        """Of each standing part: the state it was computed of, and when it may be again."""

    def catch_up(self, *, recorded_at: datetime) -> bool:
        """Publish what is new; answers whether stored results are older than the lake."""
        work = lake.rebuild if lake.is_asked_to_rebuild(self.folder) else lake.publish
        with tx() as t:
            work(t, self.folder, recorded_at=recorded_at)
            return self._state(t) != self._stored

    def refresh(
        self, *, recorded_at: datetime, between: Callable[[], object] = lambda: None
    ) -> None:
        """Compute and store every standing result: products by window, people, value, the parts.

        `between` is called after each part: somebody may be waiting for an answer.
        """
        with tx() as t:
            state, config = self._state(t), settings.read_all(t)
        opened = self._open()
        span = self._span(opened, config)
        if span is not None:
            for window in WINDOWS:
                self._store_window(opened, window, span, config, recorded_at)
                between()
            self._store_people(opened, config)
            between()
        value = self._ltv(opened, config) if span else None
        with tx() as t:
            if value is not None:
                store(t, LtvQuestion(), value, opened.watermark, recorded_at)
            t.execute("DELETE FROM insight_result WHERE as_of < %s", [recorded_at - KEEP])
        self._stored = state
        self.tend(recorded_at=recorded_at, between=between)

    def tend(self, *, recorded_at: datetime, between: Callable[[], object] = lambda: None) -> bool:
        """Compute the standing parts that are older than the lake and may be computed again.

        A part that takes long rests long, so that a shop that sells all day is not computing all
        day; a quick one never waits. One that the engine gives up on (no memory, no disk) is told
        in the log and tried again later; the others go on. Says whether anything was computed.
        """
        due = [part for part in parts.STANDING if self._is_due(_name(part))]
        if not due:
            return False
        with tx() as t:
            state, config = self._state(t), settings.read_all(t)
        opened = self._open()
        span = self._span(opened, config)
        if span is None:
            return False
        for part in due:
            self._compute(part, Sight(opened, span, config, recorded_at), state)
            between()
        return True

    def _compute(self, part: parts.Part, sight: Sight, state: str) -> None:
        began = time.monotonic()
        try:
            part(sight)
        except duckdb.Error as error:
            log.warning("part not computed", part=_name(part), error=str(error)[:500])
            before, _ = self._parts.get(_name(part), ("", 0.0))
            self._parts[_name(part)] = (before, time.monotonic() + FAILED_REST_S)
            return
        took = time.monotonic() - began
        rest = REST * took if took > QUICK_S else 0.0
        self._parts[_name(part)] = (state, time.monotonic() + rest)

    def _is_due(self, part: str) -> bool:
        state, rests_until = self._parts.get(part, ("", 0.0))
        return state != self._stored and time.monotonic() >= rests_until

    def answer(self, question: Question, *, recorded_at: datetime) -> None:
        """Compute one question and store its result."""
        with tx() as t:
            config = settings.read_all(t)
        opened = self._open()
        span = self._span(opened, config)
        value: Mapping[str, Any] | None = None
        if span is not None and isinstance(question, WhoBoughtQuestion):
            value = self._who_bought(opened, question, span, config)
        elif span is not None and question.metric in parts.ANSWERS:
            sight = Sight(opened, span, config, recorded_at)
            value = parts.ANSWERS[question.metric](sight, question.params)
        elif span is not None:
            value = self._ltv(opened, config)
        with tx() as t:
            store(t, question, value, opened.watermark, recorded_at)

    def _state(self, t: Tx) -> str:
        """What stored results depend on: the lake and the settings."""
        now = lake.manifest(self.folder)
        changed = t.value("SELECT coalesce(max(changed_at)::text, '') FROM kit_setting")
        return f"{now.version}:{changed}"

    def _open(self) -> base.Lake:
        return base.open_lake(self.engine, self.folder)

    def _span(self, opened: base.Lake, config: Mapping[str, Any]) -> Span | None:
        lines = base.known_lines(opened, currency=config["shop.currency"])
        days = lines.aggregate(first=lines.business_date.min(), last=lines.business_date.max())
        row = rows(days)[0]
        return None if row["last"] is None else Span(row["first"], row["last"])

    def _store_window(
        self,
        opened: base.Lake,
        window: str,
        span: Span,
        config: Mapping[str, Any],
        recorded_at: datetime,
    ) -> None:
        first_on = first_of(window, span, config)
        lines = base.known_lines(
            opened, currency=config["shop.currency"], first_on=first_on, last_on=span.last_on
        )
        table = who_bought.judged(
            who_bought.figures(lines),
            top1_share=config["concentration.top1_share"],
            least_units=int(config["concentration.least_units"]),
            lowest_share=config["cut.lowest_share"],
        )
        figures = [tuple(row[name] for name in SKU_COLUMNS) for row in rows(table)]
        with tx() as t:
            t.execute('DELETE FROM insight_skufigure WHERE "window" = %s', [window])
            t.copy(
                f'COPY insight_skufigure ("window", {", ".join(SKU_COLUMNS)}) FROM STDIN',
                [(window, *row) for row in figures],
            )
            t.execute(
                _RANK_MEASURED, {"window": window, "least": config["concentration.least_units"]}
            )
            value = {"first_on": first_on.isoformat(), "last_on": span.last_on.isoformat()}
            question = Question("window", window)
            store(t, question, value, opened.watermark, recorded_at)

    def _store_people(self, opened: base.Lake, config: Mapping[str, Any]) -> None:
        lines = base.known_lines(opened, currency=config["shop.currency"])
        people = ltv.by_person(base.with_profit(lines, opened))
        gaps = ltv.intervals(lines)
        joined = people.left_join(gaps, "person_id").drop("person_id_right")
        used = joined.channels.sort().map(lambda one: one.cast("string")).join(",")
        shown = joined.mutate(
            profit_minor=joined.profit_minor.round().cast("int64"),
            channels=ibis.literal("[").concat(used, ibis.literal("]")),
        )
        with tx() as t:
            put(t, "insight_personfigure", PERSON_COLUMNS, shown)

    def _ltv(self, opened: base.Lake, config: Mapping[str, Any]) -> dict[str, Any] | None:
        currency = config["shop.currency"]
        lines = base.with_profit(base.known_lines(opened, currency=currency), opened)
        whole = rows(ltv.summary(ltv.by_person(lines)))[0]
        parts = rows(ltv.shares(lines))[0]
        months = rows(ltv.at_month_ends(ltv.by_month(lines)))
        units = rows(opened.person_of.unit.value_counts().order_by(ibis.desc("unit_count")))
        if not whole["people"]:
            return None
        margin = _half_width(whole["deviation"], whole["people"])
        base_net = parts["identified_net"] or 0.0
        return {
            "currency": currency,
            "unit": units[0]["unit"] if units else "person",
            "people": whole["people"],
            "mean_minor": whole["mean_minor"],
            "low_minor": whole["mean_minor"] - margin,
            "high_minor": whole["mean_minor"] + margin,
            "median_minor": whole["median_minor"],
            "profit_minor": round(whole["profit_minor"]),
            "assumed_share": (parts["assumed_net"] or 0.0) / base_net if base_net else 0.0,
            "unknown_share": (parts["unknown_net"] or 0.0) / base_net if base_net else 0.0,
            "months": [_month(row) for row in months],
            **{name: parts[name] or 0 for name in SHARE_COLUMNS},
            "first_on": parts["first_on"].isoformat(),
            "last_on": parts["last_on"].isoformat(),
        }

    def _who_bought(
        self,
        opened: base.Lake,
        asked: WhoBoughtQuestion,
        span: Span,
        config: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        last_on = asked.last_on or span.last_on
        first_on = asked.first_on or first_of(asked.window, span, config)
        lines = base.known_lines(
            opened,
            currency=config["shop.currency"],
            first_on=first_on,
            last_on=last_on,
            place_id=asked.place_id,
        )
        found = rows(who_bought.figures(lines, of=asked.sku_id))
        if not found:
            return {"first_on": first_on.isoformat(), "last_on": last_on.isoformat()}
        figures = found[0]
        buyers = rows(who_bought.top_buyers(lines, asked.sku_id, limit=50))
        days = rows(who_bought.by_day(lines, asked.sku_id, figures["top_person"]))
        return {
            "first_on": first_on.isoformat(),
            "last_on": last_on.isoformat(),
            "currency": config["shop.currency"],
            "figures": figures,
            "top": [
                {**b, "first_on": str(b["first_on"]), "last_on": str(b["last_on"])} for b in buyers
            ],
            "weeks": _weeks(days, first_on, last_on),
        }


_RANK_MEASURED = """
UPDATE insight_skufigure f SET rank = r.rank,
       flagged = f.flagged AND (r.unit = 'piece' OR f.receipts >= %(least)s)
FROM (
  SELECT g.sku_id, s.unit, row_number() OVER (
    ORDER BY CASE WHEN s.unit = 'piece' THEN g.units ELSE g.receipts END DESC, g.sku_id) AS rank
  FROM insight_skufigure g JOIN catalogue_sku s ON s.id = g.sku_id WHERE g."window" = %(window)s
) r
WHERE f."window" = %(window)s AND f.sku_id = r.sku_id AND EXISTS (
  SELECT FROM catalogue_sku m JOIN insight_skufigure h ON h.sku_id = m.id
  WHERE h."window" = %(window)s AND m.unit <> 'piece')
"""
"""What is weighed or poured is ranked by its receipts: grams and pieces are not compared."""
KEEP = timedelta(days=2)
QUICK_S = 3.0
REST = 20
"""A part that took longer than QUICK_S is not computed again for so many times as long."""
PERSON_COLUMNS = (
    "person_id", "receipts", "amount_minor", "profit_minor", "first_on", "last_on",
    "interval_days", "channels",
)  # fmt: skip
SKU_COLUMNS = (
    "sku_id",
    "units",
    "receipts",
    "amount_minor",
    "identified_units",
    "buyers",
    "top1_units",
    "top5_units",
    "top_person",
    "effective_buyers",
    "buyers_spend_minor",
    "flagged",
    "cut_candidate",
    "spared",
    "rank",
)
SHARE_COLUMNS = ("sales_minor", "identified_sales_minor", "receipts", "identified_receipts")


def _half_width(deviation: float | None, people: int) -> float:
    return 0.0 if deviation is None or people < 2 else ltv.Z80 * deviation / math.sqrt(people)


def _month(row: Mapping[str, Any]) -> dict[str, Any]:
    people, mean = row["people"], row["total"] / row["people"]
    spread = max(row["squares"] / people - mean * mean, 0.0)
    deviation = math.sqrt(spread * people / (people - 1)) if people > 1 else None
    margin = _half_width(deviation, people)
    return {
        "month": row["month"].isoformat(),
        "mean_minor": mean,
        "low_minor": mean - margin,
        "high_minor": mean + margin,
        "people": people,
    }


def _weeks(days: list[dict[str, Any]], first_on: date, last_on: date) -> list[dict[str, Any]]:
    """Days summed to spans of seven, counted back from the last day; long periods by more."""
    length = 7 * max(1, math.ceil(((last_on - first_on).days + 1) / 7 / 60))
    count = math.ceil(((last_on - first_on).days + 1) / length)
    starts = [last_on - timedelta(days=length * (count - n) - 1) for n in range(count)]
    weeks = [
        {"first_on": s.isoformat(), "top_units": 0, "other_units": 0, "anonymous_units": 0}
        for s in starts
    ]
    for day in days:
        week = weeks[(day["business_date"] - starts[0]).days // length]
        for name in ("top_units", "other_units", "anonymous_units"):
            week[name] += day[name]
    return weeks


def _name(part: parts.Part) -> str:
    return str(getattr(part, "__name__", part))


def answer_all(analyst: Analyst) -> int:
    """Answer what was asked; says how many questions there were."""
    with tx() as t:
        asked = t.rows("DELETE FROM insight_question RETURNING metric, params")
    if asked:
        analyst.catch_up(recorded_at=clock.now())
    for metric, params in asked:
        try:
            analyst.answer(Question.parse(metric, params), recorded_at=clock.now())
        except duckdb.Error as error:
            log.warning("question not answered", metric=metric, error=str(error)[:500])
    return len(asked)


def keep_fresh(analyst: Analyst) -> bool:
    """Publish what is new and refresh what is stale; says whether anything was."""
    if not analyst.catch_up(recorded_at=clock.now()):
        return analyst.tend(recorded_at=clock.now(), between=lambda: answer_all(analyst))
    analyst.refresh(recorded_at=clock.now(), between=lambda: answer_all(analyst))
    return True


def work_once(analyst: Analyst) -> None:
    """One round of everything."""
    keep_fresh(analyst)
    answer_all(analyst)
