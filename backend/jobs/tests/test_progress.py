"""Log sequences, counts and how a job ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from devices.models import Device
from jobs.enums import JobStatus, ShardStatus, TargetStatus
from jobs.models import Job, JobLog, JobTarget
from jobs.progress import LONGEST_LINE, add_lines, ending, settle
from tests.threads import at_once
from users.models import User


def say(job: Job, *texts: str) -> None:
    with transaction.atomic():
        add_lines(job.pk, [(timezone.now(), "info", None, text) for text in texts])


@pytest.fixture
def job(make_job: Callable[..., Job], operator: User, device: Device) -> Job:
    return make_job(operator, [device])


@pytest.mark.django_db(transaction=True)
def test_sequences_of_many_writers_have_no_gap(job: Job) -> None:
    def write(name: str) -> None:
        for number in range(10):
            say(job, *(f"{name} {number}.{line}" for line in range(3)))

    at_once(*(partial(write, name) for name in "abcd"))
    job.refresh_from_db()
    assert job.log_seq == 1 + 4 * 10 * 3
    assert list(job.log.values_list("seq", flat=True)) == list(range(1, job.log_seq + 1))
    for name in "abcd":  # each writer's lines in its own order
        mine = job.log.filter(text__startswith=f"{name} ").values_list("text", flat=True)
        assert list(mine) == [f"{name} {number}.{line}" for number in range(10) for line in range(3)]


@pytest.mark.django_db(transaction=True)
def test_reader_never_sees_a_line_before_an_earlier_one(job: Job) -> None:
    """Whatever a reader takes for the last line, nothing may appear below it later."""
    writers = 3
    ended: list[str] = []

    def write(name: str) -> bool:
        for number in range(15):
            say(job, f"{name} {number}")
        ended.append(name)
        return True

    def read() -> bool:
        seen = 0
        while True:
            is_last = len(ended) == writers
            new = list(JobLog.objects.filter(job=job, seq__gt=seen).values_list("seq", flat=True))
            if new != list(range(seen + 1, seen + 1 + len(new))):
                return False
            seen += len(new)
            if is_last:
                return seen == 1 + writers * 15

    assert all(at_once(read, *(partial(write, name) for name in "abc")))


def test_writer_that_fails_leaves_no_gap(job: Job) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        say(job, "lost")
        raise ZeroDivisionError
    say(job, "kept")
    assert [(line.seq, line.text) for line in job.log.all()][1:] == [(2, "kept")]


LINES = [
    ("plain", "plain"),
    ("", ""),
    ("a\x00b", "a�b"),
    ("a\udc80b", "a�b"),
    ("日本語 ☃ \U0001f600", "日本語 ☃ \U0001f600"),
    ("x" * LONGEST_LINE, "x" * LONGEST_LINE),
    ("x" * (LONGEST_LINE + 1234), "x" * LONGEST_LINE + "… (1,234 more characters)"),
]


@pytest.mark.parametrize(("said", "kept"), LINES)
def test_line_is_kept_whole_fit_and_bounded(job: Job, said: str, kept: str) -> None:
    say(job, said)
    assert job.log.latest("seq").text == kept


P, S, F, U, C, K = "pending", "succeeded", "failed", "unknown", "cancelled", "skipped"
ENDINGS = [
    # targets, whether a cancel was asked for, how the job ends
    ({S: 3}, False, JobStatus.SUCCEEDED),
    ({S: 3, K: 2}, False, JobStatus.SUCCEEDED),
    ({S: 3, F: 1}, False, JobStatus.PARTIAL),
    ({S: 3, U: 1}, False, JobStatus.PARTIAL),
    ({F: 3}, False, JobStatus.FAILED),
    ({U: 1}, False, JobStatus.FAILED),
    ({K: 3}, False, JobStatus.FAILED),
    ({}, False, JobStatus.FAILED),
    ({C: 3}, True, JobStatus.CANCELLED),
    ({S: 2, C: 1}, True, JobStatus.CANCELLED),
    ({S: 2, F: 1, C: 1}, True, JobStatus.CANCELLED),
    ({S: 3}, True, JobStatus.SUCCEEDED),  # the cancel came too late for any of them
    ({S: 3, F: 1}, True, JobStatus.PARTIAL),
    ({F: 3}, True, JobStatus.FAILED),
]


@pytest.mark.parametrize(("counts", "cancelled", "status"), ENDINGS)
def test_ending(counts: dict[str, int], cancelled: bool, status: JobStatus) -> None:
    assert ending(Counter(counts), cancelled=cancelled) == status


def test_job_ends_with_its_last_shard_only(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device
) -> None:
    devices = [device, *(make_device(device.customer, f"acme-r{number}") for number in range(2, 25))]
    job = make_job(operator, devices)
    first, second = job.shards.order_by("number")
    JobTarget.objects.filter(shard=first).update(status=TargetStatus.SUCCEEDED)
    Job.objects.update(status=JobStatus.RUNNING)
    job.shards.filter(pk=first.pk).update(status=ShardStatus.DONE)
    with transaction.atomic():
        settle(job.pk)
    job.refresh_from_db()
    assert (job.status, job.targets_succeeded, job.finished_at) == (JobStatus.RUNNING, 12, None)
    JobTarget.objects.filter(shard=second).update(status=TargetStatus.FAILED, error_code="timeout")
    job.shards.filter(pk=second.pk).update(status=ShardStatus.DONE)
    with transaction.atomic():
        settle(job.pk)
    job.refresh_from_db()
    assert (job.status, job.targets_succeeded, job.targets_failed) == (JobStatus.PARTIAL, 12, 12)
    reason = job.summary["reasons"]["timeout"]
    assert reason["count"] == 12 and reason["devices"] == sorted(reason["devices"])
    assert job.log.latest("seq").text.startswith("job partial: 12 ")


@pytest.mark.django_db(transaction=True)
def test_two_shards_that_end_at_once_end_the_job_once(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device
) -> None:
    devices = [device, *(make_device(device.customer, f"acme-r{number}") for number in range(2, 25))]
    job = make_job(operator, devices)
    Job.objects.update(status=JobStatus.RUNNING)

    def end(shard: int) -> None:
        with transaction.atomic():
            job.shards.filter(pk=shard).update(status=ShardStatus.DONE)
            JobTarget.objects.filter(shard=shard).update(status=TargetStatus.SUCCEEDED)
            settle(job.pk)

    at_once(*(partial(end, shard.pk) for shard in job.shards.all()))
    job.refresh_from_db()
    assert (job.status, job.targets_succeeded) == (JobStatus.SUCCEEDED, 24)
    assert job.log.filter(text__startswith="job succeeded").count() == 1
