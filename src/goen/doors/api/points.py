"""`/v1/points` and `/v1/coupons`: what a customer has, and what is given to them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.customers import queries as customers
from goen.doors.api.door import Call, Code, Count, Moment, Refused, Text, answer, shaped
from goen.doors.api.sales import Buyer
from goen.kit import clock, settings
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.points import accounts, coupons, grants, programmes, queries
from goen.points.accounts import Opened
from goen.points.coupons import Issued, NewCoupon, NewKind
from goen.points.grants import Granted, NewGrant
from goen.points.programmes import NewProgramme

Id = Annotated[int, Meta(ge=1, le=2**53)]
Small = Annotated[int, Meta(ge=0, le=10_000)]


class PointsQuery(Struct, forbid_unknown_fields=True):
    """Whose points: a record by `source` and `key`, or who shows `member` (of a `kind`)."""

    source: Code = ""
    key: Code = ""
    member: Code = ""
    kind: Code = ""


class AccountOut(Struct):
    """One account. `ending` points end after the day `ends_on`."""

    account: int
    programme: str
    currency: str
    spendable: int
    pending: int
    kept: int
    owed: int
    ends_on: date | None
    ending: int


class PointsOut(Struct):
    """All accounts that the person reaches, and their sums."""

    spendable: int
    pending: int
    owed: int
    accounts: list[AccountOut]


class HistoryQuery(Struct, forbid_unknown_fields=True):
    """The page before the entry `before`; the latest without."""

    before: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class EntryOut(Struct):
    """One change of an account; `origin` says what of."""

    id: int
    qty: int
    reason: str
    origin: str
    request: UUID
    occurred_at: datetime
    business_date: date


class HistoryOut(Struct):
    """What happened on an account, the latest first."""

    entries: list[EntryOut]


class AccountIn(Struct, forbid_unknown_fields=True):
    """Open an account of a programme for a record that has none. Needs no `uid`."""

    programme: Code
    record: Buyer


class OpenedOut(Struct):
    """The record's account."""

    account: int
    repeated: bool


class GrantIn(Struct, forbid_unknown_fields=True):
    """Points for an account: `campaign`, `manual` or `take_over`."""

    uid: UUID
    account: Id
    qty: Count
    reason: Code
    occurred_at: Moment
    expires_on: date | None = None


class GrantedOut(Struct):
    """The points are the account's."""

    uid: UUID
    account: int
    qty: int
    repeated: bool


class ProgrammeIn(Struct, forbid_unknown_fields=True):
    """A programme as it should be, by its code. Needs no `uid`."""

    code: Code
    name: dict[Code, Text]
    currency: Code = "JPY"
    per_minor: Count = 100
    basis: Code = "gross"
    expires_months: Small | None = 12
    confirm_days: Small = 0
    grace_days: Small = 30
    points_from: date | None = None
    owed_policy: Code = "owed"
    spend_allowed: bool = True
    timezone: Code = "Asia/Tokyo"


class CouponKindIn(Struct, forbid_unknown_fields=True):
    """What coupons of a kind take off, by its code. Needs no `uid`."""

    code: Code
    name: dict[Code, Text]
    method: Code
    value: Count
    currency: Code = "JPY"
    alone: bool = False
    least_minor: Count = 0
    valid_from: date | None = None
    valid_to: date | None = None


class PutOut(Struct):
    """It is as was asked."""

    code: str


class CouponIn(Struct, forbid_unknown_fields=True):
    """A coupon for a customer, or for whoever has its number. Without one it gets one."""

    uid: UUID
    kind: Code
    occurred_at: Moment
    number: Code | None = None
    record: Buyer | None = None
    uses: Count = 1


class IssuedOut(Struct):
    """The coupon is there."""

    uid: UUID
    number: str
    repeated: bool


class CouponOut(Struct):
    """A coupon as it can be used; `left` uses are left, kept ones not counted."""

    number: str
    kind: str
    currency: str
    method: str
    value: int
    alone: bool
    least_minor: int
    valid_from: date | None
    valid_to: date | None
    personal: bool
    left: int


def balance(call: Call) -> HttpResponse:
    """What somebody has, over everything that is theirs."""
    asked = call.query(PointsQuery)
    viewer = Viewer(call.actor.name, "key", "points", sees_names=False)
    with tx() as t:
        record = _asked(t, asked)
        person = customers.person_of_records(t, [record])[record]
        records = customers.shown(t, [person], viewer=viewer)[person].record_ids
        found = queries.balance_of_records(t, records, day=_today(t), viewer=viewer)
    accounts_ = [
        AccountOut(
            one.account_id,
            one.programme,
            one.currency,
            one.spendable,
            one.pending,
            one.kept,
            one.owed,
            one.ends_on,
            one.ending,
        )
        for one in found.accounts
    ]
    return answer(PointsOut(found.spendable, found.pending, found.owed, accounts_))


def history(call: Call) -> HttpResponse:
    """What happened on an account."""
    asked, account = call.query(HistoryQuery), call.id()
    viewer = Viewer(call.actor.name, "key", "points", sees_names=False)
    with tx() as t:
        if not t.value("SELECT EXISTS (SELECT FROM points_account WHERE id = %s)", [account]):
            raise Refused(Refusal("unknown_point_account", "id", {"given": account}), 404)
        found = queries.history(t, account, viewer=viewer, before=asked.before, limit=asked.limit)
    return answer(HistoryOut([shaped(entry, EntryOut) for entry in found]))


