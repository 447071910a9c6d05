"""What reachability jobs leave behind: the device's state, its history, the target's words."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.kinds import Finished
from jobs.models import Job
from jobs.services import JobRefused, start_job
from jobs.tests.test_runner import run_all
from monitoring import services
from monitoring.models import ReachabilityCheck
from monitoring.services import forget_old_checks, keep_checks
from monitoring.tests.conftest import MakeCheck, check_of
from networkops.errors import Cancelled, DriverError, HostUnreachable, NetworkError
from networkops.types import Probes, Reached
from users.models import User


@pytest.fixture
def job(operator: User, device: Device, make_job: Callable[..., Job]) -> Job:
    return make_job(operator, [device], kind="reachability")


def keep(job: Job, result: Reached | None = None, error: NetworkError | None = None) -> Any:
    target = job.targets.get()
    return keep_checks(job, [Finished(target, result, error)])[target.pk]


REFUSED = HostUnreachable("no TCP connection to 10.0.0.1:22: connection refused; ICMP 1.0 ms")


def test_answers_become_state_and_history(job: Job, device: Device) -> None:
    outcome = keep(job, Reached(Probes(3, (1.0, 2.0, 3.0)), Probes(3, (0.5,))))
    assert outcome.error is None
    assert outcome.result == {"tcp_ms": 2.0, "tcp_loss": 0.0, "icmp_ms": 0.5, "icmp_loss": 66.7}
    assert (outcome.line, outcome.level) == ("reachable: TCP 2.0 ms, ICMP 0.5 ms with 2 of 3 lost", "warning")
    check = ReachabilityCheck.objects.get()
    assert (check.device, check.customer, check.job, check.state) == (device, device.customer, job, "reachable")
    assert (check.tcp_sent, check.tcp_lost, check.tcp_min_ms, check.tcp_avg_ms, check.tcp_max_ms) == (3, 0, 1, 2, 3)
    assert (check.icmp_sent, check.icmp_lost, check.icmp_avg_ms) == (3, 2, 0.5)
    device.refresh_from_db()
    assert (device.reachability, device.latency_ms, device.reachability_at) == ("reachable", 2.0, check.checked_at)


def test_icmp_that_is_not_permitted_is_no_loss(job: Job) -> None:
    outcome = keep(job, Reached(Probes(3, (1.0, 1.0, 1.0)), Probes(0, (), "not permitted on this machine")))
    assert (outcome.line, outcome.level) == ("reachable: TCP 1.0 ms, ICMP not permitted on this machine", "info")
    assert outcome.result["icmp_loss"] is None


def test_refused_port_fails_the_target_and_keeps_what_icmp_found(job: Job, device: Device) -> None:
    outcome = keep(job, Reached(Probes(3, (), "connection refused"), Probes(3, (1.0, 1.0, 1.0)), REFUSED))
    assert outcome.error is REFUSED
    assert outcome.result == {"tcp_ms": None, "tcp_loss": 100.0, "icmp_ms": 1.0, "icmp_loss": 0.0}
    check = ReachabilityCheck.objects.get()
    assert (check.state, check.tcp_loss, check.icmp_loss, check.reason) == ("unreachable", 100, 0, str(REFUSED))
    device.refresh_from_db()
    assert (device.reachability, device.latency_ms) == ("unreachable", None)


def test_silence_until_the_deadline_is_a_check_without_answers(job: Job) -> None:
    assert keep(job, error=HostUnreachable("no answer within 10 s")).error is not None
    check = ReachabilityCheck.objects.get()
    assert (check.state, check.tcp_sent, check.tcp_loss, check.icmp_loss) == ("unreachable", 3, 100, None)


@pytest.mark.parametrize("error", [Cancelled("by somebody"), DriverError("of ours")])
def test_what_says_nothing_about_the_device_leaves_it(job: Job, device: Device, error: NetworkError) -> None:
    assert keep(job, error=error).error is error
    device.refresh_from_db()
    assert (device.reachability, device.reachability_at) == ("unknown", None)
    assert not ReachabilityCheck.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_job_over_loopback_keeps_one_check_a_device(acme: Customer, operator: User, make_device: MakeDevice) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        up = [make_device(acme, f"up{n}", mgmt_ip=f"127.0.0.{n}", port=port) for n in (1, 2)]
        listener.close()
        with socket.create_server(("127.0.0.1", port)):
            down = make_device(acme, "down", mgmt_ip="127.0.0.3", port=port)  # of which nobody listens
            ids = [row.pk for row in (up[0], down)]
            job = run_all(start_job(actor=operator, customer=acme, kind="reachability", devices=ids))
    assert (job.status, job.targets_succeeded, job.targets_failed) == ("partial", 1, 1)
    states = ReachabilityCheck.objects.order_by("device__hostname").values_list("device__hostname", "state", "job")
    assert list(states) == [("down", "unreachable", job.pk), ("up1", "reachable", job.pk)]
    target = job.targets.get(device=down)
    assert (target.status, target.error_code, target.result["tcp_loss"]) == ("failed", "unreachable", 100.0)
    assert "connection refused" in target.error_text
    assert job.targets.get(device=up[0]).result["tcp_loss"] == 0.0


@pytest.mark.parametrize("count", [0, 21, "3", True, None])
def test_number_of_probes_has_its_limits(operator: User, device: Device, count: Any) -> None:
    with pytest.raises(JobRefused, match="count is a whole number from 1 to 20"):
        start_job(
            actor=operator, customer=device.customer, kind="reachability", devices=[device.pk], params={"count": count}
        )


def test_writing_many_checks_asks_the_database_as_often_as_writing_few(
    acme: Customer, operator: User, make_device: MakeDevice, make_job: Callable[..., Job],
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    devices = [make_device(acme, f"r{n}") for n in range(3)]
    for some in (devices[:1], devices):
        job = make_job(operator, some, kind="reachability")
        finished = [Finished(target, Reached(Probes(3, (1.0,)), Probes(0))) for target in job.targets.all()]
        with transaction.atomic(), django_assert_num_queries(2):
            keep_checks(job, finished)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "unknown"},
        {"state": "unreachable"},
        {"tcp_lost": 4},
        {"icmp_lost": 1},
    ],
)
def test_check_that_contradicts_itself_is_refused(device: Device, wrong: dict[str, Any]) -> None:
    check = check_of(device, timezone.now())
    for name, value in wrong.items():
        setattr(check, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        check.save()


def test_check_of_another_customers_device_is_refused(device: Device, foreign_device: Device) -> None:
    check = check_of(device, timezone.now())
    check.customer = foreign_device.customer
    with pytest.raises(IntegrityError), transaction.atomic():
        check.save()


def test_old_checks_are_forgotten_a_part_at_a_time(
    device: Device, make_check: MakeCheck, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    settings.MONITORING_KEEP_DAYS = 90
    monkeypatch.setattr(services, "FORGOTTEN_AT_ONCE", 2)
    kept = [make_check(device, now - timedelta(days=days)).pk for days in (0, 89)]
    for days in (91, 92, 400):
        make_check(device, now - timedelta(days=days))
    assert [forget_old_checks() for _ in range(3)] == [2, 1, 0]
    assert set(ReachabilityCheck.objects.values_list("pk", flat=True)) == set(kept)
    settings.MONITORING_KEEP_DAYS = 0
    make_check(device, now - timedelta(days=4000))
    assert forget_old_checks() == 0


def test_history_goes_with_its_device_and_stays_without_its_job(
    device: Device, job: Job, make_check: MakeCheck
) -> None:
    check = make_check(device, timezone.now(), job=job)
    job.delete()
    check.refresh_from_db()
    assert check.job is None
    device.delete()
    assert not ReachabilityCheck.objects.exists()
