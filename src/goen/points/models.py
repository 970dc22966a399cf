"""Point accounts and the lots in them; coupons and their kinds.

How many points an account holds is the ledger's to say. Lots are a sub-ledger of it: which of the
points are which, and when they end. What is left in an account's lots is what its account in the
ledger can still give; both change in one transaction, under the account's lock.
"""

from django.db import models
from django.db.models import F, Q

from goen.customers.models import Record
from goen.points.rules import BASES, LOT_KINDS, METHODS, OWED_POLICIES, USE_KINDS


class Programme(models.Model):
    """The rules of one kind of points: one point is worth one minor unit of its currency."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    currency = models.TextField(unique=True)
    per_minor = models.BigIntegerField()
    basis = models.TextField(default="gross")
    expires_months = models.IntegerField(null=True)
    confirm_days = models.IntegerField(default=0)
    grace_days = models.IntegerField(default=30)
    points_from = models.DateField(null=True)
    owed_policy = models.TextField(default="owed")
    spend_allowed = models.BooleanField(default=True)
    timezone = models.TextField(default="Asia/Tokyo")
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(per_minor__gt=0, confirm_days__gte=0, grace_days__gte=0)
                & (Q(expires_months=None) | Q(expires_months__gt=0)),
                name="points_programme_bounds",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=list(BASES)), name="points_programme_basis"
            ),
            models.CheckConstraint(
                condition=Q(owed_policy__in=list(OWED_POLICIES)), name="points_programme_owed"
            ),
        )


class Account(models.Model):
    """One balance of points. `owed` is the checked cache of what later points pay first.

    `free` is that of what its lots have free, those included whose last day is over until they
    are swept: lists are ordered by it.
    """

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    owed = models.BigIntegerField(default=0)
    free = models.BigIntegerField(default=0)
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(owed__gte=0), name="points_account_owed"),
            models.CheckConstraint(condition=Q(free__gte=0), name="points_account_free"),
        )
        indexes = (
            models.Index(fields=["programme", "-free", "id"], name="points_account_most"),
            models.Index(
                fields=["programme", "id"], name="points_account_owing", condition=Q(owed__gt=0)
            ),
        )


class Membership(models.Model):
    """A record that earns on an account, and may spend from it or not (a family's card)."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    may_spend = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["record", "programme"], name="points_membership_once"),
        )


class Lot(models.Model):
    """Points that came in together. `request` posted them, `earned_by` is what they are for.

    `free` is what of them can still be spent.
    """

    uid = models.UUIDField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    request = models.UUIDField()
    earned_by = models.UUIDField(db_index=True)
    qty = models.BigIntegerField()
    free = models.BigIntegerField()
    earned_on = models.DateField()
    expires_on = models.DateField(null=True)
    expired_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=list(LOT_KINDS)), name="points_lot_kind"),
            models.CheckConstraint(
                condition=Q(qty__gt=0, free__gte=0, free__lte=F("qty")), name="points_lot_free"
            ),
        )
        indexes = (
            models.Index(fields=["account", "expires_on"], name="points_lot_account"),
            # With what it takes to add them up, so that the whole shop's need no lot be opened.
            models.Index(
                fields=["expires_on"],
                include=["account", "free"],
                name="points_lot_ends",
                condition=Q(free__gt=0),
            ),
        )


class Use(models.Model):
    """One change of one lot, by one request. `of` is the request that it answers. Insert-only."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    request = models.UUIDField(db_index=True)
    kind = models.TextField()
    of = models.UUIDField(null=True, db_index=True)
    qty = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=list(USE_KINDS), qty__gt=0), name="points_use_kind"
            ),
        )


class Loan(models.Model):
    """Points that one account of a person spent of another's: a lot here is of that lot there.

    `record` spent them. Closed when they are two people again: what is left goes back, what is
    spent is owed.
    """

    lot = models.OneToOneField(Lot, primary_key=True, on_delete=models.PROTECT, related_name="+")
    of = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    qty = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(qty__gt=0), name="points_loan_qty"),)


class Earning(models.Model):
    """Points that are earned and not yet the shopper's: the ledger holds them until confirmed."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    request = models.UUIDField()
    qty = models.BigIntegerField()
    pending = models.BigIntegerField()
    earned_on = models.DateField()
    confirm_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["request", "account"], name="points_earning_once"),
            models.CheckConstraint(
                condition=Q(qty__gt=0, pending__gte=0, pending__lte=F("qty")),
                name="points_earning_pending",
            ),
        )
        indexes = (
            models.Index(
                fields=["confirm_on"], name="points_earning_due", condition=Q(pending__gt=0)
            ),
        )


class Grant(models.Model):
    """Points given by hand, by a campaign, or taken over from another system."""

    uid = models.UUIDField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    fingerprint = models.TextField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()


class CouponKind(models.Model):
    """What coupons of one kind take off, and when."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    currency = models.TextField()
    method = models.TextField()
    value = models.BigIntegerField()
    alone = models.BooleanField(default=False)
    least_minor = models.BigIntegerField(default=0)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(method__in=list(METHODS), value__gt=0, least_minor__gte=0)
                & (Q(method="amount") | Q(value__lte=10_000)),
                name="points_couponkind_terms",
            ),
        )


class Coupon(models.Model):
    """One instrument by its number, for one record or for whoever has it.

    How many uses it still has is the balance of its account in the ledger.
    """

    uid = models.UUIDField(unique=True)
    kind = models.ForeignKey(CouponKind, on_delete=models.PROTECT, related_name="+")
    number = models.TextField(unique=True)
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    uses = models.BigIntegerField()
    fingerprint = models.TextField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(uses__gt=0), name="points_coupon_uses"),)
