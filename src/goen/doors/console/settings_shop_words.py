"""The masters of a shop in words: what their fields are called, and what to know of them."""

KINDS = {
    "store": ("店舗", "Store"),
    "warehouse": ("倉庫", "Warehouse"),
    "ec": ("ECサイト", "Web shop"),
    "mall": ("モール", "Marketplace"),
}
TEXTS = {
    "code": ("コード（半角英数字）", "Code (letters and digits)"),
    "kind": ("種類", "Kind"),
    "entity": ("会社", "Company"),
    "place": ("置く場所", "Where it stands"),
    "name_ja": ("名前（日本語）", "Name (Japanese)"),
    "name_en": ("名前（英語）", "Name (English)"),
    "registration_no": ("適格請求書の登録番号", "Registration number for invoices"),
    "address": ("住所", "Address"),
    "phone": ("電話", "Telephone"),
    "day_change_hour": ("日付が変わる時刻（時）", "Hour at which the business day turns"),
    "goods_from": ("在庫を数え始める日", "Day from which stock counts"),
    "payments_from": ("入金を数え始める日", "Day from which money counts"),
}
HINTS = {
    "code": ("あとから変えられません。", "It cannot be changed later."),
    "registration_no": (
        "Tと13桁の数字。登録がなければ空欄。",
        "T and 13 digits; empty if not registered.",
    ),
    "day_change_hour": (
        "0なら真夜中。深夜営業の店は5など。",
        "0 is midnight; 5 for a shop open at night.",
    ),
    "goods_from": (
        "この日より前の会計は記録だけで、在庫を動かしません。",
        "Earlier sales are history and move no stock.",
    ),
    "payments_from": (
        "この日より前の会計は記録だけで、入金を動かしません。",
        "Earlier sales are history and move no money.",
    ),
}
TITLES = {
    "entity": ("会社", "Company"),
    "place": ("店舗・倉庫・ECサイト", "Place"),
    "till": ("レジ", "Till"),
    "channel": ("販路", "Channel"),
}
