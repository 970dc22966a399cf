"""Reading stored results, and asking the analyst for what is not stored or not fresh.

A page never computes. It reads what is stored, with its `as_of`; where that is older than the
lake it asks, waits a little, and shows the older figure if no answer comes.
"""

import fcntl
import time
from datetime import date, datetime
from typing import Any

from goen.insight.answers import (
    Buyer,
    Ltv,
    MonthValue,
    Period,
    PersonValue,
    SkuList,
    SkuRow,
    Week,
    WhoBought,
)
from goen.insight.questions import Question, WhoBoughtQuestion
from goen.kit import clock, home, settings
from goen.kit.db import Row, Tx, aside
from goen.kit.db import tx as own_tx

WAIT_S = 4.0
POLL_S = 0.02


def ltv(tx: Tx) -> Ltv | None:
    """Realised lifetime value as last computed; None before the first result."""
    found = _stored(tx, Question("ltv", ""))
    if found is None or found[0] is None:
        return None
    value = dict(found[0])
    months = tuple(
        MonthValue(**{**month, "month": date.fromisoformat(month["month"])})
        for month in value.pop("months")
    )
    period = Period(_day(value.pop("first_on")), _day(value.pop("last_on")))
    return Ltv(**value, months=months, period=period, as_of=found[1])


_ORDERS = {
    "rank": "rank",
    "top1": "top1_units::float / nullif(units, 0) DESC NULLS LAST, rank",
    "buyers": "buyers DESC, rank",
    "spend": "buyers_spend_minor DESC, rank",
}
_ONLY = {"flagged": "flagged", "cut": "cut_candidate", "spared": "spared"}
_SKU_COLUMNS = (
    "sku_id, rank, units, receipts, amount_minor, identified_units, buyers, top1_units,"
    " top_person, buyers_spend_minor, flagged, cut_candidate, spared"
)


