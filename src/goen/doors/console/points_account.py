"""One point account: who shares it and may spend, its lots, its history, and points given by hand.

Promises: points are given after a look at number, person and end, and once however often the form
is sent; every look leaves a line in the trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import points_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.people import name_of
from goen.doors.console.points_words import Source
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.stock_entry import whole
from goen.doors.console.stock_words import who
from goen.doors.console.templatetags.goen import num
from goen.doors.say import say, text_of
from goen.kit import clock, ids, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.points import accounts, grants, listing, programmes, queries
from goen.points.grants import MOST, NewGrant
from goen.points.listing import MemberShown, PendingShown
from goen.points.queries import AccountShown, Entry, LotShown

PAGE = 20
EVERY_ROW = 100_000
BY_HAND = ("manual", "campaign")
MOST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the account, in words, with its document and who did it."""

    entry: Entry
    what: str
    source: Source
    who: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who earns on the account: the person, and which of their records."""

    one: MemberShown
    person_id: int
    name: str
    record: str


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots that end on the same day."""

    expires_on: date | None
    free: int
    lots: tuple[LotShown, ...]


@dataclass(slots=True)
class Gift:
    """The form by which points are given, as typed."""

    uid: UUID
    qty: str = ""
    reason: str = BY_HAND[0]
    note: str = ""
    expires_on: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    points: int = 0
    ends: date | None = None
    checking: bool = False


@login_required
@require_GET
def show(request: HttpRequest, account_id: int) -> HttpResponse:
    """The page, or (for HTMX, with `before`) the next stretch of its history."""
    return _page(request, account_id, Gift(ids.new_id()))


def _page(request: HttpRequest, account_id: int, gift: Gift, status: int = 200) -> HttpResponse:
    viewer, at = viewer_of(request), clock.now()
    before = request.GET.get("before", "")
    before_id = int(before) if before.isdecimal() and len(before) < 19 else None
    with tx() as t:
        account, programme = _known(t, account_id, at, viewer)
        history = history_of(t, account_id, viewer, before_id)
        if request.headers.get("HX-Request") and before_id:
            return render(request, "console/_points_history.html", history)
        trail.saw(t, viewer, "points_account", account_id, at=at)
        day = programmes.today(programme, at)
        people = members_of(t, account_id, viewer)
        joining = words.typed(request.GET, "join")
        page: dict[str, Any] = {
            "account": account,
            "programme": programme,
            "members": people,
            "name": people[0].name if people else say("口座 {id}", "Account {id}", id=account_id),
            "lots": lots_of(queries.lots(t, account_id, day=day, viewer=viewer)),
            "pending": pending_of(t, account_id, viewer),
            "gift": gift,
            "gift_ends": gift.ends or programme.expires_on(day),
            "reasons": [(code, words.of(words.GRANTS, code)) for code in BY_HAND],
            "joining": joining,
            "candidates": _candidates(t, joining, people, viewer) if joining else [],
            "may_write": words.may_write(request),
            "said": request.session.pop("points-said", ""),
            "error": request.session.pop("points-error", ""),
            "as_of": at,
            **history,
        }
    return render(request, "console/points_account.html", page, status=status)


def _known(t: Tx, account_id: int, at: datetime, viewer: Viewer) -> tuple[AccountShown, Any]:
    """The account and its programme's rules."""
    account_id = words.known_id(account_id)
    found = listing.shown(t, [account_id], day=at.date(), viewer=viewer).get(account_id)
    if found is None:
        raise Http404
    rules = next(one for one in programmes.all_of(t) if one.code == found.programme)
    day = programmes.today(rules, at)
    return listing.shown(t, [account_id], day=day, viewer=viewer)[account_id], rules


def history_of(
    t: Tx, account_id: int, viewer: Viewer, before: int | None = None, limit: int = PAGE
) -> dict[str, Any]:
    """A stretch of an account's history, and where the next one begins."""
    found = queries.history(t, account_id, viewer=viewer, before=before, limit=limit + 1)
    older = found[limit - 1].id if len(found) > limit else None
    return {
        "moves": moves_of(t, found[:limit]),
        "older": older,
        "paged": before is not None,
        "account_id": account_id,
    }


