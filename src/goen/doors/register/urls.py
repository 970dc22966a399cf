"""Addresses of the till."""

from django.urls import path

from goen.doors.register import (
    asking,
    checkout,
    pickups,
    proposing,
    reading,
    reasons,
    receipt_mail,
    receipts,
    returns,
    till,
)

app_name = "register"
urlpatterns = [
    path("", till.show, name="till"),
    path("where", till.choose, name="where"),
    path("read", reading.read, name="read"),
    path("members", reading.members, name="members"),
    path("quote", checkout.quote, name="quote"),
    path("sales", checkout.sell, name="sales"),
    path("receipts", receipts.today, name="receipts"),
    path("receipts/<uuid:uid>", receipts.show, name="receipt"),
    path("receipts/<uuid:uid>/mail", receipt_mail.send, name="receipt-mail"),
    path("returns", returns.find, name="returns"),
    path("returns/of/<uuid:uid>", returns.choose, name="return-of"),
    path("returns/of/<uuid:uid>/preview", returns.preview, name="return-preview"),
    path("returns/of/<uuid:uid>/take", returns.take, name="return-take"),
    path("returns/<uuid:uid>", returns.show, name="return"),
    path("pickups", pickups.waiting, name="pickups"),
    path("pickups/<uuid:uid>", pickups.show, name="pickup"),
    path("pickups/<uuid:uid>/ready", pickups.ready, name="pickup-ready"),
    path("pickups/<uuid:uid>/hand", pickups.hand_over, name="pickup-hand"),
    path("asking", asking.note, name="asking"),
    path("reasons", reasons.note, name="reasons"),
    path("proposal", reading.proposal, name="proposal"),
    path("proposal/dismiss", proposing.dismiss, name="proposal-dismiss"),
]