def products(
    tx: Tx,
    *,
    window: str = "4w",
    order: str = "rank",
    only: str = "",
    limit: int = 50,
    offset: int = 0,
    sku_ids: list[int] | None = None,
) -> SkuList | None:
    """A page of SKUs with who-bought figures for a window (4w, 12m, all).

    `order` is rank, top1, buyers or spend; `only` is flagged, cut, spared or empty; `sku_ids`
    keeps to what a search found. None before the first result.
    """
    found = _stored(tx, Question("window", window))
    if found is None:
        return None
    condition = f"AND {_ONLY[only]}" if only else ""
    among = "" if sku_ids is None else "AND sku_id = ANY(%s)"
    params: list[Any] = [window] if sku_ids is None else [window, sku_ids]
    where = f'FROM insight_skufigure WHERE "window" = %s {among} {condition}'
    total = int(tx.value(f"SELECT count(*) {where}", params))
    rows = tx.rows(
        f"SELECT {_SKU_COLUMNS} {where} ORDER BY {_ORDERS[order]} LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    period = Period(_day(found[0]["first_on"]), _day(found[0]["last_on"]))
    return SkuList(period, tuple(SkuRow(*row) for row in rows), total, found[1])


def who_bought(
    tx: Tx,
    *,
    sku_id: int,
    window: str = "4w",
    period: Period | None = None,
    place_id: int | None = None,
) -> WhoBought | None:
    """Who bought an SKU in a window or an explicit period, in one place or everywhere.

    When the analyst does not answer in time, the last stored answer with its `as_of`; None if
    there never was one.
    """
    question = WhoBoughtQuestion(
        sku_id=sku_id,
        window=window,
        first_on=period.first_on if period else None,
        last_on=period.last_on if period else None,
        place_id=place_id,
    )
    _ask(tx, question)
    return stored_who_bought(tx, question)


def answer(tx: Tx, question: Question) -> tuple[Any, datetime] | None:
    """The value of a question and the moment it is true of, asked anew where it is not fresh.

    When the analyst does not answer in time, the last stored one; None if there never was one.
    """
    _ask(tx, question)
    return stored(tx, question)


def stored(tx: Tx, question: Question) -> tuple[Any, datetime] | None:
    """A stored answer, whatever its age, and the moment it is true of."""
    found = _stored(tx, question)
    return None if found is None else (found[0], found[1])


def stored_who_bought(tx: Tx, question: WhoBoughtQuestion) -> WhoBought | None:
    """A stored answer, whatever its age."""
    found = _stored(tx, question)
    if found is None or found[0] is None:
        return None
    return read_who_bought(tx, question, found[0], found[1])


def read_who_bought(tx: Tx, question: WhoBoughtQuestion, value: Any, as_of: Any) -> WhoBought:
    """A stored answer as a value. Without any sale in the period every figure is zero."""
    figures = value.get("figures") or {}
    units = figures.get("units", 0)
    identified = figures.get("identified_units", 0)
    top1 = figures.get("top1_units", 0)
    share = settings.read(tx, "concentration.top1_share")
    least = settings.read(tx, "concentration.least_units")
    return WhoBought(
        sku_id=question.sku_id,
        period=Period(_day(value["first_on"]), _day(value["last_on"])),
        place_id=question.place_id,
        units=units,
        receipts=figures.get("receipts", 0),
        amount_minor=figures.get("amount_minor", 0),
        currency=value.get("currency") or settings.read(tx, "shop.currency"),
        identified_units=identified,
        anonymous_units=units - identified,
        buyers=figures.get("buyers", 0),
        top1_units=top1,
        top5_units=figures.get("top5_units", 0),
        effective_buyers=figures.get("effective_buyers"),
        buyers_spend_minor=figures.get("buyers_spend_minor", 0),
        flagged=units >= least and top1 >= units * share,
        top=tuple(_buyer(row) for row in value.get("top", ())),
        weeks=tuple(
            Week(**{**row, "first_on": _day(row["first_on"])}) for row in value.get("weeks", ())
        ),
        as_of=as_of,
    )


_PERSON_COLUMNS = (
    "person_id, receipts, amount_minor, profit_minor, first_on, last_on, interval_days, channels"
)


def persons(tx: Tx, person_ids: list[int]) -> dict[int, PersonValue]:
    """Stored values of people; those who never bought are left out."""
    sql = f"SELECT {_PERSON_COLUMNS} FROM insight_personfigure WHERE person_id = ANY(%s)"
    as_of = _as_of(tx)
    return {row[0]: _person(row, as_of) for row in tx.rows(sql, [person_ids])}


AT_RISK = "f.profit_minor * (1 - f.alive) / f.alive"
"""What is lost with a person: expected if still a customer × the chance that they are not."""
STILL_REACHED = 0.1
"""Whoever is less likely than this to be a customer is past losing."""
_BEST = {
    "profit": ("FROM insight_personfigure p", "p.profit_minor DESC"),
    "recent": ("FROM insight_personfigure p", "p.last_on DESC"),
    "expected": (
        "FROM insight_personfigure p LEFT JOIN insight_forecast f USING (person_id)",
        "f.profit_minor DESC NULLS LAST",
    ),
    "risk": (
        "FROM insight_personfigure p JOIN insight_forecast f USING (person_id)"
        f" WHERE f.alive >= {STILL_REACHED}",
        f"{AT_RISK} DESC",
    ),
}


def best_persons(
    tx: Tx, *, order: str = "profit", limit: int = 50, offset: int = 0
) -> tuple[list[PersonValue], int]:
    """People in an order, and how many there are.

    The order is realised profit (`profit`), last purchase (`recent`), expected profit (`expected`)
    or value at risk (`risk`, of those who may still come).
    """
    source, by = _BEST[order]
    total = int(tx.value(f"SELECT count(*) {source}") or 0)
    columns = ", ".join(f"p.{name.strip()}" for name in _PERSON_COLUMNS.split(","))
    rows = tx.rows(
        f"SELECT {columns} {source} ORDER BY {by}, p.person_id LIMIT %s OFFSET %s",
        [limit, offset],
    )
    as_of = _as_of(tx)
    return [_person(row, as_of) for row in rows], total


def _ask(tx: Tx, question: Question) -> None:
    """Have the analyst answer, unless the stored answer is of the newest lake; wait a little.

    The question goes in beside the caller's transaction, so that the analyst sees it; READ
    COMMITTED shows its answer to the caller. With no analyst at work nobody waits.
    """
    found = _stored(tx, question)
    if (found is not None and _is_fresh(tx, found[2])) or not analyst_is_there():
        return
    asked_at = clock.now()
    aside(
        "INSERT INTO insight_question (metric, params, asked_at) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [question.metric, question.params, asked_at],
    )
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        answer = _stored(tx, question)
        if answer is not None and answer[1] >= asked_at:
            return
        time.sleep(POLL_S)


def today(tx: Tx) -> date:
    """The day it is where the shop is."""
    zone = settings.read(tx, "shop.timezone")
    return clock.business_date(clock.now(), timezone=zone, day_change_hour=0)


def wait_for_latest(*, timeout_s: float = 60) -> bool:
    """Wait until the analyst's standing results are newer than this moment's last document."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        with own_tx() as t:
            newest = t.value("SELECT max(xid::text::bigint) FROM orders_order") or 0
            if int(_newest(t) or 0) > newest:
                return True
        time.sleep(0.1)
    return False


def analyst_is_there() -> bool:
    """Whether an analyst works on this shop's lake now."""
    path = home.shop_dir(home.current_shop_name()) / "lake" / "analyst.lock"
    if not path.exists():
        return False
    with path.open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _stored(tx: Tx, question: Question) -> Row | None:
    """(value, as_of, watermark) of a stored result."""
    return tx.row(
        "SELECT value, as_of, watermark FROM insight_result WHERE metric = %s AND params = %s",
        [question.metric, question.params],
    )


def _is_fresh(tx: Tx, watermark: str) -> bool:
    """Whether nothing was sold, and nobody became somebody else, since this watermark."""
    newer = "SELECT EXISTS (SELECT FROM orders_order WHERE xid >= %s::xid8)"
    return int(watermark) >= int(_newest(tx) or 0) and not tx.value(newer, [watermark])


def _newest(tx: Tx) -> str:
    """The watermark of the last refresh; "" before there was one."""
    return str(tx.value("SELECT watermark FROM insight_result WHERE metric = 'ltv'") or "")


def _as_of(tx: Tx) -> datetime:
    found = tx.value("SELECT as_of FROM insight_result WHERE metric = 'ltv'")
    return found if isinstance(found, datetime) else clock.now()


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _buyer(row: Any) -> Buyer:
    return Buyer(**{**row, "first_on": _day(row["first_on"]), "last_on": _day(row["last_on"])})


def _person(row: Row, as_of: datetime) -> PersonValue:
    interval = None if row[6] is None else float(row[6])
    return PersonValue(*(*row[:6], interval, tuple(row[7]), as_of))
