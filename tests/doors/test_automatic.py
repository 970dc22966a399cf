"""The worker's own part, from the lake to a proposal that is taken; and what stops it."""

from datetime import timedelta
from pathlib import Path

import pytest

from goen.behaviour.events import NewEvent, keep
from goen.doors.worker.automatic import Automatic
from goen.insight import candidates
from goen.kit import clock, outbox, settings
from goen.kit.db import Tx, tx
from goen.marketing import automation, proposals
from goen.orders.sale import Sale
from goen.orders.selling import sell
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_considered import sight
from tests.world import ACTOR, VIEWER

CARD = "G1040001"


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t)
        for code in ("CHA-01", "UTSUWA-01"):
            world.stocked(t, code, 20)
        settings.write(t, "proposal.holdout_share", 0.0, actor=ACTOR, recorded_at=clock.now())
    return fresh_db


def rounds(automatic: Automatic) -> None:
    """Until there is nothing left to do."""
    for _ in range(20):
        if not automatic.turn(at=clock.now()):
            return
    raise AssertionError("it never ends")


def sold(t: Tx, *sales: Sale) -> None:
    answers = sell(t, list(sales), actor=ACTOR, recorded_at=clock.now())
    assert all(hasattr(one, "order_id") for one in answers), answers


def proposed(t: Tx) -> proposals.ProposalShown | None:
    person = t.value(
        "SELECT person_id FROM customers_personof JOIN customers_record ON id = record_id"
        " WHERE source_key = 'M-001'"
    )
    return proposals.current(t, person, viewer=VIEWER, on=clock.now().date())


def test_from_a_look_to_a_purchase(shop: FreshDatabase, tmp_path: Path) -> None:
    """Looked at online, proposed by itself, bought in the store: taken, and why it was bought."""
    now = clock.now()
    with tx() as t:
        me = t.value("SELECT id FROM customers_record WHERE source_key = 'M-001'")
        bowl = t.value("SELECT id FROM catalogue_sku WHERE code = 'UTSUWA-01'")
        sales = [
            world.sale(("CHA-01", 1), member=CARD, at=now - timedelta(days=3)),
            world.sale(("UTSUWA-01", 1), at=now - timedelta(days=3)),
        ]
        sold(t, *sales)
        look = NewEvent("ec", "1", "cart", now - timedelta(hours=2), record_id=me, sku_id=bowl)
        keep(t, [look], actor=ACTOR, recorded_at=now)
    candidates.store_candidates(sight(tmp_path))
    automatic = Automatic()
    with tx() as t:
        automation.switch(t, on=False, actor=ACTOR, recorded_at=now)
    rounds(automatic)
    with tx() as t:
        assert proposed(t) is None
        assert t.value("SELECT count(*) FROM behaviour_reason") == 0
        assert outbox.gap(t, "reasons") == 0  # nothing is left waiting meanwhile
        automation.switch(t, on=True, actor=ACTOR, recorded_at=now)
    rounds(automatic)
    with tx() as t:
        found = proposed(t)
        assert (found.kind, found.sku_code) == ("considered", "UTSUWA-01")
        bought = world.sale(("UTSUWA-01", 1), member=CARD, at=clock.now())
        sold(t, bought)
    rounds(automatic)
    with tx() as t:
        assert proposed(t) is None
        assert t.value("SELECT ended_how FROM marketing_proposal") == "taken"
        reason = t.rows("SELECT document, basis, code, rule FROM behaviour_reason")
        assert (bought.uid, "inferred", "considered", "looked-1") in reason


def test_a_proposal_without_a_candidate_behind_it_ends(shop: FreshDatabase, tmp_path: Path) -> None:
    now = clock.now()
    with tx() as t:
        sold(
            t,
            *[
                world.sale(("CHA-01", 1), member=CARD, at=now - timedelta(days=d))
                for d in (40, 30, 20, 10)
            ],
            world.sale(("UTSUWA-01", 1), at=now - timedelta(hours=1)),
        )
    candidates.store_candidates(sight(tmp_path))
    automatic = Automatic()
    rounds(automatic)
    with tx() as t:
        assert proposed(t).kind == "due"
        t.execute("DELETE FROM insight_candidate")
        t.execute(
            "UPDATE insight_result SET as_of = as_of + interval '1 second'"
            " WHERE metric = 'candidates'"
        )
    rounds(automatic)
    with tx() as t:
        assert t.rows("SELECT ended_how FROM marketing_proposal") == [("replaced",)]
