"""Starting, cancelling and retrying jobs: who may, what is refused, and what is written with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu import pools

from core.context import acting
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs import services
from jobs.enums import JobStatus, ShardStatus, TargetStatus
from jobs.models import Job, JobShard, JobTarget
from jobs.services import JobRefused, NoSuchDevice, cancel_job, retry_failed, send_shards, start_job
from jobs.tasks import run_shard_task
from tests.threads import at_once
from users.models import User
from users.permissions import NotAllowed

Make = Callable[..., Job]
MakeDevice = Callable[..., Device]
pytestmark = pytest.mark.django_db


@contextmanager
def broker_away() -> Iterator[None]:
    """Nobody listens where the broker should be."""
    app = run_shard_task.app
    before = app.conf.broker_url, app.conf.broker_transport_options

    def use(url: str, options: dict[str, Any]) -> None:
        app.conf.broker_url, app.conf.broker_transport_options = url, options
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    use("redis://127.0.0.1:1/0", {"max_retries": 1, "socket_connect_timeout": 1})
    try:
        yield
    finally:
        use(*before)


def start(actor: User, customer: Customer, *devices: Device, **given: Any) -> Job:
    given = {"kind": "config_backup"} | given
    return start_job(actor=actor, customer=customer, devices=[device.pk for device in devices], **given)


def test_job_shards_targets_and_audit_are_written_together(operator: User, acme: Customer, device: Device) -> None:
    with acting(correlation="click-1", address="192.0.2.7"):
        job = start(operator, acme, device, params={"timeout_s": 30})
    assert (job.status, job.requested_by, job.correlation_id) == (JobStatus.QUEUED, operator, "click-1")
    assert (job.targets_total, job.params) == (1, {"timeout_s": 30})
    target = job.targets.get()
    assert (target.device, target.status, target.shard) == (device, TargetStatus.PENDING, job.shards.get())
    event = AuditEvent.objects.get(action="job.start")
    assert (event.actor, event.customer, event.object_id) == (operator, acme, job.pk)
    assert (event.source_address, event.correlation_id) == ("192.0.2.7", "click-1")
    assert event.after == {"kind": "config_backup", "devices": 1, "params": {"timeout_s": 30}}


def test_nothing_is_left_of_a_job_whose_transaction_fails(operator: User, acme: Customer, device: Device) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        start(operator, acme, device)
        raise IntegrityError
    assert not Job.objects.exists() and not JobTarget.objects.exists() and not AuditEvent.objects.exists()


REFUSED = [
    # what is given, the input at fault, a word of the reason
    ({"devices": []}, "devices", "at least one"),
    ({"kind": "reboot"}, "kind", "reboot"),
    ({"params": {"timeout_s": 0}}, "params", "timeout_s"),
    ({"params": {"timeout_s": 3601}}, "params", "timeout_s"),
    ({"params": {"timeout_s": "60"}}, "params", "timeout_s"),
    ({"params": {"timeout_s": True}}, "params", "timeout_s"),
    ({"params": {"timeout_s": 1.5}}, "params", "timeout_s"),
    ({"params": {"speed": 9, "colour": "red"}}, "params", "colour, speed"),
]


@pytest.mark.parametrize(("given", "field", "word"), REFUSED)
def test_job_is_refused(
    operator: User, acme: Customer, device: Device, given: dict[str, Any], field: str, word: str
) -> None:
    asked: dict[str, Any] = {"kind": "config_backup", "devices": [device.pk]} | given
    with pytest.raises(JobRefused, match=word) as refused:
        start_job(actor=operator, customer=acme, **asked)
    assert refused.value.field == field
    assert not Job.objects.exists()


def test_too_many_devices_are_refused(
    operator: User, acme: Customer, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_TARGETS", 2)
    with pytest.raises(JobRefused, match="at most 2"):
        start_job(actor=operator, customer=acme, kind="config_backup", devices=[device.pk, 2**40, 2**41])


def test_viewer_starts_cancels_and_retries_nothing(
    viewer: User, operator: User, acme: Customer, device: Device
) -> None:
    with pytest.raises(NotAllowed):
        start(viewer, acme, device)
    job = start(operator, acme, device)
    with pytest.raises(NotAllowed):
        cancel_job(actor=viewer, job=job)
    job.refresh_from_db()
    assert job.cancel_requested_at is None
    cancel_job(actor=operator, job=job)
    job.refresh_from_db()
    with pytest.raises(NotAllowed):
        retry_failed(actor=viewer, job=job)


def test_foreign_device_and_none_at_all_get_the_same_answer(
    operator: User, acme: Customer, globex: Customer, device: Device, foreign_device: Device
) -> None:
    answers = []
    for customer, wanted in (
        (acme, foreign_device.pk),
        (acme, 2**40),
        (globex, foreign_device.pk),
        (globex, device.pk),
    ):
        with pytest.raises(NoSuchDevice) as refused:
            start_job(actor=operator, customer=customer, kind="config_backup", devices=[wanted])
        answers.append(str(refused.value))
    assert len(set(answers)) == 1
    assert not Job.objects.exists()


def test_job_takes_devices_of_one_customer_only(
    superadmin: User, acme: Customer, device: Device, foreign_device: Device
) -> None:
    with pytest.raises(NoSuchDevice):
        start(superadmin, acme, device, foreign_device)


def test_foreign_job_cannot_be_cancelled(stranger: User, operator: User, acme: Customer, device: Device) -> None:
    job = start(operator, acme, device)
    with pytest.raises(Job.DoesNotExist):
        cancel_job(actor=stranger, job=job)


def test_device_named_twice_is_one_target(operator: User, acme: Customer, device: Device) -> None:
    assert start(operator, acme, device, device).targets.count() == 1


def test_disabled_device_is_skipped(operator: User, acme: Customer, device: Device, make_device: MakeDevice) -> None:
    job = start(operator, acme, device, make_device(acme, "acme-off", enabled=False))
    skipped = job.targets.get(status=TargetStatus.SKIPPED)
    assert (skipped.device.hostname, skipped.error_text) == ("acme-off", "The device is disabled.")
    job.refresh_from_db()
    assert (job.status, job.targets_other) == (JobStatus.QUEUED, 1)


def test_job_of_disabled_devices_alone_ends_at_once(operator: User, acme: Customer, make_device: MakeDevice) -> None:
    job = start(operator, acme, make_device(acme, "acme-off", enabled=False))
    job.refresh_from_db()
    assert (job.status, job.shards.count()) == (JobStatus.FAILED, 0)
    assert job.log.latest("seq").text == "job failed: 1 skipped"


SHARDS = [
    # devices, most targets of a shard, worker processes, sizes of the shards
    (1, 100, 2, [1]),
    (19, 100, 2, [19]),
    (20, 100, 2, [10, 10]),
    (25, 100, 2, [13, 12]),
    (25, 10, 2, [9, 8, 8]),
    (40, 100, 4, [10, 10, 10, 10]),
]


@pytest.mark.parametrize(("devices", "size", "fanout", "shards"), SHARDS)
def test_job_is_cut_into_even_shards(
    operator: User, acme: Customer, make_device: MakeDevice, settings: Any,
    devices: int, size: int, fanout: int, shards: list[int],
) -> None:  # fmt: skip
    settings.JOBS_SHARD_SIZE, settings.JOBS_FANOUT = size, fanout
    job = start(operator, acme, *(make_device(acme, f"r{number}") for number in range(devices)))
    assert [shard.targets.count() for shard in job.shards.order_by("number")] == shards


@pytest.mark.django_db(transaction=True)
def test_job_is_made_while_the_broker_is_away_and_sent_when_it_is_back(
    operator: User, acme: Customer, device: Device
) -> None:
    with broker_away():
        job = start(operator, acme, device)
        assert send_shards(before=timezone.now()) == 0
    assert (job.shards.get().status, job.shards.get().sent_at) == (ShardStatus.QUEUED, None)
    assert send_shards(before=timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_job_goes_to_the_broker_with_its_commit(operator: User, acme: Customer, device: Device) -> None:
    with transaction.atomic():
        job = start(operator, acme, device)
        assert job.shards.get().sent_at is None
    assert job.shards.get().sent_at is not None


def test_sweep_sends_only_what_nobody_took_for_a_while(operator: User, acme: Customer, make_device: MakeDevice) -> None:
    jobs = [start(operator, acme, make_device(acme, f"r{number}")) for number in range(4)]
    lately, before = timezone.now(), timezone.now() - timedelta(seconds=15)
    for job, fields in zip(
        jobs,
        (
            {"sent_at": None},
            {"sent_at": before - timedelta(seconds=1)},
            {"sent_at": lately},
            {"sent_at": None, "status": ShardStatus.DONE},
        ),
        strict=True,
    ):
        job.shards.update(**fields)
    assert send_shards(before=before) == 2
    assert [job.shards.filter(sent_at__gte=lately).exists() for job in jobs] == [True, True, True, False]


def test_small_job_is_sent_before_the_rest_of_a_large_one(
    operator: User, acme: Customer, make_device: MakeDevice, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_ON_BROKER", 3)
    settings.JOBS_SHARD_SIZE = 1
    devices = [make_device(acme, f"r{number}") for number in range(6)]
    large, small = start(operator, acme, *devices), start(operator, acme, devices[0])
    assert send_shards(before=timezone.now()) == 3
    assert list(JobShard.objects.exclude(sent_at=None).values_list("job", "number").order_by("number", "job")) == [
        (large.pk, 0),
        (small.pk, 0),
        (large.pk, 1),
    ]
    assert send_shards(before=timezone.now() - timedelta(seconds=15)) == 0  # none was taken yet
    JobShard.objects.filter(job=small).update(status=ShardStatus.DONE)
    assert send_shards(before=timezone.now() - timedelta(seconds=15)) == 1


def test_cancel_ends_what_no_worker_has_and_asks_the_others(
    operator: User, acme: Customer, make_device: MakeDevice, settings: Any
) -> None:
    import uuid

    from jobs.runner import claim

    settings.JOBS_SHARD_SIZE = 1
    job = start(operator, acme, make_device(acme, "r1"), make_device(acme, "r2"))
    held = job.shards.get(number=0)
    assert claim(held.pk, uuid.uuid4())
    cancel_job(actor=operator, job=job)
    assert list(job.targets.order_by("shard__number").values_list("status", flat=True)) == ["pending", "cancelled"]
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED and job.cancel_requested_at is not None
    assert AuditEvent.objects.filter(action="job.cancel", actor=operator, object_id=job.pk).count() == 1
    with pytest.raises(JobRefused) as refused:
        cancel_job(actor=operator, job=job)
    assert refused.value.field == "status"


@pytest.mark.django_db(transaction=True)
def test_cancel_and_claim_at_once_leave_no_target_behind(operator: User, acme: Customer, device: Device) -> None:
    from jobs.runner import run_shard

    Device.objects.update(credential=None)  # so that a run ends without a connect
    for _ in range(5):
        job = start(operator, acme, device)
        at_once(partial(run_shard, job.shards.get().pk), partial(_cancel, operator, job))
        job.refresh_from_db()
        assert job.is_ended
        assert job.shards.get().status == ShardStatus.DONE
        assert job.targets.get().status in {TargetStatus.CANCELLED, TargetStatus.FAILED}


def _cancel(actor: User, job: Job) -> None:
    with suppress(JobRefused):  # it may have ended already
        cancel_job(actor=actor, job=job)


def test_retry_is_refused_while_the_job_runs_and_when_nothing_failed(
    operator: User, acme: Customer, device: Device
) -> None:
    job = start(operator, acme, device)
    with pytest.raises(JobRefused, match="still running"):
        retry_failed(actor=operator, job=job)
    job.targets.update(status=TargetStatus.SUCCEEDED)
    Job.objects.update(status=JobStatus.SUCCEEDED, finished_at=timezone.now())
    job.refresh_from_db()
    with pytest.raises(JobRefused, match="succeeded"):
        retry_failed(actor=operator, job=job)
