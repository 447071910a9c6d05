"""Fixtures of the tests of pages and sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest import MakeDevice
from core.reading import close_all
from customers.models import Customer
from devices.models import Credential, Device
from simulator import DeviceSpec, FleetThread
from terminals.tests.shells import shell_server
from ui.tests.sockets import Daphne
from ui.tests.terminals import end_all_sessions, on_loop

LOGIN = {"username": "netops", "password": "sim-pass", "enable_secret": "sim-enable"}


@pytest.fixture(scope="session", autouse=True)
def _nothing_outlives_the_tests(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that a thread is still connected to."""
    yield
    Daphne.stop()
    close_all()


@pytest.fixture
def terminal_server(transactional_db: None) -> Iterator[int]:
    """At its end nothing is left of the sessions: no task, no thread of theirs, no socket to a device."""
    yield Daphne.start()
    end_all_sessions()
    deadline = time.monotonic() + 10
    while (left := on_loop(_left_over)) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert left == []
    Daphne.wait_until_nobody_watches()


def _left_over() -> list[str]:
    """Tasks and connections that belong to terminals."""
    from terminals.host import host

    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    names = [repr(task.get_coro()) for task in tasks]
    ours = [name for name in names if any(word in name for word in ("Live", "Seat", "Recorder", "Host.", "SSH"))]
    return ours + [f"session {pk}" for pk in host().lives]


@pytest.fixture
def router(make_device: MakeDevice, acme: Customer) -> Iterator[Device]:
    """A simulated router, with a stored enable secret."""
    credential = Credential.objects.create(customer=acme, name="fleet", **LOGIN)
    with FleetThread([DeviceSpec("edge1", **LOGIN)]) as fleet:
        yield make_device(acme, "edge1", mgmt_ip="127.0.0.1", port=fleet.ports["edge1"], credential=credential)


@pytest.fixture
def host_with(make_device: MakeDevice, acme: Customer) -> Iterator[Callable[..., Device]]:
    """`host_with(handle)`: a device whose shell is this coroutine."""
    open_: list[Any] = []

    def make(handle: Any, **fields: Any) -> Device:
        server = shell_server(handle)
        open_.append(server)
        return make_device(acme, f"host{len(open_)}", mgmt_ip="127.0.0.1", port=server.__enter__(), **fields)

    yield make
    end_all_sessions()
    for server in open_:
        server.__exit__(None, None, None)
