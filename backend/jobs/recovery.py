"""Taking back what a dead worker held."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobs.doorbell import ring_on_commit
from jobs.enums import ShardStatus, TargetStatus
from jobs.kinds import KINDS
from jobs.models import Job, JobShard
from jobs.progress import add_lines, settle
from networkops.errors import Cancelled, NetworkError, WorkerLost

log = logging.getLogger(__name__)

MOST_RUNS = 3
"""After so many dead workers a target is failed: it may be what kills them."""
MOST_SHARD_RUNS = 10
"""After so many runs what is left of a shard is failed: something ends them before they get to it."""


def take_back_lost_shards() -> int:
    """Queue again each shard whose worker missed its heartbeat. Returns how many."""
    # by the database's clock, as the heartbeats: the machines of workers and scheduler need not agree on the time
    lost = JobShard.objects.filter(
        status=ShardStatus.RUNNING, heartbeat_at__lt=Now() - timedelta(seconds=settings.JOBS_LOST_AFTER)
    )
    return sum(_tried(lost.filter(pk=pk)) for pk in lost.order_by("pk").values_list("pk", flat=True))


def give_back(shard_id: int, token: UUID) -> bool:
    """Queue a shard again that this run cannot bring to its end."""
    return _take_back(JobShard.objects.filter(pk=shard_id, run_token=token, status=ShardStatus.RUNNING))


def _tried(held: QuerySet[JobShard]) -> bool:
    try:
        return _take_back(held)
    except Exception:  # one that cannot be taken back must not keep the others
        log.exception("shard not taken back")
        return False


@transaction.atomic
def _take_back(held: QuerySet[JobShard]) -> bool:
    shard = held.select_for_update(no_key=True, of=("self",)).select_related("job").first()
    if shard is None:
        return False
    log.warning("shard %s lost its worker", shard, extra={"job": shard.job_id, "run": shard.runs})
    # without its token the old run, should it only have slept, can write nothing more
    JobShard.objects.filter(pk=shard.pk).update(status=ShardStatus.QUEUED, run_token=None, sent_at=None)
    _free_targets(shard, changes_device=KINDS[shard.job.kind].changes(shard.job.params))
    words = "a worker was lost; its unfinished devices are taken up again"
    add_lines(shard.job_id, [(timezone.now(), "warning", None, words)])
    # with the job's row locked: a cancel is either seen here, or sees the shard queued
    if Job.objects.filter(pk=shard.job_id, cancel_requested_at__isnull=False).exists():
        _end(shard, TargetStatus.PENDING, TargetStatus.CANCELLED, Cancelled("Cancelled before the device was reached."))
    if not shard.targets.filter(status=TargetStatus.PENDING).exists():
        JobShard.objects.filter(pk=shard.pk).update(status=ShardStatus.DONE)
    settle(shard.job_id)
    ring_on_commit(shard.job_id)
    return True


def _free_targets(shard: JobShard, *, changes_device: bool) -> None:
    """Let the targets be run again that may be."""
    lost = WorkerLost("The worker died while it worked on this device.")
    if changes_device:
        _end(shard, TargetStatus.RUNNING, TargetStatus.UNKNOWN, lost)
    running = shard.targets.filter(status=TargetStatus.RUNNING)
    _end(shard, TargetStatus.RUNNING, TargetStatus.FAILED, lost, attempts__gte=MOST_RUNS)
    running.update(status=TargetStatus.PENDING, started_at=None)
    if shard.runs >= MOST_SHARD_RUNS:
        unreached = WorkerLost(f"{shard.runs} runs ended before one reached this device.")
        _end(shard, TargetStatus.PENDING, TargetStatus.FAILED, unreached)


def _end(shard: JobShard, before: TargetStatus, after: TargetStatus, error: NetworkError, **which: int) -> None:
    shard.targets.filter(status=before, **which).update(
        status=after, finished_at=timezone.now(), error_code=error.code, error_text=str(error)
    )
