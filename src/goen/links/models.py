"""What came in from outside, and what could not be used, with the reason."""

from django.db import models
from django.db.models import F, Q


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
    """A row that could not be used. The row is kept as it was read."""

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+", db_index=False)
    row_no = models.BigIntegerField()
    code = models.TextField()
    field = models.TextField(default="")
    raw = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["load", "row_no"], name="links_parkedrow_key"),
        )
