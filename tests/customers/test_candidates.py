"""Pairs that may be one person: found once, decided by people, and asked about no more."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest

from goen.customers import candidates, checks, erasing, queries, records
from goen.customers.candidates import Waiting
from goen.customers.joining import Said
from goen.customers.records import NewCredential, NewRecord
from goen.doors.worker import likeness
from goen.kit import settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.points import together
from tests import world
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW

BY = {"actor": ACTOR, "recorded_at": NOW}
WHY = Said("お電話で確かめた")
WEB = NewRecord(
    "ec", "E-1", family_name="森", given_name="大輔", family_kana="モリ", given_kana="ダイスケ",
    birth_date=date(1980, 4, 1), gender="male",
    mail="daisuke.m@kaze.example", phone="090-0000-1111",
    postcode="150-0001", address="東京都渋谷区神宮前1-2-3",
)  # fmt: skip
CARD = replace(
    WEB, source="pos", source_key="P-1", mail="", phone="",
    address="東京都渋谷区神宮前１丁目２番３号",
    credentials=(NewCredential("card", "G9", verified=True),),
)  # fmt: skip
WIFE = replace(
    CARD, source_key="P-2", given_name="由紀", given_kana="ユキ", birth_date=date(1982, 9, 9),
    gender="female", credentials=(),
)  # fmt: skip


@pytest.fixture
def t(tx_db: None) -> Tx:
    world.open_shop(Tx())
    return Tx()


def register(t: Tx, *new: NewRecord, later: int = 0) -> list[int]:
    at = NOW + timedelta(minutes=later)
    ids = records.register(t, new, actor=ACTOR, recorded_at=at)
    return [ids[r.source, r.source_key] for r in new]


def look(t: Tx) -> int | None:
    """As the analyst does, in one transaction."""
    given = candidates.read(t, candidates.newest(t))
    if given is None:
        return None
    return candidates.keep(t, candidates.compare(given), recorded_at=NOW)


def waiting(t: Tx) -> list[Waiting]:
    return candidates.waiting(t, least=0.5)


def test_card_and_web_account_wait_and_the_wife_does_not(t: Tx) -> None:
    web, card, _ = register(t, WEB, CARD, WIFE)
    assert look(t) == 1
    (pair,) = waiting(t)
    assert (pair.record_a, pair.record_b) == (web, card)
    assert pair.probability > 0.9
    assert pair.evidence["home"][0] == "same"
    assert "森" not in str(t.rows("SELECT evidence FROM customers_candidate"))
    assert look(t) is None, "nothing is new"


def test_what_comes_later_is_compared_with_what_was_there(t: Tx) -> None:
    register(t, WEB, WIFE)
    assert look(t) == 0
    register(t, CARD, later=1)
    assert look(t) == 1
    assert t.value("SELECT count(*) FROM customers_matchmodel") == 1
    # The card turns out to say somebody else's name: nobody is asked about it any more.
    register(t, replace(CARD, given_name="修", given_kana="オサム", birth_date=date(1950, 1, 1)),
             later=2)  # fmt: skip
    look(t)
    assert waiting(t) == []


def test_who_is_joined_is_asked_about_no_more_and_undone_waits_again(t: Tx) -> None:
    web, card, _ = register(t, WEB, CARD, WIFE)
    look(t)
    (pair,) = waiting(t)
    done = together.decide(t, pair.id, "joined", WHY, **BY)
    assert isinstance(done, Waiting)
    assert len(set(queries.person_of_records(t, [web, card]).values())) == 1
    assert waiting(t) == []
    assert together.decide(t, pair.id, "joined", WHY, **BY) == candidates.one(t, pair.id)
    refused = together.decide(t, pair.id, "apart", WHY, **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == "decided_already"

    assert isinstance(together.undo(t, pair.id, **BY), Waiting)
    assert len(set(queries.person_of_records(t, [web, card]).values())) == 2
    (again,) = waiting(t)
    assert again.id == pair.id
    assert checks.broken(t) == []


def test_who_is_said_to_be_two_stays_two_whatever_is_found_or_proved(t: Tx) -> None:
    web, card, _ = register(t, WEB, CARD, WIFE)
    look(t)
    (pair,) = waiting(t)
    assert isinstance(together.decide(t, pair.id, "apart", WHY, **BY), Waiting)
    register(t, replace(WEB, phone="090-0000-2222"), later=1)
    look(t)
    assert waiting(t) == []
    proof = (NewCredential("mail", "daisuke.m@kaze.example", verified=True),)
    register(t, replace(WEB, credentials=proof), replace(CARD, credentials=proof), later=2)
    assert len(set(queries.person_of_records(t, [web, card]).values())) == 2
    assert checks.broken(t) == []
    refused = together.join(t, web, card, WHY, **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == "said_apart"
    together.join(t, web, card, replace(WHY, again=True), **BY)
    assert len(set(queries.person_of_records(t, [web, card]).values())) == 1
    assert checks.broken(t) == []


def test_an_old_undo_takes_back_nobody_elses_word(t: Tx) -> None:
    """Undo is of one decision; what was said since on the page of the person stands."""
    web, card = register(t, WEB, CARD)
    look(t)
    (pair,) = waiting(t)
    together.decide(t, pair.id, "joined", WHY, **BY)
    together.part(t, [card], Said("ご兄弟だった"), **BY)
    refused = together.undo(t, pair.id, **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == "nothing_said"
    edges = t.rows("SELECT kind FROM customers_edge WHERE closed_at IS NULL")
    assert edges == [("cannot",)], "that they are two stands"
    assert len(set(queries.person_of_records(t, [web, card]).values())) == 2


def test_who_is_erased_while_being_compared_is_not_asked_about(t: Tx) -> None:
    web, _ = register(t, WEB, CARD)
    given = candidates.read(t, candidates.newest(t))
    assert given is not None
    found = candidates.compare(given)
    person = queries.person_of_records(t, [web])[web]
    assert isinstance(erasing.erase(t, person, answer="", **BY), erasing.Erased)
    assert candidates.keep(t, found, recorded_at=NOW) == 0
    assert waiting(t) == []


def test_put_off_is_kept_apart_from_what_waits(t: Tx) -> None:
    register(t, WEB, CARD)
    look(t)
    (pair,) = waiting(t)
    together.decide(t, pair.id, "later", WHY, **BY)
    assert waiting(t) == []
    assert [one.id for one in candidates.waiting(t, least=0.5, later=True)] == [pair.id]
    assert isinstance(together.undo(t, pair.id, **BY), Waiting)
    assert [one.id for one in waiting(t)] == [pair.id]


@pytest.mark.parametrize(
    ("records_", "said", "code"),
    [
        ((0, 0), WHY, "same_record"),
        ((0, 1), Said(" "), "joining_reason_missing"),
        ((0, 1), Said("x" * 501), "too_long"),
        ((0, -1), WHY, "unknown_record"),
        ((0, 2), WHY, "household_is_no_person"),
    ],
)
def test_what_cannot_be_joined(t: Tx, records_: tuple[int, int], said: Said, code: str) -> None:
    ids = register(t, WEB, CARD, NewRecord("ec", "H-1", unit="household"))
    a, b = (ids[n] if n >= 0 else 10**9 for n in records_)
    refused = together.join(t, a, b, said, **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert t.value("SELECT count(*) FROM customers_edge") == 0


def test_nobody_is_joined_by_a_score_unless_the_shop_says_so(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        web, card, wife = register(t, WEB, CARD, WIFE)
    assert likeness.look(at=NOW) == 1
    with tx() as t:
        assert len(set(queries.person_of_records(t, [web, card, wife]).values())) == 3
        settings.write(t, "identity.auto_link_score", 0.9, actor=ACTOR, recorded_at=NOW)
        settings.write(t, "automation.on", False, actor=ACTOR, recorded_at=NOW)
    assert likeness.join_the_surest(at=NOW) == 0
    with tx() as t:
        settings.write(t, "automation.on", True, actor=ACTOR, recorded_at=NOW)
    assert likeness.join_the_surest(at=NOW) == 1
    with tx() as t:
        now = queries.person_of_records(t, [web, card, wife])
        assert now[web] == now[card] != now[wife]
        assert t.value("SELECT rule FROM customers_edge") == "by_score"
        assert t.value("SELECT outcome FROM marketing_decision WHERE rule = 'identity-1'")
        one = t.value("SELECT id FROM customers_candidate WHERE state = 'joined'")
        assert isinstance(together.undo(t, one, **BY), Waiting)
    assert likeness.join_the_surest(at=NOW) == 0, "somebody took it back: people decide now"
    with tx() as t:
        assert len(set(queries.person_of_records(t, [web, card]).values())) == 2


@pytest.mark.slow
def test_a_large_shop_is_looked_at_by_a_process_of_its_own(
    fresh_db: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tx() as t:
        world.open_shop(t)
        register(t, WEB, CARD)
    stop = threading.Event()
    monkeypatch.setattr(likeness, "look", lambda **_: pytest.fail("looked at here"))
    likeness.look_beside(stop, at=NOW, many=1)
    with tx() as t:
        assert t.value("SELECT count(*) FROM customers_candidate") == 1
        assert not candidates.are_new(t, candidates.newest(t))
        register(t, WIFE)
    stop.set()
    likeness.look_beside(stop, at=NOW, many=1)
    with tx() as t:
        assert candidates.are_new(t, candidates.newest(t)), "it ended with who asked for it"


def test_the_surest_are_joined_when_the_shop_says_so_later(fresh_db: FreshDatabase) -> None:
    """Nothing new has to come in first."""
    with tx() as t:
        world.open_shop(t)
        web, card = register(t, WEB, CARD)
    assert likeness.look(at=NOW) == 1
    with tx() as t:
        settings.write(t, "identity.auto_link_score", 0.9, actor=ACTOR, recorded_at=NOW)
    assert likeness.look(at=NOW) is None
    with tx() as t:
        assert len(set(queries.person_of_records(t, [web, card]).values())) == 1
