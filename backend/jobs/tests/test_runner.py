"""A shard's run on real (simulated) devices, written to the database."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.utils import timezone

from config_mgmt.models import ConfigSnapshot
from core.services import audit
from devices.models import Device
from jobs import runner
from jobs.enums import JobStatus, ShardStatus, TargetStatus
from jobs.models import Job, JobShard
from jobs.services import cancel_job, retry_failed, start_job
from jobs.tests.conftest import MakeFleet
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def back_up(actor: User, *devices: Device, **params: int) -> Job:
    """A job for the devices, run to its end in this thread."""
    return run_all(queue_backup(actor, *devices, **params))


def queue_backup(actor: User, *devices: Device, **params: int) -> Job:
    ids = [device.pk for device in devices]
    return start_job(actor=actor, customer=devices[0].customer, kind="config_backup", devices=ids, params=params)


def run_all(job: Job) -> Job:
    for shard in JobShard.objects.filter(job=job):
        runner.run_shard(shard.pk)
    job.refresh_from_db()
    return job


def test_backup_keeps_a_verified_snapshot_of_each_device(make_fleet: MakeFleet, operator: User) -> None:
    fleet, devices = make_fleet({"r1": "", "r2": ""})
    job = back_up(operator, *devices)
    assert job.status == JobStatus.SUCCEEDED
    assert (job.targets_total, job.targets_succeeded, job.targets_failed) == (2, 2, 0)
    snapshots = ConfigSnapshot.objects.filter(device__in=devices)
    assert [s.status for s in snapshots] == ["verified", "verified"]
    assert all(s.version == 1 and s.is_new_version for s in snapshots)
    first = snapshots.get(device=devices[0])
    from config_mgmt.services import plain_text

    truth = fleet["r1"].running_config.splitlines()
    kept = plain_text(first).splitlines()
    assert [line for line in truth if not line.startswith("!")] == [
        line for line in kept if not line.startswith("!") and line in truth
    ]
    assert kept[-1] == "end"


def test_log_has_no_gap_and_names_devices(make_fleet: MakeFleet, operator: User) -> None:
    _, devices = make_fleet({"r1": ""})
    job = back_up(operator, devices[0])
    lines = list(job.log.all())
    assert [line.seq for line in lines] == list(range(1, job.log_seq + 1))
    assert any(line.device_id == devices[0].pk for line in lines)
    assert lines[-1].text.startswith("job succeeded")


def test_first_contact_pins_the_host_key(make_fleet: MakeFleet, operator: User) -> None:
    fleet, devices = make_fleet({"r1": ""})
    back_up(operator, devices[0])
    devices[0].refresh_from_db()
    assert devices[0].host_key.split()[:2] == fleet["r1"].host_key.split()[:2]


def test_second_backup_of_the_same_configuration_is_no_new_version(make_fleet: MakeFleet, operator: User) -> None:
    _, devices = make_fleet({"r1": ""})
    for _ in range(2):
        back_up(operator, devices[0])
    versions = ConfigSnapshot.objects.filter(device=devices[0]).order_by("pk").values_list("version", "is_new_version")
    assert list(versions) == [(1, True), (1, False)]


FAULTS = [
    ("unreachable", "unreachable", "failed"),
    ("wrong_password", "login_refused", "failed"),
    ("changed_host_key", "host_key_changed", "failed"),
    ("slow", "timeout", "failed"),
    ("hangs", "timeout", "failed"),
    ("cuts_off", "config_suspicious", "suspicious"),
    ("invalid_input", "command_refused", "failed"),
    ("closes", "connection_lost", "failed"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "code", "snapshot"), FAULTS)
def test_faulty_device_ends_in_a_failed_target(
    make_fleet: MakeFleet, operator: User, fault: str, code: str, snapshot: str
) -> None:
    fleet, devices = make_fleet({"good": "", "bad": ""})
    if fault == "changed_host_key":
        Device.objects.filter(pk=devices[1].pk).update(host_key=fleet["bad"].host_key)
    fleet["bad"].set_fault({"kind": fault, "delay_ms": 30_000})
    job = back_up(operator, *devices, timeout_s=4)
    assert job.status == JobStatus.PARTIAL
    target = job.targets.get(device=devices[1])
    assert (target.status, target.error_code) == ("failed", code)
    assert target.error_text and "Traceback" not in target.error_text
    assert job.summary["reasons"][code]["devices"] == ["bad"]
    kept = ConfigSnapshot.objects.get(device=devices[1])
    assert (kept.status, kept.version) == (snapshot, None)
    assert kept.problems


@pytest.mark.slow
def test_garbage_is_told_in_words(make_fleet: MakeFleet, operator: User) -> None:
    _, devices = make_fleet({"bad": "garbage"})
    target = back_up(operator, *devices, timeout_s=4).targets.get()
    assert target.status == "failed"
    assert target.error_code in {"prompt_not_understood", "timeout"}


def test_device_without_credential_fails_without_a_connect(make_fleet: MakeFleet, operator: User) -> None:
    fleet, devices = make_fleet({"r1": ""})
    Device.objects.update(credential=None)
    job = back_up(operator, devices[0])
    assert job.status == JobStatus.FAILED
    assert job.targets.get().error_code == "not_configured"
    assert fleet.logins == 0


def test_reachability_needs_no_login(make_fleet: MakeFleet, operator: User) -> None:
    fleet, devices = make_fleet({"r1": "", "r2": "unreachable"})
    job = start_job(actor=operator, customer=devices[0].customer, kind="reachability", devices=[d.pk for d in devices])
    assert run_all(job).status == JobStatus.PARTIAL
    for device in devices:
        device.refresh_from_db()
    assert [d.reachability for d in devices] == ["reachable", "unreachable"]
    assert devices[0].latency_ms is not None and devices[1].latency_ms is None
    assert fleet.logins == 0


def test_a_shard_is_claimed_once(make_job: Callable[..., Job], operator: User, device: Device) -> None:
    shard = make_job(operator, [device]).shards.get()
    assert runner.claim(shard.pk, uuid.uuid4())
    assert not runner.claim(shard.pk, uuid.uuid4())


def test_run_that_lost_its_shard_writes_nothing(make_fleet: MakeFleet, operator: User) -> None:
    """Fencing: the old run of a shard that was given to another one must not end its targets."""
    _, devices = make_fleet({"r1": "slow"})
    job = queue_backup(operator, *devices, timeout_s=3)
    shard = job.shards.get()
    token = uuid.uuid4()
    assert runner.claim(shard.pk, token)
    JobShard.objects.filter(pk=shard.pk).update(run_token=uuid.uuid4())
    from jobs.writer import LostShard

    with pytest.raises(LostShard):
        runner._run(JobShard.objects.select_related("job").get(pk=shard.pk), token)
    target = job.targets.get()
    assert target.status in {TargetStatus.PENDING, TargetStatus.RUNNING}
    assert not ConfigSnapshot.objects.exists()


def test_cancel_before_the_start_ends_the_job_at_once(
    make_job: Callable[..., Job], operator: User, device: Device
) -> None:
    job = make_job(operator, [device])
    cancel_job(actor=operator, job=job)
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert job.targets.get().status == TargetStatus.CANCELLED
    runner.run_shard(job.shards.get().pk)
    assert job.targets.get().status == TargetStatus.CANCELLED


@pytest.mark.slow
def test_cancel_takes_effect_within_seconds(make_fleet: MakeFleet, operator: User) -> None:
    import threading
    import time

    from django.db import connection

    from core.tenancy import bound

    _, devices = make_fleet({"r1": "hangs", "r2": "hangs"})
    job = queue_backup(operator, *devices)

    def work() -> None:
        runner.run_shard(job.shards.get().pk)
        connection.close()

    thread = threading.Thread(target=bound(work))
    thread.start()
    deadline = time.monotonic() + 20
    while job.targets.filter(status="running").count() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    cancel_job(actor=operator, job=job)
    asked = time.monotonic()
    thread.join(timeout=20)
    assert time.monotonic() - asked < 5
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert {t.status for t in job.targets.all()} == {TargetStatus.CANCELLED}


@pytest.mark.slow
def test_retry_takes_only_what_failed(make_fleet: MakeFleet, operator: User) -> None:
    fleet, devices = make_fleet({"r1": "", "r2": "wrong_password"})
    job = back_up(operator, *devices)
    fleet["r2"].set_fault(None)
    again = run_all(retry_failed(actor=operator, job=job))
    assert again.retry_of == job
    assert [t.device for t in again.targets.all()] == [devices[1]]
    assert again.status == JobStatus.SUCCEEDED


def test_result_handler_failing_is_told_and_does_not_stop_the_job(
    make_fleet: MakeFleet, operator: User, settings: object
) -> None:
    """The encryption key is replaced without keeping the old one: credentials cannot be read."""
    from cryptography.fernet import Fernet

    _, devices = make_fleet({"r1": ""})
    job = queue_backup(operator, devices[0])
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]  # type: ignore[attr-defined]
    target = run_all(job).targets.get()
    assert target.error_code == "not_configured"
    assert "WEBNET_ENCRYPTION_KEY" in target.error_text


def test_audit_of_a_started_job(make_job: Callable[..., Job], operator: User, device: Device) -> None:
    from core.models import AuditEvent

    job = make_job(operator, [device])
    event = AuditEvent.objects.get(action="job.start")
    assert (event.actor, event.object_id, event.customer) == (operator, job.pk, device.customer)
    assert audit("x", job, actor=None).actor_name == "webnet"
    assert timezone.is_aware(event.at)
    assert JobShard.objects.get(job=job).status == ShardStatus.QUEUED
