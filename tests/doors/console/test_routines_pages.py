"""Pages of routines: begun and done with one press, and what was missed is red (R-083)."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from goen.doors.console import routines_words
from goen.kit import clock
from goen.kit.db import Tx
from goen.marketing import routines_making, routines_reading
from goen.marketing.routines import PAGES, STATES
from goen.places.models import Staff
from tests.marketing import routine
from tests.marketing.routine import MONDAY, after, begun, tasks, weekly

LIST = "/routines"
DAY = timedelta(days=1)
Now = Callable[[int], None]
WHOLE = {"title": "週の見直し", "text": "上から見る", "when": "week:2", "moves": "1", "days": "2",
         "owner": "role:marketer", "page": "tasks"}  # fmt: skip


@pytest.fixture
def now(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> Now:
    """The shop's people, and a clock that a test sets to so many days after a Monday."""
    routine.hire(shop)

    def put(days: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: after(days))
        routines_making.make_due(shop, at=after(days))

    put(0)
    return put


def as_(code: str) -> Client:
    """A browser of a member of staff."""
    browser = Client(headers={"accept-language": "ja"}, SERVER_NAME="127.0.0.1")
    staff = Staff.objects.get(code=code)
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def rows(client: Client, address: str) -> list[list[str]]:
    text = client.get(address).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_an_empty_shop_begins_a_ready_one_with_one_press_and_once(shop: Tx, now: Now) -> None:
    client = as_("m1")
    found = page(client, LIST)
    assert "まだ定例の仕事がありません" in found
    assert found.count("これを始める") == 7
    uid = re.search(r'name="uid" value="([^"]+)"', found)
    assert uid is not None
    for _ in range(2):
        answer = client.post(f"{LIST}/new", {"template": "next-steps", "uid": uid[1]})
        assert answer.headers["Location"] == f"{LIST}/{uid[1]}"
    (one,) = routines_reading.routines(shop)
    assert one.newest.new.page == "next_steps"
    found = page(client, LIST)
    assert found.count("これを始める") == 6
    assert "あなたの仕事" in found
    assert "次の一手がない方を開く" in found


def test_a_routine_is_written_changed_paused_and_ended_by_forms(shop: Tx, now: Now) -> None:
    client = as_("m1")
    wrong = client.post(f"{LIST}/new", {**WHOLE, "days": "9"})
    assert wrong.status_code == 422
    assert "週の見直し" in wrong.content.decode(), "what was typed is kept"
    for owner in ("", "staff:x", "role:king", "staff:99999"):
        assert client.post(f"{LIST}/new", {**WHOLE, "owner": owner}).status_code == 422
    for when in ("", "year:1", "week:9", "month:32", "week:x"):
        assert client.post(f"{LIST}/new", {**WHOLE, "when": when}).status_code == 422
    at = client.post(f"{LIST}/new", WHOLE).headers["Location"]
    uid = UUID(at.rpartition("/")[2])
    assert "2026年11月18日（水）の回" in page(client, at)
    now(2)
    client = as_("m1")  # whose session of two days ago is over
    found = page(client, f"{at}/edit")
    assert '<option value="role:marketer" selected>' in found
    assert '<option value="week:2" selected>' in found
    changed = {**WHOLE, "when": "month:31", "owner": "places:store", "days": "5"}
    assert client.post(f"{at}/edit", changed).status_code == 302
    found = page(client, at)
    assert "いまの回は、変える前のまま" in found
    assert "毎月末日" in found
    assert [one.newest.n for one in routines_reading.routines(shop)] == [2]
    assert client.post(f"{at}/edit", {**changed, "title": ""}).status_code == 422
    client.post(f"{at}/act", {"do": "pause", "why": "改装"})
    assert "改装" in page(client, at)
    client.post(f"{at}/act", {"do": "resume"})
    client.post(f"{at}/act", {"do": "end", "why": ""})
    assert routine.shown(shop, uid).state == "running"
    client.post(f"{at}/act", {"do": "end", "why": "やめる"})
    found = page(client, at)
    assert "終わりました" in found
    assert f"{at}/edit" not in found


def test_one_press_closes_a_task_and_the_figure_of_then_stays(shop: Tx, now: Now) -> None:
    uid = begun(shop, weekly(page="tasks"))
    (one,) = tasks(shop, uid, MONDAY)
    client = as_("m1")
    home = page(client, "/")
    assert "あなたの定例の仕事" in home
    assert f"{LIST}/tasks/{one.uid}" in home
    answer = client.post(f"{LIST}/tasks/{one.uid}", {"do": "do", "back": "/"})
    assert answer.headers["Location"] == "/"
    found = page(client, "/")
    assert "済みにしました" in found
    assert "あなたの定例の仕事" not in found
    assert "お願い0件" in page(client, f"{LIST}/{uid}")
    client.post(f"{LIST}/tasks/{one.uid}", {"do": "undo", "back": f"{LIST}/{uid}"})
    assert tasks(shop, uid, MONDAY)[0].state == "open"
    client.post(f"{LIST}/tasks/{one.uid}", {"do": "excuse", "note": ""})
    assert tasks(shop, uid, MONDAY)[0].state == "open"
    client.post(f"{LIST}/tasks/{one.uid}", {"do": "excuse", "note": "休業日"})
    assert "休業日" in page(client, f"{LIST}/{uid}")


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "x", ""])
def test_a_press_leads_back_into_the_shop_only(shop: Tx, now: Now, back: str) -> None:
    (one,) = tasks(shop, begun(shop, weekly()), MONDAY)
    answer = as_("m1").post(f"{LIST}/tasks/{one.uid}", {"do": "do", "back": back})
    assert answer.headers["Location"] == LIST


