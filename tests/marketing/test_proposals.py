"""One proposal for each person, with its reason: made, shown, put aside, taken, measured."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from goen.insight.arms import Assigned, put
from goen.kit import ids, settings
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.kit.refusals import Refusal
from goen.marketing import automation, proposal_words, proposals, proposals_taking
from goen.marketing.proposals import ProposalShown
from goen.marketing.proposals_making import ORIGIN, end_gone, make
from goen.marketing.rules import place_of
from goen.orders import taking_back
from goen.orders.order import PartBack, TakeBack, TakenBack
from tests import world
from tests.world import ACTOR, NOW, VIEWER

TODAY = NOW.date()
CARDS = {person[0]: person[5] for person in world.PEOPLE}


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    settings.write(t, "proposal.holdout_share", 0.0, actor=ACTOR, recorded_at=NOW)
    return t


def sku(t: Tx, code: str) -> int:
    return t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def person(t: Tx, key: str) -> int:
    return t.value(
        "SELECT person_id FROM customers_personof JOIN customers_record ON id = record_id"
        " WHERE source_key = %s",
        [key],
    )


def candidate(
    t: Tx, key: str, kind: str, code: str, value: int, place: int = 0, **why: object
) -> None:
    names = {"times": 3, **why}
    t.execute(
        "INSERT INTO insight_candidate (person_id, place, kind, sku_id, chance, value_minor,"
        f" {', '.join(names)}) VALUES (%s, %s, %s, %s, 0.1, %s{', %s' * len(names)})",
        [person(t, key), place, kind, sku(t, code), value, *names.values()],
    )


def made(t: Tx, *keys: str, at: object = NOW, on: date = TODAY) -> int:
    return make(t, [person(t, key) for key in keys], on=on, recorded_at=at)  # type: ignore[arg-type]


def seen(t: Tx, key: str, on: date = TODAY) -> ProposalShown | None:
    return proposals.current(t, person(t, key), viewer=VIEWER, on=on)


def sold(t: Tx, key: str, code: str, at: object = NOW) -> UUID:
    sale = world.sale((code, 1), member=CARDS[key], at=at)  # type: ignore[arg-type]
    (answer,) = world.sold(t, sale)
    assert hasattr(answer, "order_id"), answer
    return sale.uid


def heard(t: Tx, key: str, document: UUID) -> None:
    record = t.value("SELECT id FROM customers_record WHERE source_key = %s", [key])
    notice = Notice("SaleBooked", "place:1", {"uid": str(document), "record": record})
    proposals_taking.hear(t, notice)


def test_two_of_a_segment_get_different_things_each_with_a_reason(shop: Tx) -> None:
    """R-031, R-045: the reason is stated, for staff with its figures, for the shopper without."""
    for code in ("CHA-01", "UTSUWA-01"):
        world.stocked(shop, code, 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    candidate(shop, "M-002", "considered", "UTSUWA-01", 330, times=2)
    assert made(shop, "M-001", "M-002") == 2
    one, other = seen(shop, "M-001"), seen(shop, "M-002")
    assert (one.kind, one.sku_code) == ("due", "CHA-01")
    assert (other.kind, other.sku_code) == ("considered", "UTSUWA-01")
    ja, en = proposal_words.for_staff(one)
    assert "10日ごと" in ja
    assert "9日" in ja
    assert "every 10 days" in en
    for shown in (one, other):
        told = " ".join(proposal_words.for_shopper(shown))
        assert not any(c.isdigit() for c in told), "nothing of how often or how much"
    assert one.expires_on == TODAY + timedelta(days=28)


def test_again_is_the_same_proposal(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    before = seen(shop, "M-001")
    assert made(shop, "M-001", at=NOW + timedelta(hours=1)) == 0
    assert seen(shop, "M-001") == before


def test_what_is_nowhere_is_not_proposed(shop: Tx) -> None:
    """Books are kept of it and every place is empty: the next best that is there."""
    world.stocked(shop, "UTSUWA-01", 1)
    world.stocked(shop, "NUNO-01", 1)
    sold(shop, "M-002", "UTSUWA-01")
    candidate(shop, "M-001", "considered", "UTSUWA-01", 330)
    candidate(shop, "M-001", "goes_with", "NUNO-01", 50, place=1, lift=2.0)
    made(shop, "M-001")
    assert seen(shop, "M-001").sku_code == "NUNO-01"


def test_a_view_changes_what_the_till_proposes(shop: Tx) -> None:
    """R-022: what was done online decides what is said in the store."""
    for code in ("CHA-01", "UTSUWA-01"):
        world.stocked(shop, code, 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, place=1, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    assert seen(shop, "M-001").sku_code == "CHA-01"
    candidate(shop, "M-001", "considered", "UTSUWA-01", 330)
    assert made(shop, "M-001", at=NOW + timedelta(hours=1)) == 1
    assert seen(shop, "M-001").sku_code == "UTSUWA-01"
    ended = shop.rows("SELECT ended_how FROM marketing_proposal ORDER BY id")
    assert ended == [("replaced",), ("",)]


def test_something_a_little_better_changes_nothing(shop: Tx) -> None:
    for code in ("CHA-01", "UTSUWA-01"):
        world.stocked(shop, code, 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, place=1, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    candidate(shop, "M-001", "considered", "UTSUWA-01", 160)
    made(shop, "M-001")
    assert seen(shop, "M-001").sku_code == "CHA-01"


def test_what_was_put_aside_comes_back_after_a_while_only(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    uid = seen(shop, "M-001").uid
    by = {"actor": ACTOR, "recorded_at": NOW}
    refused = proposals.dismiss(shop, uid, "because", **by)
    assert isinstance(refused, Refusal)
    assert refused.code == "unknown_dismissal"
    assert proposals.dismiss(shop, uid, "has_it", **by) is None
    assert proposals.dismiss(shop, uid, "has_it", **by) is None
    assert seen(shop, "M-001") is None
    assert made(shop, "M-001", at=NOW + timedelta(days=59)) == 0
    assert made(shop, "M-001", at=NOW + timedelta(days=61)) == 1


def test_a_dismissal_can_be_taken_back_until_something_else_is_proposed(shop: Tx) -> None:
    for code in ("CHA-01", "UTSUWA-01"):
        world.stocked(shop, code, 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    before, by = seen(shop, "M-001"), {"actor": ACTOR, "recorded_at": NOW}
    proposals.dismiss(shop, before.uid, "not_now", **by)
    assert proposals.restore(shop, before.uid, **by) is None
    assert seen(shop, "M-001") == before
    proposals.dismiss(shop, before.uid, "not_now", **by)
    candidate(shop, "M-001", "considered", "UTSUWA-01", 160, place=1)
    made(shop, "M-001")
    assert proposals.restore(shop, before.uid, **by).code == "proposal_over"


def test_the_held_out_have_a_proposal_that_nobody_is_shown(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    settings.write(shop, "proposal.holdout_share", 0.5, actor=ACTOR, recorded_at=NOW)
    for key in CARDS:
        candidate(shop, key, "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    assert made(shop, *CARDS) == 6
    out = {key for key in CARDS if place_of(person(shop, key), ORIGIN) < 0.5}
    assert {key for key in CARDS if seen(shop, key) is None} == out
    assert {key for key in CARDS if proposals.held_out(shop, person(shop, key))} == out


def test_an_arm_once_drawn_is_kept(shop: Tx) -> None:
    """After a merge, or another share: the first word holds."""
    world.stocked(shop, "CHA-01", 5)
    who = person(shop, "M-001")
    record = shop.value("SELECT id FROM customers_record WHERE source_key = 'M-001'")
    put(shop, ORIGIN, [Assigned(who, record, "holdout")], assigned_at=NOW)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    assert seen(shop, "M-001") is None
    assert proposals.held_out(shop, who)


def test_the_switch_stops_the_making(shop: Tx) -> None:
    """R-043: within one cycle, and what is there stays."""
    world.stocked(shop, "CHA-01", 5)
    for key in ("M-001", "M-002"):
        candidate(shop, key, "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    by = {"actor": ACTOR, "recorded_at": NOW}
    assert automation.switch(shop, on=False, **by) is None
    assert made(shop, "M-002") == 0
    assert end_gone(shop, on=TODAY + timedelta(days=99), recorded_at=NOW) == 0
    assert seen(shop, "M-001") is not None
    automation.switch(shop, on=True, **by)
    assert made(shop, "M-002") == 1
    trail = shop.rows("SELECT detail FROM kit_trail WHERE subject = 'automation.on' ORDER BY id")
    assert [row[0]["after"] for row in trail] == [False, True]


def test_every_decision_says_what_it_was_made_on(shop: Tx) -> None:
    """R-043: inputs, the rule's version, the outcome."""
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    (told,) = automation.decisions(shop)
    assert (told.rule, told.subject) == ("proposal-1", f"person:{person(shop, 'M-001')}")
    assert told.outcome == f"due sku:{sku(shop, 'CHA-01')}"
    assert told.inputs["candidates"] == [{"kind": "due", "sku": sku(shop, "CHA-01"), "value": 150}]


