"""Routines as they are kept: the rule in its versions, and the tasks that were made by it.

Promises: a period's task is there once for each owner (a key); a version of the rule stays as it
was written, so that a task tells for ever by which rule it was made.
"""

from django.db import models
from django.db.models import F, Q

from goen.marketing.routines import CLOSED, EVERY, OWNERS
from goen.places.models import Place, Staff


class Routine(models.Model):
    """What is done again and again. `next_period_on` is the day of the turn that comes next, and
    `next_asked_on` when it is asked for."""

    uid = models.UUIDField(unique=True)
    created_at = models.DateTimeField()
    actor = models.TextField()
    next_period_on = models.DateField()
    next_asked_on = models.DateField()
    paused_at = models.DateTimeField(null=True)
    paused_why = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_asked_on"],
                condition=Q(paused_at=None, ended_at=None),
                name="marketing_routine_next",
            ),
        )


class RoutineRule(models.Model):
    """How a routine is done from a day on. Insert-only.

    `weekday` 0 is Monday; `month_day` 31 is the last day of any month. `template` names the ready
    one it was taken from.
    """

    routine = models.ForeignKey(Routine, on_delete=models.PROTECT, related_name="+", db_index=False)
    n = models.IntegerField()
    from_on = models.DateField()
    title = models.TextField()
    text = models.TextField(default="")
    every = models.TextField()
    weekday = models.SmallIntegerField(default=0)
    month_day = models.SmallIntegerField(default=1)
    moves = models.BooleanField(default=False)
    days = models.SmallIntegerField()
    owner = models.TextField()
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.TextField(default="")
    place = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    page = models.TextField(default="")
    template = models.TextField(default="")
    written_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["routine", "n"], name="marketing_routinerule_n"),
            models.CheckConstraint(
                condition=Q(
                    every__in=list(EVERY), weekday__range=(0, 6), month_day__range=(1, 31),
                    days__range=(0, 27),
                ),
                name="marketing_routinerule_rhythm",
            ),
            models.CheckConstraint(
                condition=Q(owner="staff", staff__isnull=False, role="", place=None)
                | (Q(owner__in=OWNERS[1:], staff=None) & ~Q(role="")),
                name="marketing_routinerule_owner",
            ),
        )  # fmt: skip


class RoutineTask(models.Model):
    """One turn of a routine for one owner. `closed_on` is the day where the shop is; `figure` what
    the page showed then."""

    uid = models.UUIDField(unique=True)
    routine = models.ForeignKey(Routine, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(
        RoutineRule, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    period_on = models.DateField()
    asked_on = models.DateField()
    due_on = models.DateField()
    ends_on = models.DateField()
    staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.TextField(default="")
    place = models.ForeignKey(
        Place, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    closed_as = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)
    closed_by = models.TextField(default="")
    note = models.TextField(default="")
    figure = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["routine", "period_on", "staff", "role", "place"],
                nulls_distinct=False,
                name="marketing_routinetask_once",
            ),
            models.CheckConstraint(
                condition=Q(asked_on__lte=F("due_on"), due_on__lte=F("ends_on")),
                name="marketing_routinetask_days",
            ),
            models.CheckConstraint(
                condition=Q(closed_as="", closed_at=None, closed_on=None, closed_by="", figure=None)
                | (
                    Q(closed_as__in=list(CLOSED), closed_at__isnull=False, closed_on__isnull=False)
                    & ~Q(closed_by="")
                ),
                name="marketing_routinetask_closed",
            ),
            models.CheckConstraint(
                condition=~Q(closed_as="excused") | ~Q(note=""),
                name="marketing_routinetask_excused",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on", "id"],
                condition=Q(closed_as=""),
                name="marketing_routinetask_open",
            ),
        )
