"""The masters a file needs before its receipts: the shop itself, its places, goods and records.

Promises: everything is put by code, so that a second time changes nothing; places have no cut-over
day, so that all they sold is history and no quantity moves; nobody is named who has no key.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import TypeVar

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewCategory, NewSku
from goen.customers import records
from goen.customers.records import NewRecord
from goen.kit import settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.home import Shop
from goen.links.plans import Plan
from goen.links.shelf import Shelf
from goen.places import masters as places
from goen.places.masters import NewEntity, NewPlace, NewStaff

T = TypeVar("T")

ENTITY = "own"
PRICE_LIST = "own"
ONE_PLACE = "shop"
_CHUNK = 2000
_EVER = date(1990, 1, 1)

CHANNELS = {
    "store": {"ja": "店舗", "en": "Store"},
    "ec": {"ja": "ECサイト", "en": "Web shop"},
    "mall": {"ja": "モール", "en": "Marketplace"},
    "sns": {"ja": "SNS", "en": "SNS shop"},
    "phone": {"ja": "電話", "en": "Telephone"},
    "paper": {"ja": "紙・DM", "en": "Paper"},
}
_PLACE_KIND = {"ec": "ec", "mall": "mall", "sns": "ec"}
_ELSEWHERE = {
    "mall": ("楽天", "amazon", "アマゾン", "yahoo", "ヤフー", "モール", "qoo10", "zozo"),
    "ec": ("ec", "通販", "オンライン", "online", "web", "ネット", "本店サイト", "shopify"),
}

# Japan's consumption tax; `reduced` did not exist before it began.
TAX_RATES = (
    ("standard", date(1997, 4, 1), 500),
    ("standard", date(2014, 4, 1), 800),
    ("standard", date(2019, 10, 1), 1000),
    ("reduced", date(2019, 10, 1), 800),
    ("zero", _EVER, 0),
    ("exempt", _EVER, 0),
    ("outside", _EVER, 0),
)


def open_shop(tx: Tx, shop: Shop, *, actor: Actor, recorded_at: datetime) -> None:
    """The company, its price list, tax rates and settings."""
    if tx.value("SELECT 1 FROM places_entity WHERE code = %s", [ENTITY]) is None:
        company = NewEntity(ENTITY, dict(shop.title), currency=shop.currency)
        places.put_entity(tx, company, actor=actor, recorded_at=recorded_at)
    catalogue.put_price_list(
        tx, code=PRICE_LIST, entity=ENTITY, currency=shop.currency, tax_included=True
    )
    if shop.currency == "JPY":
        catalogue.put_tax_rates(tx, TAX_RATES, actor=actor, recorded_at=recorded_at)
    for setting, value in (("shop.currency", shop.currency), ("shop.timezone", shop.timezone)):
        if settings.read(tx, setting) != value:
            settings.write(tx, setting, value, actor=actor, recorded_at=recorded_at)


def put_source(tx: Tx, source: str, *, actor: Actor, recorded_at: datetime) -> None:
    """The system whose keys and numbers the file speaks in."""
    name = {"ja": "ファイル", "en": "File"} if source == "file" else {"ja": source, "en": source}
    places.put_source(tx, code=source, name=name, actor=actor, recorded_at=recorded_at)


def put_places(
    tx: Tx, stores: Iterable[str], plan: Plan, shop: Shop, *, actor: Actor, recorded_at: datetime
) -> None:
    """A place for every store of the file; one that is there stays as people have set it."""
    known = {row[0] for row in tx.rows("SELECT code FROM places_place")}
    for store in stores:
        channel = channel_of(store, plan.channel)
        name = {"ja": store, "en": store} if store else dict(CHANNELS[channel])
        place = NewPlace(
            place_of(store),
            ENTITY,
            _PLACE_KIND.get(channel, "store"),
            name,
            timezone=shop.timezone,
        )
        if place.code not in known:
            places.put_place(tx, place, actor=actor, recorded_at=recorded_at)
        places.put_channel(
            tx,
            code=channel,
            kind=channel,
            name=CHANNELS[channel],
            actor=actor,
            recorded_at=recorded_at,
        )


def place_of(store: str) -> str:
    """The code of a store's place."""
    return store or ONE_PLACE


def channel_of(store: str, otherwise: str) -> str:
    """The sales channel a store's name speaks of: 楽天市場店 is a marketplace."""
    plain = store.casefold()
    for channel, words in _ELSEWHERE.items():
        if any(word in plain for word in words):
            return channel
    return otherwise


def put_staff(tx: Tx, names: Iterable[str], *, actor: Actor, recorded_at: datetime) -> None:
    """The people who sold, known by the file's word for them; nobody can log in as one.

    Who works here already stays as they are: a file takes nobody's login, name or role.
    """
    known = {row[0] for row in tx.rows("SELECT code FROM places_staff")}
    for name in (one for one in names if one not in known):
        new = NewStaff(name, f"file:{name}", {"ja": name, "en": name}, "store")
        places.put_staff(tx, new, actor=actor, recorded_at=recorded_at)


def put_goods(shelf: Shelf, *, actor: Actor, recorded_at: datetime) -> None:
    """Departments and SKUs, with the dated costs the file gives; a transaction per chunk."""
    costs: dict[str, tuple[tuple[date, Decimal], ...]] = {
        code: _from_the_start([(day, cost) for _, day, cost in group])
        for code, group in groupby(shelf.costs(), key=lambda row: row[0])
    }
    for chunk in chunks(shelf.products()):
        with tx() as t:
            categories = sorted({category for *_, category in chunk if category})
            catalogue.put_categories(
                t,
                [NewCategory(name, {"ja": name, "en": name}) for name in categories],
                actor=actor,
                recorded_at=recorded_at,
            )
            skus = [
                NewSku(
                    code,
                    {"ja": name, "en": name},
                    category_code=category or None,
                    barcodes=(barcode,) if barcode else (),
                    costs=costs.get(code, ()),
                )
                for code, name, barcode, category in chunk
            ]
            catalogue.put_skus(t, skus, price_list=PRICE_LIST, actor=actor, recorded_at=recorded_at)


def _from_the_start(dated: list[tuple[date, Decimal]]) -> tuple[tuple[date, Decimal], ...]:
    """The first known cost also holds for the days before it: sales without one are older."""
    return ((_EVER, dated[0][1]), *dated[1:])


def put_customers(
    customers: Iterable[tuple[str, str]], source: str, *, actor: Actor, recorded_at: datetime
) -> None:
    """A record per key; a name where the file gives one; a transaction per chunk."""
    for chunk in chunks(customers):
        new = [_record(source, key, name) for key, name in chunk]
        with tx() as t:
            records.register(t, new, actor=actor, recorded_at=recorded_at)


def _record(source: str, key: str, name: str) -> NewRecord:
    family, given = split_name(name)
    mail = key if "@" in key else ""
    return NewRecord(source, key, entity=ENTITY, family_name=family, given_name=given, mail=mail)


def split_name(name: str) -> tuple[str, str]:
    """Family and given name: 山田　太郎, Taro Yamada. One word is a family name."""
    parts = name.replace("様", "").split() if not name.isascii() else name.split()
    if len(parts) < 2:
        return "".join(parts), ""
    if name.isascii():
        return parts[-1], " ".join(parts[:-1])
    return parts[0], " ".join(parts[1:])


def chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows by the two thousand: what one transaction takes."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
