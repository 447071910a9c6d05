"""Audit trail and the heartbeats of the product's own processes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AuditEvent(models.Model):
    """Who did what, on what, from where: one link of its customer's chain. Rows are only ever added.

    `actor` and `customer` stay as they were written when the user or the customer is deleted: a row that changed would
    break its chain. `core.chain` says what the hash covers.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    actor_name = models.CharField(max_length=150, help_text="Stays readable when the user is gone.")
    api_key = models.CharField(max_length=16, blank=True, help_text="Prefix of the API key that the actor came with.")
    action = models.CharField(max_length=64)
    customer = models.ForeignKey(
        "customers.Customer", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    object_type = models.CharField(max_length=64)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    source_address = models.GenericIPAddressField(null=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    seq = models.BigIntegerField(help_text="Place in the chain of its customer, or of the events of none; from 1.")
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["customer", "seq"], name="audit_place_in_chain"),
            models.UniqueConstraint(
                fields=["seq"], condition=models.Q(customer=None), name="audit_place_without_customer"
            ),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="audit_customer"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["correlation_id"], name="audit_correlation"),
            models.Index(fields=["at"], name="audit_at"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_label}"


class AuditChain(models.Model):
    """The end of one chain of audit events, locked while a link is added, so that lost last links are noticed too.

    The first one, of id 0, is of the events of no customer; it counts how many others were begun.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Id of the customer, or 0.")
    customer = models.ForeignKey(
        "customers.Customer", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    number = models.BigIntegerField(help_text="In the order in which chains were begun: a lost one leaves a gap.")
    begun = models.BigIntegerField(default=0, help_text="Of the first chain: how many others were begun.")
    seq = models.BigIntegerField(default=0, help_text="Place of the last link.")
    hash = models.CharField(max_length=64, blank=True, help_text="Of the last link.")
    mac = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"chain {self.pk}"


class Heartbeat(models.Model):
    """The last sign of life of a worker or of the scheduler."""

    name = models.CharField(max_length=128, unique=True)
    role = models.CharField(max_length=16)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


class IdempotentAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, so that its repetition gets the same and does nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    api_key = models.CharField(max_length=12, blank=True, help_text="Prefix of the API key that was used, if any.")
    address = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of the request's body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField(help_text="Compressed and encrypted: it may hold a secret that is shown once.")
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "api_key", "address", "key"], name="idempotent_answer_once"),
        )

    def __str__(self) -> str:
        return f"{self.address} {self.key}"
