"""なぜ・次の一手: one note a page, and only where the data say why.

Promises: at most one note; a product that rests on this person comes before a visit that is late;
every figure in the note is one the linked page shows too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from goen.catalogue import queries as catalogue
from goen.doors.console.templatetags.goen import num, pct
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.insight.answers import PersonValue, SkuRow
from goen.kit.db import Tx
from goen.orders.queries import Receipt

LATE = 1.25
"""How many usual intervals may pass before a visit counts as late."""
_FLAGGED_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class NextStep:
    """Why, what to do, and where to do it."""

    why: str
    what: str
    button: str
    href: str


def next_step(
    t: Tx,
    person_id: int,
    *,
    value: PersonValue | None,
    history: Sequence[Receipt],
    today: date,
) -> NextStep | None:
    """The one note for this person, or None."""
    return _rests_on(t, person_id, today) or _late(value, history, today)


def _rests_on(t: Tx, person_id: int, today: date) -> NextStep | None:
    """A product whose sales are mostly this person's."""
    flagged = insight.products(t, only="flagged", limit=_FLAGGED_AT_MOST)
    mine = [row for row in (flagged.rows if flagged else ()) if row.top_person == person_id]
    if not mine:
        return None
    row = max(mine, key=lambda one: one.units)
    sku = catalogue.skus(t, [row.sku_id], on=today).get(row.sku_id)
    return _resting(row, text_of(sku.name)) if sku else None


def _resting(row: SkuRow, name: str) -> NextStep:
    return NextStep(
        why=say(
            "直近4週間に売れた「{name}」{units}点のうち{mine}点（{share}%）がこの方です。",
            "Of {units} “{name}” sold in the last 4 weeks, {mine} ({share}%) went to them.",
            name=name,
            units=num(row.units),
            mine=num(row.top1_units),
            share=pct(row.top1_share),
        ),
        what=say(
            "お会いしたら用途をうかがい、発注はこの方の分を分けて考える。",
            "Ask what it is for, and plan orders with this customer's part kept apart.",
        ),
        button=say("誰が買ったかを見る", "See who bought it"),
        href=reverse("who_bought", args=[row.sku_id]),
    )


def _late(value: PersonValue | None, history: Sequence[Receipt], today: date) -> NextStep | None:
    """Longer away than usual: told from their own habit, with what they usually take."""
    if value is None or not value.interval_days or not history:
        return None
    gap = (today - history[0].business_date).days
    usual = round(value.interval_days)
    if gap <= max(LATE * usual, usual + 3) or gap > 12 * max(usual, 14):
        return None
    favourite = _favourite(history)
    if favourite is None:
        return None
    sku_id, name = favourite
    return NextStep(
        why=say(
            "いつもは{usual}日ごとのお買い物が、いま{gap}日空いています。",
            "Usually buys every {usual} {usual|day|days}; it has now been {gap} {gap|day|days}.",
            usual=usual,
            gap=gap,
        ),
        what=say(
            "いつもの「{name}」が切れていないか、次にお会いしたときにうかがう。",
            "Ask whether they have run out of “{name}” when you next meet.",
            name=name,
        ),
        button=say("「{name}」を見る", "See “{name}”", name=name),
        href=reverse("who_bought", args=[sku_id]),
    )


def _favourite(history: Sequence[Receipt]) -> tuple[int, str] | None:
    """What was on most receipts, at least on two."""
    times: dict[int, int] = {}
    names: dict[int, str] = {}
    for receipt in history:
        for line in receipt.lines:
            times[line.sku_id] = times.get(line.sku_id, 0) + 1
            names[line.sku_id] = text_of(line.name)
    best = max(times, key=lambda sku: (times[sku], -sku), default=None)
    return (best, names[best]) if best is not None and times[best] > 1 else None
