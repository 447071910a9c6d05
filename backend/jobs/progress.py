"""Folding what happened into the job: log lines, counts, its end. Call these inside a transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.module_loading import import_string

from core.text import storable
from jobs.enums import JOB_TRANSITIONS, JobStatus, ShardStatus, TargetStatus
from jobs.models import Job, JobLog, JobShard

log = logging.getLogger(__name__)

LONGEST_LINE = 8_000
NAMED_DEVICES = 20

ENDINGS = ("topology.handlers.after_discovery", "notifications.outbox.note_ending")
"""What hears of a job's end, in the transaction that ends it; by paths, because their apps stand above this one."""

LogLine = tuple[datetime, str, int | None, str]
"""Time, level, device id or None, text."""


def add_lines(job_id: int, lines: Sequence[LogLine], **changes: Any) -> None:
    """Append lines to the job's log, and change the job's row with the same statement.

    The job's row stays locked from here to the commit: so sequences have no gap and become visible in order,
    whichever worker writes.
    """
    if lines:
        changes["log_seq"] = F("log_seq") + len(lines)
    if changes:
        Job.objects.filter(pk=job_id).update(**changes)
    if not lines:
        return
    last = Job.objects.values_list("log_seq", flat=True).get(pk=job_id)
    JobLog.objects.bulk_create(
        JobLog(job_id=job_id, seq=last - len(lines) + number, at=at, level=level, device_id=device, text=_cut(text))
        for number, (at, level, device, text) in enumerate(lines, 1)
    )


def _cut(text: str) -> str:
    text = storable(text)
    if len(text) <= LONGEST_LINE:
        return text
    return f"{text[:LONGEST_LINE]}… ({len(text) - LONGEST_LINE:,} more characters)"


def settle(job_id: int) -> None:
    """Count the job's targets anew, and end the job once no shard is open."""
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.is_ended:
        return
    counts = Counter(dict(job.targets.order_by().values_list("status").annotate(number=Count("pk"))))
    job.targets_succeeded = counts[TargetStatus.SUCCEEDED]
    job.targets_failed = counts[TargetStatus.FAILED]
    job.targets_other = sum(counts[s] for s in (TargetStatus.SKIPPED, TargetStatus.CANCELLED, TargetStatus.UNKNOWN))
    # a target goes with its device when that one is deleted
    job.targets_total = counts.total()
    job.revision += 1
    if not JobShard.objects.filter(job=job).exclude(status=ShardStatus.DONE).exists():
        _end(job, counts)
    job.save()
    if job.is_ended:
        _tell(job)


def _tell(job: Job) -> None:
    for path in ENDINGS:
        try:
            with transaction.atomic():
                import_string(path)(job)
        except (OperationalError, InterfaceError):
            raise  # the database is away, and the end of the job with it
        except Exception:  # who hears of it must not keep the job from ending
            log.exception("%s: %s failed", job, path)


def _end(job: Job, counts: Counter[str]) -> None:
    status = ending(counts, cancelled=job.cancel_requested_at is not None)
    if job.status == JobStatus.QUEUED and status not in JOB_TRANSITIONS[JobStatus.QUEUED]:
        raise ValueError(f"a queued job cannot end as {status}")
    job.status = status
    job.finished_at = timezone.now()
    job.summary = {"targets": dict(counts), "reasons": _reasons(job)}
    words = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    level = "info" if status == JobStatus.SUCCEEDED else "warning"
    add_lines(job.pk, [(job.finished_at, level, None, f"job {job.status}: {words or 'no targets'}")])
    job.refresh_from_db(fields=["log_seq"])


def ending(counts: Counter[str], *, cancelled: bool) -> JobStatus:
    """How a job with these targets ends."""
    if cancelled and counts[TargetStatus.CANCELLED]:
        return JobStatus.CANCELLED
    if counts[TargetStatus.FAILED] == counts[TargetStatus.UNKNOWN] == 0 and counts[TargetStatus.SUCCEEDED]:
        return JobStatus.SUCCEEDED
    return JobStatus.PARTIAL if counts[TargetStatus.SUCCEEDED] else JobStatus.FAILED


def _reasons(job: Job) -> dict[str, Any]:
    """Failed targets by reason: how many, and the first devices by name."""
    reasons: dict[str, Any] = {}
    failed = job.targets.filter(status__in=[TargetStatus.FAILED, TargetStatus.UNKNOWN])
    for code, hostname in failed.values_list("error_code", "device__hostname").order_by("device__hostname").iterator():
        reason = reasons.setdefault(code, {"count": 0, "devices": []})
        reason["count"] += 1
        if len(reason["devices"]) < NAMED_DEVICES:
            reason["devices"].append(hostname)
    return reasons
