"""What somebody enters a scenario on, each as the set of people, in SQL: one column, `person_id`.

What happened counts when it happened after the scenario began and at most `RECENT_DAYS` ago, so
that nobody is thanked for a purchase of last year because its file came in today; and it is entered
on once, however soon somebody may come again.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from goen.customers import traits
from goen.marketing.conditions_sql import CONSIDERED, month_before
from goen.marketing.scenario import ScenarioShown

RECENT_DAYS = 3
CONSIDERED_HOURS = 24
"""Who looked at something is not written to at once: they may still be choosing."""

Set = tuple[str, list[Any]]


def people_of(one: ScenarioShown, *, at: datetime, today: date) -> Set | None:
    """Who is to enter now; None: whoever fulfils the conditions."""
    maker = _MAKERS.get(one.trigger)
    return None if maker is None else maker(one, at, today)


def _since(one: ScenarioShown, at: datetime) -> datetime:
    return _not_before(one, at - timedelta(days=RECENT_DAYS))


def _not_before(one: ScenarioShown, since: datetime) -> datetime:
    """What happened before it began is not its own; a draft is looked at as if it had begun."""
    return since if one.begun_at is None else max(one.begun_at, since)


_BOUGHT = """
SELECT DISTINCT p.person_id FROM report_document d
JOIN report_person_of p ON p.record_id = d.record_id
WHERE d.kind IN ('sale', 'order') AND d.occurred_at > %s AND d.occurred_at <= %s
"""
_NOT_THANKED_FOR = """
 AND NOT EXISTS (
   SELECT FROM marketing_journey j JOIN report_person_of q ON q.record_id = j.record_id
   WHERE j.scenario_id = %s AND q.person_id = p.person_id AND j.entered_at >= d.occurred_at)
"""
_OF_ITEMS = """
 AND (cardinality(%s::bigint[]) = 0 OR EXISTS (
   SELECT FROM report_sale_line l
   WHERE l.order_id = d.order_id AND l.qty > 0 AND l.sku_id = ANY(%s)))
"""
_NEVER_BEFORE = """
 AND NOT EXISTS (
   SELECT FROM report_person_of q JOIN report_document b ON b.record_id = q.record_id
   WHERE q.person_id = p.person_id AND b.kind IN ('sale', 'order') AND b.occurred_at <= %s)
"""


def _purchase(one: ScenarioShown, at: datetime, _: date) -> Set:
    skus = list(one.skus)
    return _BOUGHT + _NOT_THANKED_FOR + _OF_ITEMS, [_since(one, at), at, one.id, skus, skus]


def _first_purchase(one: ScenarioShown, at: datetime, _: date) -> Set:
    since = _since(one, at)
    return _BOUGHT + _NOT_THANKED_FOR + _NEVER_BEFORE, [since, at, one.id, since]


_CONSIDERED = """
SELECT looked.person_id FROM (
  SELECT p.person_id, e.sku_id, max(e.happened_at) AS last_at
  FROM report_event e JOIN report_person_of p ON p.record_id = e.record_id
  WHERE e.kind = ANY(%s) AND e.happened_at > %s AND e.happened_at <= %s AND e.month >= %s
    AND e.sku_id IS NOT NULL AND (cardinality(%s::bigint[]) = 0 OR e.sku_id = ANY(%s))
  GROUP BY 1, 2
) looked WHERE NOT EXISTS (
  SELECT FROM marketing_journey j JOIN report_person_of q ON q.record_id = j.record_id
  WHERE j.scenario_id = %s AND q.person_id = looked.person_id AND j.entered_at >= looked.last_at)
AND NOT EXISTS (
  SELECT FROM report_person_of q JOIN report_sale_line l ON l.record_id = q.record_id
  WHERE q.person_id = looked.person_id AND l.sku_id = looked.sku_id AND l.qty > 0
    AND l.occurred_at > %s AND l.occurred_at <= %s)
"""


def _considered(one: ScenarioShown, at: datetime, _: date) -> Set:
    since = _not_before(one, at - timedelta(days=one.days))
    until = at - timedelta(hours=CONSIDERED_HOURS)
    skus = list(one.skus)
    return _CONSIDERED, [
        list(CONSIDERED), since, until, month_before(since), skus, skus, one.id, since, at,
    ]  # fmt: skip


def _late(one: ScenarioShown, at: datetime, today: date) -> Set:
    # Who was joined with somebody since the figures were made is not that person any more.
    return (
        "SELECT DISTINCT p.person_id FROM insight_personrank r"
        " JOIN report_person_of p ON p.person_id = r.person_id WHERE r.is_late",
        [],
    )


def _birth_month(one: ScenarioShown, at: datetime, today: date) -> Set:
    sql = f"SELECT person_id FROM ({traits.BORN}) born WHERE date_part('month', value)::int = %s"
    return sql, [today.month]


_COUPON_ENDING = """
SELECT DISTINCT p.person_id FROM points_coupon c
JOIN points_couponkind k ON k.id = c.kind_id
JOIN report_person_of p ON p.record_id = c.record_id
WHERE k.valid_to BETWEEN %s AND %s
  AND c.uses > (SELECT count(*) FROM orders_couponuse u WHERE u.coupon_id = c.id)
"""
_POINTS_ENDING = """
SELECT DISTINCT p.person_id FROM points_lot l
JOIN points_membership h ON h.account_id = l.account_id AND h.may_spend
JOIN report_person_of p ON p.record_id = h.record_id
WHERE l.free > 0 AND l.expired_at IS NULL AND l.expires_on BETWEEN %s AND %s
"""


def _coupon_ending(one: ScenarioShown, at: datetime, today: date) -> Set:
    return _COUPON_ENDING, [today, today + timedelta(days=one.days)]


def _points_ending(one: ScenarioShown, at: datetime, today: date) -> Set:
    return _POINTS_ENDING, [today, today + timedelta(days=one.days)]


_MAKERS: Mapping[str, Callable[[ScenarioShown, datetime, date], Set]] = {
    "purchase": _purchase,
    "first_purchase": _first_purchase,
    "considered": _considered,
    "late": _late,
    "birth_month": _birth_month,
    "coupon_ending": _coupon_ending,
    "points_ending": _points_ending,
}
