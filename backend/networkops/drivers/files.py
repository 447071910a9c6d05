"""Drivers that build their own SSH client (Junos over NETCONF, IOS XR's XML agent) take pins only from a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko

from networkops.hostkeys import key_text
from networkops.session import Session


def scan(session: Session) -> None:
    """First contact: fetch the host key over a connection of its own, without logging in, and pin it."""
    transport = paramiko.Transport(session.connect())
    try:
        transport.start_client(timeout=session.remaining())
        session.key_seen(key_text(transport.get_remote_server_key()))
    finally:
        transport.close()


@contextmanager
def ssh_files(session: Session) -> Iterator[dict[str, str]]:
    """Paths of `known_hosts`, `config` and, where the credential has one, `key`, in a folder only we can read."""
    spec = session.spec
    with tempfile.TemporaryDirectory(prefix="webnet-ssh-", dir=memory_folder()) as folder:
        paths = {name: str(Path(folder, name)) for name in ("known_hosts", "config")}
        name = spec.address if spec.port == 22 else f"[{spec.address}]:{spec.port}"
        _write(paths["known_hosts"], f"{name} {session.host_key}\n")
        _write(paths["config"], f"Host *\n  UserKnownHostsFile {paths['known_hosts']}\n")
        if spec.private_key:
            paths["key"] = str(Path(folder, "key"))
            _write(paths["key"], spec.private_key.strip() + "\n")
        yield paths


def memory_folder() -> str | None:
    """A folder that never reaches a disk, where the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # nosec B108


def _write(path: str, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
