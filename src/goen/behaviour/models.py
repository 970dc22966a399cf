"""Behaviour that explains a purchase."""

from django.db import models

from goen.behaviour.rules import KINDS
from goen.customers.models import Record
from goen.kit.fields import Numeric, Xid8Field
from goen.places.models import Source


class Reason(models.Model):
    """Why something was bought: said by the shopper, noted by staff, or inferred; never mixed.

    `document` is the id of the sale, kept as an opaque value.
    """

    uid = models.UUIDField(unique=True)
    document = models.UUIDField(db_index=True)
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.TextField()
    code = models.TextField()
    note = models.TextField(default="")
    confidence = Numeric(null=True)
    rule = models.TextField(default="")
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(basis__in=["stated", "staff", "inferred"]),
                name="behaviour_reason_basis",
            ),
        )


class Visitor(models.Model):
    """A device or browser as one system knows it, whoever uses it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="behaviour_visitor_key"),
        )


class Login(models.Model):
    """A visitor was named together with a record, from when to when by the sender's clock."""

    visitor = models.ForeignKey(Visitor, on_delete=models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["visitor", "record"], name="behaviour_login_once"),
        )
        indexes = (models.Index(fields=["xid"], name="behaviour_login_xid"),)


class Event(models.Model):
    """What a shopper did, as told. Insert-only; partitioned by the month of the sender's clock.

    `document`, `origin`, SKU, place and channel are opaque ids. `corrected_at` is the moment by our
    clock where the sender's is known to be wrong. The primary key is (month, id).
    """

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    message_id = models.TextField()
    month = models.DateField()
    kind = models.TextField()
    occurred_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    record_id = models.BigIntegerField(null=True)
    visitor_id = models.BigIntegerField(null=True)
    sku_id = models.BigIntegerField(null=True)
    place_id = models.BigIntegerField(null=True)
    channel_id = models.BigIntegerField(null=True)
    document = models.UUIDField(null=True)
    origin = models.TextField(default="")
    text = models.TextField(default="")
    detail = models.JSONField(default=dict)
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "message_id", "month"], name="behaviour_event_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=list(KINDS)), name="behaviour_event_kind"
            ),
        )
        indexes = (
            models.Index(
                fields=["record_id", "occurred_at"],
                name="behaviour_event_record",
                condition=models.Q(record_id__isnull=False),
            ),
            models.Index(
                fields=["visitor_id", "occurred_at"],
                name="behaviour_event_visitor",
                condition=models.Q(visitor_id__isnull=False),
            ),
            models.Index(fields=["xid", "id"], name="behaviour_event_xid"),
        )
