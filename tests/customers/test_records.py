"""Records, and who they are: joined by what proves it, never by what only looks alike."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.customers import checks, identity, queries, records
from goen.customers.records import NewCredential, NewRecord
from goen.kit.db import Tx, savepoint, tx
from tests import world

TABLES = ("record", "detail", "credential", "searchkey", "person", "personof", "edge")
MAIL = "ken@kaze.example"


class _Undo(Exception):  # noqa: N818  named by what it does
    """Ends an example and everything it wrote."""


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def register(t: Tx, *new: NewRecord, later: int = 0) -> list[int]:
    at = world.NOW + timedelta(minutes=later)
    ids = records.register(t, new, actor=world.ACTOR, recorded_at=at)
    return [ids[r.source, r.source_key] for r in new]


def mailed(source: str, key: str, mail: str = MAIL, **more: object) -> NewRecord:
    proof = NewCredential("mail", mail, verified=True)
    return NewRecord(source, key, mail=mail, credentials=(proof,), **more)


def counts(t: Tx) -> dict[str, int]:
    return {name: t.value(f"SELECT count(*) FROM customers_{name}") for name in TABLES}


def person(t: Tx, record: int) -> int:
    return queries.person_of_records(t, [record])[record]


def test_registering_again_changes_nothing(shop: Tx) -> None:
    new = mailed("ec", "E-1", family_name="高橋", birth_date=date(1980, 4, 1))
    first = register(shop, new)
    before = counts(shop)
    assert register(shop, new, later=1) == first
    assert counts(shop) == before


def test_details_are_added_only_when_they_changed(shop: Tx) -> None:
    new = NewRecord("ec", "E-1", family_name="高橋", address="渋谷区1-1")
    register(shop, new)
    for minute, address in enumerate(("渋谷区1-1", "杉並区2-2", "杉並区2-2", "渋谷区1-1")):
        register(shop, replace(new, address=address), later=minute + 1)
    said = shop.rows(
        "SELECT address FROM customers_detail d JOIN customers_record r ON r.id = d.record_id"
        " WHERE r.source_key = 'E-1' ORDER BY d.id"
    )
    assert said == [("渋谷区1-1",), ("杉並区2-2",), ("渋谷区1-1",)]


def test_the_same_customer_twice_in_one_batch_keeps_every_card(shop: Tx) -> None:
    one, two = (
        NewRecord("ec", "E-1", credentials=(NewCredential("card", card, verified=True),))
        for card in ("G77", "G78")
    )
    (record, _) = register(shop, one, two)
    found = queries.records_of_credentials(shop, [("card", "G77"), ("card", "G78")])
    assert set(found.values()) == {record}
    assert len(found) == 2


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_a_key_said_to_be_verified_once_is_verified(shop: Tx, order: tuple[bool, bool]) -> None:
    keys = tuple(NewCredential("mail", MAIL, verified=v) for v in order)
    one, two = register(shop, NewRecord("pos", "P-1", credentials=keys), mailed("ec", "E-1"))
    assert person(shop, one) == person(shop, two)


def test_a_verified_mail_makes_the_card_and_the_web_account_one_person(shop: Tx) -> None:
    """The oldest person survives; the other's address leads there for ever."""
    (card,) = register(shop, NewRecord("pos", "P-1", family_name="高橋"))
    (web,) = register(shop, mailed("ec", "E-1", family_name="髙橋"))
    old, young = person(shop, card), person(shop, web)
    assert old < young
    register(shop, mailed("pos", "P-1", family_name="高橋"), later=1)
    assert person(shop, card) == person(shop, web) == old
    whole = queries.whole(shop, young, viewer=world.VIEWER)
    assert (whole.person_id, whole.moved_to) == (old, old)
    assert [r.record_id for r in whole.records] == [card, web]
    (edge,) = whole.edges
    assert (edge.kind, edge.rule, edge.evidence) == ("verified", "same_mail", {"mail": MAIL})
    assert queries.whole(shop, old, viewer=world.VIEWER).moved_to is None
    assert checks.broken(shop) == []


