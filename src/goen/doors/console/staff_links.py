"""A new link for a member of staff: shown once to who made it, and mailed where mail can leave.

Promises: the token stands in this one answer and in the letter, nowhere else.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goen.doors import public
from goen.doors.console.entry_steps import unkept
from goen.doors.letters import send_aside
from goen.doors.say import say, text_of
from goen.kit import clock, home, mail
from goen.kit.db import tx
from goen.kit.mail import Mail, Transport
from goen.places import staff_queries
from goen.places.invitations import Link
from goen.places.staff_queries import StaffShown


def handed(request: HttpRequest, link: Link) -> HttpResponse:
    """The page with the link."""
    with tx() as t:
        by = mail.transport(t)
        staff = staff_queries.one(t, link.staff_id, at=clock.now())
        address = public.address(request, t, path_of(link))
    assert staff is not None
    mailed = bool(staff.mail) and not by.is_built_in
    if mailed:
        send_aside(by, letter(by, staff, link, address))
    page = {
        "staff": staff,
        "name": text_of(staff.name),
        "link": link,
        "address": address,
        "mailed": mailed,
    }
    return unkept(render(request, "console/staff_link.html", page))


def path_of(link: Link) -> str:
    """Where a link leads."""
    return f"/{link.kind}/{link.token}"


def letter_of_own(by: Transport, staff: StaffShown, address: str) -> Mail:
    """The letter with the link that somebody asked for where one signs in."""
    shop = text_of(home.current_shop().title)
    body = say(
        "{shop}のGoenで、パスワードの再設定が申し込まれました。ログインIDは {login} です。\n\n"
        "{address}\n\n"
        "このリンクは1時間以内に、1回だけ使えます。お心当たりがなければ、開かずに捨ててください。"
        "いまのパスワードはそのまま使えます。\n",
        "Somebody asked for a new password for Goen at {shop}. Your login is {login}.\n\n{address}"
        "\n\nThe link works once, within one hour. If it was not you, leave it: your password"
        " stays as it is.\n",
        shop=shop,
        login=staff.login,
        address=address,
    )
    subject = say("{shop}：パスワードの再設定", "{shop}: set a new password", shop=shop)
    return Mail(staff.mail, subject, body, from_name=by.sender_name)


def letter(by: Transport, staff: StaffShown, link: Link, address: str) -> Mail:
    """The letter with the link."""
    shop = text_of(home.current_shop().title)
    if link.kind == "invite":
        subject = say("{shop}：Goenへの招待", "{shop}: your invitation to Goen", shop=shop)
        body = say(
            "{shop}のGoenに招かれました。ログインIDは {login} です。\n\n{address}\n\n"
            "このリンクは7日以内に、1回だけ使えます。\n",
            "You are invited to Goen at {shop}. Your login is {login}.\n\n{address}\n\n"
            "The link works once, within 7 days.\n",
            shop=shop,
            login=staff.login,
            address=address,
        )
    else:
        subject = say("{shop}：パスワードの再設定", "{shop}: set a new password", shop=shop)
        body = say(
            "本部の担当者が、パスワードを設定し直すリンクを用意しました。\n\n{address}\n\n"
            "このリンクは1時間以内に、1回だけ使えます。お心当たりがなければ本部に知らせてください。\n",
            "Head office made a link for you to set a new password.\n\n{address}\n\n"
            "It works once, within one hour. If you did not ask for it, tell head office.\n",
            address=address,
        )
    return Mail(staff.mail, subject, body, from_name=by.sender_name)
