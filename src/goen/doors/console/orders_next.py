"""What can be done about an order, and which of it comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from goen.doors.console import gate, orders_places
from goen.doors.say import say, text_of
from goen.kit.db import tx
from goen.orders import flow
from goen.orders.flow_versions import FLOWS, current
from goen.orders.listing import OPEN_STATES
from goen.orders.showing import Whole
from goen.places import queries as places


def may_act(request: HttpRequest) -> bool:
    """Whether the reader's role may change orders."""
    return gate.may(request, "fulfil")


def may_do(request: HttpRequest, order: Whole, code: str) -> bool:
    """Whether the reader may do an act on any of an order."""
    own = gate.bound_to(request)
    return may_act(request) and (own is None or orders_places.may_here(order, code, own.id))


def why_not(request: HttpRequest, order: Whole) -> str:
    """What somebody is told who may not do an act."""
    if not may_act(request):
        return no_right()
    at = orders_places.places_of(order)
    with tx() as t:
        return gate.not_yours([one for one in places.places(t) if one.id in at])


def no_right() -> str:
    """What somebody is told who may only look."""
    return say(
        "注文を進めたり取り消したりできるのは、店舗と本部の担当です。担当に頼んでください。",
        "Only store and head office staff may act on orders. Ask one of them.",
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's way. `look` is done, half, here, to come, off or stop."""

    code: str
    name: str
    look: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Do:
    """An act that may be done now: its address under the order's, and its button."""

    code: str
    button: str


@dataclass(frozen=True, slots=True)
class Next:
    """The next step in words: why, what, and the button for it."""

    code: str
    why: str
    what: str
    button: str


def acts_of(order: Whole) -> list[Do]:
    """The acts that an order allows, in the order they are usually done."""
    if order.kind == "sale":
        back = Do("take-back", say("返品", "Take back"))
        return [back] if order.out_units > 0 else []
    found = []
    collect = order.delivery is not None and order.delivery.method == "collect"
    if order.state in OPEN_STATES:
        if collect and order.state == "placed":
            found.append(Do("ready", say("準備できた", "Ready")))
        if collect:
            found.append(Do("hand-over", say("お渡し", "Hand over")))
        else:
            found.append(Do("ship", say("出荷", "Ship")))
        found.append(Do("re-route", say("別の場所から", "From elsewhere")))
        found.append(Do("cancel", say("取り消し", "Cancel")))
    if order.out_units > 0:
        found.append(Do("take-back", say("返品", "Take back")))
    return found


def next_of(order: Whole, now: datetime) -> Next | None:
    """What to do now, and why; nothing for what is done or cancelled."""
    if order.kind != "order" or order.state not in OPEN_STATES or order.delivery is None:
        return None
    missing = sum(max(0, line.open - line.held) for line in order.lines)
    open_units = order.open_units
    if missing:
        return Next(
            "re-route",
            say(
                "{n}点の確保できていません。このままではお届けできません。",
                "{n} {n|unit is|units are} not kept for this order, so {n|it|they} cannot go out.",
                n=missing,
            ),
            say("商品のある場所で確保し直す", "Keep them at a place that has them"),
            say("別の場所から", "From elsewhere"),
        )
    if order.delivery.method == "collect" and order.state == "placed":
        return Next(
            "ready",
            say(
                "お客様が受け取りに来ます。{n}点がまだそろっていません。",
                "The shopper will come for {n} {n|unit|units} not yet put together.",
                n=open_units,
            ),
            say("商品をそろえて取り置き棚へ", "Put the goods together on the pick-up shelf"),
            say("準備できた", "Ready"),
        )
    if order.delivery.method == "collect":
        return Next(
            "hand-over",
            say(
                "{n}点が受け取りを待っています。",
                "{n} {n|unit waits|units wait} to be collected.",
                n=open_units,
            ),
            say("ご本人を確かめてお渡しする", "Check who it is and hand the goods over"),
            say("お渡し", "Hand over"),
        )
    return Next(
        "ship",
        say(
            "{n}点が出荷を待っています。",
            "{n} {n|unit waits|units wait} to be shipped.",
            n=open_units,
        ),
        say("箱に入れ、納品書を添えて出荷する", "Pack them with the delivery note and ship"),
        say("出荷", "Ship"),
    )


def route_of(order: Whole) -> str:
    """The route of the flow that an order goes."""
    method = order.delivery.method if order.delivery else None
    return flow.route_of(kind=order.kind, channel_kind=order.channel_kind, method=method)


def instruction(order: Whole, code: str) -> str:
    """How a step is done, in the version of the flow that the order began with."""
    steps = flow.steps_of(FLOWS.get(order.flow_version, current()), route_of(order))
    return next((text_of(step.instruction) for step in steps if step.code == code), "")
