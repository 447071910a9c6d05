"""Jobs, targets and log lines that a user sees."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from jobs.enums import TargetStatus
from jobs.models import Job, JobLog, JobTarget
from users.models import User
from users.selectors import visible

WINDOW = 500
"""Most lines that are read at once, however far behind a reader is."""


def jobs_for(user: User) -> QuerySet[Job]:
    return visible(Job.objects.all(), user)


def targets_for(user: User) -> QuerySet[JobTarget]:
    return visible(JobTarget.objects.all(), user)


def retryable_targets(job: Job) -> QuerySet[JobTarget]:
    """Targets that did not succeed although they could have been tried."""
    return job.targets.filter(status__in=[TargetStatus.FAILED, TargetStatus.UNKNOWN, TargetStatus.CANCELLED])


def log_of(job: Job, *, device: int | None = None, levels: Iterable[str] = ()) -> QuerySet[JobLog]:
    """The job's log, of one device and of some levels if asked. The caller got `job` from `jobs_for`."""
    lines = job.log.select_related("device").order_by("seq")
    if device is not None:
        lines = lines.filter(device_id=device)
    if levels := list(levels):
        lines = lines.filter(level__in=levels)
    return lines


def lines_after(lines: QuerySet[JobLog], after: int, limit: int = WINDOW) -> list[JobLog]:
    """The next lines after a sequence, oldest first."""
    return list(lines.filter(seq__gt=after)[:limit])


def lines_before(lines: QuerySet[JobLog], before: int | None = None, limit: int = WINDOW) -> list[JobLog]:
    """The last lines before a sequence (or of all), oldest first."""
    if before is not None:
        lines = lines.filter(seq__lt=before)
    return list(reversed(lines.order_by("-seq")[:limit]))
