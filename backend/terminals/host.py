"""The open sessions of this process, and one look a second for all of them: limits, devices, logins, their rows."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Collection
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from core.reading import read
from core.tenancy import EVERY, within
from networkops.types import HostSpec
from terminals.enums import EndReason
from terminals.live import Live
from terminals.models import TerminalSession
from terminals.relay import Relay, relay
from terminals.seats import Person
from terminals.selectors import outer_state
from terminals.services import still_open
from users.logins import Login, states_of

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
NAME = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
"""Of this process, as rows of sessions tell where they live."""


class Host:
    """The sessions of one event loop."""

    def __init__(self) -> None:
        self.lives: dict[int, Live] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ticker: asyncio.Task[None] | None = None

    def begin(self, session: TerminalSession, spec: HostSpec, opener: Person) -> Live:
        """Start the session; it goes on until it ends, whoever is there."""
        if not settings.EMBEDDED:
            relay_of_host().start()
        live = Live(session, spec, opener)
        self.lives[session.pk] = live
        self._tasks[session.pk] = asyncio.create_task(self._run(live))
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        return live

    async def _run(self, live: Live) -> None:
        try:
            await live.run()
        finally:
            del self.lives[live.session.pk], self._tasks[live.session.pk]
            if not self.lives and self._ticker is not None:
                self._ticker.cancel()
                self._ticker = None

    async def stop(self) -> None:
        """End all sessions, in order."""
        for live in list(self.lives.values()):
            live.finish(EndReason.SERVER, "The server stopped.")
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if not settings.EMBEDDED:
            await relay_of_host().stop()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except Exception as error:  # a host that falls asleep would let everybody stay
                log.warning("terminal sessions are not looked after: %s", type(error).__name__)

    async def _look(self) -> None:
        lives = dict(self.lives)
        left = {live.holder.login for live in lives.values() if live.left_at is not None}
        devices = {live.session.device_id for live in lives.values()}
        open_, states, logins = await read(_facts, lives.keys(), devices, left)
        now = time.monotonic()
        for pk, live in lives.items():
            state = states.get(live.session.device_id)
            enabled, jobs = state if state else (None, ())
            live.tick(now, is_open=pk in open_, enabled=enabled, jobs=jobs)
            # who is connected is asked anew by the socket; who is away has no socket that would be
            holder = live.holder
            if live.left_at is not None and holder.login in logins and logins[holder.login] != holder.state:
                live.finish(EndReason.LOGIN, "The login that the session was opened with has ended or changed.")


def _facts(
    sessions: Collection[int], devices: Collection[int], logins: Collection[Login]
) -> tuple[set[int], dict[int, tuple[bool, tuple[str, ...]]], dict[Login, Any]]:
    with within(EVERY):
        return still_open(sessions=sessions), outer_state(devices), states_of(logins) if logins else {}


_hosts: WeakKeyDictionary[asyncio.AbstractEventLoop, Host] = WeakKeyDictionary()


def host() -> Host:
    """The host of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hosts:
        _hosts[loop] = Host()
    return _hosts[loop]


def relay_of_host() -> Relay:
    """How this process reaches the sessions of others, and they reach its own."""
    return relay(NAME, host().lives.get)
