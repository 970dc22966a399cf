"""A mail rendered for everybody it may be for, before it is sent: who lacks what.

Promises: every person who would be written to is rendered, none is a sample; what is found holds
for one version of the mail and one audience, and says how far it is while it goes on.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.customers import consents
from goen.customers.consents import Permission
from goen.kit import home, mail, settings
from goen.kit.clock import business_date
from goen.kit.db import Row, Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import found as finding
from goen.marketing import messages, messages_pictures, rendering_people, rendering_shop
from goen.marketing.conditions import parse
from goen.marketing.messages import MessageShown
from goen.marketing.messages_parts import LANDING
from goen.marketing.rendering import Compiled, addresses, render

AT_ONCE = 500
FEW = 1_500
"""So many are rendered while the page waits; more, by the worker."""
PERSONAL = frozenset(("name", "family_name", "points", "points_ending", "points_end_on", "store"))
"""Fields of the person. That a coupon has no end, or nobody a proposal, is nothing they lack."""
LOOKED_AT = 20
"""So many that wait are looked at for one that can be done."""
EXAMPLES = 20
"""People kept by name of what they lack, for each lack."""


@dataclass(frozen=True, slots=True)
class CheckShown:
    """What was found so far. `missing` and `replaced` count people by field; `broken` are links
    and files that lead nowhere; `people` are a few ids for each field."""

    total: int | None
    done: int
    finished_at: datetime | None
    missing: Mapping[str, int]
    replaced: Mapping[str, int]
    broken: Sequence[str]
    people: Mapping[str, Sequence[int]]
    people_missing: int

    @property
    def is_good(self) -> bool:
        """Whether everybody's mail is whole and every link leads somewhere."""
        return self.finished_at is not None and not self.missing and not self.broken


