"""Who every record truly is, and what is wrong with it: at the rates the documentation states."""

import csv
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from sim import noise
from sim.export import write_truth
from sim.miyabido import World, build
from sim.world import Record, Truth

END = date(2026, 11, 21)
KNOWN = {
    "nameless", "second_card", "kana_typo", "moved", "changed_mail", "shared_phone",
    "masked_mail", "kanji_variant", "shared_card",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=5_000, months=24)


@pytest.fixture(scope="module")
def told(world: World) -> list[tuple[Record, Truth]]:
    return list(zip(world.records(), world.truth(), strict=True))


def test_every_record_has_its_truth_once(told: list[tuple[Record, Truth]]) -> None:
    keys = {(one.source, one.key) for _, one in told}
    assert len(keys) == len(told)
    for record, one in told:
        assert (record.source, record.source_key) == (one.source, one.key)
        assert record.true_person == one.person
        assert set(record.noise) <= set(one.noise) <= KNOWN


def test_noise_comes_at_its_rates(world: World, told: list[tuple[Record, Truth]]) -> None:
    count = Counter(name for _, one in told for name in one.noise)
    cards = [one for _, one in told if one.source == "pos"]
    holders = {one.person for one in cards}
    assert count["second_card"] / len(holders) == pytest.approx(noise.SECOND_CARD, abs=0.015)
    assert count["kana_typo"] / len(holders) == pytest.approx(noise.KANA_TYPO * 0.92, abs=0.01)
    follows = world.people.noise.household != range(len(world.people))
    assert follows.mean() == pytest.approx(noise.FAMILY, abs=0.015)
    assert count["moved"] > 0.8 * noise.MOVED * 0.5 * len(holders)
    assert count.keys() == KNOWN


def test_a_wrong_record_is_wrong_and_the_others_are_right(
    told: list[tuple[Record, Truth]],
) -> None:
    by_person: dict[int, list[tuple[Record, Truth]]] = defaultdict(list)
    for record, one in told:
        by_person[one.person].append((record, one))
    compared: Counter[str] = Counter()
    for own in by_person.values():
        for (one, first), (other, second) in combinations(own, 2):
            wrong = {*first.noise, *second.noise}
            if "nameless" in wrong:
                continue
            compared["pairs"] += 1
            assert (one.given_kana == other.given_kana) == ("kana_typo" not in wrong)
            assert one.address == other.address or "moved" in wrong
            compared["moved"] += one.address != other.address
    assert compared["pairs"] > 500
    assert compared["moved"] > 20


def test_families_share_a_name_a_home_and_some_a_number(told: list[tuple[Record, Truth]]) -> None:
    phones = {(record.true_person, record.phone) for record, _ in told if record.phone}
    for _, one in told:
        if "shared_phone" in one.noise:
            assert one.household != one.person
    shared = Counter(phone for _, phone in phones)
    assert sum(count > 1 for count in shared.values()) > 50
    assert max(shared.values()) <= 4


def test_whoever_shows_the_family_card_is_known_to_be_somebody_else(world: World) -> None:
    owner = {(one.source, one.key): one for one in world.truth()}
    borrowed = [
        receipt
        for receipt in world.receipts(since=world.window[0])
        if receipt.member
        and owner[receipt.source, receipt.member.value].person != receipt.true_person
    ]
    assert len(borrowed) > 10
    for receipt in borrowed:
        assert receipt.true_person is not None
        one = owner[receipt.source, receipt.member.value]
        assert "shared_card" in one.noise
        assert world.people.noise.household[receipt.true_person] == one.household


def test_actors_of_the_stories_are_free_of_noise(world: World) -> None:
    harmless = {"kanji_variant"}
    for one in world.truth():
        if one.person < world.cast.size:
            assert set(one.noise) <= harmless | {"nameless", "shared_phone"}
            assert one.household == one.person


def test_the_file_holds_them_all(world: World, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    count = write_truth(world, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == sum(1 for _ in world.truth())
    assert list(rows[0]) == ["source", "source_key", "true_person", "household", "noise"]
    names = {name for row in rows for name in row["noise"].split()}
    assert names == KNOWN
