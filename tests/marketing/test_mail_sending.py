"""Sending: consent at the last moment, once per person, failures by their kind (R-079, L-01)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from goen.customers import consents
from goen.customers.consents import Permission
from goen.kit import clock, ids, mail, mailbox, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import automation, mailing, mailing_returned, messages, runs
from goen.marketing.mailing_carrying import Busy, Postman, alone
from goen.marketing.messages import MessageShown
from goen.marketing.runs import Changed, NewRun, Scheduled
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import measuring, posting
from tests.marketing.measuring import BY
from tests.marketing.posting import SOON, letters, states


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Iterator[str]:
    """A shop with its mailbox; commits are real."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
    with posting.mailbox_of(fresh_db.shop):
        yield fresh_db.shop


def begun(count: int, *, domain: str = "kaze.example", coupon: str = "") -> Scheduled:
    with tx() as t:
        records = posting.willing(t, count, domain=domain)
        uid = posting.measure(t, coupon=coupon)
        return posting.scheduled(t, uid, posting.frozen(t, uid, posting.persons(t, records)))


def send_all(at: datetime = SOON, *, turns: int = 200) -> int:
    """Turns until nothing is due, the clock going on a second each turn."""
    now = [at]
    postman, sent = Postman(lambda: now[0]), 0
    for _ in range(turns):
        done = postman.turn()
        sent += done
        now[0] += timedelta(seconds=1)
        with tx() as t:
            if not done and not mailing.due(t, at=now[0] + timedelta(seconds=2)):
                break
    postman.close()
    return sent


def test_everybody_of_the_list_gets_one_mail_and_who_refused_since_gets_none(shop: str) -> None:
    """R-079: unsubscribed between listing and sending is not sent."""
    run = begun(30)
    with tx() as t:
        gone = t.row(
            "SELECT person_id, record_id FROM marketing_delivery WHERE run_id = %s"
            " ORDER BY id LIMIT 1",
            [run.run_id],
        )
        assert gone is not None
        posting.say(t, [gone[1]], granted=False, at=world.NOW + timedelta(seconds=30))
        gone_mail = t.value("SELECT mail FROM customers_detail WHERE record_id = %s", [gone[1]])
    assert send_all() == run.people - 1
    got = Counter(line.recipient for line in letters(shop))
    assert got[gone_mail] == 0
    assert set(got.values()) == {1}
    with tx() as t:
        assert states(t, run) == {"sent": run.people - 1, "skipped:refused": 1}
        assert t.value("SELECT state FROM marketing_run WHERE id = %s", [run.run_id]) == "sent"
        assert [one.outcome for one in automation.decisions(t, rule="mail.send")] == [
            "sent", "begun",
        ]  # fmt: skip


def test_the_letter_has_the_person_s_own_words_links_and_way_to_refuse(shop: str) -> None:
    run = begun(6, coupon="back")
    send_all()
    with tx() as t:
        rows = {
            row[0]: row[1:]
            for row in t.rows(
                "SELECT token, coupon, sent_at FROM marketing_delivery WHERE run_id = %s",
                [run.run_id],
            )
        }
    with mailbox.opened(shop) as store:
        for line in store.find(limit=100):
            letter = store.read(line.id)
            assert letter is not None
            head = dict(letter.headers)
            token = line.sender.removeprefix("bounce+").partition("@")[0]
            number = line.recipient[1 : line.recipient.index("@")]
            coupon, sent_at = rows.pop(token)
            assert sent_at is not None
            assert head["List-Unsubscribe"].endswith(f"/u/{token}>")
            assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert head["To"].startswith(f"森{number} 歩 様")
            for text in (letter.text, letter.html):
                assert f"森{number} 歩 様" in text
                assert coupon in text
                assert "10%引き" in text
                assert "東京都渋谷区神南1-1-1" in text
                assert f"/u/{token}" in text
                assert f"/t/c/{token}/0" in text
                assert "{{" not in text
    assert rows == {}


