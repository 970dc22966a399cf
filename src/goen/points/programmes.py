"""Point programmes: the rules by which points are earned, confirmed, spent and ended.

A change holds for what is earned from now on; lots keep the end they were given.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.points import reading
from goen.points.rules import BASES, OWED_POLICIES, Programme

MOST_DAYS = 3_660


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """A programme as it should be. One point is worth one minor unit of its currency.

    `per_minor` minor units earn a point, with tax (`gross`) or without (`net`). Points end
    `expires_months` after they became the shopper's, or never; they are the shopper's after
    `confirm_days`. What had ended and comes back lives for `grace_days`. Points are in the ledger
    from `points_from`. `owed_policy` says what happens when points that go back are spent already.
    """

    code: str
    name: Mapping[str, str]
    currency: str = "JPY"
    per_minor: int = 100
    basis: str = "gross"
    expires_months: int | None = 12
    confirm_days: int = 0
    grace_days: int = 30
    points_from: date | None = None
    owed_policy: str = "owed"
    spend_allowed: bool = True
    timezone: str = "Asia/Tokyo"


_PUT = """
INSERT INTO points_programme (code, name, currency, per_minor, basis, expires_months, confirm_days,
  grace_days, points_from, owed_policy, spend_allowed, timezone, changed_by, changed_at)
VALUES (%(code)s, %(name)s::jsonb, %(currency)s, %(per_minor)s, %(basis)s, %(expires_months)s,
  %(confirm_days)s, %(grace_days)s, %(points_from)s, %(owed_policy)s, %(spend_allowed)s,
  %(timezone)s, %(by)s, %(at)s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, per_minor = excluded.per_minor,
  basis = excluded.basis, expires_months = excluded.expires_months,
  confirm_days = excluded.confirm_days, grace_days = excluded.grace_days,
  points_from = excluded.points_from, owed_policy = excluded.owed_policy,
  spend_allowed = excluded.spend_allowed, timezone = excluded.timezone,
  changed_by = excluded.changed_by, changed_at = excluded.changed_at
RETURNING id
"""


def put(tx: Tx, new: NewProgramme, *, actor: Actor, recorded_at: datetime) -> int | Refusal:
    """Make a programme or change its rules; answers its id. A currency has one programme."""
    refused = refusal(new)
    if refused is not None:
        return refused
    there = tx.row(
        "SELECT code, currency FROM points_programme WHERE code = %s OR currency = %s LIMIT 1",
        [new.code, new.currency],
    )
    if there not in {None, (new.code, new.currency)}:
        return Refusal("currency_has_points", "currency", {"given": new.currency})
    given = asdict(new) | {
        "name": json.dumps(new.name, ensure_ascii=False),
        "by": str(actor),
        "at": recorded_at,
    }
    return int(tx.value(_PUT, given))


def as_rules(new: NewProgramme) -> Programme:
    """What a programme that nobody put yet would do."""
    said = asdict(new)
    del said["name"]
    return Programme(id=0, **said)


def all_of(tx: Tx) -> list[Programme]:
    """Every programme."""
    rows = tx.rows(f"SELECT {reading.COLUMNS} FROM points_programme p ORDER BY p.id")
    return [Programme(*row) for row in rows]


def today(programme: Programme, at: datetime) -> date:
    """The programme's day at an instant."""
    return at.astimezone(ZoneInfo(programme.timezone)).date()


def refusal(new: NewProgramme) -> Refusal | None:
    """Why a programme cannot be so, by what it says alone."""
    known = (
        ("basis", new.basis, BASES),
        ("owed_policy", new.owed_policy, OWED_POLICIES),
    )
    for field, given, choices in known:
        if given not in choices:
            detail = {"given": given, "known": ", ".join(choices)}
            return Refusal("unknown_choice", field, detail)
    if new.timezone not in available_timezones():
        detail = {"given": new.timezone, "known": "Asia/Tokyo, …"}
        return Refusal("unknown_choice", "timezone", detail)
    bounds = (
        ("per_minor", new.per_minor, 1, 10**9),
        ("expires_months", new.expires_months or 1, 1, 1_200),
        ("confirm_days", new.confirm_days, 0, MOST_DAYS),
        ("grace_days", new.grace_days, 0, MOST_DAYS),
    )
    for field, number, least, most in bounds:
        if not least <= number <= most:
            return Refusal("out_of_bounds", field, {"given": number, "least": least, "most": most})
    return None
