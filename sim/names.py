"""Who people are on paper: surnames by real frequency, given names by year of birth, addresses.

A person has one true spelling; a till often knows the plain one (髙橋 → 高橋). Mails end in
`.example` and phones cannot ring, whoever the person is.
"""

import csv
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache

import numpy as np
from jaconv import hira2kata, kana2alphabet, kata2hira
from japanese_personal_name_dataset import load_dataset

from sim.digits import card_no, landline, mobile
from sim.goods import DATA
from sim.world import Record

_VARIANTS = {
    "高": "髙", "崎": "﨑", "渡辺": "渡邊", "田辺": "田邉", "斎": "齋", "斉": "齊", "浜": "濱",
    "沢": "澤", "島": "嶋", "桜": "櫻", "広": "廣", "国": "國", "吉": "𠮷", "徳": "德", "関": "關",
}  # fmt: skip
_DOMAINS = ("mail.example", "post.example", "musubi.example", "kaze.example", "web.example")
_HOUSES = ("コーポみどり", "メゾン桜", "パークハイツ", "ひかり荘", "グランエスト", "レジデンス楓")
_NEAR_SHARE = {"shibuya": 0.52, "kichijoji": 0.38, "away": 0.10}
_SYSTEMS = ("pos", "ec", "mall")


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
    """Real towns near the two stores and a few far away."""
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
        rng: np.random.Generator, count: int, last_day: int, leading: tuple[str, str, str, str]
    ) -> "Names":
        """Draw everybody. A few live with the person before them: name, home and landline."""
        cumulated = surnames()[1]
        age = np.clip(rng.normal(48, 15, count), 20, 88)
        born = (last_day - age * 365.25 - rng.integers(0, 365, count)).astype(np.int64)
        household = np.arange(count)
        follows = np.flatnonzero(rng.random(count) < 0.04)
        household[follows[follows > 0]] -= 1
        family = np.searchsorted(cumulated, rng.random(count) * cumulated[-1])
        weight = np.array([1 / _town_count(t["near"]) * _NEAR_SHARE[t["near"]] for t in towns()])
        town = rng.choice(len(weight), count, p=weight / weight.sum())
        block = rng.integers(1, 25, (count, 4))
        return Names(
            family=family[household],
            given=_given(rng, born),
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
        self, person: int, system: int, joined: date, *, same_mail: bool, leading: bool
    ) -> Record:
        """One person as one system knows them."""
        source = _SYSTEMS[system]
        family, given, family_kana, given_kana = self._name(person, source, leading=leading)
        mail, verified, phone = self._contacts(person, source, given_kana, same_mail)
        only_card = source == "pos" and self.quirk[person, 0] < 0.08 and not same_mail
        at_home = source != "mall" and not only_card
        town = towns()[self.town[person]]
        return Record(
            source=source,
            source_key=key_of(system, person),
            true_person=person,
            family_name="" if only_card else family,
            given_name="" if only_card else given,
            family_kana="" if only_card else family_kana,
            given_kana="" if only_card else given_kana,
            birth_on=date.fromordinal(int(self.born[person])) if at_home else None,
            gender=self._gender(person) if at_home else "",
            postcode="" if only_card else town["postcode"],
            address="" if only_card else self._address(person, town),
            mail="" if only_card else mail,
            mail_verified=verified and bool(mail) and not only_card,
            phone="" if only_card else phone,
            card_no=card_no(person + 1) if source == "pos" else "",
            joined_on=joined,
            place_code=None,
        )

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
        self, person: int, source: str, given_kana: str, same_mail: bool
    ) -> tuple[str, bool, str]:
        """A card may know no mail, an unproven one, or the proven one the web shop knows too."""
        number = f"{person:x}"
        domain = _DOMAINS[person % len(_DOMAINS)]
        own = f"{kana2alphabet(kata2hira(given_kana))}.{number}@{domain}"
        if source == "mall":
            return f"buyer-{person * 2_654_435_761 % 2**32:08x}@masked.example", False, ""
        phone = mobile(person) if self.quirk[person, 2] < 0.85 else ""
        if not phone and self.quirk[person, 2] < 0.96:
            phone = landline(int(self.household[person]))
        if source == "ec":
            return own, True, phone
        if same_mail:
            return own, True, phone
        other = f"{number}.{kana2alphabet(kata2hira(given_kana))}@{_DOMAINS[(person + 1) % 5]}"
        draw = self.quirk[person, 3]
        return (own if draw < 0.3 else other if draw < 0.45 else ""), False, phone

    def _address(self, person: int, town: dict[str, str]) -> str:
        chome, ban, go, flat = (int(n) for n in self.block[person])
        text = f"{town['prefecture']}{town['city']}{town['town']}{chome % 5 + 1}-{ban}-{go}"
        if flat % 3:
            return text
        return f"{text} {_HOUSES[flat % len(_HOUSES)]}{flat % 7 + 1}0{go % 6 + 1}"


@lru_cache(maxsize=100_000)
def key_of(system: int, person: int) -> str:
    """The key a system has for a person: the card's number, or a member's."""
    if system == 0:
        return card_no(person + 1)
    return f"{'M' if system == 1 else 'IR'}{person * 7_919 % 10_000_019 + 10_000_000}"


def _town_count(near: str) -> int:
    return sum(town["near"] == near for town in towns())


def _given(rng: np.random.Generator, born: np.ndarray) -> np.ndarray:
    """A given name of one's generation; six in ten customers are women."""
    table = given_names()
    untils = sorted({row[0] for row in table})
    years = (born / 365.2425).astype(int) + 1
    era = np.minimum(np.searchsorted(untils, years), len(untils) - 1)
    gender = np.where(rng.random(len(born)) < 0.6, "f", "m")
    draw = rng.random(len(born)) ** 1.3
    chosen = np.zeros(len(born), dtype=np.int64)
    for index, until in enumerate(untils):
        for letter in "mf":
            pool = [i for i, row in enumerate(table) if row[0] == until and row[1] == letter]
            mask = (era == index) & (gender == letter)
            chosen[mask] = np.array(pool)[(draw[mask] * len(pool)).astype(int)]
    return chosen
