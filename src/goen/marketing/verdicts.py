"""What a measure changed: the effect on everybody on its list, what it cost, what was decided.

Promises: the window is fixed by what was launched, whatever happens later; the effect counts all
purchases of everybody listed; while the window runs the interval is one that bears being looked at;
opened, clicked and redeemed are told beside it and are not the effect; without a control there is
no verdict, only before and after.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from goen.insight import effects
from goen.insight.effect.readings import Judged, Reading
from goen.insight.effects import Asked, Effect
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import NewRemark, Noted
from goen.marketing.measures_reading import day_of
from goen.marketing.measures_remarks import remark
from goen.orders import couponed

Word = Literal[
    "not_launched", "not_begun", "counting", "no_list", "no_control", "mismatch",
    "more", "less", "unclear", "too_few", "too_early", "no_spread",
]  # fmt: skip
"""What can be said. The last six are the reading's (see `effect.readings`)."""
JUDGED = ("more", "less", "unclear")
"""The words that come from an interval."""
DECISIONS = ("widen", "change", "stop")


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known beside the effect: mails and coupons. Amounts in minor units."""

    sent: int
    bounced: int
    opened: int
    clicked: int
    coupons: int
    redeemed: int
    redeemed_minor: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A remark on the measure that was kept: a learning or a decision, with what was known then."""

    kind: str
    text: str
    detail: dict[str, Any]
    recorded_at: datetime
    actor: str
    number: int


@dataclass(frozen=True, slots=True)
class Gain:
    """Profit that the measure brought in all, with its interval, and what is left of it.

    `minor` is the difference per person times the people treated; `net_minor` takes the cost off.
    """

    minor: float
    low_minor: float
    high_minor: float
    net_minor: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measure's result. `asked` is None before its launch; `effect` before the first answer.

    `cost_minor` is what its placements and remarks say it cost; coupons are in the profit already.
    """

    uid: UUID
    number: int
    title: str
    state: str
    asked: Asked | None
    effect: Effect | None
    as_of: datetime | None
    cost_minor: int
    sides: Sides
    kept: tuple[Kept, ...]
    builds_on: tuple[Kept, ...]

    @property
    def reading(self) -> Reading | None:
        """The reading that counts."""
        return self.effect.reading if self.effect else None

    @property
    def ruling(self) -> Judged | None:
        """The interval that counts today; None where none may be relied on."""
        return self.of_today(self.reading) if self.word in JUDGED else None

    def of_today(self, reading: Reading | None) -> Judged | None:
        """A reading's interval: always-valid while the window runs, fixed at its end."""
        if self.effect is None or reading is None:
            return None
        return reading.fixed if self.effect.is_final else reading.always_valid

    @property
    def word(self) -> Word:
        """What can be said, as a code."""
        if self.asked is None:
            return "not_launched"
        if self.effect is None:
            return "counting" if self.asked.passed else "not_begun"
        if self.reading is None:
            return "no_control" if self.effect.arms else "no_list"
        if self.effect.sample_ratio.mismatch:
            return "mismatch"
        judged = self.of_today(self.reading)
        return judged.verdict if judged else self.reading.verdict

    @property
    def gain(self) -> Gain | None:
        """What it brought in all; None where there is no interval."""
        treated = self.effect.arm("treated") if self.effect else None
        if self.ruling is None or treated is None or self.reading is None:
            return None
        per_person = (self.reading.difference or 0.0, self.ruling.low, self.ruling.high)
        middle, low, high = (one * treated.people for one in per_person)
        return Gain(middle, low, high, middle - self.cost_minor)


def verdict(tx: Tx, number: int, *, at: datetime, wait: bool = True) -> Verdict | None:
    """The result of measure `number` as far as it is known; None where there is none.

    `wait` asks the analyst for what is not stored or not fresh, and waits a little.
    """
    row = tx.row(_MEASURE, [number])
    if row is None:
        return None
    measure_id, uid, state, title, builds_on, cost, *_ = row
    asked = _asked(tx, row, at)
    found = None
    if asked is not None and asked.passed:
        found = effects.effect(tx, asked, wait=wait)
    return Verdict(
        uid=uid,
        number=number,
        title=title,
        state=state,
        asked=asked,
        effect=found[0] if found else None,
        as_of=found[1] if found else None,
        cost_minor=int(cost),
        sides=_sides(tx, measure_id),
        kept=_kept(tx, [number], ("learning", "decision")),
        builds_on=_kept(tx, builds_on, ("learning",)),
    )


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What is to be done next (widen, change, stop), what was learnt, and what was known then.

    `known` is the result in words, as the page showed it to whoever decided.
    """

    uid: UUID
    decision: str
    learning: str
    known: str


def decide(
    tx: Tx, measure_uid: UUID, new: NewDecision, *, actor: Actor, recorded_at: datetime
) -> Noted | Refusal:
    """Keep a decision and the learning it comes from; both stay with the measure for ever.

    Refused: an unknown decision, no learning. The same uid again is the same decision.
    """
    if new.decision not in DECISIONS:
        detail = {"given": new.decision, "known": ", ".join(DECISIONS)}
        return Refusal("unknown_choice", "decision", detail)
    if not new.learning.strip():
        return Refusal("learning_missing", "learning")
    detail = {"decision": new.decision}
    learnt = NewRemark(new.uid, "learning", new.learning, detail=detail)
    first = remark(tx, measure_uid, learnt, actor=actor, recorded_at=recorded_at)
    if isinstance(first, Refusal) or first.repeated:
        return first
    decided = NewRemark(
        uuid5(new.uid, "decision"), "decision", new.known or new.decision, detail=detail
    )
    return remark(tx, measure_uid, decided, actor=actor, recorded_at=recorded_at)


_MEASURE = """
SELECT m.id, m.uid, m.state, now.title, now.builds_on,
       coalesce((SELECT sum(cost_minor) FROM marketing_placement WHERE measure_id = m.id), 0)
       + coalesce((SELECT sum(cost_minor) FROM marketing_remark WHERE measure_id = m.id), 0),
       m.launched_at, launched.starts_on, launched.ends_on, launched.window_days, launched.skus
