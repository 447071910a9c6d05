"""One simulated device: its socket, its fault, its counters, and the state behind them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncssh

from simulator import facts, keys
from simulator.platforms import PLATFORMS, Platform
from simulator.platforms.base import Logout, State
from simulator.server import DeviceSession, server_options
from simulator.spec import DeviceSpec, Fault, FaultKind, SpecError
from simulator.terminal import Disconnected, Terminal

if TYPE_CHECKING:
    from simulator.fleet import Fleet

BACKLOG = 16


class Device:
    """A device of a running fleet. Costs a socket and little else until somebody connects."""

    __slots__ = (
        "_fleet", "_listener", "_options", "_silenced", "_state", "_stored", "connections", "failed", "fault", "logins",
        "peak_sessions", "port", "sessions", "spec", "terminals",
    )  # fmt: skip

    def __init__(self, fleet: Fleet, spec: DeviceSpec, stored: dict[str, Any] | None) -> None:
        if spec.platform not in PLATFORMS:
            raise SpecError(f"platform: {spec.platform!r} is none of {', '.join(PLATFORMS)}")
        self.spec = spec
        self.fault = spec.fault
        self.port = spec.port
        self.sessions = self.peak_sessions = self.logins = 0
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.terminals: dict[Terminal, DeviceSession] = {}
        self._fleet = fleet
        self._listener: socket.socket | None = None
        self._silenced: set[socket.socket] = set()
        self._options: dict[int, asyncssh.SSHServerConnectionOptions] = {}
        self._state: State | None = None
        self._stored = stored

    @property
    def platform(self) -> Platform:
        """Its platform."""
        return PLATFORMS[self.spec.platform]

    @property
    def address(self) -> str:
        """The address it listens on."""
        return self.spec.address

    @property
    def state(self) -> State:
        """Its memory, made on first use."""
        if self._state is None:
            self._state = self.platform.state(self)
            if self._stored is not None:
                self._state.restore(self._stored)
                self._stored = None
        return self._state

    @property
    def running_config(self) -> str:
        """The configuration it really has, without volatile lines."""
        return self._fleet.on_loop(lambda: self.state.running_config)

    @property
    def startup_config(self) -> str:
        """The saved configuration; the running one where the platform makes no difference."""
        return self._fleet.on_loop(lambda: getattr(self.state, "startup_config", self.state.running_config))

    @property
    def host_key(self) -> str:
        """The key that it shows now, as `ssh-ed25519 AAAA…`."""
        return keys.public_text(self._key())

    def set_running_config(self, text: str) -> None:
        """Change its configuration behind everybody's back. Callable from any thread."""
        self._fleet.on_loop(lambda: self.state.set_running_config(text))

    async def type_at_console(self, text: str) -> str:
        """What its console shows while `text` is typed and until that ends; the user is the spec's."""
        shown: list[str] = []
        terminal = Terminal(shown.append)
        terminal.feed(text)
        terminal.end()
        with contextlib.suppress(Disconnected, Logout):
            await self.platform.cli(self, terminal, self.spec.username).interact()
        return "".join(shown)

    def set_fault(self, fault: Fault | FaultKind | str | None, *, delay_ms: int | None = None) -> None:
        """Break or heal it from now on, open sessions included. Callable from any thread."""
        wanted = Fault.of(fault)
        if wanted is not None and delay_ms is not None:
            wanted = Fault(wanted.kind, delay_ms)
        self._fleet.on_loop(lambda: self._set_fault(wanted))

    def _set_fault(self, fault: Fault | None) -> None:
        self.fault = fault
        self._hang_up_silenced()
        self.sync_listener()

    def _key(self) -> asyncssh.SSHKey:
        return keys.host_key(self.spec.hostname, self.spec.seed, self._key_generation())

    def _key_generation(self) -> int:
        return int(self.fault is not None and self.fault.kind is FaultKind.CHANGED_HOST_KEY)

    # What states and sessions ask of it (platforms.base.Host).

    def schedule(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run `action` after so many seconds of device time."""
        return asyncio.get_running_loop().call_later(seconds / self._fleet.time_scale, action)

    def uptime(self) -> int:
        """Seconds since boot."""
        return facts.uptime_at_start(self.spec.hostname, self.spec.seed) + int(
            time.monotonic() - self._fleet.started_at
        )

    def changed(self) -> None:
        """Keep the new state, and close the door if its configuration says so."""
        self._fleet.keep(self)
        self.sync_listener()

    def drop_session(self, terminal: Terminal) -> None:
        """Cut the connection a terminal belongs to."""
        if session := self.terminals.get(terminal):
            session.drop()

    def session_started(self) -> None:
        """Count a login."""
        self.logins += 1
        self.sessions += 1
        self.peak_sessions = max(self.peak_sessions, self.sessions)
        self._fleet.session_started()

    def session_ended(self) -> None:
        """Count a session out."""
        self.sessions -= 1
        self._fleet.session_ended()

    # The socket.

    def bind(self) -> None:
        """Take the port, without listening yet: until it listens, the kernel refuses connections."""
        self._listener = self._socket()
        self.port = self._listener.getsockname()[1]

    def _socket(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.spec.address, self.port))
        except OSError as error:
            listener.close()
            raise SpecError(
                f"{self.spec.hostname}: cannot listen on {self.spec.address}:{self.port}: {error}"
            ) from error
        return listener

    @property
    def _listening(self) -> bool:
        return self._listener is not None and bool(self._listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

    def sync_listener(self) -> None:
        """Listen or refuse, as fault and configuration say; a device that goes dark drops its sessions."""
        if self._listener is None:
            return
        dark = self.fault is not None and self.fault.kind is FaultKind.UNREACHABLE
        # An untouched device is reachable: no need to make up its state to know.
        wanted = not dark and ((self._state is None and self._stored is None) or self.state.reachable)
        if wanted and not self._listening:
            self._listener.listen(BACKLOG)
            asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)
        elif not wanted and self._listening:
            self._close_listener()
            self._listener = self._socket()
            self._drop_connections()

    def _close_listener(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None

    def _drop_connections(self) -> None:
        for connection in list(self.connections):
            connection.abort()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            client, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        client.setblocking(False)
        if self.fault is not None and self.fault.kind is FaultKind.SILENT:
            self._silence(client)
            return
        self._fleet.start_task(self._serve(client))

    def _silence(self, client: socket.socket) -> None:
        self._silenced.add(client)
        asyncio.get_running_loop().add_reader(client.fileno(), self._read_silenced, client)

    def _read_silenced(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if client.recv(4096):
                return
        self._hang_up(client)

    def _hang_up(self, client: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(client.fileno())
        client.close()
        self._silenced.discard(client)

    def _hang_up_silenced(self) -> None:
        for client in list(self._silenced):
            self._hang_up(client)

    async def _serve(self, client: socket.socket) -> None:
        generation = self._key_generation()
        if generation not in self._options:
            self._options[generation] = server_options(self, self._key())
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
            try:
                await asyncssh.run_server(client, options=self._options[generation])
            except asyncio.CancelledError:
                client.close()
                raise

    def stop(self) -> None:
        """Close everything it has open."""
        self._close_listener()
        self._hang_up_silenced()
        self._drop_connections()

    def dump(self) -> dict[str, Any] | None:
        """Its state for the state directory; None when nobody has touched it."""
        return self._state.dump() if self._state is not None else self._stored
