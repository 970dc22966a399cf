"""Ready routines to start from: what a shop that rests on its customers does every week and month.

Promises: each is whole: begun with one press it asks its first task on its day; a shop that has
begun one is not offered it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from goen.marketing.routine import NewRoutine, RoutineShown
from goen.marketing.routines import LAST, Rhythm


@dataclass(frozen=True, slots=True)
class Ready:
    """One of them, its words in Japanese and English."""

    code: str
    title: tuple[str, str]
    text: tuple[str, str]
    rhythm: Rhythm
    owner: str
    role: str
    page: str

    def new(self, language: str) -> NewRoutine:
        """As a shop of that language begins it."""
        place = 0 if language == "ja" else 1
        return NewRoutine(
            self.title[place], self.rhythm, self.owner, role=self.role, text=self.text[place],
            page=self.page, template=self.code,
        )  # fmt: skip


READY = (
    Ready(
        "next-steps",
        ("次の一手がない方に、次を決める", "Decide what comes next for those without a step"),
        (
            "一覧の上から見て、提案・施策・シナリオのどれで次をつくるかを決めます。",
            "From the top of the list: a proposal, a measure or a scenario.",
        ),
        Rhythm("week", weekday=0, days=2),
        "role",
        "marketer",
        "next_steps",
    ),
    Ready(
        "lapsing",
        ("間があいた方を確かめる", "Look at those who stay away"),
        (
            "影響の大きい方から順に、店から声をかける方・メールを送る方を分けます。",
            "The largest loss first: who gets a word from the store, who a mail.",
        ),
        Rhythm("week", weekday=2, days=2),
        "role",
        "marketer",
        "lapsing",
    ),
    Ready(
        "exceptions",
        ("注文の例外を残さない", "Leave no order's exception open"),
        (
            "自分の店の例外をすべて開き、片づけかたを決めます。",
            "Open every exception of your store and choose its way out.",
        ),
        Rhythm("week", weekday=4, days=1),
        "places",
        "store",
        "exceptions",
    ),
    Ready(
        "count",
        ("棚卸しで、棚と数を合わせる", "Count the shelves"),
        (
            "月の終わりに数え、合わないものは理由を書きとめます。",
            "Count at the month's end, and note why what does not agree.",
        ),
        Rhythm("month", month_day=LAST, moves=True, days=2),
        "places",
        "store",
        "counts",
    ),
    Ready(
        "learnings",
        ("終わった施策の学びを書く", "Write down what ended measures taught"),
        (
            "結果のページで効果を確かめ、次の計画に渡す学びを1つ書きます。",
            "See the effect on the result page, and leave one learning for the next plan.",
        ),
        Rhythm("month", month_day=5, moves=True, days=5),
        "role",
        "marketer",
        "learnings",
    ),
    Ready(
        "same",
        ("同じお客様の候補を確かめる", "Decide which records are one person"),
        (
            "候補を上から見て、まとめる・別の方とする・あとで、を決めます。",
            "From the top: join them, keep them apart, or put it off.",
        ),
        Rhythm("week", weekday=3, days=4),
        "role",
        "marketer",
        "same",
    ),
    Ready(
        "ltv",
        ("LTVの動きと、その理由を話し合う", "Talk about lifetime value and why it moved"),
        (
            "先月から動いた理由を施策・外のできごとと並べて読み、次の打ち手を1つ決めます。",
            "Read why it moved beside measures and outside events; choose one next thing to do.",
        ),
        Rhythm("month", month_day=3, moves=True, days=4),
        "role",
        "hq",
        "ltv",
    ),
)


def offered(begun: Iterable[RoutineShown]) -> list[Ready]:
    """Those that this shop has not begun, or has ended."""
    taken = {one.newest.new.template for one in begun if one.ended_at is None}
    return [one for one in READY if one.code not in taken]


def ready(code: str) -> Ready | None:
    """One of them by its code."""
    return next((one for one in READY if one.code == code), None)
