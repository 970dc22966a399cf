"""Who did and who saw what: one insert-only line each, written in the same transaction."""

import json
from collections.abc import Mapping
from datetime import datetime

from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx

_INSERT = """
INSERT INTO kit_trail (at, actor, verb, kind, subject, detail)
VALUES (%s, %s, %s, %s, %s, %s::jsonb)
"""


def note(
    tx: Tx,
    actor: Actor,
    verb: str,
    kind: str,
    subject: object,
    *,
    at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Somebody did something to a subject."""
    body = json.dumps(detail or {}, ensure_ascii=False, default=str)
    tx.execute(_INSERT, [at, str(actor), verb, kind, str(subject), body])


def saw(tx: Tx, viewer: Viewer, kind: str, subject: object, *, at: datetime) -> None:
    """Somebody looked at a person's data, with the purpose they stated; a system by its key."""
    body = json.dumps({"purpose": viewer.purpose, "role": viewer.role})
    who = "key" if viewer.role == "key" else "staff"
    tx.execute(_INSERT, [at, f"{who}:{viewer.name}", "see", kind, str(subject), body])
