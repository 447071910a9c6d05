"""Devices whose shell does what a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh

Handle = Callable[[asyncssh.SSHServerProcess[bytes]], Any]


@contextmanager
def shell_server(handle: Handle, **options: Any) -> Iterator[int]:
    """A device whose shell is the coroutine `handle`; any password of user netops is right. Yields its port."""
    ready, stop = threading.Event(), threading.Event()
    found: list[int] = []
    connections: list[asyncssh.SSHServerConnection] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return username == "netops"

    async def serve() -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        listener = await asyncssh.create_server(
            Server, "127.0.0.1", 0, server_host_keys=[key], process_factory=handle, encoding=None, line_editor=False,
            **options,
        )  # fmt: skip
        found.append(listener.get_port())
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.02)
        listener.close()
        await listener.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        stop.set()
        thread.join(10)
