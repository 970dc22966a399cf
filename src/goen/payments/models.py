"""Tenders: the ways one document was paid."""

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
