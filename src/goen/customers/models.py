"""Records of the identity graph. Contact data is kept here and nowhere else."""

from django.db import models

from goen.kit.fields import Numeric, Xid8Field
from goen.places.models import Entity, Source


class Record(models.Model):
    """One customer as one system knows them. Immutable; facts hang on its id."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    source_key = models.TextField()
    entity = models.ForeignKey(
        Entity, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.TextField(default="person")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "source_key"], name="customers_record_key"),
            models.CheckConstraint(
                condition=models.Q(unit__in=["person", "household"]), name="customers_record_unit"
            ),
        )


class Detail(models.Model):
    """What a system said of a record, as given, from a moment on. Insert-only."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    family_name = models.TextField(default="")
    given_name = models.TextField(default="")
    family_kana = models.TextField(default="")
    given_kana = models.TextField(default="")
    birth_date = models.DateField(null=True)
    gender = models.TextField(default="")
    mail = models.TextField(default="")
    phone = models.TextField(default="")
    postcode = models.TextField(default="")
    address = models.TextField(default="")
    joined_on = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=["record", "-recorded_at"], name="customers_detail_last"),)


class Credential(models.Model):
    """Something a shopper shows or proves: card, app code, mail, mobile. Keys have an end."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    value = models.TextField()
    verified = models.BooleanField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "value", "record"], name="customers_credential_key"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["card", "app", "mail", "phone", "member"]),
                name="customers_credential_kind",
            ),
        )


class SearchKey(models.Model):
    """A normalised way to find a record: name, kana, phone, mail, card. Never shown."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    key = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["record", "kind", "key"], name="customers_search_key"),
        )


class Person(models.Model):
    """A person with an id for ever. A merged person points to who they are now."""

    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()


class PersonOf(models.Model):
    """Which person a record is: the only place where persons are materialised.

    `own` is the person it is by itself; empty as long as it was nobody else.
    """

    record = models.OneToOneField(
        Record, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    own = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    xid = Xid8Field()

    class Meta:
        indexes = (models.Index(fields=["xid"], name="customers_personof_xid"),)


class Edge(models.Model):
    """Why two records are, or are not, the same person. Closed, never deleted."""

    record_a = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    record_b = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    rule = models.TextField()
    evidence = models.JSONField(default=dict)
    score = Numeric(null=True)
    reason = models.TextField(default="", db_default="")
    actor = models.TextField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(record_a__lt=models.F("record_b")), name="customers_edge_order"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["verified", "manual", "probable", "cannot"]),
                name="customers_edge_kind",
            ),
            models.UniqueConstraint(
                fields=["record_a", "record_b", "kind", "rule"],
                condition=models.Q(closed_at=None),
                name="customers_edge_once",
            ),
        )
        indexes = (models.Index(fields=["record_b"], name="customers_edge_b"),)


class MatchModel(models.Model):
    """What agreeing and differing is worth, as estimated once; the newest is in use."""

    made_at = models.DateTimeField()
    weights = models.JSONField()
    prior = models.FloatField()
    records = models.BigIntegerField()
    pairs = models.BigIntegerField()
    upto = models.BigIntegerField()


class Candidate(models.Model):
    """Two records that may be one person, by what agrees and differs; a person decides."""

    record_a = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    record_b = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()
    probability = models.FloatField()
    household = models.BooleanField()
    evidence = models.JSONField()
    state = models.TextField(default="open")
    found_at = models.DateTimeField()
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["record_a", "record_b"], name="customers_candidate_once"
            ),
            models.CheckConstraint(
                condition=models.Q(record_a__lt=models.F("record_b")),
                name="customers_candidate_order",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "joined", "apart", "later"]),
                name="customers_candidate_state",
            ),
        )
        indexes = (
            models.Index(fields=["state", "-probability", "id"], name="customers_candidate_queue"),
        )


