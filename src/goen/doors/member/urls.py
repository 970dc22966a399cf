"""Addresses of the member's pages."""

from django.urls import path

from goen.doors.member import card, claiming, consent, data, entry, history

app_name = "member"
urlpatterns = [
    path("", card.show, name="card"),
    path("enter", entry.enter, name="enter"),
    path("enter/by-mail", entry.by_mail, name="by_mail"),
    path("enter/by-card", entry.by_card, name="by_card"),
    path("enter/as-sample", entry.as_sample, name="as_sample"),
    path("enter/<str:token>", entry.by_link, name="by_link"),
    path("leave", entry.leave, name="leave"),
    path("history", history.show, name="history"),
    path("receipts/<uuid:uid>", history.receipt, name="receipt"),
    path("r/<str:token>", claiming.receipt, name="claim"),
    path("consents", consent.show, name="consents"),
    path("consents/tell", consent.tell, name="tell"),
    path("data", data.show, name="data"),
    path("data.json", data.export, name="export"),
    path("data/change", data.change, name="change"),
    path("data/mail", data.change_mail, name="change_mail"),
    path("data/ask", data.ask, name="ask"),
    path("mail/<str:token>", data.confirm_mail, name="confirm_mail"),
]
