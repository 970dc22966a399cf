"""The pages of mail: written, checked, sent in one act, read, and set."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goen.kit import clock, ids, mailbox, settings
from goen.kit.db import Tx
from goen.marketing import lists, measures, messages, queries
from goen.marketing.measures import NewMeasure
from tests import world
from tests.doors.console.conftest import logged_in
from tests.marketing import measuring, posting

TODAY = clock.now().astimezone(clock.zone("Asia/Tokyo")).date()
FORM = {
    "subject": "{{ name | default: 'お客様' }}へ", "preheader": "", "sender_name": "",
    "language": "ja", "kind-0": "heading", "text-0": "こんにちは", "kind-1": "text",
    "text-1": "新茶です。", "kind-2": "button", "text-2": "見る", "href-2": "landing",
}  # fmt: skip


@pytest.fixture
def draft(shop: Tx) -> Tx:
    """A draft for eight willing people, with a mail."""
    posting.open_post(shop)
    settings.write(shop, "holdout.share", 0.0, **measuring.BY)
    people = posting.persons(shop, posting.willing(shop, 8))
    new = measuring.measure(
        measuring.placement("mail", "gentle", starts_on=TODAY,
                            ends_on=TODAY + timedelta(days=9)),
        title="新茶のお知らせ", starts_on=TODAY, ends_on=TODAY + timedelta(days=9),
        control_share=0.0, conditions={"field": "person", "ids": people},
    )  # fmt: skip
    assert isinstance(new, NewMeasure)
    at: dict[str, Any] = {"actor": world.ACTOR, "recorded_at": clock.now()}
    assert isinstance(measures.draft(shop, new, **at), measures.Drafted)
    messages.start(shop, new.uid, about="届きました。", **at)
    return shop


def text_of(client: Client, path: str, **given: str) -> str:
    answer = client.get(path, given)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def versions(t: Tx) -> list[str]:
    return [row[0] for row in t.rows("SELECT subject FROM marketing_message ORDER BY n")]


def test_parts_are_moved_added_and_taken_out_without_being_saved(client: Client, draft: Tx) -> None:
    page = client.post("/measures/1/mail", FORM | {"do": "down-0"}).content.decode()
    assert page.index('value="text"') < page.index('value="heading"')
    page = client.post("/measures/1/mail", FORM | {"do": "out-1"}).content.decode()
    assert "新茶です。" not in page
    page = client.post("/measures/1/mail", FORM | {"do": "add", "new_kind": "coupon"})
    assert 'name="kind-3" value="coupon"' in page.content.decode()
    assert len(versions(draft)) == 1


def test_a_mail_is_saved_and_what_cannot_be_sent_is_not(client: Client, draft: Tx) -> None:
    saved = client.post("/measures/1/mail", FORM | {"do": "save", "base_n": "1"})
    assert saved.status_code == 302
    assert versions(draft)[-1] == FORM["subject"]
    assert "保存しました（版2）" in text_of(client, "/measures/1/mail")
    bad = client.post("/measures/1/mail", FORM | {"do": "save", "text-1": "{{ secret }}"})
    assert bad.status_code == 422
    assert "部品2" in bad.content.decode()
    assert "{{ secret }}" in bad.content.decode()
    late = client.post("/measures/1/mail", FORM | {"do": "save", "base_n": "1", "text-0": "別"})
    assert late.status_code == 422
    assert len(versions(draft)) == 2


def test_a_store_may_read_a_mail_but_not_change_or_send_it(client: Client, draft: Tx) -> None:
    store = logged_in("store")
    assert store.get("/measures/1/mail").status_code == 200
    assert store.post("/measures/1/mail", FORM | {"do": "save"}).status_code == 403
    assert store.post("/measures/1/send", {"people": "8"}).status_code == 403
    assert len(versions(draft)) == 1
    assert draft.value("SELECT count(*) FROM marketing_run") == 0


def test_a_preview_may_do_nothing_but_look_like_itself(client: Client, draft: Tx) -> None:
    seen = client.get("/measures/1/mail/preview")
    policy = seen["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    body = seen.content.decode()
    assert "森0 歩 様" in body
    assert "/t/c/" not in body
    typed = client.post("/measures/1/mail/preview", FORM | {"text-0": "<script>alert(1)</script>"})
    assert "&lt;script&gt;" in typed.content.decode()
    assert "<script" not in typed.content.decode()


def test_before_sending_the_page_says_to_whom_and_not_to_whom(client: Client, draft: Tx) -> None:
    record = draft.value("SELECT max(id) FROM customers_record")
    posting.say(draft, [record], granted=False, at=clock.now() - timedelta(minutes=1))
    page = text_of(client, "/measures/1/send")
    assert "7人に送る" in page
    assert "お断り" in page
    assert "8人ぶんを1通ずつ作って確かめました" in page or "確かめました" in page
    assert "空いた項目や切れたリンクはありません" in page
    assert "森0 歩 様へ" in page


def test_one_press_launches_freezes_and_schedules_once(client: Client, draft: Tx) -> None:
    given = {"uid": f"{ids.new_id()}", "people": "8", "do": "send"}
    for _ in range(2):
        assert client.post("/measures/1/send", given).status_code in {302, 422}
    one = queries.measure(draft, 1)
    assert one is not None
    assert one.state == "live"
    [only] = lists.of_measure(draft, one.uid)
    assert only.counts.treated == 8
    assert draft.value("SELECT count(*) FROM marketing_run") == 1
    assert draft.value("SELECT count(*) FROM marketing_delivery") == 8
    page = text_of(client, "/measures/1/send")
    assert "送信を取り消す" in page
    run = draft.value("SELECT uid FROM marketing_run")
    client.post("/measures/1/send/act", {"run": f"{run}", "do": "recall"})
    page = text_of(client, "/measures/1/send")
    assert "どなたにも" in page
    assert "8人に送る" in page, "who got nothing can be written to after all"
    csv = client.get("/measures/1/send.csv")
    assert csv.status_code == 404


def test_a_number_that_changed_in_between_sends_nothing(client: Client, draft: Tx) -> None:
    answer = client.post("/measures/1/send", {"uid": f"{ids.new_id()}", "people": "9"})
    assert answer.status_code == 422
    assert "9人から8人に変わりました" in answer.content.decode()
    assert draft.value("SELECT state FROM marketing_measure") == "draft"
    assert draft.value("SELECT count(*) FROM marketing_targetlist") == 0


def test_above_a_thousand_the_number_is_typed(
    client: Client, draft: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goen.doors.console.mail_send.TYPE_THE_COUNT", 5)
    assert 'name="count"' in text_of(client, "/measures/1/send")
    given = {"uid": f"{ids.new_id()}", "people": "8"}
    assert client.post("/measures/1/send", given).status_code == 422
    assert client.post("/measures/1/send", given | {"count": "８"}).status_code == 302


def test_without_its_footer_nothing_is_offered_to_be_sent(client: Client, draft: Tx) -> None:
    settings.write(draft, "mail.contact", "", **measuring.BY)
    page = text_of(client, "/measures/1/send")
    assert "広告メールに必要な表示" in page
    assert "8人に送る" not in page
    answer = client.post("/measures/1/send", {"uid": f"{ids.new_id()}", "people": "8"})
    assert answer.status_code == 422
    assert draft.value("SELECT state FROM marketing_measure") == "draft"


def test_results_of_each_mail_are_listed_and_exported(client: Client, draft: Tx) -> None:
    client.post("/measures/1/send", {"uid": f"{ids.new_id()}", "people": "8"})
    draft.execute("UPDATE marketing_delivery SET state = 'bounced', cause = 'no_such_address',"
                  " answer = '550 5.1.1 nobody' WHERE id = (SELECT min(id) FROM"
                  " marketing_delivery)")  # fmt: skip
    draft.execute("UPDATE marketing_delivery SET state = 'unclear', cause = 'interrupted'"
                  " WHERE id = (SELECT max(id) FROM marketing_delivery)")  # fmt: skip
    page = text_of(client, "/measures/1/send")
    assert "そのアドレスはない" in page
    assert "1通は、届いたかわかりません" in page
    assert "550 5.1.1" in text_of(client, "/measures/1/send", state="bounced")
    rows = client.get("/measures/1/send.csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 9
    assert "@" not in "".join(rows), "addresses are not exported"
    assert "kaze" not in text_of(client, "/measures/1/send/progress")


def test_the_mailbox_is_searched_and_masked_roles_see_none(client: Client, shop: Tx) -> None:
    assert "まだ届いていません" in text_of(client, "/mailbox")
    raw = b"Subject: tea\r\nContent-Type: text/html\r\n\r\n<script>x</script><p>hi</p>"
    with mailbox.opened("demo") as store:
        store.keep(sender="", recipients=["a@home.example"], raw=raw, at=clock.now())
    try:
        assert "a@home.example" in text_of(client, "/mailbox", q="tea")
        assert "見つかりません" in text_of(client, "/mailbox", q="coffee")
        assert client.get("/mailbox/1").status_code == 200
        framed = client.get("/mailbox/1/html")
        assert "sandbox" in framed["Content-Security-Policy"]
        assert "script-src" not in framed["Content-Security-Policy"]
        assert client.get("/mailbox/99").status_code == 404
        masked = logged_in("operations")
        for path in ("/mailbox", "/mailbox/1", "/mailbox/1/html"):
            assert masked.get(path).status_code == 403
    finally:
        for path in mailbox.folder("demo").glob("mailbox.sqlite3*"):
            path.unlink()


def test_the_settings_are_saved_whole_or_not_at_all(client: Client, shop: Tx) -> None:
    page = text_of(client, "/settings/mail")
    assert "この機械の中の受信箱" in page
    form = {name: str(value) for name, value in settings.read_all(shop).items()
            if name.startswith("mail.")}  # fmt: skip
    bad = client.post("/settings/mail", form | {"mail.port": "99999", "mail.contact": "03"})
    assert bad.status_code == 422
    assert settings.read(shop, "mail.contact") == ""
    assert client.post("/settings/mail", form | {"mail.from_address": "no"}).status_code == 422
    good = client.post("/settings/mail", form | {"mail.contact": "03", "mail.per_minute": "１２０"})
    assert good.status_code == 302
    assert settings.read(shop, "mail.contact") == "03"
    assert settings.read(shop, "mail.per_minute") == 120
    assert logged_in("marketer").post("/settings/mail", form).status_code == 403
