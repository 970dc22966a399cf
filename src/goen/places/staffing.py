"""Who works here: invited, given another role or place, switched off and on, helped back in.

Promises: a login belongs to one person; there is always somebody of head office who can sign in;
nobody changes their own role or switches themselves off; whoever is switched off is out at once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.places import authenticators, invitations, passkeys, sessions
from goen.places.invitations import Link
from goen.places.models import Place, Staff
from goen.places.rights import ROLES

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,59}")
_MAIL = re.compile(r"[^\s@<>,;\"']+@[^\s@<>,;\"']+\.[^\s@<>,;\"']+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What head office says about somebody. `place` is a place's code, or empty."""

    name: Mapping[str, str]
    role: str
    place: str = ""
    mail: str = ""


def invite(
    tx: Tx, login: str, code: str, entry: Entry, *, actor: Actor, recorded_at: datetime
) -> Link | Refusal:
    """Make a login that nobody can use yet, and the link by which its owner sets a password."""
    refused = _judged(entry)
    if refused is None and not _LOGIN.fullmatch(login):
        refused = Refusal("login_shape", "login")
    if refused is not None:
        return refused
    values = _values(entry)
    row = tx.row(
        """
        INSERT INTO places_staff (login, code, password, name, role, place_id, mail, is_active,
                                  language)
        VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, true, '') ON CONFLICT DO NOTHING RETURNING id
        """,
        [
            login, code or login, make_password(None), _json(values["name"]), entry.role,
            values["place_id"], entry.mail,
        ],
    )  # fmt: skip
    if row is None:
        taken = Staff.objects.filter(login=login).exists()
        return Refusal("login_taken" if taken else "staff_code_taken", "login" if taken else "code")
    detail = {"role": entry.role, "place": entry.place}
    trail.note(tx, actor, "make", "staff", code or login, at=recorded_at, detail=detail)
    return invitations.make(tx, row[0], "invite", actor=actor, recorded_at=recorded_at)


