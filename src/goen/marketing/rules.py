"""The words of marketing, and who is in which arm. Pure: no database, clock or chance."""

import hashlib
from collections.abc import Mapping
from typing import Any

CHANNELS = ("mail", "line", "sms", "dm", "flyer", "sns", "ad", "store", "ec", "mall", "app")
DIRECT = ("mail", "line", "sms", "dm")
"""Channels that speak to people one by one; the others speak to everybody."""
MEASURE_KINDS = ("initiative", "response")
MEASURE_STATES = ("draft", "live", "ended", "stopped", "dropped")
REMARK_KINDS = ("evidence", "cost", "note", "learning", "decision")
FINDING_KINDS = ("axes", "offers")
CAUSE_KINDS = ("competitor", "weather", "law", "media", "supply", "event", "other")
ARMS = ("treated", "control", "holdout", "excluded")
RUN_STATES = ("waiting", "sending", "paused", "sent", "recalled", "stopped")
DELIVERY_STATES = ("queued", "sending", "sent", "skipped", "refused", "bounced", "unclear")
PROPOSAL_KINDS = ("considered", "due", "lapsing", "goes_with", "scenario")
ENDINGS = ("taken", "dismissed", "expired", "replaced", "stopped")
SHARES = 10_000


def place_of(person_id: int, salt: str) -> float:
    """Where a person falls between 0 and 1 for a salt: always the same, and evenly spread."""
    digest = hashlib.blake2b(f"{salt}:{person_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def arm_of(person_id: int, *, measure: str, control_share: float, holdout_share: float) -> str:
    """`holdout` (hears of no measure, for ever), `control` (not of this one) or `treated`.

    The two draws are independent of each other, so holdouts are spread over every control group.
    """
    if place_of(person_id, "holdout") < holdout_share:
        return "holdout"
    return "control" if place_of(person_id, measure) < control_share else "treated"


GROWING = ("reason", "evidence", "expected")
FREE = ("title", "builds_on", "made_from", "kind", "trigger")
"""What a launched measure may still be called and rest on: none of it is what was said."""


def rewritten(was: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """The first field of a launched measure that would be rewritten, not only added to.

    The why may grow longer at its end, the last day may come nearer; the rest stays as it was.
    """
    for name, before in was.items():
        after = wanted[name]
        if name in FREE or after == before:
            continue
        if name in GROWING and str(after).startswith(str(before)):
            continue
        if name == "ends_on" and after is not None and after < before:
            continue
        return name
    return None
