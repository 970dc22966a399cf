"""Whether a measure can be so: its words, days, shares and what it names, before it is written."""

from collections.abc import Mapping
from typing import Any

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.conditions import parse
from goen.marketing.measure import NewMeasure
from goen.marketing.rules import MEASURE_KINDS

MOST_TITLE = 120
MOST_TEXT = 4_000
MOST_SKUS = 2_000
MOST_MINOR = 10**12
TEXTS = ("trigger", "reason", "evidence", "expected")


def content_of(tx: Tx, new: NewMeasure) -> dict[str, Any] | Refusal:
    """What a version would say, or why it cannot."""
    refused = _alone(new) or _named(tx, new)
    if refused is not None:
        return refused
    segment = _segment(tx, new)
    if isinstance(segment, Refusal):
        return segment
    segment_id, conditions = segment
    return {
        "title": new.title.strip(),
        "kind": new.kind,
        "trigger": new.trigger.strip(),
        "reason": new.reason.strip(),
        "evidence": new.evidence.strip(),
        "expected": new.expected.strip(),
        "expected_minor": new.expected_minor,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
        "window_days": new.window_days,
        "control_share": round(new.control_share, 4),
        "skus": sorted(set(new.skus)),
        "builds_on": sorted(set(new.builds_on)),
        "segment_id": segment_id,
        "conditions": conditions,
        "made_from": new.made_from,
        "coupon_kind": new.coupon_kind,
    }


def _alone(new: NewMeasure) -> Refusal | None:
    """What the measure says by itself."""
    if not new.title.strip():
        return Refusal("title_missing", "title")
    if len(new.title) > MOST_TITLE:
        return Refusal("too_long", "title", {"most": MOST_TITLE})
    for name in (*TEXTS, "made_from"):
        if len(getattr(new, name)) > MOST_TEXT:
            return Refusal("too_long", name, {"most": MOST_TEXT})
    if new.kind not in MEASURE_KINDS:
        known = ", ".join(MEASURE_KINDS)
        return Refusal("unknown_choice", "kind", {"given": new.kind, "known": known})
    if new.starts_on and new.ends_on and new.ends_on < new.starts_on:
        return Refusal("bad_period", "ends_on", {"given": f"{new.starts_on}–{new.ends_on}"})
    return _bounds(new)


def _bounds(new: NewMeasure) -> Refusal | None:
    numbers: tuple[tuple[str, float, float, float], ...] = (
        ("window_days", new.window_days, 1, 366),
        ("control_share", new.control_share, 0, 0.9),
        ("expected_minor", new.expected_minor or 0, -MOST_MINOR, MOST_MINOR),
        ("skus", len(new.skus), 0, MOST_SKUS),
    )
    for field, given, least, most in numbers:
        if not least <= given <= most:
            return Refusal("out_of_bounds", field, {"given": given, "least": least, "most": most})
    return None


def _named(tx: Tx, new: NewMeasure) -> Refusal | None:
    """What the measure names must be there."""
    missing = _missing(tx, "SELECT id FROM catalogue_sku WHERE id = ANY(%s)", new.skus)
    if missing is not None:
        return Refusal("unknown_item", "skus", {"given": missing})
    sql = "SELECT number FROM marketing_measure WHERE number = ANY(%s) AND uid <> %s"
    missing = _missing(tx, sql, new.builds_on, new.uid)
    if missing is not None:
        return Refusal("unknown_measure", "builds_on", {"given": missing})
    sql = "SELECT 1 FROM points_couponkind WHERE code = %s"
    if new.coupon_kind and tx.row(sql, [new.coupon_kind]) is None:
        return Refusal("unknown_coupon_kind", "coupon_kind", {"given": new.coupon_kind})
    return None


def _missing(tx: Tx, sql: str, wanted: tuple[int, ...], *more: object) -> int | None:
    """The first number that is not there."""
    if not wanted:
        return None
    there = {row[0] for row in tx.rows(sql, [list(wanted), *more])}
    return next((one for one in wanted if one not in there), None)


def _segment(tx: Tx, new: NewMeasure) -> tuple[int | None, Mapping[str, Any]] | Refusal:
    """Who it is for: a segment's id and conditions, or the conditions by themselves; parsed."""
    segment_id, conditions = None, dict(new.conditions)
    if new.segment is not None:
        sql = "SELECT id, conditions FROM marketing_segment WHERE uid = %s"
        row = tx.row(sql, [new.segment])
        if row is None:
            return Refusal("unknown_segment", "segment", {"given": str(new.segment)})
        segment_id, conditions = row[0], conditions or row[1]
    if not conditions:
        return segment_id, {}
    parsed = parse(conditions)
    if isinstance(parsed, Refusal):
        return Refusal(parsed.code, "conditions", parsed.detail)
    return segment_id, parsed.tree
