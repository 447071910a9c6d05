"""A shell on a device over SSH, in the event loop: pinned host key, bounded window, errors in words."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Callable
from typing import Any, ClassVar

import asyncssh
from asyncssh.encryption import get_default_encryption_algs
from asyncssh.kex import get_default_kex_algs
from asyncssh.mac import get_default_mac_algs

from networkops.edge import one_line
from networkops.errors import (
    ConnectionLost,
    DeviceTimeout,
    DriverError,
    HostKeyChanged,
    HostUnreachable,
    LoginRefused,
    NetworkError,
    PromptNotUnderstood,
)
from networkops.hostkeys import host_key_changed
from networkops.session import CONNECT_TIMEOUT_S, seconds
from networkops.types import HostSpec

LOGIN_TIMEOUT_S = 20.0
ALIVE_EVERY_S = 15.0
SILENT_AT_MOST = 3
"""Questions without an answer after which the connection counts as lost."""
AT_ONCE = 32 * 1024
"""Bytes that are passed on without waiting for more: whoever takes them may have to stop the device."""
FEW = 1024
"""So few answer a key, and are passed on as they come."""
MOST_WAITING = 2**20
"""Bytes of input that may wait for a device that does not read."""

WEAK = ("sha1", "md5", "umac-64", "gss-", "rsa1024", "rsa2048")
KEX = [name.decode() for name in get_default_kex_algs() if not any(weak in name.decode() for weak in WEAK)]
MACS = [name.decode() for name in get_default_mac_algs() if not any(weak in name.decode() for weak in WEAK)]
# AES first: in this library it takes half the time of the other one
CIPHERS = sorted((name.decode() for name in get_default_encryption_algs()), key=lambda name: "gcm" not in name)
HOST_KEYS = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
]  # fmt: skip
# off unless the device's record allows them
LEGACY_KEX = ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1"]
LEGACY_CIPHERS = ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"]
LEGACY_MACS = ["hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"]
LEGACY_HOST_KEYS = ["ssh-rsa", "ssh-dss"]


class Shell(asyncssh.SSHClientSession[bytes]):
    """An open shell. `output` gets every byte, `ended` is called once, with the reason in words where it was cut."""

    window: ClassVar[int] = 128 * 1024
    """Bytes that the device may send ahead of what we took. What is typed waits behind them."""

    def __init__(self, output: Callable[[bytes], None], ended: Callable[[NetworkError | None], None]) -> None:
        self._output = output
        self._ended = ended
        self._channel: Any = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._held: bytes | None = b""
        """What came before `start`."""
        self._pieces: list[bytes] = []
        """What came in this turn of the loop: a flood comes in packets of a few kilobytes, dozens at a time."""
        self._size = 0

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._held is not None:
            self._held += data
            self._channel.pause_reading()
            return
        if not self._pieces:
            if len(data) <= FEW:
                self._output(data)
                return
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= AT_ONCE:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._pieces:
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._output(data)

    def start(self) -> None:
        """From now on `output` gets what comes, first what was held back; what follows waits for `resume`."""
        held, self._held = self._held, None
        if held:
            self._output(held)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pass_on()
        self._ended(None if exc is None else _lost(exc))

    def write(self, data: bytes) -> None:
        """Raises NetworkError when the device has not read for a megabyte."""
        if not data or self._channel.is_closing():
            return
        if self._channel.get_write_buffer_size() + len(data) > MOST_WAITING:
            raise DeviceTimeout("the device does not read what is typed")
        self._channel.write(data)

    def resize(self, cols: int, rows: int) -> None:
        if not self._channel.is_closing():
            self._channel.change_terminal_size(cols, rows)

    def pause(self) -> None:
        self._channel.pause_reading()

    def resume(self) -> None:
        self._channel.resume_reading()

    async def close(self) -> None:
        """Hang up, and wait until nothing of the connection is left."""
        if self._channel is not None:
            self._channel.abort()
        if self._connection is not None:
            await _hang_up(self._connection)


async def open_shell(
    spec: HostSpec,
    *,
    size: tuple[int, int],
    output: Callable[[bytes], None],
    ended: Callable[[NetworkError | None], None],
    key_seen: Callable[[str], None],
) -> Shell:
    """Log in to the device. `key_seen` gets the host key at first contact. Raises NetworkError."""
    sock = await _connect(spec)
    asked = _Asked(spec, key_seen)
    connection = None
    try:
        async with asyncio.timeout(LOGIN_TIMEOUT_S):
            connection = await asyncssh.connect(sock=sock, client_factory=lambda: asked, **_options(spec))
            shell = Shell(output, ended)
            await connection.create_session(
                lambda: shell, request_pty="force", term_type="xterm-256color", term_size=size, encoding=None,
                window=Shell.window, max_pktsize=32768,
            )  # fmt: skip
            shell._connection = connection
            return shell
    except (asyncssh.Error, OSError, TimeoutError) as error:
        await _hang_up(connection)
        raise (asked.refused or _in_words(error, spec, logged_in=connection is not None)) from error
    except BaseException:  # given up while it logged in
        await _hang_up(connection)
        raise
    finally:
        if connection is None:
            sock.close()


async def _hang_up(connection: asyncssh.SSHClientConnection | None) -> None:
    if connection is not None:
        connection.abort()
        await connection.wait_closed()


async def _connect(spec: HostSpec) -> socket.socket:
    loop = asyncio.get_running_loop()
    where = f"[{spec.address}]:{spec.port}" if ":" in spec.address else f"{spec.address}:{spec.port}"
    sock: socket.socket | None = None
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            found = await loop.getaddrinfo(spec.address, spec.port, type=socket.SOCK_STREAM)
            family, kind, proto, _, address = found[0]
            sock = socket.socket(family, kind, proto)
            sock.setblocking(False)
            await loop.sock_connect(sock, address)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, TimeoutError):
            raise HostUnreachable(
                f"no TCP connection to {where}: no answer within {seconds(CONNECT_TIMEOUT_S)}"
            ) from error
        if isinstance(error, OSError):
            words = (error.strerror or str(error)).lower()
            raise HostUnreachable(f"no TCP connection to {where}: {one_line(words)}") from error
        raise
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _options(spec: HostSpec) -> dict[str, Any]:
    legacy = bool(spec.options.get("legacy_ssh"))
    try:
        keys = [asyncssh.import_private_key(spec.private_key.strip() + "\n")] if spec.private_key else None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise LoginRefused("the private key of the credential cannot be read") from error
    return {
        "config": None,  # nothing of the account that the server runs as
        "known_hosts": ([], [], []),
        "username": spec.username,
        "password": None if spec.private_key else spec.password,
        "client_keys": keys,
        "agent_path": None,
        "gss_host": None,
        "kex_algs": KEX + LEGACY_KEX * legacy,
        "encryption_algs": CIPHERS + LEGACY_CIPHERS * legacy,
        "mac_algs": MACS + LEGACY_MACS * legacy,
        "compression_algs": ["none"],
        "server_host_key_algs": _host_key_algs(spec, legacy=legacy),
        "login_timeout": LOGIN_TIMEOUT_S + 5,  # the wait around it ends first, and says what for
        "keepalive_interval": ALIVE_EVERY_S,
        "keepalive_count_max": SILENT_AT_MOST,
    }


def _host_key_algs(spec: HostSpec, *, legacy: bool) -> list[str]:
    """With a pinned key that type alone: the device is asked for the key that we know."""
    offered = HOST_KEYS + LEGACY_HOST_KEYS * legacy
    pinned = spec.host_key.split()
    if not pinned:
        return offered
    kinds = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] if pinned[0] == "ssh-rsa" else [pinned[0]]
    return [name for name in kinds if name in offered] or offered


class _Asked(asyncssh.SSHClient):
    """Decides on the device's host key, before anything else is sent."""

    def __init__(self, spec: HostSpec, key_seen: Callable[[str], None]) -> None:
        self.refused: NetworkError | None = None
        self._spec = spec
        self._key_seen = key_seen

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        seen = f"{key.get_algorithm()} {base64.b64encode(key.public_data).decode()}"
        pinned = " ".join(self._spec.host_key.split()[:2])
        if not pinned:
            self._key_seen(seen)
            return True
        if seen != pinned:
            try:
                self.refused = host_key_changed(pinned, seen)
            except ValueError:
                self.refused = HostKeyChanged("the pinned host key is not readable; accept the device's key anew")
        return seen == pinned


