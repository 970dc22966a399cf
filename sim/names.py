"""Who people are on paper: surnames by real frequency, given names by year of birth, addresses.

A person has one true spelling; a till often knows the plain one (髙橋 → 高橋). Mails end in
`.example` and phones cannot ring, whoever the person is. `noise` says where a record is wrong.
"""

import csv
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache

import numpy as np
from jaconv import hira2kata, kana2alphabet, kata2hira
from japanese_personal_name_dataset import load_dataset

from sim.digits import card_no, landline, mobile
from sim.noise import NEVER, Noise, mistyped
from sim.range import DATA
from sim.world import Record

_VARIANTS = {
    "高": "髙", "崎": "﨑", "渡辺": "渡邊", "田辺": "田邉", "斎": "齋", "斉": "齊", "浜": "濱",
    "沢": "澤", "島": "嶋", "桜": "櫻", "広": "廣", "国": "國", "吉": "𠮷", "徳": "德", "関": "關",
}  # fmt: skip
_DOMAINS = ("mail.example", "post.example", "musubi.example", "kaze.example", "web.example")
_HOUSES = ("コーポみどり", "メゾン桜", "パークハイツ", "ひかり荘", "グランエスト", "レジデンス楓")
_NEAR_SHARE = {
    "shibuya": 0.32, "kichijoji": 0.26, "motomachi": 0.19, "kamakura": 0.14, "away": 0.09,
}  # fmt: skip
SYSTEMS = ("pos", "ec", "mall", "kodachi", "sns", "pos")
"""What knows people: cards, web shop, the malls, the shop on a network, second cards."""
SECOND_CARD = 5
_CHILDREN, _SECOND_CARDS = 0.4, 20_000_000


@cache
def surnames() -> tuple[list[tuple[str, str]], np.ndarray]:
    """Surnames with their kana, and cumulated counts of the people who bear them."""
    table = load_dataset("opti", include_last_names=True)[2]
    names = [(name, hira2kata(row["reading"])) for name, row in table.items()]
    return names, np.cumsum([row["count"] for row in table.values()], dtype=float)


@cache
def given_names() -> list[tuple[int, str, str, list[str]]]:
    """(born until, gender, kana, spellings)."""
    rows = csv.DictReader((DATA / "given_names.csv").open(encoding="utf-8"))
    return [(int(r["until"]), r["gender"], r["kana"], r["kanji"].split("/")) for r in rows]


