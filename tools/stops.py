"""Every page that `make shots` visits, and how one gets there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """A page to visit, or what the first link (`follow`) or button (`press`) on `path` leads to.

    `then` is a link on the page that was followed to.
    """

    name: str
    path: str
    follow: str = ""
    press: str = ""
    then: str = ""


SEGMENT = 'main tbody th a[href^="/segments/"]'
ORDER = 'main tbody a[href^="/orders/"]'
MEASURE = 'main tbody th a[href^="/measures/"]'
STOPS = (
    Stop("home", "/"),
    Stop("customers", "/customers"),
    Stop("person", "/customers", 'main tbody a[href^="/customers/"]'),
    Stop("without-next-step", "/customers/without-next-step"),
    Stop("products", "/products"),
    Stop("products-flagged", "/products?only=flagged"),
    Stop("nothing-found", "/products?q=zzzzzz"),
    Stop("who-bought", "/products?only=flagged", 'main tbody a[href^="/products/"]'),
    Stop(
        "who-bought-spared", "/products?only=spared&order=spend", 'main tbody a[href^="/products/"]'
    ),
    Stop("who-bought-year", "/products?window=12m", 'main tbody a[href^="/products/"]'),
    Stop("search", "/search?q=タカハシ"),
    Stop("orders", "/orders"),
    Stop("orders-all", "/orders?state=all"),
    Stop("orders-none", "/orders?q=zzzzzz"),
    Stop("order-open", "/orders?state=placed", ORDER),
    Stop("order-done", "/orders?state=done", ORDER),
    Stop("order-sale", "/orders?state=sale", ORDER),
    Stop("order-broken", "/orders?exception=1", ORDER),
    Stop("order-ship", "/orders?state=placed&method=ship", ORDER, then='main a[href$="/ship"]'),
    Stop("order-cancel", "/orders?state=placed", ORDER, then='main a[href$="/cancel"]'),
    Stop("order-reroute", "/orders?exception=1", ORDER, then='main a[href$="/re-route"]'),
    Stop("order-take-back", "/orders?state=done", ORDER, then='main a[href$="/take-back"]'),
    Stop("order-note", "/orders?state=done", ORDER, then='main a[href*="/papers/delivery/"]'),
    Stop("order-receipt", "/orders?state=done", ORDER, then='main a[href$="/papers/receipt"]'),
    Stop("order-exceptions", "/orders/exceptions"),
    Stop("order-mismatches", "/orders/mismatches"),
    Stop("order-flow", "/orders/flow?a=ec&b=store"),
    Stop("stock", "/stock"),
    Stop("stock-place", "/stock?place=shibuya&only=held"),
    Stop("stock-low", "/stock/low"),
    Stop("stock-item", "/stock", 'main tbody a[href^="/stock/"]'),
    Stop("stock-arrivals", "/stock/arrivals"),
    Stop("stock-arrival", "/stock/arrivals", 'main tbody a[href^="/stock/arrivals/"]'),
    Stop("stock-arrival-new", "/stock/arrivals/new?item=OK-0101&qty=6"),
    Stop("stock-transfers", "/stock/transfers"),
    Stop("stock-transfer", "/stock/transfers", 'main tbody a[href^="/stock/transfers/"]'),
    Stop("stock-transfer-new", "/stock/transfers/new?item=OK-0101&qty=6"),
    Stop("stock-counts", "/stock/counts"),
    Stop("stock-sheet", "/stock/counts/new?place=shibuya&category=tea"),
    Stop("stock-count", "/stock/counts", 'main tbody a[href^="/stock/counts/"]'),
    Stop("stock-holds", "/stock/holds"),
    Stop("stock-hold-new", "/stock/holds/new?item=OK-0101&qty=1"),
    Stop("stock-safety", "/stock/safety"),
    Stop("points", "/points"),
    Stop("points-rules", "/points/rules"),
    Stop("points-accounts", "/points/accounts"),
    Stop("points-account", "/points/accounts", 'main tbody a[href^="/points/accounts/"]'),
    Stop("coupons", "/coupons"),
    Stop("coupon-kind", "/coupons", 'main tbody a[href^="/coupons/kinds/"]'),
    Stop("coupon-kind-new", "/coupons/kinds/new"),
    Stop("coupons-issue", "/coupons/issue"),
    Stop("coupon-numbers", "/coupons/numbers"),
    Stop("coupon", "/coupons/numbers", 'main tbody a[href^="/coupons/numbers/"]'),
    Stop("measures", "/measures"),
    Stop("measures-none", "/measures?q=zzzzzz"),
    Stop("measure", "/measures?state=live", MEASURE),
    Stop("measure-draft", "/measures?state=draft", MEASURE),
    Stop("measure-history", "/measures?state=live", MEASURE, then='main a[href$="/history"]'),
    Stop("measure-result", "/measures?state=live", MEASURE, then='main a[href$="/result"]'),
    Stop("measure-edit", "/measures?state=live", MEASURE, then='main a[href$="/edit"]'),
    Stop("measure-new", "/measures/new"),
    Stop("measures-calendar", "/measures/calendar"),
    Stop("measures-calendar-products", "/measures/calendar?by=product"),
    Stop("axes", "/measures/axes"),
    Stop("axis", "/measures/axes", 'main tbody th a[href^="/measures/axes/"]'),
    Stop("findings", "/measures/findings"),
    Stop("findings-accepted", "/measures/findings?shown=accepted"),
    Stop("causes", "/measures/causes"),
    Stop("measure-mail", "/measures?state=draft", MEASURE, then='main a[href$="/mail"]'),
    Stop("measure-send", "/measures?state=live&q=メール", MEASURE, then='main a[href$="/send"]'),
    Stop("segments", "/segments"),
    Stop("segment-new", "/segments/new"),
    Stop("segment", "/segments", SEGMENT),
    Stop("segment-people", "/segments", SEGMENT, then='main a[href^="/segments/people"]'),
    Stop("mailbox", "/mailbox"),
    Stop("letter", "/mailbox", 'main tbody a[href^="/mailbox/"]'),
    Stop("automation", "/automation"),
    Stop("analysis", "/analysis"),
    Stop("analysis-ltv", "/analysis/ltv"),
    Stop("analysis-people", "/analysis/people"),
    Stop("analysis-second", "/analysis/second"),
    Stop("analysis-stores", "/analysis/stores"),
    Stop("analysis-known", "/analysis/known"),
    Stop("analysis-lapsing", "/analysis/lapsing"),
    Stop("analysis-reasons", "/analysis/reasons"),
    Stop("register", "/register/"),
    Stop("till", "/register/", press="main form[action='/register/where'] button"),
    Stop("returns", "/register/returns"),
    Stop("pickups", "/register/pickups"),
    Stop("pickup", "/register/pickups", "main tbody a"),
    Stop("loads", "/loads"),
    Stop("settings", "/settings"),
    Stop("settings-mail", "/settings/mail"),
    Stop("consents", "/consents"),
    Stop("member-enter", "/m/enter"),
    Stop("member-card", "/m/enter", press="form[action='/m/enter/as-sample'] button"),
    Stop("member-history", "/m/history"),
    Stop("member-receipt", "/m/history", "main a[href^='/m/receipts/']"),
    Stop("member-consents", "/m/consents"),
    Stop("member-data", "/m/data"),
    Stop("metrics", "/metrics-help"),
    Stop("menu", "/menu"),
)
