"""A job, its shards (what one worker runs), its targets (devices), its log, and the schedule that it may come from."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from core.invariants import same_customer
from customers.models import Customer
from devices.enums import DeviceRole
from devices.models import Device, Site, Tag
from jobs.cron import check_cron, check_time_zone, moments
from jobs.enums import JOB_ENDED, JobKind, JobStatus, LogLevel, ShardStatus, TargetStatus

MOST_JITTER_S = 3600


class Schedule(models.Model):
    """A job that comes again and again, at the moments that a cron expression names in a time zone.

    It is of all the customer's enabled devices that site, tag, platform and role, as far as they are given, find then.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=32, choices=JobKind.choices)
    params = models.JSONField(default=dict, blank=True)
    # protected: without its site or tag a schedule would reach more devices than it was made for
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="schedules")
    tag = models.ForeignKey(Tag, models.PROTECT, null=True, blank=True, related_name="schedules")
    platform = models.CharField(max_length=32, blank=True)
    role = models.CharField(max_length=16, blank=True, choices=DeviceRole.choices)
    cron = models.CharField(max_length=100, validators=[check_cron])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    jitter_s = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MOST_JITTER_S)], help_text="Runs begin up to so many seconds later."
    )
    enabled = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(null=True, editable=False, help_text="With jitter; empty while disabled.")
    last_run_at = models.DateTimeField(null=True, editable=False)
    last_job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, editable=False, related_name="+")
    last_problem = models.CharField(max_length=500, blank=True, editable=False, help_text="Why the last made no job.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["customer", "name"], name="schedule_name_once_per_customer"),
            models.CheckConstraint(condition=~Q(name=""), name="schedule_has_name"),
            models.CheckConstraint(condition=Q(enabled=False) | Q(next_run_at__isnull=False), name="schedule_has_next"),
        )
        indexes = (models.Index(fields=["next_run_at"], name="schedule_due", condition=Q(enabled=True)),)

    def __str__(self) -> str:
        return self.name

    def plan(self, after: datetime) -> None:
        """Set the next run: the first moment after this one, and a random part of the jitter."""
        later = timedelta(seconds=random.uniform(0, self.jitter_s))  # nosec B311: nothing secret
        self.next_run_at = moments(self.cron, self.time_zone, after, 1)[0] + later if self.enabled else None

    def upcoming(self, number: int = 5) -> list[datetime]:
        """The next moments in UTC, without jitter."""
        return moments(self.cron, self.time_zone, timezone.now(), number) if self.enabled else []


class Job(models.Model):
    """One request to do something on devices."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=32, choices=JobKind.choices)
    status = models.CharField(max_length=16, choices=JobStatus.choices, default=JobStatus.QUEUED)
    params = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="jobs")
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="retries")
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, blank=True, related_name="jobs")
    correlation_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict, help_text="Targets by status, and failed ones by reason.")
    targets_total = models.PositiveIntegerField(default=0)
    targets_succeeded = models.PositiveIntegerField(default=0)
    targets_failed = models.PositiveIntegerField(default=0)
    targets_other = models.PositiveIntegerField(default=0, help_text="Skipped, cancelled or unknown.")
    log_seq = models.PositiveBigIntegerField(default=0, help_text="Sequence of the last log line.")
    revision = models.PositiveBigIntegerField(default=0, help_text="Rises with every change of job or targets.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(JOB_ENDED), finished_at__isnull=False)
                | (~Q(status__in=sorted(JOB_ENDED)) & Q(finished_at__isnull=True)),
                name="job_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(targets_total__gte=F("targets_succeeded") + F("targets_failed") + F("targets_other")),
                name="job_counts_fit",
            ),
        )
        indexes = (
            models.Index(fields=["customer", "-id"], name="job_by_customer"),
            models.Index(fields=["status", "-id"], name="job_by_status"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def is_ended(self) -> bool:
        return self.status in JOB_ENDED

    @property
    def targets_done(self) -> int:
        return self.targets_succeeded + self.targets_failed + self.targets_other


class JobShard(models.Model):
    """A slice of a job's targets that one worker runs in one go."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=ShardStatus.choices, default=ShardStatus.QUEUED)
    run_token = models.UUIDField(null=True, help_text="Of the run that holds the shard; any other one must not write.")
    runs = models.PositiveIntegerField(default=0)
    flushes = models.PositiveIntegerField(default=0, help_text="Batches written by the run that holds it.")
    sent_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["job", "number"], name="shard_once_per_job"),
            models.CheckConstraint(condition=Q(status__in=ShardStatus.values), name="shard_status_known"),
            models.CheckConstraint(
                condition=~Q(status=ShardStatus.RUNNING) | Q(run_token__isnull=False, heartbeat_at__isnull=False),
                name="shard_running_is_held",
            ),
        )
        indexes = (models.Index(fields=["status"], name="shard_open", condition=~Q(status=ShardStatus.DONE)),)

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"


class JobTarget(models.Model):
    """One device inside one job."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="targets")
    shard = models.ForeignKey(JobShard, models.CASCADE, related_name="targets", null=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="job_targets")
    status = models.CharField(max_length=16, choices=TargetStatus.choices, default=TargetStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["job", "device"], name="target_once_per_job"),
            models.CheckConstraint(condition=Q(status__in=TargetStatus.values), name="target_status_known"),
            models.CheckConstraint(
                condition=~Q(status=TargetStatus.FAILED) | ~Q(error_code=""), name="target_failed_has_reason"
            ),
        )
        indexes = (
            models.Index(fields=["job", "status"], name="target_by_status"),
            models.Index(fields=["device", "-id"], name="target_by_device"),
        )

    def __str__(self) -> str:
        return f"{self.job_id}: {self.device_id} {self.status}"

    @property
    def duration_s(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class JobLog(models.Model):
    """One line of a job's log. Within a job, sequences have no gap and become visible in order."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="log")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=8, choices=LogLevel.choices)
    device = models.ForeignKey(Device, models.SET_NULL, null=True, related_name="+", db_index=False)
    text = models.TextField()

    class Meta:
        ordering = ("seq",)
        constraints = (
            models.UniqueConstraint(fields=["job", "seq"], name="log_seq_once_per_job"),
            models.CheckConstraint(condition=Q(level__in=LogLevel.values), name="log_level_known"),
        )
        indexes = (
            models.Index(fields=["job", "device", "seq"], name="log_by_device"),
            models.Index(
                fields=["job", "level", "seq"], name="log_by_level", condition=Q(level__in=["warning", "error"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.text[:60]}"


class ConnectBudget(models.Model):
    """When the next connect under a name (a site, a credential) may happen: keeps a job from a login storm."""

    name = models.CharField(max_length=64, unique=True)
    next_at = models.FloatField(help_text="Unix time, seconds.")

    def __str__(self) -> str:
        return self.name


same_customer("jobs_schedule", site_id="devices_site", tag_id="devices_tag")
same_customer("jobs_job", schedule_id="jobs_schedule")
same_customer("jobs_jobtarget", job_id="jobs_job", device_id="devices_device")
