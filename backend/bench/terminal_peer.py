"""What terminals are measured against: a real sshd with a real shell, and webssh, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncssh
import httpx

from bench.installed import START_S, answers, wait_until
from tests.processes.installation import free_port

WEBSSH = ("webssh==1.6.3", "paramiko<4")
"""The peer, and the last paramiko that it works with."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Where the sshd answers, and the login."""

    port: int
    username: str
    key: str


@contextmanager
def real_shell() -> Iterator[Shell | None]:
    """Debian's sshd on a port of its own, as the user who measures; None where there is none."""
    binary = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        yield None
        return
    with TemporaryDirectory(prefix="webnet-bench-sshd-") as place:
        folder = Path(place)
        host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
        (folder / "host").write_bytes(host.export_private_key())
        (folder / "host").chmod(0o600)
        (folder / "keys").write_bytes(user.export_public_key())
        port = free_port()
        settings = {
            "Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host", "PidFile": "none",
            "AuthorizedKeysFile": folder / "keys", "StrictModes": "no", "PermitRootLogin": "yes", "UsePAM": "no",
            "MaxStartups": "500", "MaxSessions": "500", "PasswordAuthentication": "no", "PrintMotd": "no",
            "PrintLastLog": "no",
            # whatever the account's own startup files do is not measured
            "ForceCommand": "exec bash --noprofile --norc -i",
            "SetEnv": "SHLVL=2",  # the shell that runs this command would read them for a first one under sshd
        }  # fmt: skip
        (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        process = subprocess.Popen([binary, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            wait_until(lambda: _listens(port), START_S, "sshd answers")
            yield Shell(port, _username(), user.export_private_key().decode())
        finally:
            process.terminate()
            process.wait(timeout=30)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _username() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def webssh(shell: Shell) -> Iterator[str | None]:
    """The peer's address; None where it cannot be installed."""
    with TemporaryDirectory(prefix="webnet-bench-webssh-") as place:
        python = Path(place) / "bin/python"
        uv = Path(sys.executable).parent / "uv"
        try:
            subprocess.run([uv, "venv", "-q", "--python", sys.executable, place], check=True, timeout=120)  # noqa: S603
            subprocess.run([uv, "pip", "install", "-q", "--python", python, *WEBSSH], check=True, timeout=300)  # noqa: S603
        except (subprocess.SubprocessError, OSError):
            yield None
            return
        port = free_port()
        options = ["--address=127.0.0.1", f"--port={port}", "--xsrf=False", "--policy=autoadd", "--logging=error"]
        process = subprocess.Popen(  # noqa: S603
            [Path(place) / "bin/wssh", *options, "--fbidhttp=False"], cwd=place, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(address), START_S, "webssh answers")
            yield address
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)


def webssh_socket(address: str, shell: Shell) -> str:
    """Log in through the peer; the address of the websocket."""
    form: dict[str, Any] = {"hostname": "127.0.0.1", "port": str(shell.port), "username": shell.username}
    files = {"privatekey": ("key", shell.key)}
    answer = httpx.post(f"{address}/", data=form, files=files, timeout=30).raise_for_status().json()
    if not answer.get("id"):
        raise RuntimeError(f"webssh: {answer.get('status')}")
    return f"{address.replace('http', 'ws')}/ws?id={answer['id']}"
