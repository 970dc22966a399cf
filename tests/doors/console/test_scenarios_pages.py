"""Pages of scenarios: from a template to its people, by forms and buttons alone (R-082)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from goen.kit import clock, settings
from goen.kit.db import Tx
from goen.marketing import scenarios_entering, scenarios_reading, scenarios_walking
from goen.marketing.scenarios_loading import read
from tests import world
from tests.doors.console.conftest import logged_in
from tests.marketing import posting, scenes
from tests.marketing.measuring import BY
from tests.marketing.scenes import step

LIST = "/measures/scenarios"


@pytest.fixture
def client(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Head office, on the day the little shop lives in."""
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    posting.open_post(shop)
    scenes.nobody_held_out(shop)
    return logged_in("hq")


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def file_of(client: Client, address: str, **how: Any) -> list[str]:
    """The lines of a file, read to its end."""
    answer = client.get(address, **how)
    assert isinstance(answer, StreamingHttpResponse)
    content = answer.streaming_content
    assert isinstance(content, Iterator)
    return b"".join(content).decode("utf-8-sig").splitlines()


def new(client: Client, template: str) -> int:
    answer = client.post(f"{LIST}/new", {"template": template})
    assert answer.status_code == 302
    return int(answer.headers["Location"].rpartition("/")[2])


def test_without_scenarios_the_list_offers_templates(client: Client) -> None:
    found = page(client, LIST)
    assert "まだシナリオがありません" in found
    assert found.count("これで作る") == 5


@pytest.mark.parametrize("template", ["second", "lapsed", "birthday", "considered", "points"])
def test_each_template_lacks_only_what_the_shop_has_to_say(client: Client, template: str) -> None:
    """The reason is a hypothesis; without evidence of its own nothing begins."""
    number = new(client, template)
    found = page(client, f"{LIST}/{number}")
    assert "始める前に必要なこと" in found
    assert "根拠" in found
    assert "このシナリオを始める" not in found
    client.post(f"{LIST}/{number}/act", {"do": "begin"})
    one = read(Tx(), number)
    assert one is not None
    assert one.state == "draft"
    lacks = re.findall(
        r'<li><a href="([^"]+)"', found[found.index("始める前") : found.index("流れ")]
    )
    assert lacks == [f"/measures/{number}/edit#evidence"]


def test_a_flow_is_built_by_forms_begun_and_watched(client: Client, shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 2))
    number = scenes.drafted(shop, [], measure=scenes.among(who))
    at = f"{LIST}/{number}"
    client.post(f"{at}/edit", {
        "trigger": "conditions", "days": "7", "exit_when": "bought", "priority": "10",
        "reentry_days": "", "patience_days": "14", "from_hour": "9", "until_hour": "20",
        "segment": "",
    })  # fmt: skip
    wrong = client.post(f"{at}/steps/new?kind=mail", {"name": "", "subject": "", "text": "本文"})
    assert wrong.status_code == 422
    assert "本文" in wrong.content.decode(), "what was typed is kept"
    for kind, said in (
        ("task", {"title": "お電話", "days": "3"}),
        ("mail", {"subject": "お知らせ", "text": "新茶です。"}),
        ("wait", {"days": "2", "hour": "10"}),
        ("ask", {"test": "opened", "go_on": "no", "else_to": ""}),
    ):
        assert client.post(f"{at}/steps/new?kind={kind}", said).status_code == 302
    one = read(shop, number)
    assert one is not None
    client.post(f"{at}/steps/{one.steps[0].uid}/move", {"do": "down"})
    client.post(f"{at}/steps/{one.steps[3].uid}/move", {"do": "remove"})
    found = page(client, at)
    assert found.index("お知らせ") < found.index("お電話")
    assert "いま始めたら 2人が入ります。" in found
    assert client.post(f"{at}/act", {"do": "begin"}).status_code == 302
    assert scenarios_entering.enter(shop, scenes.id_of(shop, number), at=world.NOW) == 2
    scenes.walk(shop, world.NOW)
    running = page(client, at)
    assert "動いています" in running
    assert "次は" not in running or "11/22" in running
    assert "最後まで" in page(client, LIST)
    assert len(file_of(client, f"{at}.csv")) == 3
    assert shop.value("SELECT count(*) FROM kit_trail WHERE subject = 'scenarios'") == 1
    assert "変える" not in running.split("流れ", 1)[1].split("決まり", 1)[0]


def test_it_is_paused_resumed_and_ended_with_a_reason(client: Client, shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 1))
    number = scenes.begun(shop, [step("wait", days=9), step("task")], measure=scenes.among(who))
    scenes.enter(shop, number)
    at = f"{LIST}/{number}"
    client.post(f"{at}/act", {"do": "pause", "why": "文面の見直し"})
    assert "文面の見直し" in page(client, at)
    client.post(f"{at}/act", {"do": "resume"})
    client.post(f"{at}/act", {"do": "stop", "why": ""})
    assert "動いています" in page(client, at), "without a reason nothing ends"
    client.post(f"{at}/act", {"do": "stop", "why": "別の施策に替える"})
    assert scenarios_walking.close(shop, at=world.NOW) == 1
    assert "施策を止めた" in page(client, at)


