"""Money kept for an order: what each tender gives follows from the sums, whatever the steps."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from goen.kit import ids
from goen.ledger.rules import Release, Settle
from goen.payments import keeping
from goen.payments.keeping import Tender

KINDS = st.sampled_from(["card", "points", "qr", "cash"])
GIVEN = st.lists(st.tuples(KINDS, st.integers(0, 500)), max_size=5)


def test_points_are_captured_first_and_given_up_last() -> None:
    given = keeping.tenders([("card", 300), ("points", 200), ("qr", 0), ("qr", 500)], first=7)
    assert given == (Tender("card", 300, 7), Tender("points", 200, 8), Tender("qr", 500, 9))
    first = keeping.captured(given, before=0, amount=350)
    assert [(p.tender.kind, p.amount_minor) for p in first] == [("points", 200), ("card", 150)]
    assert keeping.of_points(first) == 200
    last = keeping.given_up(given, before=100, amount=600)
    assert [(p.tender.kind, p.amount_minor) for p in last] == [("qr", 400), ("card", 200)]
    order = ids.new_id()
    assert keeping.settled(first, order) == (Settle((order, 8), 200), Settle((order, 7), 150))
    assert keeping.released(last, order) == (Release((order, 9), 400), Release((order, 7), 200))


@given(GIVEN, st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=8))
def test_any_steps_take_from_each_tender_what_was_kept_by_it(
    amounts: list[tuple[str, int]], steps: list[tuple[bool, int]]
) -> None:
    given = keeping.tenders(amounts, first=0)
    left = Counter({one.hold: one.amount_minor for one in given})
    captured = given_up = 0
    total = sum(left.values())
    for capturing, wanted in [*steps, (True, total)]:
        amount = min(wanted, total - captured - given_up)
        if capturing:
            parts = keeping.captured(given, before=captured, amount=amount)
            captured += amount
        else:
            parts = keeping.given_up(given, before=given_up, amount=amount)
            given_up += amount
        assert sum(part.amount_minor for part in parts) == amount
        for part in parts:
            left[part.tender.hold] -= part.amount_minor
            assert left[part.tender.hold] >= 0
    assert not any(left.values())


def test_each_tender_is_one_hold() -> None:
    given = keeping.tenders([("card", 300), ("points", 200)], first=2)
    holds = keeping.kept(given, place_id=4, currency="JPY")
    assert [(h.source.holder, h.target.holder, h.qty, h.reason) for h in holds] == [
        ("place:4:sales", "place:4:tender:card", 300, "tender"),
        ("place:4:sales", "place:4:tender:points", 200, "tender"),
    ]
