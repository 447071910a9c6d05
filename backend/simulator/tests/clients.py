"""A minimal SSH client for tests that look at what really goes over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncssh

from simulator import Fleet


@asynccontextmanager
async def login(fleet: Fleet, hostname: str, **options: Any) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """An SSH connection to a device of the fleet."""
    address, port = fleet.addresses[hostname]
    settings = {"username": "admin", "password": "admin", "known_hosts": None, "config": None, "client_keys": None}
    async with asyncssh.connect(address, port, **{**settings, **options}) as connection:
        yield connection


class Shell:
    """An interactive shell, read until a marker."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self._process = process

    async def until(self, marker: str, seconds: float = 5) -> str:
        """Everything up to and with `marker`."""
        return await asyncio.wait_for(self._process.stdout.readuntil(marker), seconds)

    async def send(self, text: str, marker: str, seconds: float = 5) -> str:
        """Type text; everything up to and with `marker`."""
        self._process.stdin.write(text)
        return await self.until(marker, seconds)

    async def rest(self) -> str:
        """Everything until the device closes the channel."""
        return await self._process.stdout.read()


@asynccontextmanager
async def shell(fleet: Fleet, hostname: str, prompt: str = "#", **options: Any) -> AsyncIterator[Shell]:
    """A shell on a device, after its first prompt."""
    async with (
        login(fleet, hostname, **options) as connection,
        connection.create_process(term_type="vt100", encoding="utf-8", errors="replace") as process,
    ):
        session = Shell(process)
        if prompt:
            await session.until(prompt)
        yield session


async def run(fleet: Fleet, hostname: str, command: str, **options: Any) -> str:
    """Output of one command over an exec channel."""
    async with login(fleet, hostname, **options) as connection:
        result = await connection.run(command, encoding=None)
        assert isinstance(result.stdout, bytes)
        return result.stdout.decode(errors="replace").replace("\r\n", "\n")
