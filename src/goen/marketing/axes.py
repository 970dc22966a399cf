"""Appeal points: what is said of a product or brand, in one idea; and which contradict each other.

Promises: an appeal point that was said in public is not renamed, nor given to other products: that
would rewrite what shoppers were told. Its explanation and its last day may change.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import Noted

MOST_CODE = 40
MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class NewAxis:
    """An appeal point as it should be. `skus` are the products it may be used for; none: any."""

    code: str
    name: Mapping[str, str]
    about: Mapping[str, str] = field(default_factory=dict)
    skus: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


def put(tx: Tx, new: NewAxis, *, actor: Actor, recorded_at: datetime) -> Noted | Refusal:
    """Make an appeal point or change it; the code says which."""
    refused = _refusal(tx, new) or _said_already(tx, new)
    if refused is not None:
        return refused
    axis_id = tx.value(
        """
        INSERT INTO marketing_axis (code, name, about, skus, valid_from, valid_to, changed_by,
                                    changed_at)
        VALUES (%s, %s::jsonb, %s::jsonb, %s::jsonb, %s, %s, %s, %s)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, about = excluded.about,
          skus = excluded.skus, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
          changed_by = excluded.changed_by, changed_at = excluded.changed_at
        RETURNING id
        """,
        [
            new.code, _json(new.name), _json(new.about), json.dumps(sorted(set(new.skus))),
            new.valid_from, new.valid_to, str(actor), recorded_at,
        ],
    )  # fmt: skip
    trail.note(tx, actor, "put", "axis", new.code, at=recorded_at)
    return Noted(int(axis_id))


def oppose(
    tx: Tx, code: str, other: str, *, actor: Actor, recorded_at: datetime
) -> Noted | Refusal:
    """Say that two appeal points contradict each other when both are said at once."""
    pair = _pair(tx, code, other)
    if isinstance(pair, Refusal):
        return pair
    row = tx.row(
        """
        INSERT INTO marketing_opposition (axis_a_id, axis_b_id, changed_by, changed_at)
        VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [*pair, str(actor), recorded_at],
    )
    if row is None:
        sql = "SELECT id FROM marketing_opposition WHERE axis_a_id = %s AND axis_b_id = %s"
        return Noted(int(tx.value(sql, list(pair))), repeated=True)
    trail.note(tx, actor, "oppose", "axis", code, at=recorded_at, detail={"other": other})
    return Noted(row[0])


def reconcile(
    tx: Tx, code: str, other: str, *, actor: Actor, recorded_at: datetime
) -> Noted | Refusal:
    """Say that two appeal points go together after all."""
    pair = _pair(tx, code, other)
    if isinstance(pair, Refusal):
        return pair
    sql = "DELETE FROM marketing_opposition WHERE axis_a_id = %s AND axis_b_id = %s"
    if not tx.execute(sql, list(pair)):
        return Noted(0, repeated=True)
    trail.note(tx, actor, "reconcile", "axis", code, at=recorded_at, detail={"other": other})
    return Noted(0)


_MISFITS = """
SELECT p.channel, a.name, p.starts_on, p.ends_on, a.valid_from, a.valid_to,
       row_number() OVER (ORDER BY p.id) - 1,
       (p.starts_on < a.valid_from OR p.ends_on > a.valid_to) AS by_day
FROM marketing_placement p JOIN marketing_axis a ON a.id = p.axis_id
JOIN LATERAL (
  SELECT skus FROM marketing_version WHERE measure_id = p.measure_id ORDER BY n DESC LIMIT 1
) v ON true
WHERE p.measure_id = %s AND (
  p.starts_on < a.valid_from OR p.ends_on > a.valid_to
  OR (a.skus <> '[]' AND v.skus <> '[]' AND NOT v.skus <@ a.skus)
)
ORDER BY p.id
"""


def misfits(tx: Tx, measure_id: int) -> list[Refusal]:
    """Placements whose appeal point does not hold on their days or for the measure's products."""
    found = []
    for channel, name, first, last, valid_from, valid_to, i, by_day in tx.rows(
        _MISFITS, [measure_id]
    ):
        if by_day:
            detail = {"axis": name, "channel": channel, "days": f"{first}–{last}",
                      "valid": f"{valid_from or ''}–{valid_to or ''}"}  # fmt: skip
            found.append(Refusal("axis_not_valid", f"placements[{i}].axis", detail))
        else:
            detail = {"axis": name, "channel": channel}
            found.append(Refusal("axis_not_for_product", f"placements[{i}].axis", detail))
    return found


def _refusal(tx: Tx, new: NewAxis) -> Refusal | None:
    if not new.code.strip() or not any(text.strip() for text in new.name.values()):
        return Refusal("name_missing", "code" if not new.code.strip() else "name")
    if len(new.code) > MOST_CODE:
        return Refusal("too_long", "code", {"most": MOST_CODE})
    for name, texts in (("name", new.name), ("about", new.about)):
        if any(len(text) > MOST_TEXT for text in texts.values()):
            return Refusal("too_long", name, {"most": MOST_TEXT})
    if new.valid_from and new.valid_to and new.valid_to < new.valid_from:
        given = f"{new.valid_from}–{new.valid_to}"
        return Refusal("bad_period", "valid_to", {"given": given})
    rows = tx.rows("SELECT id FROM catalogue_sku WHERE id = ANY(%s)", [list(new.skus)])
    there = {row[0] for row in rows}
    missing = next((sku for sku in new.skus if sku not in there), None)
    return None if missing is None else Refusal("unknown_item", "skus", {"given": missing})


def _said_already(tx: Tx, new: NewAxis) -> Refusal | None:
    """A measure that was launched makes this point: name and products stay."""
    row = tx.row(
        """
        SELECT a.name, a.skus, min(m.number) FROM marketing_axis a
        JOIN marketing_placement p ON p.axis_id = a.id
        JOIN marketing_measure m ON m.id = p.measure_id AND m.launched_at IS NOT NULL
        WHERE a.code = %s GROUP BY a.id
        """,
        [new.code],
    )
    if row is None or (dict(new.name) == row[0] and sorted(set(new.skus)) == row[1]):
        return None
    field = "name" if dict(new.name) != row[0] else "skus"
    return Refusal("axis_was_said", field, {"number": row[2]})


def _pair(tx: Tx, code: str, other: str) -> tuple[int, int] | Refusal:
    sql = "SELECT code, id FROM marketing_axis WHERE code = ANY(%s)"
    ids: dict[str, int] = dict(tx.rows(sql, [[code, other]]))
    for one in (code, other):
        if one not in ids:
            return Refusal("unknown_axis", "axis", {"given": one})
    if code == other:
        return Refusal("same_axis", "other", {"given": code})
    low, high = sorted((ids[code], ids[other]))
    return low, high


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False)
