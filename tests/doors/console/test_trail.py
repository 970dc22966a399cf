"""Who saw and changed whom: every line in words, found by any filter, however many there are."""

import ast
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from goen.doors.console import trail_words
from goen.kit import trail, trail_reading
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx
from goen.kit.trail_reading import Asked, Line
from tests.doors.console.conftest import logged_in, person

AT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
SOURCE = Path(__file__).parents[3] / "src" / "goen"
ANN, BOB = Actor("staff", "st01"), Actor("key", "web shop")


@pytest.fixture
def trodden(shop: Tx) -> int:
    """240 lines of ten days by two hands; answers who was looked at."""
    who = person(shop, "G1040002")
    shop.execute("DELETE FROM kit_trail")
    for n in range(240):
        at = AT + timedelta(hours=n)
        if n % 3 == 0:
            trail.saw(shop, Viewer("st01", "hq"), "person", who if n % 2 else who + 1, at=at)
        elif n % 3 == 1:
            trail.note(shop, BOB, "put", "sku", "many", at=at, detail={"count": n})
        else:
            moved = {"before": 0.5, "after": 0.6}
            trail.note(shop, ANN, "change", "setting", "cut.lowest_share", at=at, detail=moved)
    return who


def page(client: Client, path: str = "/trail", **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def lines_of(text: str) -> list[str]:
    return re.findall(r"<time datetime=\"([^\"]+)\"", text)


def test_lines_are_in_words_with_who_and_whom(client: Client, trodden: int) -> None:
    shown = page(client)
    assert "石川 美咲 様" in shown
    assert f'href="/customers/{trodden}"' in shown
    assert "佐藤 恵" in shown
    assert "50% → 60%" in shown
    assert "外部システム · web shop" in shown
    assert "240件" in shown
    assert "{" not in shown.split("<tbody>")[1].split("</tbody>")[0], "no raw notes"


def test_pages_meet_without_gap_or_repeat(client: Client, trodden: int) -> None:
    seen: list[str] = []
    text = page(client)
    for _ in range(10):
        seen += lines_of(text)
        older = re.search(r'rel="next" href="/trail\?([^"]+)"', text)
        if older is None:
            break
        text = client.get(f"/trail?{older[1].replace('&amp;', '&')}").content.decode()
    assert len(seen) == 240
    assert seen == sorted(set(seen), reverse=True)


@pytest.mark.parametrize(
    "asked",
    [{"who": "staff:st01"}, {"who": "key:web shop"}, {"act": "looks"}, {"act": "changes"},
     {"kind": "setting"}, {"person": "PERSON"}, {"since": "2026-11-12", "until": "2026-11-13"},
     {"who": "staff:st01", "act": "looks", "since": "2026-11-15"}, {"kind": "sku", "act": "looks"},
     {"since": "nonsense", "kind": "nonsense"}],
)  # fmt: skip
def test_filters_find_what_a_plain_search_finds(
    client: Client, shop: Tx, trodden: int, asked: dict[str, str]
) -> None:
    asked = {k: str(trodden) if v == "PERSON" else v for k, v in asked.items()}
    rows = shop.rows("SELECT id, at, actor, verb, kind, subject, detail FROM kit_trail")
    wanted = [line for line in (Line(*row) for row in rows) if _fits(line, asked)]
    text = page(client, **asked)
    found = re.search(r'id="lines">([0-9,]+)件', text)
    assert int(found[1].replace(",", "")) if found else len(wanted) == 0
    assert len(lines_of(text)) == min(50, len(wanted))


def _fits(line: Line, asked: dict[str, str]) -> bool:
    local = line.at.astimezone(UTC) + timedelta(hours=9)
    day = local.date().isoformat()
    acts = {"looks": line.verb == "see", "changes": line.verb != "see"}
    kind = asked.get("kind", "")
    return (
        asked.get("who", line.actor) == line.actor
        and acts.get(asked.get("act", ""), True)
        and (kind not in trail_words.KINDS or kind == line.kind)
        and ("person" not in asked or (line.kind, line.subject) == ("person", asked["person"]))
        and (not asked.get("since", "").startswith("2") or asked["since"] <= day)
        and (not asked.get("until") or day <= asked["until"])
    )


def test_the_file_holds_every_line_and_leaves_one(client: Client, shop: Tx, trodden: int) -> None:
    content = client.get("/trail.csv", {"kind": "person"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert len(rows) == 81
    assert rows[1][1:5] == ["佐藤 恵", "見た", "お客様", rows[1][4]]
    newest = trail_reading.lines(shop, Asked(), limit=1)[0]
    assert (newest.kind, newest.subject) == ("export", "trail")


def test_who_runs_the_systems_sees_no_line_about_customers(shop: Tx, trodden: int) -> None:
    for role in ("partner", "operations"):
        browser = logged_in(role)
        for asked in ({}, {"kind": "person"}, {"person": str(trodden)}, {"act": "looks"}):
            shown = page(browser, **asked)
            assert "石川" not in shown
            assert "/customers/" not in shown.split("<main")[1]
        assert "web shop" in page(browser)
        assert "お客様," not in browser.get("/trail.csv").content.decode()
    for role in ("store", "marketer"):
        assert logged_in(role).get("/trail").status_code == 403


def test_head_office_reads_on_a_customer_s_page_who_looked(
    client: Client, shop: Tx, trodden: int
) -> None:
    shown = page(client, f"/customers/{trodden}")
    assert "この方を見た人" in shown
    assert f"/trail?person={trodden}" in shown
    assert "この方を見た人" not in page(logged_in("marketer"), f"/customers/{trodden}")


def test_thousands_of_members_do_not_crowd_out_who_works_here(
    client: Client, shop: Tx, trodden: int
) -> None:
    shop.execute(
        "INSERT INTO kit_trail (at, actor, verb, kind, subject, detail)"
        " SELECT now(), 'member:' || n, 'enter', 'record', n::text, '{}'"
        " FROM generate_series(1, 1200) n"
    )
    assert trail_reading.actors(shop) == ["key:web shop", "staff:st01"]


def test_the_last_day_of_the_calendar_is_a_day(client: Client, trodden: int) -> None:
    assert "240件" in page(client, until="9999-12-31")
    assert "240件" in page(client, since="0001-01-01")


def test_nothing_yet_says_how_lines_come_about(client: Client, shop: Tx) -> None:
    shop.execute("DELETE FROM kit_trail")
    assert "まだ記録がありません" in page(client)
    assert "あてはまる記録はありません" in page(client, kind="key")
    assert "あてはまる記録はありません" in page(client, before="2026-11-10T00:00:00+09:00~1")
    assert page(client, before="x~y")


def test_codes_of_signing_in_are_told_in_words() -> None:
    told = dict(trail_words.told({"how": "passkey_copied", "role": "hq", "purpose": "service"}))
    assert told == {
        "どのように": "写されたおそれのあるパスキー", "役割": "本部", "目的": "応対",
    }  # fmt: skip
    assert dict(trail_words.told({"sessions": 2, "why": "owner"})) == {
        "端末の数": "2", "理由": "ご本人",
    }  # fmt: skip
    moved = {"before": {"role": "hq", "place": ""}, "after": {"role": "store", "place": "shibuya"}}
    assert dict(trail_words.told(moved))["役割"] == "本部 → 店舗"


def test_every_verb_and_kind_that_is_written_has_words() -> None:
    verbs, kinds = set(trail_words.LOOKS), set()
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            match call:
                case ast.Call(ast.Attribute(ast.Name("trail"), "note"), [_, _, verb, kind, *_]):
                    verbs |= _texts(verb)
                    kinds |= _texts(kind)
                case ast.Call(ast.Attribute(ast.Name("trail"), "saw"), [_, _, kind, *_]):
                    kinds |= _texts(kind)
    assert len(verbs) > 40
    assert verbs - set(trail_words.VERBS) == set()
    assert kinds - set(trail_words.KINDS) == set()


def _texts(given: ast.expr) -> set[str]:
    """The texts an argument may be: as written, or either side of a condition."""
    match given:
        case ast.Constant(str(text)):
            return {text}
        case ast.IfExp(_, one, other):
            return _texts(one) | _texts(other)
    return set()


def test_a_page_of_an_old_year_takes_the_index(shop: Tx) -> None:
    shop.execute(
        """
        INSERT INTO kit_trail (at, actor, verb, kind, subject, detail)
        SELECT timestamptz '2020-01-01' + n * interval '1 minute', 'staff:st' || mod(n, 7),
               CASE WHEN mod(n, 5) = 0 THEN 'change' ELSE 'see' END,
               'person', mod(n, 500)::text, '{}'
        FROM generate_series(1, 60000) n
        """
    )
    shop.execute("ANALYZE kit_trail")
    until = datetime(2020, 1, 10, tzinfo=UTC)
    for asked in (Asked(until=until), Asked(actor="staff:st3", until=until),
                  Asked(subjects=(("person", "77"),)), Asked(verbs=("change",), until=until),
                  Asked(kinds=("person",), until=until)):  # fmt: skip
        sql = f"""EXPLAIN SELECT id FROM kit_trail {trail_reading._where(asked)}
                  ORDER BY at DESC, id DESC LIMIT %(limit)s"""
        plan = "\n".join(
            row[0] for row in shop.rows(sql, {**trail_reading._given(asked), "limit": 51})
        )
        assert "Seq Scan" not in plan, plan
