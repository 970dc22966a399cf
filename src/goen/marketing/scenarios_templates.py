"""Scenarios to start from: their flow, and a why that says it is a hypothesis until it is checked.

The evidence is left empty on purpose: it has to come from the shop's own figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from goen.marketing.measure import NewMeasure, NewPlacement
from goen.marketing.scenario import NewScenario, NewStep

LASTS_DAYS = 180
"""A scenario goes on for half a year, then somebody looks whether it works."""
Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A scenario to start from, in both languages. `look_at` is the page with the evidence."""

    code: str
    title: Said
    about: Said
    reason: Said
    expected: Said
    look_at: str
    scenario: NewScenario
    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    """(kind, what it says: texts as both originals)."""


def _mail(
    name: Said, subject: Said, text: Said, button: Said = ("くわしく見る", "See more"),
    **more: bool,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    says = {"name": name, "subject": subject, "text": text, "button": button, "href": "landing"}
    return "mail", {**says, **more}


_HELLO = ("{{ name | default: 'お客様' }}", "Dear {{ name | default: 'customer' }},")

TEMPLATES = (
    Template(
        "second",
        ("はじめてのお買い物のお礼と、2回目のご案内", "Thanks for a first purchase, and a second"),
        ("はじめて買ってくださった方に、お礼と、次の一品をご案内します。",
         "Thanks whoever bought for the first time, and proposes what comes next."),
        ("仮説: はじめての方は、お礼と次の一品があると、2回目に来やすい。",
         "Hypothesis: a thank-you and a next article bring first buyers back."),
        ("2回目の購入をする方の割合（F2）が、対照群より増える。",
         "More first buyers than in the control group buy a second time (F2)."),
        "/analysis/second",
        NewScenario("first_purchase", priority=20),
        (
            ("wait", {"name": ("翌日の10時", "Next day at 10"), "days": 1, "hour": 10}),
            _mail(("お礼", "Thanks"),
                  ("{{ name | default: 'お客様' }}、ありがとうございました",
                   "Thank you, {{ name | default: 'customer' }}"),
                  (f"{_HELLO[0]}\n\n先日はお買い物いただき、ありがとうございました。"
                   "お困りのことがあれば、いつでもお声がけください。",
                   f"{_HELLO[1]}\n\nThank you for shopping at {{{{ shop }}}}."
                   " If anything is not right, please let us know.")),
            ("wait", {"name": ("2週間", "Two weeks"), "days": 14, "hour": 10}),
            _mail(("2回目のご案内", "A second visit"),
                  ("{{ shop }}から、次のおすすめ", "From {{ shop }}: what others chose next"),
                  (f"{_HELLO[0]}\n\nその後いかがでしょうか。{{{{ name | default: 'お客様' }}}}に"
                   "ご案内したいものがあります。",
                   f"{_HELLO[1]}\n\nWe have something for you."), proposal=True),
        ),
    ),
    Template(
        "lapsed",
        ("間があいた方へのお知らせ", "For those who stay away longer than usual"),
        ("その方のいつもの間隔より長くあいた方に、一度だけお知らせします。",
         "Writes once to whoever stays away well beyond their own interval."),
        ("仮説: いつもの間隔を過ぎた頃のお知らせは、離れる前に思い出すきっかけになる。",
         "Hypothesis: a word at the right time brings people back before they are gone."),
        ("28日以内にまた買う方が、対照群より増える。",
         "More people than in the control group buy again within 28 days."),
        "/analysis/lapsing",
        NewScenario("late", priority=40, reentry_days=180),
        (
            _mail(("お知らせ", "A word"),
                  ("{{ name | default: 'お客様' }}、お変わりありませんか",
                   "How are you, {{ name | default: 'customer' }}?"),
                  (f"{_HELLO[0]}\n\n{{{{ shop }}}}では、いつもの品をご用意してお待ちしています。",
                   f"{_HELLO[1]}\n\nYour usual is waiting at {{{{ shop }}}}."), proposal=True),
            ("wait", {"name": ("1週間", "A week"), "days": 7}),
            ("ask", {"name": ("開いていない方へ", "Not opened"), "test": "opened", "go_on": "no"}),
            ("task", {"name": ("店舗からお声がけ", "A word in the store"),
                      "title": ("次のご来店でお声がけ", "Say hello on the next visit"),
                      "text": ("しばらく間があいた方です。ご様子をうかがってください。",
                               "Has been away for a while. Ask how they are."), "days": 30}),
        ),
    ),
    Template(
        "birthday",
        ("誕生月のお祝い", "In the month of their birthday"),
        ("誕生月の方に、お祝いとクーポンをお送りします。クーポンの種類は施策で選びます。",
         "Congratulates in the month of the birthday. The kind of coupon is the measure's."),
        ("仮説: お祝いの気持ちが伝わると、誕生月の来店が増える。",
         "Hypothesis: a greeting brings people in during their month."),
        ("誕生月の粗利が、対照群より増える。",
         "More gross profit in that month than from the control group."),
        "/analysis/people",
        NewScenario("birth_month", priority=30, reentry_days=330, exit_when=""),
        (
            _mail(("お祝い", "Greeting"),
                  ("{{ name | default: 'お客様' }}、お誕生月おめでとうございます",
                   "Happy birthday month, {{ name | default: 'customer' }}"),
                  (f"{_HELLO[0]}\n\nお誕生月のお祝いに、心ばかりの品をご用意しました。",
                   f"{_HELLO[1]}\n\nWe have a little something for your birthday.")),
        ),
    ),
    Template(
        "considered",
        ("検討のみの方へ、見ていた商品のご案内", "Looked at, not bought"),
        ("商品を見たまま1日たっても買っていない方に、その後をうかがいます。",
         "Writes to whoever looked at something and had not bought it a day later."),
        ("仮説: 迷っている理由（在庫・使い方・価格）に答えると、決めやすくなる。",
         "Hypothesis: an answer to what keeps people from deciding helps them decide."),
        ("見ていた商品を買う方が、対照群より増える。",
         "More people than in the control group buy what they looked at."),
        "/analysis/reasons",
        NewScenario("considered", days=3, priority=50, reentry_days=60, exit_when="bought"),
        (
            _mail(("ご案内", "A word"),
                  ("ご覧になった商品について", "About what you looked at"),
                  (f"{_HELLO[0]}\n\n先日ご覧になっていた商品について、ご不明な点はありませんか。"
                   "店舗でお手に取っていただくこともできます。",
                   f"{_HELLO[1]}\n\nIs there anything you would like to know?"
                   " You can also see it in our stores."), proposal=True),
        ),
    ),
    Template(
        "points",
        ("ポイントの期限が近い方へ", "Points about to end"),
        ("期限が近いポイントのある方に、残りと期限をお知らせします。",
         "Tells whoever has points about to end how many, and until when."),
        ("仮説: 期限を知らずに失う方が多い。お知らせすると、ご来店のきっかけになる。",
         "Hypothesis: many lose points unknowingly; a reminder is a reason to come."),
        ("期限までに買う方が、対照群より増える。",
         "More people than in the control group buy before their points end."),
        "/points",
        NewScenario("points_ending", days=14, priority=35, reentry_days=60),
        (
            _mail(("期限のお知らせ", "Reminder"),
                  ("まもなく期限のポイントがあります", "Your points will end soon"),
                  (f"{_HELLO[0]}\n\n{{{{ points_ending | default: '一部' }}}}ポイントが、"
                   "{{ points_end_on | default: 'まもなく' }}に期限を迎えます。",
                   f"{_HELLO[1]}\n\n{{{{ points_ending | default: 'Some' }}}} points will end on"
                   " {{ points_end_on | default: 'a day soon' }}."), ),
        ),
    ),
)  # fmt: skip


def template(code: str) -> Template | None:
    """One by its code."""
    return next((one for one in TEMPLATES if one.code == code), None)


def measure_of(
    one: Template, uid: UUID, *, language: str, axis: str | None, today: date
) -> NewMeasure:
    """Its measure, as a draft: whoever begins it adds the evidence."""
    place = 0 if language == "ja" else 1
    return NewMeasure(
        uid=uid,
        title=one.title[place],
        reason=one.reason[place],
        expected=one.expected[place],
        starts_on=today,
        ends_on=today + timedelta(days=LASTS_DAYS),
        made_from=one.look_at,
        placements=(NewPlacement(uuid5(uid, "mail"), "mail", axis),),
    )


def steps_of(one: Template, uid: UUID, *, language: str) -> list[NewStep]:
    """Its steps in one language, with ids of their own."""
    place = 0 if language == "ja" else 1
    return [
        NewStep(
            uuid5(uid, f"step {n}"),
            kind,
            {name: said[place] if isinstance(said, tuple) else said for name, said in says.items()},
        )
        for n, (kind, says) in enumerate(one.steps)
    ]
