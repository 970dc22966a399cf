"""The steps of a scenario: put, moved, taken away, until it has begun.

Promises: what a step says is checked when it is written, naming the field; order has no gaps; the
text of a mail step is a version of its measure's mail, so that it is sent exactly as it was seen.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import messages
from goen.marketing.messages import NewMessage
from goen.marketing.messages_parts import Part
from goen.marketing.scenario import Kept, NewStep, ScenarioShown
from goen.marketing.scenarios_loading import read
from goen.marketing.scenarios_rules import ASKS, STEP_KINDS

MOST_STEPS = 30
MOST_DAYS = 366
MOST_TEXT = 2_000


def put_step(
    tx: Tx, number: int, new: NewStep, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Add a step at the end, or write one anew. The same again changes nothing."""
    one = open_(tx, number)
    if isinstance(one, Refusal):
        return one
    says = checked(tx, new)
    if isinstance(says, Refusal):
        return says
    known = next((step for step in one.steps if step.uid == new.uid), None)
    if known is not None and (known.kind, dict(known.says)) == (new.kind, says):
        return Kept(one.measure_uid, number, repeated=True)
    refused = _no_room(tx, one, new.uid) if known is None else None
    if refused is not None:
        return refused
    message_id = _message(tx, one, new, says, actor, recorded_at)
    if isinstance(message_id, Refusal):
        return message_id
    _write(tx, one, new, says, message_id, is_new=known is None)
    _changed(tx, one, "step", actor, recorded_at, {"kind": new.kind})
    return Kept(one.measure_uid, number)


