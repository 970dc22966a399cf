"""Records of the kit: settings, keys, notices on their way out, progress, and the trail."""

from django.db import models

from goen.kit.fields import Xid8Field


class Setting(models.Model):
    """A value the shop may change without a release."""

    name = models.TextField(primary_key=True)
    value = models.JSONField()
    changed_by = models.TextField()
    changed_at = models.DateTimeField()


class Notice(models.Model):
    """The outbox: something that happened, written in the transaction that did it."""

    xid = Xid8Field()
    kind = models.TextField()
    key = models.TextField()
    body = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["xid", "id"], name="kit_notice_order"),)


class Relay(models.Model):
    """How far a consumer has read the outbox: everything up to (xid, notice) is done."""

    consumer = models.TextField(primary_key=True)
    xid = models.TextField(default="0")
    notice_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)


class ParkedNotice(models.Model):
    """A notice a consumer could not handle; it waits here and the rest goes on."""

    consumer = models.TextField()
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+")
    error = models.TextField()
    parked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["consumer", "notice"], name="kit_parked_once"),
        )


class Trail(models.Model):
    """Who did and who saw what. Insert-only."""

    at = models.DateTimeField()
    actor = models.TextField()
    verb = models.TextField()
    kind = models.TextField()
    subject = models.TextField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=["kind", "subject", "at"], name="kit_trail_subject"),
            models.Index(fields=["at", "id"], name="kit_trail_time"),
            models.Index(fields=["actor", "at", "id"], name="kit_trail_actor"),
            models.Index(fields=["kind", "at", "id"], name="kit_trail_kind"),
            models.Index(fields=["verb", "at", "id"], name="kit_trail_verb"),
        )


class Key(models.Model):
    """An API key. Only its hash is kept; `prefix` tells keys apart on screen."""

    name = models.TextField()
    prefix = models.TextField(unique=True)
    hash = models.BinaryField()
    scopes = models.JSONField(default=list)
    created_by = models.TextField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Progress(models.Model):
    """Long work in the background, for the bar on a page. Done when `finished_at` is set."""

    name = models.TextField(primary_key=True)
    label = models.JSONField()
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")
