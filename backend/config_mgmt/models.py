"""Captured configurations: texts stored once, snapshots that point at them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config_mgmt.enums import SnapshotStatus
from core.invariants import same_customer
from customers.models import Customer
from devices.models import Device
from jobs.models import JobTarget


class ConfigText(models.Model):
    """A configuration text of a customer, stored once per hash, compressed and encrypted."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="Of the text as the device printed it, in UTF-8.")
    packed = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Characters.")
    lines = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["customer", "sha256"], name="configtext_once_per_hash"),)

    def __str__(self) -> str:
        return self.sha256[:12]


class ConfigSnapshot(models.Model):
    """One captured configuration of one device at one time.

    A capture that differs from the version before in volatile lines alone has that version's number and text.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="snapshots")
    # one snapshot per target: a job that runs a device again after a crash cannot leave two
    target = models.OneToOneField(JobTarget, models.SET_NULL, null=True, related_name="snapshot")
    text = models.ForeignKey(ConfigText, models.PROTECT, related_name="snapshots", null=True)
    status = models.CharField(max_length=16, choices=SnapshotStatus.choices)
    problems = models.JSONField(default=list, help_text="Why it is not verified, in words.")
    normal_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the text without volatile lines.")
    version = models.PositiveIntegerField(null=True, help_text="Counts the device's distinct verified texts.")
    is_new_version = models.BooleanField(default=False)
    lines_added = models.PositiveIntegerField(default=0)
    lines_removed = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ("-taken_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(status__in=SnapshotStatus.values), name="snapshot_status_known"),
            models.CheckConstraint(
                condition=~Q(status=SnapshotStatus.VERIFIED) | Q(text__isnull=False, version__isnull=False),
                name="snapshot_verified_has_text",
            ),
            models.CheckConstraint(
                condition=Q(status=SnapshotStatus.VERIFIED) | Q(version__isnull=True, is_new_version=False),
                name="snapshot_unverified_has_no_version",
            ),
            models.UniqueConstraint(
                fields=["device", "version"], condition=Q(is_new_version=True), name="snapshot_version_once"
            ),
        )
        indexes = (
            models.Index(fields=["device", "-taken_at", "-id"], name="snapshot_by_device"),
            models.Index(fields=["customer", "-taken_at", "-id"], name="snapshot_by_customer"),
            # most captures change nothing: a list of the few others must not read through them
            models.Index(
                fields=["customer", "-taken_at", "-id"], name="snapshot_changes", condition=Q(is_new_version=True)
            ),
            models.Index(
                fields=["customer", "-taken_at", "-id"],
                name="snapshot_problems",
                condition=~Q(status=SnapshotStatus.VERIFIED),
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} v{self.version} {self.status}"


same_customer(
    "config_mgmt_configsnapshot",
    device_id="devices_device",
    target_id="jobs_jobtarget",
    text_id="config_mgmt_configtext",
)
