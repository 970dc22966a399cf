"""What a measure changed: from its launch to a decision (R-045, R-075, R-084, P-29)."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import arms, effects, queries
from goen.insight.analyst import Analyst
from goen.insight.arms import Assigned
from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import measures, verdicts
from goen.marketing.measures import NewRemark
from goen.marketing.verdicts import NewDecision, Verdict
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import measuring, posting

BY: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": world.NOW}
LAUNCHED = world.NOW - timedelta(days=30)
THEN: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": LAUNCHED}
FIRST = date(2026, 10, 21)
PROFIT = {"CHA-01": 500.0, "UTSUWA-01": 1_800.0}  # a unit's, net of tax and cost


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
        measuring.axis(t, "A")
    return Tx()


def launched(**more: Any) -> UUID:
    """A measure that ran a week from 21 October, its effect counted for four weeks more."""
    with tx() as t:
        spoken = measuring.placement("mail", "A", cost_minor=3_000)
        new = measuring.measure(spoken, starts_on=FIRST, ends_on=FIRST + timedelta(days=6),
                                window_days=28, **more)  # fmt: skip
        assert not isinstance(measures.draft(t, new, **THEN), Refusal)
        answer = measures.launch(t, new.uid, **THEN)
        assert isinstance(answer, measures.Launched), answer
    return new.uid


def listed(
    uid: UUID, *, treated: int, control: int, holdout: int = 0, share: float | None = None
) -> dict[str, list[str]]:
    """People of a list, in their arms as the list drew them; their cards by arm."""
    sizes = {"treated": treated, "control": control, "holdout": holdout}
    names = [arm for arm, count in sizes.items() for _ in range(count)]
    with tx() as t:
        new = [
            NewRecord("pos", f"V{n}", credentials=(NewCredential("card", f"V{n}", verified=True),))
            for n in range(len(names))
        ]
        made = records.register(t, new, **THEN)
        people = dict(t.rows("SELECT record_id, person_id FROM customers_personof"))
        given = [Assigned(people[made["pos", f"V{n}"]], made["pos", f"V{n}"], arm)
                 for n, arm in enumerate(names)]  # fmt: skip
        arms.put(t, f"measure:{uid}", given, assigned_at=LAUNCHED)
        whole = treated + control + holdout
        planned = control / max(1, treated + control) if share is None else share
        t.execute(
            "INSERT INTO marketing_targetlist (uid, measure_id, conditions, channel, control_share,"
            " holdout_share, found, counts, made_at, actor)"
            " SELECT %s, id, '{}', 'mail', %s, %s, %s, '{}', %s, 'test'"
            " FROM marketing_measure WHERE uid = %s",
            [ids.new_id(), planned, holdout / whole, whole, LAUNCHED, uid],
        )
    return {arm: [f"V{n}" for n, one in enumerate(names) if one == arm] for arm in sizes}


def bought(cards: list[str], share: float, item: str, *, seed: int, first: int = 29) -> None:
    """A part of these people buys one unit between `first` days ago and yesterday."""
    rng = random.Random(seed)
    with tx() as t:
        sales = [
            world.sale((item, 1), member=card, at=world.NOW - timedelta(days=rng.randint(1, first)))
            for card in cards[: round(share * len(cards))]
        ]
        world.sold(t, *sales)


def seen(folder: Path, number: int = 1, *, at: datetime = world.NOW) -> Verdict:
    """The verdict after the analyst has been at it."""
    with tx() as t:
        before = verdicts.verdict(t, number, at=at, wait=False)
    assert before is not None
    if before.asked is not None and before.asked.passed:
        found = Analyst(folder)
        found.catch_up(recorded_at=world.NOW)
        found.answer(before.asked.question, recorded_at=at)
    with tx() as t:
        after = verdicts.verdict(t, number, at=at, wait=False)
    assert after is not None
    return after


def test_a_measure_that_worked_says_so_at_its_end(shop: Tx, tmp_path: Path) -> None:
    uid = launched()
    cards = listed(uid, treated=150, control=100, holdout=20)
    bought(cards["treated"], 0.6, "CHA-01", seed=1)
    bought(cards["control"], 0.2, "CHA-01", seed=2)
    after_it = world.NOW + timedelta(days=5)
    found = seen(tmp_path, at=after_it)
    assert (found.word, found.effect.is_final) == ("more", True)
    assert found.asked.first_on == FIRST
    assert found.asked.last_on == FIRST + timedelta(days=34)
    gain = found.gain
    assert gain.minor == pytest.approx(found.reading.difference * 150)
    assert gain.low_minor == pytest.approx(found.ruling.low * 150)
    assert gain.net_minor == pytest.approx(gain.minor - 3_000)
    by_hand = [
        sum(one.profit_minor for one in found.effect.people if one.arm == name) for name in cards
    ]
    assert [found.effect.arm(name).profit_minor for name in cards] == pytest.approx(by_hand)


def test_while_it_runs_the_interval_is_wider(shop: Tx, tmp_path: Path) -> None:
    """The same people and purchases: at its end it worked, and before nothing is promised."""
    uid = launched()
    cards = listed(uid, treated=120, control=60)
    bought(cards["treated"], 0.5, "CHA-01", seed=1, first=20)
    bought(cards["control"], 0.3, "CHA-01", seed=2, first=20)
    meanwhile = seen(tmp_path)
    at_end = seen(tmp_path, at=world.NOW + timedelta(days=9))
    assert meanwhile.ruling == meanwhile.reading.always_valid
    assert at_end.ruling == at_end.reading.fixed
    assert (meanwhile.word, meanwhile.effect.is_final) == ("unclear", False)
    assert (at_end.word, at_end.effect.is_final) == ("more", True)
    assert meanwhile.ruling.high - meanwhile.ruling.low > at_end.ruling.high - at_end.ruling.low


def test_the_window_is_the_launched_one_whatever_comes_later(shop: Tx, tmp_path: Path) -> None:
    uid = launched()
    with tx() as t:
        before = verdicts.verdict(t, 1, at=world.NOW, wait=False).asked
        measures.stop(t, uid, why="品切れ", remark_uid=ids.new_id(), **BY)
        stopped = verdicts.verdict(t, 1, at=world.NOW, wait=False)
    assert stopped.asked == before
    assert stopped.state == "stopped"


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        ({"treated": 0, "control": 0}, "no_list"),
        ({"treated": 30, "control": 0}, "no_control"),
        ({"treated": 30, "control": 5}, "too_few"),
        ({"treated": 30, "control": 30}, "too_early"),
        ({"treated": 60, "control": 60}, "unclear"),
    ],
)
def test_what_cannot_be_said_is_not_said(
    shop: Tx, tmp_path: Path, sizes: dict[str, int], word: str
) -> None:
    uid = launched()
    cards = listed(uid, **sizes) if sizes["treated"] else {"treated": []}
    for arm, some in cards.items():
        bought(some, 0.4, "CHA-01", seed=len(arm))
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1)))
    found = seen(tmp_path)
    assert found.word == word
    if word == "no_control":
        assert found.effect.before_after.people == 30
        assert (found.gain, found.ruling) == (None, None)
    if word == "too_few":
        assert found.effect.arm("control").people == 5
        assert found.gain is None


def test_held_out_people_stand_in_where_there_is_no_control(shop: Tx, tmp_path: Path) -> None:
    uid = launched()
    cards = listed(uid, treated=60, control=0, holdout=60)
    bought(cards["holdout"], 0.5, "CHA-01", seed=4)
    found = seen(tmp_path)
    assert found.effect.against == "holdout"
    assert found.effect.arm("holdout").buyers > 20


def test_people_that_went_missing_silence_the_verdict(shop: Tx, tmp_path: Path) -> None:
    uid = launched()
    cards = listed(uid, treated=100, control=100, share=0.2)
    bought(cards["treated"], 0.9, "CHA-01", seed=1)
    assert seen(tmp_path).word == "mismatch"


def test_before_its_launch_and_before_its_first_day(shop: Tx, tmp_path: Path) -> None:
    with tx() as t:
        new = measuring.measure(measuring.placement("mail", "A"))
        measuring.drafted(t, new)
    assert seen(tmp_path).word == "not_launched"
    with tx() as t:
        later = measuring.measure(
            measuring.placement("mail", "A"), starts_on=measuring.LAST, ends_on=measuring.LAST
        )
        measuring.live(t, later)
        assert verdicts.verdict(t, 2, at=world.NOW).word == "not_begun"
        assert verdicts.verdict(t, 99, at=world.NOW) is None


def test_a_decision_needs_a_learning_and_both_stay(shop: Tx) -> None:
    """R-084: from a plan one sees the learnings that it builds on."""
    uid = launched()
    new = NewDecision(ids.new_id(), "widen", "常連の方は平日の朝に戻る", "保留群との差 +¥640")
    with tx() as t:
        for wrong, code in (
            (NewDecision(ids.new_id(), "widen", "  ", ""), "learning_missing"),
            (NewDecision(ids.new_id(), "louder", "学び", ""), "unknown_choice"),
        ):
            refused = verdicts.decide(t, uid, wrong, **BY)
            assert isinstance(refused, Refusal)
            assert refused.code == code
        verdicts.decide(t, uid, new, **BY)
        assert verdicts.decide(t, uid, new, **BY).repeated
        found = verdicts.verdict(t, 1, at=world.NOW, wait=False)
    assert [(one.kind, one.text, one.detail) for one in found.kept] == [
        ("decision", "保留群との差 +¥640", {"decision": "widen"}),
        ("learning", "常連の方は平日の朝に戻る", {"decision": "widen"}),
    ]
    with tx() as t:
        measures.draft(t, measuring.measure(title="次", builds_on=(1,)), **BY)
        following = verdicts.verdict(t, 2, at=world.NOW, wait=False)
    assert [(one.number, one.text) for one in following.builds_on] == [
        (1, "常連の方は平日の朝に戻る")
    ]


def test_cost_is_what_was_placed_and_what_was_added(shop: Tx) -> None:
    uid = launched()
    with tx() as t:
        measures.remark(t, uid, NewRemark(ids.new_id(), "cost", "切手代", cost_minor=840), **BY)
        assert verdicts.verdict(t, 1, at=world.NOW, wait=False).cost_minor == 3_840


def test_the_question_names_the_goods_of_the_measure(shop: Tx) -> None:
    sku = shop.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    launched(skus=(sku,))
    with tx() as t:
        asked = verdicts.verdict(t, 1, at=world.NOW, wait=False).asked
    assert asked.sku_ids == (sku,)
    assert effects.Asked.parse(asked.question.params) == asked


def test_a_coupon_from_a_mail_is_in_the_effect_and_who_got_none_is_counted(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """A frozen list, a sending, a coupon at the till, and somebody left alone who bought."""
    with tx() as t:
        world.open_shop(t, live=False)
        posting.open_post(t)
        coupons.put_kind(
            t, NewKind("minus", {"ja": "500円引", "en": "500 off"}, "amount", 500), **BY
        )
        records_ = posting.willing(t, 40)
        uid = posting.measure(t, coupon="minus")
        to = posting.frozen(t, uid, posting.persons(t, records_), control=0.4)
        posting.scheduled(t, uid, to)
        wish = NewCoupon(ids.new_id(), "minus", world.NOW, "MINUS-1")
        coupons.issue(t, [wish], **BY)
        keys = {arm: t.value(_SOMEBODY, [to.list_id, arm]) for arm in ("treated", "control")}
        t.execute(
            "UPDATE marketing_delivery SET coupon = 'MINUS-1', state = 'sent', opened_at = %s"
            " WHERE record_id = (SELECT id FROM customers_record WHERE source_key = %s)",
            [world.NOW, keys["treated"]],
        )
        two = ("CHA-01", 2)
        used = world.sale(
            two, total=2_092, coupons=("MINUS-1",), record_key=("ec", keys["treated"])
        )
        left_alone = world.sale(two, record_key=("ec", keys["control"]))
        sold = world.sold(t, used, left_alone)
    assert not [one for one in sold if isinstance(one, Refusal)], sold
    found = seen(tmp_path)
    treated, control = found.effect.arm("treated"), found.effect.arm("control")
    assert treated.profit_minor == pytest.approx(2_092 / 1.08 - 1_400)
    assert (control.buyers, control.profit_minor) == (1, pytest.approx(1_000))
    whole = sum(one.people for one in found.effect.arms)
    assert whole == 40
    assert (found.sides.sent, found.sides.opened) == (1, 1)
    assert (found.sides.coupons, found.sides.redeemed, found.sides.redeemed_minor) == (1, 1, 500)
    assert not found.effect.sample_ratio.mismatch


_SOMEBODY = """
SELECT r.source_key FROM marketing_target g JOIN customers_record r ON r.id = g.record_id
WHERE g.target_list_id = %s AND g.arm = %s ORDER BY g.person_id LIMIT 1
"""


def test_a_list_of_measures_orders_what_nobody_asked_for(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not waited for; the next look has it."""
    launched()
    with tx() as t:
        verdicts.verdict(t, 1, at=world.NOW, wait=False)
        assert t.value("SELECT count(*) FROM insight_question") == 0
    monkeypatch.setattr(queries, "analyst_is_there", lambda: True)
    with tx() as t:
        asked = verdicts.verdict(t, 1, at=world.NOW, wait=False).asked
        verdicts.verdict(t, 1, at=world.NOW, wait=False)
    assert shop.rows("SELECT metric, params FROM insight_question") == [
        (effects.METRIC, asked.question.params)
    ]
