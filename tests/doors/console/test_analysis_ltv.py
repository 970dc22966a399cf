"""LTV and forecast on its page, at home, on the list and with a person: one figure everywhere."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from goen.doors.console import ltv_words
from goen.doors.console.templatetags import goen as words
from goen.insight import analyst, forecast_queries, targets
from goen.insight.analyst import Analyst
from goen.insight.forecast_queries import Expected, Forecast
from goen.kit.db import tx
from goen.marketing import conditions
from goen.marketing.conditions import Conditions
from tests import world
from tests.conftest import FreshDatabase
from tests.doors.console.conftest import logged_in
from tests.insight.test_forecasts import open_shop, told

BROKEN = re.compile(r"\{\{|\{%|None|NaN|nan")


@pytest.fixture
def client(fresh_db: FreshDatabase, tmp_path: Path) -> Client:
    """A year of 90 people's sales and a goal, looked at by head office."""
    open_shop(told())
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        goal = {"month": date(2099, 1, 1), "value_minor": 123_456, "why": "試験"}
        assert targets.put(t, **goal, actor=world.ACTOR, recorded_at=world.NOW) is None
    return logged_in("hq")


def main_of(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return page[page.index("<main") :]


def test_one_expectation_stands_on_every_page(client: Client) -> None:
    """R-038, R-041, R-042: the stored figure, wherever it is shown, and the lists in its order."""
    with tx() as t:
        expected = forecast_queries.expected(t)
        equity = forecast_queries.equity(t)
        backtest = forecast_queries.backtest(t)
        people = [row[0] for row in t.rows("SELECT person_id FROM insight_forecast")]
        forecasts = forecast_queries.forecasts(t, people)
    assert isinstance(expected, Expected)
    assert equity is not None
    assert backtest is not None
    mean = words.money(round(expected.mean_minor))
    the_page_and_home(client, mean, equity, backtest)
    the_lists(client, forecasts)
    the_person(client, max(forecasts.values(), key=lambda one: one.profit_minor))


def the_page_and_home(client: Client, mean: str, equity, backtest) -> None:
    page, home = main_of(client, "/analysis/ltv"), main_of(client, "/")
    assert mean in page
    assert f"+{mean}" in home
    assert home.index("顧客LTV") < home.index("これから1年") < home.index("売上（2番手の数字")
    assert "目標 ¥123,456（2099/1末）" in home
    assert words.money(round(equity.bridge.new_minor)) in page
    assert backtest.title in page
    for trial in backtest.of(backtest.winner):
        assert words.full_date(trial.origin_on) in page
    ways = re.findall(r'href="(/(?:segments|measures)/new\?[^"]+)"', page)
    assert len(ways) == 2
    for way in ways:
        given = parse_qs(urlsplit(way.replace("&amp;", "&")).query)
        assert isinstance(conditions.parse(given["c"][0]), Conditions)
    for text in (page, home):
        assert not BROKEN.search(re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL))
    client.post("/look", {"language": "en"})
    assert "What to do from here" in main_of(client, "/analysis/ltv")
    client.post("/look", {"language": "ja"})


def the_lists(client: Client, forecasts: dict[int, Forecast]) -> None:
    by_value = [one.profit_minor for one in listed(client, "expected", forecasts)]
    assert by_value == sorted(by_value, reverse=True)
    assert len(by_value) == len(forecasts)
    at_risk = listed(client, "risk", forecasts)
    assert min(one.alive for one in at_risk) >= 0.1
    lost = [one.at_risk_minor for one in at_risk]
    assert lost == sorted(lost, reverse=True)
    assert len(at_risk) == sum(one.alive >= 0.1 for one in forecasts.values())


def listed(client: Client, order: str, forecasts: dict[int, Forecast]) -> list[Forecast]:
    file = client.get(f"/customers?order={order}&format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    for row in rows:
        found = forecasts[int(row["お客様番号"])]
        assert int(row["見込みの粗利"]) == found.profit_minor
        assert int(row["失いそうな価値"]) == round(found.at_risk_minor)
    page = main_of(client, f"/customers?order={order}")
    shown = [int(one) for one in re.findall(r'<th scope="row"><a href="/customers/(\d+)"', page)]
    ids = [int(row["お客様番号"]) for row in rows]
    assert shown == ids[:50]
    return [forecasts[one] for one in ids]


def the_person(client: Client, best: Forecast) -> None:
    page = main_of(client, f"/customers/{best.person_id}")
    assert words.money(best.profit_minor) in page
    assert words.money(best.profit_low_minor) in page
    assert ltv_words.person(best).still in page


def test_with_too_little_no_number_is_shown_but_what_is_missing(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    with tx() as t:
        world.open_shop(t, live=False)
        world.sold(t, world.sale(("KASHI-01", 1), member="G1040001"))
    client = logged_in("hq")
    assert "まだ、どなたかわかる購入がありません" in main_of(client, "/analysis/ltv")
    analyst.work_once(Analyst(tmp_path))
    page = main_of(client, "/analysis/ltv")
    assert "まだ見込みを出せません" in page
    assert "50人以上必要です。いまは1人です" in page
    assert "顧客資産" not in page
    assert "これから1年" not in main_of(client, "/")
    assert client.get("/customers?order=risk").status_code == 200


def forecast(**given: object) -> Forecast:
    values = {
        "person_id": 1, "alive": 0.9, "purchases": 0.83, "purchases_low": 0.0,
        "purchases_high": 2.0, "profit_minor": 900, "profit_low_minor": 0,
        "profit_high_minor": 2_000, "next_on": date(2026, 12, 3), "model": "bg_nbd",
    }  # fmt: skip
    return Forecast(**(values | given))


@pytest.mark.parametrize(
    ("given", "still", "advice"),
    [
        ({"alive": 1.0}, "これからも来てくださる方です（見込み99%）", "12/3ごろまでに"),
        ({"alive": 0.6, "next_on": None}, "足が遠のきかけている", "2回目のきっかけ"),
        ({"alive": 0.2}, "もういらっしゃらないかもしれません", "1回だけ"),
    ],
)
def test_a_person_s_outlook_is_said_in_words(given: dict, still: str, advice: str) -> None:
    found = ltv_words.person(forecast(**given))
    assert still in found.still
    assert advice in found.advice
    assert found.times == "0〜2回"
