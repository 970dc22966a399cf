"""What must not harm a sending: braces in names, a bad key, broken letters, two presses (R-079)."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from goen.customers import consents
from goen.customers.consents import Barred, NewConsent
from goen.kit import ids, mail, settings
from goen.kit.db import tx
from goen.kit.mail import Outcome
from goen.kit.mailbox_server import undeliverable
from goen.kit.refusals import Refusal
from goen.marketing import lists, mailing, mailing_returned, messages_parts, runs, tracking
from goen.marketing.lists import Frozen
from goen.marketing.mailing_carrying import Postman
from goen.marketing.messages_fields import FIELDS, PLAIN
from goen.marketing.rendering import addresses, compile_mail, render
from goen.marketing.rendering_draft import Draft, Footer, Product
from goen.marketing.runs import NewRun, Scheduled
from goen.marketing.tracking import Asking
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting
from tests.marketing.measuring import BY
from tests.marketing.posting import SOON, states


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Iterator[str]:
    """A shop with its mailbox; commits are real."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
    with posting.mailbox_of(fresh_db.shop):
        yield fresh_db.shop


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% if points > 100 %}たくさん{% endif %}", ">"),
        ("{% if name %}{% if 5 < points %}x{% endif %}{% endif %}", "<"),
        ("{{ name | default: '<b>お客様</b>' }}", "<, >"),
        ("{{ name | default: '[店](https://miyabi.example)' }}", "]("),
        ("{{\nname }}", "↵"),
    ],
)
def test_what_would_fail_for_somebody_is_refused_when_it_is_written(text: str, why: str) -> None:
    refused = messages_parts.refusal("お知らせ", "", [{"kind": "text", "text": text}])
    assert refused == Refusal("bad_merge_field", "parts[0].text", {"why": why})


def test_what_may_be_asked_of_a_field_holds_for_any_value() -> None:
    text = "{% if points == '1,240' %}a{% elsif store %}b{% else %}c{% endif %} <b> [x] > 1"
    assert messages_parts.refusal("お知らせ", "", [{"kind": "text", "text": text}]) is None
    one = PLAIN.from_string(text)
    said = [one.render(dict.fromkeys(FIELDS, value)) for value in ("1,240", "{{ x", "")]
    assert [line[0] for line in said] == ["a", "b", "b"]


@pytest.mark.parametrize("name", ["煎茶 {{ 新 }}", "煎茶 {% 10", "{{ name }}", "{% raw %}"])
def test_braces_in_the_name_of_goods_or_of_the_shop_mean_nothing(name: str) -> None:
    parts = [{"kind": "product", "sku_id": 7}]
    draft = Draft("新茶", "", parts, "ja", Footer(name, name, name), {7: Product(name, "¥1")}, "")
    letter = addresses("https://miyabi.example", "f" * 32)
    done = render(compile_mail(draft), {**letter, "name": "石川"})
    plain = name.replace("{{", "{ {").replace("{%", "{ %")
    assert done.text.count(plain) == done.html.count(plain) == 4
    assert "石川" not in done.text


