"""How the lab speaks: an error in words, and how it runs other programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable


class LabError(Exception):
    """Why something cannot be done, in a sentence."""


def run(*command: str, given: str | None = None) -> str:
    """Output of a program. Raises LabError with its last words."""
    done = subprocess.run(command, input=given, text=True, capture_output=True, check=False)
    if done.returncode:
        raise LabError(f"{command[0]} failed: {last_line(done.stderr) or f'exit code {done.returncode}'}")
    return done.stdout


def last_line(text: str) -> str:
    """The last line with something in it."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def ip_batch(lines: Iterable[str], *, namespace: str = "") -> None:
    """Many commands of ip(8) in one process. Raises LabError."""
    inside = ("-n", namespace) if namespace else ()
    if text := "".join(f"{line}\n" for line in lines):
        run("ip", *inside, "-batch", "-", given=text)
