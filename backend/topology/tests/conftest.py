"""A simulated fleet with cables, and devices that point at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from customers.models import Customer
from devices.models import Credential, Device
from jobs.enums import JobKind
from jobs.models import Job
from jobs.services import start_job
from jobs.tests.test_runner import run_all
from networkops.tests.conftest import PLATFORM_OF
from simulator import DeviceSpec, Fleet, FleetThread
from simulator.wiring import wired
from users.models import User

LOGIN = {"username": "netops", "password": "sim-pass"}
Cables = Sequence[tuple[str, str]]
MakeWired = Callable[..., tuple[Fleet, dict[str, Device]]]


def discover(actor: User, *devices: Device) -> Job:
    """A discovery on the devices, run to its end in this thread."""
    ids = [device.pk for device in devices]
    return run_all(start_job(actor=actor, customer=devices[0].customer, kind=JobKind.TOPOLOGY_DISCOVERY, devices=ids))


@pytest.fixture
def make_wired(acme: Customer, make_device: Callable[..., Device]) -> Iterator[MakeWired]:
    """`make_wired({"r1": "ios", "r2": "frr"}, [("r1", "r2")])`: a running fleet, and acme's devices on it by name."""

    def make(platforms: dict[str, str], cables: Cables) -> tuple[Fleet, dict[str, Device]]:
        specs = [
            DeviceSpec(name, platform=platform, role="switch" if platform == "ios" else "", **LOGIN)
            for name, platform in platforms.items()
        ]
        fleet = stack.enter_context(FleetThread(wired(specs, cables, tell_addresses=False)))
        credential, _ = Credential.objects.get_or_create(customer=acme, name="fleet", defaults=LOGIN)
        devices = {
            name: make_device(
                acme, name, mgmt_ip="127.0.0.1", port=fleet.ports[name], credential=credential,
                platform=PLATFORM_OF[platform],
            )
            for name, platform in platforms.items()
        }  # fmt: skip
        return fleet, devices

    with ExitStack() as stack:
        yield make
