"""The bench's shop: one store, a thousand like articles with stock, a thousand members.

Ids run without gaps and each kind in its own range, so that a statement of one sale can be read
as a statement of any sale (see `statements`).
"""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewSku
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.kit import clock, ids, settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.orders.order import Address, Delivery, NewOrder
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell
from goen.places import masters as places
from goen.places.masters import NewEntity, NewPlace
from goen.points import accounts as accounts_of
from goen.points import grants, programmes
from goen.points.accounts import Opened
from goen.points.grants import Granted, NewGrant
from goen.points.programmes import NewProgramme
from goen.stock.arrivals import Arrival, arrive

ACTOR = Actor("system", "bench")
SKUS, MEMBERS = 1_000, 1_000
PRICE, FEE, POINTS = 324, 550, 20
ADDRESS = ("計測 太郎", "150-0002", "東京都渋谷区渋谷1-1-1", "")
FIRST = {"catalogue_sku": 1_000_000, "ledger_account": 2_000_000, "customers_record": 3_000_000,
         "orders_order": 4_000_000, "points_account": 5_000_000}  # fmt: skip
"""Ids of these tables start here, number 0 first."""
HOT = 7
"""The article that everybody wants at once."""
SCARCE, UNITS = 4, 300
"""So many more articles of which there are only so many units."""
_STOCK = 10**9
_SINCE = date(2020, 1, 1)


def open_shop() -> None:
    """Masters, members, stock, and one sale of every article, so that every account is open."""
    at = clock.now()
    with tx() as t:
        for table, first in FIRST.items():
            t.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {first}")
        _masters(t)
        lines = [(code(n), _STOCK if n < SKUS else UNITS) for n in range(SKUS + SCARCE)]
        for line in lines:  # one by one: accounts then lie in the order of the articles
            arrive(t, [Arrival(ids.new_id(), "store", (line,), at)], actor=ACTOR, recorded_at=at)
    with tx() as t:
        _points(t)
    with tx() as t:
        for n in range(SKUS):
            (answer,) = sell(t, [sale_of((n,), None)], actor=ACTOR, recorded_at=clock.now())
            assert isinstance(answer, Sold), answer
    analyse()


def code(n: int) -> str:
    """The code of an article."""
    return f"B{FIRST['catalogue_sku'] + n}"


def card(n: int) -> str:
    """The card of a member."""
    return f"G{FIRST['customers_record'] + n}"


def sale_of(articles: tuple[int, ...], member: int | None, *, uid: UUID | None = None) -> Sale:
    """One of each article, paid by card; money is in the ledger too."""
    return Sale(
        uid=uid or ids.new_id(),
        place="store",
        channel="store",
        occurred_at=clock.now() - timedelta(minutes=1),
        lines=tuple(SaleLine(code(n), 1) for n in articles),
        tenders=(SaleTender("card", PRICE * len(articles)),),
        member=None if member is None else ("card", card(member)),
    )


def order_of(articles: tuple[int, ...], member: int, *, uid: UUID | None = None) -> NewOrder:
    """One of each article, sent to an address for a fee, paid with points and by card."""
    total = PRICE * len(articles) + FEE
    tenders = (SaleTender("points", POINTS), SaleTender("card", total - POINTS))
    sale = replace(sale_of(articles, member, uid=uid), tenders=tenders, handed_over=False)
    return NewOrder(sale, Delivery("ship", Address(*ADDRESS), fee_minor=FEE))


def any_sale(rng: random.Random) -> Sale:
    """A sale of two random articles to a random member."""
    one, two = rng.sample(range(SKUS), 2)
    return sale_of((one, two), rng.randrange(MEMBERS))


def just_now() -> str:
    """An instant that can be believed for as long as a measurement takes."""
    return (clock.now() - timedelta(minutes=1)).isoformat()


def accounts(*holders: str) -> list[tuple[int, int]]:
    """Ids of the articles' accounts with each holder: the first one's, and the step to the next.

    They lie in the order of the articles, at equal distances: checked over all of them.
    """
    found = []
    with tx() as t:
        for holder in holders:
            rows = t.rows(
                "SELECT substr(unit, 7)::bigint - %s, id FROM ledger_account"
                " WHERE holder = %s AND unit LIKE 'goods:%%' ORDER BY 1",
                [FIRST["catalogue_sku"], holder],
            )
            first, step = rows[0][1], rows[1][1] - rows[0][1]
            assert [(n, first + step * n) for n in range(SKUS)] == rows[:SKUS], holder
            found.append((first, step))
    return found


def purses() -> tuple[int, int]:
    """The same for the ledger's accounts of the members' points, in the order of the members."""
    with tx() as t:
        rows = t.rows(
            "SELECT substr(holder, 8)::bigint - %s, id FROM ledger_account"
            " WHERE holder LIKE 'points:%%' ORDER BY 1",
            [FIRST["points_account"]],
        )
    first, step = rows[0][1], rows[1][1] - rows[0][1]
    assert [(n, first + step * n) for n in range(MEMBERS)] == rows[:MEMBERS]
    return first, step


def _masters(t: Tx) -> None:
    by = {"actor": ACTOR, "recorded_at": clock.now()}
    for name, most in (("api.requests_per_second", 100_000), ("api.burst", 1_000_000)):
        settings.write(t, name, most, **by)
    name = {"ja": "計測", "en": "Bench"}
    places.put_entity(t, NewEntity("bench", name), **by)
    place = NewPlace("store", "bench", "store", name, goods_from=_SINCE, payments_from=_SINCE)
    places.put_place(t, place, **by)
    places.put_channel(t, code="store", kind="store", name=name, **by)
    places.put_source(t, code="goen", name=name, **by)
    rates = [("reduced", _SINCE, 800), ("standard", _SINCE, 1000)]
    catalogue.put_tax_rates(t, rates, **by)
    catalogue.put_price_list(t, code="retail", entity="bench", currency="JPY", tax_included=True)
    goods = [
        NewSku(code(n), {"ja": f"品{n}", "en": f"Article {n}"}, prices=((_SINCE, PRICE),),
               tax=((_SINCE, "reduced"),), costs=((_SINCE, Decimal(150)),))
        for n in range(SKUS + SCARCE)
    ]  # fmt: skip
    catalogue.put_skus(t, goods, price_list="retail", **by)
    members = [
        NewRecord("goen", f"M{n}", credentials=(NewCredential("card", card(n), verified=True),))
        for n in range(MEMBERS)
    ]
    records.register(t, members, **by)


def _points(t: Tx) -> None:
    """Each member has points enough for every order of a measurement."""
    at = clock.now()
    by = {"actor": ACTOR, "recorded_at": at}
    name = {"ja": "計測", "en": "Bench"}
    programmes.put(t, NewProgramme("bench", name, points_from=_SINCE), **by)
    first = FIRST["customers_record"]
    opened = accounts_of.open_for(t, range(first, first + MEMBERS), programme="bench", **by)
    given = [
        NewGrant(ids.new_id(), one.account_id, 10**8, "campaign", at)
        for one in opened
        if isinstance(one, Opened)
    ]
    answers = grants.grant(t, given, **by)
    assert len(answers) == MEMBERS, len(answers)
    assert all(isinstance(one, Granted) for one in answers), answers


def analyse() -> None:
    """Let the planner know what there is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
