"""What a dead worker held is taken back, run again where that is harmless, and ends in any case."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from devices.models import Device
from jobs import runner
from jobs.enums import JobStatus, ShardStatus, TargetStatus
from jobs.kinds import KINDS
from jobs.models import Job, JobShard, JobTarget
from jobs.recovery import MOST_RUNS, MOST_SHARD_RUNS, give_back, take_back_lost_shards
from jobs.services import Sweeper, cancel_job
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device) -> Job:
    """Two devices in one shard."""
    return make_job(operator, [device, make_device(device.customer, "acme-r2")])


def die(job: Job, *, silent_s: float = 60, running: int = 1, attempts: int = 1, **shard: Any) -> JobShard:
    """A worker claims the shard, takes up its first devices and is heard of no more."""
    held = job.shards.get()
    assert runner.claim(held.pk, uuid.uuid4())
    first = list(job.targets.order_by("pk").values_list("pk", flat=True)[:running])
    JobTarget.objects.filter(pk__in=first).update(status=TargetStatus.RUNNING, attempts=attempts)
    silent_since = timezone.now() - timedelta(seconds=silent_s)
    JobShard.objects.filter(pk=held.pk).update(heartbeat_at=silent_since, **shard)
    held.refresh_from_db()
    return held


def statuses(job: Job) -> list[str]:
    return list(job.targets.order_by("pk").values_list("status", flat=True))


def test_shard_of_a_silent_worker_is_queued_again(job: Job) -> None:
    die(job)
    assert take_back_lost_shards() == 1
    shard = job.shards.get()
    assert (shard.status, shard.run_token, shard.sent_at) == (ShardStatus.QUEUED, None, None)
    assert statuses(job) == [TargetStatus.PENDING] * 2
    assert "a worker was lost" in job.log.latest("seq").text
    assert take_back_lost_shards() == 0


@pytest.mark.parametrize(("silent_s", "taken"), [(0, 0), (10, 0), (14, 0), (16, 1), (3600, 1)])
def test_only_a_missed_heartbeat_counts(job: Job, settings: Any, silent_s: float, taken: int) -> None:
    settings.JOBS_LOST_AFTER = 15
    die(job, silent_s=silent_s)
    assert take_back_lost_shards() == taken


def test_ended_targets_stay_as_they_are(job: Job) -> None:
    die(job)
    job.targets.filter(status=TargetStatus.PENDING).update(status=TargetStatus.SUCCEEDED)
    take_back_lost_shards()
    assert statuses(job) == [TargetStatus.PENDING, TargetStatus.SUCCEEDED]


def test_device_that_outlives_too_many_workers_fails(job: Job) -> None:
    die(job, attempts=MOST_RUNS)
    take_back_lost_shards()
    assert statuses(job) == [TargetStatus.FAILED, TargetStatus.PENDING]
    assert job.targets.get(status=TargetStatus.FAILED).error_code == "worker_lost"
    assert job.shards.get().status == ShardStatus.QUEUED


def test_shard_that_nobody_gets_anywhere_with_ends(job: Job) -> None:
    """A worker that dies before it marks a target would be given the shard again without end."""
    die(job, running=0, runs=MOST_SHARD_RUNS)
    take_back_lost_shards()
    job.refresh_from_db()
    assert (job.status, statuses(job)) == (JobStatus.FAILED, [TargetStatus.FAILED] * 2)
    assert job.targets_failed == 2


def test_last_targets_lost_end_the_job(job: Job) -> None:
    die(job, running=2, attempts=MOST_RUNS)
    take_back_lost_shards()
    job.refresh_from_db()
    assert (job.status, job.shards.get().status) == (JobStatus.FAILED, ShardStatus.DONE)
    assert job.summary["reasons"]["worker_lost"]["count"] == 2


def test_cancelled_job_ends_with_its_lost_worker(job: Job, operator: User) -> None:
    die(job)
    cancel_job(actor=operator, job=job)
    take_back_lost_shards()
    job.refresh_from_db()
    assert (job.status, statuses(job)) == (JobStatus.CANCELLED, [TargetStatus.CANCELLED] * 2)


def test_changing_job_leaves_what_was_in_hand_unknown(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, job.kind, replace(KINDS[job.kind], changes_device=True))
    die(job)
    take_back_lost_shards()
    assert statuses(job) == [TargetStatus.UNKNOWN, TargetStatus.PENDING]  # the second one was never touched
    job.refresh_from_db()
    assert job.targets_other == 1


def test_one_shard_that_cannot_be_taken_back_keeps_no_other(
    make_job: Callable[..., Job], operator: User, device: Device, job: Job
) -> None:
    die(job)
    other = make_job(operator, [device])
    die(other)
    Job.objects.filter(pk=job.pk).update(kind="reachability")
    kinds = dict(KINDS)
    try:
        del KINDS["reachability"]  # as after a step back to a release that does not know the kind
        assert take_back_lost_shards() == 1
    finally:
        KINDS.update(kinds)
    assert other.shards.get().status == ShardStatus.QUEUED


def test_run_that_fails_gives_its_shard_back_at_once(job: Job) -> None:
    shard, token = job.shards.get(), uuid.uuid4()
    assert runner.claim(shard.pk, token)
    assert not give_back(shard.pk, uuid.uuid4())
    assert give_back(shard.pk, token)
    assert job.shards.get().status == ShardStatus.QUEUED


def test_job_whose_every_run_fails_ends(job: Job) -> None:
    """Parameters that the task cannot take: each run raises before it reaches a device."""
    Job.objects.filter(pk=job.pk).update(params={})
    for _ in range(MOST_SHARD_RUNS):
        runner.run_shard(job.shards.get().pk)
    job.refresh_from_db()
    assert (job.status, statuses(job)) == (JobStatus.FAILED, [TargetStatus.FAILED] * 2)


def test_after_a_database_that_was_away_runs_get_time_to_show_that_they_live(job: Job, settings: Any) -> None:
    die(job)
    sweeper = Sweeper()

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        sweeper()
    sweeper()
    assert job.shards.get().status == ShardStatus.RUNNING
    settings.JOBS_LOST_AFTER = 0
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        sweeper()
    sweeper()
    assert job.shards.get().status == ShardStatus.QUEUED
