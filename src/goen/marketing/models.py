"""Measures and why they are done, who they are for, what was sent, and what is proposed to whom.

People are known by person and by one record of theirs: a person may be merged later, and the
record says who they are then. Contact data are never kept here.
"""

from django.db import models
from django.db.models import F, Q

from goen.catalogue.models import Sku
from goen.customers.models import Record
from goen.marketing.rules import (
    ARMS,
    CAUSE_KINDS,
    CHANNELS,
    DELIVERY_STATES,
    ENDINGS,
    FINDING_KINDS,
    MEASURE_KINDS,
    MEASURE_STATES,
    PROPOSAL_KINDS,
    RUN_STATES,
)


class Axis(models.Model):
    """An appeal point: what is said of a product or brand, in one idea, from a day to a day."""

    code = models.TextField(unique=True)
    name = models.JSONField()
    about = models.JSONField(default=dict)
    skus = models.JSONField(default=list)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    changed_by = models.TextField()
    changed_at = models.DateTimeField()


class Opposition(models.Model):
    """Two appeal points that contradict each other when both are said at once."""

    axis_a = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="+")
    axis_b = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="+")
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["axis_a", "axis_b"], name="marketing_opposition_once"),
            models.CheckConstraint(
                condition=Q(axis_a__lt=F("axis_b")), name="marketing_opposition_order"
            ),
        )


class Measure(models.Model):
    """Something that is done so that people come back. What it says is in its versions."""

    uid = models.UUIDField(unique=True)
    number = models.IntegerField(unique=True)
    state = models.TextField(default="draft")
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=list(MEASURE_STATES)), name="marketing_measure_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"]) | Q(launched_at__isnull=False),
                name="marketing_measure_launched",
            ),
        )
        indexes = (models.Index(fields=["state", "number"], name="marketing_measure_by_state"),)


class Version(models.Model):
    """What a measure is, as written at one time. Insert-only; the newest holds.

    `reason`, `evidence` and `expected` are the why; a launched measure's are added to only.
    `skus` are the products it is about, none: the shop. `builds_on` are numbers of measures whose
    learning it rests on. `window_days` is how long after its end its effect is counted.
    `conditions` are who it is for, as the segment said when this was written; `made_from` is the
    page it was begun on.
    """

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    n = models.IntegerField()
    title = models.TextField()
    kind = models.TextField(default="initiative")
    trigger = models.TextField(default="")
    reason = models.TextField(default="")
    evidence = models.TextField(default="")
    expected = models.TextField(default="")
    expected_minor = models.BigIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    window_days = models.IntegerField(default=28)
    control_share = models.DecimalField(max_digits=5, decimal_places=4, default=0.1)
    skus = models.JSONField(default=list)
    builds_on = models.JSONField(default=list)
    segment = models.ForeignKey(
        "Segment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    conditions = models.JSONField(default=dict)
    made_from = models.TextField(default="")
    coupon_kind = models.TextField(default="")
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["measure", "n"], name="marketing_version_once"),
            models.CheckConstraint(
                condition=Q(kind__in=list(MEASURE_KINDS)), name="marketing_version_kind"
            ),
            models.CheckConstraint(
                condition=Q(control_share__gte=0, control_share__lt=1, window_days__gt=0),
                name="marketing_version_bounds",
            ),
        )


class Placement(models.Model):
    """Where a measure speaks: one medium, from a day to a day, with its appeal point and cost.

    Taken away (before launch) or ended early by `ended_on`; never deleted once launched.
    """

    uid = models.UUIDField(unique=True)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    channel = models.TextField()
    medium = models.TextField(default="")
    axis = models.ForeignKey(Axis, null=True, on_delete=models.PROTECT, related_name="+")
    says = models.TextField(default="")
    material = models.TextField(default="")
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_on = models.DateField(null=True)
    cost_minor = models.BigIntegerField(default=0)
    place_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(channel__in=list(CHANNELS)), name="marketing_placement_channel"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on"), cost_minor__gte=0),
                name="marketing_placement_bounds",
            ),
        )
        indexes = (models.Index(fields=["starts_on", "ends_on"], name="marketing_placement_days"),)