def test_redirects_lead_over_several_merges_to_who_is_live_now(shop: Tx) -> None:
    (first,) = register(shop, NewRecord("pos", "P-1"))
    a, b = register(shop, NewRecord("pos", "P-2"), NewRecord("pos", "P-3"))
    oldest, middle, youngest = (person(shop, r) for r in (first, a, b))
    register(shop, mailed("pos", "P-2", "two@kaze.example"), later=1)
    register(shop, mailed("pos", "P-3", "two@kaze.example"), later=2)
    register(shop, mailed("pos", "P-1", "one@kaze.example"), later=3)
    register(shop, mailed("pos", "P-2", "one@kaze.example"), later=4)
    for gone in (middle, youngest):
        assert queries.whole(shop, gone, viewer=world.VIEWER).moved_to == oldest
    assert queries.whole(shop, 10**9, viewer=world.VIEWER) is None


@pytest.mark.parametrize(
    "key",
    [
        NewCredential("mail", MAIL),
        NewCredential("mail", "order-1@masked.example", verified=True),
        NewCredential("mail", "order-1@mall.example", verified=True),
        NewCredential("phone", "090-1234-5678", verified=True),
    ],
)
def test_what_is_not_proved_masked_or_shared_joins_nobody(shop: Tx, key: NewCredential) -> None:
    """J-07, G-05: a family's telephone, a mall's lent-out mail and a typed one prove nothing."""
    alike = {"family_name": "高橋", "given_name": "健", "phone": "090-1234-5678"}
    one, two = register(
        shop,
        NewRecord("pos", "P-1", credentials=(key,), **alike),
        NewRecord("mall", "X-1", credentials=(key,), **alike),
    )
    assert person(shop, one) != person(shop, two)
    assert shop.value("SELECT count(*) FROM customers_edge") == 0


def forbid(t: Tx, a: int, b: int) -> None:
    t.execute(
        "INSERT INTO customers_edge (record_a_id, record_b_id, kind, rule, evidence, actor,"
        " created_at) VALUES (%s, %s, 'cannot', 'manual', '{}', 'staff:hq', %s)",
        [min(a, b), max(a, b), world.NOW],
    )


def test_not_the_same_person_beats_a_verified_key(shop: Tx) -> None:
    mother, son = register(shop, mailed("pos", "P-1"), NewRecord("pos", "P-2"))
    forbid(shop, mother, son)
    register(shop, mailed("pos", "P-2"), later=1)
    assert person(shop, mother) != person(shop, son)
    assert checks.broken(shop) == []


def test_nor_does_a_third_record_bring_the_two_together(shop: Tx) -> None:
    mother, son = register(
        shop, mailed("pos", "P-1", "a@kaze.example"), mailed("pos", "P-2", "b@kaze.example")
    )
    forbid(shop, mother, son)
    both = tuple(NewCredential("mail", f"{x}@kaze.example", verified=True) for x in "ab")
    (shared,) = register(shop, NewRecord("ec", "E-1", credentials=both), later=1)
    assert person(shop, mother) != person(shop, son)
    assert person(shop, shared) in {person(shop, mother), person(shop, son)}
    assert checks.broken(shop) == []


def test_a_merge_moves_no_fact(shop: Tx) -> None:
    """Facts hang on records: after a merge not one row of a sale is another."""
    world.sold(shop, world.sale(("KASHI-01", 1), member="G1040001"))
    world.sold(shop, world.sale(("KASHI-01", 2), member="G1040002"))
    tables = ("orders_order", "orders_line", "payments_tender", "ledger_move")

    def facts() -> list[object]:
        return [shop.rows(f"SELECT x, x.ctid FROM {t} x ORDER BY x.id") for t in tables]

    before = facts()
    register(shop, mailed("pos", "M-001"), mailed("pos", "M-002"), later=1)
    ids = records.register(
        shop, [NewRecord("pos", "M-001"), NewRecord("pos", "M-002")],
        actor=world.ACTOR, recorded_at=world.NOW,
    )  # fmt: skip
    assert len({person(shop, record) for record in ids.values()}) == 1
    assert facts() == before


