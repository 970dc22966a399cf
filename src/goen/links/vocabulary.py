"""What columns are called in shops, in Japanese and English.

Promises: the first pattern that fits decides, so what is narrow stands before what is wide; names
are compared with widths folded, in lower case, without blanks and marks. Fields named "" are known
and not used: a column of taxes or discounts must not be taken for the amount.
"""

import re

from goen.links import values

_PERSON = r"(会員|顧客|お?客様?|得意先|購入者|注文者)"
_GOODS = r"(商品|品目|品番|アイテム|製品)"

_NAMES: tuple[tuple[str, str], ...] = (
    ("", r"消費税|税額|内税|外税|値引|割引|discount|粗利|ポイント|point|在庫"),
    ("", r"住所|郵便|備考|メモ|note|memo|country"),
    ("", r"生年|誕生|性別|年齢|birth|gender|^age$|登録日|入会日|更新日|作成日"),
    ("", r"配送日|発送日|入金|ship|update"),
    ("date", r"(date|datetime|日時|日付|年月日)$"),
    ("tax", r"税率|税区分|課税区分|軽減|taxrate|taxclass|taxcode"),
    ("staff", r"担当|スタッフ|販売員|レジ係|従業員|staff|cashier|clerk|salesperson|employee"),
    ("receipt", r"レシート|伝票|(取引|注文|会計|売上|精算|購入|オーダー)(番号|no|id|コード)"),
    ("receipt", r"receipt|order(id|no|number)|^order$|transaction(id|no)|basket|invoice"),
    ("receipt", r"^slip|^bill|ticket|documentno"),
    ("customer_name", _PERSON + r"(氏?名|名前|名称)|^氏名$|^お?名前$|customername|buyername"),
    ("customer", r"会員|顧客|お?客様?(番号|コード|id|no)|得意先|購入者|注文者|カード(番号|no)"),
    ("customer", r"member|client|shopper|buyer|loyalty|userid|household|customer|ユーザー?"),
    ("customer", r"メール|mail|電話|phone"),
    ("store", r"店舗|店名|^お?店$|店コード|支店|売場|事業所|ショップ|拠点|モール"),
    ("store", r"^store|storeid|branch|location|outlet|shop"),
    ("unit_cost", r"原価|仕入|下代|cost|cogs|wholesale"),
    ("category", r"カテゴリ|分類|部門|品種|ジャンル|category|department|genre|class"),
    ("product_code", r"jan|ean|upc|gtin|バーコード|barcode|" + _GOODS + r"(コード|番号|id|no|cd)"),
    ("product_code", r"^品番$|sku|(product|item|stock)(code|id|no|number)|^asin$|plu|型番"),
    ("unit_price", r"単価|売価|unitprice|priceeach|price$|価格|上代"),
    ("quantity", r"数量|個数|点数|枚数|(販売|売上|購入)数|^数$|いくつ"),
    ("quantity", r"qty|quantity|units|^count|count$|pieces"),
    ("amount", r"金額|小計|売上高?$|売上額|税込|税抜|合計|価額|代金|額$"),
    ("amount", r"amount|subtotal|total|sales|revenue"),
    ("time", r"時刻|時間|^time$|hour"),
    ("date", r"日付|年月日|日時|(売上|販売|購入|取引|注文|会計|精算|計上|営業)日|^日$|月日"),
    ("date", r"date|timestamp|soldat|createdat|orderedat|occurred|^day$"),
    ("product_name", r"商品|品名|品目|製品|アイテム|メニュー|名称|品$"),
    ("product_name", r"product|item|description|goods|title"),
)
_PATTERNS = tuple((field, re.compile(pattern)) for field, pattern in _NAMES)
_SQUEEZE = re.compile(r"[\s_\-・./:：()（）\[\]【】#＃]")
_LINE_AMOUNT = re.compile(r"明細|小計|line|item|商品|subtotal|extended")
_WHOLE_AMOUNT = re.compile(r"合計|総|total|grand|order|注文|取引")
_CONTACT = re.compile(r"メール|mail|電話|phone")


def field_named(name: str) -> str:
    """The field a column's name speaks of, or empty."""
    plain = _squeezed(name)
    return next((field for field, pattern in _PATTERNS if pattern.search(plain)), "")


def is_contact(name: str) -> bool:
    """Whether a column holds a way to reach somebody rather than a number of theirs."""
    return bool(_CONTACT.search(_squeezed(name)))


def amount_rank(name: str) -> int:
    """0 for the amount of a line, 2 for a total that may repeat on every line of a receipt."""
    plain = _squeezed(name)
    if _LINE_AMOUNT.search(plain):
        return 0
    return 2 if _WHOLE_AMOUNT.search(plain) else 1


def _squeezed(name: str) -> str:
    return _SQUEEZE.sub("", values.folded(name).casefold())
