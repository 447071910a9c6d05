"""Processes beside this one that parse: a device's text may hold a template's regular expressions up for ever.

Python cannot stop a match, which stops every other thread meanwhile. A process can be ended.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

AT_ONCE = 2
_COMMAND = (sys.executable, "-I", str(Path(__file__).with_name("child.py")))
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
"""Of our environment, which holds secrets."""


class _Child:
    """One such process. It ends by itself when this one is gone."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        # TTP would keep a pickle beside its own code, and trust it
        environment["TTPCACHEFOLDER"] = os.devnull
        self.process = subprocess.Popen(  # noqa: S603 - our own program, no words of anybody
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, start_new_session=True,  # a Ctrl-C at a terminal is for webnet
        )  # fmt: skip

    def ask(self, request: bytes) -> bytes:
        """Its answer, a line; empty when it has ended."""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(request)
            self.process.stdin.flush()
        except OSError:
            return b""
        return self.process.stdout.readline()

    def end(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with suppress(OSError):  # what it did not read any more
            self.process.stdin.close()


class _Pool:
    def __init__(self) -> None:
        self.idle: list[_Child] = []
        self.room = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, request: bytes) -> bytes:
        with self.room:
            child, answer = self.take(), b""
            try:
                answer = child.ask(request)
            finally:
                if answer.endswith(b"\n"):
                    self.idle.append(child)
                else:
                    child.end()
            return answer

    def take(self) -> _Child:
        while self.idle:
            child = self.idle.pop()
            if child.process.poll() is None:
                return child
            child.end()
        return _Child()

    def end(self) -> None:
        while self.idle:
            self.idle.pop().end()


_pool = _Pool()


def _forget() -> None:
    """A fork has its parent's pipes, which are not its own to speak on."""
    global _pool
    _pool = _Pool()


os.register_at_fork(after_in_child=_forget)
atexit.register(lambda: _pool.end())


def parse(language: str, template: str, text: str) -> dict[str, Any] | None:
    """`columns` and `rows`; None where the text does not look as the template says, or takes too long."""
    answer = _pool.ask(json.dumps({"language": language, "template": template, "text": text}).encode() + b"\n")
    return json.loads(answer) if answer.strip() else None