class Erasure(models.Model):
    """That a record's contact data were erased: when, by whom, and nothing of what they were."""

    record = models.OneToOneField(
        Record, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    erased_at = models.DateTimeField()
    actor = models.TextField()
    request = models.ForeignKey("Request", null=True, on_delete=models.PROTECT, related_name="+")


class Address(models.Model):
    """A name and address that goods are sent to, as given with one order. Insert-only."""

    name = models.TextField()
    postcode = models.TextField()
    address = models.TextField()
    phone = models.TextField(default="")
    recorded_at = models.DateTimeField()


class Wording(models.Model):
    """The text a shopper agreed to or refused, in one version. Insert-only: it is evidence."""

    code = models.TextField()
    version = models.IntegerField()
    text = models.JSONField()
    entity = models.ForeignKey(Entity, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code", "version"], name="customers_wording_version"),
        )


class Consent(models.Model):
    """A yes or no to being written to: when, where, by which way and to which text. Insert-only.

    The newest per record, channel and purpose holds. `address` is the one it was said of; empty:
    whichever the record has.
    """

    uid = models.UUIDField(unique=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.TextField()
    purpose = models.TextField(default="marketing")
    granted = models.BooleanField()
    address = models.TextField(default="")
    wording = models.ForeignKey(Wording, null=True, on_delete=models.PROTECT, related_name="+")
    way = models.TextField()
    place_id = models.BigIntegerField(null=True)
    evidence = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(channel__in=["mail", "sms", "line", "dm", "phone", "app"]),
                name="customers_consent_channel",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    way__in=["form", "till", "paper", "member", "link", "staff", "import", "api"]
                ),
                name="customers_consent_way",
            ),
            models.CheckConstraint(
                condition=models.Q(granted=False)
                | models.Q(wording__isnull=False)
                | ~models.Q(evidence={}),
                name="customers_consent_proof",
            ),
        )
        indexes = (
            models.Index(
                fields=["record", "channel", "purpose", "-occurred_at", "-id"],
                name="customers_consent_last",
            ),
            models.Index(
                fields=["address"],
                condition=models.Q(granted=False) & ~models.Q(address=""),
                name="customers_consent_refused",
            ),
        )


class Suppression(models.Model):
    """An address that nothing is sent to, whoever it belongs to. Kept as a salted hash."""

    channel = models.TextField()
    address_hash = models.BinaryField()
    cause = models.TextField()
    detail = models.TextField(default="")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    actor = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "address_hash", "cause"],
                condition=models.Q(lifted_at=None),
                name="customers_suppression_once",
            ),
            models.CheckConstraint(
                condition=models.Q(cause__in=["bounced", "complained", "refused", "erased"]),
                name="customers_suppression_cause",
            ),
        )


class Salt(models.Model):
    """What addresses are hashed with in this shop; one row, kept beside the hashes."""

    salt = models.BinaryField()


class Request(models.Model):
    """Something a shopper asks about their data: answered by staff, never forgotten."""

    uid = models.UUIDField(unique=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    note = models.TextField(default="")
    asked_at = models.DateTimeField()
    actor = models.TextField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="")
    outcome = models.TextField(default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["disclose", "correct", "stop", "erase"]),
                name="customers_request_kind",
            ),
            models.UniqueConstraint(
                fields=["record", "kind"],
                condition=models.Q(settled_at=None),
                name="customers_request_open",
            ),
        )


class SignIn(models.Model):
    """One try of a shopper to sign in, known or not: what a one-time link and a limit rest on."""

    way = models.TextField()
    key_hash = models.BinaryField()
    client_hash = models.BinaryField()
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    token_hash = models.BinaryField(null=True, unique=True)
    tried_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(way__in=["mail", "card"]), name="customers_signin_way"
            ),
        )
        indexes = (
            models.Index(fields=["key_hash", "tried_at"], name="customers_signin_key"),
            models.Index(fields=["client_hash", "tried_at"], name="customers_signin_client"),
        )


class Session(models.Model):
    """A shopper is signed in on one device until it ends. Apart from the sessions of staff."""

    token_hash = models.BinaryField(unique=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    way = models.TextField()
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
