"""Clients of terminal sockets, for tests."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from devices.models import Device
from terminals.models import TerminalSession
from terminals.selectors import asciicast
from ui.tests.sockets import Daphne, session_headers
from users.models import User

OPEN: list[Client] = []
"""To be closed with the test."""


class Client:
    """A socket that acknowledges what it gets, and keeps it."""

    def __init__(
        self, device: Device | int, user: User | None = None, query: str = "", *, acks: bool = True, **headers: str
    ) -> None:
        port = Daphne.start()
        given = session_headers(user, port) if user else headers
        pk = device if isinstance(device, int) else device.pk
        self.socket: ClientConnection = connect(
            f"ws://127.0.0.1:{port}/ws/devices/{pk}/ssh/?{query}",
            additional_headers={name: value for name, value in given.items() if name != "Origin"},
            origin=given.get("Origin"),  # type: ignore[arg-type]
            compression=None,
            max_size=2**22,
        ).__enter__()
        OPEN.append(self)
        self.acks = acks
        self.shown = b""
        self.count = 0
        self.frames: list[dict[str, Any]] = []

    def say(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def type(self, text: str) -> None:
        self.socket.send(text.encode())

    def step(self, timeout: float) -> bool:
        """Take one frame; False where none came or the socket is closed."""
        try:
            got = self.socket.recv(timeout)
        except (TimeoutError, ConnectionClosed):
            return False
        if isinstance(got, bytes):
            self.shown = (self.shown + got)[-2_000_000:]
            self.count += len(got)
            if self.acks:
                try:
                    self.say(type="ack", bytes=len(got))
                except ConnectionClosed:  # what the server said before is still to be read
                    self.acks = False
        else:
            self.frames.append(json.loads(got))
        return True

    def until(self, is_so: Callable[[], Any], timeout: float = 15) -> Any:
        deadline = time.monotonic() + timeout
        while not (found := is_so()):
            left = deadline - time.monotonic()
            if left <= 0 or not self.step(left):
                found = is_so()
                assert found, f"frames {self.frames[-5:]}, shown {self.shown[-300:]!r}"
                return found
        return found

    def shows(self, text: str, timeout: float = 15) -> None:
        self.until(lambda: text.encode() in self.shown, timeout)

    def told(self, kind: str, timeout: float = 15) -> dict[str, Any]:
        """The last frame of this type, once there is one."""
        found: list[dict[str, Any]] = self.until(lambda: [f for f in self.frames if f["type"] == kind], timeout)
        return found[-1]

    def closed(self, timeout: float = 20) -> int:
        """The code that the socket closes with."""
        deadline = time.monotonic() + timeout
        while self.step(max(0.01, deadline - time.monotonic())):
            pass
        assert self.socket.protocol.close_code is not None, self.frames[-3:]
        return self.socket.protocol.close_code

    def drop(self) -> None:
        """As a network that is gone: no close, the connection just ends."""
        self.socket.socket.close()


def on_loop(function: Callable[[], Any]) -> Any:
    """What `function` returns where the server's sessions live."""

    async def call() -> Any:
        return function()

    return asyncio.run_coroutine_threadsafe(call(), Daphne.loop).result(10)


def end_all_sessions() -> None:
    from terminals.host import host

    async def stop() -> None:
        await host().stop()

    while OPEN:
        OPEN.pop().socket.close()
    if Daphne.port:
        asyncio.run_coroutine_threadsafe(stop(), Daphne.loop).result(20)


def wait_until(is_so: Callable[[], bool], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


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
