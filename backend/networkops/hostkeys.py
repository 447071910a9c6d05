"""SSH host keys: their text form, their fingerprints, and the policy that pins them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from networkops.errors import HostKeyChanged

if TYPE_CHECKING:
    import paramiko


def fingerprint(host_key: str) -> str:
    """`SHA256:…` of a key in the form `"ssh-ed25519 AAAA…"`, as OpenSSH prints it. Raises ValueError."""
    try:
        blob = base64.b64decode(host_key.split()[1], validate=True)
    except (IndexError, binascii.Error) as error:
        raise ValueError("not a host key of the form 'type base64'") from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def key_text(key: paramiko.PKey) -> str:
    """A key in the form that `HostSpec.host_key` has."""
    return f"{key.get_name()} {key.get_base64()}"


def host_key_changed(pinned: str, seen: str) -> HostKeyChanged:
    """The error that names both keys."""
    return HostKeyChanged(
        f"the host key is {_named(seen)}, but {_named(pinned)} is pinned; nothing was sent to the device"
    )


def _named(host_key: str) -> str:
    return f"{host_key.split()[0]} {fingerprint(host_key)}"


def pin(client: paramiko.SSHClient, host: str, port: int, pinned: str, first_seen: Callable[[str], None]) -> None:
    """Make `client` accept `pinned` alone or, where that is empty, report the first key to `first_seen`.

    Both happen before any authentication. A pinned key also makes paramiko ask for that type of key first.
    """
    import paramiko
    from paramiko.hostkeys import HostKeyEntry

    class PinFirst(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
            first_seen(key_text(key))

    client.set_missing_host_key_policy(PinFirst())
    if pinned:
        name = host if port == 22 else f"[{host}]:{port}"
        try:
            entry = HostKeyEntry.from_line(f"{name} {pinned}")
        except (paramiko.SSHException, ValueError):
            entry = None
        if entry is None:
            raise HostKeyChanged("the pinned host key is not readable; accept the device's key anew")
        client.get_host_keys().add(name, entry.key.get_name(), entry.key)
