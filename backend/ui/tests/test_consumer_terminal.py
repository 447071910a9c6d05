"""The terminal's socket: typing, coming back, floods, bad input, and what is left afterwards."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from websockets.exceptions import InvalidStatus

from core.models import AuditEvent
from customers.models import Customer
from devices.models import Credential, Device
from simulator import DeviceSpec, FleetThread
from terminals.models import TerminalSession
from terminals.selectors import asciicast
from terminals.services import close_session
from ui.tests.sockets import Daphne, session_headers
from ui.tests.terminals import Client, end_all_sessions, on_loop, shell_server
from users.keys import create_key
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN = {"username": "netops", "password": "sim-pass", "enable_secret": "sim-enable"}
MakeDevice = Callable[..., Device]


@pytest.fixture(autouse=True)
def server(transactional_db: None) -> Iterator[int]:
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


def ended(session: int) -> TerminalSession:
    row = TerminalSession.objects.get(pk=session)
    assert row.status == "ended"
    return row


def recording(session: int) -> list[list[Any]]:
    head, *events = "".join(asciicast(TerminalSession.objects.get(pk=session))).splitlines()
    assert json.loads(head)["version"] == 2
    return [json.loads(event) for event in events]


def recorded(session: int, kind: str = "o") -> str:
    return "".join(event[2] for event in recording(session) if event[1] == kind)


async def echo(process: Any) -> None:
    """Sends back what is typed, until `bye`."""
    process.stdout.write(b"$ ")
    typed = b""
    while data := await process.stdin.read(4096):
        typed += data
        process.stdout.write(data.replace(b"\r", b"\r\n"))
        if b"bye" in typed:
            break
    process.exit(0)


def test_a_session_from_login_to_logout_is_audited_and_recorded(router: Device, operator: User) -> None:
    client = Client(router, operator, "cols=100&rows=30")
    opened = client.told("opened")
    assert (opened["device"], opened["types"], opened["cols"]) == ("edge1", True, 100)
    client.shows("edge1>")
    client.type("show clock\r")
    client.until(lambda: client.shown.count(b"edge1>") == 2)
    client.say(type="enable")
    client.shows("edge1#")
    client.type("exit\r")
    closed = client.told("closed")
    assert closed["reason"] == "device"
    assert client.closed() == 1000
    row = ended(opened["session"])
    assert recorded(row.pk).encode() == client.shown
    assert b"sim-enable" not in client.shown
    actions = list(
        AuditEvent.objects.filter(action__startswith="terminal.").order_by("pk").values_list("action", "actor_name")
    )
    assert actions == [("terminal.open", "operator"), ("terminal.enable", "operator"), ("terminal.close", "operator")]
    router.refresh_from_db()
    assert router.host_key.startswith("ssh-"), "the first key was pinned"
    assert AuditEvent.objects.filter(action="device.pin_host_key").count() == 1


def test_a_changed_host_key_stops_it(router: Device, operator: User) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJhZGJh"
    Device.objects.filter(pk=router.pk).update(host_key=other)
    client = Client(router, operator)
    closed = client.told("closed")
    assert closed["reason"] == "failed"
    assert "host key" in closed["detail"]
    router.refresh_from_db()
    assert router.host_key == other


def test_wrong_password_is_said_in_words(router: Device, operator: User) -> None:
    router.credential.password = "wrong"
    router.credential.save()
    client = Client(router, operator)
    assert "refused the login of user 'netops'" in client.told("closed")["detail"]
    assert TerminalSession.objects.get().reason == "failed"


def test_old_algorithms_come_with_a_warning(router: Device, operator: User) -> None:
    Device.objects.filter(pk=router.pk).update(connection_options={"legacy_ssh": True})
    client = Client(router, operator)
    client.shows("Old SSH algorithms")
    client.shows("edge1>")


def test_a_dropped_client_comes_back_where_it_was(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(echo)
    first = Client(device, operator)
    first.type("one\r")
    first.shows("one\r\n")
    session = first.told("opened")["session"]
    first.drop()
    second = Client(device, operator, f"session={session}&after={first.count}")
    second.type("two\r")
    second.shows("two\r\n")
    assert second.told("resumed") == {"type": "resumed", "seq": first.count, "reset": False, "modes": ""}
    assert b"one" not in second.shown
    fresh = Client(device, operator, f"session={session}")  # as a page that was loaded anew
    fresh.shows("two\r\n")
    assert fresh.told("resumed")["reset"] is True
    assert fresh.shown == b"$ one\r\ntwo\r\n"
    second.until(lambda: not second.told("control")["types"])  # one types in one place at a time


def test_whoever_does_not_come_back_in_time_finds_it_ended(
    host_with: Callable[..., Device], operator: User, settings: Any
) -> None:
    settings.TERMINAL_GRACE_S = 0
    device = host_with(echo)
    client = Client(device, operator)
    client.shows("$ ")
    session = client.told("opened")["session"]
    client.drop()
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended")
    assert ended(session).reason == "left"
    late = Client(device, operator, f"session={session}")
    assert late.told("error")["code"] == "no_session"
    assert late.closed() == 4404


def wait_until(is_so: Callable[[], bool], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


async def flood(process: Any) -> None:
    """Prints without end until Ctrl-C, then gives a prompt."""
    process.stdout.write(b"$ ")
    await process.stdin.read(100)
    line = b"x" * 1021 + b"\r\n"
    writing = asyncio.create_task(_write(process, line))
    while b"\x03" not in await process.stdin.read(100):
        pass
    writing.cancel()
    process.stdout.write(b"\r\nSTOPPED\r\n")
    await process.stdin.read(100)
    process.exit(0)


async def _write(process: Any, line: bytes) -> None:
    while True:
        process.stdout.write(line * 16)
        await process.stdout.drain()


def test_who_acknowledges_nothing_gets_64_kilobytes_and_the_device_waits(
    host_with: Callable[..., Device], operator: User
) -> None:
    device = host_with(flood)
    client = Client(device, operator, acks=False)
    client.shows("$ ")
    client.type("go\r")
    client.until(lambda: client.count >= 64 * 1024)
    assert not client.step(1.0), "no more without an acknowledgement"
    assert client.count == 64 * 1024

    def held() -> int:
        from terminals.host import host

        [live] = host().lives.values()
        return live.ring.end

    assert on_loop(held) < 64 * 1024 * 5
    client.say(type="ack", bytes=64 * 1024)
    client.until(lambda: client.count >= 128 * 1024)


def test_ctrl_c_in_a_flood_works_at_once(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(flood)
    client = Client(device, operator)
    client.shows("$ ")
    client.type("go\r")
    client.until(lambda: client.count > 2_000_000)
    started = time.monotonic()
    client.type("\x03")
    client.shows("STOPPED")
    assert time.monotonic() - started < 1, "0.2 s, and the rest is for a busy machine"


@pytest.mark.parametrize(
    "said",
    [
        "no json", "[]", '{"type": "nothing"}', '{"type": "resize", "cols": 0, "rows": 5}', '{"type": "resize"}',
        '{"type": "ack", "bytes": 999999}', '{"type": "ack", "bytes": -1}', '{"type": "ack", "bytes": true}',
        '{"type": "resize", "cols": 1e9, "rows": 5}', "[" * 5000, b"x" * 70_000, b"",
    ],
    ids=lambda said: repr(said[:30]),
)  # fmt: skip
def test_a_frame_that_means_nothing_gets_an_error_and_a_close(
    host_with: Callable[..., Device], operator: User, said: str | bytes
) -> None:
    client = Client(host_with(echo), operator)
    client.told("opened")
    client.socket.send(said)
    assert client.told("error")["code"] == "bad_message"
    assert client.closed() == 4400


@pytest.mark.parametrize("query", ["cols=x", "session=-1", "after=1.5", "rows=99999", "session=" + "9" * 40])
def test_a_query_that_means_nothing(router: Device, operator: User, query: str) -> None:
    client = Client(router, operator, query)
    assert client.closed() == 4400
    assert TerminalSession.objects.count() == 0


def test_no_other_page_opens_one(router: Device, operator: User) -> None:
    given = session_headers(operator, Daphne.start()) | {"Origin": "https://evil.example"}
    with pytest.raises(InvalidStatus):
        Client(router, **given)


def test_viewers_strangers_and_nobody_are_refused_alike(router: Device, viewer: User, stranger: User) -> None:
    assert Client(router, viewer).closed() == 4403
    assert Client(router, stranger).closed() == 4404
    assert Client(router).closed() == 4401
    assert TerminalSession.objects.count() == 0


def test_a_key_needs_the_scope(router: Device, operator: User) -> None:
    _, text = create_key(actor=operator, user=operator, name="k", scopes=["read", "run"], customers=[])
    assert Client(router, Authorization=f"Api-Key {text}").closed() == 4403
    _, text = create_key(actor=operator, user=operator, name="k2", scopes=["write"], customers=[])
    client = Client(router, Authorization=f"Api-Key {text}")
    client.shows("edge1>")


def test_limits_say_why(router: Device, operator: User, settings: Any) -> None:
    settings.TERMINAL_PER_DEVICE = 1
    Client(router, operator).told("opened")
    refused = Client(router, operator)
    assert "which is the limit" in refused.told("error")["detail"]
    assert refused.closed() == 4409


def test_a_disabled_device_and_a_logout_end_it_within_seconds(host_with: Callable[..., Device], operator: User) -> None:
    device = host_with(echo)
    client = Client(device, operator)
    client.shows("$ ")
    Device.objects.filter(pk=device.pk).update(enabled=False)
    assert client.told("closed", 3)["reason"] == "disabled"
    assert Client(device, operator).told("error")["detail"] == "The device is disabled."
    Device.objects.filter(pk=device.pk).update(enabled=True)
    again = Client(device, operator)
    again.shows("$ ")
    session = again.told("opened")["session"]
    Session.objects.all().delete()
    started = time.monotonic()
    assert again.closed() == 4401
    assert time.monotonic() - started < 3
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended")
    assert ended(session).reason == "login"


def test_who_logs_out_while_away_has_no_session_left(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    client.shows("$ ")
    session = client.told("opened")["session"]
    client.drop()
    Session.objects.all().delete()
    wait_until(lambda: TerminalSession.objects.get(pk=session).status == "ended", 5)
    assert ended(session).reason == "login"


def test_idle_sessions_end_after_a_warning(host_with: Callable[..., Device], operator: User, settings: Any) -> None:
    settings.TERMINAL_IDLE_S = 2
    client = Client(host_with(echo), operator)
    limit = client.told("limit")
    assert limit["kind"] == "idle"
    assert 0 <= limit["ends_in_s"] <= 2
    assert client.told("closed", 5)["reason"] == "idle"


def test_another_operator_watches_and_takes_over(host_with: Callable[..., Device], operator: User, admin: User) -> None:
    device = host_with(echo)
    first = Client(device, operator)
    first.type("one\r")
    first.shows("one\r\n")
    session = first.told("opened")["session"]
    second = Client(device, admin, f"session={session}")
    second.shows("one\r\n")
    assert second.told("opened")["types"] is False
    assert first.told("watching")["names"] == ["admin"]
    second.say(type="take")
    assert first.told("asked")["by"] == "admin"
    first.say(type="answer", gives=True)
    second.until(lambda: second.told("control")["types"])
    second.type("two\r")
    second.shows("two\r\n")
    first.shows("two\r\n")
    first.type("three\r")
    assert first.told("error")["detail"].startswith("You watch this session")
    second.say(type="end")
    assert second.told("closed")["reason"] == "closed"
    actions = set(AuditEvent.objects.values_list("action", "actor_name"))
    assert {("terminal.watch", "admin"), ("terminal.take_over", "admin"), ("terminal.close", "admin")} <= actions


def test_ended_from_elsewhere(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    client.shows("$ ")
    close_session(actor=operator, session=TerminalSession.objects.get())
    assert client.told("closed", 5)["reason"] == "closed"


async def nasty(process: Any) -> None:
    process.stdout.write(b"a\x1b]52;c;aGFja2Vk\x07b\x1b]0;title\x07c\x1b[6nd\x1b[ce\x1bP$qm\x1b\\f\xff\xfeg")
    process.stdout.write(b"y" * 10_000_000)
    await process.stdout.drain()
    process.stdout.write(b"END")
    await process.stdin.read(10)
    process.exit(0)


def test_what_a_device_may_not_say_and_ten_megabytes_without_a_line(
    host_with: Callable[..., Device], operator: User
) -> None:
    client = Client(host_with(nasty), operator)
    client.until(lambda: client.count > 10)
    assert client.shown.startswith("abcdef\ufffd\ufffdg".encode())
    client.until(lambda: client.shown.endswith(b"END"), 60)
    session = client.told("opened")["session"]
    client.say(type="end")
    client.told("closed")
    text = recorded(session)
    assert len(text.encode()) == client.count == 10_000_000 + len("abcdef\ufffd\ufffdgEND".encode())
    assert "\x1b" not in text


def test_a_device_that_hangs_up_during_the_login(make_device: MakeDevice, acme: Customer, operator: User) -> None:
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    device = make_device(acme, "rude", mgmt_ip="127.0.0.1", port=listener.getsockname()[1])
    client = Client(device, operator)
    listener.settimeout(10)
    listener.accept()[0].close()
    assert "closed the connection during the login" in client.told("closed")["detail"]
    listener.close()
    client = Client(device, operator)
    assert "no tcp connection" in client.told("closed")["detail"].lower()


async def asks_password(process: Any) -> None:
    """Echoes a user name, asks for a password without echo, echoes again."""
    process.stdout.write(b"user: ")
    for prompt in (b"Password: ", b"host> "):
        line = b""
        while not line.endswith(b"\r"):
            data = await process.stdin.read(1)
            line += data
            if prompt == b"Password: ":
                process.stdout.write(data.replace(b"\r", b""))
        process.stdout.write(b"\r\n" + prompt)
    while (data := await process.stdin.read(1)) != b"\r":
        process.stdout.write(data)
    process.stdout.write(b"\r\n")
    process.exit(0)


@pytest.mark.parametrize("records_input", [True, False])
def test_a_password_is_in_no_recording(
    host_with: Callable[..., Device], operator: User, acme: Customer, records_input: bool
) -> None:
    Customer.objects.filter(pk=acme.pk).update(record_terminal_input=records_input)
    client = Client(host_with(asks_password), operator)
    client.shows("user: ")
    client.type("jane\r")
    client.shows("Password: ")
    client.type("pass\r")
    client.shows("host> ")
    client.type("exit\r")
    client.told("closed")
    typed = recorded(TerminalSession.objects.get().pk, "i")
    assert typed == ("jane\rexit\r" if records_input else "")
    assert '"pass' not in "".join(asciicast(TerminalSession.objects.get()))


def test_the_recording_is_written_as_it_happens(host_with: Callable[..., Device], operator: User) -> None:
    client = Client(host_with(echo), operator)
    client.type("hello\r")
    client.shows("hello\r\n")
    session = client.told("opened")["session"]
    wait_until(lambda: "hello" in recorded(session), 1)
