"""Taking back what a dead worker held."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jobs.doorbell import ring_on_commit
from jobs.enums import ShardStatus, TargetStatus
from jobs.kinds import KINDS
from jobs.models import JobShard, JobTarget
from jobs.progress import add_lines, settle
from networkops.errors import Cancelled, WorkerLost

log = logging.getLogger(__name__)

MOST_RUNS = 3
"""After so many dead workers a target is failed: it may be what kills them."""


def take_back_lost_shards() -> int:
    """Queue again each shard whose worker missed its heartbeat. Returns how many."""
    cutoff = timezone.now() - timedelta(seconds=settings.JOBS_LOST_AFTER)
    lost = JobShard.objects.filter(status=ShardStatus.RUNNING, heartbeat_at__lt=cutoff)
    return sum(_take_back(shard, cutoff) for shard in lost.select_related("job"))


@transaction.atomic
def _take_back(shard: JobShard, cutoff: object) -> bool:
    job = shard.job
    held = JobShard.objects.filter(pk=shard.pk, status=ShardStatus.RUNNING, heartbeat_at__lt=cutoff)
    # without its token the old run, should it only have slept, can write nothing more
    if held.update(status=ShardStatus.QUEUED, run_token=None, sent_at=None) != 1:
        return False
    log.warning("shard %s lost its worker, queued again", shard)
    lines = [(timezone.now(), "warning", None, "a worker was lost; its unfinished devices are taken up again")]
    running = JobTarget.objects.filter(shard=shard, status=TargetStatus.RUNNING)
    reason = WorkerLost("The worker died while it worked on this device.")
    ended = {"finished_at": timezone.now(), "error_code": reason.code, "error_text": str(reason)}
    if KINDS[job.kind].changes_device:
        running.update(status=TargetStatus.UNKNOWN, **ended)
    else:
        running.filter(attempts__gte=MOST_RUNS).update(status=TargetStatus.FAILED, **ended)
        running.update(status=TargetStatus.PENDING, started_at=None)
    add_lines(job.pk, lines)
    if job.cancel_requested_at is not None or not shard.targets.filter(status=TargetStatus.PENDING).exists():
        JobShard.objects.filter(pk=shard.pk).update(status=ShardStatus.DONE)
        gone = Cancelled("Cancelled before the device was reached.")
        shard.targets.filter(status=TargetStatus.PENDING).update(
            status=TargetStatus.CANCELLED, finished_at=timezone.now(), error_code=gone.code, error_text=str(gone)
        )
        settle(job.pk)
    type(job).objects.filter(pk=job.pk).update(revision=F("revision") + 1)
    ring_on_commit(job.pk)
    return True
