"""Kinds of channels, what they tell of, and the states of a delivery."""

from django.db import models

from jobs.enums import JobStatus


class ChannelKind(models.TextChoices):
    PERSONAL = "personal", "Mail to me"
    MAIL = "mail", "Mail to an address"
    WEBHOOK = "webhook", "Webhook"


class BadEnd(models.TextChoices):
    """Ends of a job that are told of."""

    FAILED = JobStatus.FAILED.value, "Failed"
    PARTIAL = JobStatus.PARTIAL.value, "Partial"
    CANCELLED = JobStatus.CANCELLED.value, "Cancelled"


class Event(models.TextChoices):
    JOB_ENDED = "job.ended", "Job ended"
    TEST = "test", "Test"


class DeliveryState(models.TextChoices):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


DELIVERY_ENDED = frozenset({DeliveryState.SENT, DeliveryState.FAILED})
