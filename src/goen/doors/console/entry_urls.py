"""Addresses of coming in, of one's own account, and of staff."""

from django.urls import path

from goen.doors.console import (
    entry,
    entry_confirm,
    entry_forgot,
    entry_link,
    entry_passkey,
    entry_second,
    me,
    staff,
    staff_one,
)

urlpatterns = [
    path("login", entry.enter, name="login"),
    path("login/as", entry.enter_as, name="enter_as"),
    path("login/code", entry_second.code, name="login_code"),
    path("login/factor", entry_second.factor, name="login_factor"),
    path("login/forgot", entry_forgot.show, name="login_forgot"),
    path("login/passkey", entry_passkey.enter, name="login_passkey"),
    path("login/passkey/ask", entry_passkey.ask, name="login_passkey_ask"),
    path("logout", entry.leave, name="logout"),
    path("look", entry.look, name="look"),
    path("menu", entry.menu, name="menu"),
    path("invite/<str:token>", entry_link.show, name="invite"),
    path("reset/<str:token>", entry_link.show, name="reset"),
    path("me", me.show, name="me"),
    path("me/confirm", entry_confirm.show, name="me_confirm"),
    path("me/confirm/ask", entry_confirm.ask, name="me_confirm_ask"),
    path("me/name", me.name, name="me_name"),
    path("me/password", me.password, name="me_password"),
    path("me/authenticator", me.authenticator, name="me_authenticator"),
    path("me/authenticator/off", me.turn_off, name="me_authenticator_off"),
    path("me/codes", me.codes, name="me_codes"),
    path("me/passkeys", me.keep_passkey, name="me_passkeys"),
    path("me/passkeys/ask", me.ask_passkey, name="me_passkeys_ask"),
    path("me/passkeys/<int:passkey_id>", me.change_passkey, name="me_passkey"),
    path("me/sessions", me.end_sessions, name="me_sessions"),
    path("staff", staff.index, name="staff"),
    path("staff.csv", staff.index, name="staff_csv"),
    path("staff/new", staff.new, name="staff_new"),
    path("staff/rules", staff.rules, name="staff_rules"),
    path("staff/<int:staff_id>", staff_one.show, name="staff_one"),
    path("staff/<int:staff_id>/link", staff_one.link, name="staff_link"),
    path("staff/<int:staff_id>/<slug:what>", staff_one.act, name="staff_act"),
]
