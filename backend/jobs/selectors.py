"""Jobs, targets and log lines that a user sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Value, When

from jobs.enums import LogLevel, TargetStatus
from jobs.models import Job, JobLog, JobTarget, Schedule
from users.models import User
from users.selectors import visible

WINDOW = 500
"""Most lines that are read at once, however far behind a reader is."""
NAMED_DEVICES = 20


def jobs_for(user: User) -> QuerySet[Job]:
    return visible(Job.objects.all(), user)


def schedules_for(user: User) -> QuerySet[Schedule]:
    return visible(Schedule.objects.all(), user)


# The orders of a job list, each down to the id.
JOB_ORDERS: dict[str, tuple[str, ...]] = {
    "created": ("id",),
    "kind": ("kind", "id"),
    "status": ("status", "id"),
    "customer": ("customer__name", "id"),
    "user": ("requested_by__username", "id"),
}


def jobs_in_order(rows: QuerySet[Job], sort: str) -> QuerySet[Job]:
    """Sorted by a name of `JOB_ORDERS`, turned around by a `-` before it; any other word means the newest first."""
    name = sort.removeprefix("-")
    if name not in JOB_ORDERS:
        return rows.order_by("-id")
    ordered = rows.order_by(*JOB_ORDERS[name])
    return ordered.reverse() if sort.startswith("-") else ordered


def targets_for(user: User) -> QuerySet[JobTarget]:
    return visible(JobTarget.objects.all(), user)


_FIRST_TO_LOOK_AT = (TargetStatus.FAILED, TargetStatus.UNKNOWN, TargetStatus.RUNNING, TargetStatus.PENDING)


def targets_in_order(rows: QuerySet[JobTarget], sort: str) -> QuerySet[JobTarget]:
    """By `device`, `attempts` or `duration` (`-` turns it around); else by how much they want to be looked at."""
    rank = Case(*(When(status=status, then=Value(n)) for n, status in enumerate(_FIRST_TO_LOOK_AT)), default=Value(9))
    lasted = F("finished_at") - F("started_at")
    orders: dict[str, tuple[Any, ...]] = {
        "device": (F("device__hostname").asc(), F("id").asc()),
        "attempts": (F("attempts").asc(), F("device__hostname").asc(), F("id").asc()),
        "duration": (lasted.asc(nulls_first=True), F("id").asc()),
        "status": (rank.asc(), F("device__hostname").asc(), F("id").asc()),
    }
    ordered = rows.order_by(*orders.get(sort.removeprefix("-"), orders["status"]))
    return ordered.reverse() if sort.startswith("-") else ordered


def retryable_targets(job: Job) -> QuerySet[JobTarget]:
    """Targets that did not succeed although they could have been tried."""
    return job.targets.filter(status__in=[TargetStatus.FAILED, TargetStatus.UNKNOWN, TargetStatus.CANCELLED])


def is_retryable(job: Job) -> bool:
    return job.is_ended and retryable_targets(job).exists()


Head = tuple[int, int]
"""A job's last log sequence and its revision: what a watcher compares to see that the job has news."""


def job_heads(job_ids: Iterable[int]) -> dict[int, Head]:
    """The heads of jobs by id."""
    heads = Job.objects.filter(pk__in=list(job_ids)).order_by().values_list("pk", "log_seq", "revision")
    return {pk: (log_seq, revision) for pk, log_seq, revision in heads}


def target_counts(job: Job) -> dict[str, int]:
    """How many targets have each status."""
    return dict(job.targets.order_by().values_list("status").annotate(number=Count("pk")))


def failures_of(job: Job) -> dict[str, dict[str, Any]]:
    """Failed targets by error code: `{"count": 3, "devices": [first hostnames]}`. While the job runs, those so far."""
    if job.is_ended:
        reasons: dict[str, dict[str, Any]] = job.summary.get("reasons", {})
        return reasons
    if not job.targets_failed:
        return {}
    failed = job.targets.filter(status__in=[TargetStatus.FAILED, TargetStatus.UNKNOWN])
    counts = failed.order_by().values_list("error_code").annotate(number=Count("pk"))
    failures: dict[str, dict[str, Any]] = {code: {"count": number, "devices": []} for code, number in counts}
    named = failed.order_by("device__hostname").values_list("error_code", "device__hostname")
    for code, hostname in named[: NAMED_DEVICES * 10]:
        if code in failures and len(failures[code]["devices"]) < NAMED_DEVICES:
            failures[code]["devices"].append(hostname)
    return failures


def retries_of(user: User, job: Job) -> list[int]:
    """Ids of the jobs that tried this one's failed targets again."""
    return list(jobs_for(user).filter(retry_of=job).order_by("id").values_list("pk", flat=True))


def targets_named(job: Job, hostnames: Iterable[str]) -> dict[str, int]:
    """Device ids by hostname, of those that are targets of the job."""
    named = job.targets.filter(device__hostname__in=list(hostnames)).order_by()
    return dict(named.values_list("device__hostname", "device_id"))


def requesters(user: User) -> QuerySet[User]:
    """Users who have started a job that this user sees."""
    started = jobs_for(user).filter(requested_by=OuterRef("pk"))
    return User.objects.filter(Exists(started)).order_by("username")


def first_error(lines: QuerySet[JobLog], after: int = 0) -> int | None:
    """Sequence of the first error after a line, or None."""
    errors = lines.filter(level=LogLevel.ERROR, seq__gt=after)
    return errors.order_by("seq").values_list("seq", flat=True).first()


def log_of(job: Job, *, device: int | None = None, levels: Iterable[str] = ()) -> QuerySet[JobLog]:
    """The job's log, of one device and of some levels if asked. The caller got `job` from `jobs_for`."""
    lines = job.log.select_related("device").order_by("seq")
    lines = lines.only("job_id", "seq", "at", "level", "text", "device__hostname")
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
