"""`goen webhook`: other systems that are told what happens."""

from uuid import UUID

import click

from goen.doors.refusals import sentence
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.links import subscribing

ACTOR = Actor("system", "command line")


@click.group()
def webhook() -> None:
    """Other systems that are told what happens."""


@webhook.command("new")
@click.argument("address")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(subscribing.KINDS),
    help="A kind of notice; may be given several times. [default: StockChanged]",
)
def new(address: str, kinds: tuple[str, ...]) -> None:
    """Tell an address what happens, and print its id and the secret that signs; it cannot be read
    again."""
    with tx() as t:
        made = subscribing.subscribe(
            t, address, kinds or ("StockChanged",), actor=ACTOR, recorded_at=clock.now()
        )
    if isinstance(made, Refusal):
        raise click.ClickException(sentence(made))
    click.echo(f"{made.uid} {made.secret}")


@webhook.command("list")
def list_() -> None:
    """Those that are told: what waits, what was given up, and why the last try failed."""
    with tx() as t:
        found = subscribing.subscribers(t)
    for one in found:
        click.echo(f"{one.uid} {one.address} {','.join(one.kinds)}")
        since = f" since {one.oldest_waiting_at:%Y-%m-%d %H:%M:%S}" if one.waiting else ""
        click.echo(f"  waiting {one.waiting}{since} · dead {one.dead} · {one.error or 'ok'}")


@webhook.command("retry")
@click.argument("id", type=click.UUID)
def retry(id: UUID) -> None:  # noqa: A002  click names the argument by it
    """Try again what was given up for one of them, and print how many there were."""
    with tx() as t:
        count = subscribing.redrive(t, id, actor=ACTOR, recorded_at=clock.now())
    if isinstance(count, Refusal):
        raise click.ClickException(sentence(count))
    click.echo(count)


@webhook.command("end")
@click.argument("id", type=click.UUID)
def end(id: UUID) -> None:  # noqa: A002  click names the argument by it
    """Tell one of them nothing more, also not what waits."""
    with tx() as t:
        refused = subscribing.end(t, id, actor=ACTOR, recorded_at=clock.now())
    if refused is not None:
        raise click.ClickException(sentence(refused))
