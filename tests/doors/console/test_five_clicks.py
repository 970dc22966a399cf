"""From who bought it to a mail in the sink in five clicks, and from the mail to its effect.

R-076, R-079, R-080: with a browser, the analyst, real SMTP and the till.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goen.customers import consents
from goen.customers.consents import NewConsent
from goen.kit import clock, home, ids, mailbox, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import tracking_redeemed, verdicts
from goen.orders.sale import SaleTender
from goen.orders.selling import sell
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting

pytestmark = pytest.mark.browser
PEOPLE = 60


def by() -> dict[str, Any]:
    return {"actor": world.ACTOR, "recorded_at": clock.now()}


def cards(t: Tx) -> dict[int, str]:
    """The card of each person who has one of ours."""
    rows = t.rows(
        "SELECT p.person_id, c.value FROM customers_credential c"
        " JOIN customers_personof p USING (record_id) WHERE c.value LIKE 'G77%%'"
    )
    return dict(rows)


def bought(t: Tx, card: str, item: str = "KASHI-01", **more: Any) -> Any:
    sale = world.sale((item, 1), member=card, **{"at": clock.now() - timedelta(days=3), **more})
    (done,) = sell(t, [sale], **by())
    assert not isinstance(done, Refusal), done
    return sale


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Iterator[FreshDatabase]:
    """Sixty people who agreed to mail and bought the article; the analyst and the mailbox run."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        settings.write(t, "holdout.share", 0.15, **by())
        posting.willing(t, PEOPLE)
        world.stocked(t, "KASHI-01", 200)
        world.stocked(t, "CHA-01", 200)
        for card in cards(t).values():
            bought(t, card)
    with (
        running(fresh_db, "analyst") as log,
        running(fresh_db, "worker"),
        running(fresh_db, "mailbox"),
    ):
        until(_has_ltv, within_s=120, log=log)
        yield fresh_db


@contextlib.contextmanager
def running(shop: FreshDatabase, what: str) -> Iterator[Path]:
    """One of the programs that the supervisor keeps running; its log."""
    log = home.log_dir() / f"{shop.shop}.{what}.log"
    command = [sys.executable, "-m", "goen.doors.cli.main", what]
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            command, env=shop.environment(), stdout=sink, stderr=sink, start_new_session=True
        ) as program,
    ):
        try:
            yield log
        finally:
            program.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, 9)


def _has_ltv() -> bool:
    with tx() as t:
        return bool(t.value("SELECT count(*) FROM insight_skufigure"))


def until(holds: Callable[[], bool], *, within_s: float, log: Path | None = None) -> None:
    end = time.monotonic() + within_s
    while not holds():
        said = log.read_text()[-2000:] if log is not None else ""
        assert time.monotonic() < end, f"it did not come to be in time {said}"
        time.sleep(0.1)


def test_from_who_bought_it_to_the_effect(shop: FreshDatabase, serving: str, browser: Any) -> None:
    with tx() as t:
        sku = t.value("SELECT id FROM catalogue_sku WHERE code = 'KASHI-01'")
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", base_url=serving)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/login?next=/products/{sku}")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.wait_for_url(f"**/products/{sku}")
    clicks = _five_clicks(page)
    assert clicks == 5
    assert "秒で始めます" in page.locator("#run").inner_text()
    _somebody_refuses_and_it_is_sent(shop)
    _who_was_left_alone_buys_too()
    page.goto("/measures/1/send")
    assert "送り終えました" in page.locator("#run").inner_text()
    page.goto("/mailbox?q=森")
    page.locator("tbody a").first.click()
    assert "様へ" in page.locator("h1").inner_text()
    frame = page.frame_locator("iframe.mail-frame")
    assert "このメールは" in frame.locator("body").inner_text()
    assert errors == []
    context.close()