@pytest.mark.parametrize("domain", ["unknown.example", "busy.example"])
def test_a_failure_is_tried_again_or_ends_by_its_kind(shop: str, domain: str) -> None:
    run = begun(3, domain=domain)
    people = run.people
    send_all()
    with tx() as t:
        person = t.value("SELECT person_id FROM marketing_delivery WHERE run_id = %s LIMIT 1",
                         [run.run_id])  # fmt: skip
        if domain == "unknown.example":
            assert states(t, run) == {"bounced:no_such_address": people}
            assert not isinstance(consents.permissions(t, [person])[person], Permission)
        if domain == "busy.example":
            assert states(t, run) == {"queued": people}
            assert t.rows("SELECT DISTINCT tries FROM marketing_delivery") == [(1,)]
            assert isinstance(consents.permissions(t, [person])[person], Permission)
    if domain == "busy.example":
        assert send_all(SOON + timedelta(seconds=40)) == 0
        assert send_all(SOON + timedelta(minutes=3)) == people
        with tx() as t:
            assert states(t, run) == {"sent": people}
    assert len(letters(shop, f"@{domain}")) == (0 if domain == "unknown.example" else people)


def test_what_comes_back_later_ends_it_too(shop: str) -> None:
    """A mail that the server took and returned: the address is written to no more."""
    run = begun(3, domain="returned.example")
    send_all()
    with tx() as t:
        assert states(t, run) == {"sent": run.people}
    assert mailing_returned.hear(shop, at=SOON) == run.people
    assert mailing_returned.hear(shop, at=SOON) == 0
    with tx() as t:
        assert states(t, run) == {"bounced:returned": run.people}
        people = [row[0] for row in t.rows("SELECT person_id FROM marketing_delivery")]
        said = consents.permissions(t, people).values()
        assert {getattr(one, "cause", "") for one in said} == {"suppressed"}


