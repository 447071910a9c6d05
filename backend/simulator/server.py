"""The SSH side of a device: logins, shells, exec channels, copies."""

from __future__ import annotations

import asyncio
import codecs
import logging
import random
from typing import TYPE_CHECKING

import asyncssh

from simulator import scp
from simulator.platforms.base import Logout
from simulator.spec import FaultKind
from simulator.terminal import Disconnected, Terminal

if TYPE_CHECKING:
    from simulator.device import Device

log = logging.getLogger(__name__)

# No byte of a prompt among them: nobody is to take the noise for one.
NOISE = bytes(byte for byte in range(256) if chr(byte) not in "#>$%]:\r\n\x1b")
KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256")


def server_options(device: Device, key: asyncssh.SSHKey) -> asyncssh.SSHServerConnectionOptions:
    """Options of a device's SSH server; the fast key exchanges only, logins are many."""
    return asyncssh.SSHServerConnectionOptions(
        server_factory=lambda: DeviceServer(device),
        server_host_keys=[key],
        server_version=device.platform.ssh_version,
        kex_algs=KEX,
        compression_algs=["none"],
        encoding=None,
        line_editor=False,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
        login_timeout=60,
        keepalive_interval=0,
    )


class DeviceServer(asyncssh.SSHServer):
    """One connection to a device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.connection: asyncssh.SSHServerConnection | None = None
        self._logged_in = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, so that the device can drop it."""
        self.connection = conn
        self.device.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the session out."""
        if self.connection is not None:
            self.device.connections.discard(self.connection)
        if self._logged_in:
            self.device.session_ended()

    def auth_completed(self) -> None:
        """Count the session in."""
        self._logged_in = True
        self.device.session_started()

    def password_auth_supported(self) -> bool:
        """Passwords are taken (keyboard-interactive falls back on them)."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """What the running configuration says about this user."""
        if self._refuses_all():
            return False
        return self.device.state.login_ok(username, password)

    def public_key_auth_supported(self) -> bool:
        """Keys are taken where the spec has one."""
        return bool(self.device.spec.public_key)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """The spec's key for the spec's user."""
        known = asyncssh.import_public_key(self.device.spec.public_key)
        return not self._refuses_all() and username == self.device.spec.username and key == known

    def session_requested(self) -> DeviceSession:
        """A channel for a shell or a command."""
        return DeviceSession(self)

    def _refuses_all(self) -> bool:
        fault = self.device.fault
        return fault is not None and fault.kind is FaultKind.WRONG_PASSWORD


class DeviceSession(asyncssh.SSHServerSession[bytes]):
    """One channel: a shell, one command, or a copy."""

    def __init__(self, server: DeviceServer) -> None:
        self._server = server
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stream: scp.ByteStream | None = None
        self._command = ""
        self._outgoing: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self.terminal: Terminal

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel."""
        self._chan = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """Any terminal will do."""
        return True

    def shell_requested(self) -> bool:
        """Shells are given."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Commands are run."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start serving the channel."""
        self.terminal = Terminal(self._write, interactive=not self._command)
        if scp.is_scp(self._command):
            self._stream = scp.ByteStream()
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Bytes from the client."""
        if self._stream is not None:
            self._stream.feed(data)
        else:
            self.terminal.feed(self._decoder.decode(data))

    def eof_received(self) -> bool:
        """A copy ends with EOF; a shell whose input ends is left, once it has run what it was given."""
        if self._stream is not None:
            self._stream.end()
        elif not self._command:
            self.terminal.end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop whatever runs for this client, however long it would have waited."""
        if self._task is not None:
            self.terminal.close()
            self._task.cancel()

    def _write(self, text: str) -> None:
        # Echo, output and prompt of one command leave as one packet: packets are what a login costs.
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(text)

    def _flush(self) -> None:
        text = "".join(self._outgoing)
        self._outgoing.clear()
        if not text or self._chan.is_closing():
            return
        fault = self._server.device.fault
        if fault is not None and fault.kind is FaultKind.GARBAGE:
            self._chan.write(bytes(random.choices(NOISE, k=max(len(text), 8))))  # noise  # nosec B311
        else:
            self._chan.write(text.encode())

    def drop(self) -> None:
        """Cut the connection without a word."""
        if self._server.connection is not None:
            self._server.connection.abort()

    async def _serve(self) -> None:
        status = 0
        device = self._server.device
        try:
            if self._stream is not None:
                status = await scp.serve(self._command, self._stream, self._chan.write, device.state.files)
            else:
                status = await self._serve_cli()
        except (Disconnected, Logout, ConnectionError):
            pass
        except Exception:
            log.exception("%s: session failed", device.spec.hostname)
            status = 255
        finally:
            self._flush()
            if not self._chan.is_closing():
                self._chan.exit(status)

    async def _serve_cli(self) -> int:
        device = self._server.device
        username = self._chan.get_extra_info("username")
        cli = device.platform.cli(device, self.terminal, username)
        device.terminals[self.terminal] = self
        try:
            if self._command:
                await cli.run(self._command)
            else:
                await cli.interact()
        finally:
            del device.terminals[self.terminal]
        return cli.exit_status
