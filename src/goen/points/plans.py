"""One point account while plans are made for it: its lots, and what each plan changes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger.rules import Move, Ref, Release, Wish
from goen.points import reading, rules
from goen.points.reading import Earning, Part, Use
from goen.points.rules import EFFECTS, Accounts, Lot, Programme


@dataclass(frozen=True, slots=True)
class Lent:
    """A lot here that is points of a lot of another account; `record_id` spends them."""

    lot: UUID
    of: UUID
    record_id: int
    qty: int


@dataclass(slots=True)
class Changes:
    """What a plan changes of an account's rows."""

    lots: list[Lot] = field(default_factory=list)
    """Lots that it brings, as they were brought: with all of them free."""
    uses: list[Use] = field(default_factory=list)
    earnings: list[Earning] = field(default_factory=list)
    confirmed: list[tuple[UUID, int]] = field(default_factory=list)
    """Of which earning how much is pending no longer."""
    loans: list[Lent] = field(default_factory=list)
    owed: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What one request wishes of one account. `changes` are for `write` alone.

    `lent` is what it changes of other accounts of the same person; its wishes are all here.
    `short_minor` is what the programme wants off the refund, in money, for points that are gone.
    """

    request: UUID
    account_id: int
    wishes: tuple[Wish, ...]
    spent: int = 0
    earned: int = 0
    back: int = 0
    owed: int = 0
    short_minor: int = 0
    changes: Changes = field(default_factory=Changes)
    lent: tuple["Planned", ...] = ()


class Pot:
    """One locked account: all its free lots, and others as they are asked for."""

    def __init__(
        self, tx: Tx, account_id: int, programme: Programme, owed: int, day: date | None
    ) -> None:
        self.account_id = account_id
        self.programme = programme
        self.owed = owed
        self.accounts: Accounts = rules.accounts(programme, account_id)
        self._tx = tx
        self._day = day or date.min
        self._lots: dict[UUID, Lot] = {}
        self._planned: list[Use] = []
        self._parts: dict[tuple[UUID, str], list[Part]] = {}
        self._earnings: dict[UUID, Earning] = {}

    def load(self, lots: Iterable[Lot]) -> None:
        """Know lots as they are in the database; those changed meanwhile stay as planned."""
        for lot in lots:
            self._lots.setdefault(lot.uid, lot)

    def lots(self) -> list[Lot]:
        """The lots that are known: at least all that have something free."""
        return list(self._lots.values())

    def lot(self, uid: UUID) -> Lot:
        """A lot that is known."""
        return self._lots[uid]

    def free(self, day: date | None = None) -> int:
        """Points that can be spent on a day."""
        return sum(lot.free for lot in self._lots.values() if not lot.is_over(day or self._day))

    def kept(self, of: UUID) -> list[tuple[Lot, int]]:
        """What a request kept and what of it was neither settled nor released, by lot."""
        left: dict[UUID, int] = {}
        for use in self._uses([of]):
            if use.kind == "keep" and use.request == of:
                left[use.lot] = left.get(use.lot, 0) + use.qty
            elif use.kind in {"settle", "release"} and use.of == of:
                left[use.lot] -= use.qty
        return [(self._lots[uid], qty) for uid, qty in left.items() if qty]

    def spent(self, of: Sequence[UUID]) -> list[tuple[Lot, int, UUID]]:
        """What requests spent and what of it was not given back, by lot and request."""
        left: dict[tuple[UUID, UUID], int] = {}
        for use in self._uses(of):
            if use.kind in {"spend", "settle"} and use.request in of:
                key = use.lot, use.request
                left[key] = left.get(key, 0) + use.qty
            elif use.kind == "give_back" and use.of is not None and use.of in of:
                left[use.lot, use.of] -= use.qty
        return [(self._lots[uid], qty, by) for (uid, by), qty in left.items() if qty]

    def earned_by(self, of: Sequence[UUID]) -> list[Lot]:
        """The lots that requests earned, the latest first."""
        self.load(reading.lots_earned(self._tx, self.account_id, of))
        found = [lot for lot in self.lots() if lot.kind == "earned" and lot.earned_by in of]
        return sorted(found, key=lambda lot: list(of).index(lot.earned_by), reverse=True)

    def pending(self, of: Sequence[UUID]) -> list[Earning]:
        """What requests earned and is not confirmed yet, the latest first."""
        for earning in reading.earnings(self._tx, self.account_id, of):
            self._earnings.setdefault(earning.request, earning)
        return [self._earnings[by] for by in reversed(list(of)) if by in self._earnings]

    def lapsed(self, lot: Lot) -> int:
        """What of a lot expired and was not taken back since."""
        uses = [*reading.uses_of_lot(self._tx, lot.uid), *self._planned]
        sign = {"expire": 1, "lapse": -1}
        return sum(sign.get(use.kind, 0) * use.qty for use in uses if use.lot == lot.uid)

    def reversible(self, lots: Sequence[Lot]) -> int:
        """What of the moves that brought lots was not taken back yet."""
        return sum(part.left for lot in lots for part in self._ledger(lot.request, "earned"))

    def shared(self, what: str, of: Sequence[UUID], qty: int) -> list[tuple[Ref, int]]:
        """Which of the ledger's moves or holds give `qty`: of `what` requests did (`reading`)."""
        parts = [part for by in of for part in self._ledger(by, what)]
        found = rules.shared([(part, part.left) for part in parts], qty)
        assert sum(given for _, given in found) == qty, "the ledger knows less than the lots"
        for part, given in found:
            part.left -= given
        return [(part.ref, given) for part, given in found]

    def plan(self, use: Use) -> Lot:
        """Change a lot in memory."""
        lot = self._lots[use.lot]
        lot.free += EFFECTS[use.kind] * use.qty
        assert 0 <= lot.free <= lot.qty, lot
        self._planned.append(use)
        return lot

    def _ledger(self, by: UUID, what: str) -> list[Part]:
        if (by, what) not in self._parts:
            self._parts[by, what] = reading.parts(self._tx, what, by, self.accounts)
        return self._parts[by, what]

    def _uses(self, of: Sequence[UUID]) -> list[Use]:
        """Uses by requests and in answer to them, in the order they were made."""
        uses, lots = reading.uses(self._tx, self.account_id, of)
        self.load(lots)
        return uses + [use for use in self._planned if use.request in of or use.of in of]


