"""One lab of four routers in a ring for all tests of a process; skipped where none can run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer
from devices.models import Credential, Device
from networkops import engine
from networkops.types import HostSpec
from tests.lab.running import RunningLab, running_lab, why_not

Spec = Callable[..., HostSpec]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if item.path.parent.samefile(Path(__file__).parent)]
    reason = why_not() if mine else ""
    for item in mine:
        item.add_marker(pytest.mark.lab)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab() -> Iterator[RunningLab]:
    """Whoever changes it puts it back."""
    engine.preload()
    with running_lab(4) as running:
        yield running


@pytest.fixture
def spec(lab: RunningLab) -> Spec:
    """`spec("r1", username="vtysh")`: a router's host spec, its host key pinned."""

    def make(hostname: str, **changes: Any) -> HostSpec:
        row = lab.routers[hostname]
        values: dict[str, Any] = {
            "key": int(hostname[1:]),
            "hostname": hostname,
            "address": row["address"],
            "port": 22,
            "platform": "frr",
            "username": lab.inventory["username"],
            "password": lab.password,
            "host_key": row["host_key"],
        }
        return HostSpec(**values | changes)

    return make


@pytest.fixture
def lab_devices(lab: RunningLab, acme: Customer, make_device: Callable[..., Device]) -> dict[str, Device]:
    """The lab's routers as acme's devices, their host keys pinned."""
    login = {"username": lab.inventory["username"], "password": lab.password}
    credential = Credential.objects.create(customer=acme, name="routers", **login)
    return {
        name: make_device(
            acme, name, mgmt_ip=row["address"], platform="frr", credential=credential, host_key=row["host_key"]
        )
        for name, row in lab.routers.items()
    }
