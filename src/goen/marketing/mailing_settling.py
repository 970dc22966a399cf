"""What became of letters: sent, to be tried again, refused, bounced, or unclear."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from goen.customers import consents
from goen.kit.db import Tx
from goen.kit.mail import Outcome
from goen.marketing.mailing_letters import ACTOR, Letter, skip

TRIES = 6
FIRST_WAIT = timedelta(minutes=1)
OUTAGE_WAIT = timedelta(seconds=15)
"""How long a sending rests when the server cannot be reached: nobody's tries are used up."""


def settle(
    tx: Tx, run_id: int, outcomes: Sequence[tuple[Letter, Outcome]], *, at: datetime
) -> None:
    """Note what became of letters. An address that does not exist is written to no more."""
    unreached = False
    for letter, outcome in sorted(outcomes, key=lambda one: one[0].delivery_id):
        if outcome.state == "later":
            unreached |= not outcome.answer[:3].isdigit()
            _put_back(tx, letter, outcome, at)
            continue
        state, cause = _fate(outcome)
        tx.execute(
            """
            UPDATE marketing_delivery SET state = %s, cause = %s, answer = %s, sent_at = %s,
              ended_at = %s WHERE id = %s AND state = 'sending'
            """,
            [
                state, cause, outcome.answer, at if state == "sent" else None, at,
                letter.delivery_id,
            ],
        )  # fmt: skip
        if state == "bounced":
            consents.suppress(
                tx, "mail", letter.address, "bounced", outcome.answer, actor=ACTOR, at=at
            )
    if unreached:
        sql = "UPDATE marketing_run SET next_block_at = %s WHERE id = %s"
        tx.execute(sql, [at + OUTAGE_WAIT, run_id])


def _put_back(tx: Tx, letter: Letter, outcome: Outcome, at: datetime) -> None:
    """The server did not take it: another try later, unless it said so too often."""
    answered = outcome.answer[:3].isdigit()
    row = tx.row(
        "SELECT d.tries, r.state FROM marketing_delivery d JOIN marketing_run r ON r.id = d.run_id"
        " WHERE d.id = %s AND d.state = 'sending' FOR UPDATE OF d",
        [letter.delivery_id],
    )
    if row is None:
        return
    if row[1] == "stopped":  # while it was in the air: it is as if it had never been taken
        skip(tx, [(letter.delivery_id, "stopped")], at)
        return
    tries = row[0] + answered
    over = tries >= TRIES
    tx.execute(
        """
        UPDATE marketing_delivery SET state = %s, cause = %s, answer = %s, tries = %s,
          next_try_at = %s, ended_at = %s, claimed_at = NULL WHERE id = %s
        """,
        [
            "refused" if over else "queued", "tried_often" if over else "", outcome.answer, tries,
            None if over else at + (wait_after(tries) if answered else OUTAGE_WAIT),
            at if over else None, letter.delivery_id,
        ],
    )  # fmt: skip


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many times of `not now`: 1, 4, 16, 64, 256 minutes."""
    waiting: timedelta = FIRST_WAIT * 4 ** (tries - 1)
    return waiting


_NO_SUCH_ADDRESS = re.compile(r"^(550 5\.1\.\d+|550(?! 5\.)|551|553|55\d 5\.1\.\d+|55\d 5\.2\.1)\b")


def _fate(outcome: Outcome) -> tuple[str, str]:
    """State and cause of a letter that will not be tried again (RFC 5321, RFC 3463)."""
    if outcome.state == "sent":
        return "sent", ""
    if outcome.state == "unclear":
        return "unclear", "interrupted"
    gone = _NO_SUCH_ADDRESS.match(outcome.answer) or outcome.answer == "address not written to"
    return ("bounced", "no_such_address") if gone else ("refused", "server")
