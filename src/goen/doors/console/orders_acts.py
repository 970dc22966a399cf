"""What is done about an order: choose, see what it comes to, confirm. One form for every act.

Promises: before anything is confirmed the very verb is run and undone, so that what is shown is
what will happen, money included; the form's own id makes a double click one act; what is refused
says why, beside its field, and the input is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from goen.doors.console import gate, orders_places
from goen.doors.console.orders_forms import FORMS, Asked, Form, Wish, read_asked
from goen.doors.console.orders_next import acts_of, instruction, may_act, may_do, no_right, why_not
from goen.doors.console.orders_one import page_of
from goen.doors.console.orders_tracks import Act, tracks
from goen.doors.console.orders_words import CONDITIONS, TENDERS, word
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.refusals import sentence
from goen.doors.say import say, text_of
from goen.kit import clock, ids
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.kit.refusals import Refusal
from goen.orders import cancelling, fulfilling, rerouting, showing, taking_back
from goen.orders.order import (
    FEE,
    Cancellation,
    Fulfilment,
    Ready,
    Reroute,
    Slipped,
    TakeBack,
    TakenBack,
)
from goen.orders.showing import SlipShown, Whole
from goen.payments.queries import tenders_of
from goen.places import queries as places

Answer = Slipped | TakenBack | Refusal


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act will do: its row on the tracks, and the order afterwards."""

    act: Act
    slip: SlipShown
    answer: Slipped | TakenBack
    after: Whole
    paid: Sequence[tuple[str, int]]

    @property
    def tenders(self) -> tuple[Any, ...]:
        """By which way money goes back, for a return."""
        return self.answer.tenders if isinstance(self.answer, TakenBack) else ()


@dataclass(slots=True)
class Looked:
    """An answer that was undone again, with what the books said in between."""

    answer: Answer | None = None
    order: Whole | None = None
    tenders: Sequence[tuple[str, int]] = field(default_factory=list)
    places: Mapping[int, str] = field(default_factory=dict)


class _Undo(Exception):  # noqa: N818  ends the transaction of a preview
    pass


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, uid: UUID, code: str) -> HttpResponse:
    """The form of an act; a POST shows what it comes to, and with `confirm` does it."""
    form = FORMS.get(code)
    if form is None:
        raise Http404
    now = clock.now()
    with tx() as t:
        order = showing.whole(t, uid)
        if order is None:
            raise Http404
        page = page_of(t, order, viewer_of(request), now)
    own = gate.bound_to(request)
    if own is not None:
        form = orders_places.bounded(form, order, own.id)
    if request.method == "GET":
        asked = read_asked(form, order, request.GET, ids.new_id(), now)
        asked.errors.clear()
        return _shown(request, form, page, asked)
    if not may_act(request):
        raise PermissionDenied(no_right())
    asked = read_asked(form, order, request.POST, ids.new_id(), now)
    if any(slip.uid == asked.uid for slip in order.slips):  # the same press again: it is done
        return HttpResponseRedirect(f"/orders/{uid}")
    return _posted(request, form, page, asked)


def _posted(request: HttpRequest, form: Form, page: dict[str, Any], asked: Asked) -> HttpResponse:
    """Show what it comes to, or do it."""
    order: Whole = page["order"]
    if asked.errors:
        return _shown(request, form, page, asked)
    wish = form.wish(order, asked, _staff(request))
    own = gate.bound_to(request)
    if own is not None and isinstance(wish, Fulfilment):
        wish = replace(wish, place=own.code)  # what others keep stays with them
    if request.POST.get("confirm") == "1":
        answer = _do(wish, actor_of(request))
        if not isinstance(answer, Refusal):
            request.session[f"order-{order.uid}"] = form.done(answer)
            return HttpResponseRedirect(f"/orders/{order.uid}")
        asked.errors.append(_refused(answer, order))
        return _shown(request, form, page, asked)
    looked = look(wish, actor_of(request))
    if isinstance(looked.answer, Refusal):
        asked.errors.append(_refused(looked.answer, order))
        return _shown(request, form, page, asked)
    return _shown(request, form, page, asked, preview=_preview(looked, asked.uid))


