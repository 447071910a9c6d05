"""A job's status as page and socket show it."""

from __future__ import annotations

from typing import Any

from jobs.enums import JobStatus
from jobs.kinds import KINDS
from jobs.models import Job
from jobs.selectors import failures_of, is_retryable, target_counts, targets_named
from networkops.errors import ERRORS
from users.models import User
from users.permissions import may

NAMED = 8


def status_context(user: User, job: Job) -> dict[str, Any]:
    """For `jobs/_status.html`. Actions are in it only where this user may and the job's state allows them."""
    allowed = may(user, KINDS[job.kind].permission)
    return {
        "job": job,
        "counts": target_counts(job),
        "reasons": reasons_of(job),
        "can_cancel": allowed and not job.is_ended and job.cancel_requested_at is None,
        "can_retry": allowed and is_retryable(job),
        "is_cancelling": not job.is_ended and job.cancel_requested_at is not None,
        "duration_s": duration_of(job),
    }


def reasons_of(job: Job) -> list[dict[str, Any]]:
    """Failed targets by reason, the most frequent first: label, count, first devices, how many more."""
    failures = failures_of(job)
    named = {code: failure["devices"][:NAMED] for code, failure in failures.items()}
    ids = targets_named(job, [name for names in named.values() for name in names]) if failures else {}
    reasons = [
        {
            "code": code,
            "label": ERRORS[code].label if code in ERRORS else code.replace("_", " "),
            "count": failure["count"],
            # a device that was renamed since keeps its old name here, without a link
            "devices": [{"hostname": name, "pk": ids.get(name)} for name in named[code]],
            "more": failure["count"] - len(named[code]),
        }
        for code, failure in failures.items()
    ]
    return sorted(reasons, key=lambda reason: -reason["count"])


def duration_of(job: Job) -> float | None:
    """Seconds from start to end; None while it runs or when it never started."""
    if job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at).total_seconds()


def job_data(job: Job) -> dict[str, Any]:
    """The job as sockets send it."""
    counts = {
        "total": job.targets_total, "succeeded": job.targets_succeeded, "failed": job.targets_failed,
        "other": job.targets_other, "open": job.targets_total - job.targets_done,
    }  # fmt: skip
    times = {name: getattr(job, name) for name in ("created_at", "started_at", "finished_at", "cancel_requested_at")}
    return {
        "id": job.pk, "kind": job.kind, "status": JobStatus(job.status).value, "counts": counts,
        "revision": job.revision, "log_seq": job.log_seq, "summary": job.summary,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
    }  # fmt: skip
