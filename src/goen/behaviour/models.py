"""Behaviour that explains a purchase."""

from django.db import models

from goen.customers.models import Record
from goen.kit.fields import Numeric


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
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(basis__in=["stated", "staff", "inferred"]),
                name="behaviour_reason_basis",
            ),
        )