@cache
def towns() -> list[dict[str, str]]:
    """Real towns near the stores and a few far away."""
    return list(csv.DictReader((DATA / "towns.csv").open(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Names:
    """The drawn numbers behind each person's name, birth, home and contacts."""

    family: np.ndarray
    given: np.ndarray
    spelling: np.ndarray
    born: np.ndarray
    town: np.ndarray
    block: np.ndarray
    quirk: np.ndarray
    household: np.ndarray
    leading_name: tuple[str, str, str, str] = field(default=("", "", "", ""))

    @staticmethod
    def draw(
        rng: np.random.Generator,
        household: np.ndarray,
        last_day: int,
        leading: tuple[str, str, str, str],
    ) -> "Names":
        """Draw everybody. A family has one name and one home; who follows is spouse or child."""
        count = len(household)
        cumulated = surnames()[1]
        age = np.clip(rng.normal(48, 15, count), 20, 88)
        born = (last_day - age * 365.25 - rng.integers(0, 365, count)).astype(np.int64)
        gender = np.where(rng.random(count) < 0.6, "f", "m")
        born, gender = _as_families(rng, household, born, gender, last_day)
        family = np.searchsorted(cumulated, rng.random(count) * cumulated[-1])
        weight = np.array([1 / _town_count(t["near"]) * _NEAR_SHARE[t["near"]] for t in towns()])
        town = rng.choice(len(weight), count, p=weight / weight.sum())
        block = rng.integers(1, 25, (count, 4))
        return Names(
            family=family[household],
            given=_given(rng, born, gender),
            spelling=rng.random(count),
            born=born,
            town=town[household],
            block=block[household],
            quirk=rng.random((count, 4)),
            household=household,
            leading_name=leading,
        )

    def near(self, count: int) -> np.ndarray:
        """The store each person lives near, or 'away'."""
        return np.array([t["near"] for t in towns()])[self.town[:count]]

    def record(
        self, person: int, system: int, joined: date, *, noise: Noise, same_mail: bool,
        leading: bool,
    ) -> Record:  # fmt: skip
        """One person as one system knows them, since `joined`."""
        source = SYSTEMS[system]
        family, given, family_kana, given_kana = self._name(person, source, leading=leading)
        mail, verified, phone = self._contacts(person, system, given_kana, same_mail, noise)
        town = towns()[self.town[person]]
        address, postcode = self._address(person, town), town["postcode"]
        wrong = self._wrong(person, system, joined, noise, mail, phone, same_mail=same_mail)
        if "kana_typo" in wrong:
            given_kana = mistyped(given_kana)
        if "moved" in wrong:
            address, postcode = self._earlier_address(person)
        if "changed_mail" in wrong:
            mail = f"{kana2alphabet(kata2hira(given_kana))}{person:x}@{_DOMAINS[(person + 3) % 5]}"
        if source != "pos" and family != self._plain(person, leading=leading):
            wrong = (*wrong, "kanji_variant")
        nameless = "nameless" in wrong
        told = source in {"pos", "ec"} and not nameless
        return Record(
            source=source,
            source_key=key_of(system, person),
            true_person=person,
            family_name="" if nameless else family,
            given_name="" if nameless else given,
            family_kana="" if nameless else family_kana,
            given_kana="" if nameless else given_kana,
            birth_on=date.fromordinal(int(self.born[person])) if told else None,
            gender=self._gender(person) if told else "",
            postcode="" if nameless else postcode,
            address="" if nameless else address,
            mail="" if nameless else mail,
            mail_verified=verified and bool(mail) and not nameless,
            phone="" if nameless else phone,
            card_no=key_of(system, person) if source == "pos" else "",
            joined_on=joined,
            place_code=None,
            noise=wrong,
        )

    def _wrong(
        self, person: int, system: int, joined: date, noise: Noise, mail: str, phone: str, *,
        same_mail: bool,
    ) -> tuple[str, ...]:  # fmt: skip
        """What is wrong with, or missing from, a record, by the names of the documentation."""
        card, day = SYSTEMS[system] == "pos", joined.toordinal()
        nameless = system == 0 and self.quirk[person, 0] < 0.08 and not same_mail
        follows = bool(noise.household[person] != person)
        family_number = follows and bool(phone) and (
            bool(noise.shares_phone[person]) or phone.startswith("03")
        )  # fmt: skip
        told = {
            "nameless": nameless,
            "second_card": card and noise.second_card_on[person] <= day,
            "kana_typo": system == 0 and bool(noise.mistyped[person]) and not nameless,
            "moved": card and day < noise.moved_on[person] < NEVER and not nameless,
            "changed_mail": card and bool(mail) and not same_mail and not nameless
            and day < noise.mail_changed_on[person] < NEVER,
            "shared_phone": family_number and not nameless,
            "masked_mail": SYSTEMS[system] in {"mall", "kodachi"},
        }  # fmt: skip
        return tuple(name for name, so in told.items() if so)

    def _plain(self, person: int, *, leading: bool) -> str:
        return self.leading_name[0] if leading else surnames()[0][self.family[person]][0]

    def _name(self, person: int, source: str, *, leading: bool) -> tuple[str, str, str, str]:
        if leading:
            family, given, family_kana, given_kana = self.leading_name
        else:
            family, family_kana = surnames()[0][self.family[person]]
            _, _, given_kana, spellings = given_names()[self.given[person]]
            given = spellings[int(self.spelling[person] * len(spellings))]
        if source != "pos" and (leading or self.quirk[self.household[person], 1] < 0.35):
            for plain, formal in _VARIANTS.items():
                family = family.replace(plain, formal)
        return family, given, family_kana, given_kana

    def _gender(self, person: int) -> str:
        return {"m": "male", "f": "female"}[given_names()[self.given[person]][1]]

    def _contacts(
        self, person: int, system: int, given_kana: str, same_mail: bool, noise: Noise
    ) -> tuple[str, bool, str]:
        """A card may know no mail, an unproven one, or the proven one the web shop knows too."""
        source = SYSTEMS[system]
        number = f"{person:x}"
        domain = _DOMAINS[person % len(_DOMAINS)]
        reading = kana2alphabet(kata2hira(given_kana))
        own = f"{reading}.{number}@{domain}"
        if source in {"mall", "kodachi"}:
            return _masked(person, source), False, ""
        phone = self._phone(person, noise)
        if source in {"sns", "ec"}:
            return (own if source == "ec" else ""), source == "ec", phone
        if system == SECOND_CARD:
            return (own if self.quirk[person, 3] < 0.5 else ""), False, phone
        if same_mail:
            return own, True, phone
        other = f"{number}.{reading}@{_DOMAINS[(person + 1) % 5]}"
        draw = self.quirk[person, 3]
        return (own if draw < 0.3 else other if draw < 0.45 else ""), False, phone

    def _phone(self, person: int, noise: Noise) -> str:
        head = int(self.household[person])
        if noise.shares_phone[person]:
            return mobile(head) if self.quirk[head, 2] < 0.85 else landline(head)
        if self.quirk[person, 2] < 0.85:
            return mobile(person)
        return landline(head) if self.quirk[person, 2] < 0.96 else ""

    def _earlier_address(self, person: int) -> tuple[str, str]:
        """Where somebody lived before they moved: another town and house."""
        every = towns()
        town = every[(int(self.town[person]) * 7 + int(self.block[person, 1]) + 3) % len(every)]
        chome, ban, go, _ = (int(n) for n in self.block[person])
        place = f"{town['prefecture']}{town['city']}{town['town']}"
        return f"{place}{go % 4 + 1}-{chome}-{ban}", town["postcode"]

    def _address(self, person: int, town: dict[str, str]) -> str:
        chome, ban, go, flat = (int(n) for n in self.block[person])
        text = f"{town['prefecture']}{town['city']}{town['town']}{chome % 5 + 1}-{ban}-{go}"
        if flat % 3:
            return text
        return f"{text} {_HOUSES[flat % len(_HOUSES)]}{flat % 7 + 1}0{go % 6 + 1}"


_LETTERS = ("", "M", "IR", "KD", "TS")


@lru_cache(maxsize=100_000)
def key_of(system: int, person: int) -> str:
    """The key a system has for a person: the card's number, or a member's."""
    if system in {0, SECOND_CARD}:
        return card_no(person + 1 + (_SECOND_CARDS if system else 0))
    return f"{_LETTERS[system]}{person * 7_919 % 10_000_019 + 10_000_000}"


def _masked(person: int, source: str) -> str:
    """The mail a mall lends out for one of its buyers."""
    if source == "mall":
        return f"buyer-{person * 2_654_435_761 % 2**32:08x}@masked.example"
    return f"{person * 40_503 % 10**8:08d}@relay.kodachi.example"


def _town_count(near: str) -> int:
    return sum(town["near"] == near for town in towns())


def _as_families(
    rng: np.random.Generator, household: np.ndarray, born: np.ndarray, gender: np.ndarray,
    last_day: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """A spouse of about the same age, or a grown child."""
    follows = household != np.arange(len(household))
    child = rng.random(len(born)) < _CHILDREN
    apart = np.where(child, rng.normal(29.0, 4.0, len(born)), rng.normal(0.0, 3.5, len(born)))
    theirs = born[household] + (apart * 365.25).astype(np.int64)
    grown = theirs < last_day - 18 * 366
    old = theirs > last_day - 90 * 365
    spouse = follows & ~child
    other = np.where(gender[household] == "f", "m", "f")
    return np.where(follows & grown & old, theirs, born), np.where(spouse, other, gender)


def _given(rng: np.random.Generator, born: np.ndarray, gender: np.ndarray) -> np.ndarray:
    """A given name of one's generation."""
    table = given_names()
    untils = sorted({row[0] for row in table})
    years = (born / 365.2425).astype(int) + 1
    era = np.minimum(np.searchsorted(untils, years), len(untils) - 1)
    draw = rng.random(len(born)) ** 1.3
    chosen = np.zeros(len(born), dtype=np.int64)
    for index, until in enumerate(untils):
        for letter in "mf":
            pool = [i for i, row in enumerate(table) if row[0] == until and row[1] == letter]
            mask = (era == index) & (gender == letter)
            chosen[mask] = np.array(pool)[(draw[mask] * len(pool)).astype(int)]
    return chosen