def move_step(
    tx: Tx, number: int, step: UUID, *, up: bool, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Let a step and its neighbour change places; the first cannot go up, nor the last down."""
    found = _found(tx, number, step)
    if isinstance(found, Refusal):
        return found
    one, here = found
    there = here - 1 if up else here + 1
    if not 0 <= there < len(one.steps):
        return Kept(one.measure_uid, number, repeated=True)
    order = [each.id for each in one.steps]
    order[here], order[there] = order[there], order[here]
    _order(tx, order)
    _changed(tx, one, "move", actor, recorded_at, {})
    return Kept(one.measure_uid, number)


def remove_step(
    tx: Tx, number: int, step: UUID, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Take a step away. Questions that led to it lead to the end."""
    found = _found(tx, number, step)
    if isinstance(found, Refusal):
        return found
    one, here = found
    tx.execute("DELETE FROM marketing_step WHERE id = %s", [one.steps[here].id])
    tx.execute(
        'UPDATE marketing_step SET says = says || \'{"else_to": ""}\'::jsonb'
        " WHERE scenario_id = %s AND says ->> 'else_to' = %s",
        [one.id, str(step)],
    )
    _order(tx, [each.id for each in one.steps if each.uid != step])
    _changed(tx, one, "remove", actor, recorded_at, {"kind": one.steps[here].kind})
    return Kept(one.measure_uid, number)


def open_(tx: Tx, number: int) -> ScenarioShown | Refusal:
    """The scenario, locked, if it may still be changed."""
    one = read(tx, number, lock=True)
    if one is None:
        return Refusal("unknown_scenario", "number", {"given": number})
    if one.begun_at is not None or one.measure_state not in ("draft", "live"):
        return Refusal("scenario_begun", "state", {"number": number})
    return one


def _found(tx: Tx, number: int, step: UUID) -> tuple[ScenarioShown, int] | Refusal:
    """The scenario, locked, if it may still be changed, and the place of one of its steps."""
    one = open_(tx, number)
    if isinstance(one, Refusal):
        return one
    here = next((n for n, each in enumerate(one.steps) if each.uid == step), None)
    if here is None:
        return Refusal("unknown_step", "step", {"given": str(step)[:8]})
    return one, here


def checked(tx: Tx, new: NewStep) -> dict[str, Any] | Refusal:
    """What a step says, with nothing but what its kind takes."""
    if new.kind not in STEP_KINDS:
        detail = {"given": new.kind, "known": ", ".join(STEP_KINDS)}
        return Refusal("unknown_choice", "kind", detail)
    said = {name: value for name, value in new.says.items() if value not in (None, "")}
    found = _CHECKS[new.kind](tx, said)
    name = str(new.says.get("name") or "").strip()
    if len(name) > 80:
        return Refusal("too_long", "name", {"most": 80})
    return found if isinstance(found, Refusal) else {"name": name, **found}


Said = Mapping[str, Any]


def _number(said: Said, name: str, least: int, most: int) -> Refusal | None:
    given = said.get(name, least)
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        return Refusal("out_of_bounds", name, {"given": given, "least": least, "most": most})
    return None


def _wait(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    bounds = (("days", 0, MOST_DAYS), ("hours", 0, 23), ("weekday", 0, 6), ("hour", 0, 23))
    for name, least, most in bounds:
        refused = _number(said, name, least, most)
        if refused is not None:
            return refused
    found = {name: said[name] for name, _, _ in bounds if name in said}
    if not (found.get("days") or found.get("hours") or {"weekday", "hour"} & set(found)):
        return Refusal("step_incomplete", "days", {"kind": "wait"})
    return found


def _mailed(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    texts = {name: str(said.get(name, "")).strip()
             for name in ("subject", "preheader", "text", "button", "href")}  # fmt: skip
    for name in ("subject", "text"):
        if not texts[name]:
            return Refusal("step_incomplete", name, {"kind": "mail"})
    return {**texts, "coupon": bool(said.get("coupon")), "proposal": bool(said.get("proposal"))}


def _coupon(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    kind = str(said.get("kind", ""))
    if tx.row("SELECT 1 FROM points_couponkind WHERE code = %s", [kind]) is None:
        return Refusal("unknown_coupon_kind", "kind", {"given": kind})
    return {"kind": kind}


def _proposal(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    sku_id = said.get("sku_id")
    if tx.row("SELECT 1 FROM catalogue_sku WHERE id = %s", [sku_id]) is None:
        return Refusal("unknown_item", "sku_id", {"given": str(sku_id or "")})
    refused = _number({"days": said.get("days", 14)}, "days", 1, 180)
    text = str(said.get("text", "")).strip()
    if len(text) > 200:
        refused = Refusal("too_long", "text", {"most": 200})
    return refused or {"sku_id": sku_id, "days": said.get("days", 14), "text": text}


def _task(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    title, text = str(said.get("title", "")).strip(), str(said.get("text", "")).strip()
    if not title:
        return Refusal("step_incomplete", "title", {"kind": "task"})
    for name, value, most in (("title", title, 80), ("text", text, MOST_TEXT)):
        if len(value) > most:
            return Refusal("too_long", name, {"most": most})
    refused = _number({"days": said.get("days", 7)}, "days", 1, 180)
    return refused or {"title": title, "text": text, "days": said.get("days", 7)}


def _ask(tx: Tx, said: Said) -> dict[str, Any] | Refusal:
    for name, known in (("test", ASKS), ("go_on", ("yes", "no"))):
        if said.get(name) not in known:
            detail = {"given": str(said.get(name, "")), "known": ", ".join(known)}
            return Refusal("unknown_choice", name, detail)
    return {"test": said["test"], "go_on": said["go_on"], "else_to": str(said.get("else_to", ""))}


_CHECKS = {
    "wait": _wait, "mail": _mailed, "coupon": _coupon, "proposal": _proposal, "task": _task,
    "ask": _ask,
}  # fmt: skip


def _no_room(tx: Tx, one: ScenarioShown, uid: UUID) -> Refusal | None:
    if tx.row("SELECT 1 FROM marketing_step WHERE uid = %s", [uid]):
        return batches.id_reused(uid)
    bounds = {"given": MOST_STEPS + 1, "least": 1, "most": MOST_STEPS}
    return Refusal("out_of_bounds", "steps", bounds) if len(one.steps) >= MOST_STEPS else None


def _message(
    tx: Tx, one: ScenarioShown, new: NewStep, says: Said, actor: Actor, at: datetime
) -> int | Refusal | None:
    """The version of the mail that the step sends; None where it sends none."""
    if new.kind != "mail":
        return None
    mail = _mail(one, says)
    wrote = messages.write(tx, one.measure_uid, mail, actor=actor, recorded_at=at)
    return wrote if isinstance(wrote, Refusal) else wrote.message_id


def _mail(one: ScenarioShown, says: Said) -> NewMessage:
    """The mail of a step, from the little that its form asks."""
    parts: list[Part] = [{"kind": "text", "text": says["text"]}]
    if says["coupon"]:
        parts.append({"kind": "coupon"})
    if says["proposal"]:
        parts.append({"kind": "proposal"})
    if says["button"]:
        parts.append({"kind": "button", "text": says["button"], "href": says["href"] or "landing"})
    return NewMessage(says["subject"], parts, preheader=says["preheader"])


def _write(
    tx: Tx, one: ScenarioShown, new: NewStep, says: Said, message_id: int | None, *, is_new: bool
) -> None:
    text = json.dumps(says, ensure_ascii=False)
    if is_new:
        tx.execute(
            "INSERT INTO marketing_step (scenario_id, uid, n, kind, says, message_id)"
            " VALUES (%s, %s, %s, %s, %s::jsonb, %s)",
            [one.id, new.uid, len(one.steps) + 1, new.kind, text, message_id],
        )
        return
    tx.execute(
        "UPDATE marketing_step SET kind = %s, says = %s::jsonb, message_id = %s WHERE uid = %s",
        [new.kind, text, message_id, new.uid],
    )


def _order(tx: Tx, ids: list[int]) -> None:
    tx.execute(
        "UPDATE marketing_step s SET n = g.n FROM unnest(%s::bigint[]) WITH ORDINALITY g (id, n)"
        " WHERE s.id = g.id",
        [ids],
    )


def _changed(
    tx: Tx, one: ScenarioShown, verb: str, actor: Actor, at: datetime, detail: Said
) -> None:
    tx.execute("UPDATE marketing_scenario SET changed_at = %s WHERE id = %s", [at, one.id])
    trail.note(tx, actor, verb, "scenario", one.measure_uid, at=at, detail=dict(detail))
