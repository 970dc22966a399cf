"""Documents of sale. An order is insert-only but for its state; lines and tax never change.

Amounts of lines and totals are as charged, after every discount.
"""

from django.db import models
from django.db.models import Q

from goen.catalogue.models import Sku
from goen.customers.models import Record
from goen.kit.fields import Numeric, Xid8Field
from goen.places.models import Channel, Place, Source, Staff, Till

_REASONED = Q(discount_minor=0, discount_code="") | (Q(discount_minor__gt=0) & ~Q(discount_code=""))
"""Something was taken off for a reason, or nothing was."""


class Order(models.Model):
    """One document of sale, from any channel. `uid` is the caller's id."""

    uid = models.UUIDField(unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    source_no = models.TextField()
    kind = models.TextField(default="sale")
    state = models.TextField(default="done")
    flow_version = models.SmallIntegerField(default=1)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    till = models.ForeignKey(
        Till, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    till_seq = models.BigIntegerField(null=True)
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    record = models.ForeignKey(
        Record, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    business_date = models.DateField()
    currency = models.TextField()
    price_tax = models.TextField()
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(db_default=0)
    discount_code = models.TextField(db_default="")
    history = models.BooleanField()
    fingerprint = models.TextField()
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "source_no"], name="orders_order_source"),
            models.UniqueConstraint(
                fields=["till", "till_seq"], name="orders_order_till", condition=~Q(till=None)
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "take_back"]), name="orders_order_kind"
            ),
            models.CheckConstraint(
                condition=Q(price_tax__in=["included", "excluded", "unknown"]),
                name="orders_order_price_tax",
            ),
            models.CheckConstraint(condition=_REASONED, name="orders_order_discount"),
        )
        indexes = (
            models.Index(fields=["xid"], name="orders_order_xid"),
            models.Index(fields=["record", "-occurred_at"], name="orders_order_record"),
            models.Index(fields=["business_date"], name="orders_order_date"),
        )


class Line(models.Model):
    """One line of a document, in the order it was rung up. Amounts as charged."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    line_no = models.SmallIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    qty = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    list_minor = models.BigIntegerField(null=True)
    tax_class = models.TextField(null=True)
    rate_bp = models.IntegerField(null=True)
    discount_minor = models.BigIntegerField(db_default=0)
    discount_code = models.TextField(db_default="")
    share_minor = models.BigIntegerField(db_default=0)
    net = Numeric(null=True)
    cost = Numeric(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "line_no"], name="orders_line_key"),
            models.CheckConstraint(condition=~Q(qty=0), name="orders_line_qty"),
            models.CheckConstraint(
                condition=_REASONED
                & Q(share_minor__gte=0)
                & (Q(amount_minor__gte=0) | Q(discount_minor=0, share_minor=0)),
                name="orders_line_discount",
            ),
        )
        indexes = (models.Index(fields=["sku", "order"], name="orders_line_sku"),)


class Tax(models.Model):
    """Tax of one rate on one document, rounded once (the law's rule for invoices)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_class = models.TextField()
    rate_bp = models.IntegerField()
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["order", "tax_class", "rate_bp"], name="orders_tax_key"
            ),
        )
