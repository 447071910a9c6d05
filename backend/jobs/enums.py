"""Statuses of jobs, shards and targets, and which may follow which."""

from django.db import models


class JobKind(models.TextChoices):
    CONFIG_BACKUP = "config_backup", "Configuration backup"
    REACHABILITY = "reachability", "Reachability"
    RUN_COMMANDS = "run_commands", "Show commands"
    TOPOLOGY_DISCOVERY = "topology_discovery", "Topology discovery"
    REFRESH_FACTS = "refresh_facts", "Facts and interfaces"


class JobStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TargetStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class ShardStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class LogLevel(models.TextChoices):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


JOB_ENDED = frozenset({JobStatus.SUCCEEDED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.CANCELLED})
TARGET_ENDED = frozenset(TargetStatus) - {TargetStatus.PENDING, TargetStatus.RUNNING}

JOB_TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.RUNNING: JOB_ENDED,
}
TARGET_TRANSITIONS: dict[TargetStatus, frozenset[TargetStatus]] = {
    TargetStatus.PENDING: frozenset(
        # straight to an end: a host can be done within one flush of the worker
        {TargetStatus.RUNNING, TargetStatus.SUCCEEDED, TargetStatus.FAILED, TargetStatus.CANCELLED}
    ),
    # back to pending: its worker died, and another may take it up
    TargetStatus.RUNNING: frozenset(TargetStatus) - {TargetStatus.RUNNING, TargetStatus.SKIPPED},
    TargetStatus.UNKNOWN: frozenset({TargetStatus.SUCCEEDED, TargetStatus.FAILED}),
}
