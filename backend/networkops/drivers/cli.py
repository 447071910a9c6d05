"""A CLI over SSH: Netmiko's own classes with a pinned host key, a socket of ours and a channel that notices its end."""

from __future__ import annotations

import codecs
import io
import re
import time
from functools import cache
from typing import Any

import paramiko
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from netmiko.channel import SSHChannel
from netmiko.exceptions import ReadException, ReadTimeout
from netmiko.ssh_dispatcher import CLASS_MAPPER

from networkops.drivers.frr.ssh import FrrSSH
from networkops.edge import one_line
from networkops.errors import CommandRefused, DeviceTimeout, LoginRefused
from networkops.hostkeys import pin
from networkops.keys import read_private_key
from networkops.platforms import PLATFORMS, Platform
from networkops.session import Session, seconds

PROMPT_TIMEOUT_S = 20.0
"""Longest wait for one prompt while logging in; past it the device does not speak its platform's language."""
ENABLE_TIMEOUT_S = 6.0

# Off unless the device's record allows them. Paramiko 5 has no SHA-1 key exchange and no ssh-rsa signature any more:
# a device that speaks nothing newer cannot be reached with it, whatever its record says.
LEGACY_ALGORITHMS: dict[str, list[str]] = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
}

_KEY_KINDS: dict[type, Any] = {
    Ed25519PrivateKey: paramiko.Ed25519Key,
    EllipticCurvePrivateKey: paramiko.ECDSAKey,
    RSAPrivateKey: paramiko.RSAKey,
}

_OWN: dict[str, Any] = {"frr": FrrSSH}
"""Where Netmiko has no class."""

codecs.register_error("latin1", lambda error: (error.object[error.start : error.end].decode("latin-1"), error.end))  # type: ignore[attr-defined]


class WatchedChannel(SSHChannel):
    """Netmiko's channel, but a closed connection raises instead of reading as silence until the timeout."""

    def __init__(self, conn: paramiko.Channel, encoding: str, session: Session) -> None:
        super().__init__(conn, encoding)
        self.session = session
        # A character may be split between two reads, and old devices hold Latin-1 in descriptions.
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="latin1").decode

    def read_buffer(self) -> str:
        conn = self.remote_conn
        self.session.check()
        if conn is None or ((conn.closed or conn.eof_received) and not conn.recv_ready()):
            raise ReadException("channel closed by the device")
        if not conn.recv_ready():
            return ""
        data = conn.recv(65536)
        self.session.count(len(data))
        text = self._decode(data)
        self.session.tail = (self.session.tail + text)[-500:]
        return text


class PinnedConnection:
    """Mixed in before a Netmiko class."""

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        super().__init__(*args, **kwargs)

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client: paramiko.SSHClient = super()._build_ssh_client()  # type: ignore[misc]
        session = self.session
        pin(client, self.host, self.port, session.host_key, session.key_seen)  # type: ignore[attr-defined]
        return client

    def establish_connection(self, *args: Any, **kwargs: Any) -> None:
        super().establish_connection(*args, **kwargs)  # type: ignore[misc]
        self.channel = WatchedChannel(self.remote_conn, self.encoding, self.session)  # type: ignore[attr-defined]

    def cleanup(self, command: str = "exit") -> None:
        """Netmiko asks first whether it is in configuration mode: a round trip, and the session ends anyway."""
        self.write_channel(command + self.RETURN)  # type: ignore[attr-defined]
        self.session.hang_up()


@cache
def _pinned_class(device_type: str) -> Any:
    return type("Pinned", (PinnedConnection, _OWN.get(device_type) or CLASS_MAPPER[device_type]), {})