class Plan:
    """What one request does to one account; changes the pot as it goes."""

    def __init__(self, pot: Pot, request: UUID) -> None:
        self._pot = pot
        self._request = request
        self._wishes: list[Wish] = []
        self._changes = Changes()
        self._lent: dict[int, Plan] = {}

    @property
    def account_id(self) -> int:
        """Whose plan it is."""
        return self._pot.account_id

    def wish(self, *wishes: Wish) -> None:
        """Of the ledger."""
        self._wishes += wishes

    def use(self, lot: Lot, kind: str, qty: int, of: UUID | None = None) -> None:
        """Change what is free of a lot, or note what became of it."""
        use = Use(lot.uid, self._request, kind, of, qty)
        self._pot.plan(use)
        self._changes.uses.append(use)

    def bring(
        self,
        kind: str,
        qty: int,
        day: date,
        expires_on: date | None,
        earned_by: UUID | None = None,
    ) -> None:
        """A new lot. What is owed is paid from it first."""
        pot, n = self._pot, len(self._changes.lots)
        uid = rules.lot_uid(self._request, pot.account_id, f"{kind} {n}" if n else kind)
        lot = Lot(uid, kind, self._request, earned_by or self._request, qty, qty, day, expires_on)
        pot.load([lot])
        self._changes.lots.append(lot)
        self._pay([(lot, qty)])

    def borrow(self, lender: "Plan", lot: Lot, qty: int, record_id: int) -> None:
        """Points of another account of the same person, with the same end. Owed stays owed."""
        lender.use(lot, "lend", qty)
        uid = rules.lot_uid(self._request, self._pot.account_id, f"borrowed {lot.uid}")
        here = Lot(
            uid, "borrowed", self._request, self._request, qty, qty, lot.earned_on, lot.expires_on
        )
        self._pot.load([here])
        self._changes.lots.append(here)
        self._changes.loans.append(Lent(uid, lot.uid, record_id, qty))
        self._lent.setdefault(lender.account_id, lender)

    def pay_what_is_owed(self, day: date) -> None:
        """From what is free and can be spent on a day."""
        live = [lot for lot in self._pot.lots() if lot.free and not lot.is_over(day)]
        self._pay([(lot, lot.free) for lot in live])

    def put_back(self, parts: Sequence[tuple[Lot, int, UUID]], kind: str, day: date) -> None:
        """Points return to their lots; from one that ended they come back as a new lot."""
        live, renewed = [], 0
        for lot, qty, of in parts:
            self.use(lot, kind, qty, of)
            if lot.is_over(day):
                self.use(lot, "renew", qty)
                renewed += qty
            else:
                live.append((lot, qty))
        self._pay(live)
        if renewed:
            self.bring("renewed", renewed, day, self._pot.programme.renewed_until(day))

    def pend(self, earning: Earning) -> None:
        """Points that are earned and not the shopper's yet."""
        self._changes.earnings.append(earning)

    def unpend(self, earning: Earning, qty: int) -> None:
        """Earned points that will not be the shopper's after all."""
        for ref, part in self._pot.shared("pending", [earning.request], qty):
            self.wish(Release(ref, part))
        self.less_pending(earning, qty)

    def less_pending(self, earning: Earning, qty: int) -> None:
        """Pending no longer, one way or the other."""
        earning.pending -= qty
        self._changes.confirmed.append((earning.request, qty))

    def owe(self, qty: int) -> None:
        """Later points pay this first."""
        self._pot.owed += qty
        self._changes.owed += qty

    def done(
        self, *, spent: int = 0, earned: int = 0, back: int = 0, owed: int = 0, short_minor: int = 0
    ) -> Planned:
        """The plan."""
        return Planned(
            self._request, self._pot.account_id, tuple(self._wishes), spent, earned, back, owed,
            short_minor, self._changes, tuple(plan.done() for plan in self._lent.values()),
        )  # fmt: skip

    def _pay(self, parts: Sequence[tuple[Lot, int]]) -> None:
        """Pay what is owed from points that came in."""
        paid = rules.shared(parts, self._pot.owed)
        for lot, part in paid:
            self.use(lot, "owed", part)
        total = sum(part for _, part in paid)
        if total:
            where = self._pot.accounts
            self.wish(Move(where.member, where.owed, total, "points_owed_paid"))
            self.owe(-total)
