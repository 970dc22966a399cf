"""Opening the simulated shop in Goen: masters, people, opening stock, logins, a first story.

Everything is put by code or key, so a second time changes nothing; only the logins' passwords and
the API key are made anew each time, because nobody keeps the old ones.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from uuid import NAMESPACE_URL, uuid5

from goen.catalogue import masters as catalogue
from goen.customers import records as customers
from goen.kit import keys
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.places import masters as places
from goen.stock.arrivals import Arrival, Arrived, arrive
from sim import afar
from sim.miyabido import ZONE, World
from sim.world import Record, Sku

ACTOR = Actor("import", "miyabido")
PRICE_LIST = "shop"
_RATES_SINCE = date(2019, 10, 1)
_RATES = (("standard", 1000), ("reduced", 800), ("zero", 0), ("exempt", 0), ("outside", 0))
_EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_STOCKED = uuid5(NAMESPACE_URL, "https://miyabido.example/opening")


def put_masters(tx: Tx, world: World, *, recorded_at: datetime) -> None:
    """Company, places, channels, tills, sources and goods. Older facts are history."""
    _put_places(tx, world, recorded_at)
    catalogue.put_categories(
        tx,
        [catalogue.NewCategory(c.code, c.name) for c in world.categories],
        actor=ACTOR,
        recorded_at=recorded_at,
    )
    rates = [(name, _RATES_SINCE, rate) for name, rate in _RATES]
    catalogue.put_tax_rates(tx, rates, actor=ACTOR, recorded_at=recorded_at)
    catalogue.put_price_list(
        tx, code=PRICE_LIST, entity=world.entity.code, currency="JPY", tax_included=True
    )
    catalogue.put_skus(
        tx,
        [_new_sku(sku) for sku in world.skus],
        price_list=PRICE_LIST,
        actor=ACTOR,
        recorded_at=recorded_at,
    )


def _put_places(tx: Tx, world: World, recorded_at: datetime) -> None:
    who = {"actor": ACTOR, "recorded_at": recorded_at}
    entity = world.entity
    opened = world.window[0]
    places.put_entity(
        tx,
        places.NewEntity(
            entity.code,
            entity.name,
            registration_no=entity.registration_no,
            address=entity.address,
            phone=entity.phone,
        ),
        **who,
    )
    for place in world.places:
        new = places.NewPlace(
            place.code,
            entity.code,
            place.kind,
            place.name,
            goods_from=opened,
            payments_from=opened,
            address=place.address,
            phone=place.phone,
        )
        places.put_place(tx, new, **who)
    for channel in world.channels:
        places.put_channel(tx, code=channel.code, kind=channel.kind, name=channel.name, **who)
    for till in world.tills:
        places.put_till(tx, code=till.code, place=till.place_code, name=till.name, **who)
    for source in world.sources:
        places.put_source(tx, code=source.code, name=source.name, trust=source.trust, **who)
    for staff in world.staff:
        new_staff = places.NewStaff(
            staff.code, staff.login or staff.code.lower(), staff.name, staff.role, staff.place_code
        )
        places.put_staff(tx, new_staff, **who)


def _new_sku(sku: Sku) -> catalogue.NewSku:
    return catalogue.NewSku(
        code=sku.code,
        name=sku.name,
        category_code=sku.category_code,
        age20=sku.age20,
        barcodes=sku.barcodes,
        prices=tuple((p.valid_from, p.value) for p in sku.prices),
        tax=((_RATES_SINCE, sku.tax_class),),
        costs=tuple((c.valid_from, c.value) for c in sku.costs),
    )


def put_records(tx: Tx, records: Sequence[Record], *, entity: str, recorded_at: datetime) -> None:
    """Customers as their systems know them."""
    new = [_new_record(record, entity) for record in records]
    customers.register(tx, new, actor=ACTOR, recorded_at=recorded_at)


def _new_record(record: Record, entity: str) -> customers.NewRecord:
    return customers.NewRecord(
        source=record.source,
        source_key=record.source_key,
        entity=entity,
        family_name=record.family_name,
        given_name=record.given_name,
        family_kana=record.family_kana,
        given_kana=record.given_kana,
        birth_date=record.birth_on,
        gender=record.gender,
        mail=record.mail,
        phone=record.phone,
        postcode=record.postcode,
        address=record.address,
        joined_on=record.joined_on,
        credentials=tuple(_credentials(record)),
    )


def _credentials(record: Record) -> Iterator[customers.NewCredential]:
    since = record.joined_on
    if record.card_no:
        yield customers.NewCredential("card", record.card_no, valid_from=since)
    else:
        yield customers.NewCredential("member", record.source_key, valid_from=since)
    if record.mail:
        verified = record.mail_verified
        yield customers.NewCredential("mail", record.mail, verified=verified, valid_from=since)
    if record.phone:
        yield customers.NewCredential("phone", record.phone, valid_from=since)


def stock_places(tx: Tx, world: World, *, recorded_at: datetime) -> None:
    """Before the first day: half as much again as will be sold, and some of everything.

    Of some goods hardly more than will be sold, so that there are shelves that run low.
    """
    sold: dict[str, Counter[str]] = defaultdict(Counter)
    for receipt in world.receipts(since=world.window[0]):
        for line in receipt.lines:
            sold[receipt.place_code][line.sku_code] += line.qty
    for one in afar.ordered(world):
        for item in one.items:
            sold[one.collect_at or one.from_place or "web"][item.sku_code] += item.qty
    opened = datetime.combine(world.window[0], time(6), ZONE)
    arrivals = [
        Arrival(
            uid=uuid5(_STOCKED, f"{world.window[0]}:{place.code}"),
            place=place.code,
            lines=tuple(
                (
                    sku.code,
                    _opening_qty(
                        sold[place.code][sku.code],
                        lean=(n + 7 * m) % 23 == 11,
                        spare=48 if place.kind == "warehouse" else 12,
                    ),
                )
                for n, sku in enumerate(world.skus)
            ),
            occurred_at=opened,
        )
        for m, place in enumerate(world.places)
    ]
    answers = arrive(tx, arrivals, actor=ACTOR, recorded_at=recorded_at)
    assert all(isinstance(answer, Arrived) for answer in answers), answers


def _opening_qty(sold: int, *, lean: bool, spare: int) -> int:
    return sold + spare // 3 if lean else sold * 3 // 2 + spare


def give_logins(tx: Tx, world: World, *, recorded_at: datetime) -> list[dict[str, object]]:
    """Fresh passwords for those who log in, as the terminal prints them once."""
    roles = {
        "hq": {"ja": "本部", "en": "Head office"},
        "marketer": {"ja": "販促担当", "en": "Marketing"},
        "operations": {"ja": "運用担当", "en": "Operations"},
        "partner": {"ja": "ITパートナー", "en": "IT partner"},
    }
    names = {place.code: place.name for place in world.places}
    logins: list[dict[str, object]] = []
    for staff in world.staff:
        if not staff.login:
            continue
        password = "".join(secrets.choice(_EASY_LETTERS) for _ in range(12))
        new = places.NewStaff(
            staff.code, staff.login, staff.name, staff.role, staff.place_code, password
        )
        places.put_staff(tx, new, actor=ACTOR, recorded_at=recorded_at)
        role = roles.get(staff.role) or names[staff.place_code or ""]
        logins.append({"role": dict(role), "login": staff.login, "password": password})
    return logins


def welcome(tx: Tx, world: World, *, recorded_at: datetime) -> dict[str, object]:
    """What a newcomer needs: logins, an API key and the story to look at first."""
    hit = world.story_sku("hit")
    # Nothing is changed here: the verb that puts goods also answers their ids.
    ids = catalogue.put_skus(
        tx, [_new_sku(hit)], price_list=PRICE_LIST, actor=ACTOR, recorded_at=recorded_at
    )
    units = world.plan.units
    scopes = ("sales:write", "insight:read")
    return {
        "logins": give_logins(tx, world, recorded_at=recorded_at),
        "api_key": keys.issue(tx, "demo", scopes, actor=ACTOR, recorded_at=recorded_at),
        "story": {
            "ja": f"{hit.name['ja']}は4週間で{units}個売れました。買ったのは誰でしょう。",
            "en": f"{hit.name['en']} sold {units} in four weeks. Who bought it?",
            "url": f"/products/{ids[hit.code]}",
        },
    }
