"""The analyses: their pages say what is stored, lead to people and measures, and keep a goal."""

import re
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from goen.insight import analyst, ranked, targets
from goen.insight.analyst import Analyst
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.marketing import conditions
from goen.marketing.conditions import Conditions
from tests import world
from tests.conftest import FreshDatabase
from tests.doors.console.conftest import logged_in
from tests.insight.test_analyses import some_sales

PAGES = ("", "/people", "/second", "/stores", "/stores?by=served", "/known", "/lapsing")
BROKEN = re.compile(r"\{\{|\{%|None|NaN")


@pytest.fixture
def shop_of_sales(fresh_db: FreshDatabase, tmp_path: Path) -> Client:
    """A shop with ten months of sales, the last two without its best customer."""
    told = [
        sale
        for sale, who in some_sales(1)
        if who != world.PEOPLE[0][0] or (world.NOW - sale.occurred_at).days > 60
    ]
    with tx() as t:
        world.open_shop(t, live=False)
        world.sold(t, *told)
    analyst.work_once(Analyst(tmp_path))
    return logged_in("hq")


def test_every_page_shows_figures_in_both_languages(shop_of_sales: Client) -> None:
    """And every way to people or a measure carries conditions that are understood."""
    for language in ("ja", "en"):
        shop_of_sales.post("/look", {"language": language})
        for path in PAGES:
            page = shop_of_sales.get(f"/analysis{path}").content.decode()
            main = page[page.index("<main") :]
            assert not BROKEN.search(main), path
            ways = re.findall(r'href="(/(?:segments|measures)/new\?[^"]+)"', main)
            assert ways or path in {"", "/known"}, path
            for way in ways:
                given = parse_qs(urlsplit(way.replace("&amp;", "&")).query)
                assert isinstance(conditions.parse(given["c"][0]), Conditions), way
    with tx() as t:
        _, late, _ = ranked.late(t)
    assert late > 0
    assert f"{late} people" in shop_of_sales.get("/analysis/lapsing").content.decode()


def test_what_the_pages_show_is_a_file_too(shop_of_sales: Client) -> None:
    tenths = shop_of_sales.get("/analysis/people?format=csv").content.decode("utf-8-sig")
    assert len(tenths.splitlines()) == 1 + len(world.PEOPLE)
    for path in PAGES[2:]:
        mark = "&" if "?" in path else "?"
        file = shop_of_sales.get(f"/analysis{path}{mark}format=csv")
        assert file.headers["Content-Type"].startswith("text/csv"), path
        assert len(file.content.decode("utf-8-sig").splitlines()) >= 1
    seen = Tx().value("SELECT count(*) FROM kit_trail WHERE subject = 'late customers'")
    assert seen == 1


def test_an_empty_shop_is_told_what_to_do(client: Client) -> None:
    for path in PAGES:
        page = client.get(f"/analysis{path}").content.decode()
        assert "まだ、どなたかわかる購入がありません" in page, path
        assert 'href="/loads"' in page


def test_a_goal_is_kept_with_its_reason_and_never_overwritten(client: Client) -> None:
    """R-038: the goal is on lifetime value; the newest holds, the older stays on record."""
    month = clock.now().date().isoformat()[:7]
    goal = {"month": month, "value": "21,000", "why": "去年の伸びが続くと"}
    assert client.post("/analysis/goal", goal).status_code == 302
    assert client.post("/analysis/goal", goal | {"value": "20000"}).status_code == 302
    (current,) = targets.current(Tx())
    assert (current.value_minor, current.month) == (20_000, date.fromisoformat(f"{month}-01"))
    assert [one.value_minor for one in targets.history(Tx())] == [20_000, 21_000]
    page = client.get("/analysis").content.decode()
    assert "¥20,000" in page
    assert "これまでの目標 2件" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"why": " "}, "why"),
        ({"value": "abc"}, "value"),
        ({"value": "0"}, "value"),
        ({"month": "2020-01"}, "month"),
    ],
)
def test_a_goal_without_sense_is_refused(client: Client, wrong: dict, field: str) -> None:
    goal = {"month": clock.now().date().isoformat()[:7], "value": "20000", "why": "計画"}
    response = client.post("/analysis/goal", goal | wrong)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert targets.history(Tx()) == []
    assert client.post("/analysis/goal", goal).status_code == 302


def test_who_runs_the_till_sets_no_goal(client: Client) -> None:
    staff = logged_in("store")
    goal = {"month": clock.now().date().isoformat()[:7], "value": "20000", "why": "計画"}
    assert staff.post("/analysis/goal", goal).status_code == 403
    assert targets.history(Tx()) == []
