"""`goen staff`: who may sign in, from the command line: the first of head office, and helping out.

Promises: links are printed once and are good once; what is done here stands in the trail like what
is done on pages, by "command line".
"""

import json
from typing import Any

import click

from goen.doors.cli.steps import tell
from goen.doors.refusals import sentence
from goen.kit import clock, home, mail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.links import opening
from goen.places import staff_queries, staffing
from goen.places.invitations import Link
from goen.places.rights import ROLES
from goen.places.staff_queries import StaffAsked
from goen.places.staffing import Entry

ACTOR = Actor("system", "command line")
FIRST_LOGIN = "honbu"
MOST = 10_000


@click.group()
def staff() -> None:
    """Who works here and may sign in."""


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
def list_(as_json: bool) -> None:
    """Print who may sign in: number, login, role, state."""
    with tx() as t:
        found, _ = staff_queries.page(t, StaffAsked(), at=clock.now(), limit=MOST, start=0)
    if as_json:
        fields = ("code", "login", "role", "state", "authenticator", "passkeys")
        click.echo(json.dumps([{name: getattr(one, name) for name in fields} for one in found]))
        return
    for one in found:
        click.echo(f"{one.code}\t{one.login}\t{one.role}\t{one.state}")


@staff.command("invite")
@click.argument("login")
@click.option("--name", help="Their name. [default: the login]")
@click.option("--role", type=click.Choice(list(ROLES)), default="hq", show_default=True)
@click.option("--place", default="", help="Code of the place they work in.")
def invite(login: str, name: str | None, role: str, place: str) -> None:
    """Make a login and print the link by which its owner sets a password; or a new link for a
    login that is there."""
    at = clock.now()
    with tx() as t:
        known = staff_queries.by_login(t, login)
        if known is None:
            entry = Entry({"ja": name or login, "en": name or login}, role, place)
            made = staffing.invite(t, login, "", entry, actor=ACTOR, recorded_at=at)
        else:
            made = staffing.link(t, known, actor=ACTOR, recorded_at=at)
        _print(t, made)


@staff.command("off")
@click.argument("login")
def off(login: str) -> None:
    """Let a login in no more, and sign it out everywhere."""
    with tx() as t:
        _stop_on(staffing.switch_off(t, _of(t, login), actor=ACTOR, recorded_at=clock.now()))


@staff.command("reset")
@click.argument("login")
@click.option("--factors", is_flag=True, help="Take authenticator and passkeys away, too.")
def reset(login: str, factors: bool) -> None:
    """Print a link by which the owner of a login sets a new password."""
    by: dict[str, Any] = {"actor": ACTOR, "recorded_at": clock.now()}
    with tx() as t:
        staff_id = _of(t, login)
        if factors:
            _stop_on(staffing.reset_factors(t, staff_id, **by))
        _print(t, staffing.link(t, staff_id, **by))


@staff.command("first", hidden=True)
def first() -> None:
    """While nobody of head office can sign in: open the shop, and print a link for the first."""
    at = clock.now()
    with tx() as t:
        if staff_queries.someone_of_head_office(t):
            return
        opening.open_shop(t, home.current_shop(), actor=ACTOR, recorded_at=at)
        known = staff_queries.by_login(t, FIRST_LOGIN)
        if known is None:
            entry = Entry({"ja": "本部", "en": "Head office"}, "hq")
            made = staffing.invite(t, FIRST_LOGIN, "", entry, actor=ACTOR, recorded_at=at)
        else:
            made = staffing.link(t, known, actor=ACTOR, recorded_at=at)
        _print(t, made)


def _of(t: Tx, login: str) -> int:
    staff_id = staff_queries.by_login(t, login)
    if staff_id is None:
        _stop_on(Refusal("unknown_staff", "login", {"given": login}))
    assert staff_id is not None
    return staff_id


def _print(t: Tx, made: Link | Refusal) -> None:
    if isinstance(made, Refusal):
        _stop_on(made)
        return
    click.echo(f"{mail.transport(t).public_url}/{made.kind}/{made.token}")
    if made.kind == "invite":
        told = tell("7日以内に、1回だけ使えます。", "It works once, within 7 days.")
    else:
        told = tell("1時間以内に、1回だけ使えます。", "It works once, within one hour.")
    click.echo(told, err=True)


def _stop_on(refused: Refusal | None) -> None:
    if refused is not None:
        raise click.ClickException(sentence(refused))
