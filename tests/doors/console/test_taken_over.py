"""Pages of what was taken over: both counts, people alike, displays and flyers, the data's end."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from goen.doors import reconciled_words
from goen.insight import promoted
from goen.insight import queries as insight
from goen.insight.effect.changes import Estimate
from goen.insight.effect.matching import Balance
from goen.insight.effects_alike import Alike, Spans, WeekGap
from goen.insight.promoted import Promoted, PromotedWeek, Spell
from goen.kit.db import Tx
from goen.links import reconciling
from goen.links.reconciling import Compared
from tests.doors.console.conftest import person, sku_id
from tests.doors.console.test_measures_result import found, measure, read
from tests.world import NOW

__all__ = ["measure"]  # the fixture of that page, used here as it is there

FIRST = date(2026, 9, 7)
CLEAR = Estimate(400.0, 120.0, 680.0, 0.005, 280, 900)
UNCLEAR = Estimate(30.0, -250.0, 310.0, 0.8, 280, 900)
PLAIN = Estimate(6_504.0, 5_877.0, 7_132.0, 0.0, 300, 1_200)


def alike(**other: Any) -> Alike:
    weeks = tuple(
        WeekGap(FIRST + timedelta(days=7 * n), 900.0, 880.0, UNCLEAR) for n in range(-4, 4)
    )
    spans = Spans(FIRST - timedelta(days=84), FIRST - timedelta(days=28), FIRST, date(2026, 10, 4))
    known = (Balance("profit", 9_000, 9_100, 4_000, -0.02, 0.9),
             Balance("days_since", 6.0, 9.0, 21.0, -0.4, -1.7))  # fmt: skip
    made = Alike("list", 300, 1_200, spans, PLAIN, UNCLEAR, UNCLEAR, UNCLEAR,
                 FIRST - timedelta(days=28), UNCLEAR, known, weeks)  # fmt: skip
    return replace(made, **other)


def without_lots(shop: Tx, given: Alike) -> Any:
    return found(shop, plain=None, against="", channels=(), alike=given)


def test_what_matching_takes_away_is_said_and_nothing_is_called_proved(
    client: Client, shop: Tx, measure: Any
) -> None:
    """P-29: the plain difference stands beside what is left of it."""
    measure(without_lots(shop, alike()))
    page = read(client)
    assert "差があるとは言えません" in page
    assert "似た方と比べた変化は、お一人あたり +¥30（95%区間 −¥250〜¥310）" in page
    assert "ただの差は +¥6,504 ですが、選ばれた方はもともとよく買う方でした。" in page
    assert "くじではありません" in page
    assert "始まる前は、どれだけ似ていたか" in page
    assert "−0.40 まだ違う" in page
    english = read(client, "en")
    assert "proves no effect" in english
    assert "Of 300 treated, the 280 who have somebody alike are compared." in english


def test_a_clear_change_is_worded_with_care(client: Client, shop: Tx, measure: Any) -> None:
    measure(without_lots(shop, alike(changed=CLEAR)))
    page = read(client)
    assert "増えたようです（くじではありません）" in page
    assert "比べた280人の合計では +¥112,000" in page


def test_groups_that_moved_apart_before_are_not_judged(
    client: Client, shop: Tx, measure: Any
) -> None:
    measure(without_lots(shop, alike(changed=CLEAR, placebo=CLEAR)))
    page = read(client)
    assert "始まる前から動きが違い、判定できません" in page
    assert "上の差は施策の効果とは言えません" in page
    assert "増えたようです" not in page


def test_too_short_a_past_says_so(client: Client, shop: Tx, measure: Any) -> None:
    measure(without_lots(shop, Alike("list", 300, 0, why_not="no_history")))
    assert "始まる前のデータが28日分ないため、似た方と比べられません。" in read(client)


@pytest.fixture
def load(shop: Tx) -> int:
    shop.execute(
        "INSERT INTO links_load (uid, kind, file_name, sha256, mapping, preview, target, position,"
        " attempts, read, loaded, repeated, parked, state, actor, started_at, error) VALUES"
        " (gen_random_uuid(), 'completejourney', 'f', '', '{}', '{}', '', 0, 0, 0, 0, 0, 0,"
        " 'done', 'x', %s, '')",
        [NOW],
    )
    return int(shop.value("SELECT id FROM links_load"))


def test_both_counts_stand_beside_each_other(client: Client, shop: Tx, load: int) -> None:
    rows = [
        Compared("lines", 8, 5, (("product_unknown", 1), ("quantity_zero", 2))),
        Compared("stores", 457, 457),
    ]
    reconciling.keep(shop, load, rows, recorded_at=NOW)
    page = client.get("/reconciliation").content.decode()
    assert "すべての数が合っています。" in page
    assert "商品表にない商品です" in page
    lines = client.get("/reconciliation.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("明細の行,8,5,3,")
    assert lines[1].endswith(",0")
    reconciling.keep(shop, load, [Compared("stores", 457, 456)], recorded_at=NOW)
    page = client.get("/reconciliation", headers={"accept-language": "en"}).content.decode()
    assert "There is a difference nobody can explain." in page
    assert "1 unexplained" in page


def test_groups_lead_to_their_people_and_a_person_shows_theirs(client: Client, shop: Tx) -> None:
    people = [person(shop, f"G104000{n}") for n in (1, 2, 3)]
    for one, value in zip(people, ("35-44", "35-44", "65+"), strict=True):
        shop.execute(
            "INSERT INTO links_broughttrait (record_id, name, value)"
            " SELECT min(record_id), 'age', %s FROM report_person_of WHERE person_id = %s",
            [value, one],
        )
    page = client.get("/traits").content.decode()
    assert "年齢層" in page
    assert "66.7%" in page
    ids = quote(f"[{people[0]},{people[1]}]", safe="")
    assert f"%22person%22%2C%22ids%22%3A{ids}" in page
    assert "元のシステムが知っていること" in client.get(f"/customers/{people[0]}").content.decode()


def test_without_any_nothing_is_invented(client: Client, shop: Tx) -> None:
    assert "属性はまだありません" in client.get("/traits").content.decode()
    page = client.get(f"/customers/{person(shop, 'G1040001')}").content.decode()
    assert "元のシステムが知っていること" not in page


def test_nothing_counted_says_what_to_do(client: Client) -> None:
    assert "突き合わせはまだありません" in client.get("/reconciliation").content.decode()


def test_every_subject_and_reason_has_words_in_both_languages() -> None:
    for words in (*reconciled_words.SUBJECTS.values(), *reconciled_words.REASONS.values()):
        assert all(words)


def test_weeks_with_and_without_are_told_but_not_as_an_effect(
    client: Client, shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = sku_id(shop, "CHA-01")
    monkeypatch.setattr(promoted, "is_told", lambda: True)
    told = Promoted(
        3,
        (Spell("display", 10, 50, 9_000), Spell("neither", 100, 100, 20_000)),
        (PromotedWeek(FIRST, FIRST + timedelta(days=6), 2, 0, 12),),
    )
    monkeypatch.setattr(promoted, "promoted", lambda *_: (told, NOW))
    page = client.get(f"/products/{which}/promoted").content.decode()
    assert "くじではありません" in page
    assert "5.0倍" in page
    assert f"{FIRST.year}" in page
    lines = client.get(f"/products/{which}/promoted.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1] == f"{FIRST},{FIRST + timedelta(days=6)},2,0,12"
    monkeypatch.setattr(promoted, "promoted", lambda *_: None)
    assert "数えています" in client.get(f"/products/{which}/promoted").content.decode()
    monkeypatch.setattr(promoted, "promoted", lambda *_: (None, NOW))
    assert (
        "売り場にもチラシにも出ていません"
        in client.get(f"/products/{which}/promoted").content.decode()
    )


def test_a_shop_whose_data_ended_says_until_when(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Old:
        class period:  # noqa: N801
            last_on = date(2017, 12, 31)

    cache.clear()
    try:
        from goen.doors.console import data_until

        monkeypatch.setattr(insight, "ltv", lambda _: Old)
        assert data_until.sentence().startswith("データは2017年12月31日まで")
        cache.clear()
        Old.period.last_on = date.today() - timedelta(days=3)  # noqa: DTZ011
        assert data_until.sentence() == ""
    finally:
        cache.clear()
