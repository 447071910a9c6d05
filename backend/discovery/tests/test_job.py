"""Facts through the worker's path, from start_job to rows, on a simulated device of each platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from customers.models import Customer
from devices.models import Device
from discovery.models import DeviceFacts, Interface
from jobs.enums import JobStatus
from jobs.models import Job
from jobs.services import start_job
from jobs.tests.test_runner import run_all
from networkops import engine
from networkops.tests.conftest import PLATFORM_OF
from simulator import DeviceSpec, Fleet, FleetThread
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

MakeDevices = Callable[[], dict[str, Device]]


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """A device of each platform, and a second one of the first."""
    engine.preload()
    specs = [
        DeviceSpec(f"{platform}-1", platform=platform, username="netops", password="pw") for platform in PLATFORM_OF
    ]
    with FleetThread([*specs, DeviceSpec("ios-2", platform="ios", username="netops", password="pw")]) as running:
        yield running


@pytest.fixture
def devices(fleet: Fleet, acme: Customer, make_device: Callable[..., Device]) -> dict[str, Device]:
    made = {}
    for one in fleet:
        row = make_device(
            acme, one.spec.hostname, mgmt_ip=one.address, port=one.port, platform=PLATFORM_OF[one.spec.platform]
        )
        made[row.hostname] = row
    credential = next(iter(made.values())).credential
    assert credential
    credential.username, credential.password = "netops", "pw"
    credential.save()
    return made


def refresh(operator: User, *devices: Device, **params: int) -> Job:
    ids = [device.pk for device in devices]
    customer = devices[0].customer
    return run_all(start_job(actor=operator, customer=customer, kind="refresh_facts", devices=ids, params=params))


def test_every_platform(fleet: Fleet, devices: dict[str, Device], operator: User) -> None:
    job = refresh(operator, *devices.values())

    assert job.status == JobStatus.SUCCEEDED, list(job.targets.values_list("device__hostname", "error_text"))
    for name, device in devices.items():
        device.refresh_from_db()
        assert device.model and device.serial and device.os_version and device.uptime_s, name
        facts = DeviceFacts.objects.get(device=device)
        assert (facts.reported_hostname, facts.problems, facts.job_id) == (name, [], job.pk)
        ports = Interface.objects.filter(device=device)
        assert job.targets.get(device=device).result == {"interfaces": ports.count(), "changed": [], "problems": 0}
        assert ports.filter(up=True, addresses__isnull=False).exists(), name
    assert any("serial number" in line.text for line in job.log.all())


def test_a_router_that_was_swapped_is_told(fleet: Fleet, devices: dict[str, Device], operator: User) -> None:
    device = devices["ios-1"]
    refresh(operator, device)
    before = Device.objects.get(pk=device.pk).serial
    other = devices["ios-2"]
    Device.objects.filter(pk=other.pk).delete()
    Device.objects.filter(pk=device.pk).update(port=fleet["ios-2"].port, host_key="")

    job = refresh(operator, device)

    after = Device.objects.get(pk=device.pk).serial
    assert before != after
    (line,) = [line for line in job.log.filter(level="warning") if "changed from" in line.text]
    assert f"serial number changed from {before} to {after}" in line.text


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["wrong_password", "invalid_input", "hangs", "closes", "garbage"])
def test_a_faulty_device_fails_in_words_and_keeps_what_was_known(
    fleet: Fleet, devices: dict[str, Device], operator: User, fault: str
) -> None:
    device = devices["eos-1"]
    refresh(operator, device)
    known = list(Interface.objects.values_list("pk", "name"))
    fleet["eos-1"].set_fault(fault)

    job = refresh(operator, device, timeout_s=5)

    target = job.targets.get()
    assert job.status == JobStatus.FAILED
    assert target.error_text and "Traceback" not in target.error_text and "unexpected" not in target.error_text
    assert list(Interface.objects.values_list("pk", "name")) == known
    assert Device.objects.get(pk=device.pk).serial
