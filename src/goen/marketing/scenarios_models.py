"""Scenarios as they are kept: the flow, its steps, and everybody's way through it.

People are known by person as they entered and by one record of theirs; the record says who they
are now.
"""

from django.db import models
from django.db.models import F, Q

from goen.customers.models import Record
from goen.marketing.scenarios_rules import (
    EXITS,
    JOURNEY_STATES,
    LIVE,
    OUTCOMES,
    STEP_KINDS,
    TRIGGERS,
)


class Scenario(models.Model):
    """A measure that goes on by itself, person by person. Whom it is for stands in the measure.

    `days` belongs to the trigger (within how many days). `reentry_days` None: once in a life.
    Who waits longer than `patience_days` for others leaves. Mail leaves from `from_hour` to
    `until_hour`, the shop's own time. The shares are those it was begun with.
    """

    measure = models.OneToOneField("marketing.Measure", on_delete=models.PROTECT, related_name="+")
    trigger = models.TextField()
    days = models.IntegerField(default=7)
    exit_when = models.TextField(default="bought")
    exits = models.JSONField(default=dict)
    priority = models.IntegerField(default=50)
    reentry_days = models.IntegerField(null=True)
    patience_days = models.IntegerField(default=14)
    from_hour = models.IntegerField(default=9)
    until_hour = models.IntegerField(default=20)
    control_share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    holdout_share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor = models.TextField()
    begun_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_why = models.TextField(default="")
    looked_at = models.DateTimeField(null=True)
    seen_as_of = models.DateTimeField(null=True)
    next_mail_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(trigger__in=list(TRIGGERS)), name="marketing_scenario_trigger"
            ),
            models.CheckConstraint(
                condition=Q(exit_when__in=list(EXITS)), name="marketing_scenario_exit"
            ),
            models.CheckConstraint(
                condition=Q(
                    days__gt=0, priority__gte=1, priority__lte=100, patience_days__gt=0,
                    from_hour__gte=0, until_hour__lte=24, from_hour__lt=F("until_hour"),
                ),
                name="marketing_scenario_bounds",
            ),
            models.CheckConstraint(
                condition=Q(begun_at=None) | Q(control_share__isnull=False,
                                               holdout_share__isnull=False),
                name="marketing_scenario_begun",
            ),
        )  # fmt: skip


class Step(models.Model):
    """One step of a scenario, in order of `n`. Fixed once the scenario has begun."""

    scenario = models.ForeignKey(
        Scenario, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    uid = models.UUIDField(unique=True)
    n = models.IntegerField()
    kind = models.TextField()
    says = models.JSONField(default=dict)
    message = models.ForeignKey(
        "marketing.Message", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["scenario", "n"], name="marketing_step_order",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(STEP_KINDS)), name="marketing_step_kind"
            ),
        )  # fmt: skip


class Journey(models.Model):
    """One person's way through a scenario. `step` is the one that comes next, not before `due_at`.

    `waiting_for` says why it does not go on; of kind `priority`, for which scenario. Who is in no
    treated arm is `observed`: nothing is done, to measure by.
    """

    scenario = models.ForeignKey(
        Scenario, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    person_id = models.BigIntegerField()
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    arm = models.TextField()
    state = models.TextField()
    step = models.ForeignKey(
        Step, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    waiting_for = models.TextField(default="")
    waiting_scenario = models.ForeignKey(
        Scenario, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    waiting_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cause = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["scenario", "person_id"],
                condition=Q(state__in=list(LIVE)),
                name="marketing_journey_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(JOURNEY_STATES)), name="marketing_journey_state"
            ),
            models.CheckConstraint(
                condition=Q(arm__in=["treated", "control", "holdout"]),
                name="marketing_journey_arm",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        state__in=list(LIVE),
                        arm="treated",
                        ended_at=None,
                        step__isnull=False,
                        due_at__isnull=False,
                    )
                    | (~Q(state__in=list(LIVE)) & Q(ended_at__isnull=False, step=None, due_at=None))
                ),
                name="marketing_journey_goes",
            ),
            models.CheckConstraint(
                condition=(Q(state="waiting") & ~Q(waiting_for="") & Q(waiting_since__isnull=False))
                | (
                    ~Q(state="waiting")
                    & Q(waiting_for="", waiting_since=None, waiting_scenario=None)
                ),
                name="marketing_journey_waits",
            ),
            models.CheckConstraint(
                condition=(Q(state="left") & ~Q(cause="")) | (~Q(state="left") & Q(cause="")),
                name="marketing_journey_cause",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"], name="marketing_journey_due",
                condition=Q(state__in=list(LIVE)),
            ),
            models.Index(
                fields=["scenario", "person_id", "-entered_at"], name="marketing_journey_of"
            ),
            models.Index(fields=["person_id"], name="marketing_journey_person"),
        )  # fmt: skip


class StepDone(models.Model):
    """A step of a journey that is over, once. Insert-only."""

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField()
    cause = models.TextField(default="")
    delivery = models.ForeignKey(
        "marketing.Delivery", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["journey", "step"], name="marketing_stepdone_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=list(OUTCOMES)), name="marketing_stepdone_outcome"
            ),
        )


class Task(models.Model):
    """Something that staff are asked to do for one person, by a day. Done or taken away once."""

    uid = models.UUIDField(unique=True)
    journey = models.ForeignKey(Journey, null=True, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.TextField()
    text = models.TextField(default="")
    place_id = models.BigIntegerField(null=True)
    due_on = models.DateField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(default="")
    note = models.TextField(default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(done_at=None, done_by="") | (Q(done_at__isnull=False) & ~Q(done_by="")),
                name="marketing_task_done",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on", "id"], name="marketing_task_open", condition=Q(done_at=None)
            ),
        )