def change(
    tx: Tx, staff_id: int, entry: Entry, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """Give somebody another name, role, place or address. Their own role nobody changes."""
    staff = _locked(tx, staff_id)
    if staff is None:
        return Refusal("unknown_staff", "staff", {"given": staff_id})
    refused = _judged(entry)
    if refused is None and staff.role != entry.role:
        refused = _may_lose(tx, staff, actor)
    if refused is not None:
        return refused
    before = {"role": staff.role, "place": staff.place.code if staff.place else ""}
    changed = [n for n, value in _values(entry).items() if getattr(staff, n) != value]
    for name, value in _values(entry).items():
        setattr(staff, name, value)
    staff.save(update_fields=["name", "role", "place_id", "mail"])
    after = {"role": entry.role, "place": entry.place}
    if before != after:
        trail.note(tx, actor, "role_changed", "staff", staff.code, at=recorded_at,
                   detail={"before": before, "after": after})  # fmt: skip
    others = [name for name in changed if name in {"name", "mail"}]
    if others:
        detail = {"fields": others}
        trail.note(tx, actor, "change", "staff", staff.code, at=recorded_at, detail=detail)
    return None


def switch_off(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Let somebody in no more: their sessions and links end at once. Nothing of theirs is lost."""
    staff = _locked(tx, staff_id)
    if staff is None:
        return Refusal("unknown_staff", "staff", {"given": staff_id})
    refused = _may_lose(tx, staff, actor)
    if refused is not None:
        return refused
    if staff.is_active:
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        trail.note(tx, actor, "switch_off", "staff", staff.code, at=recorded_at)
    invitations.withdraw(tx, staff_id, at=recorded_at)
    sessions.end_all(tx, staff_id, why="off", actor=actor, recorded_at=recorded_at)
    return None


def switch_on(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Let somebody in again, with the password they had."""
    staff = _locked(tx, staff_id)
    if staff is None:
        return Refusal("unknown_staff", "staff", {"given": staff_id})
    if not staff.is_active:
        staff.is_active = True
        staff.save(update_fields=["is_active"])
        trail.note(tx, actor, "switch_on", "staff", staff.code, at=recorded_at)
    return None


def link(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> Link | Refusal:
    """A new link: an invitation for who has no password yet, else one to set a new password."""
    staff = Staff.objects.filter(id=staff_id).first()
    if staff is None:
        return Refusal("unknown_staff", "staff", {"given": staff_id})
    if staff.role == "store" and staff.place_id is None:  # known by a file: they would be anywhere
        return Refusal("place_missing", "place")
    kind = "reset" if staff.has_usable_password() else "invite"
    return invitations.make(tx, staff_id, kind, actor=actor, recorded_at=recorded_at)


def reset_factors(tx: Tx, staff_id: int, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """For a lost device: take authenticator, recovery codes and passkeys away, end the sessions."""
    staff = _locked(tx, staff_id)
    if staff is None:
        return Refusal("unknown_staff", "staff", {"given": staff_id})
    by: dict[str, Any] = {"actor": actor, "recorded_at": recorded_at}
    authenticators.turn_off(tx, staff_id, **by)
    passkeys.remove_all(tx, staff_id, **by)
    sessions.end_all(tx, staff_id, why="factors", **by)
    return None


def speak(
    tx: Tx, staff_id: int, *, name: Mapping[str, str], language: str, actor: Actor,
    recorded_at: datetime,
) -> Refusal | None:  # fmt: skip
    """What somebody says of themselves: their name, and the language they read."""
    if not any(str(text).strip() for text in name.values()):
        return Refusal("staff_name_missing", "name")
    given = {code: text.strip()[:80] for code, text in name.items() if text.strip()}
    code = tx.value(
        "UPDATE places_staff SET name = %s::jsonb, language = %s WHERE id = %s RETURNING code",
        [_json(given), language if language in {"ja", "en"} else "", staff_id],
    )
    detail = {"fields": ["name", "language"]}
    trail.note(tx, actor, "change", "staff", code, at=recorded_at, detail=detail)
    return None


def _locked(tx: Tx, staff_id: int) -> Staff | None:
    """Somebody, with everybody of head office: who is the last of them is decided once."""
    tx.execute(
        "SELECT 1 FROM places_staff WHERE role = 'hq' OR id = %s ORDER BY id FOR UPDATE", [staff_id]
    )
    return Staff.objects.select_related("place").filter(id=staff_id).first()


def _may_lose(tx: Tx, staff: Staff, actor: Actor) -> Refusal | None:
    """Whether somebody may lose their role or their login."""
    if actor.kind == "staff" and actor.name == staff.code:
        return Refusal("own_login", "staff")
    if staff.role != "hq" or not staff.is_active:
        return None
    others = Staff.objects.filter(role="hq", is_active=True).exclude(id=staff.id)
    if not any(one.has_usable_password() for one in others):
        return Refusal("last_of_head_office", "staff")
    return None


def _judged(entry: Entry) -> Refusal | None:
    if not any(str(text).strip() for text in entry.name.values()):
        return Refusal("staff_name_missing", "name")
    if entry.role not in ROLES:
        return Refusal("unknown_role", "role")
    if entry.role == "store" and not entry.place:
        return Refusal("place_missing", "place")
    if entry.place and not Place.objects.filter(code=entry.place).exists():
        return Refusal("unknown_place", "place", {"given": entry.place})
    if entry.mail and not _MAIL.fullmatch(entry.mail):
        return Refusal("mail_shape", "mail")
    return None


def _values(entry: Entry) -> dict[str, Any]:
    """The columns an entry fills."""
    place = Place.objects.values_list("id", flat=True).filter(code=entry.place).first()
    name = {code: str(text).strip()[:80] for code, text in entry.name.items() if str(text).strip()}
    return {"name": name, "role": entry.role, "place_id": place, "mail": entry.mail}


def _json(value: Mapping[str, str]) -> str:
    return json.dumps(dict(value), ensure_ascii=False)
