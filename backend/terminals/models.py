"""Terminal sessions and their recordings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config_mgmt.models import ConfigSnapshot
from core.invariants import same_customer
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from terminals.enums import ConfigCheck, EndReason, SessionStatus


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
    typed = models.BooleanField(default=False, help_text="Somebody typed in it.")
    config_check = models.CharField(
        max_length=16, choices=ConfigCheck.choices, blank=True, help_text="Whether the configuration changed around it."
    )
    config_detail = models.CharField(max_length=500, blank=True, help_text="Why that is not known, in words.")
    config_tries = models.PositiveSmallIntegerField(default=0, help_text="How often looking at it broke off.")
    backup = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", help_text="Started at its end.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=SessionStatus.values), name="terminal_status_known"),
            models.CheckConstraint(
                condition=Q(status=SessionStatus.OPEN, reason="", ended_at=None)
                | Q(status=SessionStatus.ENDED, reason__in=EndReason.values, ended_at__isnull=False),
                name="terminal_ended_has_reason",
            ),
            models.CheckConstraint(condition=Q(config_check__in=ConfigCheck.values), name="terminal_check_known"),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="terminal_by_customer"),
            models.Index(fields=["config_check"], name="terminal_waits", condition=Q(config_check=ConfigCheck.WAITING)),
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


class SessionChange(models.Model):
    """The configuration was another one after the session than before it. Of sessions that overlap each has a row."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    session = models.ForeignKey(TerminalSession, models.CASCADE, related_name="changes")
    before = models.ForeignKey(ConfigSnapshot, models.CASCADE, related_name="+")
    after = models.ForeignKey(ConfigSnapshot, models.CASCADE, related_name="session_changes")
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["session", "after"], name="session_change_once"),)

    def __str__(self) -> str:
        return f"change during terminal #{self.session_id}"


same_customer("terminals_terminalsession", device_id="devices_device", backup_id="jobs_job")
same_customer(
    "terminals_sessionchange",
    session_id="terminals_terminalsession",
    before_id="config_mgmt_configsnapshot",
    after_id="config_mgmt_configsnapshot",
)