def test_where_somebody_stands_is_on_their_own_page(client: Client, shop: Tx) -> None:
    """R-082: now before which step, until when, or what for."""
    who = posting.persons(shop, posting.willing(shop, 1))
    flow = [step("wait", days=5, name="五日"), step("task", name="お声がけ")]
    first = scenes.begun(shop, flow, measure=scenes.among(who) | {"title": "お礼"}, priority=1)
    scenes.begun(shop, [step("task")], measure=scenes.among(who) | {"title": "別件"}, priority=2)
    for number in (first, first + 1):
        scenes.enter(shop, number)
    scenes.walk(shop, world.NOW)
    found = page(client, f"/customers/{who[0]}")
    assert "次は「お声がけ」（11/25 12:00から）" in found
    assert "優先する「お礼」が終わるのを待っています" in found


def test_each_decision_is_said_in_words(client: Client, shop: Tx) -> None:
    """R-043: what was decided stands on record, and people can read it."""
    who = posting.persons(shop, posting.willing(shop, 1))
    number = scenes.begun(shop, [step("task")], measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, world.NOW)
    found = page(client, "/automation?rule=scenario-1")
    for said in ("シナリオに入った", "スタッフにお願いする", f"施策{number}のシナリオ／手順1"):
        assert said in found, said


def test_a_task_is_ticked_off_and_taken_back(client: Client, shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 1))
    number = scenes.begun(shop, [step("task")], measure=scenes.among(who))
    scenes.enter(shop, number)
    scenes.walk(shop, world.NOW - timedelta(0))
    assert "お声がけ" in page(client, f"{LIST}/tasks")
    uid: UUID = shop.value("SELECT uid FROM marketing_task")
    client.post(f"{LIST}/tasks/{uid}", {"do": "do", "note": "喜んでいらした"})
    assert "喜んでいらした" in page(client, f"{LIST}/tasks?done=1")
    client.post(f"{LIST}/tasks/{uid}", {"do": "undo"})
    assert shop.value("SELECT done_at FROM marketing_task") is None


def test_a_store_reads_and_does_tasks_but_begins_nothing(shop: Tx) -> None:
    posting.open_post(shop)
    number = scenes.drafted(shop, [step("task")])
    client = logged_in("store")
    found = page(client, f"{LIST}/{number}")
    assert "このシナリオを始める" not in found
    assert client.post(f"{LIST}/{number}/act", {"do": "begin"}).status_code == 403
    assert client.post(f"{LIST}/new", {"template": "second"}).status_code == 403


def test_the_file_has_everybody_in_the_language_of_who_asked(
    client: Client, shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are read at a time, none is left out."""
    who = posting.persons(shop, posting.willing(shop, 5))
    number = scenes.begun(shop, [step("wait", days=2), step("task")], measure=scenes.among(who))
    scenes.enter(shop, number)
    everybody = scenarios_reading.everybody
    monkeypatch.setattr(
        scenarios_reading, "everybody", lambda *a, **k: everybody(*a, **k, at_once=2)
    )
    told = file_of(client, f"{LIST}/{number}.csv", headers={"accept-language": "en"})
    assert told[0].startswith("Customer no.,")
    assert sorted(int(line.split(",")[0]) for line in told[1:]) == sorted(who)
    assert all(",On their way," in line for line in told[1:])
    assert file_of(client, f"{LIST}/{number}.csv?state=left")[1:] == []


def test_mail_that_cannot_leave_stands_on_the_page_with_its_reason(
    client: Client, shop: Tx
) -> None:
    who = posting.persons(shop, posting.willing(shop, 2))
    number = scenes.begun(shop, [step("mail"), step("task")], measure=scenes.among(who))
    scenes.enter(shop, number)
    assert settings.write(shop, "mail.postal_address", "", **BY) is None
    at = f"{LIST}/{number}"
    scenes.walk(shop, world.NOW)
    found = page(client, at)
    assert "メールを送れず、2人が待っています" in found
    assert "3日のあいだ1時間ごとに試し" in found
    assert "受け取らずに先へ進んだ" not in found
    scenes.walk(shop, world.NOW + timedelta(days=3))
    found = page(client, at)
    assert "が待っています（" not in found
    assert "先へ進んだ・終わった方が2人います。 設定に、メールに載せる住所や連絡先がない 2" in found


def test_a_copy_is_made_by_a_button(client: Client, shop: Tx) -> None:
    number = scenes.begun(shop, [step("task")])
    found = page(client, f"{LIST}/{number}")
    assert "写しを作る" in found
    uid = re.findall(r'/copy">.*?name="uid" value="([^"]+)"', found)[0]
    for _ in range(2):  # a double click
        answer = client.post(f"{LIST}/{number}/copy", {"uid": uid})
        assert answer.headers["Location"] == f"{LIST}/{number + 1}"
    copied = page(client, f"{LIST}/{number + 1}")
    assert "の写し" in copied
    assert "下書き" in copied
    assert "写しを作る" not in page(logged_in("store"), f"{LIST}/{number}")