def test_what_was_missed_is_red_for_its_owner_and_for_head_office(shop: Tx, now: Now) -> None:
    uid = begun(shop, weekly(days=1))
    now(3)
    for who, where in (("m1", LIST), ("m1", "/"), ("st01", LIST), ("st01", "/"), ("s1", LIST)):
        found = page(as_(who), where)
        assert "chip-bad" in found, (who, where)
        assert "期限" in found
    assert "期限切れ 2日" in page(as_("m1"), "/")
    assert "定例の仕事の期限切れ" in page(as_("st01"), "/")
    assert "定例の仕事の期限切れ" not in page(as_("m1"), "/")
    found = page(as_("s1"), LIST)
    assert "ほかの担当の期限切れ" in found
    assert "/routines/tasks/" not in found, "no button where it is not theirs"
    (one,) = tasks(shop, uid, MONDAY + 3 * DAY)
    as_("s1").post(f"{LIST}/tasks/{one.uid}", {"do": "do"})
    assert tasks(shop, uid, MONDAY + 3 * DAY)[0].state == "missed"
    as_("st01").post(f"{LIST}/tasks/{one.uid}", {"do": "do", "note": "代わりに"})
    assert tasks(shop, uid, MONDAY + 3 * DAY)[0].state == "late"
    assert "定例の仕事の期限切れ" not in page(as_("st01"), "/")


def test_files_have_each_owner_and_each_turn(shop: Tx, now: Now) -> None:
    uid = begun(shop, weekly(owner="places", role="store", days=1))
    (first, _) = tasks(shop, uid, MONDAY)
    as_("s1").post(f"{LIST}/tasks/{first.uid}", {"do": "do", "note": "=済"})
    now(8)
    head, *lines = rows(as_("st01"), f"{LIST}.csv")
    assert len(head) == 13
    assert [(line[3], *line[4:]) for line in lines] == [
        ("全体", "2", "1", "0", "1", "0", "2", "0.5", "0.0", "0.5"),
        ("渋谷店・店舗", "2", "1", "0", "0", "0", "1", "1.0", "0.0", "0.0"),
        ("吉祥寺店・店舗", "2", "0", "0", "1", "0", "1", "0.0", "0.0", "1.0"),
    ]
    _, *lines = rows(as_("st01"), f"{LIST}/{uid}.csv")
    assert [(line[0], line[2], line[5]) for line in lines] == [
        ("2026-11-23", "渋谷店・店舗", "これから"),
        ("2026-11-23", "吉祥寺店・店舗", "これから"),
        ("2026-11-16", "渋谷店・店舗", "期限内に済み"),
        ("2026-11-16", "吉祥寺店・店舗", "期限切れ"),
    ]
    assert lines[2][8] == "'=済"
    found = page(as_("st01"), LIST)
    assert "担当ごと" in found
    assert "担当ごと" not in page(as_("s1"), LIST)


def test_turns_of_years_are_paged(shop: Tx, now: Now) -> None:
    uid = begun(shop, weekly())
    now(7 * 55)
    first, second = (page(as_("st01"), f"{LIST}/{uid}{at}") for at in ("", "?start=50"))
    assert first.count('<tr><th scope="row">2') == 50
    assert second.count('<tr><th scope="row">2') == 6
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def test_every_page_and_every_state_has_words() -> None:
    assert set(routines_words.PAGES) == {one for one in PAGES if one}
    for known in (routines_words.TURNS, routines_words.MARKS):
        assert set(known) == set(STATES)


def test_every_page_a_routine_leads_to_is_there(shop: Tx, now: Now) -> None:
    client = as_("st01")
    for href, *_ in routines_words.PAGES.values():
        assert client.get(href).status_code == 200, href


def test_a_store_s_task_leads_to_what_is_its_own(shop: Tx, now: Now) -> None:
    begun(shop, weekly(owner="places", role="store", page="exceptions"))
    for who, place in (("s1", "shibuya"), ("k1", "kichijoji")):
        found = page(as_(who), "/")
        assert f'href="/orders/exceptions?place={place}"' in found
        assert found.count("/orders/exceptions?place=") == 1


def test_in_english_and_where_there_is_no_such_routine(shop: Tx, now: Now) -> None:
    uid = begun(shop, weekly(days=1, owner="places", role="store"))
    now(8)
    client = as_("st01")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    found = page(client, LIST)
    assert "2 tasks are overdue" in found
    assert "every Monday, within 1 day" in found
    assert "Shibuya, Store" in page(client, f"{LIST}/{uid}")
    assert "Begin with a ready one" in found
    assert client.get(f"{LIST}/{UUID(int=7)}").status_code == 404
    assert client.get(f"{LIST}/{UUID(int=7)}/edit").status_code == 404
    assert client.post(f"{LIST}/{UUID(int=7)}/act", {"do": "pause"}).status_code == 404