class Remark(models.Model):
    """What was added to a measure later: evidence, a cost, a note, what was learnt. Insert-only."""

    uid = models.UUIDField(unique=True)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    text = models.TextField()
    cost_minor = models.BigIntegerField(default=0)
    detail = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["evidence", "cost", "note", "learning", "decision"]),
                name="marketing_remark_kind",
            ),
        )


class Finding(models.Model):
    """Two measures that say different things of one product to the same people at one time.

    Of kind `axes`; `offers` are two stores that write to the same people. One measure may
    contradict itself from channel to channel. Open until it is accepted, with a reason and an
    end, or no longer so; it stays on record.
    """

    kind = models.TextField(default="axes")
    channels_a = models.JSONField(default=list)
    channels_b = models.JSONField(default=list)
    skus = models.JSONField(default=list)
    measure_a = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    measure_b = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    axis_a = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="+")
    axis_b = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="+")
    opposed = models.BooleanField(default=False)
    overlap = models.BigIntegerField(null=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.TextField(default="")
    accepted_why = models.TextField(default="")
    accepted_until = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "measure_a", "measure_b", "sku", "axis_a", "axis_b"],
                name="marketing_finding_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(measure_a__lte=F("measure_b")), name="marketing_finding_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(FINDING_KINDS)), name="marketing_finding_kind"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None)
                | (~Q(accepted_why="") & Q(accepted_until__isnull=False)),
                name="marketing_finding_accepted",
            ),
        )


class Cause(models.Model):
    """Something outside that moved figures: a competitor, weather, law, media. Entered by hand.

    Measures are causes by themselves. A row that was wrong is taken back, never deleted.
    """

    uid = models.UUIDField(unique=True)
    kind = models.TextField()
    title = models.TextField()
    note = models.TextField(default="")
    first_on = models.DateField()
    last_on = models.DateField()
    place_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=list(CAUSE_KINDS)), name="marketing_cause_kind"
            ),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="marketing_cause_days"
            ),
        )
        indexes = (models.Index(fields=["first_on", "last_on"], name="marketing_cause_by_day"),)


class Segment(models.Model):
    """People who fulfil conditions, whoever they are at the time of asking. Has a name."""

    uid = models.UUIDField(unique=True)
    name = models.TextField()
    conditions = models.JSONField()
    made_from = models.TextField(default="")
    shared = models.BooleanField(default=True)
    created_by = models.TextField()
    created_at = models.DateTimeField()
    changed_by = models.TextField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)


class TargetList(models.Model):
    """People as they were found at one moment, for one measure. Frozen: rows are never changed."""

    uid = models.UUIDField(unique=True)
    measure = models.ForeignKey(Measure, null=True, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, null=True, on_delete=models.PROTECT, related_name="+")
    conditions = models.JSONField()
    channel = models.TextField(default="mail")
    control_share = models.DecimalField(max_digits=5, decimal_places=4)
    holdout_share = models.DecimalField(max_digits=5, decimal_places=4)
    found = models.BigIntegerField()
    counts = models.JSONField()
    made_at = models.DateTimeField()
    as_of = models.DateTimeField(null=True)
    actor = models.TextField()


class Target(models.Model):
    """One person of a list: an arm, or the cause why they are left out."""

    target_list = models.ForeignKey(
        TargetList, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    person_id = models.BigIntegerField()
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    arm = models.TextField()
    cause = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["target_list", "person_id"], name="marketing_target_once"
            ),
            models.CheckConstraint(condition=Q(arm__in=list(ARMS)), name="marketing_target_arm"),
            models.CheckConstraint(
                condition=(Q(arm="excluded") & ~Q(cause="")) | (~Q(arm="excluded") & Q(cause="")),
                name="marketing_target_cause",
            ),
        )
        indexes = (models.Index(fields=["person_id"], name="marketing_target_person"),)


class Message(models.Model):
    """A mail as written: subject and parts with merge fields. Insert-only; the newest holds."""

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    n = models.IntegerField()
    subject = models.TextField()
    preheader = models.TextField(default="")
    parts = models.JSONField()
    sender_name = models.TextField(default="")
    language = models.TextField(default="ja")
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["measure", "n"], name="marketing_message_once"),
        )


