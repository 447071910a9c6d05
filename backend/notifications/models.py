"""Channels, and the outbox: one delivery for each channel that hears of a job."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import EncryptedTextField
from core.invariants import same_customer
from customers.models import Customer
from jobs.enums import JobKind
from jobs.models import Job
from notifications.enums import BadEnd, ChannelKind, DeliveryState, Event
from notifications.guard import BadAddress, read_url

LONGEST_ADDRESS = 500


def usual_ends() -> list[str]:
    return [BadEnd.FAILED.value, BadEnd.PARTIAL.value]


class Channel(models.Model):
    """Where a customer's bad news goes: to a user by mail, to an address by mail, or to another system."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="channels")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="channels",
        help_text="Whose it is; empty for one of the customer's.",
    )  # fmt: skip
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=ChannelKind.choices)
    # encrypted: the path of many a webhook is all the secret that its receiver asks for
    address = EncryptedTextField(blank=True, help_text="Mail address, or https:// address of a webhook.")
    only_own = models.BooleanField(default=False, help_text="Only of jobs that its owner started.")
    ends = models.JSONField(default=usual_ends, blank=True)
    job_kinds = models.JSONField(default=list, blank=True, help_text="Empty: every kind.")
    enabled = models.BooleanField(default=True)
    disabled_because = models.CharField(max_length=500, blank=True, editable=False)
    secret = EncryptedTextField(blank=True, editable=False)
    old_secret = EncryptedTextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False, help_text="First failure since the last success.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=ChannelKind.PERSONAL, owner__isnull=False)
                | (~Q(kind=ChannelKind.PERSONAL) & Q(owner__isnull=True, only_own=False)),
                name="channel_owner_if_personal",
            ),
            models.UniqueConstraint(
                fields=["customer", "name"],
                condition=Q(owner=None),
                name="channel_name_once_per_customer",
                violation_error_code="unique",
            ),
            models.UniqueConstraint(fields=["customer", "owner", "name"], name="channel_name_once_per_owner"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def shown_address(self) -> str:
        """Where it goes, without what may be a secret."""
        if self.kind == ChannelKind.PERSONAL:
            return self.owner.email if self.owner else ""
        if self.kind == ChannelKind.MAIL:
            return self.address
        try:
            return read_url(self.address).origin
        except BadAddress:
            return "an address that is allowed no longer"

    def clean(self) -> None:
        self.ends = _known(self.ends, BadEnd.values, "ends")
        self.job_kinds = _known(self.job_kinds, JobKind.values, "job_kinds")
        if not self.ends:
            raise ValidationError({"ends": "Choose at least one."})
        if self.only_own and self.kind != ChannelKind.PERSONAL:
            raise ValidationError({"only_own": "Only mail to yourself can be about your own jobs alone."})
        self._clean_address()

    def _clean_address(self) -> None:
        if self.kind == ChannelKind.PERSONAL:
            if self.address:
                raise ValidationError({"address": "Mail to yourself goes to the address of your account."})
            return
        if not self.address:
            raise ValidationError({"address": "This cannot be empty."})
        if len(self.address) > LONGEST_ADDRESS:
            raise ValidationError({"address": f"At most {LONGEST_ADDRESS} characters."})
        if self.kind == ChannelKind.MAIL:
            try:
                validate_email(self.address)
            except ValidationError as error:
                raise ValidationError({"address": "This is no mail address."}) from error
            return
        try:
            read_url(self.address)
        except BadAddress as error:
            raise ValidationError({"address": str(error)}) from error


def _known(given: object, words: list[str], field: str) -> list[str]:
    """Those of the words that are given, in their own order."""
    if not isinstance(given, list) or not set(map(str, given)) <= set(words):
        raise ValidationError({field: f"A list of some of {', '.join(words)} is expected."})
    return [word for word in words if word in given]


class Delivery(models.Model):
    """One message to one channel: written with what it tells of, sent by a worker, kept to be looked at."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    job = models.ForeignKey(Job, models.CASCADE, null=True, related_name="deliveries", help_text="None of a test.")
    event = models.CharField(max_length=32, choices=Event.choices)
    payload = models.JSONField()
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, help_text="The same however often it is sent.")
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveIntegerField(default=0, help_text="Since it was written or last asked for again.")
    next_attempt_at = models.DateTimeField(null=True, db_default=Now())
    token = models.UUIDField(null=True, help_text="Of the attempt that is under way; no other may say how it ended.")
    claimed_at = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True, help_text="When a worker was last told of it.")
    recipient = models.CharField(max_length=LONGEST_ADDRESS, blank=True, help_text="Of the last attempt.")
    problem = models.CharField(max_length=500, blank=True, help_text="Why the last attempt failed, in words.")
    answer_status = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="How the receiver's last answer begins.")
    took_ms = models.PositiveIntegerField(null=True, help_text="The last attempt.")
    created_at = models.DateTimeField(db_default=Now())
    attempted_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(fields=["channel", "job"], name="delivery_once_per_channel_and_job"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.QUEUED) | Q(next_attempt_at__isnull=False),
                name="delivery_queued_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENDING) | Q(token__isnull=False, claimed_at__isnull=False),
                name="delivery_sending_is_held",
            ),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="delivery_by_customer"),
            models.Index(
                fields=["next_attempt_at"], name="delivery_open", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index(fields=["created_at"], name="delivery_age"),
        )

    def __str__(self) -> str:
        return f"{self.get_event_display()} to {self.channel}"

    @property
    def webhook_id(self) -> str:
        return f"msg_{self.message_id.hex}"


same_customer("notifications_delivery", channel_id="notifications_channel", job_id="jobs_job")
