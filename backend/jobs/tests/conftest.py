"""A small simulated fleet, and devices that point at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from customers.models import Customer
from devices.models import Credential, Device
from simulator import DeviceSpec, Fleet, FleetThread

LOGIN = {"username": "netops", "password": "sim-pass", "enable_secret": "sim-enable"}
MakeFleet = Callable[..., tuple[Fleet, list[Device]]]


@pytest.fixture
def make_fleet(acme: Customer, make_device: Callable[..., Device]) -> Iterator[MakeFleet]:
    """`make_fleet({"r1": "", "r2": "hangs"}, latency_ms=0)`: a running fleet and acme's devices on it, in order."""

    def make(faults: dict[str, str], **spec: object) -> tuple[Fleet, list[Device]]:
        specs = [
            DeviceSpec.from_json({"hostname": name, "fault": fault or None, **LOGIN, **spec})
            for name, fault in faults.items()
        ]
        fleet = stack.enter_context(FleetThread(specs))
        credential, _ = Credential.objects.get_or_create(customer=acme, name="fleet", defaults=LOGIN)
        devices = [
            make_device(acme, name, mgmt_ip="127.0.0.1", port=fleet.ports[name], credential=credential)
            for name in faults
        ]
        return fleet, devices

    with ExitStack() as stack:
        yield make
