"""Japanese and English side by side: two originals, chosen by the reader's language.

`say("{n}人", "{n} {n|person|people}", n=3)` fills named slots; plural words follow their number
in English. Masters' texts (`{"ja": …, "en": …}`) go through `text_of`.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def language() -> str:
    """The reader's language, ja or en."""
    return "en" if (get_language() or "ja").startswith("en") else "ja"


def say(ja: str, en: str, **slots: object) -> str:
    """One sentence in the reader's language. Slots are filled in whole sentences only.

    In English `{n|person|people}` becomes the word that fits the number in slot `n`.
    """
    chosen = en if language() == "en" else ja
    return _fill(chosen, slots) if slots else chosen


def text_of(texts: Mapping[str, Any] | str | None) -> str:
    """A master's text in the reader's language, else in the other one, else empty."""
    if texts is None or isinstance(texts, str):
        return texts or ""
    order = ("en", "ja") if language() == "en" else ("ja", "en")
    return next((str(texts[code]) for code in order if texts.get(code)), "")


def _fill(sentence: str, slots: Mapping[str, object]) -> str:
    parts = []
    rest = sentence
    while "{" in rest:
        before, _, after = rest.partition("{")
        slot, _, rest = after.partition("}")
        name, *words = slot.split("|")
        value = slots[name]
        if words:
            value = words[0] if str(value) in {"1", "1.0"} else words[-1]
        parts += [before, str(value)]
    return "".join([*parts, rest])