def open_account(call: Call) -> HttpResponse:
    """An account for a record that has none in the programme."""
    given, many = call.facts(AccountIn)
    answers: list[Opened | Refusal] = []
    with tx() as t:
        for n, one in enumerate(given):
            record = _known(t, one.record, f"accounts[{n}].record" if many else "record")
            answers += accounts.open_for(
                t,
                [record],
                programme=one.programme,
                actor=call.actor,
                recorded_at=clock.now(),
            )
    return call.answered(answers, _opened, many=many)


def grant(call: Call) -> HttpResponse:
    """Give points by hand, by a campaign, or taken over from another system."""
    given, many = call.facts(GrantIn)
    at = clock.now()
    wishes = [
        NewGrant(
            x.uid, x.account, x.qty, x.reason, _believed(x.occurred_at, at), _end(x.expires_on)
        )
        for x in given
    ]
    with tx() as t:
        answers = grants.grant(t, wishes, actor=call.actor, recorded_at=at)
    return call.answered(answers, _granted, many=many)


def put_programme(call: Call) -> HttpResponse:
    """Make a programme, or change its rules from now on."""
    given = call.fact(ProgrammeIn)
    with tx() as t:
        new = shaped(given, NewProgramme)
        done = programmes.put(t, new, actor=call.actor, recorded_at=clock.now())
    return _put(done, given.code)


def put_kind(call: Call) -> HttpResponse:
    """Make a kind of coupon, or change its terms."""
    given = call.fact(CouponKindIn)
    with tx() as t:
        new = shaped(given, NewKind)
        done = coupons.put_kind(t, new, actor=call.actor, recorded_at=clock.now())
    return _put(done, given.code)


def issue(call: Call) -> HttpResponse:
    """Issue a coupon, or many."""
    given, many = call.facts(CouponIn)
    at = clock.now()
    with tx() as t:
        wishes = [
            NewCoupon(
                x.uid,
                x.kind,
                _believed(x.occurred_at, at),
                x.number,
                _known(t, x.record, f"coupons[{n}].record" if many else "record")
                if x.record
                else None,
                x.uses,
            )
            for n, x in enumerate(given)
        ]
        answers = coupons.issue(t, wishes, actor=call.actor, recorded_at=at)
    return call.answered(answers, _issued, many=many)


def coupon(call: Call) -> HttpResponse:
    """A coupon's terms, and how often it can still be used."""
    number = call.named["number"]
    with tx() as t:
        terms = coupons.read(t, [number]).get(number)
        if terms is None:
            raise Refused(Refusal("unknown_coupon", "number", {"given": number}), 404)
        account = terms.account
        left = ledger.free(t, [account.unit], account.holder).get(account.unit, 0)
    return answer(
        CouponOut(
            terms.number,
            terms.kind,
            terms.currency,
            terms.method,
            terms.value,
            terms.alone,
            terms.least_minor,
            terms.valid_from,
            terms.valid_to,
            bool(terms.record_ids),
            left,
        )
    )


def _asked(t: Tx, asked: PointsQuery) -> int:
    """The record that is asked about."""
    if asked.member:
        shown = (asked.kind, asked.member)
        record = customers.records_of_credentials(t, [shown]).get(shown)
        if record is None:
            raise Refused(Refusal("unknown_member", "member", {"given": asked.member}), 404)
        return record
    pair = (asked.source, asked.key)
    found = customers.records_of_keys(t, [pair]).get(pair)
    if found is None:
        raise Refused(Refusal("unknown_record_key", "key", {"given": asked.key}), 404)
    return found


def _known(t: Tx, buyer: Buyer, field: str) -> int:
    pair = (buyer.source, buyer.key)
    found = customers.records_of_keys(t, [pair]).get(pair)
    if found is None:
        raise Refused(Refusal("unknown_record_key", field, {"given": buyer.key}), 409)
    return found


def _today(t: Tx) -> date:
    zone = settings.read(t, "shop.timezone")
    return clock.business_date(clock.now(), timezone=zone, day_change_hour=0)


def _believed(occurred_at: datetime, recorded_at: datetime) -> datetime:
    if not clock.is_plausible(occurred_at, recorded_at):
        raise Refused(Refusal("implausible_time", "occurred_at", {"given": str(occurred_at)}), 409)
    return occurred_at


def _end(expires_on: date | None) -> date | None:
    """A day that other days can be reckoned from."""
    if expires_on is not None and not 1990 <= expires_on.year <= 2999:
        raise Refused(Refusal("implausible_time", "expires_on", {"given": str(expires_on)}), 409)
    return expires_on


def _opened(done: Opened) -> OpenedOut:
    return OpenedOut(done.account_id, done.repeated)


def _granted(done: Granted) -> GrantedOut:
    return GrantedOut(done.uid, done.account_id, done.qty, done.repeated)


def _put(done: int | Refusal, code: str) -> HttpResponse:
    if isinstance(done, Refusal):
        raise Refused(done, 409)
    return answer(PutOut(code))


def _issued(done: Issued) -> IssuedOut:
    return IssuedOut(done.uid, done.number, done.repeated)
