"""What is said about loading a file, in both languages: fields, reasons and what to do about them.

Promises: every code that `links` gives has its sentence here (a test holds the two together); each
says what happened and what to do; the console and the command line say the same.
"""

from collections.abc import Callable, Mapping

Pair = tuple[str, str]
Say = Callable[[str, str], str]

FIELDS: dict[str, Pair] = {
    "date": ("日付", "Date"),
    "time": ("時刻", "Time"),
    "product_name": ("商品名", "Product name"),
    "product_code": ("商品コード・JAN", "Product code or barcode"),
    "quantity": ("数量", "Quantity"),
    "amount": ("金額（行の合計）", "Amount of the line"),
    "unit_price": ("単価", "Unit price"),
    "customer": ("会員番号・顧客番号", "Customer number"),
    "customer_name": ("お名前", "Customer's name"),
    "receipt": ("伝票・レシート番号", "Receipt number"),
    "store": ("店舗", "Store"),
    "staff": ("担当者", "Staff"),
    "category": ("部門・分類", "Department"),
    "unit_cost": ("原価", "Cost"),
    "tax": ("税率・税区分", "Tax rate"),
    "margin": ("粗利率", "Margin rate"),
    "price_tax": ("金額の税", "Tax in the amounts"),
    "tax_class": ("税率", "Tax rate"),
    "date_order": ("日付の並び", "Order of the date"),
    "source": ("システムの名前", "Name of the system"),
    "channel": ("販売チャネル", "Sales channel"),
    "sheet": ("シート", "Sheet"),
    "file": ("ファイル", "File"),
    "shop": ("店の名前", "Name of the shop"),
    "qty": ("数量", "Quantity"),
    "item": ("商品", "Product"),
    "record": ("顧客", "Customer"),
}

EMPTIED: dict[str, Pair] = {
    "erased": (
        "お客様の個人情報を消したため、{day}に中身を消しました",
        "emptied on {day}: the customer's data were erased",
    ),
    "kept_out": (
        "残しておく日数を過ぎたため、{day}に中身を消しました",
        "emptied on {day}: kept as long as the shop says",
    ),
}
"""Why a row that could not be used is empty now."""

PARKED: dict[str, Pair] = {
    "cells_differ": (
        "見出しより列が多い行です。金額の区切りのカンマが列を分けていないか確かめてください。",
        "More cells than headings. Check for a comma inside an amount that splits the column.",
    ),
    "date_missing": (
        "日付がありません。合計の行ならこのままで構いません。",
        "No date. If it is a total, leave it.",
    ),
    "date_unreadable": (
        "日付として読めません。2026/11/20 のように直すか、日付の並びを選び直してください。",
        "Not a date. Write it like 2026/11/20, or choose another order of the date.",
    ),
    "time_unreadable": (
        "時刻として読めません。14:05 のように直してください。",
        "Not a time. Write it like 14:05.",
    ),
    "date_in_future": (
        "まだ来ていない日時です。日付を確かめてください。",
        "In the future. Check the date.",
    ),
    "date_too_old": (
        "1990年より前の日付です。日付の列と並びを確かめてください。",
        "Before 1990. Check the date's column and order.",
    ),
    "product_missing": (
        "商品名も商品コードもありません。どちらかを入れてください。",
        "Neither a product name nor a code. Fill in one of them.",
    ),
    "product_unknown": (
        "商品マスターにない商品です。何が売れたか分からないため、取り込みません。",
        "The product is not in the product list: nobody can say what was sold.",
    ),
    "quantity_missing": ("数量がありません。数量を入れてください。", "No quantity. Fill it in."),
    "quantity_unreadable": (
        "数量として読めません。数字だけにしてください。",
        "Not a quantity. Use digits only.",
    ),
    "quantity_zero": (
        "数量が0です。売れた点数がないため、取り込みません。",
        "The quantity is 0: nothing was sold.",
    ),
    "quantity_zero_paid": (
        "数量が0なのに金額があります。元のシステムで数量を確かめてください。",
        "The quantity is 0 but there is an amount. Check the quantity where it comes from.",
    ),
    "quantity_fraction": (
        "数量に小数があります。グラムなど、いちばん小さい単位の整数に直してください。",
        "The quantity has a fraction. Count in the smallest unit, such as grams.",
    ),
    "quantity_too_large": (
        "数量が大きすぎます。列の対応を確かめてください。",
        "The quantity is too large. Check which column it is.",
    ),
    "amount_missing": ("金額がありません。金額を入れてください。", "No amount. Fill it in."),
    "amount_unreadable": (
        "金額として読めません。1,980 や ¥1,980 のように直してください。",
        "Not an amount. Write it like 1,980.",
    ),
    "amount_fraction": (
        "通貨の最小単位より細かい金額です。端数を直してください。",
        "Finer than the currency's smallest unit. Round it where it comes from.",
    ),
    "amount_too_large": (
        "金額が大きすぎます。列の対応を確かめてください。",
        "The amount is too large. Check which column it is.",
    ),
    "receipt_too_long": (
        "1枚の伝票に2,000行を超えています。伝票番号の列を選び直してください。",
        "More than 2,000 rows on one receipt. Choose another column for its number.",
    ),
    "receipt_changed": (
        "同じ伝票が、ちがう内容で取り込み済みです。先に取り込んだ方が残っています。",
        "This receipt is already in the books with other contents. The earlier one stays.",
    ),
}