def _five_clicks(page: Any) -> int:
    """Every click is counted; the form is filled in from the page one came from."""
    page.get_by_role("link", name="この方たちへの施策を作る").first.click()
    page.wait_for_url("**/measures/new**")
    assert page.input_value("#title") == "「ビッグバーZホワイト」のお客様への施策"
    assert page.input_value("#evidence")
    for name, text in (
        ("#reason", "続けて買う方が減っている"), ("#expected", "4週間の来店が増える"),
        ("#says", "いつもの味に、新しい仲間ができました。"), ("#axis_new", "いつもの一つ"),
    ):  # fmt: skip
        page.fill(name, text)
    page.fill("#control", "25")
    page.select_option("#coupon_kind", "back")
    page.get_by_role("button", name="下書きを保存する").click()
    page.wait_for_url("**/measures/1")
    page.get_by_role("link", name="宛先と文面を確かめて送る").first.click()
    page.wait_for_url("**/measures/1/send")
    assert "空いた項目や切れたリンクはありません" in page.locator("#check").inner_text()
    people = _treated_foreseen(page)
    page.get_by_role("button", name=f"{people}人に送る").first.click()
    dialog = page.locator("dialog[open]")
    assert f"{people}人に送りますか" in dialog.inner_text()
    dialog.get_by_role("button", name=f"{people}人に送る").click()
    page.wait_for_selector("#run")
    return 5


def _treated_foreseen(page: Any) -> int:
    return int(page.locator("dd.sum").inner_text())


def _somebody_refuses_and_it_is_sent(shop: FreshDatabase) -> None:
    """Between listing and sending one person refuses; the minute to recall is over."""
    with tx() as t:
        delivery, record, address = t.row(
            "SELECT d.id, d.record_id, x.mail FROM marketing_delivery d"
            " JOIN customers_detail x USING (record_id) ORDER BY d.id LIMIT 1"
        ) or (0, 0, "")
        no = NewConsent(ids.new_id(), record, "mail", False, "member", clock.now())
        consents.note(t, [no], **by())
        t.execute("UPDATE marketing_run SET starts_at = %s", [clock.now()])
    until(_is_sent, within_s=60)
    with mailbox.opened(shop.shop) as store:
        got = [line.recipient for line in store.find(limit=1000)]
    with tx() as t:
        treated = t.value("SELECT count(*) FROM marketing_target WHERE arm = 'treated'")
        state = t.value("SELECT state || ':' || cause FROM marketing_delivery WHERE id = %s",
                        [delivery])  # fmt: skip
    assert state == "skipped:refused"
    assert address not in got
    assert len(got) == len(set(got)) == treated - 1


def _is_sent() -> bool:
    with tx() as t:
        return bool(t.value("SELECT state FROM marketing_run") == "sent")


def _who_was_left_alone_buys_too() -> None:
    """A coupon is used at the till; control and holdout buy without a mail; all are counted."""
    with tx() as t:
        known = cards(t)
        arms = dict(t.rows("SELECT person_id, arm FROM marketing_target"))
        coupon, person = t.row(
            "SELECT coupon, person_id FROM marketing_delivery WHERE state = 'sent' LIMIT 1"
        ) or ("", 0)
        alone = {arm: next(p for p, a in arms.items() if a == arm) for arm in
                 ("control", "holdout")}  # fmt: skip
        now = {"at": clock.now()}
        used = bought(t, known[person], "CHA-01", coupons=(coupon,),
                      tenders=(SaleTender("card", 1_167),), **now)  # fmt: skip
        for one in alone.values():
            bought(t, known[one], "CHA-01", **now)
        assert not t.rows(
            "SELECT 1 FROM marketing_delivery WHERE person_id = ANY(%s)", [list(alone.values())]
        )
    with tx() as t:
        [use] = tracking_redeemed.redeemed(t, 1)
        assert (use.document, use.person_id, use.amount_minor) == (used.uid, person, 129)

    def counted() -> bool:
        with tx() as t:
            found = verdicts.verdict(t, 1, at=clock.now())
        if found is None or found.effect is None or found.sides.redeemed != 1:
            return False
        bought_since = {arm.name: arm.buyers for arm in found.effect.arms}
        return bought_since == {"treated": 1, "control": 1, "holdout": 1}

    until(counted, within_s=60)
