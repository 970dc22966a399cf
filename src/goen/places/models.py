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

    USERNAME_FIELD = "login"
    objects = StaffManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=["hq", "marketer", "store", "operations", "partner"]),
                name="places_staff_role",
            ),
        )
