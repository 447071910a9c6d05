"""A lab of real routers beside a test or a benchmark, through `bin/lab` alone; gone when who holds it is."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, str(Path(__file__).resolve().parents[3] / "bin/lab")]


def why_not() -> str:
    """Why no lab can run here; empty when one can."""
    done = subprocess.run([*COMMAND, "missing"], capture_output=True, text=True, check=False)
    return done.stderr.strip().removeprefix("lab: ")


class RunningLab:
    """What its inventory says, and a hand on its plugs and cables."""

    def __init__(self, inventory: dict[str, Any]) -> None:
        self.inventory = inventory
        self.password: str = inventory["password"]
        self.routers: dict[str, dict[str, Any]] = {row["hostname"]: row for row in inventory["routers"]}

    def do(self, *words: str) -> str:
        """`do("power", "off", "r1")`, `do("exec", "r1", "hostname")`: the output of a command of bin/lab."""
        command = [*COMMAND, "--name", self.inventory["name"], *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def without_power(self, hostname: str) -> Iterator[None]:
        self.do("power", "off", hostname)
        try:
            yield
        finally:
            self.do("power", "on", hostname)

    @contextmanager
    def without_link(self, hostname: str, port: str) -> Iterator[None]:
        self.do("link", "cut", hostname, port)
        try:
            yield
        finally:
            self.do("link", "heal", hostname, port)


@contextmanager
def running_lab(number: int) -> Iterator[RunningLab]:
    """So many routers that have found each other."""
    command = [*COMMAND, "--name", f"t-{secrets.token_hex(4)}", "hold", str(number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        told = process.stdout.readline()
        assert told, "the lab did not start"
        try:
            lab = RunningLab(json.loads(told))
            lab.do("settle")
            yield lab
        finally:
            process.stdin.close()
            process.wait(timeout=60)
