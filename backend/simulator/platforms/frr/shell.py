"""The operating system below an FRR-like router: what a command on a channel of its own prints."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence

from simulator.platforms.frr.interfaces import links_json
from simulator.platforms.frr.lldp import lldpcli
from simulator.platforms.reading import TextState

MODEL = "Standard PC (Q35 + ICH9, 2009)"
NOT_FOUND = 127

Program = Callable[[TextState, Sequence[str]], str]
"""Of a router, with the words behind the program's name."""


def run(state: TextState, command: Sequence[str]) -> tuple[str, int]:
    """What a program with its arguments prints, and its exit code."""
    name, *words = command
    program = PROGRAMS.get(name.rpartition("/")[2])
    if program is None:
        return f"sh: 1: {name}: not found\n", NOT_FOUND
    return program(state, words), 0


def machine_id(state: TextState) -> str:
    """Thirty-two hexadecimal digits that are this machine's alone."""
    spec = state.host.spec
    return hashlib.sha256(f"{spec.seed}/{spec.hostname}/machine".encode()).hexdigest()[:32]


def _head(state: TextState, words: Sequence[str]) -> str:
    files = {
        "/proc/uptime": f"{state.host.uptime()}.00 21559.07",
        "/etc/machine-id": machine_id(state),
        "/sys/class/dmi/id/product_name": MODEL,
    }
    found = [f"==> {path} <==\n{files[path]}\n" for path in words if path in files]
    return "\n".join(found)


def _date(state: TextState, words: Sequence[str]) -> str:
    now = time.time()
    form = words[0].removeprefix("+") if words else "%a %b %e %H:%M:%S UTC %Y"
    return time.strftime(form.replace("%6N", f"{int(now % 1 * 1_000_000):06}"), time.gmtime(now)) + "\n"


def _ip(state: TextState, words: Sequence[str]) -> str:
    return json.dumps(links_json(state) if "link" in words else []) + "\n"


def _hostname(state: TextState, words: Sequence[str]) -> str:
    return f"{state.host.spec.hostname}\n"


PROGRAMS: dict[str, Program] = {"head": _head, "date": _date, "ip": _ip, "hostname": _hostname, "lldpcli": lldpcli}
"""By name, without their directory."""
