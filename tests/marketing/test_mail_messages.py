"""Writing a mail, rendering it for one person, and checking it for everybody (R-079, L-04)."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit import mail, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import mailing, messages, messages_check, messages_parts, rendering_people
from goen.marketing.messages import NewMessage, Written
from goen.marketing.messages_first import plainly
from goen.marketing.rendering import Rendered, addresses, compile_mail, render
from goen.marketing.rendering_draft import Draft, Footer, Product
from goen.marketing.tracking_machines import why_machine
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import measuring, posting
from tests.marketing.measuring import BY

FOOTER = Footer("みやび堂", "東京都渋谷区神南1-1-1", "03-0000-0000")
EVERY: list[dict[str, Any]] = [
    {"kind": "heading", "text": "{{ name | default: 'お客様' }}"},
    {"kind": "text",
     "text": "[新茶](https://miyabi.example/a?b=1&c=2)です。\n\n**今だけ** {{ points }}"},
    {"kind": "picture", "file": "0" * 24 + ".png", "alt": "茶畑",
     "href": "https://miyabi.example/p"},
    {"kind": "button", "text": "見る", "href": "landing"},
    {"kind": "product", "sku_id": 7},
    {"kind": "coupon"},
    {"kind": "proposal"},
    {"kind": "line"},
]  # fmt: skip
LETTER = addresses("https://miyabi.example", "f" * 32)


def rendered(
    parts: list[dict[str, Any]], values: dict[str, str], subject: str = "お知らせ"
) -> Rendered:
    assert messages_parts.refusal(subject, "", parts) is None
    draft = Draft(subject, "", parts, "ja", FOOTER, {7: Product("煎茶", "¥1,296（税込）")},
                  "https://miyabi.example/t/p")  # fmt: skip
    return render(compile_mail(draft), {**LETTER, **values})


def links(done: Rendered) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', done.html)]


def test_both_forms_have_the_same_parts_links_and_footer() -> None:
    done = rendered(EVERY, {"name": "石川 美咲 様", "points": "1,240", "coupon": "AAAA-BBBB",
                            "coupon_off": "10%引き", "proposal": "飯碗"})  # fmt: skip
    assert done.lacking.missing == set()
    for said in ("石川 美咲 様", "1,240", "煎茶", "¥1,296（税込）", "AAAA-BBBB", "10%引き", "飯碗",
                 "茶畑", "みやび堂", "東京都渋谷区神南1-1-1", "03-0000-0000"):  # fmt: skip
        assert said in done.html, said
        assert said in done.text, said
    numbers = [f"https://miyabi.example/t/c/{'f' * 32}/{n}" for n in range(6)]
    refuse = f"https://miyabi.example/u/{'f' * 32}"
    assert links(done) == [*numbers, refuse]
    assert re.findall(r"https://\S+", done.text) == [*numbers, refuse]
    assert messages_parts.links(EVERY) == (
        "https://miyabi.example/a?b=1&c=2", "https://miyabi.example/p", "landing", "landing",
        "landing", "landing",
    )  # fmt: skip


def test_a_part_for_some_is_there_for_them_alone() -> None:
    with_one = rendered([{"kind": "proposal"}, {"kind": "line"}], {"proposal": "飯碗"})
    without = rendered([{"kind": "proposal"}, {"kind": "line"}], {})
    assert "あなたへのおすすめ" in with_one.html
    assert "あなたへのおすすめ" not in without.html + without.text
    assert without.lacking.missing == set()


@pytest.mark.parametrize(
    ("text", "values", "missing", "replaced", "said"),
    [
        ("{{ name }}へ", {}, {"name"}, set(), "へ"),
        ("{{ name | default: 'お客様' }}へ", {}, set(), {"name"}, "お客様へ"),
        ("{{ name }}へ", {"name": "森 様"}, set(), set(), "森 様へ"),
        ("{% if points %}{{ points }}点{% endif %}です", {}, set(), {"points"}, "です"),
        ("{% if points %}{{ store }}{% endif %}", {"points": "1"}, {"store"}, set(), ""),
    ],
)
def test_what_a_person_lacks_is_told(
    text: str, values: dict[str, str], missing: set[str], replaced: set[str], said: str
) -> None:
    done = rendered([{"kind": "text", "text": "x"}], values, subject=f"{text}。")
    assert done.subject == f"{said}。"
    assert (done.lacking.missing, done.lacking.replaced) == (missing, replaced)


@given(st.text(min_size=1, max_size=200), st.text(max_size=60))
def test_nothing_that_people_write_becomes_html(text: str, name: str) -> None:
    text = re.sub(r"[{}\0]", "", text)
    parts = [{"kind": "text", "text": f"始{text}終"}]
    if messages_parts.refusal("x", "", parts) is not None:
        return
    plain = rendered([{"kind": "text", "text": "x"}], {})
    done = rendered([*parts, {"kind": "heading", "text": "{{ name }}"}], {"name": f"<{name}>"})
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][a-zA-Z-]*)", done.html))
    known = set(re.findall(r"<\s*/?\s*([a-zA-Z!][a-zA-Z-]*)", plain.html))
    assert tags <= known | {"h", "strong", "br", "a"}
    assert done.html.count("<script") == 0


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ([], "mail_empty", "parts"),
        ([{"kind": "video"}], "unknown_choice", "parts[0].kind"),
        (["text"], "unknown_choice", "parts[0].kind"),
        ([{"kind": "text"}], "part_incomplete", "parts[0].text"),
        ([{"kind": "text", "text": "{{ secret }}"}], "bad_merge_field", "parts[0].text"),
        ([{"kind": "text", "text": "{{ name"}], "bad_merge_field", "parts[0].text"),
        ([{"kind": "text", "text": "{{ name | upcase }}"}], "bad_merge_field", "parts[0].text"),
        ([{"kind": "text", "text": "{% for x in (1..9) %}x{% endfor %}"}], "bad_merge_field",
         "parts[0].text"),
        ([{"kind": "text", "text": "{% include 'x' %}"}], "bad_merge_field", "parts[0].text"),
        ([{"kind": "text", "text": "[x](javascript:alert(1))"}], "bad_link", "parts[0]"),
        ([{"kind": "button", "text": "x", "href": "{{ name }}"}], "bad_link", "parts[0]"),
        ([{"kind": "button", "text": "x", "href": "//evil.example"}], "bad_link", "parts[0]"),
        ([{"kind": "button", "text": "x", "href": "ftp://a.example"}], "bad_link", "parts[0]"),
        ([{"kind": "product", "sku_id": "7"}], "wrong_type", "parts[0].sku_id"),
        ([{"kind": "line", "text": "x"}], "unknown_choice", "parts[0].text"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_when_it_is_written(
    parts: list[Any], code: str, field: str
) -> None:
    refused = messages_parts.refusal("件名", "", parts)
    assert refused is not None
    assert (refused.code, refused.field) == (code, field)


def test_braces_of_somebody_who_knows_no_fields_are_no_field() -> None:
    text = plainly("半額 {{ name と {% if")
    assert messages_parts.refusal("x", "", [{"kind": "text", "text": text}]) is None


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    return t


def test_a_mail_begins_from_its_measure_and_keeps_its_reasons_to_itself(shop: Tx) -> None:
    sku = shop.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'")
    new = measuring.measure(skus=(sku,), coupon_kind="back", reason="高橋様が来なくなった")
    uid = measuring.drafted(shop, new)
    written = messages.start(shop, uid, about="新茶です。", **BY)
    assert isinstance(written, Written)
    again = messages.start(shop, uid, about="別のこと", **BY)
    assert again == Written(written.message_id, 1, repeated=True)
    found = messages.read(shop, written.message_id)
    assert found is not None
    assert [part["kind"] for part in found.parts] == [
        "heading", "text", "product", "coupon", "button",
    ]  # fmt: skip
    assert "新茶です。" in found.parts[1]["text"]
    assert "高橋" not in str(found)


def test_versions_are_added_and_nobody_writes_over_another(shop: Tx) -> None:
    uid = measuring.drafted(shop, measuring.measure())
    one = [{"kind": "text", "text": "一"}]
    two = [{"kind": "text", "text": "二"}]
    first = messages.write(shop, uid, NewMessage("件名", one), **BY)
    assert isinstance(first, Written)
    same = messages.write(shop, uid, NewMessage("件名", one, base_n=1), **BY)
    assert same == Written(first.message_id, 1, repeated=True)
    second = messages.write(shop, uid, NewMessage("件名", two, base_n=1), **BY)
    assert isinstance(second, Written)
    late = messages.write(shop, uid, NewMessage("件名2", one, base_n=1), **BY)
    assert isinstance(late, Refusal)
    assert late.code == "mail_changed"
    measure_id = shop.value("SELECT id FROM marketing_measure WHERE uid = %s", [uid])
    assert [one.n for one in messages.versions(shop, measure_id)] == [2, 1]


def test_fields_of_people_are_read_for_many_at_once(shop: Tx) -> None:
    people = posting.persons(shop, posting.willing(shop, 3))
    found = rendering_people.readers(
        shop, people, language="ja", day=measuring.TODAY, with_proposals=True
    )
    assert [found[one].values["name"] for one in people] == ["森0 歩 様", "森1 歩 様", "森2 歩 様"]
    english = rendering_people.readers(
        shop, people, language="en", day=measuring.TODAY, with_proposals=False
    )
    assert english[people[0]].values == {"name": "森0 歩", "family_name": "森0"}
    nameless = shop.value("SELECT min(id) FROM customers_person")
    assert nameless is not None


def test_a_proposal_in_a_mail_is_the_person_s_own_and_counts_as_shown(shop: Tx) -> None:
    """R-031: two of one list get different content, each with its reason; the hold-out none."""
    records = posting.willing(shop, 12)
    uid = posting.measure(shop, parts=[{"kind": "text", "text": "x"}, {"kind": "proposal"}])
    to = posting.frozen(shop, uid, posting.persons(shop, records))
    run = posting.scheduled(shop, uid, to)
    proposed = {"CHA-01": "considered", "UTSUWA-01": "due"}
    people = posting.treated(shop, to)[:3]
    for person, (code, kind), arm in zip(
        people,
        [*proposed.items(), ("CHA-01", "due")],
        ["treated", "treated", "holdout"],
        strict=True,
    ):
        shop.execute(
            "INSERT INTO marketing_proposal (uid, person_id, record_id, kind, sku_id, reason,"
            " stake_minor, rule, arm, made_at, expires_on, ended_how, ended_why)"
            " SELECT gen_random_uuid(), %s, d.record_id, %s, s.id, '{}', 0, 'test/1', %s, %s, %s,"
            " '', '' FROM marketing_delivery d, catalogue_sku s"
            " WHERE d.person_id = %s AND s.code = %s",
            [person, kind, arm, world.NOW, measuring.TODAY + timedelta(days=9), person, code],
        )  # fmt: skip
    block = mailing.take(shop, run.run_id, mail.transport(shop), at=posting.SOON)
    assert block is not None
    texts = {letter.delivery_id: mailing.compose(block, letter).text for letter in block.letters}
    of = dict(shop.rows("SELECT person_id, id FROM marketing_delivery"))
    assert "煎茶 さえみどり" in texts[of[people[0]]]
    assert "先日ご覧になっていた" in texts[of[people[0]]]
    assert "飯碗 白磁" in texts[of[people[1]]]
    assert "そろそろ" in texts[of[people[1]]]
    assert "あなたへのおすすめ" not in texts[of[people[2]]]
    assert shop.rows('SELECT "where", subject FROM marketing_showing ORDER BY id') == [
        ("mail", f"delivery:{of[people[0]]}"), ("mail", f"delivery:{of[people[1]]}"),
    ]  # fmt: skip


def test_the_check_renders_everybody_and_names_who_lacks_what(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        records = posting.willing(t, 30)
        people = posting.persons(t, records)
        t.execute("UPDATE customers_detail SET family_name = '', given_name = '' WHERE record_id"
                  " = ANY(%s)", [records[:4]])  # fmt: skip
        uid = measuring.drafted(t, measuring.measure())
        parts = [
            {"kind": "text", "text": "{{ name }}へ。{{ points | default: '0' }}"},
            {"kind": "product", "sku_id": 10**9},
            {"kind": "picture", "file": "0" * 24 + ".png", "alt": "茶畑"},
            {"kind": "coupon"},
        ]
        written = messages.write(t, uid, NewMessage("件名", parts), **BY)
        assert isinstance(written, Written)
        conditions = {"field": "person", "ids": people}
        messages_check.ask(t, written.message_id, conditions, at=world.NOW)
    at = world.NOW + timedelta(minutes=1)
    assert not messages_check.run_now(written.message_id, conditions, at=at, most=10)
    assert messages_check.run_next(at=at)
    assert not messages_check.run_next(at=at)
    with tx() as t:
        found = messages_check.read(t, written.message_id, conditions)
    assert found is not None
    assert (found.total, found.done, found.finished_at) == (30, 30, at)
    assert found.missing == {"name": 4, "coupon": 30, "coupon_off": 30}
    assert found.replaced["points"] == 30
    assert sorted(found.people["name"]) == people[:4]
    assert [line.partition(" ")[0] for line in found.broken] == ["product", "picture", "coupon"]
    assert not found.is_good
    with tx() as t:
        messages_check.ask(t, written.message_id, conditions, at=at)
        again = messages_check.read(t, written.message_id, conditions)
        assert again is not None
        assert again.finished_at is None
        settings.write(t, "mail.host", "mail.miyabi.jp", **BY)


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "method", "after_s", "others", "why"),
    [
        (IPHONE, "GET", 60, [], ""),
        ("Mozilla/5.0 (Windows NT) GoogleImageProxy", "GET", 60, [], ""),
        (IPHONE, "HEAD", 60, [], "method"),
        ("", "GET", 60, [], "agent"),
        ("Barracuda Sentinel", "GET", 60, [], "agent"),
        (IPHONE, "GET", 2, [], "too_soon"),
        (IPHONE, "GET", 60, [(1, 59.5), (2, 59)], "too_many"),
        (IPHONE, "GET", 60, [(1, 59.5), (1, 59)], ""),
        (IPHONE, "GET", 60, [(1, 20), (2, 30)], ""),
    ],
)
def test_a_machine_is_told_from_a_person(
    agent: str, method: str, after_s: float, others: list[tuple[int, float]], why: str
) -> None:
    sent = world.NOW
    followed = [(link, sent + timedelta(seconds=after)) for link, after in others]
    found = why_machine(
        agent=agent, method=method, sent_at=sent, at=sent + timedelta(seconds=after_s),
        others=followed, link=9,
    )  # fmt: skip
    assert found == why
