"""A supervised process ends with its supervisor, even when that one is killed."""

from __future__ import annotations

import os
import signal
import threading
import time

VARIABLE = "WEBNET_PARENT_PIPE"


def follow_parent() -> None:
    """Watch the pipe whose other end the supervisor holds; at its end stop orderly, and after ten seconds at once."""
    if number := os.environ.pop(VARIABLE, ""):
        descriptor = int(number)
        os.set_inheritable(descriptor, False)
        threading.Thread(target=_watch, args=(descriptor,), daemon=True, name="follow-parent").start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)  # nothing is ever written: this returns when the supervisor is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os.killpg(os.getpgid(0), signal.SIGKILL)
