"""Addresses of the mail of a measure, and of what arrived."""

from django.urls import URLPattern, path

from goen.doors.console import (
    mail_check,
    mail_edit,
    mail_preview,
    mail_runs,
    mail_send,
    mail_settings,
    mailbox,
)

urlpatterns: list[URLPattern] = [
    path("measures/<int:number>/mail", mail_edit.edit, name="mail_edit"),
    path("measures/<int:number>/mail/preview", mail_preview.show, name="mail_preview"),
    path("measures/<int:number>/mail/test", mail_edit.test, name="mail_test"),
    path("measures/<int:number>/send", mail_send.show, name="mail_send"),
    path("measures/<int:number>/send/check", mail_check.state, name="mail_check"),
    path("measures/<int:number>/send/check/again", mail_check.again, name="mail_check_again"),
    path("measures/<int:number>/send/progress", mail_runs.progress, name="mail_progress"),
    path("measures/<int:number>/send/act", mail_runs.act, name="mail_act"),
    path("measures/<int:number>/send.csv", mail_runs.export, name="mail_csv"),
    path("settings/mail", mail_settings.show, name="mail_settings"),
    path("mailbox", mailbox.index, name="mailbox"),
    path("mailbox/<int:id_>", mailbox.show, name="mailbox_letter"),
    path("mailbox/<int:id_>/html", mailbox.html, name="mailbox_html"),
]
