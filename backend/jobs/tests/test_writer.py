"""What a run writes: once, whole, and only while the shard is its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from config_mgmt.models import ConfigSnapshot
from customers.models import Customer
from devices.models import Device
from jobs import runner
from jobs.enums import JobStatus, TargetStatus
from jobs.models import Job, JobShard, JobTarget
from jobs.writer import LostShard, ShardWriter
from networkops.errors import NetworkError
from networkops.inventory import host_specs
from networkops.types import FetchedConfig, HostDone, HostKeySeen, HostSpec, HostStarted, Line
from tests.threads import at_once
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

CONFIG = "hostname r1\ninterface Loopback0\nend\n"


def now() -> datetime:
    return datetime.now(UTC)


def begin(job: Job) -> ShardWriter:
    """A writer that holds the job's one shard, as the runner makes it."""
    shard, token = job.shards.get(), uuid.uuid4()
    assert runner.claim(shard.pk, token)
    shard = JobShard.objects.select_related("job").get(pk=shard.pk)
    return ShardWriter(shard, token, list(shard.targets.select_related("device").order_by("device__hostname")))


def take_done(writer: ShardWriter, text: str = CONFIG, error: NetworkError | None = None) -> None:
    """Every host of the run is started, says a line and is done."""
    for key in writer.targets:
        writer.take(HostStarted(key, now(), 1))
        writer.take(Line(key, now(), "info", "reading"))
        result = None if error else FetchedConfig(text)
        writer.take(HostDone(key, now(), attempts=1, duration_s=0.1, result=result, error=error))


def spec_of(target: JobTarget) -> HostSpec:
    spec = host_specs({target.pk: (target.device, 1)}, needs_login=True)[target.pk]
    assert isinstance(spec, HostSpec)
    return spec


def lose_the_next_answer() -> Any:
    """The commit of the next transaction that writes succeeds, and its answer gets lost with the connection."""
    armed = [True]

    def lost() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if armed and sql.startswith("UPDATE"):
            armed.clear()
            transaction.on_commit(lost)
        return execute(sql, params, many, context)

    return connection.execute_wrapper(watch)


def test_flush_tried_again_after_an_ambiguous_commit_writes_once(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device]))
    take_done(writer)
    with lose_the_next_answer(), pytest.raises(OperationalError):
        writer.flush()
    writer.flush()
    job = Job.objects.get()
    assert job.targets_succeeded == 1
    assert [line.seq for line in job.log.all()] == list(range(1, job.log_seq + 1))
    assert job.log.filter(text="reading").count() == 1
    assert ConfigSnapshot.objects.count() == 1


def test_run_goes_on_after_an_ambiguous_commit(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device]))
    (key,) = writer.targets
    writer.take(Line(key, now(), "info", "first"))
    with lose_the_next_answer(), pytest.raises(OperationalError):
        writer.flush()
    writer.flush()
    assert not writer.is_due()
    writer.take(Line(key, now(), "info", "second"))
    take_done(writer)
    writer.flush()
    writer.close()
    job = Job.objects.get()
    assert job.status == JobStatus.SUCCEEDED
    assert [line.text for line in job.log.all()][1:4] == ["first", "second", "reading"]


def test_flush_that_fails_keeps_its_batch(make_job: Callable[..., Job], operator: User, device: Device) -> None:
    writer = begin(make_job(operator, [device]))
    take_done(writer)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "jobs_joblog" in sql:
            raise OperationalError("the database is away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        writer.flush()
    assert JobTarget.objects.get().status == TargetStatus.PENDING
    writer.flush()
    assert JobTarget.objects.get().status == TargetStatus.SUCCEEDED
    assert ConfigSnapshot.objects.count() == 1


@pytest.mark.parametrize("write", ["flush", "close", "admit"])
def test_run_without_its_token_writes_nothing(
    make_job: Callable[..., Job], operator: User, device: Device, write: str
) -> None:
    writer = begin(make_job(operator, [device]))
    JobShard.objects.update(run_token=uuid.uuid4())
    take_done(writer)
    calls: dict[str, Callable[[], Any]] = {
        "flush": writer.flush,
        "close": writer.close,
        "admit": lambda: writer.admit(spec_of(JobTarget.objects.get())),
    }
    with pytest.raises(LostShard):
        calls[write]()
    assert JobTarget.objects.get().status == TargetStatus.PENDING
    assert not ConfigSnapshot.objects.exists()
    assert Job.objects.get().log_seq == 1


def test_admitted_host_is_marked_running_before_it_connects(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device]))
    assert writer.admit(spec_of(JobTarget.objects.get())) == 0
    assert JobTarget.objects.get().status == TargetStatus.RUNNING


def test_sessions_of_a_device_are_limited_across_jobs(
    make_job: Callable[..., Job], operator: User, device: Device, settings: Any
) -> None:
    settings.JOBS_SESSIONS_PER_DEVICE, settings.JOBS_CONNECTS_PER_SECOND = 2, 0
    writers = [begin(make_job(operator, [device])) for _ in range(3)]
    specs = [spec_of(target) for target in JobTarget.objects.order_by("pk")]
    answers = [writer.admit(spec) for writer, spec in zip(writers, specs, strict=True)]
    assert answers[:2] == [0, 0] and answers[2] > 0
    take_done(writers[0])
    writers[0].flush()
    assert writers[2].admit(specs[2]) == 0


def test_host_refused_for_its_session_uses_no_second_connect_of_the_budget(
    make_job: Callable[..., Job], operator: User, device: Device, settings: Any
) -> None:
    settings.JOBS_SESSIONS_PER_DEVICE, settings.JOBS_CONNECTS_PER_SECOND = 0, 1
    writer = begin(make_job(operator, [device]))
    spec = spec_of(JobTarget.objects.get())
    assert [writer.admit(spec) for _ in range(5)] == [1.0] * 5
    settings.JOBS_SESSIONS_PER_DEVICE = 1
    assert writer.admit(spec) == 0


