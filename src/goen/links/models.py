"""What came in from outside, with the reason for what could not be used; what goes out."""

from django.db import models
from django.db.models import F, Q

from goen.catalogue.models import Sku
from goen.customers.models import Record
from goen.places.models import Source


class Load(models.Model):
    """One file: how it was read, and that every row of it is accounted for.

    `mapping` is the plan it is read by, `preview` the counts shown before anything was written,
    `position` the receipts behind us: a load that was killed goes on from there.
    """

    uid = models.UUIDField(unique=True)
    kind = models.TextField()
    file_name = models.TextField()
    sha256 = models.TextField()
    mapping = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    target = models.TextField(default="")
    position = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)
    read = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    parked = models.BigIntegerField(default=0)
    state = models.TextField(default="received")
    actor = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")
    emptied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "received",
                        "counting",
                        "previewed",
                        "queued",
                        "direct",
                        "done",
                        "failed",
                        "handed_over",
                        "discarded",
                    ]
                ),
                name="links_load_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(read=F("loaded") + F("repeated") + F("parked")),
                name="links_load_accounted",
            ),
        )


class ParkedRow(models.Model):
    """A row that could not be used, as it was read, until it is emptied: place and reason stay.

    `emptied_why`: `erased`, it spoke of somebody who was erased; `kept_out`, its time was over.
    """

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+", db_index=False)
    row_no = models.BigIntegerField()
    code = models.TextField()
    field = models.TextField(default="")
    raw = models.JSONField()
    emptied_at = models.DateTimeField(null=True)
    emptied_why = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["load", "row_no"], name="links_parkedrow_key"),
        )


class Subscriber(models.Model):
    """Another system that is told what happens here, at one address, until it is ended.

    `secret` signs what is sent, so it is kept as it is; it is shown once, when it is made.
    """

    uid = models.UUIDField(unique=True)
    address = models.TextField()
    kinds = models.JSONField()
    secret = models.TextField()
    created_by = models.TextField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(ended_at__isnull=True),
                name="links_subscriber_address",
            ),
        )


class Delivery(models.Model):
    """One notice on its way to one subscriber.

    The id counts up in the order in which notices are heard, and is what the subscriber gets as
    `sequence`; of one subscriber and key only the lowest that is `waiting` is ever sent.
    """

    uid = models.UUIDField(unique=True)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    notice = models.ForeignKey(
        "kit.Notice", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField()
    key = models.TextField()
    state = models.TextField()
    tries = models.IntegerField()
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    error = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["subscriber", "notice", "kind"], name="links_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "delivered", "dead", "dropped"]),
                name="links_delivery_state",
            ),
        )
        indexes = (
            models.Index(
                fields=["subscriber", "key", "id"],
                condition=Q(state="waiting"),
                name="links_delivery_waiting",
            ),
            models.Index(
                fields=["subscriber", "id"], condition=Q(state="dead"), name="links_delivery_dead"
            ),
        )


class BroughtCoupon(models.Model):
    """A coupon that another system gave out in a measure, by its number there. Insert-only.

    What it takes off is not known, so it is no coupon of ours: it cannot be used at a till.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    measure = models.UUIDField(db_index=True)
    number = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "measure", "number"], name="links_broughtcoupon_once"
            ),
        )


class BroughtCouponItem(models.Model):
    """An article that a coupon of another system was good for, as its row says. Insert-only.

    `product` is the article's code there; `sku` is ours, where it was ever sold.
    """

    coupon = models.ForeignKey(
        BroughtCoupon, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    row_no = models.BigIntegerField()
    product = models.TextField()
    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["coupon", "row_no"], name="links_broughtcouponitem_once"
            ),
        )


class BroughtRedemption(models.Model):
    """A coupon of another system was used by somebody on a day. Insert-only.

    `document` is the receipt it was used with, as far as it can be told; `tie` says how: `article`
    (an article of the coupon had a coupon's discount), `discount` (something had), `day` (the only
    or first receipt of that day), `none`.
    """

    coupon = models.ForeignKey(
        BroughtCoupon, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    document = models.UUIDField(null=True)
    tie = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["coupon", "record", "day"], name="links_broughtredemption_once"
            ),
            models.CheckConstraint(
                condition=(Q(tie="none") & Q(document__isnull=True))
                | (~Q(tie="none") & Q(document__isnull=False)),
                name="links_broughtredemption_tie",
            ),
        )


class BroughtTrait(models.Model):
    """What another system knows of a customer or household beside contact data: a name, a value."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.TextField()
    value = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["record", "name"], name="links_broughttrait_once"),
        )
        indexes = (models.Index(fields=["name", "value"], name="links_broughttrait_value"),)


class Reconciled(models.Model):
    """One count of a source beside ours, and where the difference went. Written anew each time.

    `apart` is a list of {code, count}: the reasons; they and `ours` sum to `of_source`.
    """

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+", db_index=False)
    n = models.IntegerField()
    subject = models.TextField()
    of_source = models.BigIntegerField()
    ours = models.BigIntegerField()
    apart = models.JSONField(default=list)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["load", "n"], name="links_reconciled_once"),)
