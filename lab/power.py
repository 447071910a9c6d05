"""Routers on and off: the processes of one router, started, found again by number and birth, and killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from lab.plan import Plan
from lab.words import LabError, ip_batch, last_line, run

INIT = Path(__file__).resolve().parent / "router-init"
START_S = 120
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def power_on(folder: Path, plan: Plan, hostname: str) -> None:
    """Start a router and return once its daemons run. Raises LabError."""
    if init_process(folder):
        return
    namespace = plan.namespace(hostname)
    ip_batch((f"link set {port} up" for port in _ports(plan, hostname)), namespace=namespace)
    started = time.clock_gettime(time.CLOCK_BOOTTIME)
    reading, writing = os.pipe()
    # Standard input is what router-init writes "ready" to: its parents keep no other descriptor of ours.
    command = ["sh", "-c", 'exec "$@" 3>&0 </dev/null', "sh"]
    command += ["nsenter", f"--net=/run/netns/{namespace}"]
    command += ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child"]
    command += ["--time", f"--boottime=-{int(started)}", "--", str(INIT), hostname, str(folder)]
    with (folder / "log/init.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=writing,
            stdout=log,
            stderr=log,
            env={"PATH": PATH},
            start_new_session=True,
            cwd="/",
        )
    os.close(writing)
    try:
        _await_ready(reading, process, folder)
    finally:
        os.close(reading)


def _await_ready(reading: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    (folder / "process").write_text(json.dumps([process.pid, _birth(process.pid)]))
    readable, _, _ = select.select([reading], [], [], START_S)
    if readable and os.read(reading, 100):
        return
    reason = last_line((folder / "log/init.log").read_text(errors="replace")) or f"nothing was heard for {START_S} s"
    kill(folder)
    raise LabError(f"router {folder.name} did not start: {reason}")


def power_off(folder: Path, plan: Plan, hostname: str) -> None:
    """Pull the plug: its ports go dark first, so that nothing says goodbye, then its processes die."""
    namespace, ports = plan.namespace(hostname), _ports(plan, hostname)
    ip_batch((f"link set {port} down" for port in ports), namespace=namespace)
    kill(folder)
    ip_batch((f"addr flush dev {port}" for port in ports), namespace=namespace)


def _ports(plan: Plan, hostname: str) -> list[str]:
    return ["mgmt0", *(port.name for port in plan.router(hostname).ports)]


def kill(folder: Path) -> None:
    """End every process of a router, if there are any, and wait until they are gone."""
    process, init = outer_process(folder), init_process(folder)
    # When the first process of a namespace dies the kernel kills the others; its parent buries it and ends by itself.
    for pid in filter(None, (init, process)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _await_end(pid)
    (folder / "process").unlink(missing_ok=True)


def _await_end(pid: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if _birth(pid) == 0:
            return
        time.sleep(0.005)
    raise LabError(f"process {pid} of a router does not end")


def outer_process(folder: Path) -> int | None:
    """Number of the router's process on the host; None when it is off."""
    try:
        pid, birth = json.loads((folder / "process").read_text())
    except (FileNotFoundError, ValueError):
        return None
    # A number is used again one day; with its time of birth it is not.
    return int(pid) if birth and _birth(pid) == birth else None


def init_process(folder: Path) -> int | None:
    """The router's first process as the host numbers it; None when it is off."""
    outer = outer_process(folder)
    try:
        children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split() if outer else []
    except OSError:
        return None
    return int(children[0]) if children else None


def _birth(pid: int) -> int:
    """When a process began, in ticks since the machine's start; 0 when there is none any more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])


def inside(folder: Path) -> list[str]:
    """The beginning of a command that runs in a router. Raises LabError when it is off."""
    pid = init_process(folder)
    if pid is None:
        raise LabError(f"router {folder.name} is off")
    return ["nsenter", "--target", str(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--time", "--"]


def ask(folder: Path, *command: str) -> str:
    """Output of a command that runs in a router. Raises LabError."""
    return run(*inside(folder), *command)
