"""The verbs of a measure, in the order of its life. Each writes who did it into the trail.

A draft may be rewritten; every save is a new version. What was launched is only added to: the
verbs refuse to rewrite it, and so does the database.
"""

from goen.marketing.measure import (
    Drafted,
    Launched,
    NewMeasure,
    NewPlacement,
    NewRemark,
    Noted,
    Stopped,
)
from goen.marketing.measures_drafting import draft, revise
from goen.marketing.measures_launching import drop, end_due, lacks, launch, stop
from goen.marketing.measures_placing import displace, place
from goen.marketing.measures_remarks import remark

__all__ = [
    "Drafted",
    "Launched",
    "NewMeasure",
    "NewPlacement",
    "NewRemark",
    "Noted",
    "Stopped",
    "displace",
    "draft",
    "drop",
    "end_due",
    "lacks",
    "launch",
    "place",
    "remark",
    "revise",
    "stop",
]