def _in_words(error: BaseException, spec: HostSpec, *, logged_in: bool) -> NetworkError:
    if isinstance(error, asyncssh.PermissionDenied):
        what = "key" if spec.private_key else "password"
        return LoginRefused(f"the device refused the login of user '{spec.username}' with its {what}")
    if isinstance(error, TimeoutError):
        return DeviceTimeout(f"the device did not finish the login within {seconds(LOGIN_TIMEOUT_S)}")
    if isinstance(error, asyncssh.KeyExchangeFailed):
        if spec.host_key and "host key" in str(error).lower():
            kind = spec.host_key.split()[0]
            return HostKeyChanged(f"the device has no {kind} host key any more, which is pinned; no password was sent")
        hint = "" if spec.options.get("legacy_ssh") else "; an old device may need the option 'legacy_ssh'"
        return DriverError(f"no SSH algorithms in common with the device ({one_line(str(error))}){hint}")
    if isinstance(error, asyncssh.ProtocolNotSupported | asyncssh.ProtocolError):
        return PromptNotUnderstood("the device takes the connection but does not speak SSH as we know it")
    if isinstance(error, asyncssh.ChannelOpenError):
        return ConnectionLost("the device took the login but gave no terminal")
    when = "after the login" if logged_in else "during the login"
    return ConnectionLost(f"the device closed the connection {when}")


def _lost(error: Exception) -> NetworkError:
    if "keepalive" in str(error):
        return DeviceTimeout(
            f"the device has not answered for {seconds(ALIVE_EVERY_S * SILENT_AT_MOST)}; the connection is given up"
        )
    return ConnectionLost("the connection to the device was cut")
