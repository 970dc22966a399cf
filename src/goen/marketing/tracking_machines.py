"""Whether a mail was opened by a person or by a machine that looked before them. Pure.

A heuristic, and said to be one. Counted as a machine: whoever calls itself one; whoever asks for
the picture or a link so soon after sending that nobody can have read; whoever follows several
links of one mail within a second or two, as filters of mail services do. A mail service that
fetches pictures on behalf of its reader (Gmail's) asks when they read, and counts as them.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

TOO_SOON = timedelta(seconds=5)
"""Nobody opens, reads and clicks within this time after the mail server took the mail."""
TOGETHER = timedelta(seconds=2)
TOO_MANY = 3
"""So many different links within `TOGETHER` are followed by no finger."""
_SAYS_SO = re.compile(
    r"bot\b|crawl|spider|scan|preview|fetch|monitor|headless|python-|curl/|wget/|java/|go-http|"
    r"libwww|proofpoint|mimecast|barracuda|symantec|microsoft office|ms-office|safelinks|"
    r"facebookexternal|slackbot|whatsapp|bingpreview|yahoo! slurp",
    re.IGNORECASE,
)
_ON_BEHALF = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)


def why_machine(
    *,
    agent: str,
    method: str,
    sent_at: datetime | None,
    at: datetime,
    others: Sequence[tuple[int, datetime]] = (),
    link: int = -1,
) -> str:
    """Why this is taken for a machine: agent, method, too_soon, too_many; '' for a person.

    `others` are links of the same mail followed before, each with its moment.
    """
    if method == "HEAD":
        return "method"
    if not agent.strip() or (_SAYS_SO.search(agent) and not _ON_BEHALF.search(agent)):
        return "agent"
    if sent_at is not None and at - sent_at < TOO_SOON:
        return "too_soon"
    near = {number for number, moment in others if at - moment < TOGETHER} | {link}
    return "too_many" if len(near) >= TOO_MANY else ""
