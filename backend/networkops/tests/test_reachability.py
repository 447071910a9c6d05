"""Reachability without a login, and ICMP where the kernel lets us."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from networkops import errors
from networkops.tasks.reachability import ping
from networkops.tests.conftest import MakeFleet, ends, host, run
from networkops.types import HostSpec, Line
from simulator import DeviceSpec, Fault, FaultKind


def _icmp_allowed() -> bool:
    low, high = map(int, Path("/proc/sys/net/ipv4/ping_group_range").read_text().split())
    return low <= high


def test_reachable_device_has_latencies_and_is_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        events = run(
            [HostSpec(1, "r1", "127.0.0.1", listener.getsockname()[1], "ios", "bob", "secret")], "reachability"
        )
        client, _ = listener.accept()
        with client:
            assert client.recv(100) == b""

    reached = ends(events)[1].result
    assert 0 < reached.tcp_ms < 1000
    assert reached.icmp_ms is None or 0 < reached.icmp_ms < 1000
    assert [event.text.partition(":")[0] for event in events if isinstance(event, Line)] == ["reachable"]


def test_dark_device_is_unreachable(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", fault=Fault(FaultKind.UNREACHABLE)))

    assert type(ends(run([host(fleet, "r1")], "reachability"))[1].error) is errors.HostUnreachable


@pytest.mark.skipif(not _icmp_allowed(), reason="this kernel allows unprivileged users no ICMP")
def test_ping_of_loopback() -> None:
    assert ping("127.0.0.1", socket.AF_INET, 1) is not None


@pytest.mark.skipif(_icmp_allowed(), reason="this kernel allows unprivileged users ICMP")
def test_ping_that_is_not_permitted_says_so() -> None:
    with pytest.raises(PermissionError):
        ping("127.0.0.1", socket.AF_INET, 1)
