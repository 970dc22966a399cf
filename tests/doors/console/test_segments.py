"""Segments in the console: putting conditions together, keeping them, and why somebody is in."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.customers import consents
from goen.customers.consents import NewConsent
from goen.doors.console import segment_link
from goen.doors.console.segments_rows import from_conditions
from goen.doors.console.segments_words import described
from goen.kit import ids
from goen.kit.db import Tx
from goen.marketing import lists
from goen.marketing.conditions import Conditions, Tree, parse
from goen.marketing.conditions_words import FIELDS
from goen.marketing.lists import Frozen
from tests import world
from tests.doors.console.conftest import logged_in, person
from tests.marketing import measuring

CARDS = [one[5] for one in world.PEOPLE]


def chosen(t: Tx, *cards: str) -> Tree:
    return {"all": [{"field": "person", "ids": sorted(person(t, one) for one in cards)}]}


def body(client: Client, address: str, **more: Any) -> str:
    response = client.get(address, **more)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


ONE_OF_EACH: list[Tree] = [
    {"field": "bought_sku", "sku_id": 1, "window": "4w", "place_id": 1, "least": 2},
    {"field": "bought_category", "category_id": 1, "first_on": "2026-01-01"},
    {"field": "bought_at", "place_id": 1, "window": "90d"},
    {"field": "bought_via", "channel_id": 1, "window": "12m"},
    {"field": "spent", "least_minor": 1000, "most_minor": 5000},
    {"field": "purchases", "most": 3},
    {"field": "days_away", "least": 40},
    {"field": "first_on", "first": "2026-02-01", "last": "2026-03-01"},
    {"field": "second", "done": False, "within_days": 60},
    {"field": "late", "is": True},
    {"field": "rfm", "recency": [1, 2], "monetary": [5]},
    {"field": "decile", "in": [1, 2]},
    {"field": "profit", "least_minor": 300},
    {"field": "expected_profit", "most_minor": 900},
    {"field": "alive", "least": 0.5, "most": 0.9},
    {"field": "stake", "least_minor": 1200},
    {"field": "acquired_at", "place_id": 2},
    {"field": "acquired_via", "channel_id": 2},
    {"field": "main_place", "place_id": 2},
    {"field": "considered", "sku_id": 1, "days": 14},
    {"field": "event", "kind": "cart", "days": 7, "least": 2},
    {"field": "reason", "code": "gift", "basis": "stated"},
    {"field": "consent", "channel": "mail"},
    {"field": "contacted", "days": 28, "is": False},
    {"field": "no_next_step"},
    {"field": "gender", "in": ["female"]},
    {"field": "age", "least": 20, "most": 39},
    {"field": "birth_month", "in": [11]},
    {"field": "prefecture", "in": ["東京都"]},
    {"field": "person", "ids": [1, 2]},
]


def test_every_field_has_words_inputs_and_a_row(shop: Tx) -> None:
    """No condition without its words in both languages and its place in the editor."""
    assert {one["field"] for one in ONE_OF_EACH} == set(FIELDS)
    for leaf in ONE_OF_EACH:
        conditions = parse(leaf)
        assert isinstance(conditions, Conditions), leaf
        sheet = from_conditions(shop, conditions, "JPY")
        assert sheet.conditions == conditions
        for language in ("ja", "en"):
            with translation.override(language):
                said = described(shop, conditions)
            assert said
            assert bool(re.search(r"[ぁ-ん]", said)) == (language == "ja"), said


def test_conditions_in_words(shop: Tx) -> None:
    sku = shop.value("SELECT id FROM catalogue_sku WHERE code = 'KASHI-01'")
    place = shop.value("SELECT id FROM places_place WHERE code = 'shibuya'")
    bought = {"field": "bought_sku", "sku_id": sku, "window": "4w", "place_id": place}
    away = {"not": {"field": "days_away", "least": 40}}
    conditions = parse({"all": [bought, {"any": [away, {"field": "late", "is": True}]}]})
    assert isinstance(conditions, Conditions)
    assert described(shop, conditions) == (
        "渋谷店で直近4週間に「ビッグバーZホワイト」を1点以上買った、かつ、"
        "（「最後のお買い物から40日以上たった」にあてはまらない、または、"
        "いつもの間隔より長く空いている）方"
    )
    with translation.override("en"):
        assert described(shop, conditions).startswith(
            "People who bought 1 or more of “Big Bar Z White” at Shibuya in the last 4 weeks and ("
        )


def form(client: Client, *rows: dict[str, Any], **more: str) -> dict[str, Any]:
    """The address of a filled editor."""
    data: dict[str, Any] = {"rows": "1", **more}
    for n, row in enumerate(rows):
        data |= {f"r{n}.{name}": value for name, value in row.items()}
    return data


def test_rows_become_conditions_and_the_address_follows(client: Client, shop: Tx) -> None:
    rows = [
        {"field": "age", "least": "20"},
        {"field": "gender", "in": ["female", "male"], "join": "or"},
        {"field": "person", "ids": str(person(shop, CARDS[0])), "join": "and", "not": "1"},
    ]
    part = {"HX-Request": "true"}
    response = client.get("/segments/people", form(client, *rows, path="/segments/new"),
                          headers=part)  # fmt: skip
    assert response.status_code == 200
    address = urlparse(response["HX-Replace-Url"])
    assert address.path == "/segments/new"
    assert json.loads(parse_qs(address.query)["c"][0]) == {
        "all": [
            {"any": [{"field": "age", "least": 20},
                     {"field": "gender", "in": ["female", "male"]}]},
            {"not": {"field": "person", "ids": [person(shop, CARDS[0])]}},
        ]
    }  # fmt: skip


def test_a_row_that_says_nothing_yet_is_marked_and_not_counted(client: Client, shop: Tx) -> None:
    rows = [{"field": "age", "least": "", "most": ""}, {"field": "no_next_step"}]
    page = body(client, "/segments/new", data=form(client, *rows))
    assert "まだ入っていない欄があります" in page
    assert "数えていません" in page
    assert "HX-Replace-Url" not in client.get("/segments/people", form(client, *rows)).headers


def test_a_row_is_added_with_what_is_usual_and_dropped(client: Client, shop: Tx) -> None:
    added = body(client, "/segments/new", data=form(client, do="add", add="event"))
    assert 'name="r0.field" value="event"' in added
    assert re.search(r'name="r0.days" value="28"', added)
    rows = [{"field": "late", "is": "true"}, {"field": "no_next_step"}]
    dropped = body(client, "/segments/new", data=form(client, *rows, do="drop:0"))
    assert 'name="r0.field" value="no_next_step"' in dropped
    assert 'value="late"' not in dropped.partition('id="add"')[0]


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    st.dictionaries(
        st.sampled_from(["r0.field", "r0.least", "r0.most", "r0.join", "r0.period", "r0.ids",
                         "r0.in", "r0.first_on", "r0.sku_id", "r0.least_minor", "do", "add"]),
        st.sampled_from(["", "spent", "alive", "bought_sku", "decile", "person", "days", "-1",
                         "1e999", "NaN", "９", "2026-02-30", "1,2", "x", "add", "drop:0"]),
    )
)  # fmt: skip
def test_nothing_that_is_typed_breaks_the_page(client: Client, data: dict[str, str]) -> None:
    assert client.get("/segments/new", {"rows": "1", **data}).status_code == 200


@pytest.mark.parametrize("c", ["{", "[]", '{"field":"x"}', '{"any":[]}', "null", "9" * 30])
def test_an_address_that_was_tampered_with_is_refused_in_words(client: Client, c: str) -> None:
    response = client.get("/segments/new", {"c": c})
    assert response.status_code == 400
    assert "banner-bad" in response.content.decode()
    assert client.get("/segments/people.csv", {"c": c}).status_code == 404
    assert client.get("/segments/why", {"c": c}).status_code == 404


def test_a_tree_that_rows_cannot_show_is_kept_whole(client: Client, shop: Tx) -> None:
    inner = {"all": [{"field": "late", "is": True}, {"field": "no_next_step"}]}
    tree = {"all": [{"any": [inner, {"field": "no_next_step"}]}]}
    page = body(client, segment_link.href(tree, made_from=""))
    assert 'name="fixed"' in page
    again = body(client, "/segments/people", data={"rows": "1", "fixed": json.dumps(tree)})
    assert "あてはまる方" in again


def saved(client: Client, name: str, tree: Tree, **more: str) -> str:
    response = client.post("/segments/save", {
        "uid": str(ids.new_id()), "name": name, "c": json.dumps(tree), "shared": "1", **more,
    })  # fmt: skip
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"].partition("?")[0])


def test_a_segment_is_saved_changed_put_away_and_brought_back(client: Client, shop: Tx) -> None:
    tree = chosen(shop, *CARDS[:2])
    where = saved(client, "常連の方", tree, made_from="/products/1?window=4w")
    page = body(client, where)
    assert "常連の方" in page
    assert 'href="/products/1?window=4w"' in page
    assert '<strong class="found">2</strong>' in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    uid = where.rpartition("/")[2]
    change = {"uid": uid, "name": "常連", "c": json.dumps(chosen(shop, CARDS[0])),
              "seen": seen[1], "shared": "1"}  # fmt: skip
    assert client.post("/segments/save", change).status_code == 302
    late = client.post("/segments/save", change | {"name": "遅れて"})
    assert late.status_code == 409
    assert "変更しました" in late.content.decode()
    assert "遅れて" in late.content.decode()
    for unreadable in ("2026-13-45T00:00:00", "yesterday"):
        odd = client.post("/segments/save", change | {"seen": unreadable})
        assert odd.status_code == 409
    assert "常連" in body(client, "/segments")
    put_away = client.post(f"{where}/archive")
    assert "取り消す" in body(client, put_away["Location"])
    assert "常連" not in body(client, "/segments")
    assert "常連" in body(client, "/segments?show=archived")
    client.post(f"{where}/archive", {"back": "1"})
    assert "常連" in body(client, "/segments")
    verbs = [row[0] for row in shop.rows("SELECT verb FROM kit_trail WHERE kind = 'segment'")]
    assert verbs == ["make", "change", "archive", "bring back"]


def test_ones_own_segment_is_nobody_else_s(client: Client, shop: Tx) -> None:
    where = saved(client, "ひみつ", {"all": []}, shared="0")
    shop.execute("UPDATE marketing_segment SET created_by = 'staff:other'")
    assert client.get(where).status_code == 404
    assert "ひみつ" not in body(client, "/segments")
    uid = where.rpartition("/")[2]
    response = client.post("/segments/save", {"uid": uid, "name": "x", "c": '{"all":[]}',
                                              "seen": world.NOW.isoformat()})  # fmt: skip
    assert response.status_code == 409


def test_a_segment_needs_a_name(client: Client, shop: Tx) -> None:
    response = client.post("/segments/save", {"uid": str(ids.new_id()), "name": "  ",
                                              "c": '{"all":[]}'})  # fmt: skip
    assert response.status_code == 409
    assert "名前を入力してください" in response.content.decode()


def test_people_are_listed_with_reach_and_a_way_to_a_measure(client: Client, shop: Tx) -> None:
    """R-010, R-074: from any list to a measure, in one click."""
    record = shop.value("SELECT min(record_id) FROM customers_personof WHERE person_id = %s",
                        [person(shop, CARDS[0])])  # fmt: skip
    shop.execute("UPDATE customers_detail SET mail = 't@kaze.example' WHERE record_id = %s",
                 [record])  # fmt: skip
    consents.note(shop, [NewConsent(ids.new_id(), record, "mail", True, "till",
                                    world.NOW - timedelta(days=1), evidence={"at": "S1"})],
                  actor=world.ACTOR, recorded_at=world.NOW)  # fmt: skip
    page = body(client, segment_link.href(chosen(shop, *CARDS[:3]), made_from="/customers"))
    assert "メールで案内できる方 1人" in page
    assert "高橋 健 様" in page
    measure = re.search(r'href="(/measures/new\?[^"]+)"', page)
    assert measure
    query = parse_qs(urlparse(measure[1].replace("&amp;", "&")).query)
    assert json.loads(query["c"][0]) == chosen(shop, *CARDS[:3])
    assert query["made_from"] == ["/customers"]


def test_why_somebody_is_in_and_why_not(client: Client, shop: Tx) -> None:
    """R-077: each condition with whether it holds and the person's own figure."""
    tree = {"all": [*chosen(shop, CARDS[0])["all"], {"field": "consent", "channel": "mail"}]}
    c = segment_link.compact(tree)
    page = body(client, f"/segments/why/{person(shop, CARDS[0])}", data={"c": c})
    assert "入りません" in page
    assert page.count("✓") == 1
    assert page.count("✗") == 1
    turned = segment_link.compact({"all": [{"not": one} for one in tree["all"]]})
    page = body(client, f"/segments/why/{person(shop, CARDS[0])}", data={"c": turned})
    assert re.findall("[✓✗]", page) == ["✗", "✓"]
    assert "にあてはまらない" in page
    assert "宛先なし" in page
    hits = body(client, "/segments/why", data={"c": c, "q": "石川"})
    assert f"/segments/why/{person(shop, CARDS[1])}?c=" in hits
    everybody = body(client, f"/segments/why/{person(shop, CARDS[1])}", data={"c": '{"all":[]}'})
    assert "入ります" in everybody


