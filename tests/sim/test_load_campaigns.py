"""What the simulated shop said enters by the verbs, at the moment it happened, with its truth."""

from datetime import date, timedelta

import pytest

from goen.kit import home, mailbox
from goen.kit.db import tx
from sim import campaigns, load_campaigns, load_consents, papers
from sim import load as loading
from sim.miyabido import World, build

END = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=END, count=900, months=4)


def rows(sql: str):
    with tx() as t:
        return t.rows(sql)


def test_measures_of_different_fates_stand_as_they_were_told(fresh_db, world):
    loading.load_first(world, shop=fresh_db.shop, report=lambda *_: None, afar=False)
    load_consents.load(world)
    for _ in range(2):
        load_campaigns.load(world)
        assert rows("SELECT number, state FROM marketing_measure ORDER BY number") == [
            (1, "ended"), (2, "live"), (3, "live"), (4, "live"), (5, "draft"), (6, "live"),
            (7, "live"),
        ]  # fmt: skip
        ((until,),) = rows("SELECT accepted_until FROM marketing_finding WHERE gone_at IS NULL")
        assert until == END + timedelta(days=campaigns.ACCEPTED_DAYS)
        arms = dict(
            rows(
                "SELECT arm, count(*) FROM insight_arm WHERE origin ="
                f" 'measure:{campaigns.CARD.uid}' GROUP BY 1"
            )
        )
        assert 0.5 < arms["treated"] / sum(arms.values()) < 0.8
        came = rows(
            "SELECT a.arm, count(*) FROM orders_order o"
            " JOIN insight_arm a ON a.record_id = o.record_id"
            f" AND a.origin = 'measure:{campaigns.CARD.uid}'"
            f" WHERE o.source_no LIKE '{campaigns.CARD.code}-%%' GROUP BY 1"
        )
        ((arm, visits),) = came
        assert arm == "treated"
        assert abs(visits / arms["treated"] - campaigns.CARD.comes) < 0.15
        _mail_left_and_was_read()
        _the_card_says_whose_it_is()


def _the_card_says_whose_it_is() -> None:
    """Its number was shown by people it was sent to, and by nobody else."""
    used = rows(
        "SELECT a.arm FROM orders_couponuse u JOIN orders_order o ON o.id = u.order_id"
        " LEFT JOIN insight_arm a ON a.record_id = o.record_id"
        f" AND a.origin = 'measure:{campaigns.WINTER.uid}'"
        f" WHERE u.number = '{papers.POSTCARD.number}'"
    )
    assert used
    assert {arm for (arm,) in used} == {"treated"}


def _mail_left_and_was_read() -> None:
    """Sent on that day to whoever may be written to; coupons used are coupons that were sent."""
    ((state, day),) = rows("SELECT state, started_at::date FROM marketing_run")
    assert (state, day) == ("sent", END - timedelta(days=campaigns.BIRTHDAY.launched))
    told = dict(rows("SELECT state, count(*) FROM marketing_delivery GROUP BY 1"))
    assert told.keys() == {"sent"}
    kept = rows("SELECT count(*), count(opened_at), count(clicked_at) FROM marketing_delivery")
    sent, opened, clicked = kept[0]
    assert sent > opened > clicked > 0
    used = rows(
        "SELECT d.opened_at < o.occurred_at, o.record_id = d.record_id FROM orders_couponuse u"
        " JOIN orders_order o ON o.id = u.order_id JOIN marketing_delivery d ON d.coupon = u.number"
    )
    assert used
    assert set(used) == {(True, True)}
    hours = rows(
        "SELECT extract(hour FROM opened_at AT TIME ZONE 'Asia/Tokyo')::int"
        " FROM marketing_delivery WHERE opened_at IS NOT NULL"
    )
    assert min(hours)[0] >= 6
    with mailbox.opened(home.current_shop_name()) as letters:
        assert letters.count() == sent
