"""Measures read: the register and its calendar (R-120), causes (R-084a), what is due (R-083)."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from goen.kit import clock, ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    axes_listing,
    calendar,
    causes,
    clashes,
    clashes_listing,
    measures,
    measures_due,
    measures_listing,
    queries,
)
from goen.marketing.causes import NewCause
from goen.marketing.measure import NewRemark, Noted
from goen.marketing.measures_listing import MeasuresAsked
from tests import world
from tests.marketing.measuring import (
    BY,
    FIRST,
    LAST,
    TODAY,
    axis,
    drafted,
    live,
    measure,
    placement,
)

ZONE = "Asia/Tokyo"


@pytest.fixture
def t(tx_db: None) -> Tx:
    world.open_shop(Tx())
    axis(Tx(), "A", "軽い")
    return Tx()


def sku(t: Tx, code: str = "CHA-01") -> int:
    return int(t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def found(t: Tx, **asked: Any) -> list[int]:
    rows, total = measures_listing.measures(t, MeasuresAsked(**asked), today=TODAY)
    assert total == len(rows)
    return sorted(row.number for row in rows)


def after(days: int) -> datetime:
    return world.NOW + timedelta(days=days)


def ended(t: Tx) -> UUID:
    """A measure whose last day was LAST."""
    uid = live(t, measure(placement("sns", "A")))
    at = datetime.combine(LAST, world.NOW.time(), world.NOW.tzinfo) + timedelta(days=1)
    assert uid in measures.end_due(t, actor=world.ACTOR, recorded_at=at)
    return uid


def test_a_measure_is_its_newest_version_with_all_it_costs(t: Tx) -> None:
    store = placement("store", "A", cost_minor=3_000, place="shibuya")
    uid = live(t, measure(placement("mail", "A"), store, skus=(sku(t),), expected_minor=9_000))
    note = NewRemark(ids.new_id(), "cost", "増刷", 500)
    measures.remark(t, uid, note, **BY)
    one = queries.measure(t, 1)
    assert one is not None
    assert one == queries.by_uid(t, uid)
    assert (one.channels, one.cost_minor, one.n) == (("mail", "store"), 3_500, 1)
    assert one.axes == {"A": {"ja": "軽い", "en": "A"}}
    assert one.placements[1].place_name == {"ja": "渋谷店", "en": "Shibuya"}
    assert queries.measure(t, 2) is None
    assert queries.titles(t, [1, 2]) == {1: "施策"}
    assert queries.numbers(t, [uid]) == {uid: (1, "施策")}


def test_versions_tell_what_changed_from_what_to_what(t: Tx) -> None:
    new = measure(placement("mail", "A"))
    drafted(t, new)
    for n, title in ((1, "二つめ"), (2, "三つめ")):
        changed = measures.NewMeasure(**{**_fields(new), "title": title, "placements": ()})
        measures.revise(t, changed, n=n, **BY)
    one = queries.measure(t, 1)
    assert one is not None
    newest, middle, first = queries.versions(t, one.id)
    assert (newest.n, dict(newest.changes)) == (3, {"title": ("二つめ", "三つめ")})
    assert dict(middle.changes) == {"title": ("施策", "二つめ")}
    assert first.changes["reason"] == (None, new.reason)


def _fields(new: measures.NewMeasure) -> dict[str, Any]:
    return {name: getattr(new, name) for name in new.__dataclass_fields__}


def test_the_list_finds_by_state_words_channel_product_place_and_days(t: Tx) -> None:
    days = {"starts_on": TODAY + timedelta(days=20), "ends_on": TODAY + timedelta(days=25)}
    live(t, measure(placement("sns", "A"), title="秋の便り", made_from="/products/1"))
    live(t, measure(placement("dm", "A", place="shibuya"), title="冬100%_の便り", **days))
    drafted(t, measure(placement("ad", None), title="下書き", kind="response", skus=(sku(t),)))
    measures.drop(t, drafted(t, measure(title="やめた")), **BY)
    assert found(t) == [1, 2, 3]
    by_state = measures_listing.by_state(t, MeasuresAsked(), today=TODAY)
    assert by_state == {"draft": 1, "waiting": 1, "live": 1, "ended": 0, "stopped": 0, "dropped": 1}
    assert [found(t, state=state) for state in by_state] == [[3], [2], [1], [], [], [4]]
    assert found(t, text="便り") == [1, 2]
    assert found(t, text="100%_") == [2]
    assert found(t, text="軽い") == [1, 2]
    assert found(t, text="施策3") == [3]
    assert found(t, channel="dm") == [2]
    assert found(t, kind="response") == [3]
    assert found(t, sku_id=sku(t)) == [3]
    place = int(t.value("SELECT id FROM places_place WHERE code = 'shibuya'"))
    assert found(t, place_id=place) == [2]
    assert found(t, first=TODAY + timedelta(days=15)) == [2]
    assert found(t, last=TODAY + timedelta(days=15)) == [1, 3]
    assert measures_listing.led_to_action(t) == (1, 3)


def test_the_calendar_shows_the_days_that_are_really_heard(t: Tx) -> None:
    one = placement("sns", "A", starts_on=FIRST + timedelta(days=2))
    uid = live(t, measure(one, placement("ad", "A"), skus=(sku(t),)))
    shown = calendar.between(t, FIRST, LAST, timezone=ZONE)
    assert [(s.channel, s.first_on, s.last_on, list(s.skus)) for s in shown] == [
        ("ad", FIRST, LAST, [sku(t)]), ("sns", FIRST + timedelta(days=2), LAST, [sku(t)]),
    ]  # fmt: skip
    measures.displace(t, one.uid, actor=world.ACTOR, recorded_at=after(4))
    measures.stop(t, uid, why="在庫", remark_uid=ids.new_id(), actor=world.ACTOR,
                  recorded_at=after(6))  # fmt: skip
    shown = calendar.between(t, FIRST, LAST, timezone=ZONE)
    assert [s.last_on for s in shown] == [TODAY + timedelta(days=6), TODAY + timedelta(days=4)]
    assert calendar.between(t, TODAY + timedelta(days=7), LAST, timezone=ZONE) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_calendar_holds_what_a_walk_through_its_days_finds(t: Tx, seed: int) -> None:
    draw = random.Random(seed)
    want: dict[date, set[UUID]] = {}
    for _ in range(4):
        one = placement("sns", "A", starts_on=FIRST + timedelta(days=draw.randrange(10)))
        uid = drafted(t, measure(one))
        if draw.random() < 0.3:
            measures.drop(t, uid, **BY)
            continue
        assert one.starts_on is not None
        day = one.starts_on
        while day <= LAST:
            want.setdefault(day, set()).add(one.uid)
            day += timedelta(days=1)
    for n in range(14):
        day = FIRST + timedelta(days=n)
        spans = calendar.between(t, day, day, timezone=ZONE)
        assert {span.uid for span in spans} == want.get(day, set())


def test_causes_from_inside_and_outside_stand_on_one_axis(t: Tx) -> None:
    live(t, measure(placement("sns", "A"), title="秋の便り"))
    drafted(t, measure(title="まだ始めていない"))
    snow = NewCause(
        ids.new_id(), "weather", "大雪", TODAY, TODAY + timedelta(days=1), "電車も止まる"
    )
    noted = causes.note(t, snow, **BY)
    assert isinstance(noted, Noted)
    assert causes.note(t, snow, **BY) == Noted(noted.id, repeated=True)
    shown = causes.between(t, TODAY, TODAY)
    assert {(one.kind, one.title, one.number) for one in shown} == {
        ("measure", "秋の便り", 1), ("weather", "大雪", None),
    }  # fmt: skip
    assert causes.between(t, LAST + timedelta(days=1), LAST + timedelta(days=9)) == []
    assert isinstance(causes.take_back(t, snow.uid, **BY), Noted)
    assert [one.kind for one in causes.between(t, TODAY, TODAY)] == ["measure"]
    assert t.value("SELECT count(*) FROM marketing_cause") == 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "mood"}, "unknown_choice", "kind"),
        ({"title": " "}, "text_missing", "title"),
        ({"title": "長" * 121}, "too_long", "title"),
        ({"last_on": TODAY - timedelta(days=1)}, "bad_period", "last_on"),
        ({"place": "nowhere"}, "unknown_place", "place"),
    ],
)
def test_a_cause_that_cannot_be_so_is_refused(
    t: Tx, change: dict[str, Any], code: str, field: str
) -> None:
    values = {"uid": ids.new_id(), "kind": "law", "title": "増税", "first_on": TODAY,
              "last_on": TODAY}  # fmt: skip
    answer = causes.note(t, NewCause(**(values | change)), **BY)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)
    assert t.value("SELECT count(*) FROM marketing_cause") == 0


def test_what_is_due_has_an_owner_and_a_day_and_is_done_in_time_or_not(t: Tx) -> None:
    uid = ended(t)
    learn_by = LAST + timedelta(days=28 + measures_due.DAYS_TO_LEARN)
    assert measures_due.due(t, today=LAST + timedelta(days=28)) == []
    (task,) = measures_due.due(t, today=LAST + timedelta(days=29))
    assert (task.task, task.owner, task.due_on, task.late) == (
        "learn", "system:test", learn_by, False,
    )  # fmt: skip
    (task,) = measures_due.due(t, today=learn_by + timedelta(days=1))
    assert task.late
    assert measures_due.kept(t, today=learn_by + timedelta(days=1)) == (1, 0)
    note = NewRemark(ids.new_id(), "learning", "朝がよい")
    measures.remark(t, uid, note, **BY)
    assert measures_due.due(t, today=learn_by + timedelta(days=1)) == []
    assert measures_due.kept(t, today=learn_by + timedelta(days=1)) == (1, 1)
    drafted(t, measure(starts_on=TODAY + timedelta(days=7), ends_on=LAST))
    assert [one.task for one in measures_due.due(t, today=TODAY)] == ["launch"]


def test_a_day_that_is_due_is_the_shop_s_own(t: Tx) -> None:
    """Stopped at eight in the morning in Tokyo, when Greenwich still has the day before."""
    uid = live(t, measure(placement("sns", "A")))
    morning = datetime.combine(TODAY + timedelta(days=2), time(8), clock.zone(ZONE))
    done = measures.stop(t, uid, why="在庫がなくなった", remark_uid=ids.new_id(),
                         actor=world.ACTOR, recorded_at=morning)  # fmt: skip
    assert not isinstance(done, Refusal)
    learn_by = morning.date() + timedelta(days=28 + measures_due.DAYS_TO_LEARN)
    (task,) = measures_due.due(t, today=learn_by)
    assert task.due_on == learn_by
    late = datetime.combine(learn_by + timedelta(days=1), time(8), clock.zone(ZONE))
    note = NewRemark(ids.new_id(), "learning", "数を先に確かめる")
    measures.remark(t, uid, note, actor=world.ACTOR, recorded_at=late)
    assert measures_due.kept(t, today=late.date()) == (1, 0)


def test_findings_are_listed_by_where_they_stand(t: Tx) -> None:
    axis(t, "B", "丈夫")
    live(t, measure(placement("sns", "A")))
    other = drafted(t, measure(placement("ad", "B")))
    measures.launch(t, other, **BY)
    (finding,) = clashes_listing.findings(t, today=TODAY, shown="open")
    assert finding.concerns_a_draft
    assert clashes_listing.waiting(t, today=TODAY) == 0  # nobody hears it yet
    until = TODAY + timedelta(days=3)
    clashes.accept(t, finding.id, why="年代別", until=until, **BY)
    measures.launch(t, other, **BY)
    assert clashes_listing.counts(t, today=until) == {"open": 0, "accepted": 1, "gone": 0}
    later = until + timedelta(days=1)
    assert clashes_listing.counts(t, today=later) == {"open": 1, "accepted": 0, "gone": 0}
    assert clashes_listing.waiting(t, today=later) == 1
    assert clashes_listing.counts(t, today=LAST + timedelta(days=1))["gone"] == 1
    assert clashes_listing.findings(t, today=TODAY, number=3) == []


def test_points_are_offered_while_they_hold_and_for_their_products(t: Tx) -> None:
    tea, bowl = sku(t), sku(t, "UTSUWA-01")
    axis(t, "over", valid_to=TODAY - timedelta(days=1))
    axis(t, "bowl", skus=(bowl,))
    usable = axes_listing.usable
    assert {one.code for one in usable(t, day=TODAY)} == {"A", "bowl"}
    assert {one.code for one in usable(t, day=TODAY, sku_ids=[tea])} == {"A"}
    live(t, measure(placement("sns", "A")))
    one = axes_listing.axis(t, "A")
    assert one is not None
    assert (one.measures, one.live, one.holds_on(TODAY)) == (1, 1, True)
