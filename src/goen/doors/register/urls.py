"""Addresses of the till."""

from django.urls import path

from goen.doors.register import checkout, reading, reasons, receipts, till

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
    path("reasons", reasons.note, name="reasons"),
]