def test_every_reason_can_be_put_into_words(client: Client, shop: Tx) -> None:
    leaves = [one for one in ONE_OF_EACH if not FIELDS[one["field"]].lake]
    c = segment_link.compact({"all": leaves})
    page = body(client, f"/segments/why/{person(shop, CARDS[0])}", data={"c": c})
    assert page.count("✓") + page.count("✗") == len(leaves)
    english = logged_in("hq")
    assert english.get(f"/segments/why/{person(shop, CARDS[0])}", {"c": c},
                       headers={"accept-language": "en"}).status_code == 200  # fmt: skip


def test_a_file_of_people_is_masked_by_role_and_noted(client: Client, shop: Tx) -> None:
    c = segment_link.compact(chosen(shop, *CARDS[:2]))
    text = client.get("/segments/people.csv", {"c": c}).content.decode("utf-8-sig")
    assert "高橋" in text
    assert "健" in text
    assert len(text.splitlines()) == 3
    masked = logged_in("operations").get("/segments/people.csv", {"c": c})
    assert "健" not in masked.content.decode("utf-8-sig")
    noted = shop.rows("SELECT detail FROM kit_trail WHERE verb = 'export' AND kind = 'segment'")
    assert [row[0]["people"] for row in noted] == [2, 2]


def frozen(t: Tx, **more: Any) -> Frozen:
    asked: dict[str, Any] = {"uid": ids.new_id(), "measure_uid": None, "conditions": {"all": []},
                             "channel": "store", "control_share": 0.1, "actor": world.ACTOR,
                             "recorded_at": world.NOW}  # fmt: skip
    answer = lists.freeze(t, **(asked | more))
    assert isinstance(answer, Frozen), answer
    return answer


