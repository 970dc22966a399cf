"""The tables of the ledger. Nothing outside this package writes them."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from goen.kit.fields import Xid8Field


class Account(models.Model):
    """A holder's account in one unit (`goods:12`, `JPY`) and lot. `floor` bounds what it holds."""

    unit = models.TextField()
    lot = models.TextField(default="")
    holder = models.TextField()
    floor = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["unit", "holder", "lot"], name="ledger_account_key"),
        )
        indexes = (
            # Shelves and transfers are found by how their holder begins.
            models.Index(
                fields=["holder"], name="ledger_account_holder", opclasses=["text_pattern_ops"]
            ),
        )


class Balance(models.Model):
    """The checked cache of a floored account: Σ moves, and what live holds will take."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    posted = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    floor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(posted__gte=F("floor") + F("pending")), name="ledger_balance_floor"
            ),
            models.CheckConstraint(condition=Q(pending__gte=0), name="ledger_balance_pending"),
        )


class Move(models.Model):
    """A quantity that went from `source` to `target`. `(request, line)` makes it once-only."""

    request = models.UUIDField()
    line = models.IntegerField()
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    qty = models.BigIntegerField()
    reason = models.TextField()
    origin = models.TextField()
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    business_date = models.DateField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    xid = Xid8Field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["request", "line"], name="ledger_move_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="ledger_move_positive"),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="ledger_move_two_accounts"
            ),
        )
        indexes = (
            models.Index(fields=["origin"], name="ledger_move_origin"),
            BrinIndex(fields=["recorded_at"], name="ledger_move_recorded"),
            BrinIndex(fields=["business_date"], name="ledger_move_day"),
            models.Index(fields=["xid"], name="ledger_move_xid"),
        )


class Pending(models.Model):
    """A live hold: a move that is promised and not yet made. Deleted when resolved.

    `held` is what was held at first, `qty` what still is.
    """

    request = models.UUIDField()
    line = models.IntegerField()
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    qty = models.BigIntegerField()
    held = models.BigIntegerField()
    reason = models.TextField()
    origin = models.TextField()
    strength = models.SmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    business_date = models.DateField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["request", "line"], name="ledger_pending_once"),
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty__lte=F("held")), name="ledger_pending_positive"
            ),
        )
        indexes = (
            models.Index(
                fields=["expires_at"], name="ledger_pending_sweep", condition=~Q(expires_at=None)
            ),
            models.Index(fields=["source", "expires_at"], name="ledger_pending_source"),
        )


class Closed(models.Model):
    """How a hold ended, whole or in part: once, and repeatably answered.

    `closed_by` is the request that posted or voided it; nobody's when it expired. `held` is what
    was held at first: what ended and what is live of a hold come to it. `source` is where it was
    held; a hold that ended before that was noted does not say.
    """

    pending_id = models.BigIntegerField(primary_key=True)
    request = models.UUIDField()
    line = models.IntegerField()
    qty = models.BigIntegerField()
    held = models.BigIntegerField()
    source = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    how = models.TextField()
    closed_by = models.UUIDField(null=True, db_index=True)
    move = models.ForeignKey(Move, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(how__in=["posted", "voided", "expired"]), name="ledger_closed_how"
            ),
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty__lte=F("held")), name="ledger_closed_positive"
            ),
            models.CheckConstraint(
                condition=Q(how="posted", move__isnull=False)
                | (~Q(how="posted") & Q(move__isnull=True)),
                name="ledger_closed_move",
            ),
        )
        indexes = (models.Index(fields=["request", "line"], name="ledger_closed_hold"),)


class Reversed(models.Model):
    """How much of a move was taken back so far; never more than it moved."""

    move = models.OneToOneField(Move, primary_key=True, on_delete=models.PROTECT, related_name="+")
    qty = models.BigIntegerField()
    taken_back = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(taken_back__lte=F("qty"), taken_back__gte=0),
                name="ledger_reversed_bound",
            ),
        )


class Checkpoint(models.Model):
    """What the moves of an account come to, of all transactions below one: insert-only.

    Accounts without a floor keep no balance, so that nobody waits for them; this is where a
    reader of theirs begins.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    below = Xid8Field()
    posted = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "below"], name="ledger_checkpoint_key"),
        )


class Turnover(models.Model):
    """What moved through an account on a business day for a reason, of all transactions between
    the closing before and `below`: insert-only. Kept for accounts of places and of the world.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    reason = models.TextField()
    came = models.BigIntegerField()
    went = models.BigIntegerField()
    below = Xid8Field()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account", "business_date", "reason", "below"], name="ledger_turnover_key"
            ),
        )
        indexes = (
            models.Index(fields=["below"], name="ledger_turnover_below"),
            BrinIndex(fields=["business_date"], name="ledger_turnover_day"),
        )
