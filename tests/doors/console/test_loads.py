"""An owner's own file, handed in by browser: other column names, cp932, no code (R-137)."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from goen.kit import clock
from goen.kit.db import tx
from goen.places import masters as places
from goen.places.masters import NewStaff
from tests.conftest import FreshDatabase
from tests.links.files import delimited
from tests.world import ACTOR

ODD = [
    ["いつ", "どなた", "なにを", "いくつ", "もらったお金", "控え"],
    ["2026/11/01", "A001", "ほうじ茶", "2", "1,080", "a"],
    ["2026/11/02", "A001", "最中", "1", "540", "b"],
    ["2026/11/03", "", "最中", "1", "540", "c"],
    ["2026/11/04", "B-7", "最中", "0", "540", "d"],
]


@pytest.fixture
def working(serving: str, fresh_db: FreshDatabase) -> Iterator[str]:
    """The shop's pages and its worker; an owner who may load files, and a shop assistant."""
    with ThreadPoolExecutor(1) as aside:  # Django keeps out of a thread that drives a browser
        aside.submit(_hire).result()
    command = [sys.executable, "-m", "goen.doors.cli.main", "worker"]
    with subprocess.Popen(command, env=fresh_db.environment()) as worker:
        yield serving
        worker.terminate()


def _hire() -> None:
    with tx() as t:
        for login, role in (("owner", "hq"), ("clerk", "store")):
            new = NewStaff(login, login, {"ja": login, "en": login}, role, password="open-sesame-7")
            places.put_staff(t, new, actor=ACTOR, recorded_at=clock.now())
    connections.close_all()


def _enter(browser: Any, address: str, login: str, **context: Any) -> Any:
    page = browser.new_context(locale="ja-JP", **context).new_page()
    page.goto(f"{address}/login?next=/loads")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", "open-sesame-7")
    page.click("button.btn-primary")
    page.wait_for_url(f"{address}/loads")
    return page


@pytest.mark.browser
def test_a_cp932_file_with_other_column_names_is_mapped(
    working: str, fresh_db: FreshDatabase, browser: Any, tmp_path: Path
) -> None:
    page = _enter(browser, working, "owner")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.set_input_files("#file", delimited(tmp_path / "うりあげ.csv", ODD))
    page.get_by_role("button", name="中身を見る").click()
    page.get_by_role("heading", name="列の対応").wait_for()

    page.select_option("#column-date", "いつ")
    page.select_option("#column-product_name", "なにを")
    page.select_option("#column-quantity", "いくつ")
    page.select_option("#column-amount", "もらったお金")
    page.select_option("#column-customer", "どなた")
    page.get_by_role("button", name="この対応で数え直す").click()
    page.get_by_text("1行は取り込めません").wait_for()
    assert page.locator("th.is-used").count() == 5
    assert _rows(fresh_db) == []  # looked at, and nothing is in the books

    page.get_by_role("button", name="3行を取り込む").click()
    page.get_by_text("原価の列がないので、粗利率を入れてください").first.wait_for()
    assert page.locator("#column-customer").input_value() == "どなた"
    page.fill("#margin", "35")
    page.get_by_role("button", name="3行を取り込む").click()
    page.get_by_text("取り込みが終わりました").wait_for(timeout=20_000)
    assert _rows(fresh_db) == [(1080, True), (540, True), (540, False)]

    with page.expect_download() as download:
        page.get_by_role("link", name="CSVで受け取る").click()
    parked = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert parked.splitlines()[1].startswith("5,数量,数量が0です。")
    assert [line for line in said if "422" not in line] == []


def _rows(base: FreshDatabase) -> list[tuple[int, bool]]:
    sql = "SELECT total_minor, record_id IS NOT NULL FROM orders_order ORDER BY occurred_at"
    with base.connect() as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.browser
def test_the_page_fits_a_telephone_and_only_head_office_loads(
    working: str, browser: Any, tmp_path: Path
) -> None:
    page = _enter(browser, working, "owner", viewport={"width": 390, "height": 844})
    page.set_input_files("#file", delimited(tmp_path / "x.csv", ODD))
    page.get_by_role("button", name="中身を見る").click()
    page.get_by_role("heading", name="列の対応").wait_for()
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room
    clerk = _enter(browser, working, "clerk")
    clerk.get_by_text("この操作の権利がありません").first.wait_for()
    assert clerk.locator("#file").count() == 0
    assert clerk.goto(page.url).status == 403
