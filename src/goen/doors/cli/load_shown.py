"""What `goen load` shows: the file as understood before, the account and the address after."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from goen.doors import load_words
from goen.doors.cli import supervisor
from goen.doors.cli.steps import padded, tell
from goen.kit import home, money
from goen.links.plans import Plan


def show_preview(
    file: Path, plan: Plan, counts: Mapping[str, Any], currency: str, *, err: bool
) -> None:
    """The columns as understood and the counts, before anything is written."""
    echo = partial(click.echo, err=err)
    layout = plan.layout
    how = layout.sheet or f"{layout.encoding.removesuffix('-sig')}, {layout.delimiter!r}"
    echo(f"\n{file.name} ({how})")
    for field in load_words.FIELDS:
        if field in plan.columns:
            echo(f"  {padded(load_words.field(field, tell))} ← {plan.columns[field]}")
    if "quantity" not in plan.columns:
        echo("  " + tell("数量の列がないので、1行を1点とします", "No quantity: each row is one"))
    echo("")
    for label, value in _figures(counts, currency):
        echo(f"  {padded(label)} {value}")
    for code, count in counts["parked"].items():
        echo(f"    {count:>8,}  {load_words.parked(code, tell)}")
    for key, count in counts["crowded"]:
        said = tell(
            "伝票が集まる番号です。会員でない方の番号なら --nobody {key} を付けてください",
            "Many receipts have this number. If it means nobody, add --nobody {key}",
        )
        echo(f"  ! {key} ({count:,}): {said.replace('{key}', str(key))}")
    echo("")


def _figures(counts: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    places = money.exponent(currency)
    by = counts["receipts_by"]
    how = {
        "number": tell("伝票番号で", "by number"),
        "moment": tell("日時・店舗・顧客で", "by time, store, customer"),
        "row": tell("1行ずつ", "a row each"),
    }
    share = counts["lines_known"] / counts["readable"] if counts["readable"] else 0
    total = counts["amount_minor"] / 10**places
    kinds = ", ".join(f"{how[kind]} {count:,}" for kind, count in by.items())
    return [
        (tell("行", "Rows"), f"{counts['rows']:,}"),
        (tell("取り込める行", "Can be loaded"), f"{counts['readable']:,}"),
        (tell("取り込めない行", "Cannot be loaded"), f"{counts['rows'] - counts['readable']:,}"),
        (tell("伝票", "Receipts"), f"{counts['receipts']:,} ({kinds})"),
        (tell("商品", "Products"), f"{counts['products']:,}"),
        (tell("顧客", "Customers"), f"{counts['people']:,} ({share:.1%})"),
        (tell("期間", "Period"), f"{counts['first_day']} – {counts['last_day']}"),
        (
            tell("金額の合計", "Total"),
            f"{total:,.{places}f} {currency}",
        ),
    ]


def show_reasons(reasons: list[tuple[str, str, int, int]]) -> None:
    """The rows left out, by reason, each with a row to look at."""
    if not reasons:
        return
    print(
        tell("取り込めなかった行（/loads で一覧）:", "Rows that could not be loaded (see /loads):")
    )
    for code, _, count, first in reasons:
        where = tell(f"例 {first}行目", f"first: row {first}")
        print(f"  {count:>8,}  {load_words.parked(code, tell)} ({where})")


def show_address(shop: home.Shop) -> None:
    """Where the shop is and how its owner gets in."""
    print()
    if supervisor.is_running():
        print(f"  {tell('住所', 'Address')}: {shop.url}")
    else:
        print(f"  {tell('goen up で開きます', 'Open it with goen up')}: {shop.url}")
    path = home.shop_dir(shop.name) / "welcome.json"
    welcome = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for login in welcome.get("logins", ()):
        print(f"  {tell('ログイン', 'Login')}: {login['login']} / {login['password']}")
    print()
