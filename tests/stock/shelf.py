"""What the tests of stock ask: hold, send, count at the small shop, and look at the shelf."""

from datetime import datetime, timedelta

from goen.kit import ids
from goen.kit.db import Tx
from goen.ledger import checks as ledger_checks
from goen.ledger import queries as ledger
from goen.stock import checks, queries, rules
from goen.stock.counts import NewCount, count
from goen.stock.holds import NewHold, hold
from goen.stock.transfers import NewTransfer, Receipt, receive, send
from tests import world

ITEM, OTHER = "UTSUWA-01", "KASHI-01"
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
HOUR = timedelta(hours=1)


def sound(t: Tx) -> None:
    """The ledger and stock agree with each other and with themselves."""
    assert [*ledger_checks.broken(t), *checks.broken(t)] == []


def sku(t: Tx, code: str = ITEM) -> int:
    return t.value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def place(t: Tx, code: str = "shibuya") -> int:
    return t.value("SELECT id FROM places_place WHERE code = %s", [code])


def free(t: Tx, at: str = "shibuya", item: str = ITEM) -> int:
    return queries.available(t, [sku(t, item)], place(t, at))[sku(t, item)]


def on(t: Tx, what: str, at: str = "shibuya", item: str = ITEM) -> int:
    """Σ moves of `sellable`, `unexplained` or `damaged` at a place."""
    return ledger.balance(t, rules.unit(sku(t, item)), f"place:{place(t, at)}:{what}")


def sold(t: Tx, item: str = ITEM) -> int:
    return ledger.balance(t, rules.unit(sku(t, item)), rules.SOLD)


def wish(*lines: tuple[str, int], at: str = "shibuya", **more) -> NewHold:
    values = {
        "uid": ids.new_id(),
        "place": at,
        "kind": "set_aside",
        "holder": "record:1",
        "lines": lines or ((ITEM, 1),),
        "occurred_at": world.NOW,
    }
    return NewHold(**(values | more))


def held(t: Tx, *wishes: NewHold, at: datetime = world.NOW):
    answers = hold(t, wishes, actor=world.ACTOR, recorded_at=at)
    sound(t)
    return answers[0] if len(answers) == 1 else answers


def transfer(*lines: tuple[str, int], to: str = "kichijoji", **more) -> NewTransfer:
    given = lines or ((ITEM, 1),)
    values = {"uid": ids.new_id(), "source": "shibuya", "target": to, "lines": given}
    return NewTransfer(**({"occurred_at": world.NOW} | values | more))


def sent(t: Tx, *transfers: NewTransfer):
    answers = send(t, transfers, **BY)
    sound(t)
    return answers[0] if len(answers) == 1 else answers


def came(t: Tx, of: NewTransfer, *lines: tuple[str, int], **more):
    values = {"uid": ids.new_id(), "transfer": of.uid, "lines": lines, "occurred_at": world.NOW}
    (answer,) = receive(t, [Receipt(**(values | more))], **BY)
    sound(t)
    return answer


def counting(*lines: tuple[str, int], when: datetime = world.NOW, at: str = "shibuya", **more):
    return NewCount(more.get("uid") or ids.new_id(), at, when, lines)


def counted(t: Tx, *counts: NewCount):
    answers = count(t, counts, **BY)
    sound(t)
    return answers[0] if len(answers) == 1 else answers