class Run(models.Model):
    """One sending of one message to one list. Can be recalled until `starts_at`."""

    uid = models.UUIDField(unique=True)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    target_list = models.OneToOneField(TargetList, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(default="waiting")
    starts_at = models.DateTimeField()
    per_minute = models.IntegerField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cause = models.TextField(default="")
    next_block_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=list(RUN_STATES)), name="marketing_run_state"
            ),
            models.CheckConstraint(condition=Q(per_minute__gt=0), name="marketing_run_rate"),
        )
        indexes = (
            models.Index(
                fields=["starts_at"],
                name="marketing_run_due",
                condition=Q(state__in=["waiting", "sending"]),
            ),
        )


class Delivery(models.Model):
    """One message to one person, once. `token` is how its links know it."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_id = models.BigIntegerField()
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.TextField(unique=True)
    state = models.TextField(default="queued")
    cause = models.TextField(default="")
    answer = models.TextField(default="")
    coupon = models.TextField(default="")
    tries = models.SmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["run", "person_id"], name="marketing_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=list(DELIVERY_STATES)), name="marketing_delivery_state"
            ),
        )
        indexes = (
            models.Index(fields=["person_id", "sent_at"], name="marketing_delivery_person"),
            models.Index(
                fields=["run", "id"],
                name="marketing_delivery_due",
                condition=Q(state__in=["queued", "sending"]),
            ),
        )


class MailCheck(models.Model):
    """What was found when a mail was rendered for everybody it may be for. Asked again, done anew.

    `audience` stands for the conditions. `found` counts people by what they lack.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+", db_index=False)
    audience = models.TextField()
    conditions = models.JSONField()
    asked_at = models.DateTimeField()
    total = models.IntegerField(null=True)
    done = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    found = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["message", "audience"], name="marketing_mailcheck_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["asked_at"],
                name="marketing_mailcheck_due",
                condition=Q(finished_at=None),
            ),
        )


class Proposal(models.Model):
    """What is proposed to one person, and why. One at a time; `arm` says whether it is shown."""

    uid = models.UUIDField(unique=True)
    person_id = models.BigIntegerField()
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.JSONField(default=dict)
    stake_minor = models.BigIntegerField(default=0)
    rule = models.TextField()
    arm = models.TextField()
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_how = models.TextField(default="")
    taken_document = models.UUIDField(null=True)
    ended_why = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person_id"],
                condition=Q(ended_at=None),
                name="marketing_proposal_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(PROPOSAL_KINDS)), name="marketing_proposal_kind"
            ),
            models.CheckConstraint(
                condition=Q(arm__in=["treated", "holdout"]), name="marketing_proposal_arm"
            ),
            models.CheckConstraint(
                condition=(Q(ended_at=None) & Q(ended_how=""))
                | (Q(ended_at__isnull=False) & Q(ended_how__in=list(ENDINGS))),
                name="marketing_proposal_ended",
            ),
        )
        indexes = (
            models.Index(fields=["person_id", "-made_at"], name="marketing_proposal_person"),
        )


class Showing(models.Model):
    """A proposal was shown somewhere; once per place and document. Insert-only."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    where = models.TextField()
    subject = models.TextField(default="")
    shown_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proposal", "where", "subject"], name="marketing_showing_once"
            ),
            models.CheckConstraint(
                condition=Q(where__in=["till", "member", "receipt", "console", "mail"]),
                name="marketing_showing_where",
            ),
        )


class Decision(models.Model):
    """What was decided without a person: by which rule, on what, with what outcome. Insert-only."""

    at = models.DateTimeField()
    rule = models.TextField()
    subject = models.TextField()
    inputs = models.JSONField(default=dict)
    outcome = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["-at", "id"], name="marketing_decision_at"),)


from goen.marketing.routines_models import (  # noqa: E402, F401  as below
    Routine,
    RoutineRule,
    RoutineTask,
)
from goen.marketing.scenarios_models import (  # noqa: E402, F401  they refer to the ones above
    Journey,
    Scenario,
    Step,
    StepDone,
    Task,
)
