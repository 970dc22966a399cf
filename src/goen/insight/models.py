"""Stored results: what pages show, with the moment they are true of."""

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
