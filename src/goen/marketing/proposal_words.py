"""A proposal's reason in words, in both languages: one way for staff, another for the shopper.

Staff read the figures; a shopper reads nothing of what they spent, how often they came or that
they were watched, only what is of use to them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from goen.marketing.proposals import ProposalShown

Said = tuple[str, str]
"""The Japanese and the English original."""


def for_staff(p: ProposalShown) -> Said:
    """Why, with the figures it rests on."""
    return _STAFF[p.kind](_facts(p))


def for_shopper(p: ProposalShown) -> Said:
    """Why, as it may stand on a screen or paper in front of the shopper."""
    return _SHOPPER[p.kind](_facts(p))


def what(p: ProposalShown) -> Said:
    """What to do, for staff."""
    ja, en = p.name.get("ja", ""), p.name.get("en", "") or p.name.get("ja", "")
    return f"「{ja}」をご案内する。", f"Offer “{en}”."


def _facts(p: ProposalShown) -> Mapping[str, Any]:
    beside = p.beside_name or {}
    ja, en = p.name.get("ja", ""), p.name.get("en", "") or p.name.get("ja", "")
    return {
        **p.reason,
        "ja": ja,
        "en": en,
        "beside_ja": beside.get("ja", ""),
        "beside_en": beside.get("en", "") or beside.get("ja", ""),
    }


def _times(n: int, one: str = "time") -> str:
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def _considered(f: Mapping[str, Any]) -> Said:
    return (
        f"「{f['ja']}」を最近{f['times']}回ご検討になり、そのあとはお求めになっていません。",
        f"Considered “{f['en']}” {_times(f['times'])} lately and has not bought it since.",
    )


def _due(f: Mapping[str, Any]) -> Said:
    return (
        f"「{f['ja']}」を{f['usual_days']}日ごとにお求めで、前回から{f['days_away']}日たちました。",
        f"Buys “{f['en']}” every {_times(f['usual_days'], 'day')};"
        f" the last was {_times(f['days_away'], 'day')} ago.",
    )


def _lapsing(f: Mapping[str, Any]) -> Said:
    return (
        f"いつもより間が空いています。よくお求めになるのは「{f['ja']}」（{f['times']}回）です。",
        f"Away longer than usual. Most often takes “{f['en']}” ({_times(f['times'])}).",
    )


def _goes_with(f: Mapping[str, Any]) -> Said:
    return (
        f"前回の「{f['beside_ja']}」と一緒に選ばれることが多い商品です（偶然の{f['lift']}倍）。",
        f"Goes with “{f['beside_en']}” from last time ({f['lift']} times chance).",
    )


def _scenario(f: Mapping[str, Any]) -> Said:
    return (
        f"施策{f['measure']}「{f['title']}」のご案内です。",
        f"Part of measure {f['measure']}, “{f['title']}”.",
    )


def _for_shopper_of_a_scenario(f: Mapping[str, Any]) -> Said:
    says = str(f.get("says") or "")
    return says or f"「{f['ja']}」はいかがですか。", says or f"How about “{f['en']}”?"


_STAFF: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "considered": _considered,
    "due": _due,
    "lapsing": _lapsing,
    "goes_with": _goes_with,
    "scenario": _scenario,
}
_SHOPPER: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "considered": lambda f: (
        f"「{f['ja']}」をお探しでしたら、こちらにございます。",
        f"Looking for “{f['en']}”? We have it.",
    ),
    "due": lambda f: (
        f"「{f['ja']}」は、そろそろ買い足しの頃ではありませんか。",
        f"It may be time for more “{f['en']}”.",
    ),
    "lapsing": lambda f: (
        f"いつもの「{f['ja']}」をご用意しています。",
        f"Your usual “{f['en']}” is here.",
    ),
    "goes_with": lambda f: (
        f"「{f['beside_ja']}」には「{f['ja']}」がよく合います。",
        f"“{f['en']}” goes well with “{f['beside_en']}”.",
    ),
    "scenario": _for_shopper_of_a_scenario,
}
