"""Terminal sessions and their recordings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.invariants import same_customer
from customers.models import Customer
from devices.models import Device
from terminals.enums import EndReason, SessionStatus


class TerminalSession(models.Model):
    """One shell on one device, from its opening to its end. It lives in one web process, which `home` names."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="terminal_sessions")
    device = models.ForeignKey(Device, models.CASCADE, related_name="terminal_sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="terminal_sessions")
    username = models.CharField(max_length=150, help_text="Who opened it, kept when the user is gone.")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Who types in it now."
    )
    source_address = models.GenericIPAddressField(null=True)
    correlation_id = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=SessionStatus.choices, default=SessionStatus.OPEN)
    reason = models.CharField(max_length=16, choices=EndReason.choices, blank=True)
    detail = models.CharField(max_length=300, blank=True, help_text="How it ended, in words.")
    home = models.CharField(max_length=100, help_text="The process that holds it.")
    seen_at = models.DateTimeField(help_text="Its last sign of life.")
    opened_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    cols = models.PositiveSmallIntegerField(default=80)
    rows = models.PositiveSmallIntegerField(default=24)
    bytes_out = models.PositiveBigIntegerField(default=0, help_text="From the device to the screen.")
    recorded_s = models.FloatField(default=0)
    records_input = models.BooleanField(default=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=SessionStatus.values), name="terminal_status_known"),
            models.CheckConstraint(
                condition=Q(status=SessionStatus.OPEN, reason="", ended_at=None)
                | Q(status=SessionStatus.ENDED, reason__in=EndReason.values, ended_at__isnull=False),
                name="terminal_ended_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="terminal_by_customer"),
            models.Index(fields=["device", "-id"], name="terminal_by_device"),
            models.Index(fields=["status"], name="terminal_open", condition=Q(status=SessionStatus.OPEN)),
        )

    def __str__(self) -> str:
        return f"terminal #{self.pk} on {self.device}"

    @property
    def is_open(self) -> bool:
        return self.status == SessionStatus.OPEN


class RecordingPart(models.Model):
    """A second or so of a session: lines of an asciicast, packed and encrypted. The parts in order are the whole."""

    session = models.ForeignKey(TerminalSession, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["session", "number"], name="recording_part_once"),)

    def __str__(self) -> str:
        return f"part {self.number} of the recording of terminal #{self.session_id}"


same_customer("terminals_terminalsession", device_id="devices_device")
