"""Documents of sale and what became of them.

An order is insert-only but for its state and, claimed once, its record; lines and tax never
change, slips are only added. Amounts of lines and totals are as charged, after every discount.
"""

from django.db import models
from django.db.models import F, Q

from goen.catalogue.models import Sku
from goen.customers.models import Address, Record
from goen.kit.fields import Numeric, Xid8Field
from goen.places.models import Channel, Place, Source, Staff, Till
from goen.points.models import Coupon

_REASONED = Q(discount_minor=0, discount_code="") | (Q(discount_minor__gt=0) & ~Q(discount_code=""))
"""Something was taken off for a reason, or nothing was."""


class Order(models.Model):
    """One document of sale, from any channel. `uid` is the caller's id.

    `record` is whose it is: known when it was sold, or once, later, by a claim.
    """

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
    rounding = models.TextField(db_default="floor")
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "source_no"], name="orders_order_source"),
            models.UniqueConstraint(
                fields=["till", "till_seq"], name="orders_order_till", condition=~Q(till=None)
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "order"]), name="orders_order_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["placed", "ready", "part", "done", "cancelled"]),
                name="orders_order_state",
            ),
            models.CheckConstraint(
                condition=Q(rounding__in=["floor", "ceil", "half_up"]), name="orders_order_rounding"
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
            models.Index(
                fields=["occurred_at"],
                name="orders_order_open",
                condition=Q(state__in=["placed", "ready", "part"]),
            ),
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


class CouponUse(models.Model):
    """How much a coupon took off a document, in the order they were shown."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    n = models.SmallIntegerField()
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="+")
    number = models.TextField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "n"], name="orders_couponuse_key"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0), name="orders_couponuse_amount"
            ),
        )


class Delivery(models.Model):
    """How an order reaches the shopper, and the fee for it; one of each order from afar."""

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    method = models.TextField()
    address = models.ForeignKey(
        Address, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    collect_at = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    wanted_on = models.DateField(null=True)
    fee_minor = models.BigIntegerField()
    fee_tax_class = models.TextField(null=True)
    fee_rate_bp = models.IntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(method="ship", collect_at=None)
                | Q(method="collect", collect_at__isnull=False),
                name="orders_delivery_method",
            ),
            models.CheckConstraint(condition=Q(fee_minor__gte=0), name="orders_delivery_fee"),
        )


class Slip(models.Model):
    """One act on an order: goods leave, are given up, come from elsewhere or come back.

    `uid` is the caller's id and the request of its posting. Insert-only.
    """

    uid = models.UUIDField(unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    place = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    till = models.ForeignKey(
        Till, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.TextField(default="")
    carrier = models.TextField(default="")
    tracking_no = models.TextField(default="")
    total_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    business_date = models.DateField()
    fingerprint = models.TextField()
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "ship", "hand_over", "ready", "reroute", "cancel", "break", "take_back",
                    ]
                ),
                name="orders_slip_kind",
            ),
        )  # fmt: skip
        indexes = (models.Index(fields=["xid"], name="orders_slip_xid"),)


class SlipLine(models.Model):
    """Units of one line that a slip is about, with their part of what the line was charged.

    All figures are positive. `line_no` 0 is the delivery fee. `n` is the line's place on the slip:
    a reroute's hold is known in the ledger as (slip, n).
    """

    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="+", db_index=False)
    n = models.SmallIntegerField()
    line_no = models.SmallIntegerField()
    qty = models.BigIntegerField()
    place = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to = models.TextField(default="")
    amount_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    share_minor = models.BigIntegerField(default=0)
    net = Numeric(null=True)
    cost = Numeric(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slip", "n"], name="orders_slipline_key"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="orders_slipline_qty"),
        )


class SlipTax(models.Model):
    """Tax of one rate in what a slip comes to: the document's before minus after."""

    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_class = models.TextField()
    rate_bp = models.IntegerField()
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["slip", "tax_class", "rate_bp"], name="orders_sliptax_key"
            ),
        )


class Standing(models.Model):
    """What became of a line so far: the checked cache of its slips, made with the first.

    Goods of a till sale are fulfilled from the start. The row is what no two slips can overdraw.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    line_no = models.SmallIntegerField()
    qty = models.BigIntegerField()
    fulfilled = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    taken_back = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "line_no"], name="orders_standing_key"),
            models.CheckConstraint(
                condition=Q(
                    fulfilled__gte=0,
                    cancelled__gte=0,
                    taken_back__gte=0,
                    taken_back__lte=F("fulfilled"),
                    qty__gte=F("fulfilled") + F("cancelled"),
                ),
                name="orders_standing_bound",
            ),
        )


class OrderException(models.Model):
    """Something that a person must decide about an order, with a proposed way out.

    `request` and `n` say what opened it: the same thing opens it once.
    """

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    request = models.UUIDField()
    n = models.IntegerField()
    line_no = models.SmallIntegerField(null=True)
    sku = models.ForeignKey(
        Sku, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    qty = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    proposal = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    resolution = models.TextField(default="")

    class Meta:
        db_table = "orders_exception"
        constraints = (
            models.UniqueConstraint(fields=["request", "n"], name="orders_exception_once"),
        )
        indexes = (
            models.Index(
                fields=["opened_at"], name="orders_exception_open", condition=Q(closed_at=None)
            ),
        )


class Claim(models.Model):
    """A sale to nobody known became somebody's, who held its receipt. Once, and for good."""

    uid = models.UUIDField(unique=True)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    points = models.BigIntegerField()
    claimed_at = models.DateTimeField()
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        indexes = (models.Index(fields=["xid"], name="orders_claim_xid"),)
