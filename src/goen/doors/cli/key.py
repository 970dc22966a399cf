"""`goen key`: API keys, shown once."""

import click

from goen.kit import clock, keys
from goen.kit.actors import Actor
from goen.kit.db import tx


@click.group()
def key() -> None:
    """API keys of a shop."""


@key.command("new")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(keys.SCOPES))
def new(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print it; it cannot be read again. Without --scope it may do everything."""
    with tx() as t:
        secret = keys.issue(
            t,
            name,
            scopes or keys.SCOPES,
            actor=Actor("system", "command line"),
            recorded_at=clock.now(),
        )
    click.echo(secret)