def open_cli(device_type: str, session: Session) -> Any:
    """A logged-in, privileged Netmiko connection to the session's host. Raises whatever the libraries raise."""
    spec = session.spec
    platform = PLATFORMS[spec.platform]
    legacy = bool(spec.options.get("legacy_ssh"))
    if legacy:
        session.log("old SSH algorithms are allowed for this device; they can be broken by an attacker", "warning")
    pkey = private_key(spec.private_key) if spec.private_key else None
    sock = session.connect()
    session.doing = "logging in"
    started = time.monotonic()
    limit = session.remaining()
    connection = _pinned_class(device_type)(
        session=session,
        device_type=device_type,
        host=spec.address,
        port=spec.port,
        username=spec.username,
        password=None if spec.private_key else spec.password,
        secret=spec.enable_secret,
        pkey=pkey,
        disabled_algorithms=None if legacy else {k: list(v) for k, v in LEGACY_ALGORITHMS.items()},
        sock=sock,
        # Past the deadline: the engine is the one that ends a wait, and says what for.
        conn_timeout=limit + 5,
        auth_timeout=limit + 5,
        banner_timeout=limit + 5,
        blocking_timeout=limit + 5,
        # Below the deadline, so that a device which talks nonsense is told from one which is silent.
        read_timeout_override=min(PROMPT_TIMEOUT_S, limit * 0.7),
    )
    if platform.enable and session.tail.rstrip().endswith(">"):
        _enable(connection, session)
    session.log(f"logged in in {time.monotonic() - started:.1f} s")
    connection.read_timeout_override = session.remaining() + 5
    return connection


def _enable(connection: Any, session: Session) -> None:
    # A wrong secret shows only as the password prompt once more: Netmiko waits for the other prompt until its timeout.
    connection.read_timeout_override = min(ENABLE_TIMEOUT_S, session.remaining() * 0.7)
    try:
        connection.enable()
    except (ValueError, ReadTimeout) as error:
        connection.disconnect()
        given = "wrong" if session.spec.enable_secret else "missing"
        raise LoginRefused(f"the device refused privileged mode: {given} enable secret") from error


def private_key(text: str) -> paramiko.PKey:
    """The key in an OpenSSH, PEM or PKCS #8 text. Raises LoginRefused."""
    try:
        loaded = read_private_key(text)
    except ValueError as error:
        raise LoginRefused(
            "the private key of the credential cannot be read: unknown form, or protected by a passphrase"
        ) from error
    # Paramiko reads this one form of every kind, and not all that others write.
    openssh = loaded.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    kind = next(kind for known, kind in _KEY_KINDS.items() if isinstance(loaded, known))
    return kind.from_private_key(io.StringIO(openssh))


class CliConnection:
    """`networkops.types.Connection` over a Netmiko connection."""

    def __init__(self, netmiko: Any, session: Session, platform: Platform) -> None:
        self.netmiko = netmiko
        self.session = session
        self.platform = platform
        prompt = prompt_regex(netmiko.base_prompt, session.tail)
        self._prompt = prompt.pattern if prompt else None

    def show(self, command: str, timeout_s: float | None = None) -> str:
        self.session.doing = f"waiting for '{command}'"
        self.session.received = 0
        self.netmiko.read_timeout_override = timeout_s or self.session.remaining() + 5
        try:
            output: str = self.netmiko.send_command(command, expect_string=self._prompt)
        except ReadTimeout as error:
            if timeout_s is None:
                raise
            got = f"; {self.session.received:,} bytes had arrived" if self.session.received else ""
            raise DeviceTimeout(f"no end of the answer within {seconds(timeout_s)}{got}") from error
        if refused := refusal(output, self.platform):
            raise CommandRefused(f"the device refused '{command}': {one_line(refused)}")
        return output

    def running_config(self) -> str:
        return self.show(self.platform.config_command)


def prompt_regex(base: str, tail: str) -> re.Pattern[str] | None:
    """What the end of an answer looks like; None leaves it to Netmiko, which asks for the prompt before each command.

    It matches only at the very end of what has arrived, so that no line of a configuration passes for a prompt.
    """
    regex = re.compile(rf"(?:^|\n)[^\w\n]{{0,3}}{re.escape(base)}[^\n]{{0,60}}[>#$%]\s*$")
    return regex if base and regex.search(tail.replace("\r", "")) else None


def refusal(output: str, platform: Platform) -> str:
    """The device's own error line at the start of its answer, or an empty string."""
    head = output[:1000]
    if not re.search(platform.error, head, re.MULTILINE):
        return ""
    # A line that only points at the place of the error (`     ^`) says nothing by itself.
    lines = [line.strip() for line in head.splitlines() if line.strip(" ^\t\r")]
    return next((line for line in lines if re.search(platform.error, line)), lines[0] if lines else "^")
