"""The page of a measure's result: words that say no more than the interval does."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goen.insight import effects
from goen.insight.effect.arms import arm
from goen.insight.effect.balance import sample_ratio
from goen.insight.effect.measuring import measured
from goen.insight.effects import (
    ArmResult,
    BeforeAfter,
    ChannelResult,
    Effect,
    GoodsBeforeAfter,
    PersonResult,
)
from goen.kit import clock
from goen.kit.db import Tx
from goen.marketing import measures
from tests.doors.console.conftest import logged_in, person
from tests.marketing import measuring
from tests.world import NOW

GOODS = GoodsBeforeAfter(12_000.0, 15_000.0, 40, 52)


def found(
    shop: Tx, *, more: float = 640.0, n: int = 300, final: bool = True, **other: Any
) -> Effect:
    """An effect of `more` yen a person on `n` treated, with n // 3 to compare with."""
    few = n // 3
    base = [0.0, 800.0, 2_400.0, 400.0] * n
    arms = [arm("control", base[:few]), arm("treated", [one + more for one in base[:n]])]
    reading = measured(arms, control="control", planned_people=n + few, cautious=True)
    one = reading.comparisons[0].plain
    people = (
        PersonResult(person(shop, "G1040002"), "treated", 4_800.0, 900.0, 3),
        PersonResult(person(shop, "G1040003"), "control", 2_400.0, 2_000.0, 1),
    )
    made = Effect(
        before_on=NOW.date() - timedelta(days=28),
        until=NOW.date(),
        elapsed=1.0,
        is_final=final,
        currency="JPY",
        arms=(ArmResult("treated", n, n // 2, n, n * 1_540.0, n * 900.0),
              ArmResult("control", few, few // 2, few, few * 900.0, few * 880.0)),
        against="control",
        plain=one,
        cuped=None,
        reduction=0.32,
        holdout=None,
        channels=tuple(ChannelResult(kind, 900.0, 500.0, one) for kind in ("store", "ec")),
        before_after=None,
        goods=GOODS,
        sample_ratio=sample_ratio({"treated": n, "control": few}, {"treated": 3, "control": 1}),
        conflicts=0,
        people=people,
    )  # fmt: skip
    return replace(made, **other)


@pytest.fixture
def measure(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Measure 1 is live; a test says what was found of it."""
    measuring.axis(shop, "A")
    spoken = measuring.placement("mail", "A", cost_minor=30_000)
    measuring.live(shop, measuring.measure(spoken, title="常連の方へ新茶のご案内"))
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def plant(effect: Effect | None) -> None:
        answer = None if effect is None else (effect, NOW)
        monkeypatch.setattr(effects, "effect", lambda *_, **__: answer)

    return plant


def read(client: Client, language: str = "ja") -> str:
    page = client.get("/measures/1/result", headers={"accept-language": language})
    assert page.status_code == 200
    text = page.content.decode().replace("\u2060", "")
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_it_worked_in_words_money_and_people(client: Client, shop: Tx, measure: Any) -> None:
    measure(found(shop))
    page = read(client)
    assert "増えました" in page
    assert "送らなかった方との差は、お一人あたり +¥640（95%区間 ¥4" in page
    assert "全体で増えた粗利 +¥192,000" in page
    assert "かかった費用 ¥30,000" in page
    assert "費用を引くと +¥162,000" in page
    assert "石川 美咲 様" in page
    assert "届けた方と比べる方の人数の割合は、予定どおりです。" in page
    assert "たまたまの差を32.0%減らしています" in page


def test_no_difference_is_not_called_no_effect(client: Client, shop: Tx, measure: Any) -> None:
    measure(found(shop, more=40.0))
    page = read(client)
    assert "差があるとは言えません" in page
    assert re.search(r"この差を確かめるには、およそ[\d,]+人が必要です。", page)
    assert "増えました" not in page
    english = read(client, "en")
    assert "No difference can be claimed" in english
    assert re.search(r"About [\d,]+ people would be needed", english)


def test_while_it_runs_the_wider_interval_is_shown_and_called_so(
    client: Client, shop: Tx, measure: Any
) -> None:
    measure(found(shop, final=False))
    running = read(client)
    measure(found(shop))
    assert "途中経過" in running
    assert "途中経過" not in read(client)


@pytest.mark.parametrize(
    ("other", "head", "said"),
    [
        ({"plain": None, "against": "", "channels": (),
          "before_after": BeforeAfter(300, 900.0, 1_540.0, 500.0, 780.0)},
         "対照群なしの比較", "施策の効果ではありません"),
        ({"plain": None, "against": "", "arms": (), "channels": (), "people": ()},
         "宛先のリストがありません", "粗利 ¥15,000・52点"),
        ({"sample_ratio": sample_ratio({"treated": 300, "control": 200})},
         "人数の割合が予定と違います", "原因が分かるまで"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_not(
    client: Client, shop: Tx, measure: Any, other: dict[str, Any], head: str, said: str
) -> None:
    measure(found(shop, **other))
    page = read(client)
    assert head in page
    assert said in page
    assert "増えました" not in page
    assert "お一人あたりの粗利の差" not in page


def test_too_early_shows_no_difference(client: Client, shop: Tx, measure: Any) -> None:
    measure(found(shop, n=60, final=False))
    page = read(client)
    assert "判定にはまだ早すぎます" in page
    assert "全体で増えた粗利" not in page


def test_few_people_are_counted_only(client: Client, shop: Tx, measure: Any) -> None:
    measure(found(shop, n=24))
    page = read(client)
    assert "どちらかの群が10人未満です" in page
    assert "全体で増えた粗利" not in page


def test_before_the_first_answer_it_says_that_it_counts(
    client: Client, shop: Tx, measure: Any
) -> None:
    measure(None)
    assert "数えています" in read(client)
    assert client.get("/measures/99/result").status_code == 404


def test_a_draft_says_what_is_missing(client: Client, shop: Tx) -> None:
    measuring.axis(shop, "A")
    measuring.drafted(shop, measuring.measure(measuring.placement("mail", "A")))
    assert "まだ始まっていません" in read(client)


def test_a_decision_without_a_learning_keeps_what_was_typed(
    client: Client, shop: Tx, measure: Any
) -> None:
    """R-084: and with one, both stay on the page and lead to the next measure."""
    measure(found(shop))
    address = "/measures/1/result/decide"
    client.post(address, {"decision": "widen", "learning": " "})
    assert "学びを入力してください" in read(client)
    client.post(address, {"decision": "widen", "learning": "平日の朝に戻る方が多い"})
    page = client.get("/measures/1/result").content.decode().replace("\u2060", "")
    assert "平日の朝に戻る方が多い" in page
    assert "広げる: 送らなかった方との差は、お一人あたり +¥640" in page
    assert "/measures/new?builds_on=1" in page


def test_a_store_reads_and_decides_nothing(shop: Tx, measure: Any) -> None:
    measure(found(shop))
    store = logged_in("store")
    assert "広げる" not in read(store)
    given = {"decision": "stop", "learning": "だめ"}
    answer = store.post("/measures/1/result/decide", given)
    assert (answer.status_code, "本部・販促担当・運用担当" in answer.content.decode()) == (
        403,
        True,
    )
    uid = shop.value("SELECT uid FROM marketing_measure WHERE number = 1")
    assert shop.value("SELECT count(*) FROM marketing_remark") == 0
    assert measures.lacks(shop, uid, at=NOW)


def test_those_who_bought_as_a_file(client: Client, shop: Tx, measure: Any) -> None:
    measure(found(shop))
    lines = client.get("/measures/1/result.csv").content.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("お客様番号,お名前,群,")
    assert lines[1].endswith("石川 美咲,届けた方,4800,900,3")
    assert len(lines) == 4


def test_names_are_masked_for_those_who_need_none(shop: Tx, measure: Any) -> None:
    measure(found(shop))
    assert "美咲" not in read(logged_in("operations"))
