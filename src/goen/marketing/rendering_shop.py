"""What of a mail is the shop's: who sends it, its products with prices, its coupon's terms."""

from collections.abc import Mapping, Sequence
from datetime import date

from goen.catalogue import queries as catalogue
from goen.kit import home, mail, settings
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.messages import MessageShown
from goen.marketing.messages_parts import Part
from goen.marketing.rendering import Compiled, compile_mail
from goen.marketing.rendering_draft import Draft, Footer, Product
from goen.marketing.rendering_formats import day_in, money_in, text_in
from goen.points import issued

SAMPLE_COUPON = "ABCD-EFGH-JKLM"
"""Stands for the number of a coupon that is issued only when the mail is sent."""


def footer(tx: Tx, *, sender_name: str = "", language: str = "ja") -> Footer:
    """Who sends, from where, and whom to ask: the settings, else the company."""
    given = settings.read_all(tx)
    company = tx.row("SELECT name, address, phone FROM places_entity ORDER BY id LIMIT 1")
    name, address, phone = company or ({}, "", "")
    title = home.current_shop().title
    return Footer(
        sender_name or given["mail.sender_name"] or text_in(name or dict(title), language),
        given["mail.postal_address"] or address,
        given["mail.contact"] or phone or given["mail.reply_to"],
    )


def unfit_to_send(tx: Tx, message: MessageShown, by: mail.Transport) -> Refusal | None:
    """Why no advertising mail may leave: its footer or its sender is not whole (L-04)."""
    lacks = footer(tx, sender_name=message.sender_name, language=message.language).lacks
    if lacks:
        return Refusal("footer_missing", lacks[0], {"what": ", ".join(lacks)})
    if not by.is_built_in and not settings.read(tx, "mail.from_address"):
        return Refusal("sender_missing", "mail.from_address")
    return None


def compiled(tx: Tx, message: MessageShown, *, public_url: str, day: date) -> Compiled:
    """The mail as it will be for everybody, on a day's prices."""
    draft = Draft(
        subject=message.subject,
        preheader=message.preheader,
        parts=message.parts,
        language=message.language,
        footer=footer(tx, sender_name=message.sender_name, language=message.language),
        products=products(tx, message.parts, language=message.language, day=day),
        pictures=f"{public_url}/t/p",
    )
    return compile_mail(draft)


def products(tx: Tx, parts: Sequence[Part], *, language: str, day: date) -> dict[int, Product]:
    """The products of a mail with their prices, tax included."""
    ids = sorted({part["sku_id"] for part in parts if part["kind"] == "product"})
    found = {}
    for sku in catalogue.skus(tx, ids, on=day).values() if ids else ():
        price = ""
        if sku.price_minor is not None and sku.currency is not None:
            amount = money_in(sku.price_minor, sku.currency)
            price = f"{amount}（税込）" if language == "ja" else f"{amount} (tax included)"
        found[sku.sku_id] = Product(text_in(sku.name, language), price)
    return found


def shop_values(language: str) -> dict[str, str]:
    """The fields that are the shop's."""
    return {"shop": text_in(dict(home.current_shop().title), language)}


def coupon_values(tx: Tx, kind_code: str, *, language: str) -> Mapping[str, str]:
    """What a kind of coupon takes off, what it asks for, and its last day."""
    kind = next((one for one in issued.kinds(tx) if one.code == kind_code), None)
    if kind is None:
        return {}
    ja = language == "ja"
    off = f"{kind.value / 100:g}%" if kind.method == "percent" else money_in(
        kind.value, kind.currency
    )  # fmt: skip
    values = {"coupon_off": f"{off}引き" if ja else f"{off} off"}
    if kind.least_minor:
        least = money_in(kind.least_minor, kind.currency)
        values["coupon_least"] = f"{least}以上のお買い上げ" if ja else f"from {least}"
    if kind.valid_to is not None:
        values["coupon_until"] = day_in(kind.valid_to, language)
    return values