def test_a_list_shows_its_counts_and_the_people_behind_each(client: Client, shop: Tx) -> None:
    made = frozen(shop, channel="mail", measure_uid=measuring.drafted(shop, measuring.measure()))
    page = body(client, f"/lists/{made.uid}")
    assert "宛先なし" in page
    assert "高橋 健 様" in body(client, f"/lists/{made.uid}?cause=no_address")
    assert "この区分の方はいません" in body(client, f"/lists/{made.uid}?arm=treated")


def test_addresses_leave_only_for_who_may_be_written_to(client: Client, shop: Tx) -> None:
    people = [person(shop, card) for card in CARDS]
    rows = shop.rows("SELECT record_id FROM customers_personof WHERE person_id = ANY(%s)"
                     " ORDER BY 1", [people])  # fmt: skip
    shop.execute("UPDATE customers_detail SET postcode = '1500000', address = '東京都渋谷区1'")
    when = world.NOW - timedelta(days=1)
    yes = [NewConsent(ids.new_id(), r, "dm", True, "paper", when, evidence={"no": "7"})
           for (r,) in rows[:4]]  # fmt: skip
    consents.note(shop, yes, actor=world.ACTOR, recorded_at=world.NOW)
    made = frozen(shop, channel="dm", control_share=0)
    sent = made.counts.treated
    assert made.counts.excluded == {"no_consent": 2}
    text = client.get(f"/lists/{made.uid}.csv").content.decode("utf-8-sig")
    assert len(text.splitlines()) == sent + 1
    assert text.count("東京都渋谷区1") == sent
    no = [NewConsent(ids.new_id(), r, "dm", False, "staff", world.NOW) for (r,) in rows[:4]]
    consents.note(shop, no, actor=world.ACTOR, recorded_at=world.NOW)
    later = client.get(f"/lists/{made.uid}.csv").content.decode("utf-8-sig")
    assert len(later.splitlines()) == 1
    assert logged_in("operations").get(f"/lists/{made.uid}.csv").status_code == 403
    noted = shop.rows("SELECT detail FROM kit_trail WHERE verb = 'export' AND kind = 'list'")
    assert [row[0]["people"] for row in noted] == [sent, 0]


def test_customers_without_a_next_step(client: Client, shop: Tx) -> None:
    """R-081: everybody, while nothing runs; without those in a running measure afterwards."""
    assert "高橋 健 様" in body(client, "/customers/without-next-step")
    axis = measuring.axis(shop, "A")
    uid = measuring.live(shop, measuring.measure(measuring.placement("store", axis)))
    frozen(shop, measure_uid=uid)
    assert "次の一手がないお客様はいません" in body(client, "/customers/without-next-step")
