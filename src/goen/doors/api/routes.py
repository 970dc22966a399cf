"""The table of the API: every address, what it takes and gives, and the key it needs.

The addresses that Django serves, the document at `/v1/openapi.json`, the page `/api` and the list
in docs/api.md are made of this table and of nothing else.
"""

from functools import cache
from itertools import groupby

from django.http import HttpResponse
from django.urls import URLPattern, path, re_path
from msgspec import Struct

from goen.doors.api import (
    claims,
    consents,
    events,
    exceptions,
    goods,
    holds,
    insight,
    masters,
    measures,
    openapi,
    orders,
    points,
    proposals,
    sales,
    webhooks,
)
from goen.doors.api.door import Call, Route, addressed, nothing_there

_UID = "0197f3a2-6d0e-7c1b-9d6e-2f1f5b8f1a01"
_OTHER = "0197f3a2-6d0e-7c1b-9d6e-2f1f5b8f1a02"
_AT = "2026-11-20T14:05:00+09:00"
_GOODS = [{"item": "SA-0188", "qty": 3}]
_BOOKED = (200, 201)


def document(call: Call) -> HttpResponse:
    """The description of all this, for programs."""
    return HttpResponse(_document(), content_type="application/json")


@cache
def _document() -> bytes:
    return openapi.document(ROUTES)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST", "/v1/sales", sales.sell, "sales:write", "sales",
        "会計を登録する", "Book a sale from any channel",
        takes=sales.SaleIn, many="sales", gives=sales.SoldOut, done=_BOOKED,
        sent={
            "uid": _UID, "place": "shibuya", "channel": "store", "till": "shi-1",
            "till_seq": 900001, "occurred_at": _AT, "member": {"value": "2178551269424"},
            "lines": [{"item": "4599900100010", "qty": 2}, {"item": "SA-0188", "qty": 1}],
            "tenders": [{"kind": "cash", "amount_minor": 1204, "tendered_minor": 2000}],
            "expected_total_minor": 1204,
        },
    ),
    Route(
        "POST", "/v1/orders", orders.place, "orders:write", "orders",
        "注文を受ける", "Place an order: its goods and money are kept",
        takes=orders.OrderIn, many="orders", gives=orders.PlacedOut, done=_BOOKED,
        sent={
            "uid": _UID, "place": "online", "channel": "ec", "source_no": "E-10231",
            "occurred_at": _AT, "member": {"value": "2178551269424"},
            "lines": [{"item": "4599900100010", "qty": 2}, {"item": "SA-0188", "qty": 1}],
            "delivery": {
                "method": "ship", "fee_minor": 550,
                "address": {
                    "name": "髙橋 健", "postcode": "1500001", "address": "東京都渋谷区神宮前0-0-0",
                    "phone": "0300000000",
                },
            },
            "tenders": [{"kind": "card", "amount_minor": 1754}],
            "expected_total_minor": 1754,
        },
    ),
    Route(
        "GET", "/v1/orders", orders.listed, "orders:read", "orders",
        "注文の一覧", "Orders from afar, by state, page by page",
        asks=orders.OrdersQuery, gives=orders.OrdersOut,
        sent={"state": "open", "since": "2026-11-01T00:00:00+09:00"},
    ),
    Route(
        "GET", "/v1/orders/{uid}", orders.one, "orders:read", "orders",
        "注文を見る", "An order or a sale: its state, lines, goods, money and documents",
        gives=orders.OrderOut,
    ),
    Route(
        "GET", "/v1/orders/{uid}/address", orders.address, "people:read", "orders",
        "お届け先を見る", "To whom an order is sent, for whoever packs it",
        gives=orders.AddressOut, refused=(404,),
    ),
    Route(
        "POST", "/v1/orders/{uid}/fulfilments", orders.fulfil, "orders:write", "orders",
        "発送・お渡し", "Goods leave for the shopper: shipped, or handed over",
        takes=orders.FulfilmentIn, gives=orders.SlippedOut, done=_BOOKED,
        sent={
            "uid": _OTHER, "how": "ship", "occurred_at": _AT, "carrier": "yamato",
            "tracking_no": "1234-5678-9012", "parts": [{"line_no": 1, "qty": 2}],
        },
    ),
    Route(
        "POST", "/v1/orders/{uid}/ready", orders.ready, "orders:write", "orders",
        "受け取り準備ができた", "All that is open lies ready where it is to be collected",
        takes=orders.ReadyIn, gives=orders.SlippedOut, done=_BOOKED,
        sent={"uid": _OTHER, "occurred_at": _AT},
    ),
    Route(
        "POST", "/v1/orders/{uid}/reroutes", orders.reroute, "orders:write", "orders",
        "出荷元を変える", "Open units are to come from another place",
        takes=orders.RerouteIn, gives=orders.SlippedOut, done=_BOOKED,
        sent={"uid": _OTHER, "to_place": "kichijoji", "occurred_at": _AT},
    ),
    Route(
        "POST", "/v1/orders/{uid}/cancellations", orders.cancel, "orders:write", "orders",
        "取り消す", "Open units are given up, with the money and points kept for them",
        takes=orders.CancellationIn, gives=orders.SlippedOut, done=_BOOKED,
        sent={"uid": _OTHER, "reason": "customer", "occurred_at": _AT},
    ),
    Route(
        "POST", "/v1/orders/{uid}/take-backs", orders.take_back, "orders:write", "orders",
        "返品を受ける", "Goods come back, at any place, and the money for them goes back",
        takes=orders.TakeBackIn, gives=orders.TakenBackOut, done=_BOOKED,
        sent={
            "uid": _OTHER, "place": "shibuya", "reason": "too small", "occurred_at": _AT,
            "parts": [{"line_no": 2, "qty": 1, "to": "sellable"}],
        },
    ),
    Route(
        "POST", "/v1/orders/{uid}/claims", claims.claim, "orders:write", "orders",
        "レシートを登録する", "A sale to nobody known becomes a customer's, who holds its receipt",
        takes=claims.ClaimIn, gives=claims.ClaimedOut, done=_BOOKED,
        sent={"uid": _OTHER, "record": {"source": "ec", "key": "M-90001"}},
    ),
    Route(
        "GET", "/v1/exceptions", exceptions.listed, "orders:read", "orders",
        "例外の一覧", "What waits for a decision, with ways out; or what was decided",
        asks=exceptions.ExceptionsQuery, gives=exceptions.ExceptionsOut,
        sent={"state": "open", "place": "shibuya"},
    ),
    Route(
        "POST", "/v1/exceptions/{id}/resolve", exceptions.resolve, "orders:write", "orders",
        "例外を片づける", "Do what was decided, and close the exception",
        takes=exceptions.ResolveIn, gives=exceptions.ResolvedOut, done=_BOOKED,
        sent={"uid": _OTHER, "how": "rerouted", "to_place": "kichijoji", "occurred_at": _AT},
    ),
    Route(
        "GET", "/v1/availability", goods.available, "stock:read", "stock",
        "販売できる数", "What a channel may promise now, with the places that make it up",
        asks=goods.AvailabilityQuery, gives=goods.AvailabilityOut, refused=(404,),
        sent={"item": "SA-0188", "channel": "ec", "method": "ship"},
    ),
    Route(
        "POST", "/v1/holds", holds.hold, "stock:write", "stock",
        "取り置く", "Keep goods for a cart, a customer or an order",
        takes=holds.HoldIn, many="holds", gives=holds.HeldOut, done=_BOOKED,
        sent={
            "uid": _UID, "place": "shibuya", "kind": "cart", "holder": "cart:7f31",
            "occurred_at": _AT, "lines": _GOODS,
        },
    ),
    Route(
        "POST", "/v1/holds/release", holds.release, "stock:write", "stock",
        "取り置きをやめる", "Give up what is still held",
        takes=holds.ReleaseIn, many="releases", gives=holds.ChangedOut, done=_BOOKED,
        sent={"uid": _OTHER, "hold": _UID, "occurred_at": _AT},
    ),
    Route(
        "POST", "/v1/holds/extend", holds.extend, "stock:write", "stock",
        "取り置きを延ばす", "Keep what is still held until another instant",
        takes=holds.ExtensionIn, many="extensions", gives=holds.ChangedOut, done=_BOOKED,
        sent={
            "uid": _OTHER, "hold": _UID, "occurred_at": _AT,
            "expires_at": "2026-11-21T20:00:00+09:00",
        },
    ),
    Route(
        "GET", "/v1/holds/{uid}", holds.one, "stock:read", "stock",
        "取り置きを見る", "A hold and what is still kept", gives=holds.HoldOut,
    ),
    Route(
        "POST", "/v1/arrivals", goods.arrive, "stock:write", "stock",
        "入荷", "Goods arrive at a place",
        takes=goods.ArrivalIn, many="arrivals", gives=goods.BookedOut, done=_BOOKED,
        sent={"uid": _UID, "place": "shibuya", "occurred_at": _AT, "lines": _GOODS},
    ),
    Route(
        "POST", "/v1/transfers/send", goods.send, "stock:write", "stock",
        "店間移動を送る", "Goods leave one place for another",
        takes=goods.TransferIn, many="transfers", gives=goods.BookedOut, done=_BOOKED,
        sent={
            "uid": _UID, "source": "shibuya", "target": "kichijoji", "occurred_at": _AT,
            "lines": _GOODS,
        },
    ),
    Route(
        "POST", "/v1/transfers/receive", goods.receive, "stock:write", "stock",
        "店間移動を受け取る", "Goods of a transfer come, in part or all",
        takes=goods.ReceiptIn, many="receipts", gives=goods.BookedOut, done=_BOOKED,
        sent={
            "uid": _OTHER, "transfer": _UID, "occurred_at": _AT,
            "lines": [{"item": "SA-0188", "qty": 2}],
            "lost": [{"item": "SA-0188", "qty": 1, "why": "damaged"}],
        },
    ),
    Route(
        "POST", "/v1/counts", goods.count, "stock:write", "stock",
        "棚卸", "What was found on the shelves of a place",
        takes=goods.CountIn, many="counts", gives=goods.CountedOut, done=_BOOKED,
        sent={"uid": _UID, "place": "shibuya", "counted_at": _AT, "lines": _GOODS},
    ),
    Route(
        "POST", "/v1/safety", goods.safety, "stock:write", "stock",
        "安全在庫", "Units kept back from a day on",
        takes=goods.SafetyIn, many="kept_back", gives=goods.SafetyOut, done=_BOOKED,
        sent={"item": "SA-0188", "channel": "ec", "safety": 2, "valid_from": "2026-11-20"},
    ),
    Route(
        "GET", "/v1/points", points.balance, "points:read", "points",
        "ポイント残高", "What a customer has, over everything that is theirs",
        asks=points.PointsQuery, gives=points.PointsOut, refused=(404,),
        sent={"member": "2178551269424"},
    ),
    Route(
        "GET", "/v1/points/{id}/history", points.history, "points:read", "points",
        "ポイント履歴", "What happened on an account, the latest first",
        asks=points.HistoryQuery, gives=points.HistoryOut, sent={"limit": 50},
    ),
    Route(
        "POST", "/v1/points/programmes", points.put_programme, "points:write", "points",
        "ポイント制度を決める", "Make a programme, or change its rules from now on",
        takes=points.ProgrammeIn, gives=points.PutOut,
        sent={
            "code": "miyabi", "name": {"ja": "みやびポイント", "en": "Miyabi points"},
            "per_minor": 100, "expires_months": 12, "points_from": "2026-11-20",
        },
    ),
    Route(
        "POST", "/v1/points/accounts", points.open_account, "points:write", "points",
        "ポイント口座を開く", "An account for a customer who has none in the programme",
        takes=points.AccountIn, many="accounts", gives=points.OpenedOut, done=_BOOKED,
        sent={"programme": "miyabi", "record": {"source": "ec", "key": "M-90001"}},
    ),
    Route(
        "POST", "/v1/points/grants", points.grant, "points:write", "points",
        "ポイントを付ける", "Give points: by hand, by a campaign, or taken over",
        takes=points.GrantIn, many="grants", gives=points.GrantedOut, done=_BOOKED,
        sent={
            "uid": _UID, "account": 7, "qty": 500, "reason": "campaign", "occurred_at": _AT,
        },
    ),
    Route(
        "POST", "/v1/coupons/kinds", points.put_kind, "points:write", "points",
        "クーポンの種類を決める", "What coupons of a kind take off, and when",
        takes=points.CouponKindIn, gives=points.PutOut,
        sent={
            "code": "welcome", "name": {"ja": "ご入会ありがとう", "en": "Welcome"},
            "method": "amount", "value": 500, "least_minor": 3000, "valid_to": "2027-03-31",
        },
    ),
    Route(
        "POST", "/v1/coupons", points.issue, "points:write", "points",
        "クーポンを出す", "Issue a coupon, for a customer or for whoever has its number",
        takes=points.CouponIn, many="coupons", gives=points.IssuedOut, done=_BOOKED,
        sent={
            "uid": _UID, "kind": "welcome", "occurred_at": _AT,
            "record": {"source": "ec", "key": "M-90001"},
        },
    ),
    Route(
        "GET", "/v1/coupons/{number}", points.coupon, "points:read", "points",
        "クーポンを見る", "A coupon's terms, and how often it can still be used",
        gives=points.CouponOut,
    ),
    Route(
        "POST", "/v1/skus", masters.skus, "catalogue:write", "masters",
        "商品を登録する", "What is sold: names, barcodes, prices, tax, costs",
        takes=masters.SkusIn, gives=masters.SkusOut,
        sent={
            "price_list": "shop",
            "skus": [
                {
                    "code": "CHA-0900",
                    "name": {"ja": "煎茶 新茶 100g", "en": "Sencha, first flush, 100 g"},
                    "barcodes": ["4599900190004"], "price_minor": 1296, "tax_class": "reduced",
                    "unit_cost": "700", "valid_from": "2026-05-02",
                }
            ],
        },
    ),
    Route(
        "POST", "/v1/records", masters.records, "customers:write", "masters",
        "お客様を登録する", "Customers as another system knows them",
        takes=masters.RecordsIn, gives=masters.RecordsOut,
        sent={
            "records": [
                {
                    "source": "ec", "key": "M-90001", "family_name": "髙橋", "given_name": "健",
                    "family_kana": "タカハシ", "given_kana": "ケン", "mail": "ken@mail.example",
                    "joined_on": "2026-11-01",
                    "credentials": [
                        {"kind": "mail", "value": "ken@mail.example", "verified": True}
                    ],
                }
            ]
        },
    ),
    Route(
        "POST", "/v1/consents", consents.note, "customers:write", "masters",
        "同意・お断りを登録する", "A customer agreed to be written to, or refused",
        takes=consents.ConsentIn, many="consents", gives=consents.KeptOut, done=_BOOKED,
        sent={
            "uid": _UID, "record": {"source": "ec", "key": "M-90001"}, "channel": "mail",
            "granted": True, "occurred_at": _AT, "way": "form",
            "evidence": {"page": "https://shop.example/join", "text": "新着のご案内を受け取る"},
        },
    ),
    Route(
        "GET", "/v1/consents", consents.shown, "people:read", "masters",
        "同意を見る", "Whether a customer may be written to, and everything they said",
        asks=consents.ConsentsQuery, gives=consents.ConsentsOut, refused=(404,),
        sent={"source": "ec", "key": "M-90001"},
    ),
    Route(
        "POST", "/v1/events", events.tell, "events:write", "events",
        "お客様の行動を伝える", "What a shopper did: looked, searched, put into a cart, came",
        takes=events.EventIn, many="events", gives=events.KeptOut, done=_BOOKED,
        sent={
            "source": "ec", "message_id": "2f1f5b8f-1a01", "kind": "view", "occurred_at": _AT,
            "visitor": "c-5f0e1d", "item": "SA-0188", "channel": "ec",
        },
    ),
    Route(
        "GET", "/v1/events", events.told, "events:read", "events",
        "お客様の行動を持ち出す", "Everything that was told, as it was told, page by page",
        asks=events.EventsQuery, gives=events.EventsOut, sent={"limit": 1000},
    ),
    Route(
        "GET", "/v1/measures", measures.shown, "insight:read", "insight",
        "施策の一覧", "What is said to customers, where, why and of what",
        asks=measures.MeasuresQuery, gives=measures.MeasuresOut, sent={"state": "live"},
    ),
    Route(
        "GET", "/v1/proposals", proposals.current, "proposals:read", "events",
        "お客様への提案を読む", "What is proposed to a customer, and why",
        asks=proposals.ProposalQuery, gives=proposals.ProposalsOut, refused=(404,),
        sent={"member": "2178551269424"},
    ),
    Route(
        "POST", "/v1/proposals/{uid}/answers", proposals.tell, "proposals:write", "events",
        "提案を見せた・見送られた", "A proposal was shown, or put aside",
        takes=proposals.ToldIn, gives=proposals.ToldOut,
        sent={"how": "dismissed", "why": "has_it"},
    ),
    Route(
        "GET", "/v1/insight/who-bought", insight.who_bought, "insight:read", "insight",
        "誰が買ったか", "Who bought an article",
        asks=insight.WhoBoughtQuery, gives=insight.WhoBoughtOut, refused=(404, 503),
        sent={"sku": "OK-0101", "place": "shibuya"},
    ),
    Route(
        "GET", "/v1/insight/ltv", insight.ltv, "insight:read", "insight",
        "顧客生涯価値", "Realised lifetime value, as last computed",
        gives=insight.LtvOut, refused=(503,),
    ),
    Route(
        "GET", "/v1/webhooks", webhooks.shown, "webhooks:write", "webhooks",
        "知らせの送り先を見る", "Who is told what happens", gives=webhooks.SubscribersOut,
    ),
    Route(
        "POST", "/v1/webhooks", webhooks.add, "webhooks:write", "webhooks",
        "知らせの送り先を加える", "Tell an address what happens from now on",
        takes=webhooks.SubscriberIn, gives=webhooks.SubscribedOut, done=(201,),
        sent={"address": "https://shop.example/hooks", "kinds": ["StockChanged"]},
    ),
    Route(
        "POST", "/v1/webhooks/{uid}/redrive", webhooks.redrive, "webhooks:write", "webhooks",
        "止まった知らせを送り直す", "Send what is dead again, from the first try",
        gives=webhooks.RedrivenOut,
    ),
    Route(
        "DELETE", "/v1/webhooks/{uid}", webhooks.end, "webhooks:write", "webhooks",
        "知らせの送り先を終える", "End one: what was waiting for it is dropped", done=(204,),
    ),
    Route(
        "GET", "/v1/openapi.json", document, None, "about",
        "この仕様", "This description, for programs", gives=Struct,
    ),
)  # fmt: skip


def urls() -> list[URLPattern]:
    """Django's addresses of the table, and one for all that is not in it."""
    by_path = sorted(ROUTES, key=lambda route: route.path)
    found = []
    for address, group in groupby(by_path, key=lambda route: route.path):
        pattern = address.removeprefix("/").replace("{", "<str:").replace("}", ">")
        found.append(path(pattern, addressed(list(group))))
    return [*found, re_path(r"^v1/", nothing_there)]
