"""How alike records are: rules by example, and the whole against a shop whose truth is known."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from time import perf_counter

import pytest

from goen.customers import candidates, matching
from goen.customers.candidates import Found, Given, Pair
from goen.customers.matching import Compact
from sim.miyabido import build
from sim.world import Truth

PEOPLE = 4_000


def record(
    id_: int, family: str = "高橋", given: str = "健", kana: str = "タカハシ",
    given_kana: str = "ケン", *, born: date | None = date(1980, 4, 1),
    gender: str = "male", mail: str = "", phone: str = "",
    postcode: str = "150-0001", address: str = "東京都渋谷区神宮前1-2-3",
) -> Compact:  # fmt: skip
    names = (family, given, kana, given_kana)
    return matching.folded(id_, names, born, gender, (mail, phone, postcode, address))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("東京都渋谷区神宮前1-2-3", "東京都渋谷区神宮前１丁目２番３号"),
        ("東京都渋谷区神宮前1-2-3", "東京都 渋谷区 神宮前一丁目2番地の3"),
        ("大阪市北区梅田3−1−1", "大阪市北区梅田3-1-1号"),
    ],
)
def test_one_address_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert matching.fold_address(one) == matching.fold_address(other)


def test_another_house_is_another_address() -> None:
    one = matching.fold_address("東京都渋谷区神宮前1-2-3")
    assert one != matching.fold_address("東京都渋谷区神宮前12-3")


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("ケンジ", "ケンシ", True),
        ("ミサキ", "ミサ", True),
        ("ナオコ", "オナコ", True),
        ("ケン", "ケンタロウ", False),
        ("ミキ", "ユカ", False),
        ("ン", "ソ", False),
    ],
)
def test_one_slip_of_the_hand_is_near(a: str, b: str, near: bool) -> None:
    assert matching.is_near(a, b) is near
    assert matching.is_near(b, a) is near


def test_levels_say_how_each_field_agrees() -> None:
    fields = tuple(matching.LEVELS)
    one = record(1, "髙橋", mail="ken.takahashi@a.example", phone="03-1234-5678")
    other = record(
        2, "高橋", given_kana="ケンイ", given="健", born=date(1980, 1, 4), gender="",
        mail="ken.takahashi@b.example", phone="0312345678", address="東京都渋谷区神宮前9-9-9",
    )  # fmt: skip
    said = dict(zip(fields, matching.compared(one, other), strict=True))
    assert said == {
        "given": "near", "family": "same", "born": "near", "home": "near", "mail": "near",
        "phone": "same", "gender": "",
    }  # fmt: skip


def test_an_address_that_a_marketplace_lends_out_is_no_mail() -> None:
    assert record(1, mail="x1234567@masked.example").mail == ""


def model() -> matching.Model:
    return matching.estimated({}, {}, {"given:ケン": 1.0, "family:タカハシ": 1.0})


def probability(a: Compact, b: Compact, using: matching.Model | None = None) -> float:
    return matching.judged(a, b, matching.compared(a, b), using or model()).probability


def test_a_family_at_one_address_with_one_telephone_is_no_person() -> None:
    """G-05: the same surname, home and landline; other given names and days of birth."""
    father = record(1, phone="03-1234-5678")
    mother = record(
        2, "高橋", "由紀", given_kana="ユキ", born=date(1982, 9, 9), gender="female",
        phone="03-1234-5678",
    )  # fmt: skip
    child = record(
        3, "高橋", "健太", given_kana="ケンタ", born=date(2010, 6, 15), phone="03-1234-5678"
    )
    for one, other in ((father, mother), (father, child), (mother, child)):
        judged = matching.judged(one, other, matching.compared(one, other), model())
        assert judged.household > 0.5 > judged.probability


def test_a_rare_name_that_agrees_counts_more_than_a_common_one() -> None:
    a, b = record(1, born=None, address=""), record(2, born=None, address="")
    names = {"given:ケン": 1.0, "family:タカハシ": 1.0}
    rare = matching.estimated({}, {}, {**names, "family:タカハシ": 0.05})
    common = matching.estimated({}, {}, {**names, "family:タカハシ": 8.0})
    assert probability(a, b, rare) > probability(a, b) > probability(a, b, common)


def test_evidence_names_levels_and_never_what_was_said() -> None:
    one, other = record(1, mail="ken.t@a.example"), record(2, mail="ken.t@a.example")
    found = matching.judged(one, other, matching.compared(one, other), model())
    assert {field: level for field, (level, _) in found.evidence.items()} == {
        "given": "same", "family": "same", "born": "same", "home": "same", "mail": "same",
        "gender": "same",
    }  # fmt: skip
    assert all(bits > 0 for _, bits in found.evidence.values())


@dataclass(frozen=True, slots=True)
class Trial:
    """The simulated shop compared, and who everybody truly is."""

    found: Found
    truth: list[Truth]
    proved: frozenset[Pair]
    told: list[bool]
    seconds: float

    def same(self, pair: Pair) -> bool:
        return self.truth[pair[0]].person == self.truth[pair[1]].person

    @property
    def to_find(self) -> set[Pair]:
        """True pairs that no key proves, of records that say a name at all."""
        people: dict[int, list[int]] = defaultdict(list)
        for n, one in enumerate(self.truth):
            if self.told[n]:
                people[one.person].append(n)
        pairs = {(a, b) for records in people.values() for b in records for a in records if a < b}
        return pairs - self.proved


@pytest.fixture(scope="module")
def trial() -> Trial:
    world = build(end=date(2026, 11, 20), count=PEOPLE, months=1)
    records = list(world.records())
    by_key = {(one.source, one.key): one for one in world.truth()}
    compact, mails = [], defaultdict(list)
    for n, r in enumerate(records):
        names = (r.family_name, r.given_name, r.family_kana, r.given_kana)
        contact = (r.mail, r.phone, r.postcode, r.address)
        compact.append(matching.folded(n, names, r.birth_on, r.gender, contact))
        if r.mail_verified:
            mails[r.mail].append(n)
    proved = frozenset((a, b) for same in mails.values() for b in same for a in same if a < b)
    person_of = {n: n for n in range(len(records))} | {b: a for a, b in sorted(proved)[::-1]}
    began = perf_counter()
    everybody = frozenset(person_of)
    given = Given(compact, everybody, person_of, proved, frozenset(), None, len(records))
    found = candidates.compare(given)
    return Trial(
        found,
        [by_key[r.source, r.source_key] for r in records],
        proved,
        [bool(one.name) for one in compact],
        perf_counter() - began,
    )


def test_candidates_are_judged_on_a_shop_whose_truth_is_known(
    trial: Trial, remark: Callable[[str], None]
) -> None:
    """At the default threshold nearly all are found and nearly none is wrong."""
    to_find, curve = trial.to_find, {}
    for least in (0.3, 0.5, 0.8, 0.95, 0.99):
        shown = {pair for pair, one in trial.found.pairs.items() if one.probability >= least}
        good = sum(trial.same(pair) for pair in shown)
        curve[least] = good / len(shown), good / len(to_find)
    told = ", ".join(f"{at}: {p:.3f}/{r:.3f}" for at, (p, r) in curve.items())
    remark(
        f"{len(trial.truth)} records, {trial.found.compared} pairs compared in"
        f" {trial.seconds:.1f} s; precision/recall from {told}"
    )
    precision, recall = curve[0.5]
    assert precision > 0.98
    assert recall > 0.97
    assert curve[0.99][0] > 0.995


def test_families_stay_households(trial: Trial) -> None:
    """G-05: of all pairs of one household hardly one is taken for a person."""
    wrong = [
        pair
        for pair, one in trial.found.pairs.items()
        if one.probability >= 0.5
        and not trial.same(pair)
        and trial.truth[pair[0]].household == trial.truth[pair[1]].household
    ]
    families: dict[int, set[int]] = defaultdict(set)
    for one in trial.truth:
        families[one.household].add(one.person)
    related = sum(len(people) * (len(people) - 1) // 2 for people in families.values())
    assert related > 300
    assert len(wrong) <= 0.02 * related


def test_it_is_quick_enough_for_a_shop(trial: Trial) -> None:
    """25,000 records in less than 30 seconds, far below even on a busy machine."""
    assert trial.seconds / len(trial.truth) * 25_000 < 30
