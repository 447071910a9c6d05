"""Terminals when a web process dies, and at another web process: nothing that was seen is lost."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from simulator import DeviceSpec, FleetThread
from tests.processes.conftest import wait_until
from tests.processes.installation import Installation, free_port
from tests.processes.test_kill import LOGIN, SEED, look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOKEN = """
from api.auth.tokens import pair_for
from devices.models import Device
from users.models import User
answer = {"token": pair_for(User.objects.get())["access"], "device": Device.objects.get().pk}
"""
RECORDED = """
from terminals.models import TerminalSession
from terminals.selectors import asciicast
answer = "".join(asciicast(TerminalSession.objects.get()))
"""
LOST_S = 1.0
"""Of a recording, when its server is killed."""


class Client:
    """A terminal's socket, which acknowledges what it gets and keeps it."""

    def __init__(self, port: int, about: dict[str, Any], query: str = "") -> None:
        self.socket = connect(
            f"ws://127.0.0.1:{port}/ws/devices/{about['device']}/ssh/?{query}",
            additional_headers={"Authorization": f"Bearer {about['token']}"},
            compression=None,
        ).__enter__()
        self.shown = b""
        self.frames: list[dict[str, Any]] = []

    def step(self, timeout: float) -> None:
        try:
            got = self.socket.recv(timeout)
        except TimeoutError:
            return
        if isinstance(got, bytes):
            self.shown += got
            with suppress(ConnectionClosed):  # what the server said before is still to be read
                self.socket.send(json.dumps({"type": "ack", "bytes": len(got)}))
        else:
            self.frames.append(json.loads(got))

    def until(self, is_so: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 60
        while not (found := is_so()):
            assert time.monotonic() < deadline, f"frames {self.frames}, shown {self.shown[-300:]!r}"
            self.step(1)
        return found

    def told(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.until(lambda: next((one for one in self.frames if one["type"] == kind), None))
        return found

    def say(self, text: str) -> float:
        """Type a line and wait until the device has echoed it; returns when it was."""
        self.socket.send(f"{text}\r".encode())
        self.until(lambda: text.encode() in self.shown)
        return time.monotonic()


@contextmanager
def device_of(installation: Installation) -> Iterator[dict[str, Any]]:
    with FleetThread([DeviceSpec("r1", username=LOGIN["username"], password=LOGIN["password"])]) as fleet:
        installation.python(SEED, login=LOGIN, ports=fleet.ports)
        installation.start_all()
        yield installation.python(TOKEN)


def opened(port: int, about: dict[str, Any]) -> Client:
    def tried() -> Client | None:
        try:
            return Client(port, about)
        except OSError:
            return None

    client = wait_until(tried, 60, "a web process takes connections")
    client.told("opened")
    client.until(lambda: b"r1" in client.shown)
    return client


def web_processes(installation: Installation) -> list[psutil.Process]:
    return installation.processes("web")


def test_killed_web_process_loses_at_most_a_second_of_a_recording(installation: Installation) -> None:
    with device_of(installation) as about:
        client = opened(installation.port, about)
        seen = {}
        for number in range(40):
            line = f"! line {number:03} of what was typed"
            seen[line] = client.say(line)
            time.sleep(0.1)
        killed = time.monotonic()
        processes = web_processes(installation)
        assert processes
        for process in processes:
            process.kill()
        with pytest.raises(ConnectionClosed):
            while True:
                client.socket.recv(30)

        recorded = installation.python(RECORDED)
        header, *events = [json.loads(line) for line in recorded.splitlines()]
        text = "".join(data for _, kind, data in events if kind == "o")
        assert header["version"] == 2
        assert [line for line, at in seen.items() if at < killed - LOST_S and line not in text] == []
        assert len(events) > 20

        with look(installation) as ask:
            state = "SELECT status, reason, detail FROM terminals_terminalsession"
            wait_until(lambda: ask(state)[0][0] == "ended", 90, "the session is known to have ended")
            assert ask(state)[0][1] == "server"
            assert ask(state)[0][2]


@pytest.mark.services
@pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="one web process has no other to reach")
def test_a_session_is_taken_up_at_another_web_process(installation: Installation) -> None:
    with device_of(installation) as about:
        first = opened(installation.port, about)
        first.say("! typed at the first")
        session, seen = first.told("opened")["session"], len(first.shown)
        first.socket.socket.close()  # as a network that goes away: without a word

        other = free_port()
        installation.env["PORT"] = str(other)
        installation.start("web")
        wait_until(lambda: len(web_processes(installation)) == 2, 30, "there are two web processes")

        def again() -> Client | None:
            try:
                return Client(other, about, f"session={session}&after={seen}")
            except OSError:
                return None

        second = wait_until(again, 60, "the other web process takes connections")
        assert second.told("opened")["session"] == session
        assert second.told("resumed")["seq"] == seen
        second.say("! typed at the second")
        assert b"typed at the first" not in second.shown, "only what came after"
        second.socket.send(json.dumps({"type": "end"}))
        second.told("closed")
        recorded = installation.python(RECORDED)
        assert "typed at the first" in recorded
        assert "typed at the second" in recorded
