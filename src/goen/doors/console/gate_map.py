"""Every address of the console and the register, with the right that reading and writing it needs.

Promises: each address of the shop stands here or has a lock of its own (a test walks them all);
an address that lists customers names, besides, the right that taking the list away needs.
"""

from typing import NamedTuple


class Need(NamedTuple):
    """Rights an address asks for, several with blanks between; `csv` besides, for a file."""

    get: str
    post: str
    csv: str = ""


OPEN = ("healthz", "metrics", "api", "login", "logout", "look")
OWN_LOCKS = ("v1/", "^v1/", "m/", "t/", "u/", "q/", "login/", "invited/")
"""Addresses with locks of their own: keys, members' sessions, tokens, and the way in."""

_LOOK = Need("look", "look")
_PEOPLE = Need("people", "people", "export")
_FILE = Need("people export", "people export")
_STOCK = Need("look", "stock")
_POINTS = Need("look", "points")
_MEASURE = Need("look", "measures")
_SEND = Need("look", "send")
_SELL = Need("sell", "sell")
_BACK = Need("sell give_back", "sell give_back")
_COLLECT = Need("sell fulfil", "sell fulfil")
_LETTERS = Need("names", "names")

ROUTES: dict[str, Need | None] = {
    **dict.fromkeys(OPEN),
    "menu": _LOOK,
    "": _LOOK,
    "work": _LOOK,
    "products": _LOOK,
    "products.csv": _LOOK,
    "products/<int:sku_id>": _LOOK,
    "products/<int:sku_id>.csv": _FILE,
    "metrics-help": _LOOK,
    "search": _PEOPLE,
    # customers
    "customers": _PEOPLE,
    "customers/<int:person_id>": _PEOPLE,
    "customers/<int:person_id>/reasons": Need("people", "serve"),
    "customers/<int:person_id>/proposals/<uuid:uid>": Need("people", "serve"),
    "customers/<int:person_id>/consents": Need("people", "serve"),
    "customers/without-next-step": _PEOPLE,
    "consents": _PEOPLE,
    "consents.csv": Need("names export", "names export"),
    "consents/wordings": Need("people", "consents"),
    "consents/bar": Need("people", "consents"),
    "consents/requests/<uuid:uid>": Need("people", "serve"),
    # segments and lists
    "segments": _PEOPLE,
    "segments/new": _PEOPLE,
    "segments/save": Need("people", "measures"),
    "segments/people": _PEOPLE,
    "segments/people.csv": _FILE,
    "segments/goods": _LOOK,
    "segments/why": _PEOPLE,
    "segments/why/<int:person_id>": _PEOPLE,
    "segments/<uuid:uid>": Need("people", "measures"),
    "segments/<uuid:uid>/archive": Need("people", "measures"),
    "lists/<uuid:uid>": _PEOPLE,
    "lists/<uuid:uid>.csv": Need("names export", "names export"),
    # analyses
    "analysis": _LOOK,
    "analysis/goal": Need("look", "aim"),
    "analysis/ltv": _LOOK,
    "analysis/people": _PEOPLE,
    "analysis/second": _LOOK,
    "analysis/stores": _LOOK,
    "analysis/known": _LOOK,
    "analysis/lapsing": _PEOPLE,
    "analysis/reasons": _LOOK,
    # orders
    "orders": _PEOPLE,
    "orders.csv": _FILE,
    "orders/mismatches": _LOOK,
    "orders/mismatches.csv": _LOOK,
    "orders/flow": _LOOK,
    "orders/exceptions": _PEOPLE,
    "orders/exceptions.csv": _FILE,
    "orders/exceptions/<int:exception>": Need("people", "fulfil"),
    "orders/<uuid:uid>": _PEOPLE,
    "orders/<uuid:uid>/papers/confirmation": _PEOPLE,
    "orders/<uuid:uid>/papers/receipt": _PEOPLE,
    "orders/<uuid:uid>/papers/delivery/<uuid:slip>": _PEOPLE,
    "orders/<uuid:uid>/papers/return/<uuid:slip>": _PEOPLE,
    "orders/<uuid:uid>/<slug:code>": Need("people", "fulfil"),
    # measures, mail
    "measures": _MEASURE,
    "measures.csv": _LOOK,
    "measures/calendar": _LOOK,
    "measures/new": _MEASURE,
    "measures/axes": _LOOK,
    "measures/axes/new": _MEASURE,
    "measures/axes/<str:code>": _MEASURE,
    "measures/axes/<str:code>/oppose": _MEASURE,
    "measures/findings": _LOOK,
    "measures/findings.csv": _LOOK,
    "measures/findings/<int:finding_id>": _MEASURE,
    "measures/causes": _MEASURE,
    "measures/causes/<uuid:uid>/back": _MEASURE,
    "measures/<int:number>": _LOOK,
    "measures/<int:number>/history": _LOOK,
    "measures/<int:number>/edit": _MEASURE,
    "measures/<int:number>/place": _MEASURE,
    "measures/<int:number>/displace": _MEASURE,
    "measures/<int:number>/launch": _SEND,
    "measures/<int:number>/stop": _SEND,
    "measures/<int:number>/drop": _MEASURE,
    "measures/<int:number>/remark": _MEASURE,
    "measures/<int:number>/result": _PEOPLE,
    "measures/<int:number>/result.csv": _FILE,
    "measures/<int:number>/result/decide": _MEASURE,
    "measures/<int:number>/mail": _MEASURE,
    "measures/<int:number>/mail/preview": _PEOPLE,
    "measures/<int:number>/mail/test": _SEND,
    "measures/<int:number>/send": _SEND,
    "measures/<int:number>/send/check": _LOOK,
    "measures/<int:number>/send/check/again": _SEND,
    "measures/<int:number>/send/progress": _LOOK,
    "measures/<int:number>/send/act": _SEND,
    "measures/<int:number>/send.csv": _FILE,
    "automation": _PEOPLE,
    "automation/switch": Need("look", "automation"),
    "mailbox": _LETTERS,
    "mailbox/<int:id_>": _LETTERS,
    "mailbox/<int:id_>/html": _LETTERS,
    # points, coupons
    "points": _LOOK,
    "points/ends.csv": _LOOK,
    "points/months.csv": _LOOK,
    "points/rules": _POINTS,
    "points/accounts": _PEOPLE,
    "points/accounts.csv": _FILE,
    "points/accounts/open": Need("people", "points"),
    "points/accounts/<int:account_id>": _PEOPLE,
    "points/accounts/<int:account_id>.csv": _FILE,
    "points/accounts/<int:account_id>/grant": Need("people", "points"),
    "points/accounts/<int:account_id>/join": Need("people", "points"),
    "points/accounts/<int:account_id>/leave": Need("people", "points"),
    "coupons": _LOOK,
    "coupons.csv": _LOOK,
    "coupons/kinds/new": _POINTS,
    "coupons/kinds/<int:kind_id>": _POINTS,
    "coupons/issue": _POINTS,
    "coupons/numbers": _PEOPLE,
    "coupons/numbers.csv": _FILE,
    "coupons/numbers/<int:coupon_id>": _PEOPLE,
    # stock
    "stock": _LOOK,
    "stock.csv": _LOOK,
    "stock/low": _LOOK,
    "stock/low.csv": _LOOK,
    "stock/<int:sku_id>": _LOOK,
    "stock/<int:sku_id>.csv": _LOOK,
    "stock/arrivals": _LOOK,
    "stock/arrivals/new": _STOCK,
    "stock/arrivals/<uuid:uid>": _LOOK,
    "stock/transfers": _LOOK,
    "stock/transfers/new": _STOCK,
    "stock/transfers/<uuid:uid>": _STOCK,
    "stock/counts": _LOOK,
    "stock/counts/new": _STOCK,
    "stock/counts/<uuid:uid>": _LOOK,
    "stock/counts/<uuid:uid>.csv": _LOOK,
    "stock/holds": _LOOK,
    "stock/holds.csv": _FILE,
    "stock/holds/new": _STOCK,
    "stock/holds/<uuid:uid>/release": _STOCK,
    "stock/holds/<uuid:uid>/extend": _STOCK,
    "stock/safety": _STOCK,
    "stock/safety.csv": _LOOK,
    # settings, loads
    "settings": Need("settings_look", "settings"),
    "settings/rules": Need("settings_look", "settings"),
    "settings/margin": Need("settings_look", "settings"),
    "settings/keys": Need("links", "keys"),
    "settings/keys/revoke": Need("links", "keys"),
    "settings/mail": Need("settings_look", "settings"),
    "loads": Need("links", "loads"),
    "loads/<uuid:uid>": Need("loads", "loads"),
    "loads/<uuid:uid>/state": Need("loads", "loads"),
    "loads/<uuid:uid>/plan": Need("loads", "loads"),
    "loads/<uuid:uid>/discard": Need("loads", "loads"),
    "loads/<uuid:uid>/again": Need("loads", "loads"),
    "loads/<uuid:uid>/parked.csv": Need("loads", "loads"),
    # the register
    "register/": _SELL,
    "register/where": _SELL,
    "register/read": _SELL,
    "register/members": _SELL,
    "register/quote": _SELL,
    "register/sales": _SELL,
    "register/receipts": _SELL,
    "register/receipts/<uuid:uid>": _SELL,
    "register/receipts/<uuid:uid>/mail": _SELL,
    "register/returns": _SELL,
    "register/returns/of/<uuid:uid>": _BACK,
    "register/returns/of/<uuid:uid>/preview": _BACK,
    "register/returns/of/<uuid:uid>/take": _BACK,
    "register/returns/<uuid:uid>": _SELL,
    "register/pickups": _SELL,
    "register/pickups/<uuid:uid>": _SELL,
    "register/pickups/<uuid:uid>/ready": _COLLECT,
    "register/pickups/<uuid:uid>/hand": _COLLECT,
    "register/asking": _SELL,
    "register/reasons": _SELL,
    "register/proposal": _SELL,
    "register/proposal/dismiss": _SELL,
}
