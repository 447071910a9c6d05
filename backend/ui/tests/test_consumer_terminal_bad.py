"""The terminal's socket: who may not, bad frames, bad devices, and what is recorded of secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from terminals.models import TerminalSession
from terminals.selectors import asciicast
from ui.tests.sockets import Daphne, session_headers
from ui.tests.terminals import Client, echo, recorded, wait_until
from users.keys import create_key
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(terminal_server: int) -> int:
    return terminal_server


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
