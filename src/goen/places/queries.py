"""Reading the masters of places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goen.kit.db import Tx
from goen.places.models import Channel, Entity, Place, Source, Till

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A place as pages show it."""

    id: int
    code: str
    kind: str
    name: Texts
    timezone: str
    entity_id: int
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """A sales channel as pages show it."""

    id: int
    code: str
    kind: str
    name: Texts


@dataclass(frozen=True, slots=True)
class TillShown:
    """A till as pages show it."""

    id: int
    code: str
    name: Texts
    place_id: int


@dataclass(frozen=True, slots=True)
class EntityShown:
    """The company on a receipt."""

    name: Texts
    registration_no: str
    address: str
    phone: str


def places(tx: Tx) -> list[PlaceShown]:
    """Every place, in the order they were made."""
    rows = Place.objects.order_by("id")
    return [
        PlaceShown(p.id, p.code, p.kind, p.name, p.timezone, p.entity_id, p.address, p.phone)
        for p in rows
    ]


def channels(tx: Tx) -> list[ChannelShown]:
    """Every sales channel, in the order they were made."""
    return [ChannelShown(c.id, c.code, c.kind, c.name) for c in Channel.objects.order_by("id")]


def tills(tx: Tx, place_id: int) -> list[TillShown]:
    """The tills of a place."""
    rows = Till.objects.filter(place_id=place_id).order_by("code")
    return [TillShown(t.id, t.code, t.name, t.place_id) for t in rows]


def source_names(tx: Tx) -> dict[str, Mapping[str, str]]:
    """What the systems that facts come from are called, by their code."""
    return dict(tx.rows("SELECT code, name FROM places_source"))


def source_codes(tx: Tx) -> set[str]:
    """Codes of the systems that facts may come from."""
    return set(Source.objects.values_list("code", flat=True))


def entity_of_place(tx: Tx, place_id: int) -> EntityShown:
    """The company a place belongs to."""
    e = Entity.objects.get(id=Place.objects.values_list("entity_id", flat=True).get(id=place_id))
    return EntityShown(e.name, e.registration_no, e.address, e.phone)


def staff_names(tx: Tx, staff_ids: Sequence[int]) -> dict[int, Texts]:
    """The names of members of staff by id."""
    return dict(tx.rows("SELECT id, name FROM places_staff WHERE id = ANY(%s)", [list(staff_ids)]))