def audience_of(conditions: Mapping[str, Any]) -> str:
    """What stands for conditions: the same ones, the same word."""
    said = json.dumps(conditions, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def ask(tx: Tx, message_id: int, conditions: Mapping[str, Any], *, at: datetime) -> None:
    """Have a mail checked for everybody who fulfils conditions; asked again, it is done anew."""
    tx.execute(
        """
        INSERT INTO marketing_mailcheck (message_id, audience, conditions, asked_at, done, found)
        VALUES (%s, %s, %s::jsonb, %s, 0, '{}')
        ON CONFLICT (message_id, audience) DO UPDATE SET asked_at = excluded.asked_at,
          total = NULL, done = 0, finished_at = NULL, found = '{}'
        """,
        [message_id, audience_of(conditions), json.dumps(conditions, ensure_ascii=False), at],
    )


def read(tx: Tx, message_id: int, conditions: Mapping[str, Any]) -> CheckShown | None:
    """What the check of a mail for an audience found so far; None if nobody asked."""
    row = tx.row(
        "SELECT total, done, finished_at, found FROM marketing_mailcheck"
        " WHERE message_id = %s AND audience = %s",
        [message_id, audience_of(conditions)],
    )
    return None if row is None else _shown(row)


def run_next(*, at: datetime, stop: Callable[[], bool] = lambda: False, most: int = 0) -> bool:
    """Do the check that was asked for first and can be done; answers whether there was one.

    One that waits for the analyst is not in the way of others. `most`: only if it is for at most
    so many.
    """
    with tx() as t:
        waiting = t.rows(
            "SELECT id, message_id, conditions, asked_at FROM marketing_mailcheck"
            " WHERE finished_at IS NULL ORDER BY asked_at, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [LOOKED_AT],
        )
        begun = (_begin(t, *row, at=at) for row in waiting)
        check = next((one for one in begun if one is not None), None)
    return check is not None and _work(check, at=at, stop=stop, most=most)


def run_now(
    message_id: int, conditions: Mapping[str, Any], *, at: datetime, most: int = FEW
) -> bool:
    """Do one check at once, while somebody waits; False when it is for more than `most`."""
    with tx() as t:
        row = t.row(
            "SELECT id, message_id, conditions, asked_at FROM marketing_mailcheck"
            " WHERE finished_at IS NULL AND message_id = %s AND audience = %s",
            [message_id, audience_of(conditions)],
        )
        check = _begin(t, *row, at=at) if row else None
    return check is not None and _work(check, at=at, stop=lambda: False, most=most)


@dataclass(slots=True)
class _Check:
    """One check at work. `asked_at` says whether it was asked anew in the meantime."""

    id: int
    asked_at: datetime
    message: MessageShown
    compiled: Compiled
    common: Mapping[str, str]
    people: Sequence[int]
    found: "_Found"


class _Found:
    def __init__(self, broken: Sequence[str]) -> None:
        self.missing: Counter[str] = Counter()
        self.replaced: Counter[str] = Counter()
        self.people: dict[str, list[int]] = defaultdict(list)
        self.people_missing = 0
        self.broken = list(broken)

    def add(self, person_id: int, missing: set[str], replaced: set[str]) -> None:
        self.missing.update(missing)
        self.replaced.update(replaced & PERSONAL)
        self.people_missing += bool(missing)
        for name in missing:
            if len(self.people[name]) < EXAMPLES:
                self.people[name].append(person_id)

    def kept(self) -> str:
        said = {
            "missing": self.missing, "replaced": self.replaced, "broken": self.broken,
            "people": self.people, "people_missing": self.people_missing,
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False)


def _begin(
    t: Tx, id_: int, message_id: int, conditions: Any, asked_at: datetime, *, at: datetime
) -> _Check | None:
    message, tree = messages.read(t, message_id), parse(conditions)
    assert message is not None
    ready = None if isinstance(tree, Refusal) else finding.prepare(t, tree, at=at)
    if ready is None or ready.waiting:
        return None
    people = finding.ids(t, ready)
    t.execute("UPDATE marketing_mailcheck SET total = %s WHERE id = %s", [len(people), id_])
    public_url = mail.transport(t).public_url
    day = business_date(at, timezone=settings.read(t, "shop.timezone"), day_change_hour=0)
    kind = t.value(
        "SELECT coupon_kind FROM marketing_version WHERE measure_id = %s ORDER BY n DESC LIMIT 1",
        [message.measure_id],
    )
    common = {
        **rendering_shop.shop_values(message.language),
        **addresses(public_url, "0" * 32),
        **_coupon(t, message, kind or ""),
    }
    compiled = rendering_shop.compiled(t, message, public_url=public_url, day=day)
    found = _Found(broken(t, message, kind or "", day=day))
    return _Check(id_, asked_at, message, compiled, common, people, found)


def _coupon(t: Tx, message: MessageShown, kind: str) -> dict[str, str]:
    terms = rendering_shop.coupon_values(t, kind, language=message.language) if kind else {}
    return {**terms, "coupon": rendering_shop.SAMPLE_COUPON} if terms else {}


def broken(t: Tx, message: MessageShown, coupon_kind: str, *, day: Any) -> list[str]:
    """What leads nowhere: pictures that are gone, products without a price, a coupon of no kind."""
    shop, found = home.current_shop_name(), []
    products = rendering_shop.products(t, message.parts, language=message.language, day=day)
    for part in message.parts:
        if part["kind"] == "picture" and not messages_pictures.path_of(shop, part["file"]):
            found.append(f"picture {part['alt']}")
        if part["kind"] == "product":
            product = products.get(part["sku_id"])
            if product is None or not product.price:
                found.append(f"product {product.name if product else part['sku_id']}")
    if message.has("coupon") and not rendering_shop.coupon_values(
        t, coupon_kind, language=message.language
    ):
        found.append("coupon")
    by = mail.transport(t)
    local = by.public_url.startswith(("http://127.", "http://localhost"))
    if local and not by.is_built_in and (LANDING in message.links or message.links):
        found.append(f"public_url {by.public_url}")
    return found


def _work(check: _Check, *, at: datetime, stop: Callable[[], bool], most: int) -> bool:
    if most and len(check.people) > most:
        return False
    for start in range(0, len(check.people), AT_ONCE):
        if stop():
            return True
        part = check.people[start : start + AT_ONCE]
        with tx() as t:
            _render(t, check, part, at)
            if not _keep(t, check, start + len(part), None):
                return True
    with tx() as t:
        _keep(t, check, len(check.people), at)
    return True


def _render(t: Tx, check: _Check, people: Sequence[int], at: datetime) -> None:
    day = business_date(at, timezone=settings.read(t, "shop.timezone"), day_change_hour=0)
    said = consents.permissions(t, people)
    reached = [one for one in people if isinstance(said[one], Permission)]
    found = rendering_people.readers(
        t, reached, language=check.message.language, day=day,
        with_proposals=check.message.has("proposal"),
    )  # fmt: skip
    for person_id, reader in found.items():
        done = render(check.compiled, {**check.common, **reader.values})
        check.found.add(person_id, done.lacking.missing, done.lacking.replaced)


def _keep(t: Tx, check: _Check, done: int, finished_at: datetime | None) -> bool:
    """Say how far it is; False when it was asked anew, or the mail is another."""
    return bool(
        t.execute(
            "UPDATE marketing_mailcheck SET done = %s, found = %s::jsonb, finished_at = %s"
            " WHERE id = %s AND asked_at = %s",
            [done, check.found.kept(), finished_at, check.id, check.asked_at],
        )
    )


def _shown(row: Row) -> CheckShown:
    total, done, finished_at, found = row
    return CheckShown(
        total, done, finished_at, found.get("missing", {}), found.get("replaced", {}),
        found.get("broken", []), found.get("people", {}), found.get("people_missing", 0),
    )  # fmt: skip
