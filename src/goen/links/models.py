"""What came in from outside, and what could not be used, with the reason."""

from django.db import models


class Load(models.Model):
    """One file: how it was read, and that every row of it is accounted for."""

    uid = models.UUIDField(unique=True)
    kind = models.TextField()
    file_name = models.TextField()
    sha256 = models.TextField()
    mapping = models.JSONField(default=dict)
    read = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    parked = models.BigIntegerField(default=0)
    state = models.TextField(default="previewed")
    actor = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")


class ParkedRow(models.Model):
    """A row that could not be used. The row is kept as it was read."""

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="+")
    row_no = models.BigIntegerField()
    code = models.TextField()
    field = models.TextField(default="")
    raw = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["load", "row_no"], name="links_parkedrow_key"),
        )
