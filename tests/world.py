"""One small named shop that tests share: two stores, a web shop, seven SKUs, six customers.

Nothing in it is random; a test adds what it is about. `open_shop` commits nothing by itself.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewCategory, NewSku
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.kit import ids
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx
from goen.orders.sale import Sale, SaleLine, SaleTender
from goen.orders.selling import sell
from goen.places import masters as places
from goen.places.masters import NewEntity, NewPlace, NewStaff
from goen.stock.arrivals import Arrival, arrive

ACTOR = Actor("system", "test")
VIEWER = Viewer("test", "hq")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OPENED = date(2026, 1, 1)

# code, Japanese, English, price with tax, tax class, cost without tax
GOODS = (
    ("KASHI-01", "ビッグバーZホワイト", "Big Bar Z White", 162, "reduced", "90"),
    ("KASHI-02", "ビッグバーZビター", "Big Bar Z Bitter", 162, "reduced", "90"),
    ("CHA-01", "煎茶 さえみどり", "Sencha Saemidori", 1_296, "reduced", "700"),
    ("NUNO-01", "晒し手ぬぐい", "Cotton tenugui", 1_320, "standard", "600"),
    ("UTSUWA-01", "飯碗 白磁", "Porcelain rice bowl", 4_400, "standard", "2200"),
    ("ROUND-105", "丸め確認 105円", "Rounding 105", 105, "reduced", "50"),
    ("ROUND-115", "丸め確認 115円", "Rounding 115", 115, "standard", "50"),
)
# key, family, given, family kana, given kana, card
PEOPLE = (
    ("M-001", "高橋", "健", "タカハシ", "ケン", "G1040001"),
    ("M-002", "石川", "美咲", "イシカワ", "ミサキ", "G1040002"),
    ("M-003", "中村", "由紀", "ナカムラ", "ユキ", "G1040003"),
    ("M-004", "小林", "誠", "コバヤシ", "マコト", "G1040004"),
    ("M-005", "山口", "直子", "ヤマグチ", "ナオコ", "G1040005"),
    ("M-006", "渡邊", "薫", "ワタナベ", "カオル", "G1040006"),
)


def open_shop(tx: Tx, *, live: bool = True) -> None:
    """Masters of the shop. With `live`, goods and money have been in the ledger since 2026."""
    since = OPENED if live else None
    by = {"actor": ACTOR, "recorded_at": NOW}
    company = {"ja": "株式会社みやび堂", "en": "Miyabido K.K."}
    places.put_entity(tx, NewEntity("miyabido", company, "T5010401000007"), **by)
    for code, kind, ja, en in (
        ("shibuya", "store", "渋谷店", "Shibuya"),
        ("kichijoji", "store", "吉祥寺店", "Kichijoji"),
        ("web", "ec", "オンラインストア", "Online store"),
    ):
        new = NewPlace(
            code, "miyabido", kind, {"ja": ja, "en": en}, goods_from=since, payments_from=since
        )
        places.put_place(tx, new, **by)
    places.put_channel(tx, code="store", kind="store", name={"ja": "店舗", "en": "Store"}, **by)
    places.put_channel(tx, code="ec", kind="ec", name={"ja": "EC", "en": "EC"}, **by)
    for code, place in (("S1", "shibuya"), ("S2", "shibuya"), ("K1", "kichijoji")):
        places.put_till(tx, code=code, place=place, name={"ja": f"レジ{code}", "en": code}, **by)
    for code, trust in (("goen", 50), ("pos", 40), ("ec", 60), ("mall", 10)):
        places.put_source(tx, code=code, name={"ja": code, "en": code}, trust=trust, **by)
    name = {"ja": "佐藤 恵", "en": "Megumi Sato"}
    places.put_staff(tx, NewStaff("st01", "sato", name, "hq", password="long enough"), **by)
    open_catalogue(tx)
    open_membership(tx)


def open_catalogue(tx: Tx) -> None:
    """Goods, prices, tax and costs."""
    by = {"actor": ACTOR, "recorded_at": NOW}
    catalogue.put_categories(tx, [NewCategory("all", {"ja": "すべて", "en": "All"})], **by)
    rates = [
        ("standard", date(2019, 10, 1), 1000),
        ("reduced", date(2019, 10, 1), 800),
        ("zero", date(2019, 10, 1), 0),
    ]
    catalogue.put_tax_rates(tx, rates, **by)
    catalogue.put_price_list(
        tx, code="retail", entity="miyabido", currency="JPY", tax_included=True
    )
    since = date(2020, 1, 1)
    skus = [
        NewSku(
            code,
            {"ja": ja, "en": en},
            category_code="all",
            prices=((since, price),),
            tax=((since, tax_class),),
            costs=((since, Decimal(cost)),),
        )
        for code, ja, en, price, tax_class, cost in GOODS
    ]
    catalogue.put_skus(tx, skus, price_list="retail", **by)


def open_membership(tx: Tx) -> None:
    """Six card members."""
    people = [
        NewRecord(
            "pos",
            key,
            family_name=family,
            given_name=given,
            family_kana=family_kana,
            given_kana=given_kana,
            credentials=(NewCredential("card", card, verified=True),),
        )
        for key, family, given, family_kana, given_kana, card in PEOPLE
    ]
    records.register(tx, people, actor=ACTOR, recorded_at=NOW)


def stocked(tx: Tx, item: str, qty: int, place: str = "shibuya") -> None:
    """Goods arrive."""
    arrival = Arrival(ids.new_id(), place, ((item, qty),), NOW - timedelta(days=60))
    (answer,) = arrive(tx, [arrival], actor=ACTOR, recorded_at=NOW)
    assert hasattr(answer, "repeated"), answer


def sale(
    *items: tuple[str, int],
    member: str | None = None,
    place: str = "shibuya",
    at: datetime = NOW - timedelta(hours=1),
    total: int | None = None,
    uid: UUID | None = None,
    **more: object,
) -> Sale:
    """A sale paid by card; `total` is what it comes to (looked up from the goods if missing)."""
    prices = {code: price for code, _, _, price, *_ in GOODS}
    amount = sum(prices[i] * q for i, q in items) if total is None else total
    values: dict[str, object] = {
        "uid": uid or ids.new_id(),
        "place": place,
        "channel": "store",
        "occurred_at": at,
        "lines": tuple(SaleLine(i, q) for i, q in items),
        "tenders": (SaleTender("card", amount),),
        "member": ("card", member) if member else None,
    }
    return Sale(**(values | more))  # type: ignore[arg-type]


def sold(tx: Tx, *sales: Sale) -> list[object]:
    """Sell and answer."""
    return list(sell(tx, list(sales), actor=ACTOR, recorded_at=NOW))
