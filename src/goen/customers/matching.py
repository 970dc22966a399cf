"""How alike two records are, and how likely they are one person, one household, or strangers. Pure.

A pair is compared field by field; each comparison has a level (`same`, `near`, `differs`, or none
where either side is silent). How often each level is so among one person, among one household and
among strangers is estimated from all compared pairs at once by expectation maximisation (Fellegi
and Sunter 1969, Winkler 1988, with a class of its own for households, so that a shared name, home
and telephone do not make two people one). A rare name that agrees counts more than a common one.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goen.customers import rules

LEVELS: Mapping[str, tuple[str, ...]] = {
    "given": ("same", "near", "differs"),
    "family": ("same", "near", "differs"),
    "born": ("same", "near", "differs"),
    "home": ("same", "near", "differs"),
    "mail": ("same", "near", "differs"),
    "phone": ("same", "differs"),
    "gender": ("same", "differs"),
}
"""The fields that are compared and how each may agree."""
CLASSES = ("stranger", "household", "person")
Pattern = tuple[str, ...]
"""A level for each field, in the order of `LEVELS`; empty where either side is silent."""
Rates = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By class, field and level: how often it is so."""

_GUESS: Rates = {
    "stranger": {
        "given": {"same": 0.10, "near": 0.05, "differs": 0.85},
        "family": {"same": 0.20, "near": 0.02, "differs": 0.78},
        "born": {"same": 0.05, "near": 0.05, "differs": 0.90},
        "home": {"same": 0.03, "near": 0.07, "differs": 0.90},
        "mail": {"same": 0.001, "near": 0.019, "differs": 0.98},
        "phone": {"same": 0.01, "differs": 0.99},
        "gender": {"same": 0.55, "differs": 0.45},
    },
    "household": {
        "given": {"same": 0.01, "near": 0.04, "differs": 0.95},
        "family": {"same": 0.95, "near": 0.02, "differs": 0.03},
        "born": {"same": 0.01, "near": 0.02, "differs": 0.97},
        "home": {"same": 0.92, "near": 0.03, "differs": 0.05},
        "mail": {"same": 0.05, "near": 0.01, "differs": 0.94},
        "phone": {"same": 0.40, "differs": 0.60},
        "gender": {"same": 0.40, "differs": 0.60},
    },
    "person": {
        "given": {"same": 0.92, "near": 0.06, "differs": 0.02},
        "family": {"same": 0.95, "near": 0.02, "differs": 0.03},
        "born": {"same": 0.96, "near": 0.03, "differs": 0.01},
        "home": {"same": 0.85, "near": 0.05, "differs": 0.10},
        "mail": {"same": 0.60, "near": 0.20, "differs": 0.20},
        "phone": {"same": 0.80, "differs": 0.20},
        "gender": {"same": 0.995, "differs": 0.005},
    },
}
"""What is assumed before anything was seen; as good as `_WEIGHT` compared pairs of each class."""
_WEIGHT = 40.0
_SHARES = {"stranger": 0.70, "household": 0.20, "person": 0.10}
_ROUNDS = 40
_RAREST, _COMMONEST = 1 / 30, 30.0
"""How much a rare or a common name may change what strangers' agreeing in it is worth."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A record as it is compared: everything folded, empty where its system says nothing."""

    record_id: int
    family: str
    given: str
    family_kana: str
    given_kana: str
    born: date | None
    gender: str
    mail: str
    phone: str
    postcode: str
    home: str

    @property
    def name(self) -> str:
        """The reading of the whole name, or as it is written."""
        return self.family_kana + self.given_kana or self.family + self.given


@dataclass(frozen=True, slots=True)
class Model:
    """What agreeing and differing is worth, and how common names are in this shop."""

    rates: Rates
    shares: Mapping[str, float]
    names: Mapping[str, float]
    """For each name with its field (`given:ケン`), how much commoner than the average it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One compared pair. `bits` is log2 of the odds that it is one person; `evidence` by field."""

    probability: float
    household: float
    bits: float
    evidence: Mapping[str, tuple[str, float]]