def test_a_card_of_two_records_is_the_older_one_s_when_they_are_one_person(shop: Tx) -> None:
    old, _ = register(shop, mailed("pos", "P-1"), mailed("ec", "E-1"))
    shown = NewCredential("app", "A-5")
    for source, key in (("pos", "P-1"), ("ec", "E-1")):
        register(shop, NewRecord(source, key, mail=MAIL, credentials=(shown,)), later=1)
    assert queries.records_of_credentials(shop, [("app", "a-5"), ("", "A5")]) == {
        ("app", "a-5"): old,
        ("", "A5"): old,
    }
    register(shop, NewRecord("pos", "P-9", credentials=(shown,)), later=2)
    assert queries.records_of_credentials(shop, [("app", "A-5")]) == {}
    assert queries.find_credential(shop, "A-5", viewer=world.VIEWER) is None


keys = st.sampled_from(["a@kaze.example", "b@kaze.example", "c@kaze.example", "x@mall.example"])
said = st.lists(
    st.tuples(st.integers(0, 7), st.sets(keys, max_size=2), st.booleans()), min_size=1, max_size=14
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said)
def test_persons_are_who_shares_a_proof_in_whatever_order_it_was_said(tx_db, said):
    """Against the closure computed by merging sets until nothing changes."""
    try:
        with savepoint():
            t = Tx()
            world.places.put_source(
                t, code="pos", name={"ja": "", "en": ""}, actor=world.ACTOR, recorded_at=world.NOW
            )
            proofs: dict[int, set[str]] = {}
            for minute, (n, mails, verified) in enumerate(said):
                given_keys = tuple(NewCredential("mail", m, verified=verified) for m in mails)
                register(t, NewRecord("pos", f"P-{n}", credentials=given_keys), later=minute)
                known = proofs.setdefault(n, set())
                known |= {m for m in mails if verified and not m.endswith("mall.example")}
            ids = dict(t.rows("SELECT source_key, id FROM customers_record"))
            found: dict[int, set[int]] = {}
            for n in proofs:
                found.setdefault(person(t, ids[f"P-{n}"]), set()).add(n)
            groups = [({n}, set(mails)) for n, mails in proofs.items()]
            for mail in {m for mails in proofs.values() for m in mails}:
                same = [g for g in groups if mail in g[1]]
                groups = [g for g in groups if mail not in g[1]]
                groups.append(
                    (set().union(*(g[0] for g in same)), set().union(*(g[1] for g in same)))
                )
            assert sorted(map(sorted, found.values())) == sorted(sorted(g[0]) for g in groups)
            assert checks.broken(t) == []
            raise _Undo
    except _Undo:
        pass


def test_two_systems_that_tell_of_one_person_at_once_make_one(fresh_db) -> None:
    """Neither sees the other's record before it commits: they must take turns."""
    with tx() as t:
        world.open_shop(t)
    together = threading.Barrier(2)
    rng = random.Random(1)

    def tell(new: list[NewRecord]) -> None:
        together.wait(timeout=20)
        try:
            with tx() as t:
                records.register(t, new, actor=world.ACTOR, recorded_at=world.NOW)
        finally:
            connection.close()

    for turn in range(6):
        people = [
            [mailed(s, f"{s}-{turn}-{n}", f"p{turn}-{n}@kaze.example") for n in range(40)]
            for s in ("pos", "ec")
        ]
        rng.shuffle(people[1])
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(tell, people))
    with tx() as t:
        assert t.value("SELECT count(DISTINCT person_id) FROM customers_personof") == 6 * 40 + 6
        assert checks.broken(t) == []


def test_joining_again_finds_nothing_new(shop: Tx) -> None:
    ids = register(shop, mailed("pos", "P-1"), mailed("ec", "E-1"))
    again = identity.join_by_keys(shop, ids, actor=world.ACTOR, recorded_at=world.NOW)
    assert again == 0
