"""A shop to be shot at: two stores, a warehouse, twenty articles, plenty of goods, some members.

Made through the product's own verbs in a state folder of its own; prints an API key.
"""

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

SKUS = tuple(f"KILL-{n:02d}" for n in range(20))
PRICE = 540
PLACES = ("shibuya", "kichijoji", "web")
CARDS = tuple(f"K{n:04d}" for n in range(50))
STOCK = 100_000
POINTS = 20_000


def main() -> None:
    """Open the shop named by the environment and print a key that may do everything."""
    from goen.doors.cli.main import start_django

    start_django()
    from goen.doors.cli.migrate import bring_up_to_date
    from goen.kit import clock, keys
    from goen.kit.actors import Actor
    from goen.kit.db import tx

    bring_up_to_date(lambda _done, _total: None)
    actor = Actor("system", "kills")
    with tx() as t:
        _masters(t, {"actor": actor, "recorded_at": clock.now()})
        _goods(t, {"actor": actor, "recorded_at": clock.now()})
        print(keys.issue(t, "kills", keys.SCOPES, actor=actor, recorded_at=clock.now()))


def _masters(t, by) -> None:  # type: ignore[no-untyped-def]
    from goen.customers import records
    from goen.customers.records import NewCredential, NewRecord
    from goen.places import masters as places
    from goen.places.masters import NewEntity, NewPlace

    places.put_entity(t, NewEntity("kills", {"ja": "試射", "en": "Kills"}), **by)
    since = date(2026, 1, 1)
    for code, kind in zip(PLACES, ("store", "store", "ec"), strict=True):
        name = {"ja": code, "en": code}
        new = NewPlace(code, "kills", kind, name, goods_from=since, payments_from=since)
        places.put_place(t, new, **by)
    for code in ("store", "ec"):
        places.put_channel(t, code=code, kind=code, name={"ja": code, "en": code}, **by)
    places.put_source(t, code="goen", name={"ja": "goen", "en": "goen"}, trust=1, **by)
    people = [
        NewRecord("goen", card, credentials=(NewCredential("card", card, verified=True),))
        for card in CARDS
    ]
    records.register(t, people, **by)
    _points(t, by)


def _points(t, by) -> None:  # type: ignore[no-untyped-def]
    from goen.kit import ids
    from goen.points import accounts, grants, programmes
    from goen.points.grants import NewGrant
    from goen.points.programmes import NewProgramme

    since = date(2026, 1, 1)
    new = NewProgramme("points", {"ja": "ポイント", "en": "Points"}, points_from=since)
    assert isinstance(programmes.put(t, new, **by), int)
    members = [row[0] for row in t.rows("SELECT id FROM customers_record ORDER BY id")]
    opened = accounts.open_for(t, members, programme="points", **by)
    at = by["recorded_at"]
    given = [NewGrant(ids.new_id(), one.account_id, POINTS, "take_over", at) for one in opened]
    answers = grants.grant(t, given, **by)
    assert all(hasattr(answer, "repeated") for answer in answers), answers


def _goods(t, by) -> None:  # type: ignore[no-untyped-def]
    from goen.catalogue import masters as catalogue
    from goen.catalogue.masters import NewCategory, NewSku
    from goen.kit import ids
    from goen.stock.arrivals import Arrival, arrive

    catalogue.put_categories(t, [NewCategory("all", {"ja": "すべて", "en": "All"})], **by)
    catalogue.put_tax_rates(
        t,
        [("standard", date(2019, 10, 1), 1000), ("reduced", date(2019, 10, 1), 800)],
        **by,
    )
    catalogue.put_price_list(t, code="retail", entity="kills", currency="JPY", tax_included=True)
    since = date(2020, 1, 1)
    skus = [
        NewSku(
            code, {"ja": code, "en": code}, category_code="all", prices=((since, PRICE),),
            tax=((since, "reduced"),), costs=((since, Decimal(200)),),
        )
        for code in SKUS
    ]  # fmt: skip
    catalogue.put_skus(t, skus, price_list="retail", **by)
    at = datetime.now(UTC) - timedelta(days=1)
    goods = tuple((code, STOCK) for code in SKUS)
    arrivals = [Arrival(ids.new_id(), place, goods, at) for place in PLACES]
    answers = arrive(t, arrivals, **by)
    assert all(hasattr(answer, "repeated") for answer in answers), answers


if __name__ == "__main__":
    os.environ.setdefault("GOEN_SHOP", "kills")
    main()
