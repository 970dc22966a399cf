"""How names, kana, phones, mails and cards are folded for finding and matching. Pure.

A folded form is a search key only; a person's name is shown as they write it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import jaconv
import jntajis
import phonenumbers

_SMALL = str.maketrans("ヶヵッ斎", "ケカツ斉")
_SCHEMES = (
    jntajis.MJShrinkSchemeCombo.JIS_INCORPORATION_UCS_UNIFICATION_RULE
    | jntajis.MJShrinkSchemeCombo.MOJ_NOTICE_582
    | jntajis.MJShrinkSchemeCombo.INFERENCE_BY_READING_AND_GLYPH
    | jntajis.MJShrinkSchemeCombo.MOJ_FAMILY_REGISTER_ACT_RELATED_NOTICE
)

MASKED_MAIL_HOSTS = frozenset(
    {
        "masked.example",
        "mall.example",
        "fw.rakuten.ne.jp",
        "marketplace.amazon.co.jp",
        "marketplace.amazon.com",
    }
)
"""Hosts of addresses a marketplace lends out: they prove nothing about a person, and its terms
forbid to promote one's own shop there."""


def fold_name(name: str) -> str:
    """A name for searching: widths, variant kanji and spaces do not matter."""
    folded = unicodedata.normalize("NFKC", name).lower()
    plain = "".join(_plain_kanji(c) for c in folded).translate(_SMALL)
    return _joined(plain.split())


@lru_cache(maxsize=20_000)
def _plain_kanji(character: str) -> str:
    """The everyday form of a variant kanji, by the tax agency's shrink map (髙 is 高)."""
    if not character >= "㐀":
        return character
    plain = jntajis.mj_shrink_candidates(character, _SCHEMES)
    return plain[0] if plain else character


def fold_kana(reading: str) -> str:
    """A reading for searching: full-width katakana, no spaces, no long-vowel marks."""
    wide = unicodedata.normalize("NFKC", reading)
    katakana = jaconv.hira2kata(wide)
    return _joined(c for c in katakana if c not in "ー-" and not c.isspace())


def fold_mail(mail: str) -> str:
    """A mail address for matching: lower case, no spaces around."""
    if mail.isascii():  # nothing there to normalise, and hundreds of thousands are folded at once
        return mail.strip().lower()
    return unicodedata.normalize("NFKC", mail).strip().lower()


@lru_cache(maxsize=5_000)
def fold_phone(phone: str, region: str = "JP") -> str:
    """A telephone number as E.164, or its digits when it is no number of the region."""
    text = unicodedata.normalize("NFKC", phone).strip()
    if not text:
        return ""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return "".join(c for c in text if c.isdigit())
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def fold_code(code: str) -> str:
    """A card or member number: half-width, upper case, no spaces or hyphens."""
    text = unicodedata.normalize("NFKC", code).upper()
    return _joined(c for c in text if c not in " -‐−–ー")


def _joined(parts: Iterable[str]) -> str:
    """Parts as one text; a mark that meets its letter only now is composed with it."""
    return unicodedata.normalize("NFKC", "".join(parts))


def fold_credential(kind: str, value: str) -> str:
    """The one form of a credential of a kind."""
    if kind == "mail":
        return fold_mail(value)
    if kind == "phone":
        return fold_phone(value)
    return fold_code(value)


def proves_identity(kind: str, value: str, *, verified: bool) -> bool:
    """Whether two records with this same key are one person without anybody deciding.

    Only keys that were verified, and never a marketplace's masked mail. A telephone number
    alone never proves it: numbers are shared in families and given out again.
    """
    if not verified or kind == "phone":
        return False
    return not (kind == "mail" and is_lent_out(value))


def is_lent_out(mail: str) -> bool:
    """Whether a marketplace lends this address out for one order, in the shopper's stead."""
    return is_lent_by(fold_mail(mail).rpartition("@")[2])


def is_lent_by(host: str) -> bool:
    """Whether a folded host is a marketplace's that lends addresses out."""
    return host in MASKED_MAIL_HOSTS


def components(
    edges: Iterable[tuple[int, int]], cannot: Iterable[tuple[int, int]]
) -> dict[int, int]:
    """Connected components by union-find: every record to the smallest record of its component.

    Edges are taken in the given order; one that would bring a cannot-link pair together is
    left out, so a manual "not the same person" beats everything.
    """
    root: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    apart: dict[int, set[int]] = {}
    for a, b in cannot:
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)

    def find(x: int) -> int:
        root.setdefault(x, x)
        members.setdefault(x, {x})
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        return x

    for a, b in edges:
        one, two = find(a), find(b)
        if one == two or any(apart.get(m, set()) & members[two] for m in members[one]):
            continue
        small, large = min(one, two), max(one, two)
        root[large] = small
        members[small] |= members.pop(large)
    return {x: find(x) for x in list(root)}


def survivor(details: Mapping[str, tuple[int, str]], chosen: str = "") -> str:
    """The attribute shown: a manual choice, else the most trusted source's, the newest on ties.

    `details` maps a sort key of recency to (trust, value); empty values never win.
    """
    if chosen:
        return chosen
    ranked = sorted(((trust, at, value) for at, (trust, value) in details.items() if value))
    return ranked[-1][2] if ranked else ""