REFUSED: dict[str, Pair] = {
    "file_empty": (
        "中身のないファイルです。売上の行があるファイルを選んでください。",
        "The file is empty. Choose one with sales in it.",
    ),
    "file_missing": (
        "ファイルを選んでください。CSV、TSV、Excel（xlsx）を読めます。",
        "Choose a file: CSV, TSV or Excel (xlsx).",
    ),
    "file_too_large": (
        "ファイルが大きすぎます（{size}）。コマンド goen load sales で取り込んでください。",
        "The file is too large ({size}). Load it with the command goen load sales.",
    ),
    "file_unreadable": (
        "表として開けません。CSVに書き出し直してください。（{why}）",
        "It cannot be opened as a table. Export it again as CSV. ({why})",
    ),
    "file_swells": (
        "このブックは、開くと大きくなりすぎます（端のほうに入力が残っていることがあります）。"
        "使っている範囲だけを新しいブックに写すか、CSVに書き出してください。",
        "This workbook becomes too big when it is opened; perhaps something was typed far out."
        " Copy the part in use into a new workbook, or export it as CSV.",
    ),
    "file_quotes": (
        '引用符（"）が閉じていないところがあります。CSVに書き出し直してください。（{why}）',
        "A quotation mark is never closed. Export it again as CSV. ({why})",
    ),
    "file_encoding": (
        "文字コードが分かりません。{known}のどれかで保存し直してください。",
        "The encoding is not known. Save it again as one of: {known}.",
    ),
    "sheet_unknown": (
        "「{sheet}」というシートはありません。あるのは: {known}",
        "There is no sheet “{sheet}”. There are: {known}",
    ),
    "column_unknown": (
        "「{column}」という列はありません。見出しのとおりに書いてください。",
        "There is no column “{column}”. Write it as in the heading.",
    ),
    "column_needed": (
        "どの列が{field}かを選んでください。これがないと取り込めません。",
        "Choose the column for: {field}. Nothing can be loaded without it.",
    ),
    "column_twice": (
        "「{column}」が2つの項目に選ばれています。どちらかを外してください。",
        "“{column}” is chosen for two fields. Take one away.",
    ),
    "choice_unknown": ("{known} のどれかを選んでください。", "Choose one of: {known}"),
    "source_name": (
        "システムの名前を{most}文字以内で入れてください。",
        "Name the system, in {most} characters at most.",
    ),
    "margin_bounds": (
        "粗利率は0%以上100%未満で入れてください。",
        "The margin rate is from 0 % to less than 100 %.",
    ),
    "margin_needed": (
        "原価の列がないので、粗利率を入れてください。LTV（粗利）の計算に使い、"
        "仮定として表示します。",
        "There is no cost column, so enter a margin rate. LTV (gross profit) is computed with it,"
        " and it is shown as an assumption.",
    ),
    "tax_only_yen": (
        "税率が分かるのは円の店だけです。「分からない」を選んでください。",
        "Tax rates are known for shops in yen only. Choose “unknown”.",
    ),
    "tax_class_needed": (
        "税率の列がないので、税率を選んでください。分からなければ金額の税を「分からない」に。",
        "There is no tax column: choose a rate, or say that tax is unknown.",
    ),
    "loaded_otherwise": (
        "同じファイルを{on}に別の列の対応で取り込んでいます。二重に数えないよう、"
        "新しい店に取り込んでください。",
        "This file was loaded on {on} with other columns. So as not to count twice, load it into"
        " a new shop.",
    ),
    "shop_name": (
        "店の名前は半角の英小文字で始め、英小文字・数字・ハイフンで31文字までにしてください。",
        "A shop's name has a-z, 0-9 and '-', a letter first, 31 characters at most.",
    ),
    "shop_taken": (
        "「{name}」という店はもうあります。別の名前を入れてください。",
        "There is a shop “{name}” already. Choose another name.",
    ),
    "shop_is_demo": (
        "見本の店には混ぜません。goen --shop 名前 load sales ファイル のように新しい店へ。",
        "The demo is never mixed with yours. Use goen --shop NAME load sales FILE.",
    ),
    "shop_is_other": (
        "この店には別のデータが入っています。新しい名前の店に取り込んでください。",
        "This shop holds other data. Load into a shop of a new name.",
    ),
    "package_missing": (
        "データのパッケージを用意できませんでした。通信を確かめて、もう一度お試しください。",
        "The data's package could not be installed. Check the network and try again.",
    ),
}
_OTHERWISE: Pair = (
    "取り込めない行です（{code}）。元のファイルを確かめてください。",
    "This row cannot be loaded ({code}). Check it in the file.",
)


def field(name: str, say: Say) -> str:
    """The name of a field as people read it."""
    return say(*FIELDS[name]) if name in FIELDS else name


def parked(code: str, say: Say) -> str:
    """Why a row was parked and what to do."""
    return say(*PARKED.get(code, _OTHERWISE)).replace("{code}", code)


def refused(code: str, detail: Mapping[str, object], about: str, say: Say) -> str:
    """Why a file cannot be loaded yet and what to do. `about` is the refusal's field."""
    sentence = say(*REFUSED.get(code, _OTHERWISE))
    for slot, value in {"code": code, "field": field(about, say), **detail}.items():
        sentence = sentence.replace("{" + slot + "}", str(value))
    return sentence
