"""Measures in the console: from a page of figures (R-074), launched with a why, looked after."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import clock, ids
from goen.kit.db import Tx
from goen.marketing import causes, clashes, measures, queries, segments
from goen.marketing.causes import NewCause
from goen.marketing.measures import Launched, NewRemark
from goen.marketing.segments import NewSegment
from tests import world
from tests.doors.console.conftest import logged_in
from tests.doors.console.test_points import csv_of, text_of
from tests.marketing.measuring import axis, measure, placement

TODAY = clock.now().astimezone(clock.zone("Asia/Tokyo")).date()
DAYS = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=13)}


def by() -> dict[str, Any]:
    return {"actor": world.ACTOR, "recorded_at": clock.now()}


def drafted(t: Tx, *placements: Any, **more: Any) -> UUID:
    values = DAYS | more
    answer = measures.draft(t, measure(*placements, **values), **by())
    assert isinstance(answer, measures.Drafted), answer
    return answer.uid


def live(t: Tx, *placements: Any, **more: Any) -> UUID:
    uid = drafted(t, *placements, **more)
    answer = measures.launch(t, uid, **by())
    assert isinstance(answer, Launched), answer
    return uid


def sku(t: Tx, code: str = "KASHI-01") -> int:
    return int(t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def person(t: Tx) -> int:
    return int(t.value("SELECT min(person_id) FROM customers_personof"))


FORM = {
    "title": "冬のご案内", "kind": "initiative", "reason": "来店が空いている",
    "evidence": "4週の間隔 47日", "expected": "来店が増える", "expected_minor": "120,000",
    "starts_on": f"{TODAY}", "ends_on": f"{TODAY + timedelta(days=13)}", "window_days": "28",
    "control": "10", "skus": "KASHI-01", "channel": "mail", "axis": "", "axis_new": "毎日の一杯",
    "says": "寒くなりました。", "cost": "3,000",
}  # fmt: skip


def test_an_empty_shop_says_how_to_begin(client: Client, shop: Tx) -> None:
    assert "まだ施策がありません" in text_of(client, "/measures")
    assert "まだ訴求点がありません" in text_of(client, "/measures/axes")
    assert "わかりにくい点はありません" in text_of(client, "/measures/findings")
    assert "まだ記録がありません" in text_of(client, "/measures/causes")
    assert "の施策はありません" in text_of(client, "/measures/calendar")
    assert client.get("/measures/7").status_code == 404
    assert client.get("/measures/axes/none").status_code == 404


def test_a_form_comes_filled_in_from_the_page_of_figures(client: Client, shop: Tx) -> None:
    conditions = {"all": [{"field": "bought_sku", "sku_id": sku(shop), "window": "4w"}]}
    address = urlencode(
        {"c": json.dumps(conditions), "made_from": "/products/1?window=4w",
         "evidence": "4週で120点、5人"}
    )  # fmt: skip
    page = text_of(client, f"/measures/new?{address}")
    assert "「ビッグバーZホワイト」のお客様への施策" in page
    assert "4週で120点、5人" in page
    assert 'value="KASHI-01"' in page
    assert "ビッグバーZホワイト" in page
    nonsense = text_of(client, "/measures/new?c=nonsense")
    assert "対象の条件を読めませんでした" in nonsense


def test_a_draft_is_saved_whole_with_its_point_and_its_first_mail(client: Client, shop: Tx) -> None:
    who = json.dumps({"all": [{"field": "person", "ids": [person(shop)]}]})
    form = FORM | {"uid": str(ids.new_id()), "placement_uid": str(ids.new_id()), "c": who,
                   "made_from": "/products/1"}  # fmt: skip
    answer = client.post("/measures/new", form)
    assert (answer.status_code, answer["Location"]) == (302, "/measures/1")
    assert client.post("/measures/new", form)["Location"] == "/measures/1"
    one = queries.measure(shop, 1)
    assert one is not None
    assert (one.title, one.expected_minor, one.control_share) == ("冬のご案内", 120_000, 0.1)
    assert (one.skus, one.cost_minor) == ((sku(shop),), 3_000)
    assert [name["ja"] for name in one.axes.values()] == ["毎日の一杯"]
    assert shop.value("SELECT parts::text LIKE '%%寒くなりました。%%' FROM marketing_message")
    page = text_of(client, "/measures/1")
    assert "宛先と文面を確かめて送る" in page
    assert 'href="/measures/1/send"' in page
    assert "もとの画面を見る" in page


def test_a_segment_chosen_for_a_draft_is_taken_as_it_says_now(client: Client, shop: Tx) -> None:
    by_name = {}
    for name, n in (("常連", 1), ("新しい方", 2)):
        who = {"all": [{"field": "person", "ids": list(range(1, n + 1))}]}
        uid = ids.new_id()
        segments.save(shop, NewSegment(uid, name, who), **by())
        by_name[name] = (str(uid), who)
    client.post("/measures/new", FORM | {"segment": by_name["常連"][0]})
    one = queries.measure(shop, 1)
    assert one is not None
    assert one.conditions == by_name["常連"][1]
    assert "選ばれた1人" in text_of(client, "/measures/1/edit")
    client.post("/measures/1/edit", FORM | {"n": "1", "segment": by_name["新しい方"][0]})
    one = queries.measure(shop, 1)
    assert one is not None
    assert (one.n, one.conditions) == (2, by_name["新しい方"][1])


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    client: Client, shop: Tx
) -> None:
    bad = FORM | {"title": "", "ends_on": "きのう", "skus": "NO-SUCH", "control": "95"}
    answer = client.post("/measures/new", bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2026-11-20 の形で入力" in page
    assert "「NO-SUCH」は登録のない商品" in page
    assert "毎日の一杯" in page
    assert shop.value("SELECT count(*) FROM marketing_measure") == 0
    assert shop.value("SELECT count(*) FROM marketing_axis") == 0
    untitled = client.post("/measures/new", FORM | {"title": " "})
    assert "施策の名前を入力してください" in untitled.content.decode()
    assert shop.value("SELECT count(*) FROM marketing_axis") == 0  # its point went with it


def test_a_draft_says_what_it_lacks_and_is_launched_when_it_lacks_nothing(
    client: Client, shop: Tx
) -> None:
    axis(shop, "A", "軽い")
    drafted(shop, reason="")
    page = text_of(client, "/measures/1")
    assert "始める前に必要なこと" in page
    assert "どこで伝えるかを1つ以上" in page
    client.post("/measures/1/place", {"uid": str(ids.new_id()), "channel": "sns", "axis": "A"})
    one = queries.measure(shop, 1)
    assert one is not None
    form = {"title": one.title, "n": "1", "reason": "理由", "evidence": one.evidence,
            "expected": one.expected, "starts_on": f"{TODAY}", "ends_on": f"{one.ends_on}",
            "window_days": "28", "control": "10", "kind": "initiative"}  # fmt: skip
    assert client.post("/measures/1/edit", form)["Location"] == "/measures/1"
    assert "この内容で始めます" in text_of(client, "/measures/1/launch")
    assert client.post("/measures/1/launch").status_code == 302
    assert "施策1を始めました" in text_of(client, "/measures/1")
    behind = client.post("/measures/1/edit", form | {"reason_more": "追記", "n": "1"})
    assert "先に変更しました" in behind.content.decode()


def test_a_live_measure_is_added_to_with_its_day(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    uid = live(shop, placement("sns", "A"))
    form = {"title": "新しい名前", "n": "1", "evidence_more": "店長も同じ声を聞いた",
            "ends_on": f"{TODAY + timedelta(days=5)}", "reason": "書き換え"}  # fmt: skip
    assert client.post("/measures/1/edit", form).status_code == 302
    one = queries.by_uid(shop, uid)
    assert one is not None
    assert one.reason == "常連の方の来店が空いている"
    assert one.evidence.startswith("直近4週の来店間隔 32日 → 47日\n追記（")
    assert one.evidence.endswith("店長も同じ声を聞いた")
    assert (one.title, one.ends_on, one.n) == ("新しい名前", TODAY + timedelta(days=5), 2)
    page = text_of(client, "/measures/1/history")
    assert "第2版" in page
    assert "始めた" in page
    longer = client.post("/measures/1/edit", form | {"n": "2", "ends_on": "2031-01-01"})
    assert "書き換えられません" in longer.content.decode()


def test_a_contradiction_is_named_accepted_and_kept(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    axis(shop, "B", "丈夫")
    live(shop, placement("sns", "A"), title="秋の便り")
    drafted(shop, placement("ad", "B"), title="広告")
    page = text_of(client, "/measures/2/launch")
    sentence = (
        "お客様にわかりにくい：SNS（施策1「秋の便り」）は「軽い」、"
        "広告（施策2「広告」）は「丈夫」だけを伝えています。"
    )
    assert sentence in page
    assert "施策2を始める" not in page
    refused = client.post("/measures/2/launch")
    assert refused.status_code == 422
    finding = int(shop.value("SELECT id FROM marketing_finding"))
    until = f"{TODAY + timedelta(days=20)}"
    silent = client.post(f"/measures/findings/{finding}", {"why": "", "until": until})
    assert silent["Location"] == "/measures/findings"
    assert "認める理由を入力してください" in text_of(client, "/measures/findings")
    client.post(
        f"/measures/findings/{finding}",
        {"why": "年代で分けている", "until": until, "back": "https://evil.example/"},
    )
    assert "わかりにくい点はありません" in text_of(client, "/measures/findings?shown=open")
    assert "年代で分けている" in text_of(client, "/measures/findings"), "with none open"
    rows = csv_of(client, "/measures/findings.csv")
    assert rows[1][0] == "認めた"
    assert client.post("/measures/2/launch").status_code == 302


def test_the_list_is_found_filtered_and_exported(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    live(shop, placement("sns", "A", cost_minor=5_000), title="秋の便り", made_from="/products/1")
    drafted(shop, placement("mail", "A"), title="冬の下書き", skus=(sku(shop),))
    page = text_of(client, "/measures")
    assert "秋の便り" in page
    assert "1/2" in page  # begun on a page of figures
    for query, found in (
        ("state=live", [1]),
        ("channel=mail", [2]),
        (f"sku={sku(shop)}", [2]),
        ("q=軽い", [1, 2]),
        ("q=2", [2]),
        (f"from={TODAY + timedelta(days=14)}", []),
    ):
        listed = text_of(client, f"/measures?{query}")
        assert [n for n in (1, 2) if f'<th scope="row"><a href="/measures/{n}"' in listed] == found
    assert "この条件の施策はありません" in text_of(client, "/measures?q=%25")
    rows = csv_of(client, "/measures.csv?state=live")
    assert [row[1] for row in rows[1:]] == ["秋の便り"]
    assert rows[1][10] == "5000"


def test_the_calendar_puts_each_place_on_its_days(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    first = TODAY.replace(day=1)
    live(shop, placement("sns", "A"), title="秋の便り", skus=(sku(shop),),
         starts_on=first, ends_on=TODAY)  # fmt: skip
    new = NewCause(ids.new_id(), "weather", "大雪", TODAY, TODAY)
    causes.note(shop, new, **by())
    page = text_of(client, "/measures/calendar")
    assert f'<td colspan="{TODAY.day}" class="span is-live' in page
    assert "大雪" in page
    assert "ビッグバーZホワイト" in text_of(client, "/measures/calendar?by=product")
    assert "の施策はありません" in text_of(client, "/measures/calendar?month=2031-05")


def test_remarks_stops_and_drops(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    uid = live(shop, placement("sns", "A"))
    given = {"uid": str(ids.new_id()), "kind": "cost", "text": "増刷", "cost": "1,200"}
    client.post("/measures/1/remark", given)
    assert "¥1,200" in text_of(client, "/measures/1")
    measures.remark(shop, uid, NewRemark(ids.new_id(), "learning", "朝がよい"), **by())
    assert "この学びから次の施策を作る" in text_of(client, "/measures/1")
    assert "朝がよい" in text_of(client, "/measures/new?builds_on=1")
    client.post("/measures/1/stop", {"uid": str(ids.new_id()), "why": "在庫切れ"})
    page = text_of(client, "/measures/1")
    assert "在庫切れ" in page
    assert "中止" in page
    drafted(shop)
    client.post("/measures/2/drop")
    assert "とりやめ" in text_of(client, "/measures/2")


def test_an_outside_event_is_entered_and_taken_back(client: Client, shop: Tx) -> None:
    form = {"uid": str(ids.new_id()), "kind": "competitor", "title": "駅前に競合店",
            "first_on": f"{TODAY}", "place": "shibuya"}  # fmt: skip
    assert client.post("/measures/causes", form).status_code == 302
    assert "駅前に競合店" in text_of(client, "/measures/causes")
    wrong = client.post(
        "/measures/causes", form | {"uid": str(ids.new_id()), "last_on": "2020-01-01"}
    )
    assert wrong.status_code == 422
    client.post(f"/measures/causes/{form['uid']}/back")
    assert "駅前に競合店" not in text_of(client, "/measures/causes")


def test_points_are_made_opposed_and_kept(client: Client, shop: Tx) -> None:
    axis(shop, "B", "丈夫")
    form = {"code": "A", "name_ja": "軽い", "skus": "KASHI-01", "valid_to": "2027-03-31"}
    assert client.post("/measures/axes/new", form)["Location"] == "/measures/axes"
    client.post("/measures/axes/A/oppose", {"other": "B", "do": "oppose"})
    assert "丈夫" in text_of(client, "/measures/axes/A")
    assert shop.value("SELECT count(*) FROM marketing_opposition") == 1
    client.post("/measures/axes/A/oppose", {"other": "B", "do": "reconcile"})
    assert shop.value("SELECT count(*) FROM marketing_opposition") == 0
    wrong = client.post("/measures/axes/new", {"code": "C", "name_ja": "", "skus": "NO"})
    assert wrong.status_code == 422


def test_a_store_reads_and_does_not_write(client: Client, shop: Tx) -> None:
    axis(shop, "A", "軽い")
    live(shop, placement("sns", "A"), title="秋の便り")
    store = logged_in("store")
    assert "秋の便り" in text_of(store, "/measures/1")
    assert store.post("/measures/new", FORM).status_code == 403
    store.post("/measures/1/stop", {"why": "いや", "uid": str(ids.new_id())})
    assert shop.value("SELECT state FROM marketing_measure") == "live"


@pytest.mark.parametrize(
    "path",
    ["/measures", "/measures/new", "/measures/calendar", "/measures/axes", "/measures/findings",
     "/measures/causes", "/measures/1", "/measures/1/history", "/measures/1/edit",
     "/measures/2/launch", "/measures/axes/A"],
)  # fmt: skip
def test_english_pages_hold_no_japanese_of_ours(client: Client, shop: Tx, path: str) -> None:
    axis(shop, "A", "light")
    axis(shop, "B", "sturdy")
    english: dict[str, Any] = {"title": "Autumn", "reason": "r", "evidence": "e", "expected": "x"}
    live(shop, placement("sns", "A"), **english)
    drafted(shop, placement("ad", "B"), **english)
    clashes.look(shop, recorded_at=clock.now())
    client.cookies["goen_language"] = "en"
    page = client.get(path).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    ours = [letter for letter in main if "ぁ" <= letter <= "ヺ"]
    assert "".join(ours) == ""
