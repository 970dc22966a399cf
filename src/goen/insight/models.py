"""Stored results: what pages show, with the moment they are true of."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from goen.kit.fields import Numeric


class Result(models.Model):
    """The stored answer of one metric for one set of parameters."""

    metric = models.TextField()
    version = models.SmallIntegerField()
    params = models.TextField()
    value = models.JSONField()
    as_of = models.DateTimeField()
    watermark = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["metric", "version", "params"], name="insight_result_key"
            ),
        )


class Question(models.Model):
    """What a page asked the analyst; the answer becomes a `Result` of the same name."""

    metric = models.TextField()
    params = models.TextField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["metric", "params"], name="insight_question_key"),
        )


class SkuFigure(models.Model):
    """Who bought an SKU, in figures, for one window; all SKUs of a window at once."""

    window = models.TextField()
    sku_id = models.BigIntegerField()
    units = models.BigIntegerField()
    receipts = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    identified_units = models.BigIntegerField()
    buyers = models.BigIntegerField()
    top1_units = models.BigIntegerField()
    top5_units = models.BigIntegerField()
    top_person = models.BigIntegerField(null=True)
    effective_buyers = Numeric(null=True)
    buyers_spend_minor = models.BigIntegerField()
    flagged = models.BooleanField()
    cut_candidate = models.BooleanField()
    spared = models.BooleanField()
    rank = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["window", "sku_id"], name="insight_skufigure_key"),
        )
        indexes = (models.Index(fields=["window", "rank"], name="insight_skufigure_rank"),)


class PersonFigure(models.Model):
    """A person's realised value and habits over all channels, for lists and search."""

    person_id = models.BigIntegerField(primary_key=True)
    receipts = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    profit_minor = models.BigIntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    interval_days = Numeric(null=True)
    channels = models.JSONField(default=list)

    class Meta:
        indexes = (
            models.Index(fields=["-profit_minor", "person_id"], name="insight_person_profit"),
            models.Index(fields=["-last_on", "person_id"], name="insight_person_last"),
        )


class Forecast(models.Model):
    """What is expected of a person from the last business day on, for the shop's horizon.

    `alive` is the probability that they are still a customer; the range holds 80 %. `next_on` is
    when they are next expected, if they come back at all.
    """

    person_id = models.BigIntegerField(primary_key=True)
    alive = models.FloatField()
    purchases = models.FloatField()
    purchases_low = models.FloatField()
    purchases_high = models.FloatField()
    profit_minor = models.BigIntegerField()
    profit_low_minor = models.BigIntegerField()
    profit_high_minor = models.BigIntegerField()
    next_on = models.DateField(null=True)
    model = models.TextField()

    class Meta:
        indexes = (
            models.Index(fields=["-profit_minor", "person_id"], name="insight_forecast_profit"),
        )


class PersonRank(models.Model):
    """Where a person stands among all, and where they came from: for lists and conditions.

    RFM scores are 1 (lowest) to 5; decile 1 spends most. `days_away` is since the last purchase,
    `usual_days` their own cycle; `is_late` says the one is well beyond the other.
    `stake_minor` is what is lost with them in a year.
    """

    person_id = models.BigIntegerField(primary_key=True)
    recency = models.SmallIntegerField()
    frequency = models.SmallIntegerField()
    monetary = models.SmallIntegerField()
    decile = models.SmallIntegerField()
    orders = models.BigIntegerField()
    days_away = models.IntegerField()
    usual_days = models.FloatField(null=True)
    is_late = models.BooleanField()
    stake_minor = models.BigIntegerField()
    second_on = models.DateField(null=True)
    first_channel = models.BigIntegerField()
    first_place = models.BigIntegerField()
    main_place = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(
                fields=["-stake_minor", "person_id"],
                name="insight_rank_late",
                condition=models.Q(is_late=True),
            ),
            models.Index(fields=["decile", "person_id"], name="insight_rank_decile"),
        )


class Arm(models.Model):
    """Who was assigned to what, for measuring: written once, before anything happens.

    `origin` is what it belongs to, opaque. `record_id` says who the person is after a merge.
    """

    origin = models.TextField()
    person_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    arm = models.TextField()
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["origin", "person_id"], name="insight_arm_once"),
        )


class Target(models.Model):
    """A goal for a metric at the end of a month. The newest holds; none is changed."""

    metric = models.TextField()
    month = models.DateField()
    value_minor = models.BigIntegerField()
    why = models.TextField(default="")
    set_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["metric", "month", "-id"], name="insight_target_last"),)


class PeopleSet(models.Model):
    """The people whose purchases fulfil one condition, found in the lake by the analyst.

    `key` is made of the condition, `ask`; `people` are ascending, empty until the first answer.
    """

    key = models.TextField(primary_key=True)
    ask = models.JSONField()
    people = ArrayField(models.BigIntegerField(), null=True)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    as_of = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()


class Comparison(models.Model):
    """How often an article was considered and another of its department bought, in a year."""

    lost_sku = models.BigIntegerField()
    won_sku = models.BigIntegerField()
    purchases = models.BigIntegerField()
    people = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["lost_sku", "won_sku"], name="insight_comparison_once"),
        )
        indexes = (models.Index(fields=["won_sku"], name="insight_comparison_won"),)


class SkuInterest(models.Model):
    """Of an article: how many known people looked at it in a year, and how many then bought it."""

    sku_id = models.BigIntegerField(primary_key=True)
    lookers = models.BigIntegerField()
    buyers = models.BigIntegerField()


class GoesWith(models.Model):
    """An article that is bought with another more than chance would have it, in a year.

    `confidence` is the share of the documents with `sku_id` that hold the other.
    """

    sku_id = models.BigIntegerField()
    beside_sku = models.BigIntegerField()
    documents = models.BigIntegerField()
    people = models.BigIntegerField()
    confidence = models.FloatField()
    lift = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sku_id", "beside_sku"], name="insight_goeswith_once"),
        )


class Candidate(models.Model):
    """What could be proposed to a person, and why; the best few of each, by what it may bring.

    `chance` is how often such a proposal comes true, `value_minor` that times the article's gross
    profit. The figures of the reason: `usual_days` and `days_away` of a cycle, `times` bought or
    looked at, `beside_sku` and `lift` of what goes with what.
    """

    person_id = models.BigIntegerField()
    place = models.SmallIntegerField()
    kind = models.TextField()
    sku_id = models.BigIntegerField()
    chance = models.FloatField()
    value_minor = models.BigIntegerField()
    usual_days = models.FloatField(null=True)
    days_away = models.IntegerField(null=True)
    times = models.IntegerField(null=True)
    beside_sku = models.BigIntegerField(null=True)
    lift = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person_id", "place"], name="insight_candidate_once"),
        )
