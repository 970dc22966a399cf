"""Tenders: the ways one document was paid, and what went back by them."""

from django.db import models


class Tender(models.Model):
    """One way of paying one document. `tendered − change = amount` for cash."""

    document = models.UUIDField()
    line = models.SmallIntegerField()
    kind = models.TextField()
    amount_minor = models.BigIntegerField()
    tendered_minor = models.BigIntegerField()
    currency = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["document", "line"], name="payments_tender_key"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "cash",
                        "card",
                        "qr",
                        "emoney",
                        "transfer",
                        "cod",
                        "invoice",
                        "points",
                        "other",
                    ]
                ),
                name="payments_tender_kind",
            ),
        )


class Refund(models.Model):
    """What one return gave back by one tender of its document. Insert-only.

    `slip` is the return's id, `tender` the tender's line on the document.
    """

    slip = models.UUIDField()
    document = models.UUIDField()
    tender = models.SmallIntegerField()
    kind = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slip", "tender"], name="payments_refund_key"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_refund_positive"
            ),
        )
        indexes = (models.Index(fields=["document"], name="payments_refund_document"),)
