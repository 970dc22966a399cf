"""The system that what people did with our mail is told by: our own."""

from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.places import masters, queries

CODE = "mail"
NAME = {"ja": "メール", "en": "Mail"}


def ensure(tx: Tx, *, actor: Actor, recorded_at: datetime) -> None:
    """It is there from the first sending on."""
    if CODE not in queries.source_codes(tx):
        masters.put_source(tx, code=CODE, name=NAME, actor=actor, recorded_at=recorded_at)
