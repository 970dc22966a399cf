"""A programme, accounts for the members of the test shop, and postings as an order would make."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.points import accounts, checks, grants, programmes, purses
from goen.points.accounts import Opened
from goen.points.grants import Granted, NewGrant
from goen.points.programmes import NewProgramme
from goen.points.purses import Planned, Purse
from tests.world import ACTOR, NOW, OPENED

TODAY = date(2026, 11, 20)
BY = {"actor": ACTOR, "recorded_at": NOW}
CODE = "miyabi"


def programme(t: Tx, **more: object) -> int:
    """100 yen are a point that lives for a year."""
    values: dict[str, object] = {
        "code": CODE,
        "name": {"ja": "みやびポイント", "en": "Miyabi points"},
        "points_from": OPENED,
    }
    done = programmes.put(t, NewProgramme(**(values | more)), **BY)  # type: ignore[arg-type]
    assert isinstance(done, int), done
    return done


def record(t: Tx, key: str = "M-001") -> int:
    """A member's record."""
    return int(t.value("SELECT id FROM customers_record WHERE source_key = %s", [key]))


def account(t: Tx, key: str = "M-001") -> int:
    """A member's account, opened if need be."""
    (opened,) = accounts.open_for(t, [record(t, key)], programme=CODE, **BY)
    assert isinstance(opened, Opened), opened
    return opened.account_id


def given(
    t: Tx, qty: int, key: str = "M-001", *, ends: date | None = None, uid: UUID | None = None
) -> Granted | Refusal:
    """Points for a member."""
    wish = NewGrant(uid or ids.new_id(), account(t, key), qty, "manual", NOW, ends)
    (answer,) = grants.grant(t, [wish], **BY)
    return answer


def purse(t: Tx, key: str = "M-001", day: date = TODAY) -> Purse:
    """A member's purse, locked."""
    whose = record(t, key), "JPY"
    return purses.lock(t, [whose], day=day)[whose]


def post(t: Tx, plans: Iterable[Planned | Refusal], *, day: date = TODAY) -> None:
    """Post plans of one request, and keep them."""
    done = []
    for plan in plans:
        assert isinstance(plan, Planned), plan
        done.append(plan)
    wishes = tuple(wish for plan in done for wish in plan.wishes)
    if wishes:
        one = Posting(done[0].request, f"order:{done[0].request}", wishes, NOW, day)
        (answer,) = posting.post(t, [one], **BY)
        assert isinstance(answer, Posted), answer
    purses.write(t, done, recorded_at=NOW)


def earned(t: Tx, qty: int, key: str = "M-001", *, day: date = TODAY) -> UUID:
    """Points earned by an order; answers the order."""
    order = ids.new_id()
    if not purses.lock(t, [(record(t, key), "JPY")]):
        account(t, key)
    post(t, [purse(t, key, day).earn(order, qty, day=day)], day=day)
    return order


def spent(t: Tx, qty: int, key: str = "M-001", *, day: date = TODAY, later: bool = False) -> UUID:
    """Points spent on an order; answers the order."""
    order = ids.new_id()
    post(t, [purse(t, key, day).spend(order, qty, day=day, later=later)], day=day)
    return order


def lots(t: Tx) -> list[tuple[str, int, int, date | None]]:
    """Every lot: kind, quantity, what is free, its end."""
    return t.rows("SELECT kind, qty, free, expires_on FROM points_lot ORDER BY id")  # type: ignore[return-value]


def sound(t: Tx) -> bool:
    """Whether lots, accounts and ledger agree."""
    assert checks.broken(t) == []
    return True


def later(days: int) -> date:
    """Days after today."""
    return TODAY + timedelta(days=days)
