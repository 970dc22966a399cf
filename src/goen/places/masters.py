"""Keeping the masters of places: put by code, so that a second time changes nothing new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.places.models import Channel, Entity, Place, Source, Staff, Till

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewEntity:
    """A company. `registration_no` is its T-number; `rounding` how tax is rounded."""

    code: str
    name: Texts
    registration_no: str = ""
    rounding: str = "floor"
    currency: str = "JPY"
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place that sells. Without cut-over days all its facts are history."""

    code: str
    entity: str
    kind: str
    name: Texts
    timezone: str = "Asia/Tokyo"
    day_change_hour: int = 0
    goods_from: date | None = None
    payments_from: date | None = None
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Someone who logs in; without a password nobody can log in by one."""

    code: str
    login: str
    name: Texts
    role: str
    place: str | None = None
    password: str | None = None


def put_entity(tx: Tx, new: NewEntity, *, actor: Actor, recorded_at: datetime) -> int:
    """Make or change a company."""
    values = {field: getattr(new, field) for field in NewEntity.__slots__ if field != "code"}
    return _put(tx, Entity, new.code, values, actor, recorded_at)


def put_place(tx: Tx, new: NewPlace, *, actor: Actor, recorded_at: datetime) -> int:
    """Make or change a place; its company must exist."""
    values = {f: getattr(new, f) for f in NewPlace.__slots__ if f not in {"code", "entity"}}
    values["entity_id"] = Entity.objects.values_list("id", flat=True).get(code=new.entity)
    return _put(tx, Place, new.code, values, actor, recorded_at)


def put_channel(
    tx: Tx, *, code: str, kind: str, name: Texts, actor: Actor, recorded_at: datetime
) -> int:
    """Make or change a sales channel."""
    return _put(tx, Channel, code, {"kind": kind, "name": name}, actor, recorded_at)


def put_till(
    tx: Tx, *, code: str, place: str, name: Texts, actor: Actor, recorded_at: datetime
) -> int:
    """Make or change a till of a place."""
    place_id = Place.objects.values_list("id", flat=True).get(code=place)
    return _put(tx, Till, code, {"place_id": place_id, "name": name}, actor, recorded_at)


def put_source(
    tx: Tx, *, code: str, name: Texts, trust: int = 0, actor: Actor, recorded_at: datetime
) -> int:
    """Make or change a system that facts come from."""
    return _put(tx, Source, code, {"name": name, "trust": trust}, actor, recorded_at)


def put_staff(tx: Tx, new: NewStaff, *, actor: Actor, recorded_at: datetime) -> int:
    """Make or change someone who works here."""
    values: dict[str, Any] = {"login": new.login, "name": new.name, "role": new.role}
    if new.place is not None:
        values["place_id"] = Place.objects.values_list("id", flat=True).get(code=new.place)
    if new.password is not None or not Staff.objects.filter(code=new.code).exists():
        values["password"] = make_password(new.password)
    return _put(tx, Staff, new.code, values, actor, recorded_at)


def _put(
    tx: Tx, model: Any, code: str, values: dict[str, Any], actor: Actor, recorded_at: datetime
) -> int:
    row, made = model.objects.get_or_create(code=code, defaults=values)
    former = {name: getattr(row, name) for name in values}
    changed = [name for name, value in values.items() if former[name] != value]
    if changed and not made:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
    if made or changed:
        verb = "make" if made else "change"
        kind = model.__name__.lower()
        told = [name for name in changed if name != "password"]
        detail = {
            "fields": changed,
            "before": {name: former[name] for name in told},
            "after": {name: values[name] for name in told},
        }
        trail.note(tx, actor, verb, kind, code, at=recorded_at, detail=detail)
    return int(row.pk)