def test_a_server_that_cannot_be_reached_uses_up_nobody_s_tries(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
    run = begun(3)
    for turn in range(8):
        send_all(SOON + timedelta(minutes=turn))
    with tx() as t:
        assert states(t, run) == {"queued": run.people}
        assert t.rows("SELECT DISTINCT tries FROM marketing_delivery") == [(0,)]
    with posting.mailbox_of(fresh_db.shop):
        assert send_all(SOON + timedelta(minutes=20)) == run.people


def test_nothing_leaves_before_its_time_and_a_recall_is_for_good(shop: str) -> None:
    run = begun(3)
    assert run.starts_at == world.NOW + runs.RECALL
    assert send_all(world.NOW + timedelta(seconds=59), turns=1) == 0
    with tx() as t:
        recalled = runs.recall(t, run.uid, actor=world.ACTOR,
                               recorded_at=world.NOW + timedelta(seconds=59))  # fmt: skip
        assert recalled == Changed(run.uid, "recalled")
        assert runs.recall(t, run.uid, **BY) == Changed(run.uid, "recalled", repeated=True)
    assert send_all() == 0
    assert letters(shop) == []
    with tx() as t:
        assert states(t, run) == {"skipped:recalled": run.people}
        assert isinstance(runs.resume(t, run.uid, **BY), Refusal)


def test_a_sending_that_has_begun_is_stopped_not_recalled(shop: str) -> None:
    with tx() as t:
        records = posting.willing(t, 20)
        uid = posting.measure(t)
        to = posting.frozen(t, uid, posting.persons(t, records))
        run = posting.scheduled(t, uid, to, per_minute=60)
    postman = Postman(lambda: SOON)
    assert postman.turn() == 2
    assert postman.turn() == 0, "the pace: 60 a minute are two in two seconds"
    with tx() as t:
        assert isinstance(runs.recall(t, run.uid, **BY), Refusal)
        assert runs.pause(t, run.uid, **BY) == Changed(run.uid, "paused")
    later = Postman(lambda: SOON + timedelta(seconds=3))
    assert later.turn() == 0
    with tx() as t:
        assert runs.resume(t, run.uid, actor=world.ACTOR, recorded_at=SOON) == Changed(
            run.uid, "sending"
        )
    assert later.turn() == 2
    with tx() as t:
        assert runs.stop(t, run.uid, why="文面の誤り", **BY) == Changed(run.uid, "stopped")
    assert Postman(lambda: SOON + timedelta(minutes=1)).turn() == 0
    with tx() as t:
        assert states(t, run) == {"sent": 4, "skipped:stopped": run.people - 4}
    postman.close()
    later.close()


def test_the_stop_switch_halts_within_one_cycle(shop: str) -> None:
    """R-043."""
    begun(3)
    with tx() as t:
        automation.switch(t, on=False, **BY)
    assert send_all() == 0
    with tx() as t:
        automation.switch(t, on=True, **BY)
    assert send_all() > 0


def test_two_who_became_one_in_the_meantime_get_one_mail(shop: str) -> None:
    run = begun(12)
    with tx() as t:
        pairs = t.rows(
            "SELECT person_id, record_id FROM marketing_delivery WHERE run_id = %s"
            " ORDER BY id LIMIT 2",
            [run.run_id],
        )
        (first, _), (second, record) = pairs
        t.execute("UPDATE customers_personof SET person_id = %s WHERE record_id = %s",
                  [first, record])  # fmt: skip
        t.execute("UPDATE customers_person SET merged_into_id = %s WHERE id = %s",
                  [first, second])  # fmt: skip
    assert send_all() == run.people - 1
    with tx() as t:
        assert states(t, run)["skipped:same_person"] == 1


def test_two_senders_at_once_send_each_mail_once(shop: str) -> None:
    run = begun(60)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            send_all(turns=60)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    got = Counter(line.recipient for line in letters(shop))
    assert set(got.values()) == {1}
    assert len(got) == run.people


def test_one_process_sends_for_a_shop(shop: str) -> None:
    with alone(shop), pytest.raises(Busy), alone(shop):
        pass


def test_a_killed_sender_sends_nobody_twice_and_says_what_is_unclear(
    fresh_db: FreshDatabase,
) -> None:
    """Killed in the middle, time and again: at most one each, and whatever is not known is told."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        settings.write(t, "mail.per_minute", 1_200, **BY)
    run = begun(160)
    command = [
        sys.executable, "-c",
        "import django; django.setup()\n"
        "import itertools, time\n"
        "from datetime import datetime, timedelta\n"
        "from goen.marketing.mailing_carrying import Postman, alone\n"
        f"start, began = datetime.fromisoformat('{SOON.isoformat()}'), time.monotonic()\n"
        "import os\n"
        "late = timedelta(minutes=int(os.environ['LATE']))\n"
        "now = lambda: start + late + timedelta(seconds=time.monotonic() - began)\n"
        "postman = Postman(now)\n"
        "print('up', flush=True)\n"
        "while True:\n"
        "    postman.turn() or time.sleep(0.02)\n",
    ]  # fmt: skip
    with posting.mailbox_of(fresh_db.shop):
        for late in range(40):
            environment = {**fresh_db.environment(), "LATE": str(late)}
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as sender:
                assert sender.stdout is not None
                assert sender.stdout.readline() == b"up\n"
                wanted = min(run.people, 30 + 70 * late)
                until = time.monotonic() + 10
                while len(letters(fresh_db.shop)) < wanted and time.monotonic() < until:
                    with tx() as t:
                        if not _open(t, run):
                            break
                    time.sleep(0.01)
                os.kill(sender.pid, signal.SIGKILL)
            with tx() as t:
                if not _open(t, run):
                    break
    got = Counter(line.recipient for line in letters(fresh_db.shop))
    with tx() as t:
        mailing.left_behind(t, before=SOON + timedelta(hours=9), at=SOON)
        found = states(t, run)
    assert set(got.values()) == {1}
    assert found.get("unclear:interrupted", 0) > 0, "killed in the middle"
    assert found.get("sent", 0) + found["unclear:interrupted"] == run.people
    assert 0 < found["sent"] <= len(got) <= run.people


def _open(t: Tx, run: Scheduled) -> int:
    return int(t.value(
        "SELECT count(*) FROM marketing_delivery WHERE run_id = %s AND state = 'queued'",
        [run.run_id],
    ))  # fmt: skip


def test_what_is_unclear_is_sent_again_only_when_somebody_says_so(shop: str) -> None:
    run = begun(4)
    with tx() as t:
        block = mailing.take(t, run.run_id, mail.transport(t), at=SOON)
        assert block is not None
    with tx() as t:
        assert mailing.left_behind(t, before=SOON + timedelta(seconds=1), at=SOON) == run.people
    send_all(SOON + timedelta(minutes=1))
    assert letters(shop) == []
    with tx() as t:
        ids_ = [row[0] for row in t.rows("SELECT id FROM marketing_delivery ORDER BY id")]
        done = runs.decide(t, run.uid, ids_[:1], again=True, **BY)
        assert isinstance(done, runs.Decided)
        runs.decide(t, run.uid, ids_[1:], again=False, **BY)
        again = runs.decide(t, run.uid, ids_[:1], again=True, **BY)
        assert isinstance(again, Refusal)
        assert again.code == "mail_not_so"
    assert send_all(SOON + timedelta(minutes=5)) == 1
    with tx() as t:
        assert states(t, run) == {"sent": 1, "unclear:left": run.people - 1}


def test_a_list_is_sent_to_once_whoever_asks(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        records = posting.willing(t, 10)
        uid = posting.measure(t)
        to = posting.frozen(t, uid, posting.persons(t, records))
    answers: list[object] = []
    barrier = threading.Barrier(6)

    def ask() -> None:
        barrier.wait()
        with tx() as t:
            answers.append(runs.schedule(t, NewRun(ids.new_id(), uid, to.uid), **BY))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [one for one in answers if isinstance(one, Scheduled)]
    assert len(made) == 1
    assert {one.code for one in answers if isinstance(one, Refusal)} == {"list_sent_already"}
    with tx() as t:
        again = runs.schedule(t, NewRun(made[0].uid, uid, to.uid), **BY)
        assert again == Scheduled(made[0].uid, made[0].run_id, made[0].people,
                                  made[0].starts_at, repeated=True)  # fmt: skip


def test_a_sending_is_refused_naming_what_it_lacks(tx_db: None) -> None:
    """L-04: without its footer no advertising mail leaves."""
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    records = posting.willing(t, 10)
    people = posting.persons(t, records)
    uid = posting.measure(t)
    to = posting.frozen(t, uid, people)

    def asked(list_uid: object = to.uid, measure: object = uid) -> str:
        new = NewRun(ids.new_id(), measure, list_uid)  # type: ignore[arg-type]
        answer = runs.schedule(t, new, **BY)
        return answer.code if isinstance(answer, Refusal) else "scheduled"

    other = posting.measure(t)
    draft = measuring.drafted(t, measuring.measure())
    assert asked(ids.new_id()) == "unknown_list"
    assert asked(measure=ids.new_id()) == "unknown_measure"
    assert asked(measure=draft) == "measure_not_so"
    assert asked(measure=other) == "list_not_for_this"
    settings.write(t, "mail.contact", "", **BY)
    assert asked() == "footer_missing"
    settings.write(t, "mail.contact", "03-0000-0000", **BY)
    settings.write(t, "mail.host", "mail.miyabi.jp", **BY)
    assert asked() == "sender_missing"
    settings.write(t, "mail.host", "", **BY)
    assert asked() == "scheduled"
    message = messages.newest(t, 1)
    if isinstance(message, MessageShown):
        late = messages.write(
            t, uid, messages.NewMessage("変えたい", [{"kind": "text", "text": "x"}]), **BY
        )
        assert isinstance(late, Refusal)
        assert late.code == "mail_on_its_way"


def test_the_clock_of_a_worker_is_the_shop_s() -> None:
    assert Postman(clock.now)._began <= clock.now()
