"""Runs against simulated devices: the good, every fault, deadlines, retry, pacing, cancel."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest

from networkops import engine, errors
from networkops.hostkeys import fingerprint
from networkops.tasks import TASKS, TaskKind
from networkops.tests.conftest import MakeFleet, ends, host, run, run_threads, settled
from networkops.types import HostKeySeen, HostSpec, HostStarted, Line, RetryPolicy
from simulator import DeviceSpec, Fault, FaultKind


def _texts(events: list[object], level: str | None = None) -> list[str]:
    return [event.text for event in events if isinstance(event, Line) and level in (None, event.level)]


def test_ios_configuration_is_fetched_whole_through_napalm(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))

    events = run([host(fleet, "r1")])

    end = ends(events)[1]
    assert end.error is None
    assert end.attempts == 1
    assert end.result.problems == ()
    assert "hostname r1" in end.result.text
    assert end.result.text.endswith("\nend\n")
    assert isinstance(events[0], HostStarted)
    assert any("(ios, napalm)" in text for text in _texts(events))
    assert any(text.startswith("logged in in ") for text in _texts(events))
    assert any(text.startswith("running configuration: ") for text in _texts(events))


def test_changed_host_key_stops_before_any_login(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))
    pinned = host(fleet, "r1")
    fleet["r1"].set_fault(FaultKind.CHANGED_HOST_KEY)

    error = ends(run([pinned]))[1].error

    assert type(error) is errors.HostKeyChanged
    assert fingerprint(pinned.host_key) in str(error)
    assert fingerprint(fleet["r1"].host_key) in str(error)
    assert fleet["r1"].logins == 0


def test_first_contact_pins_the_key_that_was_seen(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))

    events = run([host(fleet, "r1", host_key="")])

    assert [event for event in events if isinstance(event, HostKeySeen)] == [HostKeySeen(1, fleet["r1"].host_key)]
    assert ends(events)[1].error is None


def test_key_of_the_first_try_holds_for_the_next(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", fault=Fault(FaultKind.CLOSES)))
    events = []

    for event in engine.stream(
        [host(fleet, "r1", host_key="")], "config_backup", {}, threads=1, timeout_s=5, retry=RetryPolicy(2, 0.05)
    ):
        events.append(event)
        if isinstance(event, Line) and event.level == "warning":
            fleet["r1"].set_fault(FaultKind.CHANGED_HOST_KEY)

    assert type(ends(events)[1].error) is errors.HostKeyChanged


def test_hung_host_ends_at_its_deadline_and_leaves_nothing_behind(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("hung", fault=Fault(FaultKind.HANGS)), DeviceSpec("good"))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    filters = list(logging.getLogger("netmiko").filters)

    end = ends(run([host(fleet, "hung", 1), host(fleet, "good", 2)], timeout_s=2))

    assert 2 <= end[1].duration_s < 3
    assert end[2].error is None
    assert settled(lambda: not run_threads())
    assert settled(lambda: len(list(Path("/proc/self/fd").iterdir())) <= descriptors)
    assert settled(lambda: fleet.sessions == 0)
    assert logging.getLogger("netmiko").filters == filters  # those of others, who use the drivers by themselves


def test_one_thread_is_free_again_when_its_host_timed_out(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("hung", fault=Fault(FaultKind.SILENT)), DeviceSpec("good"))

    end = ends(run([host(fleet, "hung", 1), host(fleet, "good", 2)], threads=1, timeout_s=1.5))

    assert type(end[1].error) is errors.DeviceTimeout
    assert end[2].error is None


def test_cancel_ends_every_host_within_a_second(make_fleet: MakeFleet) -> None:
    names = [f"hung{number}" for number in range(4)]
    fleet = make_fleet(*(DeviceSpec(name, fault=Fault(FaultKind.SILENT)) for name in names))
    hosts = [host(fleet, name, key) for key, name in enumerate(names)]
    events = []
    cancelled_at = 0.0

    stream = engine.stream(hosts, "config_backup", {}, threads=2, timeout_s=30)
    for event in stream:
        events.append(event)
        if event is None and not cancelled_at:
            cancelled_at = time.monotonic()
            stream.cancel()

    assert time.monotonic() - cancelled_at < 1
    assert {type(end.error) for end in ends(events).values()} == {errors.Cancelled}
    assert sorted(end.attempts for end in ends(events).values()) == [0, 0, 1, 1]
    assert settled(lambda: not run_threads())


def test_close_gives_up_without_a_further_event(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("hung", fault=Fault(FaultKind.SILENT)))

    with engine.stream([host(fleet, "hung")], "config_backup", {}, threads=1, timeout_s=30) as stream:
        assert isinstance(next(stream), HostStarted)

    assert list(stream) == []
    assert settled(lambda: not run_threads())


def test_retryable_error_is_tried_again_after_a_doubling_wait(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", fault=Fault(FaultKind.UNREACHABLE)))

    events = run([host(fleet, "r1", attempt=2)], retry=RetryPolicy(max_attempts=4, backoff_s=0.2))

    assert [event.attempt for event in events if isinstance(event, HostStarted)] == [2, 3, 4]
    warnings = _texts(events, "warning")
    assert [text.rpartition("; ")[2] for text in warnings] == ["next try in 0.2 s", "next try in 0.4 s"]
    end = ends(events)[1]
    assert end.attempts == 4
    assert end.duration_s >= 0.6


def test_retry_succeeds_when_the_device_is_back(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", fault=Fault(FaultKind.UNREACHABLE)))
    events = []

    for event in engine.stream(
        [host(fleet, "r1")], "config_backup", {}, threads=1, timeout_s=10, retry=RetryPolicy(2, 0.2)
    ):
        events.append(event)
        if isinstance(event, Line) and event.level == "warning":
            fleet["r1"].set_fault(None)

    assert ends(events)[1].error is None
    assert ends(events)[1].attempts == 2


def test_refused_login_is_never_tried_again(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))

    events = run([host(fleet, "r1", password="wrong")], retry=RetryPolicy(max_attempts=3, backoff_s=0.01))

    assert [event.attempt for event in events if isinstance(event, HostStarted)] == [1]
    assert type(ends(events)[1].error) is errors.LoginRefused


def test_admit_paces_connects_and_runs_in_the_iterators_thread(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(*(DeviceSpec(f"r{number}") for number in range(3)))
    hosts = [host(fleet, f"r{number}", number, rate_keys=("site:1",)) for number in range(3)]
    granted: list[float] = []
    askers: set[int] = set()

    def admit(spec: HostSpec) -> float:
        assert spec.rate_keys == ("site:1",)
        askers.add(threading.get_ident())
        wait = granted[-1] + 0.3 - time.monotonic() if granted else 0
        if wait <= 0:
            granted.append(time.monotonic())
        return max(0, wait)

    events = run(hosts, admit=admit)

    assert all(end.error is None for end in ends(events).values())
    assert askers == {threading.get_ident()}
    assert granted[1] - granted[0] >= 0.3
    assert granted[2] - granted[1] >= 0.3


def test_idle_run_ticks(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("hung", fault=Fault(FaultKind.SILENT)))
    gaps, last = [], time.monotonic()

    for event in engine.stream([host(fleet, "hung")], "config_backup", {}, threads=1, timeout_s=1, tick_s=0.05):
        if event is None:
            gaps.append(time.monotonic() - last)
        last = time.monotonic()

    assert len(gaps) >= 10
    assert sorted(gaps)[-2] < 0.2  # a single one may wait for a core


def test_caller_who_was_away_makes_no_timeouts(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1"))
    stream = engine.stream([host(fleet, "r1")], "config_backup", {}, threads=1, timeout_s=1)
    assert isinstance(next(stream), HostStarted)
    assert settled(lambda: fleet["r1"].logins == 1 and not run_threads())
    threading.Event().wait(1)

    assert ends(list(stream))[1].error is None


def test_sixty_hosts_at_once(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(*(DeviceSpec(f"r{number}", latency_ms=20) for number in range(60)))

    end = ends(run([host(fleet, f"r{number}", number) for number in range(60)], threads=60, timeout_s=60))

    assert len(end) == 60
    assert {key for key, done in end.items() if f"hostname r{key}\n" not in done.result.text} == set()
    assert settled(lambda: not run_threads())


def test_enable_secret_lifts_an_unprivileged_login(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(DeviceSpec("r1", enable_secret="lift"))
    filters = list(logging.getLogger("netmiko").filters)

    end = ends(
        run([host(fleet, "r1", 1, enable_secret="lift"), host(fleet, "r1", 2, enable_secret="wrong")], timeout_s=6)
    )

    assert end[1].error is None
    assert type(end[2].error) is errors.LoginRefused
    assert "wrong enable secret" in str(end[2].error)
    assert logging.getLogger("netmiko").filters == filters  # those of others, who use the drivers by themselves


def test_unknown_platform_is_not_configured() -> None:
    nowhere = HostSpec(1, "r1", "127.0.0.1", 1, "plan9", "admin")

    assert type(ends(run([nowhere]))[1].error) is errors.NotConfigured


@pytest.mark.parametrize(
    ("greeting", "error"),
    [(b"220 mail ready\r\n" * 120, errors.PromptNotUnderstood), (b"", errors.ConnectionLost)],
)
def test_port_that_does_not_speak_ssh(greeting: bytes, error: type[errors.NetworkError]) -> None:
    with _greeter(greeting) as port:
        end = ends(run([HostSpec(1, "web", "127.0.0.1", port, "ios", "admin", "admin")]))[1]

    assert type(end.error) is error


@contextmanager
def _greeter(greeting: bytes) -> Iterator[int]:
    """A port that says its line to the first caller and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_connect_that_gets_no_answer_can_be_cancelled_and_times_out() -> None:
    """A full accept queue makes the kernel drop further SYNs: the silence of a firewall, on loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as opened:
        port = listener.getsockname()[1]
        for filler in [opened.enter_context(socket.socket()) for _ in range(4)]:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))

        end = ends(run([HostSpec(1, "dark", "127.0.0.1", port, "ios", "admin")], timeout_s=1))[1]

        assert type(end.error) is errors.HostUnreachable
        # the second is that of the run; what is left of it for the connect may be less by then
        assert re.search(r": no answer within (1|1\.0|0\.\d) s$", str(end.error))
        assert settled(lambda: not run_threads())


def test_threads_log_in_the_context_of_who_started_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a line about a device carries the correlation id of the click that led to it."""
    correlation: ContextVar[str] = ContextVar("correlation", default="")
    seen: list[str] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(correlation.get())

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(TASKS, "broken", TaskKind(broken, needs_login=False))
    recorder = Recorder()
    logging.getLogger("networkops.edge").addHandler(recorder)
    correlation.set("click-1")
    try:
        events = list(
            engine.stream([HostSpec(1, "r1", "127.0.0.1", 1, "ios", "")], "broken", {}, threads=1, timeout_s=5)
        )
    finally:
        logging.getLogger("networkops.edge").removeHandler(recorder)

    assert isinstance(ends(events)[1].error, errors.DriverError)
    assert seen == ["click-1"]


def test_device_that_sends_without_end_is_given_up(make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("networkops.session.MOST_BYTES", 2**12)
    fleet = make_fleet(DeviceSpec("r1", config_lines=400))

    error = ends(run([host(fleet, "r1")]))[1].error

    assert type(error) is errors.TooMuchOutput
    assert "show running-config" in str(error)