FROM marketing_measure m
JOIN LATERAL (
  SELECT title, builds_on FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) now ON true
LEFT JOIN LATERAL (
  SELECT starts_on, ends_on, window_days, skus FROM marketing_version
  WHERE measure_id = m.id AND (recorded_at <= m.launched_at OR n = 1) ORDER BY n DESC LIMIT 1
) launched ON true
WHERE m.number = %s
"""


def _asked(tx: Tx, row: Row, at: datetime) -> Asked | None:
    """The window as it was launched, and how far it has passed."""
    launched_at, starts_on, ends_on, window_days, skus = row[6:]
    if launched_at is None or ends_on is None:
        return None
    shares = tx.row(
        "SELECT control_share, holdout_share FROM ("
        " SELECT control_share, holdout_share, begun_at AS at, 0 AS id FROM marketing_scenario"
        " WHERE measure_id = %s AND begun_at IS NOT NULL UNION ALL"
        " SELECT control_share, holdout_share, made_at, id FROM marketing_targetlist"
        " WHERE measure_id = %s) drawn ORDER BY at, id LIMIT 1",
        [row[0], row[0]],
    )
    origin = f"measure:{row[1]}"
    people = tx.value("SELECT count(*) FROM insight_arm WHERE origin = %s", [origin])
    first_on: date = max(starts_on or ends_on, day_of(tx, launched_at))
    last_on = max(ends_on, first_on) + timedelta(days=window_days)
    return Asked(
        origin,
        first_on=first_on,
        last_on=last_on,
        until=min(day_of(tx, at), last_on + timedelta(days=1)),
        people=int(people),
        control=float(shares[0]) if shares else 0.0,
        holdout=float(shares[1]) if shares else 0.0,
        sku_ids=tuple(skus or ()),
        place_ids=_places(tx, row[0]),
    )


def _places(tx: Tx, measure_id: int) -> tuple[int, ...]:
    """The places a measure is for; none where any part of it is for all."""
    sql = "SELECT DISTINCT place_id FROM marketing_placement WHERE measure_id = %s ORDER BY 1"
    found = [row[0] for row in tx.rows(sql, [measure_id])]
    return () if None in found else tuple(found)


def _sides(tx: Tx, measure_id: int) -> Sides:
    """Mails and coupons. What was redeemed and wholly given back is not redeemed."""
    row = tx.row(
        """
        SELECT count(*) FILTER (WHERE d.state = 'sent'),
               count(*) FILTER (WHERE d.state = 'bounced'),
               count(d.opened_at), count(d.clicked_at),
               coalesce(array_agg(d.coupon) FILTER (WHERE d.coupon <> ''), '{}')
        FROM marketing_delivery d JOIN marketing_run r ON r.id = d.run_id WHERE r.measure_id = %s
        """,
        [measure_id],
    )
    assert row is not None
    used = couponed.used(tx, row[4])
    sent, bounced, opened, clicked, coupons = row
    return Sides(sent, bounced, opened, clicked, len(coupons), len(used), sum(used.values()))


def _kept(tx: Tx, numbers: list[int], kinds: tuple[str, ...]) -> tuple[Kept, ...]:
    """What was kept of these measures, the latest first."""
    rows = tx.rows(
        """
        SELECT r.kind, r.text, r.detail, r.recorded_at, r.actor, m.number
        FROM marketing_remark r JOIN marketing_measure m ON m.id = r.measure_id
        WHERE m.number = ANY(%s) AND r.kind = ANY(%s) ORDER BY r.recorded_at DESC, r.id DESC
        """,
        [list(numbers), list(kinds)],
    )
    return tuple(Kept(*row) for row in rows)
