"""Reachability without a login: several probes, each kind's latency and loss, and ICMP where the kernel lets us."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from networkops import engine, errors
from networkops.tasks.reachability import NOT_PERMITTED, in_words
from networkops.tests.conftest import MakeFleet, ends, host, run
from networkops.types import Event, HostDone, HostSpec, HostStarted, Line, Probes, Reached
from simulator import DeviceSpec, Fault, FaultKind


def _icmp_allowed() -> bool:
    low, high = map(int, Path("/proc/sys/net/ipv4/ping_group_range").read_text().split())
    return low <= high


@contextmanager
def silent_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port whose queue is full: the kernel drops what further connects send."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((address, 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def spec(port: int, address: str = "127.0.0.1") -> HostSpec:
    return HostSpec(1, "r1", address, port, "ios", "bob", "secret")


def probed(port: int, address: str = "127.0.0.1", timeout_s: float = 20.0, **params: Any) -> list[Event]:
    hosts = [spec(port, address)]
    found = engine.stream(hosts, "reachability", params, threads=1, timeout_s=timeout_s)
    return [event for event in found if event is not None]


def result(events: list[Event]) -> Reached:
    end: HostDone = ends(events)[1]
    assert end.error is None
    assert isinstance(end.result, Reached)
    return end.result


def test_reachable_device_has_latencies_and_is_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        events = probed(listener.getsockname()[1])
        for _ in range(3):
            client, _ = listener.accept()
            with client:
                assert client.recv(100) == b""
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()

    found = result(events)
    assert found.error is None
    assert (found.tcp.sent, found.tcp.lost, len(found.tcp.times_ms)) == (3, 0, 3)
    assert all(0 < time < 1000 for time in found.tcp.times_ms)
    assert found.tcp.avg_ms == pytest.approx(sum(found.tcp.times_ms) / 3)
    assert not [event for event in events if isinstance(event, Line)]


def test_as_many_probes_as_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert result(probed(listener.getsockname()[1], count=5)).tcp.sent == 5


def test_address_of_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with listener:
        found = result(probed(listener.getsockname()[1], "::1"))
    assert (found.tcp.sent, found.tcp.lost) == (3, 0)


def test_refused_port_is_an_error_that_keeps_what_was_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = result(probed(port))
    assert type(found.error) is errors.HostUnreachable
    assert str(found.error).startswith(f"no TCP connection to 127.0.0.1:{port}: connection refused")
    assert (found.tcp.sent, found.tcp.lost, found.tcp.avg_ms) == (3, 3, None)
    assert found.icmp.sent == 0 or (found.icmp.answered and "; ICMP " in str(found.error))


def test_silent_port_is_an_error_within_the_time() -> None:
    with silent_port() as port:
        found = result(probed(port, timeout_s=1.0))
    assert str(found.error).startswith(f"no TCP connection to 127.0.0.1:{port}: no answer within 0.")
    assert (found.tcp.sent, found.tcp.lost) == (3, 3)


def test_device_that_takes_some_connects_is_reachable_with_loss() -> None:
    events: list[Event] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hosts = [spec(listener.getsockname()[1])]
        for event in engine.stream(hosts, "reachability", {"count": 20}, threads=1, timeout_s=20):
            if isinstance(event, HostStarted):
                listener.accept()[0].close()
                listener.close()
            if event is not None:
                events.append(event)
    found = result(events)
    assert found.error is None
    assert found.tcp.answered
    assert found.tcp.lost
    assert f"with {found.tcp.lost} of 20 lost" in in_words(found.tcp)


def test_dark_device_is_unreachable(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", fault=Fault(FaultKind.UNREACHABLE)))

    assert type(result(run([host(fleet, "r1")], "reachability")).error) is errors.HostUnreachable


@pytest.mark.skipif(not _icmp_allowed(), reason="this kernel allows unprivileged users no ICMP")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_echoes_of_loopback(address: str) -> None:
    found = result(probed(9, address))
    assert (found.icmp.sent, found.icmp.lost) == (3, 0)
    assert all(0 < time < 1000 for time in found.icmp.times_ms)


@pytest.mark.skipif(_icmp_allowed(), reason="this kernel allows unprivileged users ICMP")
def test_echo_that_is_not_permitted_is_no_loss() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = result(probed(listener.getsockname()[1]))
    assert (found.icmp.sent, found.icmp.lost, found.icmp.problem) == (0, 0, NOT_PERMITTED)


@pytest.mark.parametrize(
    ("probes", "words"),
    [
        (Probes(3, (1.0, 2.0, 3.0)), "2.0 ms"),
        (Probes(3, (1.25,)), "1.2 ms with 2 of 3 lost"),
        (Probes(3, (), "network is unreachable"), "no answer"),
        (Probes(0, (), NOT_PERMITTED), NOT_PERMITTED),
    ],
)
def test_probes_in_words(probes: Probes, words: str) -> None:
    assert in_words(probes) == words
