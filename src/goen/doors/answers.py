"""Insight's answers as plain values for programs: the same for the command line and the API."""

import dataclasses
from typing import Any

from goen.insight.answers import Ltv, WhoBought

SHARES = (
    "top1_share",
    "top1_share_identified",
    "top5_share",
    "anonymous_share",
    "identified_share",
    "units_without_top",
)


def plain(result: WhoBought | Ltv) -> dict[str, Any]:
    """A result with its derived shares, ready for JSON."""
    derived = SHARES if isinstance(result, WhoBought) else ("identified_share",)
    return {**dataclasses.asdict(result), **{name: getattr(result, name) for name in derived}}