def moves_of(t: Tx, found: Sequence[Entry]) -> list[Move]:
    """Changes of an account in words."""
    sources = words.sources(t, [one.origin for one in found])
    actors = who(t, [one.actor for one in found])
    return [
        Move(one, words.of(words.REASONS, one.reason), sources[one.origin], actors[one.actor])
        for one in found
    ]


def lots_of(found: Sequence[LotShown]) -> list[Lots]:
    """Lots together that end on one day, in the order they are spent."""
    by_day: dict[date | None, list[LotShown]] = {}
    for one in found:
        by_day.setdefault(one.expires_on, []).append(one)
    return [Lots(day, sum(one.free for one in lots), tuple(lots)) for day, lots in by_day.items()]


@dataclass(frozen=True, slots=True)
class Held:
    """One of a person's accounts: its lots, what waits, and the latest of its history."""

    account: AccountShown
    lots: list[Lots]
    pending: list[tuple[PendingShown, Source]]
    others: int
    history: dict[str, Any]


def held_by(
    t: Tx, record_ids: Sequence[int], viewer: Viewer, *, at: datetime, limit: int = 5
) -> list[Held]:
    """The accounts that the records of a person reach; `others` share them."""
    found = queries.balance_of_records(t, record_ids, day=at.date(), viewer=viewer).accounts
    days = {one.code: programmes.today(one, at) for one in programmes.all_of(t)}
    held = []
    for one in found:
        day = days[one.programme]
        account = listing.shown(t, [one.account_id], day=day, viewer=viewer)[one.account_id]
        lots = lots_of(queries.lots(t, one.account_id, day=day, viewer=viewer))
        persons = customers.person_of_records(t, list(account.record_ids))
        history = history_of(t, one.account_id, viewer, limit=limit)
        pending = pending_of(t, one.account_id, viewer)
        held.append(Held(account, lots, pending, len(set(persons.values())) - 1, history))
    return held


def pending_of(t: Tx, account_id: int, viewer: Viewer) -> list[tuple[PendingShown, Source]]:
    """What waits for its day, with the documents that earned it."""
    found = listing.pending(t, account_id, viewer=viewer)
    sources = words.sources(t, [one.origin for one in found])
    return [(one, sources[one.origin]) for one in found]


def members_of(t: Tx, account_id: int, viewer: Viewer) -> list[Member]:
    """Who shares an account, each record with its person's name."""
    found = listing.members(t, account_id, viewer=viewer)
    persons = customers.person_of_records(t, [one.record_id for one in found])
    wholes = {one: customers.whole(t, one, viewer=viewer) for one in set(persons.values())}
    members = []
    for one in found:
        person = persons[one.record_id]
        whole_one = wholes[person]
        records = whole_one.records if whole_one else ()
        record = next((r for r in records if r.record_id == one.record_id), None)
        name = name_of(whole_one.shown if whole_one else None, person)
        source = text_of(record.source_name) if record else ""
        members.append(Member(one, person, name, source))
    return members


def _candidates(
    t: Tx, text: str, people: Sequence[Member], viewer: Viewer
) -> list[tuple[int, int, str, str]]:
    """Records that a text may mean and that are not on the account: with person and name."""
    person = customers.find_credential(t, text, viewer=viewer)
    found = [person] if person else customers.search(t, text, viewer=viewer, limit=10)
    there = {one.one.record_id for one in people}
    candidates = []
    for one in found:
        whole_one = customers.whole(t, one.person_id, viewer=viewer)
        for record in whole_one.records if whole_one else ():
            if record.record_id not in there:
                cards = [value for kind, value, _ in record.credentials if kind == "card"]
                mark = " · ".join([text_of(record.source_name), *cards[:1]])
                name = name_of(one, one.person_id)
                candidates.append((record.record_id, one.person_id, name, mark))
    return candidates


@login_required
@require_POST
def grant(request: HttpRequest, account_id: int) -> HttpResponse:
    """Look at what would be given; with `do=give` give it."""
    gift, at = _gift(request), clock.now()
    if not words.may_write(request):
        return _page(request, account_id, gift, status=403)
    if gift.errors:
        return _page(request, account_id, gift, status=422)
    if request.POST.get("do") != "give":
        gift.checking = True
        return _page(request, account_id, gift)
    wish = NewGrant(gift.uid, account_id, gift.points, gift.reason, at, gift.ends)
    with tx() as t:
        _known(t, account_id, at, viewer_of(request))
        [answer] = grants.grant(t, [wish], actor=actor_of(request), recorded_at=at)
        if not isinstance(answer, Refusal) and not answer.repeated:
            detail = {"note": gift.note, "account": account_id, "qty": gift.points}
            trail.note(t, actor_of(request), "give", "grant", gift.uid, at=at, detail=detail)
    if isinstance(answer, Refusal):
        name = answer.field if answer.field in {"qty", "reason"} else "qty"
        gift.errors[name] = refusals.sentence(answer)
        return _page(request, account_id, gift, status=422)
    request.session["points-said"] = say(
        "{n}ポイントを付けました。", "{n} {n|point|points} given.", n=num(answer.qty)
    )
    return redirect(f"/points/accounts/{account_id}")


