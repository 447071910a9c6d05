"""A client that reaches another process than the one that holds its session: the same screen, credit and rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from core.reading import read
from core.tenancy import EVERY, within
from devices.models import Device
from terminals.host import NAME
from terminals.relay import NotReached, Relay
from terminals.seats import BadFrame, Frame, Person
from ui.tests.terminals import Client, echo
from users.logins import Login, states_of
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.skipif(settings.EMBEDDED, reason="one web process has no other to reach"),
]


@pytest.fixture(autouse=True)
def server(terminal_server: int) -> int:
    return terminal_server


class FarClient:
    """At another process: a relay of its own."""

    def __init__(self) -> None:
        self.relay = Relay("another:1:test", {}.get)
        self.frames: list[dict[str, Any]] = []
        self.shown = b""

    async def join(self, user: User, session: int, home: str = NAME, **how: Any) -> None:
        login = Login(user.pk)
        state = (await read(_states, login))[login]
        person = Person(user.pk, user.username, login, state)
        self.far = await self.relay.join(home, session, person, self.deliver, **{"watch": False, "after": None} | how)

    async def deliver(self, frame: Frame) -> None:
        if isinstance(frame, bytes):
            self.shown += frame
            self.far.tell("in", {"type": "ack", "bytes": len(frame)})
        else:
            self.frames.append(frame)

    async def until(self, is_so: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                await asyncio.sleep(0.01)


def _states(login: Login) -> Any:
    with within(EVERY):
        return states_of([login])


def test_a_session_is_taken_up_at_another_process(host_with: Callable[..., Device], operator: User) -> None:
    first = Client(host_with(echo), operator)
    first.type("one\r")
    first.shows("one\r\n")
    session = first.told("opened")["session"]

    async def elsewhere() -> FarClient:
        there = FarClient()
        await there.join(operator, session)
        await there.until(lambda: b"one\r\n" in there.shown)
        there.far.tell("in", b"two\r")
        await there.until(lambda: b"two\r\n" in there.shown)
        there.far.tell("in", {"type": "end"})
        await there.until(lambda: any(frame["type"] == "closed" for frame in there.frames))
        await there.relay.stop()
        return there

    there = asyncio.run(elsewhere())
    assert there.shown == b"$ one\r\ntwo\r\n"
    assert [frame["types"] for frame in there.frames if frame["type"] == "opened"] == [True]
    first.until(lambda: not first.told("control")["types"])
    assert first.told("closed")["reason"] == "closed"


def test_what_is_not_there_is_said(host_with: Callable[..., Device], operator: User) -> None:
    first = Client(host_with(echo), operator)
    first.shows("$ ")

    async def elsewhere() -> None:
        there = FarClient()
        with pytest.raises(BadFrame, match="ended"):
            await there.join(operator, 999_999)
        with pytest.raises(NotReached):
            await there.join(operator, 1, home="nobody:1:x")
        await there.relay.stop()

    asyncio.run(elsewhere())