def test_a_later_document_with_the_article_takes_it_once(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    early = sold(shop, "M-001", "CHA-01", NOW - timedelta(hours=2))
    made(shop, "M-001")
    heard(shop, "M-001", early)
    heard(shop, "M-001", sold(shop, "M-001", "NUNO-01"))
    heard(shop, "M-002", sold(shop, "M-002", "CHA-01"))
    assert seen(shop, "M-001") is not None
    document = sold(shop, "M-001", "CHA-01", NOW + timedelta(minutes=5))
    heard(shop, "M-001", document)
    heard(shop, "M-001", document)
    assert seen(shop, "M-001") is None
    assert shop.rows("SELECT ended_how, taken_document FROM marketing_proposal") == [
        ("taken", document)
    ]


def test_it_was_shown_is_kept_once_an_occasion(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    uid = seen(shop, "M-001").uid
    for where, subject in (("till", "r1"), ("till", "r1"), ("till", "r2"), ("console", "d")):
        proposals.shown(shop, uid, where, subject, actor=ACTOR, recorded_at=NOW)
    assert shop.value("SELECT count(*) FROM marketing_showing") == 3
    (past,) = proposals.past(shop, person(shop, "M-001"), viewer=VIEWER)
    assert past.places == ("console", "till")


def test_past_its_day_it_is_shown_no_more_and_ends(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    candidate(shop, "M-001", "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001")
    after = TODAY + timedelta(days=29)
    assert seen(shop, "M-001", on=after) is None
    assert end_gone(shop, on=after, recorded_at=NOW + timedelta(days=29)) == 1
    assert shop.value("SELECT ended_how FROM marketing_proposal") == "expired"


def test_who_became_somebody_else_has_one_proposal(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    for key in ("M-001", "M-002"):
        candidate(shop, key, "due", "CHA-01", 150, usual_days=10.0, days_away=9)
    made(shop, "M-001", "M-002")
    one, other = person(shop, "M-001"), person(shop, "M-002")
    notice = Notice("PersonsMerged", f"person:{one}", {"person": one, "was": [other]})
    proposals_taking.hear(shop, notice)
    assert seen(shop, "M-001") is not None
    assert seen(shop, "M-002") is None


def ended(t: Tx, arm: str, how: str, document: UUID | None = None) -> None:
    """A proposal that is over, as the log has it."""
    t.execute(
        "INSERT INTO marketing_proposal (uid, person_id, record_id, kind, sku_id, reason,"
        " stake_minor, rule, arm, made_at, expires_on, ended_at, ended_how, ended_why,"
        " taken_document) SELECT %s, 1, min(id), 'due', %s, '{}', 0, 'r', %s, %s, %s, %s, %s, '',"
        " %s FROM customers_record",
        [ids.new_id(), sku(t, "CHA-01"), arm, NOW, TODAY, NOW, how, document],
    )


def test_lift_is_treated_less_holdout_with_counts(shop: Tx) -> None:
    """R-045: 12 of 40 less 3 of 30, whoever saw it; what made room for another is no outcome."""
    for arm, taken, made_ in (("treated", 12, 40), ("holdout", 3, 30)):
        for n in range(made_):
            ended(shop, arm, "taken" if n < taken else "expired")
    ended(shop, "treated", "replaced")
    found = proposals_taking.lift(shop, since=NOW - timedelta(days=1))
    assert (found.treated.made, found.treated.kept) == (40, 12)
    assert (found.holdout.made, found.holdout.kept) == (30, 3)
    assert found.reading.difference == pytest.approx(12 / 40 - 3 / 30)
    assert found.reading.fixed.low < 0.2 < found.reading.fixed.high


def test_what_was_brought_back_did_not_come_true(shop: Tx) -> None:
    world.stocked(shop, "CHA-01", 5)
    kept, back = (sold(shop, "M-001", "CHA-01", NOW - timedelta(hours=n)) for n in (2, 3))
    wish = TakeBack(ids.new_id(), back, "shibuya", "changed_mind", NOW, parts=(PartBack(1, 1),))
    (answer,) = taking_back.take_back(shop, [wish], actor=ACTOR, recorded_at=NOW)
    assert isinstance(answer, TakenBack), answer
    for document in (kept, back):
        ended(shop, "treated", "taken", document)
    found = proposals_taking.lift(shop, since=NOW - timedelta(days=1))
    assert (found.treated.taken, found.treated.returned, found.treated.kept) == (2, 1, 1)


def test_without_anybody_held_out_there_is_no_lift(shop: Tx) -> None:
    ended(shop, "treated", "taken")
    found = proposals_taking.lift(shop, since=NOW - timedelta(days=1))
    assert found.reading is None
