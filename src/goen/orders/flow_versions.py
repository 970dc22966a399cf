"""The versions of the flow, the newest for new orders. A version is never changed, only followed.

The straight way is an order from a web shop that is sent: placed, sent, done.
"""

from datetime import timedelta

from goen.orders.flow import BEGINNING, Deviation, Flow, Step

_SHOPPER = {"ja": "お客様", "en": "The shopper"}
_STORE = {"ja": "店舗のスタッフ", "en": "Store staff"}
_SENDER = {"ja": "出荷する場所のスタッフ", "en": "Staff where the goods are sent from"}
_DESK = {"ja": "受注の担当者", "en": "Whoever looks after orders"}
_NOBODY = {"ja": "Goenが自動で", "en": "Goen by itself"}

_LEAVES = (
    ("placed", "part"),
    ("placed", "done"),
    ("ready", "part"),
    ("ready", "done"),
    ("part", "part"),
    ("part", "done"),
)

PLACE = Step(
    "place",
    {"ja": "受注", "en": "Order placed"},
    _SHOPPER,
    "orders.placing.place",
    ((BEGINNING, "placed"),),
    {
        "ja": "注文が入ると、商品とお支払いが自動で確保されます。作業はありません。",
        "en": "Goods and payment are kept as soon as the order comes in. There is nothing to do.",
    },
)
SHIP = Step(
    "ship",
    {"ja": "出荷", "en": "Shipped"},
    _SENDER,
    "orders.fulfilling.fulfil",
    _LEAVES,
    {
        "ja": "注文を開き、確保されている棚から商品を集めて数を確かめ、納品書を印刷して同梱します。"
        "配送会社と送り状番号を入れて「出荷」を押すと、お支払いが確定します。"
        "一部だけ送るときは、送る行と数を選びます。",
        "en": "Open the order, take the goods from the shelf where they are kept, check the number"
        " and enclose the printed delivery note. Enter the carrier and the tracking number and"
        " press “Ship”: the payment is taken. To send a part, choose its lines and quantities.",
    },
    waits_in=("placed", "ready", "part"),
    limit=timedelta(days=2),
)
REROUTE = Step(
    "reroute",
    {"ja": "出荷元の変更", "en": "Sent from elsewhere"},
    _DESK,
    "orders.rerouting.reroute",
    (("placed", "placed"), ("ready", "placed"), ("ready", "part"), ("part", "part")),
    {
        "ja": "「別の場所から」を押し、在庫のある場所を選びます。"
        "元の確保は外れ、選んだ場所で確保されます。",
        "en": "Press “From elsewhere” and choose a place that has the goods. They are kept there"
        " instead.",
    },
)
BREAK = Step(
    "break",
    {"ja": "確保の取り消し", "en": "Promise broken"},
    _NOBODY,
    "orders.exceptions.open_broken",
    (("placed", "placed"), ("ready", "ready"), ("part", "part")),
    {
        "ja": "確保していた商品が店頭で売れたり、棚卸で足りなかったりすると自動で記録され、"
        "例外の一覧に出ます。提案から片付け方を選びます。",
        "en": "Written when goods that were kept were sold in a store or missing in a count. It"
        " appears in the list of exceptions: choose one of the ways out.",
    },
)
CANCEL = Step(
    "cancel",
    {"ja": "取り消し", "en": "Cancelled"},
    _DESK,
    "orders.cancelling.cancel",
    (
        ("placed", "placed"), ("placed", "cancelled"), ("ready", "ready"), ("ready", "cancelled"),
        ("ready", "done"), ("part", "part"), ("part", "done"),
    ),
    {
        "ja": "「取り消し」を押し、行と数、理由を選びます。"
        "確保した商品とお支払い、ポイントが戻ります。"
        "送った分は取り消せません。返品してください。",
        "en": "Press “Cancel”, choose lines, quantities and a reason. Goods, payment and points"
        " that were kept are free again. What was sent cannot be cancelled: take it back.",
    },
)  # fmt: skip
TAKE_BACK = Step(
    "take_back",
    {"ja": "返品", "en": "Taken back"},
    _STORE,
    "orders.taking_back.take_back",
    (("ready", "ready"), ("part", "part"), ("done", "done")),
    {
        "ja": "伝票番号を読み取り、戻った行と数、また売れるかどうかを選びます。"
        "返すお支払いとポイントが表示されるので、確かめてから「返品」を押します。",
        "en": "Scan the number of the document, choose what came back, how many, and whether it can"
        " be sold again. Check what goes back by which way of paying, then press “Take back”.",
    },
)
SELL = Step(
    "sell",
    {"ja": "販売", "en": "Sold"},
    _STORE,
    "orders.selling.sell",
    ((BEGINNING, "done"),),
    {
        "ja": "商品を読み取り、会員証があれば読み取り、お支払いを受けて商品を渡します。",
        "en": "Scan the goods and the member's card if there is one, take the payment and hand the"
        " goods over.",
    },
)
READY = Step(
    "ready",
    {"ja": "受け取り準備", "en": "Ready to be collected"},
    _STORE,
    "orders.fulfilling.ready",
    (("placed", "ready"), ("part", "ready")),
    {
        "ja": "注文の商品を棚から集め、受け取り棚に名札を付けて置き、「準備できた」を押します。",
        "en": "Take the goods from the shelf, put them on the collection shelf with the order's"
        " number and press “Ready”.",
    },
    waits_in=("placed",),
    limit=timedelta(days=1),
)
HAND_OVER = Step(
    "hand_over",
    {"ja": "お渡し", "en": "Handed over"},
    _STORE,
    "orders.fulfilling.fulfil",
    _LEAVES,
    {
        "ja": "お客様の注文番号を読み取り、お名前を確かめて商品を渡し、「お渡し」を押します。"
        "お支払いが確定します。",
        "en": "Scan the shopper's order number, check the name, hand the goods over and press"
        " “Hand over”: the payment is taken.",
    },
    waits_in=("ready", "part"),
    limit=timedelta(days=7),
)
PLACE_AT_MALL = Step(
    "place",
    {"ja": "モールの受注", "en": "Order placed at a mall"},
    _SHOPPER,
    "orders.placing.place",
    ((BEGINNING, "placed"),),
    {
        "ja": "モールの注文が届くと、商品だけが自動で確保されます。"
        "代金はモールが預かり、後日まとめて入金されます。",
        "en": "Goods are kept as soon as the mall's order comes in. The mall has the money and pays"
        " it out later.",
    },
)

FLOWS = {
    1: Flow(
        1,
        (PLACE, SHIP, REROUTE, BREAK, CANCEL, TAKE_BACK),
        (
            Deviation(
                "store",
                ("place", "ship", "reroute", "break", "cancel"),
                (SELL,),
                {
                    "ja": "商品はお客様の手にあり、その場で渡すため、確保も出荷もありません。",
                    "en": "The shopper has the goods in the hand: nothing is kept or sent.",
                },
            ),
            Deviation(
                "mall",
                ("place",),
                (PLACE_AT_MALL,),
                {
                    "ja": "代金はモールがお客様から受け取ります。",
                    "en": "The mall takes the shopper's money.",
                },
            ),
            Deviation(
                "collect",
                ("ship",),
                (READY, HAND_OVER),
                {
                    "ja": "送らずに店舗で渡すため、準備ができたことを知らせ、来店を待ちます。",
                    "en": "Nothing is sent: the goods are laid ready, and the shopper comes.",
                },
            ),
        ),
    ),
}
"""Every version there ever was."""


def current() -> Flow:
    """The version that new orders begin with."""
    return FLOWS[max(FLOWS)]