def test_a_key_that_is_none_makes_nobody_s_mail_unclear(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tx() as t:
        records = posting.willing(t, 5)
        uid = posting.measure(t)
        run = posting.scheduled(t, uid, posting.frozen(t, uid, posting.persons(t, records)))
        settings.write(t, "mail.dkim_selector", "s1", **BY)
    now = [SOON]
    postman = Postman(lambda: now[0])
    with monkeypatch.context() as bad:
        bad.setattr(mail, "_key", lambda _: b"no key")
        postman.turn()
    with tx() as t:
        assert states(t, run) == {"queued": run.people}
        assert t.rows("SELECT DISTINCT tries, answer FROM marketing_delivery") == [
            (0, "not composed: KeyFormatError")
        ]
    now[0] += timedelta(minutes=1)
    postman.turn()
    postman.close()
    with tx() as t:
        assert states(t, run) == {"sent": run.people}


@pytest.mark.parametrize("head", [b"To: <", b"To: a@[", b'To: "', b"To: :;;"])
def test_a_letter_that_nobody_can_read_is_not_in_the_way_of_others(head: bytes) -> None:
    raw = undeliverable(to=f"bounce+{'a' * 32}@miyabi.example", address="a@kaze.example")
    assert mailing_returned.read(raw) is not None
    assert mailing_returned.read(head + b"\r\n" + raw) is None


def test_what_a_server_says_is_kept_without_the_address() -> None:
    said = b"5.1.1 <misaki.i@kaze.example>: Recipient address rejected (to=a+b@kaze.example)"
    kept = "550 5.1.1 <…>: Recipient address rejected (…)"
    assert mail._judged(550, said) == Outcome("refused", kept)
    assert "@" not in mail._unreached(OSError("no misaki@kaze.example here")).answer
    raw = undeliverable(to=f"bounce+{'a' * 32}@miyabi.example", address="a@kaze.example")
    found = mailing_returned.read(raw.replace(b"nobody of", b"<a@kaze.example> nobody of"))
    assert found is not None
    assert (found.address, "@" in found.status) == ("a@kaze.example", False)


def test_two_who_press_at_once_write_to_nobody_twice(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        people = posting.persons(t, posting.willing(t, 20))
        uid = posting.measure(t)
    first_holds, answers = threading.Event(), []

    def press(wait: bool) -> None:
        try:
            if wait:
                assert first_holds.wait(10)
            with tx() as t:
                answers.append(pressed(t, uid, people))
                if not wait:
                    first_holds.set()
                    time.sleep(0.5)
        finally:
            first_holds.set()
            connection.close()

    both = [threading.Thread(target=press, args=[wait]) for wait in (False, True)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    with tx() as t:
        most = t.value("SELECT max(n) FROM (SELECT count(*) AS n FROM marketing_delivery"
                       " GROUP BY person_id) x")  # fmt: skip
    assert most == 1
    assert isinstance(answers[0], Scheduled)
    assert answers[1] == Refusal("nobody_to_send_to", "list")


def pressed(t: Any, uid: UUID, people: list[int]) -> object:
    made = lists.freeze(
        t, uid=ids.new_id(), measure_uid=uid, conditions={"field": "person", "ids": people},
        channel="mail", control_share=0.0, **BY,
    )  # fmt: skip
    assert isinstance(made, Frozen)
    return runs.schedule(t, NewRun(ids.new_id(), uid, made.uid), **BY)


def test_what_comes_back_after_the_stop_is_not_left_waiting(shop: str) -> None:
    """Not taken by the server, and stopped meanwhile: no queue has it any more."""
    with tx() as t:
        uid = posting.measure(t)
        people = posting.persons(t, posting.willing(t, 4))
        run = posting.scheduled(t, uid, posting.frozen(t, uid, people))
    with tx() as t:
        block = mailing.take(t, run.run_id, mail.transport(t), at=SOON)
    assert block is not None
    with tx() as t:
        runs.stop(t, run.uid, actor=world.ACTOR, recorded_at=SOON)
    with tx() as t:
        outcomes = [(letter, Outcome("later", "451 not now")) for letter in block.letters]
        mailing.settle(t, run.run_id, outcomes, at=SOON)
        assert states(t, run) == {"skipped:stopped": run.people}


def test_a_yes_whose_clock_ran_ahead_does_not_outlast_the_no_after_it(shop: str) -> None:
    """L-01: what was said last holds, whatever the clock of a till or a web shop says."""
    with tx() as t:
        [record] = posting.willing(t, 1)
        [person] = posting.persons(t, [record])
        yes = NewConsent(ids.new_id(), record, "mail", True, "till",
                         world.NOW + timedelta(minutes=9), evidence={"till": "S1"})  # fmt: skip
        no = NewConsent(ids.new_id(), record, "mail", False, "link",
                        world.NOW + timedelta(minutes=1))  # fmt: skip
        consents.note(t, [yes], actor=world.ACTOR, recorded_at=world.NOW)
        consents.note(t, [no], actor=world.ACTOR, recorded_at=no.occurred_at)
        assert consents.permissions(t, [person])[person] == Barred(person, "refused")


def test_a_no_a_moment_after_a_yes_is_a_no(shop: str) -> None:
    """L-01: refused, agreed to and refused again within one minute."""
    with tx() as t:
        records = posting.willing(t, 3)
        uid = posting.measure(t)
        run = posting.scheduled(t, uid, posting.frozen(t, uid, posting.persons(t, records)))
        sql = "SELECT token, person_id, record_id FROM marketing_delivery WHERE run_id = %s"
        token, person, record = t.rows(sql, [run.run_id])[0]
        for second, granted in ((1, False), (20, True), (40, False)):
            at = SOON.replace(second=second)
            if granted:
                posting.say(t, [record], granted=True, at=at)
            else:
                tracking.refused(t, token, Asking(), way="page", at=at)
            is_barred = isinstance(consents.permissions(t, [person])[person], Barred)
            assert is_barred is not granted
