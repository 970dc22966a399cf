"""What came in from outside, with the reason for what could not be used; what goes out."""

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