def folded(
    record_id: int,
    names: tuple[str, str, str, str],
    born: date | None,
    gender: str,
    contact: tuple[str, str, str, str],
) -> Compact:
    """A record as systems give it, folded: (family, given, their readings), (mail, phone,
    postcode, address)."""
    family, given, family_kana, given_kana = names
    mail, phone, postcode, address = contact
    post = "".join(c for c in unicodedata.normalize("NFKC", postcode) if c.isdigit())
    folded_mail = rules.fold_mail(mail)
    return Compact(
        record_id,
        rules.fold_name(family),
        rules.fold_name(given),
        rules.fold_kana(family_kana),
        rules.fold_kana(given_kana),
        born,
        gender[:1].lower(),
        "" if rules.is_lent_out(folded_mail) else folded_mail,
        rules.fold_phone(phone),
        post,
        fold_address(address),
    )


_KANJI_DIGITS = str.maketrans("一二三四五六七八九〇", "1234567890")
_PARTS = re.compile(r"(丁目|番地の?|番町?|号室?|の)(?=[0-9]|$)")


def fold_address(address: str) -> str:
    """An address for comparing: 一丁目2番3号 and 1-2-3 are the same; rooms and spaces stay."""
    text = unicodedata.normalize("NFKC", address)
    text = re.sub(
        r"[一二三四五六七八九〇](?=丁目|番|号)", lambda m: m[0].translate(_KANJI_DIGITS), text
    )
    text = _PARTS.sub("-", re.sub(r"[‐−–ー―]", "-", text))
    return re.sub(r"-+", "-", re.sub(r"\s+", "", text)).strip("-").lower()


def keys(one: Compact) -> set[str]:
    """What a record shares with those it is compared with: no pair is compared without one."""
    found = set()
    if one.given_kana or one.given:
        found.add(f"name {one.name}")
        if one.born:
            found.add(f"given {one.given_kana or one.given} {one.born}")
    if one.family and one.given:
        found.add(f"written {one.family}{one.given}")
    if one.born and one.name:
        found.add(f"born {one.born} {(one.family_kana or one.family)[:1]}")
    if one.home and one.postcode:
        found.add(f"home {one.postcode} {one.home}")
    if one.phone:
        found.add(f"phone {one.phone}")
    local = one.mail.partition("@")[0]
    if len(local) >= _LOCAL:
        found.add(f"mail {local}")
    return found


_LOCAL = 5
"""Shorter beginnings of a mail address (`info`, `ken`) say nothing."""


def compared(a: Compact, b: Compact) -> Pattern:
    """How two records agree, field by field."""
    return (
        _name(a.given_kana, b.given_kana, a.given, b.given),
        _name(a.family_kana, b.family_kana, a.family, b.family),
        _born(a.born, b.born),
        _home(a, b),
        _mail(a.mail, b.mail),
        _same(a.phone, b.phone),
        _same(a.gender, b.gender),
    )


def _name(kana_a: str, kana_b: str, written_a: str, written_b: str) -> str:
    """By the reading; as written where there is none. Equal writing is equal."""
    if written_a and written_a == written_b and not (kana_a and kana_b):
        return "same"
    a, b = (kana_a, kana_b) if kana_a and kana_b else (written_a, written_b)
    if not (a and b):
        return ""
    if a == b:
        return "same"
    return "near" if is_near(a, b) else "differs"


def _born(a: date | None, b: date | None) -> str:
    if a is None or b is None:
        return ""
    if a == b:
        return "same"
    parts = sum(x == y for x, y in ((a.year, b.year), (a.month, b.month), (a.day, b.day)))
    swapped = a.year == b.year and (a.month, a.day) == (b.day, b.month)
    return "near" if parts == 2 or swapped else "differs"


def _home(a: Compact, b: Compact) -> str:
    if not (a.home and b.home):
        return ""
    if a.home == b.home:
        return "same"
    return "near" if a.postcode and a.postcode == b.postcode else "differs"


def _mail(a: str, b: str) -> str:
    if not (a and b):
        return ""
    if a == b:
        return "same"
    one, other = a.partition("@")[0], b.partition("@")[0]
    return "near" if one == other and len(one) >= _LOCAL else "differs"


def _same(a: str, b: str) -> str:
    if not (a and b):
        return ""
    return "same" if a == b else "differs"


def is_near(a: str, b: str) -> bool:
    """Whether one character was mistyped, left out, added, or changed places with its neighbour."""
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 2:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    one, other = a[start:], b[start:]
    if one[1:] == other[1:] or one[1:] == other or one == other[1:]:
        return True
    return one[:2] == other[:2][::-1] and one[2:] == other[2:]


