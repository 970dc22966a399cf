"""A receipt by mail, when its buyer asks for it at the counter.

Promises: it goes to the buyer's own address and to no other; it is no advertising and needs no
consent, but what is proposed stands in it only for those who agreed to hear from us; an address
that bounced, or was lent out by a marketplace, gets none; who sent it is kept.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from goen.customers import consents
from goen.customers.consents import Permission
from goen.doors.console.shell import actor_of
from goen.doors.register import receipts
from goen.doors.register.receipt_address import SENDER, address_of
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.kit import clock, mail, trail
from goen.kit.db import Tx, tx
from goen.kit.mail import Mail
from goen.marketing import proposals
from goen.orders import queries as orders
from goen.orders.queries import Receipt


@login_required
@require_POST
def send(request: HttpRequest, uid: UUID) -> HttpResponseRedirect:
    """Send the receipt to its buyer."""
    at = clock.now()
    with tx() as t:
        receipt = orders.receipt(t, uid)
        person_id, name = (
            receipts.buyer_of(t, receipt, SENDER) if receipt is not None else (None, "")
        )
        address = address_of(t, person_id)
        if receipt is None or person_id is None or not address:
            raise Http404
        letter = _letter(t, request, receipt, person_id, name, address)
        by = mail.transport(t)
        trail.note(t, actor_of(request), "mail", "receipt", uid, at=at)
    outcome = mail.send(by, letter, at=at)
    request.session["receipt-mailed"] = (
        say("レシートをメールで送りました。", "The receipt was mailed.")
        if outcome.state == "sent"
        else say(
            "メールを送れませんでした。印刷したレシートをお渡しください。",
            "It could not be mailed. Give the printed receipt.",
        )
    )
    return redirect(f"/register/receipts/{uid}")


def _letter(
    t: Tx, request: HttpRequest, receipt: Receipt, person_id: int, name: str, address: str
) -> Mail:
    paper = receipts.paper_of(t, receipt)
    page = {"paper": paper, "name": name, "offer": _offer(t, request, receipt, person_id)}
    return Mail(
        to=address,
        to_name=name,
        subject=say(
            "{shop}のレシート {no}",
            "Receipt {no} of {shop}",
            shop=text_of(receipt.place_name),
            no=paper.number,
        ),
        text=render_to_string("register/mail_receipt.txt", page, request),
        html=render_to_string("register/mail_receipt.html", page, request),
        headers={"Auto-Submitted": "auto-generated"},
    )


def _offer(t: Tx, request: HttpRequest, receipt: Receipt, person_id: int) -> str:
    """What is proposed to the buyer, if they agreed to hear of it and did not just buy it."""
    if not isinstance(consents.permissions(t, [person_id])[person_id], Permission):
        return ""
    found = proposals.current(t, person_id, viewer=SENDER, on=insight.today(t))
    if found is None or any(line.sku_id == found.sku_id for line in receipt.lines):
        return ""
    by = {"actor": actor_of(request), "recorded_at": clock.now()}
    proposals.shown(t, found.uid, "receipt", str(receipt.uid), **by)  # type: ignore[arg-type]
    return text_of(found.name)
