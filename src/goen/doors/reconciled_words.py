"""A reconciliation in words, for the console and the command line: subjects and reasons.

Promises: every subject and reason that `links` counts has its words here (a test holds them
together); a reason says what became of what is not in the books.
"""

from collections.abc import Callable

from goen.links.reconciling import Compared

Pair = tuple[str, str]
Say = Callable[[str, str], str]

SUBJECTS: dict[str, Pair] = {
    "lines": ("明細の行", "Lines of receipts"),
    "amount": ("明細の金額の合計", "Amount of all lines"),
    "baskets": ("レシート", "Receipts (baskets)"),
    "unknown": ("商品表にない商品の行", "Lines of products nobody describes"),
    "zero": ("数量が0の行", "Lines with quantity 0"),
    "large": ("数量が1,000を超える行", "Lines with quantity above 1,000"),
    "large_fuel": ("　うち 燃料（1/1000ガロン）", "  of them fuel (thousandths of a gallon)"),
    "large_misc": ("　うち その他の部門", "  of them of the department Miscellaneous"),
    "households": ("世帯", "Households"),
    "stores": ("店舗", "Stores"),
    "products": ("商品表の商品", "Products described"),
    "demographics": ("属性のわかる世帯", "Households with demographics"),
    "campaigns": ("施策（キャンペーン）", "Campaigns"),
    "targetings": ("施策の対象（世帯×施策）", "Targetings (household × campaign)"),
    "coupons": ("クーポンの行（クーポン×商品×施策）", "Coupon rows (coupon × product × campaign)"),
    "redemptions": ("クーポンの利用", "Coupon redemptions"),
    "tied": (
        "　うち 使ったレシートが確かな利用",
        "  of them surely tied to their receipt",
    ),
    "promotions": (
        "売り場とチラシの行（商品×店×週）",
        "Promotion rows (product × store × week)",
    ),
}
REASONS: dict[str, Pair] = {
    "product_unknown": (
        "商品表にない商品です。行はそのまま別に残しました",
        "nobody describes the product: the lines are parked, as read",
    ),
    "quantity_zero": (
        "数量も金額も0です。別に残しました",
        "neither quantity nor amount: parked, as read",
    ),
    "quantity_zero_paid": (
        "数量0で金額があります。何が売れたかわからないので別に残しました",
        "an amount but no quantity: parked, since nobody knows what was sold",
    ),
    "only_parked": (
        "どの行も別に残したレシートです",
        "receipts of which every line is parked",
    ),
    "never_sold": (
        "この1年に一度も売れていない商品です。商品としては作らず、元の番号で残しました",
        "products nobody bought in the year: no article is made of them",
    ),
    "tie_discount": (
        "その日のレシートにクーポンの値引きはありますが、対象の商品では確かめられません",
        "a receipt of that day has a coupon's discount, on another article",
    ),
    "tie_day": (
        "その日のレシートに結びつけましたが、クーポンの値引きがありません",
        "tied to a receipt of that day, which has no coupon's discount",
    ),
    "erased": (
        "お申し出などで個人情報を消した世帯です",
        "households whose personal data were erased here",
    ),
    "tie_none": (
        "その日のレシートが帳簿にありません",
        "the books have no receipt of that day",
    ),
}


def subject(row: Compared, say: Say) -> str:
    """What is counted."""
    return say(*SUBJECTS[row.subject])


def reason(code: str, say: Say) -> str:
    """Where a difference went."""
    return say(*REASONS[code])
