"""Masters of the places a retailer sells from and the people who work there."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Entity(models.Model):
    """A company that sells in its own name, with its own registration number."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    registration_no = models.TextField(blank=True, default="")
    rounding = models.TextField(default="floor")
    currency = models.TextField(default="JPY")
    address = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(rounding__in=["floor", "ceil", "half_up"]),
                name="places_entity_rounding",
            ),
        )


class Place(models.Model):
    """A store, warehouse or web shop. Facts before the cut-over days are history."""

    code = models.TextField(unique=True)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    name = models.JSONField()
    timezone = models.TextField(default="Asia/Tokyo")
    day_change_hour = models.SmallIntegerField(default=0)
    goods_from = models.DateField(null=True)
    payments_from = models.DateField(null=True)
    address = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["store", "warehouse", "ec", "mall"]),
                name="places_place_kind",
            ),
        )


class Channel(models.Model):
    """A sales channel: store, own web shop, marketplace, SNS shop, telephone, paper."""

    code = models.TextField(unique=True)
    kind = models.TextField()
    name = models.JSONField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["store", "ec", "mall", "sns", "phone", "paper"]),
                name="places_channel_kind",
            ),
        )


class Till(models.Model):
    """A register. Its sales carry a gapless number of their own, `till_seq`."""

    code = models.TextField(unique=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    name = models.JSONField()


class Source(models.Model):
    """A system that facts come from. `trust` ranks whose attributes are shown first."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    trust = models.SmallIntegerField(default=0)


class StaffManager(BaseUserManager["Staff"]):
    """Makes staff by login."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(login=username)


class Staff(AbstractBaseUser):
    """Someone who works here and logs in. `role` decides what they see."""

    login = models.TextField(unique=True)
    code = models.TextField(unique=True)
    name = models.JSONField()
    role = models.TextField()
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)
    language = models.TextField(blank=True, default="")
    mail = models.TextField(blank=True, default="")

    USERNAME_FIELD = "login"
    objects = StaffManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=["hq", "marketer", "store", "operations", "partner"]),
                name="places_staff_role",
            ),
        )


class Invitation(models.Model):
    """A link that lets one member of staff set a password, once. Kept as the hash of its token."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    kind = models.TextField()
    token_hash = models.BinaryField(unique=True)
    made_by = models.TextField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["invite", "reset"]), name="places_invitation_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="places_invitation_ends_once",
            ),
            models.UniqueConstraint(
                fields=["staff"],
                condition=models.Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="places_invitation_one_open",
            ),
        )


class Authenticator(models.Model):
    """What a member of staff's authenticator app counts with. On once a code confirmed it."""

    staff = models.OneToOneField(
        Staff, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    sealed_secret = models.TextField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator once. Kept as its hash."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    code_hash = models.BinaryField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["staff", "code_hash"], name="places_recoverycode_once_each"
            ),
        )


class Passkey(models.Model):
    """A key pair of which this is the public half; `sign_count` only grows, or stays 0."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    rp_id = models.TextField()
    sign_count = models.BigIntegerField(default=0)
    name = models.TextField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Session(models.Model):
    """A browser that somebody is signed in with; without staff, one that is about to be."""

    key_hash = models.BinaryField(unique=True)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField()
    how = models.TextField(blank=True, default="")
    agent = models.TextField(blank=True, default="")
    address = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    idle_until = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=["staff", "seen_at"], name="places_session_of_staff"),)


class Knock(models.Model):
    """A wrong password, or a link asked for, by somebody who is not known yet; kept for a day.

    `mark` is a keyed hash of what it counts against: a login as typed, an address, a browser.
    """

    mark = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["mark", "at"], name="places_knock_of_mark"),
            models.Index(fields=["at"], name="places_knock_at"),
        )


class Try(models.Model):
    """A wrong code or password of somebody who was known already: too many, and they wait."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    kind = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["staff", "at"], name="places_try_of_staff"),)