def commonness(records: Iterable[Compact]) -> dict[str, float]:
    """How much commoner each name is than an agreeing name is on average; 1 is the average."""
    found: dict[str, float] = {}
    people = list(records)
    for field in ("given", "family"):
        count: dict[str, int] = {}
        for one in people:
            name = _term(one, field)
            if name:
                count[name] = count.get(name, 0) + 1
        total = sum(count.values())
        average = sum(n * n for n in count.values()) / (total * total) if total else 1
        for name, n in count.items():
            found[f"{field}:{name}"] = min(max(n / total / average, _RAREST), _COMMONEST)
    return found


def _term(one: Compact, field: str) -> str:
    return (one.given_kana or one.given) if field == "given" else (one.family_kana or one.family)


def estimated(
    patterns: Mapping[Pattern, float],
    known: Mapping[Pattern, float],
    names: Mapping[str, float],
) -> Model:
    """The model that makes the patterns likeliest; `known` are of one person beyond doubt.

    Pairs that are known agree in the mail that proved it, so their mail is not counted.
    """
    rates, shares = _GUESS, dict(_SHARES)
    fields = list(LEVELS)
    unproved = _silent(known, fields.index("mail"))
    for _ in range(_ROUNDS):
        counts = {c: {f: dict.fromkeys(LEVELS[f], 0.0) for f in fields} for c in CLASSES}
        totals = dict.fromkeys(CLASSES, 0.0)
        for pattern, n in patterns.items():
            for c, share in _posterior(pattern, rates, shares, {}).items():
                totals[c] += n * share
                _count(counts[c], fields, pattern, n * share)
        for pattern, n in unproved.items():
            _count(counts["person"], fields, pattern, n)
        rates = {c: {f: _rate(counts[c][f], _GUESS[c][f]) for f in fields} for c in CLASSES}
        every = sum(totals.values()) + _WEIGHT
        shares = {c: (totals[c] + _WEIGHT * _SHARES[c]) / every for c in CLASSES}
    return Model(rates, shares, names)


def _silent(patterns: Mapping[Pattern, float], field: int) -> dict[Pattern, float]:
    found: dict[Pattern, float] = {}
    for pattern, n in patterns.items():
        key = (*pattern[:field], "", *pattern[field + 1 :])
        found[key] = found.get(key, 0) + n
    return found


def _count(
    counts: dict[str, dict[str, float]], fields: Sequence[str], pattern: Pattern, n: float
) -> None:
    for field, level in zip(fields, pattern, strict=True):
        if level:
            counts[field][level] += n


def _rate(counts: Mapping[str, float], guess: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values()) + _WEIGHT
    return {level: (n + _WEIGHT * guess[level]) / total for level, n in counts.items()}


def _posterior(
    pattern: Pattern, rates: Rates, shares: Mapping[str, float], commoner: Mapping[str, float]
) -> dict[str, float]:
    logs = {}
    for c in CLASSES:
        log = math.log(shares[c])
        for field, level in zip(LEVELS, pattern, strict=True):
            if level:
                log += math.log(rates[c][field][level])
                if c == "stranger" and level == "same":
                    log += math.log(commoner.get(field, 1.0))
        logs[c] = log
    most = max(logs.values())
    odds = {c: math.exp(log - most) for c, log in logs.items()}
    total = sum(odds.values())
    return {c: value / total for c, value in odds.items()}


def judged(a: Compact, b: Compact, pattern: Pattern, model: Model) -> Judged:
    """How likely a compared pair is one person, and what each field says of it."""
    commoner = {}
    for field in ("given", "family"):
        term = _term(a, field)
        if term == _term(b, field):
            commoner[field] = model.names.get(f"{field}:{term}", _RAREST)
    posterior = _posterior(pattern, model.rates, model.shares, commoner)
    sure = min(max(posterior["person"], 1e-9), 1 - 1e-9)
    evidence = {}
    for field, level in zip(LEVELS, pattern, strict=True):
        if level:
            stranger = model.rates["stranger"][field][level]
            if level == "same":
                stranger *= commoner.get(field, 1.0)
            bits = math.log2(model.rates["person"][field][level] / stranger)
            evidence[field] = (level, round(bits, 1))
    return Judged(sure, posterior["household"], math.log2(sure / (1 - sure)), evidence)