def test_device_deleted_in_the_middle_leaves_the_others_alone(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device
) -> None:
    other = make_device(device.customer, "acme-r2")
    writer = begin(make_job(operator, [device, other]))
    gone = spec_of(JobTarget.objects.get(device=device))
    device.delete()
    assert writer.admit(gone) == 0  # else it would be asked for until the end of days
    take_done(writer)
    writer.flush()
    writer.close()
    job = Job.objects.get()
    assert (job.status, job.targets_total, job.targets_succeeded) == (JobStatus.SUCCEEDED, 1, 1)
    assert job.log.filter(text="reading", device=None).count() == 1
    assert ConfigSnapshot.objects.get().device == other


def test_one_result_that_cannot_be_stored_fails_its_own_target_alone(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device, make_device(device.customer, "acme-r2")]))
    good, bad = writer.targets
    writer.take(HostDone(good, now(), attempts=1, duration_s=0.1, result=FetchedConfig(CONFIG)))
    writer.take(HostDone(bad, now(), attempts=1, duration_s=0.1, result="not what a backup brings"))
    writer.flush()
    statuses = dict(JobTarget.objects.values_list("pk", "status"))
    assert statuses == {good: TargetStatus.SUCCEEDED, bad: TargetStatus.FAILED}
    assert "could not be stored" in JobTarget.objects.get(pk=bad).error_text


NASTY = "before \x00 and \ud800 after"


def test_device_text_that_no_database_takes_is_told_all_the_same(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device]))
    (key,) = writer.targets
    writer.take(Line(key, now(), "info", NASTY))
    writer.take(HostDone(key, now(), attempts=1, duration_s=0.1, error=NetworkError(NASTY)))
    writer.flush()
    assert JobTarget.objects.get().error_text == "before � and � after"
    assert Job.objects.get().log.filter(text="before � and � after").exists()


def test_configuration_that_no_utf8_holds_is_stored_all_the_same(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    writer = begin(make_job(operator, [device]))
    take_done(writer, f"hostname r1\nbanner motd {NASTY}\nend\n")
    writer.flush()
    assert JobTarget.objects.get().status == TargetStatus.SUCCEEDED


def test_host_key_of_first_contact_is_kept_and_a_known_one_never_replaced(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    for key_seen in ("ssh-ed25519 AAAAfirst", "ssh-ed25519 AAAAsecond"):
        writer = begin(make_job(operator, [device]))
        (key,) = writer.targets
        writer.take(HostKeySeen(key, key_seen))
        writer.flush()
        take_done(writer)
        writer.flush()
        writer.close()
        Job.objects.all().delete()
    assert Device.objects.get().host_key == "ssh-ed25519 AAAAfirst"


def test_cancel_is_noticed_with_the_next_write(make_job: Callable[..., Job], operator: User, device: Device) -> None:
    from jobs.services import cancel_job

    writer = begin(make_job(operator, [device]))
    writer.flush()
    assert not writer.cancel_asked
    cancel_job(actor=operator, job=Job.objects.get())
    writer.flush()
    assert writer.cancel_asked


def test_two_runs_that_ask_at_once_stay_within_the_sessions_of_a_device(
    make_job: Callable[..., Job], operator: User, device: Device, settings: Any
) -> None:
    settings.JOBS_SESSIONS_PER_DEVICE, settings.JOBS_CONNECTS_PER_SECOND = 1, 0
    for _ in range(5):
        writers = [begin(make_job(operator, [device])) for _ in range(3)]
        specs = [spec_of(writer.targets[key]) for writer in writers for key in writer.targets]
        answers = at_once(*(partial(writer.admit, spec) for writer, spec in zip(writers, specs, strict=True)))
        assert sorted(answers) == [0.0, 1.0, 1.0]
        Job.objects.all().delete()


def test_jobs_on_the_same_devices_never_block_each_other_for_ever(
    make_job: Callable[..., Job], make_device: Callable[..., Device], operator: User, acme: Customer
) -> None:
    """On PostgreSQL the loser of a deadlock gets an error; here nobody may lose."""
    devices = [make_device(acme, f"r{number}") for number in range(8)]
    for turn in range(4):
        writers = [begin(make_job(operator, devices)) for _ in range(2)]
        for writer, order in zip(writers, (1, -1), strict=True):
            half = list(writer.targets)[::order]
            for key in half:
                writer.take(Line(key, now(), "info", "reading"))
                writer.take(HostKeySeen(key, "ssh-ed25519 AAAA"))
            for key in half[:5]:
                result = FetchedConfig(f"{CONFIG}! {turn} of {writer.targets[key].device_id}\n")
                writer.take(HostDone(key, now(), attempts=1, duration_s=0.1, result=result))
        at_once(*(writer.flush for writer in writers))
    assert Job.objects.filter(targets_succeeded=5).count() == 8


def test_database_away_in_the_middle_of_a_run_loses_nothing(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    Device.objects.update(credential=None)  # so that the run ends without a connect
    job = make_job(operator, [device])
    failures = iter(range(3))

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_flush = sql.startswith("UPDATE") and "flushes" in sql and "run_token" in sql.partition("WHERE")[2]
        if is_flush and next(failures, None) is not None:
            raise OperationalError("the database is away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        runner.run_shard(job.shards.get().pk)
    job.refresh_from_db()
    assert (job.status, job.targets.get().error_code) == (JobStatus.FAILED, "not_configured")
    assert job.log.filter(device=device).count() == 1
    assert next(failures, None) is None
