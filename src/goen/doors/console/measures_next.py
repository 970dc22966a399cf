"""What is to be done next with a measure, and what it still lacks, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from goen.doors import refusals
from goen.doors.console import measure_words as words
from goen.doors.say import say
from goen.kit.refusals import Refusal
from goen.marketing.queries import MeasureShown
from goen.marketing.rules import DIRECT


@dataclass(frozen=True, slots=True)
class Next:
    """The one next step: where it leads, what its button says, and why."""

    href: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What a draft still needs, and where it is entered."""

    name: str
    sentence: str
    href: str
    is_clash: bool = False


def next_step(one: MeasureShown, lacks: Sequence[Lack], contradicts: bool) -> Next | None:
    """What is to be done next with a measure; None when nothing is left."""
    root = f"/measures/{one.number}"
    if one.state == "draft":
        return _before(one, lacks)
    if one.state == "live" and contradicts:
        return Next(
            "/measures/findings",
            say("矛盾を確かめる", "Look at the contradiction"),
            say(
                "お客様にわかりにくい点が見つかりました。",
                "Something unclear to customers was found.",
            ),
        )
    if one.learnings:
        return Next(
            f"/measures/new?builds_on={one.number}",
            say("この学びから次の施策を作る", "Build the next on this learning"),
            one.learnings[0].text,
        )
    if one.launched_at is not None:
        return Next(
            f"{root}/result",
            say("結果を見る", "See the result"),
            say(
                "判断と学びは、結果のページで書き残せます。",
                "The decision and what was learnt are written there.",
            ),
        )
    return None


def _before(one: MeasureShown, lacks: Sequence[Lack]) -> Next:
    """A draft: what is missing first, then the sending, or the launch where nothing is sent."""
    root = f"/measures/{one.number}"
    first = next((lack for lack in lacks if not lack.is_clash), None)
    if first is not None:
        fill = say("足りないところを埋める", "Fill in what is missing")
        return Next(first.href, fill, first.sentence)
    if any(channel in DIRECT for channel in one.channels):
        return Next(
            f"{root}/send",
            say("宛先と文面を確かめて送る", "Check list and text, then send"),
            say(
                "だれに届くか、だれに届かないかを、送る前に確かめます。",
                "See who gets it and who does not, before anything is sent.",
            ),
        )
    return Next(
        f"{root}/launch",
        say("内容を確かめて始める", "Check and launch"),
        say(
            "始めたあとは、書き足すことだけができます。",
            "After the launch it can only be added to.",
        ),
    )


def lack_of(one: MeasureShown, refusal: Refusal) -> Lack:
    """What a refused launch asks for, and where."""
    root = f"/measures/{one.number}"
    field = refusal.field.partition(".")[0].partition("[")[0]
    if refusal.code == "clash_open":
        name = say("矛盾", "Contradiction")
        return Lack(name, refusals.sentence(refusal), f"{root}#clashes", is_clash=True)
    href = f"{root}#places" if field == "placements" else f"{root}/edit#{field}"
    return Lack(words.of(words.FIELDS, field), refusals.sentence(refusal), href)
