"""The scenarios of the simulated shop and what they do in truth: known, so that it can be checked.

Two go on: thanks and a second offer after a first purchase, and a word to those who looked at
something. Of the people who got the last mail of a flow so many come once more because of it.
"""

from dataclasses import dataclass, replace
from datetime import date

from sim.campaigns import BIRTHDAY, Plan

BEGUN = 45
"""Days before the last day on which both began."""
ANSWERS_WITHIN = 12
AXIS = "next"
AXIS_NAME = {"ja": "次の一品", "en": "What comes next"}
AXIS_ABOUT = {
    "ja": "お選びになったものに続けて、合うもの・次に使うもの。",
    "en": "What goes with a choice, or comes after it.",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """One scenario: the template it comes from, its evidence, and what it does in truth.

    `comes` is the share of those who got its last mail who come once more because of it.
    """

    code: str
    template: str
    evidence: str
    expected_minor: int
    comes: float

    def answered(self, world_end: date, mailed_on: date) -> Plan:
        """The plan that tells how people who were written to on a day answer."""
        ago = (world_end - mailed_on).days
        return replace(
            BIRTHDAY, code=self.code, starts=ago, ends=ago, window_days=ANSWERS_WITHIN,
            comes=self.comes, coupon="", conditions=(),
        )  # fmt: skip


SECOND = Flow(
    "flow-second",
    "second",
    "分析「2回目の購入」: はじめての方のうち、180日以内に2回目がある方は半分に届かない。"
    "2回目までの間隔の中央は4週間ほどで、2週間後のご案内が間に合う。",
    120_000,
    0.30,
)
LOOKED = Flow(
    "flow-looked",
    "considered",
    "お客様のページと分析「理由」: 見たまま買わなかった商品のうち、"
    "あとから別の店で買われているものがある。",
    60_000,
    0.12,
)
FLOWS = (SECOND, LOOKED)