def _shown(
    request: HttpRequest,
    form: Form,
    page: dict[str, Any],
    asked: Asked,
    *,
    preview: Preview | None = None,
) -> HttpResponse:
    order: Whole = page["order"]
    with tx() as t:
        more: dict[str, Any] = {
            "form": form,
            "title": say(*form.title),
            "lead": say(*form.lead),
            "look": say(*form.look),
            "confirm": say(*form.confirm),
            "how": instruction(order, form.step),
            "asked": asked,
            "preview": preview,
            "places": [one for one in places.places(t) if gate.works_at(request, one.id)],
            "carriers": form.carriers,
            "reasons": form.reasons(),
            "conditions": form.conditions(),
            "shelves": [
                one for one in form.shelves(t, order) if gate.works_at(request, one.shelf.place_id)
            ],
            "possible": _possible(form, order, asked),
            "may_act": may_do(request, order, form.code),
            "no_right": why_not(request, order),
            "own_place": getattr(request.user, "place_id", None) or order.place_id,
            "keep": [(name, asked.values[name]) for name in _KEPT if asked.values.get(name)],
            "again": _again(asked, form),
        }
    if preview:
        more |= {"chosen": _chosen(preview, page), "backs": _backs(preview, order)}
    status = 422 if asked.errors else 200
    return render(request, "console/order_act.html", {**page, **more}, status=status)


_KEPT = ("carrier", "tracking_no", "place", "reason")
"""What was typed beside the quantities."""


def _possible(form: Form, order: Whole, asked: Asked) -> bool:
    """Whether the order allows the act at all."""
    allowed = {one.code for one in acts_of(order)}
    return form.code in allowed and any(row.most for row in asked.rows)


def _again(asked: Asked, form: Form) -> str:
    """The form's address with what was typed, to change it."""
    typed = QueryDict(mutable=True)
    typed["uid"] = str(asked.uid)
    for row in asked.rows:
        typed[f"qty-{row.line.line_no}"] = str(row.qty)
        if form.back:
            typed[f"to-{row.line.line_no}"] = row.to
    for name in _KEPT:
        if asked.values.get(name):
            typed[name] = asked.values[name]
    return typed.urlencode()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line of a preview."""

    name: str
    qty: int
    amount: int
    to: str


def _chosen(preview: Preview, page: dict[str, Any]) -> list[Chosen]:
    names = {one.line.line_no: one.name for one in page["lines"]}
    names[FEE] = say("送料", "Delivery fee")
    return [
        Chosen(
            names.get(line.line_no, ""),
            line.qty,
            line.amount_minor,
            word(CONDITIONS, line.to) if line.to in CONDITIONS else "",
        )
        for line in preview.slip.lines
        if preview.slip.kind != "reroute" or line.to != "from"
    ]


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back by one tender, to be changed by hand."""

    n: int
    name: str
    amount: str


def _backs(preview: Preview, order: Whole) -> list[Back]:
    """Every tender of the document, with what goes back by it."""
    if not preview.tenders:
        return []
    back = {one.tender: one.amount_minor for one in preview.tenders}
    places_ = exponent(order.currency)
    return [
        Back(n, word(TENDERS, kind), f"{back.get(n, 0) / 10**places_:.{places_}f}")
        for n, (kind, _) in enumerate(preview.paid)
    ]


def _run(t: Tx, wish: Wish, actor: Actor, at: datetime) -> Answer:
    """The one call of the verb that a wish is for."""
    by: dict[str, Any] = {"actor": actor, "recorded_at": at}
    answers: Sequence[Answer]
    match wish:
        case Fulfilment():
            answers = fulfilling.fulfil(t, [wish], **by)
        case Ready():
            answers = fulfilling.ready(t, [wish], **by)
        case Reroute():
            answers = rerouting.reroute(t, [wish], **by)
        case Cancellation():
            answers = cancelling.cancel(t, [wish], **by)
        case TakeBack():
            answers = taking_back.take_back(t, [wish], **by)
    return answers[0]


def _do(wish: Wish, actor: Actor) -> Answer:
    with tx() as t:
        return _run(t, wish, actor, clock.now())


def look(wish: Wish, actor: Actor) -> Looked:
    """Run the verb, read what it did, and undo it all."""
    looked = Looked()
    try:
        with tx() as t:
            looked.answer = _run(t, wish, actor, clock.now())
            if not isinstance(looked.answer, Refusal):
                looked.order = showing.whole(t, wish.order)
                looked.tenders = [(one.kind, one.amount_minor) for one in tenders_of(t, wish.order)]
                looked.places = {one.id: text_of(one.name) for one in places.places(t)}
            raise _Undo
    except _Undo:
        return looked


def _preview(looked: Looked, uid: UUID) -> Preview | None:
    order, answer = looked.order, looked.answer
    assert order is not None
    assert answer is not None
    assert not isinstance(answer, Refusal)
    rows = tracks(order, looked.tenders, looked.places)
    for n, slip in enumerate(order.slips, start=1):
        if slip.uid == uid:
            return Preview(rows[n], slip, answer, order, looked.tenders)
    return None


def _refused(refusal: Refusal, order: Whole) -> str:
    return sentence(refusal, currency=order.currency)


def _staff(request: HttpRequest) -> str:
    user: Any = request.user
    return str(user.code)
