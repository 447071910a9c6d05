"""A simulated device or two, and what a run says of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from networkops import engine
from networkops.types import Event, HostDone, HostSpec
from simulator import DeviceSpec, Fleet, FleetThread

PLATFORM_OF = {"ios": "ios", "eos": "eos", "junos": "junos_cli", "frr": "frr"}
"""Ours, by the simulator's."""

MakeFleet = Callable[..., Fleet]


@pytest.fixture(scope="session", autouse=True)
def _drivers() -> None:
    """Their import takes seconds; it is not to count against a device's time."""
    engine.preload()


@pytest.fixture
def make_fleet() -> Iterator[MakeFleet]:
    """Starts a fleet that stops with the test."""
    started: list[FleetThread] = []

    def make(*specs: DeviceSpec) -> Fleet:
        thread = FleetThread(specs)
        started.append(thread)
        return thread.__enter__()

    yield make
    for thread in started:
        thread.__exit__(None, None, None)


def host(fleet: Fleet, name: str, key: int = 1, **changes: Any) -> HostSpec:
    """The host spec of a simulated device."""
    device = fleet[name]
    values: dict[str, Any] = {
        "key": key,
        "hostname": name,
        "address": device.address,
        "port": device.port,
        "platform": PLATFORM_OF[device.spec.platform],
        "username": device.spec.username,
        "password": device.spec.password,
        "host_key": device.host_key,
    }
    return HostSpec(**values | changes)


def run(hosts: Sequence[HostSpec], task: str = "config_backup", **settings: Any) -> list[Event]:
    """All events of a run."""
    settings = {"threads": 10, "timeout_s": 20.0} | settings
    return [event for event in engine.stream(hosts, task, {}, **settings) if event is not None]


def ends(events: Sequence[Event | None]) -> dict[int, HostDone]:
    """How each host ended; fails when one ended twice."""
    done = [event for event in events if isinstance(event, HostDone)]
    assert len({event.key for event in done}) == len(done)
    return {event.key: event for event in done}


def settled(condition: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether `condition` comes true in time."""
    end = time.monotonic() + within_s
    waiting = threading.Event()
    while not condition():
        if time.monotonic() > end:
            return False
        waiting.wait(0.01)
    return True


def run_threads() -> list[threading.Thread]:
    """Threads of runs and of their SSH connections that are still alive."""
    return [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("networkops-") or type(thread).__module__.startswith("paramiko")
    ]
