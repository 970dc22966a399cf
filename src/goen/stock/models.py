"""What the ledger's quantities do not say: for whom goods are held, what was sent where, counted.

No row here is a quantity that is believed: `stock_count` keeps what was found and the difference
it made, the rest are names of holders in the ledger.
"""

from django.db import models
from django.db.models import F, Q

from goen.catalogue.models import Sku
from goen.kit.fields import Xid8Field
from goen.places.models import Channel, Place
from goen.stock.rules import KINDS


class Hold(models.Model):
    """Goods kept for somebody. The ledger holds them under `request`, a new one when extended."""

    uid = models.UUIDField(unique=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    holder = models.TextField()
    request = models.UUIDField(unique=True)
    expires_at = models.DateTimeField(null=True)
    strength = models.SmallIntegerField()
    fingerprint = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="stock_hold_kind"),
        )
        indexes = (models.Index(fields=["holder"], name="stock_hold_holder"),)


class Transfer(models.Model):
    """Goods on their way between two places: the map from a holder in the ledger to the places."""

    uid = models.UUIDField(unique=True)
    source = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="stock_transfer_two_places"
            ),
        )


class Count(models.Model):
    """What was found of one SKU at one place at an instant. Insert-only.

    `booked` is what the books said of that instant, `difference` what was moved because of it: 0
    when a later count was here first.
    """

    uid = models.UUIDField()
    line = models.IntegerField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    qty = models.BigIntegerField()
    booked = models.BigIntegerField()
    difference = models.BigIntegerField()
    counted_at = models.DateTimeField()
    fingerprint = models.TextField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["uid", "line"], name="stock_count_once"),
            models.CheckConstraint(condition=Q(qty__gte=0), name="stock_count_qty"),
        )
        indexes = (models.Index(fields=["place", "sku", "-counted_at"], name="stock_count_last"),)


class Safety(models.Model):
    """What is kept back, from a day on; an empty SKU, place or channel means all of them."""

    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    safety = models.BigIntegerField()
    buffer = models.BigIntegerField()
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["sku", "place", "channel", "valid_from"],
                name="stock_safety_key",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(safety__gte=0, buffer__gte=0), name="stock_safety_positive"
            ),
        )
