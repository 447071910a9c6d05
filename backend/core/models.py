"""Audit trail and the heartbeats of the product's own processes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AuditEvent(models.Model):
    """Who did what, on what, from where. Rows are only ever added."""

    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, help_text="Stays readable when the user is gone.")
    action = models.CharField(max_length=64)
    customer = models.ForeignKey("customers.Customer", models.SET_NULL, null=True, related_name="+")
    object_type = models.CharField(max_length=64)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    source_address = models.GenericIPAddressField(null=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["customer", "-at"], name="audit_customer_at"),
            models.Index(fields=["object_type", "object_id", "-at"], name="audit_object_at"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_label}"


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