def _gift(request: HttpRequest) -> Gift:
    post = request.POST
    try:
        uid = UUID(post.get("uid", ""))
    except ValueError:
        uid = ids.new_id()
    gift = Gift(
        uid,
        words.typed(post, "qty"),
        post.get("reason", ""),
        words.typed(post, "note")[:MOST_NOTE],
        words.typed(post, "expires_on"),
    )
    gift.points = whole(gift.qty) or 0
    if not 0 < gift.points <= MOST:
        gift.errors["qty"] = words.bounds(1, MOST)
    if gift.reason not in BY_HAND:
        gift.errors["reason"] = say("一覧から選んでください。", "Choose one from the list.")
    if not gift.note:
        gift.errors["note"] = say(
            "理由を入力してください。あとから見る人が判断に使います。",
            "Enter a reason. Whoever looks at it later needs it.",
        )
    gift.ends = words.day_of(gift.expires_on)
    if gift.expires_on and gift.ends is None:
        gift.errors["expires_on"] = words.bad_day(gift.expires_on)
    elif gift.ends is not None and gift.ends < shop_today():
        gift.errors["expires_on"] = say("今日より後の日にしてください。", "Choose a later day.")
    return gift


@login_required
@require_POST
def join(request: HttpRequest, account_id: int) -> HttpResponse:
    """Let a record earn here, and spend if it may."""
    record = _record(request)
    if words.may_write(request) and record is not None:
        with tx() as t:
            answer = accounts.join(
                t,
                record,
                account_id,
                may_spend=bool(request.POST.get("may_spend")),
                actor=actor_of(request),
                recorded_at=clock.now(),
            )
        if isinstance(answer, Refusal):
            request.session["points-error"] = refusals.sentence(answer)
        else:
            request.session["points-said"] = (
                say("変えました。", "Changed.")
                if answer.repeated
                else say("この口座に加えました。", "They are on this account now.")
            )
    return redirect(f"/points/accounts/{account_id}")


@login_required
@require_POST
def leave(request: HttpRequest, account_id: int) -> HttpResponse:
    """Take a record off; its points stay with the others."""
    record = _record(request)
    if words.may_write(request) and record is not None:
        with tx() as t:
            answer = accounts.leave(
                t, record, account_id, actor=actor_of(request), recorded_at=clock.now()
            )
        if isinstance(answer, Refusal):
            request.session["points-error"] = refusals.sentence(answer)
        else:
            request.session["points-said"] = say(
                "この口座から外しました。", "They are off this account."
            )
    return redirect(f"/points/accounts/{account_id}")


def _record(request: HttpRequest) -> int | None:
    typed = request.POST.get("record", "")
    return int(typed) if typed.isdecimal() and len(typed) < 16 else None


@login_required
@require_GET
def export(request: HttpRequest, account_id: int) -> HttpResponse:
    """The whole history as a file."""
    viewer, at = viewer_of(request), clock.now()
    head = [
        say("日時", "When"), say("内容", "What"), say("ポイント", "Points"),
        say("伝票・理由", "Document or reason"), say("担当", "By"), say("営業日", "Business day"),
    ]  # fmt: skip
    with tx() as t:
        _known(t, account_id, at, viewer)
        moves = moves_of(t, queries.history(t, account_id, viewer=viewer, limit=EVERY_ROW))
        trail.saw(t, viewer, "export", f"points_account {account_id}", at=at)
    rows = [
        [
            one.entry.occurred_at.isoformat(timespec="minutes"),
            one.what,
            one.entry.qty,
            one.source.name,
            one.who,
            one.entry.business_date,
        ]
        for one in moves
    ]
    return as_csv(f"points-{account_id}", head, rows)
