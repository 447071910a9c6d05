"""What workers run. Ids in, one call."""

from __future__ import annotations

from celery import shared_task

from jobs.runner import run_shard


@shared_task(name="jobs.run_shard")
def run_shard_task(shard_id: int) -> None:
    run_shard(shard_id)
