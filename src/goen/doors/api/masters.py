"""`POST /v1/skus` and `POST /v1/records`: what another system knows of goods and of customers.

Both take many, are put by code or key, and change nothing when sent again.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from msgspec import Struct

from goen.catalogue.masters import NewSku, put_skus
from goen.catalogue.queries import price_lists, rates
from goen.customers.records import NewCredential, NewRecord, register
from goen.doors.api.door import AT_MOST, Call, Code, Count, Refused, Text, answer, not_too_many
from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.places.queries import source_codes

SINCE = date(2000, 1, 1)


class SkuIn(Struct, forbid_unknown_fields=True):
    """An SKU. Price (tax as the price list says), class and unit cost apply `valid_from` on."""

    code: Code
    name: dict[Code, Text]
    product: Code = ""
    barcodes: list[Code] = []
    price_minor: Count | None = None
    tax_class: Code | None = None
    unit_cost: Decimal | None = None
    valid_from: date = SINCE


class SkusIn(Struct, forbid_unknown_fields=True):
    """Many SKUs for one price list; without a name, the shop's first list."""

    skus: Annotated[list[SkuIn], AT_MOST]
    price_list: Code | None = None


class SkusOut(Struct):
    """The ids of the SKUs by code."""

    skus: dict[str, int]


class CredentialIn(Struct, forbid_unknown_fields=True):
    """Something shown or proved: card, app, mail, phone or member."""

    kind: Code
    value: Code
    verified: bool = False


class RecordIn(Struct, forbid_unknown_fields=True):
    """A customer as a system knows them."""

    source: Code
    key: Code
    family_name: Code = ""
    given_name: Code = ""
    family_kana: Code = ""
    given_kana: Code = ""
    birth_date: date | None = None
    mail: Code = ""
    phone: Code = ""
    postcode: Code = ""
    address: Text = ""
    joined_on: date | None = None
    credentials: list[CredentialIn] = []


class RecordsIn(Struct, forbid_unknown_fields=True):
    """Many records."""

    records: Annotated[list[RecordIn], AT_MOST]


class RegisteredOut(Struct):
    """The record of one key."""

    source: str
    key: str
    record: int


class RecordsOut(Struct):
    """The record of every key."""

    records: list[RegisteredOut]


CREDENTIALS = ("card", "app", "mail", "phone", "member")


LARGEST_COST = 10**12


def skus(call: Call) -> HttpResponse:
    """Make or change SKUs; answers their ids by code."""
    given = call.fact(SkusIn)
    not_too_many(given.skus, "skus")
    with tx() as t:
        lists = price_lists(t)
        if given.price_list is not None and given.price_list not in lists:
            raise Refused(
                Refusal("unknown_price_list", "price_list", {"given": given.price_list}), 409
            )
        classes = rates(t)
        for n, sku in enumerate(given.skus):
            _check_sku(sku, n, set(classes), has_list=bool(lists))
        ids = put_skus(
            t,
            [_sku(sku) for sku in given.skus],
            price_list=given.price_list or next(iter(lists), None),
            actor=call.actor,
            recorded_at=clock.now(),
        )
    return answer(SkusOut(ids))


def records(call: Call) -> HttpResponse:
    """Register customers; answers the record of every key."""
    given = call.fact(RecordsIn)
    not_too_many(given.records, "records")
    with tx() as t:
        known = source_codes(t)
        for n, record in enumerate(given.records):
            if record.source not in known:
                detail = {"given": record.source}
                raise Refused(Refusal("unknown_source", f"records[{n}].source", detail), 409)
            for m, credential in enumerate(record.credentials):
                if credential.kind not in CREDENTIALS:
                    detail = {"given": credential.kind, "known": ", ".join(CREDENTIALS)}
                    field = f"records[{n}].credentials[{m}].kind"
                    raise Refused(Refusal("unknown_credential", field, detail), 409)
        made = register(
            t, [_record(r) for r in given.records], actor=call.actor, recorded_at=clock.now()
        )
    return answer(RecordsOut([RegisteredOut(s, k, record) for (s, k), record in made.items()]))


def _check_sku(sku: SkuIn, n: int, classes: set[str], *, has_list: bool) -> None:
    if sku.tax_class is not None and sku.tax_class not in classes:
        detail = {"given": sku.tax_class, "known": ", ".join(sorted(classes))}
        raise Refused(Refusal("unknown_tax_class", f"skus[{n}].tax_class", detail), 409)
    if sku.price_minor is not None and (sku.price_minor < 0 or not has_list):
        given = {"given": sku.price_minor}
        raise Refused(Refusal("bad_amount", f"skus[{n}].price_minor", given), 409)
    cost = sku.unit_cost
    if cost is not None and not (cost.is_finite() and 0 <= cost < LARGEST_COST):
        raise Refused(Refusal("bad_amount", f"skus[{n}].unit_cost", {"given": str(cost)}), 409)
    if not any(sku.name.values()) or not sku.code:
        raise Refused(Refusal("name_missing", f"skus[{n}].name"), 409)


def _sku(given: SkuIn) -> NewSku:
    since = given.valid_from
    return NewSku(
        code=given.code,
        name=given.name,
        product_code=given.product,
        barcodes=tuple(given.barcodes),
        prices=() if given.price_minor is None else ((since, given.price_minor),),
        tax=() if given.tax_class is None else ((since, given.tax_class),),
        costs=() if given.unit_cost is None else ((since, given.unit_cost),),
    )


def _record(given: RecordIn) -> NewRecord:
    fields = {name: getattr(given, name) for name in given.__struct_fields__}
    keys = [NewCredential(c.kind, c.value, c.verified) for c in fields.pop("credentials")]
    return NewRecord(source_key=fields.pop("key"), credentials=tuple(keys), **fields)
